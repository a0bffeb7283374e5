"""Asking something that may hang, without waiting for it: one thread asks, everybody reads its answer."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

EVERY_S = 1.0

T = TypeVar("T")


class Watch(threading.Thread, Generic[T]):
    """Asks every second until stopped: what hangs holds up this thread and no page."""

    def __init__(self, name: str, ask: Callable[[], T], before: T) -> None:
        super().__init__(name=name, daemon=True)
        self._ask = ask
        self._heard = before
        self._stopped = threading.Event()

    def run(self) -> None:
        """Ask until `stop`."""
        while True:
            self._heard = self._ask()
            if self._stopped.wait(EVERY_S):
                return

    def stop(self) -> None:
        """End the thread after its current question."""
        self._stopped.set()

    def latest(self) -> T:
        """Return what the thread has heard; where it does not run, ask on the spot."""
        return self._heard if self.is_alive() else self._ask()
