"""Parquet files of pictures, such as Hugging Face's: unpacked into an archive of pictures and a table.

A column of pictures holds bytes, or structs of `bytes` and `path`. Labels are texts or numbers; what numbers
mean is told by the schema's metadata (`ClassLabel`) or a dictionary. Several files are shards, or parts by
their names; a column `split` tells parts as well.
"""

import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from posixpath import basename, splitext
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from backend.core.errors import Choice, ChoiceError, Option
from backend.datasets.archive import MAX_FILES, MAX_UNPACKED, damage_refused, refused
from backend.datasets.array_labels import plain_labels
from backend.datasets.array_names import meaning_of
from backend.datasets.class_folders import MAX_IMAGE_FILE, natural
from backend.datasets.confined import confined
from backend.datasets.faults import Faults
from backend.datasets.label_columns import FURTHER_LABELS, LABELS
from backend.datasets.label_tables import FILES, PARTS, WRITTEN
from backend.datasets.layouts import Role, role_of
from backend.datasets.parquet_tables import class_names, opened
from backend.datasets.sources import Source
from backend.datasets.tarballs import MAX_RATIO, SMALL
from backend.datasets.treatment import Choices

MAGIC = b"PAR1"

_BATCH_BYTES = 2**25  # of pictures in memory
_BATCH_ROWS = 256
_LISTED = 12
_ENDINGS = (
    (b"\x89PNG", ".png"),
    (b"\xff\xd8", ".jpg"),
    (b"GIF8", ".gif"),
    (b"RIFF", ".webp"),
    (b"BM", ".bmp"),
)
_ROLE_NAMES = {Role.TRAIN: "train", Role.VALIDATION: "validation", Role.TEST: "test"}

_SHARD = re.compile(r"^(.*)-([0-9]{5})-of-([0-9]{5})")


@dataclass(frozen=True)
class _Lying:
    """A file that lies open: its name in the upload, its size in bytes, and its descriptor's number."""

    name: str
    size: int
    number: int


@dataclass(frozen=True)
class _Columns:
    """Which columns are meant: of pictures (`bytes` within it, where it is a struct), labels, parts."""

    pictures: str
    path: str | None
    label: str
    split: str | None
    classes: tuple[str, ...] | None


@dataclass(frozen=True)
class _Shard:
    """An open file, the part its name tells, and of each row its label (None: it has none) and its part."""

    source: _Lying
    file: pq.ParquetFile
    labels: list[str | None]
    roles: list[Role | None]


def repack_parquet(sources: Sequence[Source], target: IO[bytes], choices: Choices) -> list[str]:
    """Write the pictures of Parquet files into a new archive, with a table of labels; say what was done.

    ChoiceError where several columns may be meant; InvalidError names rows and columns that are wrong.
    """
    sources = sorted(sources, key=lambda source: natural(source.name))
    what = ", ".join(repr(source.name) for source in sources[:3])
    with ExitStack() as stack:
        files = [stack.enter_context(source.seekable()).fileno() for source in sources]
        lying = [(source.name, source.size, number) for source, number in zip(sources, files, strict=True)]
        target.flush()
        given = (lying, target.fileno(), choices)
        said: list[str] = confined(_repack, *given, files=[*files, target.fileno()], what=what)
        return said


def _repack(lying: Sequence[tuple[str, int, int]], target: int, choices: Choices) -> list[str]:
    """Do so in a process of its own; files are (name, size, descriptor)."""
    sources = [_Lying(*each) for each in lying]
    what = ", ".join(repr(source.name) for source in sources[:3])
    with (
        open(target, "w+b", closefd=False) as file,
        damage_refused(f"{what}: no Parquet that can be read"),
        zipfile.ZipFile(file, "w") as archive,
    ):
        return _read(sources, archive, choices)


def _read(sources: Sequence[_Lying], archive: zipfile.ZipFile, choices: Choices) -> list[str]:
    with ExitStack() as stack:
        files = [
            _opened(source, stack.enter_context(open(source.number, "rb", closefd=False)))
            for source in sources
        ]
        columns = _columns(files[0], sources[0], choices)
        for source, file in zip(sources[1:], files[1:], strict=True):
            _check_alike(columns, file, source, sources[0])
        if sum(file.metadata.num_rows for file in files) > MAX_FILES:
            raise refused(f"The files hold more than {MAX_FILES:,} pictures, the most that can be taken.")
        shards = [_shard(source, file, columns) for source, file in zip(sources, files, strict=True)]
        notes = [_said(columns, sources), *_told_missing([source.name for source in sources])]
        shards = _with_labels(shards, columns, notes)
        _write(shards, columns, archive)
    return notes


def _opened(source: _Lying, file: Any) -> pq.ParquetFile:
    try:
        return opened(file)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise refused(
            f"{source.name!r} is no Parquet file that can be read: {str(error).splitlines()[0]}."
        ) from None


