"""Tables in an archive that say what its pictures show: `labels.csv`, `metadata.jsonl` and their like.

A table counts if its header names a column of files and one of labels, and its rows name pictures of the
archive. A column `split`, the table's own name (`train.csv`) or the folders of the pictures tell the parts.
"""

import csv
import io
import json
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import NoReturn

from backend.core.errors import Choice, ChoiceError, InvalidError, Option
from backend.datasets import parquet_tables
from backend.datasets.archive import Entry, read_file, refused
from backend.datasets.archive_names import slashed
from backend.datasets.confined import confined
from backend.datasets.csv_texts import DELIMITERS, encoding
from backend.datasets.faults import Faults
from backend.datasets.layouts import Placed, Role, part_folders, place, role_of, without_wrappers
from backend.datasets.parquet_tables import plain

WRITTEN = "memoscope-labels.csv"  # beside pictures that came in another form, with their labels
MAX_TABLE = 64 * 2**20  # bytes

FILES = ("file_name", "filename", "file", "filepath", "file_path", "path", "image", "image_path",
          "image_name", "image_id", "img", "name", "id")  # fmt: skip
LABELS = ("label", "class", "category", "target", "label_name", "class_name", "labels", "breed", "species")
FURTHER_LABELS = ("fine_label", "coarse_label", "fine_labels", "coarse_labels", "y", "emotion", "digit")
PARTS = ("split", "subset", "set", "part", "partition")
_JSON = {".jsonl", ".ndjson", ".json"}
_NAMED = 5
_LISTED = 12  # columns


def is_table(name: str) -> bool:
    """Return whether a file may be a table of labels."""
    return PurePosixPath(name).suffix.lower() in {".csv", ".tsv", ".parquet", *_JSON}


def place_by_tables(
    archive: zipfile.ZipFile,
    tables: Sequence[Entry],
    names: Sequence[str],
    faults: Faults,
    wish: str | None = None,
) -> tuple[Placed | None, list[str]]:
    """Return where pictures belong by the tables among these files, and which those are; None if none is.

    `wish` is the column of labels that a person chose; ChoiceError where that is needed. Rows without a
    picture, pictures without a row and rows that contradict each other are faults.
    """
    classes: dict[int, str] = {}
    parts: dict[int, Role | None] = {}
    used = []
    for entry in tables:
        found = _read(archive, entry, names, faults, wish)
        if found is None:
            continue
        rows, missing = found
        used.append(entry.name)
        if missing:
            listed = ", ".join(repr(name) for name in missing[:_NAMED])
            more = f" and {len(missing) - _NAMED:,} more" if len(missing) > _NAMED else ""
            faults.add(
                f"{entry.name!r} names files that are not pictures of the archive: {listed}{more}.",
                missing[0],
            )
        for i, label, part in rows:
            if not label:
                continue
            if classes.setdefault(i, label) != label:
                faults.add(f"{names[i]!r} has two labels, {classes[i]!r} and {label!r}.", names[i])
            parts[i] = part
    if not used:
        return None, []
    without = [name for i, name in enumerate(names) if i not in classes]
    if without:
        listed = ", ".join(repr(name) for name in without[:_NAMED])
        more = f" and {len(without) - _NAMED:,} more" if len(without) > _NAMED else ""
        faults.add(f"{', '.join(used)} give no label to {listed}{more}.", without[0])
    paths = without_wrappers([tuple(name.split("/")) for name in names])
    short = ["/".join(part for part in path if part) for path in paths]
    labels = tuple(classes.get(i, "") for i in range(len(names)))
    return Placed(tuple(short), labels, _roles(parts, paths)), used


