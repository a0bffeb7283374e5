"""The one clock of a deployment: the database's.

Machines disagree about the time, so whatever is compared with a stored time comes from here. This process's
own clock is read in `skew` alone, to say how far off it is.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, DateTime, Dialect, TypeDecorator, literal, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

TOLERATED_SKEW_S = 2.0  # a clock that is off by more is worth a word; nothing depends on it


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC datetimes on every database; SQLite alone would drop the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Attach UTC where the database returned a naive time."""
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


class _Ago(FunctionElement[datetime]):
    """The database's time when the statement runs, less the seconds it is called with."""

    type = UtcDateTime()
    inherit_cache = True


@compiles(_Ago, "postgresql")
def _on_postgresql(element: _Ago, compiler: SQLCompiler, **options: Any) -> str:
    # Not now(): that is when the transaction began, which may have waited long for a lock since.
    return f"(clock_timestamp() - make_interval(secs => {compiler.process(element.clauses, **options)}))"


@compiles(_Ago, "sqlite")
def _on_sqlite(element: _Ago, compiler: SQLCompiler, **options: Any) -> str:
    # As SQLAlchemy writes a DateTime, with six digits of microseconds: SQLite compares times as texts.
    modifier = f"printf('%+.3f seconds', -{compiler.process(element.clauses, **options)})"
    return f"(strftime('%Y-%m-%d %H:%M:%f', 'now', {modifier}) || '000')"


def ago(seconds: float) -> FunctionElement[datetime]:
    """Return the time so many seconds ago, as an SQL expression."""
    return _Ago(literal(float(seconds)))


def current() -> FunctionElement[datetime]:
    """Return the current time, as an SQL expression."""
    return ago(0)


def now(connection: Session | Connection) -> datetime:
    """Read the current time, where Python must compare it."""
    moment = connection.execute(select(current())).scalar_one()
    return moment.astimezone(UTC)


def skew(connection: Session | Connection) -> float:
    """Measure by how many seconds this process's clock is ahead of the database's.

    It is read in the middle of a round trip, so the error is at most half of what that took.
    """
    now(connection)  # connects and begins the transaction, which may have to wait for its turn
    before = datetime.now(UTC)
    database = now(connection)
    after = datetime.now(UTC)
    return (before + (after - before) / 2 - database).total_seconds()