# --- columns ---


def _picture_columns(file: pq.ParquetFile) -> list[str]:
    """Return the columns of bytes, and of structs that hold bytes."""
    return [field.name for field in file.schema_arrow if _is_bytes(field.type) or _bytes_within(field.type)]


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind))


def _bytes_within(kind: pa.DataType) -> bool:
    within = kind.get_field_index("bytes") if pa.types.is_struct(kind) else -1
    return within >= 0 and _is_bytes(kind.field(within).type)


def _columns(file: pq.ParquetFile, source: _Lying, choices: Choices) -> _Columns:
    schema = file.schema_arrow
    pictures = _chosen("images", "Which pictures are meant?", choices.images, _picture_columns(file), schema)
    if pictures is None:
        raise refused(f"{source.name!r}: {_without_pictures(schema, basename(source.name))}")
    features = class_names(schema)
    known = (*LABELS, *FURTHER_LABELS)
    rest = [field for field in schema if field.name != pictures]
    named = [field.name for field in rest if field.name in features or field.name.lower() in known]
    plain = [
        field.name
        for field in rest
        if _is_label_type(field.type)
        and field.name.lower() not in (*FILES, *PARTS, "index", "__index_level_0__")
    ]
    every = [field.name for field in rest] if choices.column else named or plain
    label = _chosen("column", "Which labels are meant?", choices.column, every, schema)
    if label is None:
        raise refused(f"{source.name!r} has no column of labels; its columns are {_listed(schema)}.")
    struct = pa.types.is_struct(schema.field(pictures).type)
    path = pictures if struct and schema.field(pictures).type.get_field_index("path") >= 0 else None
    split = next((field.name for field in rest if field.name.lower() in PARTS and field.name != label), None)
    return _Columns(pictures, path, label, split, features.get(label))


def _chosen(
    parameter: str, question: str, wish: str | None, found: Sequence[str], schema: pa.Schema
) -> str | None:
    if wish is not None:
        if wish in found:
            return wish
        raise refused(f"There is no such column {wish[:100]!r}; columns are {_listed(schema)}.")
    if len(found) > 1:
        raise ChoiceError(
            f"{question} Several columns fit: {' and '.join(found[:_LISTED])}. Choose one ({parameter}).",
            Choice(parameter, question, tuple(Option(name, name) for name in found)),
        )
    return found[0] if found else None


