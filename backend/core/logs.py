"""What processes write about themselves: one line for what is known, and the same line only once a minute.

A line carries the request and the experiment that it is about. Tracebacks are for faults of ours.
"""

import json
import logging
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TextIO

from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from backend.core.faults import explain
from backend.core.log_format import LogFormat

QUIET_S = 60.0  # between two lines that say the same
KEPT = 1000  # lines of which it is known when they were last written
_NUMBERS = re.compile(r"[0-9]+")

_request: ContextVar[str | None] = ContextVar("request", default=None)
_experiment: ContextVar[str | None] = ContextVar("experiment", default=None)


def configure(form: LogFormat, stream: TextIO = sys.stderr) -> None:
    """Make this process write its log to a stream."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter() if form is LogFormat.JSON else TextFormatter())
    handler.addFilter(Repeats())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)


@contextmanager
def about(request: str | None = None, experiment: str | None = None) -> Iterator[None]:
    """Name in every line that is written meanwhile what it is about."""
    tokens = _request.set(request or _request.get()), _experiment.set(experiment or _experiment.get())
    try:
        yield
    finally:
        _request.reset(tokens[0])
        _experiment.reset(tokens[1])


def is_passing(error: BaseException | None) -> bool:
    """Whether an error tells of something outside that is away or full, so that a traceback tells nothing."""
    if error is None:
        return False
    known = (BrokerError, RedisConnectionError, RedisTimeoutError, ConnectionError, TimeoutError)
    return isinstance(error, known) or explain(error) is not None


class Repeats(logging.Filter):
    """Lets a warning or an error through once a minute, with how often it came in between."""

    def __init__(self) -> None:
        super().__init__()
        self._told: dict[str, tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Count a record that says what another has just said."""
        if record.levelno < logging.WARNING or getattr(record, "each", False):
            return True
        kind = type(record.exc_info[1]).__name__ if record.exc_info else ""
        words = f"{record.name} {kind} {_NUMBERS.sub('#', record.getMessage()[:300])}"
        told_at, unsaid = self._told.pop(words, (-QUIET_S, 0))
        now = time.monotonic()
        if now - told_at < QUIET_S:
            self._told[words] = told_at, unsaid + 1
            return False
        if len(self._told) >= KEPT:
            del self._told[next(iter(self._told))]
        self._told[words] = now, 0
        if unsaid:
            record.msg, record.args = f"{record.getMessage()} ({unsaid} times more since)", None
        return True


class TextFormatter(logging.Formatter):
    """Lines for people; what is known to pass has no traceback."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Write one record."""
        subject = "".join(f" {name}={value}" for name, value in _subject().items())
        if not _is_known(record):
            return super().format(record) + subject
        shown = logging.makeLogRecord({**vars(record), "msg": _in_one_line(record), "args": None})
        shown.exc_info = shown.exc_text = None
        return super().format(shown) + subject


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, request, experiment, exception."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one record."""
        known = _is_known(record)
        told = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _in_one_line(record) if known else record.getMessage(),
            **_subject(),
        }
        if record.exc_info and not known:
            told["exception"] = record.exc_text or self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False)


def _subject() -> dict[str, str]:
    found = {"request": _request.get(), "experiment": _experiment.get()}
    return {name: value for name, value in found.items() if value is not None}


def _is_known(record: logging.LogRecord) -> bool:
    return bool(record.exc_info) and is_passing(record.exc_info[1])  # type: ignore[index]


def _in_one_line(record: logging.LogRecord) -> str:
    error = record.exc_info[1] if record.exc_info else None
    message = record.getMessage().partition("\n")[0]
    return f"{message} ({type(error).__name__}: {str(error).partition(chr(10))[0]})"
