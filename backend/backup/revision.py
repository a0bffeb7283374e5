"""Which schema a database has, and which this version has."""

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from backend.core.migrate import MIGRATIONS


def revision(connection: Connection) -> str:
    """Return the schema of a database, "" of one without any."""
    return MigrationContext.configure(connection).get_current_revision() or ""


def head() -> str:
    """Return the schema of this version."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head() or ""


def known(wanted: str) -> bool:
    """Return whether this version can migrate from a schema."""
    return any(script.revision == wanted for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions())
