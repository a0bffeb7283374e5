"""Brings a database to the newest schema; apart from `session`, because alembic takes long to import."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy.engine import make_url

from backend.core.schema import SchemaError, is_newer, mismatch, revision
from backend.core.session import get_engine

MIGRATIONS = Path(__file__).parent / "migrations"


def alembic_config(url: str) -> Config:
    """Return the migration configuration for a database."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    return config


def migrate(url: str) -> None:
    """Bring the database to the newest schema, creating it where needed.

    Raises:
        SchemaError: a newer program has migrated it.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    with get_engine(url).connect() as connection:
        found = revision(connection)
    if is_newer(found):
        raise SchemaError(mismatch(found))
    command.upgrade(alembic_config(url), "head")
