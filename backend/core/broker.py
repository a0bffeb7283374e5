"""What is known of the broker without waiting for it: one thread asks, everybody reads its answer."""

import threading
from dataclasses import dataclass

from redis.exceptions import OutOfMemoryError

from backend.core.broker_names import describe
from backend.core.queue import probe, server_facts
from backend.core.settings import Settings

EVERY_S = 1.0
EXPLANATION = "units wait in the database until it is back"


@dataclass(frozen=True)
class State:
    """One answer: why messages cannot be sent, and what server it is."""

    problem: str | None = None
    server: str | None = None


class BrokerWatch(threading.Thread):
    """Asks the broker every second until stopped: one that hangs holds up this thread and no page."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(name="broker-watch", daemon=True)
        self._settings = settings
        self._state = State()
        self._stopped = threading.Event()

    def run(self) -> None:
        """Ask until `stop`."""
        while True:
            self._state = self._ask()
            if self._stopped.wait(EVERY_S):
                return

    def stop(self) -> None:
        """End the thread after its current question."""
        self._stopped.set()

    @property
    def problem(self) -> str | None:
        """Why messages cannot be sent, or None."""
        return self._latest().problem

    @property
    def server(self) -> str | None:
        """What server it is, or None where it cannot be reached."""
        return self._latest().server

    def _latest(self) -> State:
        """Return what the thread has heard; where it does not run, ask on the spot."""
        return self._state if self.is_alive() else self._ask()

    def _ask(self) -> State:
        server = None
        try:
            server = describe(server_facts(self._settings))
            probe(self._settings)
        except OSError as error:
            full = isinstance(error.__cause__, OutOfMemoryError)
            return State(f"{'out of memory' if full else 'unreachable'}; {EXPLANATION}", server)
        return State(None, server)
