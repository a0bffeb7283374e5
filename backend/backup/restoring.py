"""Restores a backup into an empty Memoscope, on any database, from this version or an earlier one."""

import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import fsspec
from alembic import command
from sqlalchemy import JSON, Connection, Engine, MetaData, Table, func, insert, inspect, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from backend.backup.rows import Row, row_of
from backend.backup.saving import (
    ARTIFACTS,
    CONTENTS,
    FORMAT,
    ROWS,
    VERSION,
    BackupError,
    Contents,
    Tell,
    copy,
)
from backend.core.migrate import alembic_config
from backend.core.schema import is_newer
from backend.core.session import get_engine
from backend.core.settings import Settings
from backend.datasets.archive import points_out

_ROWS, _BYTES = 500, 2**23  # inserted at once
_LINE = 2**31  # bytes, of the longest row


def restore(settings: Settings, path: Path, tell: Tell) -> Contents:
    """Put the rows and artifacts of a backup into an empty database and store, and migrate them.

    BackupError where the file is no backup, is of a newer version, or there are rows already; nothing is
    changed then. A fault in the middle leaves a database without rows, into which it can be restored again.
    """
    with _opened(path) as archive:
        contents = _contents(archive)
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        engine = get_engine(settings.database)
        _check_empty(engine)
        _restore_artifacts(settings, archive, tell)
        config = alembic_config(settings.database)
        command.upgrade(config, contents.revision)
        _restore_rows(engine, archive, contents, tell)
        command.upgrade(config, "head")
    return contents


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except zipfile.BadZipFile as error:
        message = f"{path} is no backup, or it is damaged ({error})."
        raise BackupError(message) from error


def _contents(archive: zipfile.ZipFile) -> Contents:
    try:
        told = json.loads(archive.read(CONTENTS))
        form, version = told.pop("format"), told.pop("version")
    except (KeyError, ValueError) as error:
        message = "The file is no backup of Memoscope: it does not say what it holds."
        raise BackupError(message) from error
    if form != FORMAT or version > VERSION:
        message = "The file is no backup of Memoscope, or one of a newer version: upgrade this one."
        raise BackupError(message)
    contents = Contents(**told)
    if is_newer(contents.revision):
        message = (
            f"The backup was made by Memoscope {contents.memoscope} with schema {contents.revision}, which"
            " this version does not know: upgrade it."
        )
        raise BackupError(message)
    if strange := next((name for name in archive.namelist() if points_out(name)), None):
        message = f"The backup holds {strange!r}, which points out of it; it was changed."
        raise BackupError(message)
    return contents


def _check_empty(engine: Engine) -> None:
    """BackupError where there are rows: what is there could not be told from what is restored."""
    with engine.connect() as connection:
        tables = set(inspect(connection).get_table_names()) - {"alembic_version"}
        for name in sorted(tables):
            if connection.scalar(text(f'SELECT 1 FROM "{name}" LIMIT 1')):  # noqa: S608 - a table's own name
                message = (
                    f"There are {name} already: a backup is restored into an empty database. Name another one"
                    " with MEMOSCOPE_DATA_DIR (and MEMOSCOPE_DATABASE_URL)."
                )
                raise BackupError(message)


def _restore_artifacts(settings: Settings, archive: zipfile.ZipFile, tell: Tell) -> None:
    filesystem, base = fsspec.core.url_to_fs(settings.artifacts)
    places = [name for name in archive.namelist() if name.startswith(ARTIFACTS)]
    for number, name in enumerate(places):
        tell(f"artifact {number + 1:,} of {len(places):,}")
        target = f"{base}/{name.removeprefix(ARTIFACTS)}"
        filesystem.makedirs(target.rpartition("/")[0], exist_ok=True)
        with archive.open(name) as source, filesystem.open(target, "wb") as file:
            copy(source, file)


def _restore_rows(engine: Engine, archive: zipfile.ZipFile, contents: Contents, tell: Tell) -> None:
    """Insert all rows in one transaction, those that others refer to first."""
    metadata = MetaData()
    with engine.execution_options(write=True).begin() as connection:
        metadata.reflect(connection)
        for table in metadata.sorted_tables:
            if table.name not in contents.rows:
                continue
            tell(f"rows of {table.name}")
            for column in table.columns:
                if isinstance(column.type, JSON):
                    column.type = JSON(none_as_null=True)
            try:
                count = _insert(connection, archive, table)
            except (SQLAlchemyError, KeyError, ValueError) as error:
                message = f"The rows of {table.name} cannot be restored ({type(error).__name__})."
                raise BackupError(message) from error
            if count != contents.rows[table.name]:
                message = f"The backup has {count:,} of {contents.rows[table.name]:,} rows of {table.name}."
                raise BackupError(message)
            _go_on_counting(connection, table)


def _insert(connection: Connection, archive: zipfile.ZipFile, table: Table) -> int:
    """Insert the rows of a table; what refers to its own rows is filled in when all of them are there."""
    own = [
        column.name
        for column in table.columns
        if any(key.column.table is table for key in column.foreign_keys)
    ]
    later: list[tuple[Any, Row]] = []
    count, batch, size = 0, list[Row](), 0

    def flush() -> None:
        nonlocal batch, size
        if batch:
            connection.execute(insert(table), batch)
        batch, size = [], 0

    with archive.open(f"{ROWS}{table.name}.jsonl") as file:
        while data := file.readline(_LINE):
            row = row_of(data, table)
            referring = {name: row.pop(name) for name in own if row.get(name) is not None}
            if referring:
                later.append((row["id"], referring))
            batch.append(dict.fromkeys(own) | row)
            count, size = count + 1, size + len(data)
            if len(batch) >= _ROWS or size >= _BYTES:
                flush()
    flush()
    for row_id, values in later:
        connection.execute(update(table).where(table.c.id == row_id).values(**values))
    return count


def _go_on_counting(connection: Connection, table: Table) -> None:
    """Let PostgreSQL number new rows behind the restored ones; SQLite does so by itself."""
    if connection.dialect.name != "postgresql":
        return
    for column in table.primary_key:
        sequence = connection.scalar(select(func.pg_get_serial_sequence(table.name, column.name)))
        if sequence is not None:
            last = connection.scalar(select(func.max(column)))
            connection.execute(select(func.setval(sequence, last or 1, last is not None)))
