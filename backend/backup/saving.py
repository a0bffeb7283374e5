"""Saves everything into one file while Memoscope runs: rows as of one moment, then the artifacts."""

import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

import fsspec
from sqlalchemy import Connection, Table, select

from backend.backup.rows import line
from backend.core import clock
from backend.core.models import Base, WorkerRow
from backend.core.provenance import installation
from backend.core.schema import newest, revision
from backend.core.session import get_engine
from backend.core.settings import Settings

FORMAT = "memoscope backup"
VERSION = 1
CONTENTS = "backup.json"
ROWS = "rows/"
ARTIFACTS = "artifacts/"
LAST = "last-backup.json"  # in the data folder: what `doctor` knows of it

_AT_ONCE = 20  # rows, of which some are megabytes
_COPIED = 2**22
_LEVEL = 1  # what is packed is mostly packed already
_COLUMNS = {"label_sets": "labels", "published_scores": "published", "matrices": "matrices"}

Tell = Callable[[str], None]


class BackupError(Exception):
    """A backup cannot be made or restored; the message is the one line to show."""


@dataclass
class Contents:
    """What a backup says of itself; `missing` are artifacts that rows name and nobody has."""

    revision: str
    memoscope: str
    made_at: str
    rows: dict[str, int] = field(default_factory=dict)
    artifacts: int = 0
    missing: list[str] = field(default_factory=list)


def save(settings: Settings, path: Path, tell: Tell) -> Contents:
    """Save all rows and artifacts into `path`, which appears only when it is complete.

    BackupError where the database is not at this version's schema; OSError where the file cannot be written.
    """
    partial = path.with_name(path.name + ".part")
    try:
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
            named: set[str] = set()
            with _one_moment(settings.database) as connection:
                contents = _contents(connection)
                for table in Base.metadata.sorted_tables:
                    if table is not WorkerRow.__table__:  # they report again
                        tell(f"rows of {table.name}")
                        contents.rows[table.name] = _save_rows(connection, archive, table, named)
            found = _save_artifacts(settings, archive, tell)
            contents.artifacts = len(found)
            contents.missing = sorted(named - found)
            archive.writestr(CONTENTS, json.dumps({"format": FORMAT, "version": VERSION, **asdict(contents)}))
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    last = {"file": str(path.absolute()), "made_at": contents.made_at}
    (settings.data_dir / LAST).write_text(json.dumps(last))
    return contents


@contextmanager
def _one_moment(url: str) -> Iterator[Connection]:
    """Yield a connection to whose reads nothing is added that others commit meanwhile."""
    with get_engine(url).connect() as connection:
        on_postgresql = connection.dialect.name == "postgresql"  # SQLite's reads are of one moment anyway
        yield connection.execution_options(isolation_level="REPEATABLE READ") if on_postgresql else connection


def _contents(connection: Connection) -> Contents:
    found = revision(connection)
    if found is None or found != newest():
        message = (
            f"The database is at schema {found}, this version's is {newest()}: run `memoscope migrate` first."
        )
        raise BackupError(message)
    return Contents(found, installation()["version"], clock.now(connection).isoformat())


def _save_rows(connection: Connection, archive: zipfile.ZipFile, table: Table, named: set[str]) -> int:
    """Save a table's rows, note which artifacts they name, and return how many there are."""
    count = 0
    rows = connection.execution_options(yield_per=_AT_ONCE).execute(select(table)).mappings()
    with archive.open(f"{ROWS}{table.name}.jsonl", "w", force_zip64=True) as file:
        for row in rows:
            file.write(line(dict(row)))
            count += 1
            if table.name == "datasets" and row["fingerprint"]:
                named.add(f"datasets/{row['fingerprint']}/header.json")
            elif table.name in _COLUMNS:
                named.add(f"{_COLUMNS[table.name]}/{row['fingerprint']}.npy")
    return count


def _save_artifacts(settings: Settings, archive: zipfile.ZipFile, tell: Tell) -> set[str]:
    """Save all whole artifacts and return their places; one that goes away meanwhile is passed over."""
    filesystem, base = fsspec.core.url_to_fs(settings.artifacts)
    saved: set[str] = set()
    for path in filesystem.find(base):
        place = path.removeprefix(base).strip("/")
        if place.startswith("partial/") or place.endswith(".partial"):
            continue
        tell(f"artifact {len(saved) + 1:,}")
        try:
            with filesystem.open(path, "rb") as source:
                _copy(source, archive, f"{ARTIFACTS}{place}")
        except FileNotFoundError:
            continue
        saved.add(place)
    return saved


def _copy(source: Any, archive: zipfile.ZipFile, name: str) -> None:
    with archive.open(name, "w", force_zip64=True) as target:
        copy(source, target)


def copy(source: IO[bytes], target: Any) -> None:
    """Copy a file a part at a time."""
    while part := source.read(_COPIED):
        target.write(part)
