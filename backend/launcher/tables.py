"""What must be true of the database before a process works with it."""

from sqlalchemy.exc import SQLAlchemyError

from backend.core.schema import mismatch, revision
from backend.core.session import get_engine
from backend.core.settings import Settings
from backend.launcher.checks import StartError


def check_schema(settings: Settings) -> None:
    """Start on the tables this program knows; a database that is away is waited for later.

    Raises:
        StartError: an older program has migrated the database, or a newer one, or none.
    """
    try:
        with get_engine(settings.database).connect() as connection:
            problem = mismatch(revision(connection))
    except SQLAlchemyError:
        return
    if problem is not None:
        raise StartError(f"The database cannot be used: {problem}.")
