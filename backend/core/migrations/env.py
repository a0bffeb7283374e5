"""Alembic's entry: connect to the URL that the caller put into the configuration."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection, TypeDecorator

from backend.core.models import Base
from backend.core.people import AuditLine  # noqa: F401 - its tables belong to the schema
from backend.core.session import WORKING_MS, get_engine, patience
from backend.core.settings import get_settings

url = context.config.attributes.get("url") or get_settings().database


def _render_item(_kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write the plain database type of our own types, so that migrations outlive them."""
    return f"sa.{item.impl!r}" if isinstance(item, TypeDecorator) else False


@contextmanager
def _migrating(connection: Connection) -> Iterator[None]:
    """Commit at the end; SQLite may drop a table that others refer to, which is how it alters one."""
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name != "sqlite":
        driver.execute(f"SET lock_timeout = {WORKING_MS}")
        driver.commit()
        yield
        connection.commit()
        connection.invalidate()  # no later user of the connection waits that long
        return
    # Inside a transaction these pragmas would do nothing, and SQLAlchemy would begin one.
    driver.execute("PRAGMA foreign_keys=OFF")
    driver.execute(f"PRAGMA busy_timeout={WORKING_MS}")
    try:
        yield
        broken = driver.execute("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise RuntimeError(f"the migration breaks {len(broken)} references, the first: {broken[0]}")
        connection.commit()
    finally:
        connection.rollback()
        driver.execute("PRAGMA foreign_keys=ON")
        driver.execute(f"PRAGMA busy_timeout={patience.ms}")


with get_engine(url).execution_options(write=True).connect() as connection, _migrating(connection):
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
        render_item=_render_item,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()