def check_against_folders(names: Sequence[str], told: Placed, tables: Sequence[str], faults: Faults) -> None:
    """Refuse tables that contradict class folders of the same classes: either may be what is meant."""
    by_folders = place(names, Faults()).classes
    if len(set(by_folders)) < 2 or not set(by_folders) <= set(told.classes):
        return
    pairs = list(zip(names, by_folders, told.classes, strict=True))
    differ = [(name, label) for name, folder, label in pairs if label and folder != label]
    if differ:
        name, label = differ[0]
        faults.add(
            f"{len(differ):,} of {len(names):,} pictures lie in the folder of one class and are of another in"
            f" {', '.join(tables)}, such as {name!r}, which is {label!r} there. Leave the table out to use"
            " the folders; a data set takes other labels for its pictures as a label file, too.",
            name,
        )


def _roles(parts: dict[int, Role | None], paths: Sequence[tuple[str, ...]]) -> tuple[Role, ...] | None:
    told = {role for role in parts.values() if role is not None}
    if len(told) > 1:
        return tuple(parts.get(i) or Role.TRAIN for i in range(len(paths)))
    folders = part_folders(paths)
    if folders is None or any(path[0] not in folders for path in paths):
        return None
    return tuple(folders[path[0]] for path in paths)


Row = tuple[int, str, Role | None]


@dataclass(frozen=True)
class _Table:
    """The names of a table's columns, and its rows by these names."""

    fields: Sequence[str]
    rows: Sequence[Mapping[str, object]]


def _read(
    archive: zipfile.ZipFile, entry: Entry, names: Sequence[str], faults: Faults, wish: str | None
) -> tuple[list[Row], list[str]] | None:
    """Return (picture, label, part) of each row, and names that are no pictures; None if it is no table."""
    table, known = _table(archive, entry)
    if table is None:
        return None
    columns = {plain(name): name for name in table.fields}
    file, part = _first(columns, FILES), _first(columns, PARTS)
    if file is None:
        return None
    label = _label_column(entry.name, table, columns, None if entry.name == WRITTEN else wish)
    if label is None:
        return None
    cells = [(path, _cell(row, label), _cell(row, part)) for row in table.rows if (path := _cell(row, file))]
    found = _matched(entry.name, cells, names)
    if found is not None and not known:
        faults.add(f"{entry.name!r} is not written in UTF-8; save it as CSV UTF-8.", entry.name)
    return found


def _table(archive: zipfile.ZipFile, entry: Entry) -> tuple[_Table | None, bool]:
    """Return a table, None if it is none, and whether its encoding is known."""
    if entry.info.file_size > MAX_TABLE:
        return None, True
    kind = PurePosixPath(entry.name).suffix.lower()
    try:
        data = read_file(archive, entry.info.filename, entry.name)
        if kind == ".parquet":
            return _of_parquet(data, entry.name), True
        text, known = _text(data)
        return _of_json(text) if kind in _JSON else _of_csv(text), known
    except (InvalidError, ValueError, csv.Error, OSError):
        return None, True


def ask_for_labels(
    archive: zipfile.ZipFile, tables: Sequence[Entry], names: Sequence[str], wish: str | None
) -> None:
    """Ask for the column of labels of a table that names these pictures and has none that is called so.

    ChoiceError; InvalidError where the one that was chosen is not there; nothing if there is no such table.
    """
    for entry in tables:
        table = _table(archive, entry)[0]
        columns = {} if table is None else {plain(name): name for name in table.fields}
        file = _first(columns, FILES)
        if table is None or file is None:
            continue
        rows = [(path, "", "") for row in table.rows if (path := _cell(row, file))]
        others = [name for name in table.fields if name != file]
        if not others or _matched(entry.name, rows, names) is None:
            continue
        if wish is not None:
            raise refused(
                f"{entry.name!r} has no column {wish[:99]!r}; columns: {', '.join(others[:_LISTED])}."
            )
        _ask_column(entry.name, others)
    if wish is not None:
        raise refused(f"column: no table in the archive names its pictures, so there is no {wish[:100]!r}.")


