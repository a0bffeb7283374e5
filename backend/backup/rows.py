"""Rows of any table as lines of JSON, whatever the database: what one writes, the other reads."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Table

Row = dict[str, Any]


def line(row: Mapping[str, Any]) -> bytes:
    """Return a row as a line; bytes and times are told apart from texts by their key."""
    return json.dumps({name: _told(value) for name, value in row.items()}).encode() + b"\n"


def _told(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return {"bytes": base64.b64encode(value).decode()}
    if isinstance(value, datetime):
        return {"time": value.astimezone(UTC).isoformat()}
    if isinstance(value, dict | list):
        return {"json": value}
    return value


def row_of(data: bytes, table: Table) -> Row:
    """Return the row of a line, for a table as it is in the database; ValueError where they do not fit."""
    told = json.loads(data)
    if told.keys() - table.columns.keys():
        message = f"the table {table.name} has no column {min(told.keys() - table.columns.keys())}"
        raise ValueError(message)
    return {name: _value(value) for name, value in told.items()}


def _value(told: Any) -> Any:
    if not isinstance(told, dict):
        return told
    ((kind, value),) = told.items()
    if kind == "bytes":
        return base64.b64decode(value)
    if kind == "time":
        return datetime.fromisoformat(value)
    if kind == "json":
        return value
    message = f"a value of the kind {kind!r} is not known"
    raise ValueError(message)
