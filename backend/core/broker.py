"""What is known of the broker without waiting for it: one thread asks, everybody reads its answer."""

import threading

from redis.exceptions import OutOfMemoryError

from backend.core.queue import probe
from backend.core.settings import Settings

EVERY_S = 1.0
EXPLANATION = "units wait in the database until it is back"


class BrokerWatch(threading.Thread):
    """Asks the broker every second until stopped: one that hangs holds up this thread and no page."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(name="broker-watch", daemon=True)
        self._settings = settings
        self._problem: str | None = None
        self._stopped = threading.Event()

    def run(self) -> None:
        """Ask until `stop`."""
        while True:
            self._problem = self._ask()
            if self._stopped.wait(EVERY_S):
                return

    def stop(self) -> None:
        """End the thread after its current question."""
        self._stopped.set()

    @property
    def problem(self) -> str | None:
        """Why messages cannot be sent, or None; asked for on the spot only where the thread does not run."""
        return self._problem if self.is_alive() else self._ask()

    def _ask(self) -> str | None:
        try:
            probe(self._settings)
        except OSError as error:
            full = isinstance(error.__cause__, OutOfMemoryError)
            return f"{'out of memory' if full else 'unreachable'}; {EXPLANATION}"
        return None
