"""Tables in archives as they are written: csv with any usual separator, lists of text, JSON and Parquet."""

import csv
import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from backend.core.errors import InvalidError
from backend.datasets import annotations, parquet_tables
from backend.datasets.archive import Entry, read_file
from backend.datasets.confined import confined
from backend.datasets.csv_texts import DELIMITERS, encoding
from backend.datasets.parquet_tables import plain

MAX_TABLE = 64 * 2**20  # bytes

_JSON = {".jsonl", ".ndjson", ".json"}
_LISTS = {".txt", ".lst", ".list"}  # that are tables only where they name pictures
_TEXTS = {".csv", ".tsv", *_LISTS}

_STATED = re.compile(r'\s*"?sep=(.)"?[ \t]*(\r\n?|\n)')  # Excel's way to say how cells are divided

Row = Mapping[str, object]


@dataclass(frozen=True)
class Table:
    """The names of a table's columns, and its rows by these names.

    `headed` is whether it names them itself, `known` whether its encoding is.
    """

    fields: Sequence[str]
    rows: Sequence[Row]
    headed: bool = True
    known: bool = True


def is_table(name: str) -> bool:
    """Return whether a file may be a table of labels."""
    return PurePosixPath(name).suffix.lower() in {".parquet", *_TEXTS, *_JSON}


def is_list(name: str) -> bool:
    """Return whether a file may also be any text."""
    return PurePosixPath(name).suffix.lower() in _LISTS


def read_table(
    archive: zipfile.ZipFile, entry: Entry, shown: Callable[[str], bool], known: Sequence[str]
) -> Table:
    """Return a table; InvalidError says why it is none.

    `shown` tells whether a cell names a picture, `known` are columns that say what they are.
    """
    if entry.info.file_size > MAX_TABLE:
        raise InvalidError(f"{entry.name!r} has more than {MAX_TABLE >> 20} MiB, more than a table may have.")
    kind = PurePosixPath(entry.name).suffix.lower()
    data = read_file(archive, entry.info.filename, entry.name)
    if kind == ".parquet":
        fields, rows = confined(parquet_tables.read_rows, data, list(known), what=repr(entry.name))
        return Table(fields, rows)
    try:
        text, sure = data.decode(encoding(data)), True
    except UnicodeDecodeError:
        text, sure = data.decode("latin-1"), False
    try:
        found = _of_json(text) if kind in _JSON else _of_text(text, shown, known)
    except (KeyError, TypeError, AttributeError):  # of JSON that has the keys of a form, and not the form
        raise InvalidError(f"{entry.name!r} cannot be read as a table.") from None
    except (ValueError, RecursionError, csv.Error) as error:
        raise InvalidError(f"{entry.name!r} cannot be read as a table: {str(error)[:200]}.") from None
    return Table(found.fields, found.rows, found.headed, sure)


def _of_text(text: str, shown: Callable[[str], bool], known: Sequence[str]) -> Table:
    """Read a csv, or a list whose first line names a picture: it has no header."""
    stated = _STATED.match(text)
    if stated:
        text = text[stated.end() :]
    lines = [line for line in text.splitlines() if line.strip(" \t\xa0,;|")]
    if not lines or "\0" in text:
        return Table([], [])
    for split in (*map(_divided, DELIMITERS), str.split, _before_the_last_word):
        first = split(lines[0])
        if len(first) > 1 and any(map(shown, first)):
            return _without_header([split(line) for line in lines])
    counts = {delimiter: lines[0].count(delimiter) for delimiter in DELIMITERS}
    delimiter = stated[1] if stated else max(counts, key=counts.__getitem__)
    words = lines[0].split()
    if not any(counts.values()) and len(words) > 1 and any(plain(word) in known for word in words):
        return _with_header(words, [line.split() for line in lines[1:]])
    fields, *rows = csv.reader(io.StringIO(text.lstrip("\r\n"), newline=""), delimiter=delimiter)
    return _with_header([field.strip() for field in fields], rows)


def _divided(delimiter: str) -> Callable[[str], list[str]]:
    return lambda line: next(csv.reader([line], delimiter=delimiter, skipinitialspace=True))


def _before_the_last_word(line: str) -> list[str]:
    """Return what is before the last word, which may be a path with spaces, and that word."""
    return line.rsplit(None, 1)


def _with_header(fields: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    named = [field for field in fields if field]
    repeated = next((field for field in named if named.count(field) > 1), None)
    if repeated is not None:
        raise ValueError(f"it has the column {repeated!r} twice")
    long = next((row for row in rows if any(text.strip() for text in row[len(fields) :])), None)
    if long is not None:
        raise ValueError(
            f"a row has {len(long)} cells, the header {len(fields)}; put cells that hold the separator into"
            f" quotes (it begins with {long[0][:80]!r})"
        )
    filled = (row for row in rows if any(text.strip() for text in row))
    return Table(named, [dict(zip(fields, row, strict=False)) for row in filled])


def _without_header(rows: Sequence[Sequence[str]]) -> Table:
    """Call columns by their numbers; those that are empty are none."""
    width = max(map(len, rows))
    places = [at for at in range(width) if any(at < len(row) and row[at].strip() for row in rows)]
    fields = {at: f"column {at + 1}" for at in places}
    found = [{name: row[at] for at, name in fields.items() if at < len(row)} for row in rows]
    return Table(list(fields.values()), found, headed=False)


def _of_json(text: str) -> Table:
    """Read an object for each line, a list of them, or what annotation tools write; else ValueError."""
    try:
        told = json.loads(text)
    except ValueError:
        told = None
    if annotations.is_coco(told):
        rows = annotations.of_coco(told)
    elif isinstance(told, list):
        rows = annotations.of_label_studio(told) if annotations.is_label_studio(told) else told
    else:
        rows = [json.loads(line) for line in text.splitlines() if line.strip()]
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError("its rows are no objects")
    return Table(list(dict.fromkeys(name for row in rows for name in row)), rows)


def cell(row: Mapping[str, object], column: str | None) -> str:
    """Return a cell as a text: a whole number without a point, nothing where it is missing."""
    value = None if column is None else row.get(column)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, list | dict):
        return ""  # what holds several values names nothing
    return unicodedata.normalize("NFC", "" if value is None else str(value).strip())
