"""Whether this process takes messages: a worker that lives and takes none is worse than one that is gone."""

import logging
import os
import threading
import time
from collections.abc import Callable, Collection

from backend.core.contracts import Queue
from backend.core.queue import depth
from backend.core.settings import Settings

EVERY_S = 1.0
PATIENCE_S = 10.0
START_ANEW = os.EX_TEMPFAIL  # the exit code that asks whoever started this process to start it again

logger = logging.getLogger(__name__)


class Consumption:
    """What the main thread takes, for the threads that watch it."""

    def __init__(self) -> None:
        self.taken = 0
        self.busy = False

    def take(self) -> None:
        """A message has arrived and is worked on from now on."""
        self.taken += 1
        self.busy = True

    def finish(self) -> None:
        """The work on it is over, whatever came of it."""
        self.busy = False


class Watchdog(threading.Thread):
    """Ends the process when messages wait, none is worked on, and none has been taken for ten seconds.

    A consumer can lose its connection in ways that neither it nor the broker notices; a new process has a
    new connection. Nothing is lost with it: it holds no unit.
    """

    def __init__(
        self,
        settings: Settings,
        consumption: Consumption,
        queues: Collection[Queue],
        end: Callable[[], None],
    ) -> None:
        super().__init__(name="watchdog", daemon=True)
        self._settings = settings
        self._consumption = consumption
        self._queues = queues
        self._end = end
        self._waiting_since: float | None = None
        self._taken = 0

    def run(self) -> None:
        """Look every second until it is time to end the process."""
        while not self.starving(time.monotonic()):
            time.sleep(EVERY_S)
        logger.critical("messages wait, but none has arrived here for %g s: starting anew", PATIENCE_S)
        self._end()

    def starving(self, now: float) -> bool:
        """Look once, at `now` seconds of a monotonic clock: have messages waited here for too long?"""
        taken, self._taken = self._taken, self._consumption.taken
        if self._consumption.busy or taken != self._taken or not self._messages_wait():
            self._waiting_since = None
            return False
        if self._waiting_since is None:
            self._waiting_since = now
        return now - self._waiting_since >= PATIENCE_S

    def _messages_wait(self) -> bool:
        try:
            return any(depth(self._settings, queue) for queue in self._queues)
        except OSError:
            return False  # the broker is away: nothing can arrive
