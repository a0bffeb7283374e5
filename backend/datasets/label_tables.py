"""Tables in an archive that say what its pictures show: `labels.csv`, `metadata.csv` and their like.

A table counts if its header names a column of files and one of labels, and its rows name pictures of the
archive. A column `split`, the table's own name (`train.csv`) or the folders of the pictures tell the parts.
"""

import csv
import io
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from backend.core.errors import InvalidError
from backend.datasets.archive import Entry, read_file
from backend.datasets.archive_names import slashed
from backend.datasets.csv_texts import DELIMITERS, encoding
from backend.datasets.faults import Faults
from backend.datasets.layouts import Placed, Role, part_folders, role_of, without_wrappers

MAX_TABLE = 64 * 2**20  # bytes

FILES = ("file_name", "filename", "file", "filepath", "file_path", "path", "image", "image_path",
          "image_name", "image_id", "img", "name", "id")  # fmt: skip
LABELS = ("label", "class", "category", "target", "label_name", "class_name", "labels", "breed", "species")
PARTS = ("split", "subset", "set", "part", "partition")
_NAMED = 5


def is_table(name: str) -> bool:
    """Return whether a file may be a table of labels."""
    return PurePosixPath(name).suffix.lower() in {".csv", ".tsv"}


def place_by_tables(
    archive: zipfile.ZipFile, tables: Sequence[Entry], names: Sequence[str], faults: Faults
) -> tuple[Placed | None, list[str]]:
    """Return where pictures belong by the tables among these files, and which those are; None if none is.

    Rows without a picture, pictures without a row and rows that contradict each other are faults.
    """
    classes: dict[int, str] = {}
    parts: dict[int, Role | None] = {}
    used = []
    for entry in tables:
        found = _read(archive, entry, names, faults)
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
        for place, label, part in rows:
            if not label:
                continue
            if classes.setdefault(place, label) != label:
                faults.add(
                    f"{names[place]!r} has two labels, {classes[place]!r} and {label!r}.", names[place]
                )
            parts[place] = part
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


def _roles(parts: dict[int, Role | None], paths: Sequence[tuple[str, ...]]) -> tuple[Role, ...] | None:
    told = {role for role in parts.values() if role is not None}
    if len(told) > 1:
        return tuple(parts.get(i) or Role.TRAIN for i in range(len(paths)))
    folders = part_folders(paths)
    if folders is None or any(path[0] not in folders for path in paths):
        return None
    return tuple(folders[path[0]] for path in paths)


Row = tuple[int, str, Role | None]


def _read(
    archive: zipfile.ZipFile, entry: Entry, names: Sequence[str], faults: Faults
) -> tuple[list[Row], list[str]] | None:
    """Return (picture, label, part) of each row, and names that are no pictures; None if it is no table."""
    if entry.info.file_size > MAX_TABLE:
        return None
    try:
        data = read_file(archive, entry.info.filename, entry.name)
    except InvalidError:
        return None
    text, known = _text(data)
    found = _rows(entry, text, names)
    if found is not None and not known:
        faults.add(f"{entry.name!r} is not written in UTF-8; save it as CSV UTF-8.", entry.name)
    return found


def _text(data: bytes) -> tuple[str, bool]:
    """Return the text of a table, and whether its encoding is known."""
    try:
        return data.decode(encoding(data)), True
    except UnicodeDecodeError:
        return data.decode("latin-1"), False


def _rows(entry: Entry, text: str, names: Sequence[str]) -> tuple[list[Row], list[str]] | None:
    header = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=header.count)
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
        columns = {
            (name or "").strip().casefold().replace(" ", "_"): name for name in reader.fieldnames or ()
        }
        file, label, part = (_first(columns, known) for known in (FILES, LABELS, PARTS))
        if file is None or label is None:
            return None
        rows = [
            tuple(
                unicodedata.normalize("NFC", (row.get(column) or "").strip()) if column else ""
                for column in (file, label, part)
            )
            for row in reader
        ]
    except csv.Error:
        return None
    return _matched(entry.name, [row for row in rows if row[0]], names)


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
