"""What is known of where data are kept, without waiting for it: the database, and room on the disk."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from backend.core.errors import FullError
from backend.core.faults import explain
from backend.core.queries import workers
from backend.core.schema import mismatch, revision
from backend.core.session import get_engine, transaction
from backend.core.settings import Settings
from backend.core.watch import Watch


@dataclass(frozen=True)
class State:
    """What is wrong with the database, with room on the disk, and with workers; None where nothing is."""

    database: str | None = None
    disk: str | None = None
    workers: str | None = None


class StorageWatch(Watch[State]):
    """Looks at database and disk."""

    def __init__(self, settings: Settings) -> None:
        super().__init__("storage-watch", partial(_look, settings), State("not looked at yet"))


def free_bytes(settings: Settings) -> int:
    """Return how much room there is for data; the least where they lie on several disks."""
    return min(shutil.disk_usage(folder).free for folder in _folders(settings))


def shortage(settings: Settings, wanted: int = 0) -> str | None:
    """Return in words that `wanted` bytes more would leave less room than is kept free, None if they fit."""
    free = free_bytes(settings)
    if free - wanted >= max(settings.reserve_bytes, 1):
        return None
    asked = f" and this needs {_in_mb(wanted)}" if wanted else ""
    return f"{_in_mb(free)} are free{asked}; {_in_mb(settings.reserve_bytes)} are kept free"


def check_room(settings: Settings, wanted: int = 0) -> None:
    """Begin nothing that would fill the disk; FullError says how much room there is."""
    if words := shortage(settings, wanted):
        raise FullError(
            f"The server's disk is nearly full: {words} (MEMOSCOPE_RESERVE_BYTES). Make room first."
        )


def _folders(settings: Settings) -> Iterator[Path]:
    yield _existing(settings.data_dir.absolute())
    url = make_url(settings.database)
    if url.get_backend_name() == "sqlite" and url.database:
        yield _existing(Path(url.database).absolute().parent)


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())


def _in_mb(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"


def _look(settings: Settings) -> State:
    disk = shortage(settings)
    try:
        with get_engine(settings.database).connect() as connection:
            problem = mismatch(revision(connection))
        if problem is not None:
            return State(problem, disk)
        with transaction(settings.database) as session:  # waits, as changes do, for who holds SQLite
            return State(None, disk, workers.holdup(session))
    except SQLAlchemyError as error:
        known = explain(error)
        return State(known.detail if known else f"broken ({type(error).__name__})", disk)
