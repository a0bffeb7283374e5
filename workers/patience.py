"""Faults that pass, in a worker: what is done is kept until the database takes it, the rest is for later."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from backend.core.errors import FullError, MemoscopeError, UnavailableError
from backend.core.faults import explain

RETRY_S = 1.0

T = TypeVar("T")

logger = logging.getLogger(__name__)


def patiently(store: Callable[[], T], what: str) -> T:
    """Store something, again and again while the database is full, locked or away."""
    while True:
        try:
            return store()
        except SQLAlchemyError as error:
            known = explain(error)
            if known is None:
                raise
            logger.warning("%s is not stored yet: %s", what, known.detail)
        time.sleep(RETRY_S)


@contextmanager
def left_for_later() -> Iterator[None]:
    """Let such a fault end a task in one line; the rows say what is owed, and it is sent again."""
    try:
        yield
    except (SQLAlchemyError, OSError, UnavailableError, FullError) as error:
        known = error if isinstance(error, MemoscopeError) else explain(error)
        if known is None:
            raise
        logger.warning("left for later: %s", known.detail)