def _is_label_type(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    return bool(text or pa.types.is_integer(kind) or pa.types.is_boolean(kind))


def _listed(schema: pa.Schema) -> str:
    shown = ", ".join(f"{field.name} ({str(field.type)[:40]})" for field in list(schema)[:_LISTED])
    return shown + (" and more" if len(schema) > _LISTED else "")


def _without_pictures(schema: pa.Schema, name: str) -> str:
    lists = [
        field.name
        for field in schema
        if pa.types.is_nested(field.type) and not pa.types.is_struct(field.type)
    ]
    labels = [field.name for field in schema if field.name.lower() in LABELS]
    if lists:
        stem, label = splitext(name)[0], labels[0] if labels else "label"
        return (
            f"column {lists[0]!r} holds lists of numbers, not files of pictures. Turn it into an npz with"
            f" this line of Python: `import numpy as np, pyarrow.parquet as pq; t = pq.read_table({name!r});"
            f" np.savez({stem + '.npz'!r}, images=np.array(t[{lists[0]!r}].to_pylist()),"
            f" labels=np.array(t[{label!r}].to_pylist()))`"
        )
    paths = [field.name for field in schema if field.name.lower() in FILES and _is_label_type(field.type)]
    if paths:
        return f"column {paths[0]!r} names files; put them and this file into one zip."
    return f"has no column of pictures, as bytes or as files; its columns are {_listed(schema)}."


def _check_alike(columns: _Columns, file: pq.ParquetFile, source: _Lying, first: _Lying) -> None:
    names = file.schema_arrow.names
    for needed in (columns.pictures, columns.label):
        if needed not in names:
            raise refused(
                f"{source.name!r} has no column {needed!r}, as {first.name!r} has; its columns are"
                f" {_listed(file.schema_arrow)}."
            )


def _told_missing(names: Sequence[str]) -> list[str]:
    """Say which files are not there of those that others count, as `train-00000-of-00003.parquet` does."""
    notes = []
    counted = [found.groups() for name in names if (found := _SHARD.search(basename(name)))]
    for head, count in sorted({(head, count) for head, _, count in counted}):
        there = {int(number) for before, number, of in counted if (before, of) == (head, count)}
        missing = int(count) - len(there)
        if missing > 0:
            first = next(number for number in range(int(count)) if number not in there)
            notes.append(
                f"{missing:,} of the {int(count):,} files {head}* {'is' if missing == 1 else 'are'} missing,"
                f" such as that of number {first:05d}; their pictures are not in the data set."
            )
    return notes


def _said(columns: _Columns, sources: Sequence[_Lying]) -> str:
    files = (
        f"{len(sources)} Parquet files"
        if len(sources) > 1
        else f"the Parquet file {basename(sources[0].name)}"
    )
    named = ", whose names are in its metadata" if columns.classes else ""
    return (
        f"Read from {files}: pictures of the column {columns.pictures!r}, labels of {columns.label!r}{named}."
    )


# --- rows ---


def _shard(source: _Lying, file: pq.ParquetFile, columns: _Columns) -> _Shard:
    kind = file.schema_arrow.field(columns.label).type
    features = class_names(file.schema_arrow).get(columns.label, columns.classes)
    labels = _labels(_column(source, file, columns.label), kind, features, source, columns.label)
    own = _role_of_file(source.name)
    roles: list[Role | None] = [own] * len(labels)
    if columns.split is not None and columns.split in file.schema_arrow.names:
        told = [role_of(str(value)) for value in _column(source, file, columns.split)]
        roles = [role if role is not None else own for role in told]
    return _Shard(source, file, labels, roles)


def _column(source: _Lying, file: pq.ParquetFile, name: str) -> list[Any]:
    """Return the values of a column of small values."""
    values: list[Any] = []
    try:
        for batch in file.iter_batches(_BATCH_ROWS, columns=[name], use_threads=False):
            values += batch.column(0).to_pylist()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise refused(f"{source.name!r}: column {name!r} cannot be read: {error}.") from None
    return values


def _role_of_file(name: str) -> Role | None:
    """Return the part that a path tells: `data/train-00000-of-00002.parquet`, `test/0000.parquet`."""
    return next(
        (role for part in reversed(name.split("/")) if (role := meaning_of(part).role) is not None), None
    )


def _labels(
    values: list[Any], kind: pa.DataType, names: tuple[str, ...] | None, source: _Lying, column: str
) -> list[str | None]:
    """Return labels as texts, None where there is none."""
    where = f"{source.name!r}, column {column!r}"
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        several = next(
            (row for row, value in enumerate(values) if value is not None and len(value) != 1), None
        )
        if several is not None:
            raise refused(
                f"{where}: row {several} has {len(values[several])} labels, and a picture can have one here."
            )
        values = [None if value is None else value[0] for value in values]
    values = [None if isinstance(value, float) and np.isnan(value) else value for value in values]
    told = [value for value in values if value is not None]
    if any(not isinstance(value, str | bytes | bool | int | float) for value in told):
        raise refused(f"{where}: must be numbers or text, not {kind}.")
    if told and isinstance(told[0], str):
        return [None if value is None or not value.strip() else value for value in values]
    texts = iter(plain_labels(np.array(told), where).values.tolist()) if told else iter(())
    found = [None if value is None else next(texts) for value in values]
    return [_named(value, names, row, where) for row, value in enumerate(found)]


def _named(value: Any, names: tuple[str, ...] | None, row: int, where: str) -> str | None:
    if not isinstance(value, int):
        return None if value is None else str(value)
    if value == -1:  # Hugging Face's mark of pictures without a label
        return None
    if names is None and value >= 0:
        return str(value)
    if names is None or not 0 <= value < len(names):
        of = f" of the {len(names)} names" if names else "; number classes from 0"
        raise refused(f"{where}: row {row} is {value}, which is no class{of}.")
    return names[value]


def _with_labels(shards: Sequence[_Shard], columns: _Columns, notes: list[str]) -> list[_Shard]:
    """Leave out parts none of whose pictures has a label; InvalidError names rows without one in others."""
    counts: Counter[Role | None] = Counter()
    missing: Counter[Role | None] = Counter()
    for shard in shards:
        counts.update(shard.roles)
        missing.update(role for role, label in zip(shard.roles, shard.labels, strict=True) if label is None)
    empty = {role for role, count in counts.items() if missing[role] == count and len(counts) > 1}
    for role in empty:
        name = "part without a name" if role is None else f"part {_ROLE_NAMES[role]!r}"
        notes.append(f"The {counts[role]:,} pictures of the {name} have no labels and were left out.")
    if len(set(counts) - empty) > 1 and None in set(counts) - empty:
        odd = next(shard.source.name for shard in shards if None in shard.roles)
        raise refused(f"{odd!r} does not say which part it is, as others do; call it train or test.")
    faults = Faults()
    for shard in shards:
        rows = [
            row
            for row, (label, role) in enumerate(zip(shard.labels, shard.roles, strict=True))
            if label is None and role not in empty
        ]
        if rows:
            faults.add(
                f"{shard.source.name!r}, column {columns.label!r}: {len(rows):,} rows have no label, first"
                " row"
                f" {rows[0]}. Leave them out.",
                shard.source.name,
            )
    faults.check()
    return [
        replace(
            shard,
            labels=[
                None if role in empty else label
                for label, role in zip(shard.labels, shard.roles, strict=True)
            ],
        )
        for shard in shards
    ]


# --- pictures ---


def _write(shards: Sequence[_Shard], columns: _Columns, archive: zipfile.ZipFile) -> None:
    most = min(MAX_UNPACKED, max(SMALL, MAX_RATIO * sum(shard.source.size for shard in shards)))
    names = _own_names(shards, columns)
    table, written, numbers = io.StringIO(), 0, Counter[Role | None]()
    rows = csv.writer(table)
    parts = len({role for shard in shards for role in shard.roles}) > 1
    rows.writerow(["file_name", "label", *(["split"] if parts else [])])
    faults = Faults()
    for at, shard in enumerate(shards):
        for row, data in enumerate(_pictures(shard, columns)):
            label, role = shard.labels[row], shard.roles[row]
            if label is None:
                continue
            where = f"{shard.source.name!r}, row {row}"
            if data is None:
                faults.add(
                    f"{where}: has no picture in {columns.pictures!r}{_by_path(columns)}.", shard.source.name
                )
                continue
            written += len(data)
            if written > most:
                raise refused(
                    f"The pictures take more than {most / 2**20:,.0f} MiB, which none of a file of that"
                    " size need."
                )
            ending = next((ending for magic, ending in _ENDINGS if data.startswith(magic)), ".png")
            own = names[at][row] if names else f"{numbers[role]:06d}{ending}"
            numbers[role] += 1
            name = f"{_ROLE_NAMES[role]}/{own}" if role is not None and parts else own
            archive.writestr(zipfile.ZipInfo(name), data)
            rows.writerow([name, label, *([_ROLE_NAMES[role]] if role is not None and parts else [])])
    faults.check()
    archive.writestr(WRITTEN, table.getvalue())


def _by_path(columns: _Columns) -> str:
    return " (where it only names a file, put the files and this one into one zip)" if columns.path else ""


def _own_names(shards: Sequence[_Shard], columns: _Columns) -> list[list[str]] | None:
    """Return the names that the files give pictures, None unless each has one of its own."""
    if columns.path is None:
        return None
    found: list[list[str]] = []
    seen: set[tuple[Role | None, str]] = set()
    for shard in shards:
        names = [
            basename(str((value or {}).get("path") or ""))
            for value in _column(shard.source, shard.file, f"{columns.path}.path")
        ]
        keys = set(zip(shard.roles, names, strict=True))
        unusable = any(
            not name or len(name) > 200 or not name.isprintable() or "\\" in name for name in names
        )
        if unusable or len(keys) < len(names) or keys & seen or not all(splitext(name)[1] for name in names):
            return None
        seen |= keys
        found.append(names)
    return found


def _pictures(shard: _Shard, columns: _Columns) -> Iterator[bytes | None]:
    """Yield the bytes of each picture; InvalidError if they cannot be unpacked."""
    struct = columns.path is not None or pa.types.is_struct(
        shard.file.schema_arrow.field(columns.pictures).type
    )
    column = f"{columns.pictures}.bytes" if struct else columns.pictures
    for group in range(shard.file.metadata.num_row_groups):
        rows = _rows_at_once(shard, group, column)
        try:
            for batch in shard.file.iter_batches(
                rows, row_groups=[group], columns=[column], use_threads=False
            ):
                values = batch.column(0)
                values = values.field("bytes") if struct else values
                for value in values:
                    yield value.as_py()
        except (pa.ArrowException, OSError, ValueError) as error:
            raise refused(f"{shard.source.name!r}: column {column!r} cannot be read: {error}.") from None


def _rows_at_once(shard: _Shard, group: int, column: str) -> int:
    """Return how many rows fit into memory, also where few bytes stand for many equal pictures."""
    meta = shard.file.metadata.row_group(group)
    for chunk in map(meta.column, range(meta.num_columns)):
        if chunk.path_in_schema != column:
            continue
        unpacked, packed = int(chunk.total_uncompressed_size), int(chunk.total_compressed_size)
        if unpacked > max(SMALL, MAX_RATIO * packed) or unpacked > MAX_UNPACKED:
            raise refused(
                f"{shard.source.name!r} unpacks to {unpacked:,} bytes, which no pictures of its size need."
            )
        largest = unpacked if chunk.has_dictionary_page else unpacked // max(int(meta.num_rows), 1)
        return max(1, min(_BATCH_ROWS, _BATCH_BYTES // max(min(largest, MAX_IMAGE_FILE), 1)))
    return 1
