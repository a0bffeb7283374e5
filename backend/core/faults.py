"""Faults that come from outside and pass: a full disk, a locked database, one that is away."""

import errno
import sqlite3
from collections.abc import Mapping

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from backend.core.errors import FullError, MemoscopeError, UnavailableError

_NOTHING_LOST = "Nothing of this was stored, and what was stored before is safe."
_FULL = f"The disk that holds the data is full. {_NOTHING_LOST} Work goes on by itself once there is room."
_LOCKED = f"Another program holds the database. {_NOTHING_LOST} Try again in a moment."
_AWAY = f"The database cannot be reached. {_NOTHING_LOST} Everything goes on by itself once it is back."
_READ_ONLY = f"The database takes no changes at the moment. {_NOTHING_LOST}"

_SQLITE: Mapping[int, str] = {
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_IOERR: "The disk that holds the database cannot be read or written.",
    sqlite3.SQLITE_CANTOPEN: _AWAY,
    sqlite3.SQLITE_FULL: _FULL,
}
# By code or class of SQLSTATE.
_POSTGRESQL: Mapping[str, str] = {
    "25006": _READ_ONLY,
    "40P01": _LOCKED,
    "53100": _FULL,
    "53300": "The database has no connection left.",
    "55P03": _LOCKED,
    "57P01": _AWAY,
    "57P02": _AWAY,
    "57P03": _AWAY,
    "08": _AWAY,
}
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}


def explain(error: BaseException) -> MemoscopeError | None:
    """Return what such a fault is to the person who asked; None for everything else, which is ours."""
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return FullError(_FULL)
    if isinstance(error, PoolTimeoutError):
        return UnavailableError("All connections to the database are in use. Try again in a moment.")
    if not isinstance(error, DBAPIError):
        return None
    words = _of_sqlite(error.orig) if isinstance(error.orig, sqlite3.Error) else _of_postgresql(error.orig)
    if words is None:
        return None
    return FullError(words) if words is _FULL else UnavailableError(words)


def _of_sqlite(error: sqlite3.Error) -> str | None:
    code = getattr(error, "sqlite_errorcode", None)  # errors of the module itself have none
    return None if code is None else _SQLITE.get(code & 0xFF)  # an extended code ends in the plain one


def _of_postgresql(error: BaseException | None) -> str | None:
    if not isinstance(error, psycopg.Error):
        return None
    if error.sqlstate is None:
        return _AWAY if isinstance(error, psycopg.OperationalError) else None
    return _POSTGRESQL.get(error.sqlstate, _POSTGRESQL.get(error.sqlstate[:2]))
