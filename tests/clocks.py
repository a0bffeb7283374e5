"""A machine whose clock is off, played by this process."""

import datetime as standard
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

ROOMS = ("backend.", "workers.")


@contextmanager
def clock_off(seconds: float) -> Iterator[None]:
    """Let the product's code in this process read a clock that is ahead by so many seconds.

    The time of an SQLite database is read inside SQLite and stays right, as that of a server does.
    """
    shift = standard.timedelta(seconds=seconds)

    class Shifted(standard.datetime):
        @classmethod
        def now(cls, tz: standard.tzinfo | None = None) -> standard.datetime:
            return standard.datetime.now(tz) + shift

    right = time.time
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "time", lambda: right() + seconds)
        for name, module in list(sys.modules.items()):
            if name.startswith(ROOMS) and getattr(module, "datetime", None) is standard.datetime:
                patch.setattr(module, "datetime", Shifted)
        yield
