"""What a worker does when it is told to stop: it begins nothing more, and ends or gives back what it has."""

import time

from backend.core.errors import Cancelled


class Drained(Cancelled):
    """The unit at hand is given back: its worker stops, and another one shall run it."""


class Drain:
    """Whether this process has been told to stop or wants to by itself, and since when."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._wants_signal = False

    @property
    def begun(self) -> bool:
        """Whether nothing more may be begun."""
        return self._since is not None

    def begin(self) -> None:
        """Take note of the signal to stop."""
        self._since = self._since or time.monotonic()

    def begin_alone(self) -> None:
        """Begin nothing more, without a signal: whoever watches this sends it."""
        self._wants_signal = not self.begun
        self.begin()

    def takes_signal(self) -> bool:
        """Whether the signal has still to be sent; true once."""
        wanted, self._wants_signal = self._wants_signal, False
        return wanted

    def check(self, patience_s: float) -> None:
        """Raise Drained once a unit has had `patience_s` more seconds to come to its end."""
        if self._since is not None and time.monotonic() - self._since >= patience_s:
            raise Drained


drain = Drain()
