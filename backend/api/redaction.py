"""Tokens of shares stay out of the logs: whoever reads a log must not be able to open what it tells of."""

import logging
import re

_LOGGERS = (
    "backend.api.access_log",
    "uvicorn.access",
    "uvicorn.error",
    "backend.api.problems",
)  # those that write addresses
_TOKEN = re.compile(r"(/s/|/shares/)[A-Za-z0-9_-]+")


def install() -> None:
    """Redact what the loggers of this process write about requests."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(hide_tokens)  # a filter is kept once, however often it is added


def hide_tokens(record: logging.LogRecord) -> bool:
    """Redact a log record in place, traceback included, and keep it."""
    record.msg = redacted(str(record.msg))
    if isinstance(record.args, tuple):
        record.args = tuple(redacted(value) if isinstance(value, str) else value for value in record.args)
    if record.exc_info:
        record.exc_text = redacted(logging.Formatter().formatException(record.exc_info))
    return True


def redacted(text: str) -> str:
    """Return a text without the tokens of shares."""
    return _TOKEN.sub(r"\1...", text)