def _label_column(name: str, table: _Table, columns: Mapping[str, str], wish: str | None) -> str | None:
    """Return the column of labels, None without one; ChoiceError where several tell different classes."""
    if wish is not None:
        return wish if wish in table.fields else None
    known = [columns[label] for label in (*LABELS, *FURTHER_LABELS) if label in columns]
    if len(known) > 1:
        values = [[_cell(row, column) for row in table.rows] for column in known]
        pairs = [len(set(zip(values[0], other, strict=True))) for other in values[1:]]
        if any(count != len(set(other)) for count, other in zip(pairs, values[1:], strict=True)) or any(
            count != len(set(values[0])) for count in pairs
        ):
            _ask_column(name, known)
        words = [
            column for column, texts in zip(known, values, strict=True) if not all(map(_is_whole, texts))
        ]
        known = words or known  # names of classes say more than their numbers
    return known[0] if known else None


def _is_whole(text: str) -> bool:
    return text.isdecimal()


def _ask_column(name: str, columns: Sequence[str]) -> NoReturn:
    listed = " and ".join(columns[:_LISTED])
    raise ChoiceError(
        f"{name!r} may have its labels in {listed}. Choose the column that is meant (`column`).",
        Choice(
            "column", f"Which column of {name} has the labels?", tuple(Option(each, each) for each in columns)
        ),
    )


def _text(data: bytes) -> tuple[str, bool]:
    """Return the text of a table, and whether its encoding is known."""
    try:
        return data.decode(encoding(data)), True
    except UnicodeDecodeError:
        return data.decode("latin-1"), False


def _of_csv(text: str) -> _Table:
    header = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=header.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    fields = [name for name in reader.fieldnames or () if name]
    return _Table(fields, list(reader))


def _of_json(text: str) -> _Table:
    """Read one object for each line, or a list of objects; ValueError if it is neither."""
    if text.lstrip()[:1] == "[":
        rows = json.loads(text)
    else:
        rows = [json.loads(line) for line in text.splitlines() if line.strip()]
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError("rows are no objects")
    return _Table(list(dict.fromkeys(name for row in rows for name in row)), rows)


def _of_parquet(data: bytes, name: str) -> _Table:
    known = (*FILES, *LABELS, *FURTHER_LABELS, *PARTS)
    return _Table(*confined(parquet_tables.read_rows, data, known, what=repr(name)))


def _cell(row: Mapping[str, object], column: str | None) -> str:
    """Return a cell as a text: a whole number without a point, nothing where it is missing."""
    value = None if column is None else row.get(column)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, list | dict):
        return ""  # what holds several values names nothing
    return unicodedata.normalize("NFC", "" if value is None else str(value).strip())


def _first(columns: dict[str, str], known: Sequence[str]) -> str | None:
    return next((columns[name] for name in known if name in columns), None)


def _matched(
    table: str, rows: Sequence[tuple[str, ...]], names: Sequence[str]
) -> tuple[list[Row], list[str]] | None:
    """Find the pictures that rows name: by path from the top or the table, by file name, without its end."""
    folder = str(PurePosixPath(table).parent)
    base = "" if folder == "." else f"{folder}/"
    whole = {name: i for i, name in enumerate(names)}
    keys = [
        whole,
        _unique((name[len(base) :], i) for i, name in enumerate(names) if name.startswith(base)),
        _unique((PurePosixPath(name).name, i) for i, name in enumerate(names)),
        _unique((PurePosixPath(name).stem, i) for i, name in enumerate(names)),
    ]
    own = role_of(PurePosixPath(table).stem)
    found: list[Row] = []
    missing = []
    for name, label, part in rows:
        path = slashed(name)
        place = next((key[path] for key in keys if path in key), None)
        if place is None:
            missing.append(name)
        else:
            found.append((place, label, role_of(part) if part else own))
    return (found, missing) if found else None


def _unique(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Return what names one picture only."""
    listed = list(pairs)
    counts = Counter(name for name, _ in listed)
    return {name: i for name, i in listed if counts[name] == 1}
