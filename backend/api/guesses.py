"""Wrong tokens: whoever sends one after the other waits longer and longer, and each is told in the log."""

import logging
import time
from collections import OrderedDict

FREE = 3  # a person mistypes
FIRST_S, LONGEST_S = 1.0, 300.0
FORGOTTEN_S = 3600.0
KEPT = 10_000  # addresses

logger = logging.getLogger(__name__)


class Guesses:
    """How often an address has been wrong in a row, and until when it is not listened to."""

    def __init__(self) -> None:
        self._wrong: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def wait_s(self, address: str) -> float:
        """Return for how long an address must not try again."""
        count, at = self._wrong.get(address, (0, 0.0))
        if count <= FREE:
            return 0.0
        pause = min(FIRST_S * 2.0 ** min(count - FREE - 1, 30), LONGEST_S)
        return max(0.0, at + pause - time.monotonic())

    def wrong(self, address: str) -> None:
        """Count a wrong guess; what was guessed is written nowhere."""
        count, at = self._wrong.pop(address, (0, 0.0))
        if time.monotonic() - at > FORGOTTEN_S:
            count = 0
        if len(self._wrong) >= KEPT:
            self._wrong.popitem(last=False)
        self._wrong[address] = count + 1, time.monotonic()
        # Each counts, so none is left out as a repetition.
        logger.warning("a wrong token from %s, %d in a row", address, count + 1, extra={"each": True})

    def right(self, address: str) -> None:
        """Forget what an address has guessed before."""
        self._wrong.pop(address, None)
