"""The forms that a log can have; apart from `logs`, so that settings are read without what that imports."""

from enum import StrEnum


class LogFormat(StrEnum):
    """How lines are written: for people, or as one JSON object each."""

    TEXT = "text"
    JSON = "json"
