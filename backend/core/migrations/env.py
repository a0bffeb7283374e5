"""Alembic's entry: connect to the URL that the caller put into the configuration."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import TypeDecorator

from backend.core.models import Base
from backend.core.session import get_engine
from backend.core.settings import get_settings

url = context.config.attributes.get("url") or get_settings().database


def _render_item(_kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write the plain database type of our own types, so that migrations outlive them."""
    return f"sa.{item.impl!r}" if isinstance(item, TypeDecorator) else False


with get_engine(url).execution_options(write=True).connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
        render_item=_render_item,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
