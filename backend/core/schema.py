"""Whether this program and a database know the same tables; apart from `migrate`, which imports alembic."""

from functools import cache
from pathlib import Path

from sqlalchemy import Connection, inspect, text

VERSIONS = Path(__file__).parent / "migrations" / "versions"
_MIGRATE = "run `memoscope migrate`"


class SchemaError(Exception):
    """The database's tables are not the ones this program knows; the message says what to do."""


@cache
def newest() -> str:
    """Return the newest revision this program knows; the files of migrations are named after theirs."""
    return max(path.name.partition("_")[0] for path in VERSIONS.glob("[0-9]*_*.py"))


def revision(connection: Connection) -> str | None:
    """Return the revision a database is at, None where nothing has been migrated."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT max(version_num) FROM alembic_version")).scalar()
    return found


def is_newer(found: str | None) -> bool:
    """Whether a database was last migrated by a newer program."""
    return found is not None and found > newest()


def mismatch(found: str | None) -> str | None:
    """Return in one line why this program cannot work with a database at that revision, None if it can."""
    if found == newest():
        return None
    if found is None:
        return f"it has no tables yet: {_MIGRATE}"
    if is_newer(found):
        return (
            f"it is at revision {found} and this program knows {newest()} at most: "
            "start the newer Memoscope that has migrated it"
        )
    return f"it is at revision {found} and this program needs {newest()}: {_MIGRATE}"
