"""What must be true of the database before a process works with it."""

import socket

from sqlalchemy.exc import SQLAlchemyError

from backend.core import clock
from backend.core.queries import workers
from backend.core.schema import mismatch, revision
from backend.core.session import get_engine, reading
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


def check_worker(settings: Settings) -> None:
    """See whether a worker of this machine has given a sign of life.

    Raises:
        StartError: none has lately, or the database cannot be asked.
    """
    machine = socket.gethostname()
    try:
        with reading(settings.database) as session:
            now = clock.now(session)
            known = [worker for worker in workers.all_workers(session) if worker.hostname == machine]
            lives = any(workers.alive(worker, now) for worker in known)
    except SQLAlchemyError as error:
        raise StartError("The database cannot be asked for workers.") from error
    if not lives:
        raise StartError("No worker of this machine has given a sign of life lately.")
