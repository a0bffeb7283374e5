"""What is wrong with a value, in plain words instead of the validator's own."""

from collections.abc import Callable, Mapping
from typing import Any

_WHOLE, _NUMBER, _LIST, _TEXT = "a whole number", "a number", "a list", "text"
_KINDS = {
    "int": _WHOLE,
    "float": _NUMBER,
    "decimal": _NUMBER,
    "bool": "true or false",
    "string": _TEXT,
    "tuple": _LIST,
    "list": _LIST,
    "set": _LIST,
    "dict": "an object of names and values",
    "model": "an object of names and values",
}
_WORDS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "greater_than_equal": lambda told: f"must be at least {_number(told['ge'])}",
    "less_than_equal": lambda told: f"must be at most {_number(told['le'])}",
    "greater_than": lambda told: f"must be more than {_number(told['gt'])}",
    "less_than": lambda told: f"must be less than {_number(told['lt'])}",
    "multiple_of": lambda told: f"must be a multiple of {_number(told['multiple_of'])}",
    "finite_number": lambda _: "must be a number that is not infinite",
    "int_from_float": lambda _: f"must be {_WHOLE}",
    "too_short": lambda told: f"needs at least {_number(told['min_length'])}",
    "too_long": lambda told: f"takes at most {_number(told['max_length'])}",
    "string_too_short": lambda told: (
        "must not be empty" if told["min_length"] == 1 else f"needs {told['min_length']} characters or more"
    ),
    "string_too_long": lambda told: f"takes at most {_number(told['max_length'])} characters",
    "enum": lambda told: f"must be {told['expected']}",
    "literal_error": lambda told: f"must be {told['expected']}",
    "string_pattern_mismatch": lambda _: "has characters, or a form, that cannot be taken here",
    "timezone_aware": lambda _: "needs a time zone, as in 2030-01-31T12:00:00Z",
    "none_required": lambda _: "must be left empty",
    "missing": lambda _: "is missing",
    "extra_forbidden": lambda _: "Unknown name; see the schema for the allowed ones",
}


def in_words(error: Mapping[str, Any]) -> str:
    """Return what one of pydantic's errors says; what is raised by a model's own check says so itself."""
    kind, told = error["type"], error.get("ctx", {})
    if kind in _WORDS:
        return _WORDS[kind](told)
    if kind.startswith(("datetime_parsing", "datetime_from_date_parsing")):
        return "must be a time, as in 2030-01-31T12:00:00Z"
    first, _, rest = kind.partition("_")
    if first in _KINDS and rest in {"type", "parsing", "parsing_size", "attributes_type"}:
        return f"must be {_KINDS[first]}"
    return str(error["msg"]).removeprefix("Value error, ")


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,g}"
