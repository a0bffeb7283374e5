"""Tables in an archive that say what its pictures show: `labels.csv`, `metadata.jsonl` and their like.

A table counts if a column of it names pictures of the archive, and another says what they show: by its name
in the header, or because there is no other. One column for each class is read as well. A column `split`, the
table's own name (`train.csv`) or the folders of the pictures tell the parts.
"""

import zipfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from backend.core.errors import InvalidError
from backend.datasets import column_words
from backend.datasets.archive import Entry, refused
from backend.datasets.faults import Faults
from backend.datasets.label_columns import FURTHER_LABELS, LABELS, LISTED, ask_column, is_whole, told_labels
from backend.datasets.layouts import (
    Placed,
    Role,
    part_folders,
    place,
    role_of,
    unlabeled,
    without_wrappers,
)
from backend.datasets.parquet_tables import plain
from backend.datasets.table_rows import Pictures
from backend.datasets.tables import Table, cell, is_list, read_table

WRITTEN = "memoscope-labels.csv"  # beside pictures that came in another form, with their labels

FILES = ("file_name", "filename", "file", "filepath", "file_path", "path", "image", "image_path",
          "image_name", "image_id", "img", "name", "id", *column_words.FILES)  # fmt: skip
PARTS = ("split", "subset", "set", "part", "partition")
_NAMED = 5


def place_by_tables(
    archive: zipfile.ZipFile,
    tables: Sequence[Entry],
    names: Sequence[str],
    faults: Faults,
    wish: str | None = None,
    *,
    guess: bool = False,
) -> tuple[Placed | None, list[str], list[str]]:
    """Return where pictures belong by the tables among these files, which those are, and what to say of them.

    None if there is none.

    `wish` is the column of labels that a person chose; ChoiceError where that is needed. To `guess` is to
    take the only other column of a header, or one for each class, where folders tell nothing. Rows without a
    picture, pictures without a row and rows that contradict each other are faults.
    """
    if not tables:
        return None, [], []
    classes: dict[int, str] = {}
    parts: dict[int, Role | None] = {}
    used: list[str] = []
    notes: list[str] = []
    pictures = Pictures(names)
    for entry in tables:
        found = _read(archive, entry, pictures, faults, wish, guess=guess)
        if found is None:
            continue
        used.append(entry.name)
        notes += found.notes
        if found.missing:
            faults.add(
                f"{entry.name!r} names files that are not pictures of the archive: {_some(found.missing)}.",
                found.missing[0],
            )
        for i, label, part in found.rows:
            if not label:
                continue
            if classes.setdefault(i, label) != label:
                faults.add(f"{names[i]!r} has two labels, {classes[i]!r} and {label!r}.", names[i])
            parts[i] = part
    if not used:
        return None, [], []
    _check_single(names, classes, faults)
    paths = without_wrappers([tuple(name.split("/")) for name in names])
    left = unlabeled(paths, classes)
    _complete(names, classes, left, used, faults, notes)
    short = ["/".join(part for part in path if part) for path in paths]
    labels = tuple(classes.get(i, "") for i in range(len(names)))
    return Placed(tuple(short), labels, _roles(parts, paths), left), used, notes


def _complete(
    names: Sequence[str],
    classes: dict[int, str],
    left: Collection[int],
    used: Sequence[str],
    faults: Faults,
    notes: list[str],
) -> None:
    """Take pictures that no table names by their folders, where these are classes that tables know."""
    without = {name: i for i, name in enumerate(names) if i not in classes and i not in left}
    if not without:
        return
    folders = _by_folders(list(without), set(classes.values()))
    if not folders:
        listed = _some(list(without))
        verb = "gives" if len(used) == 1 else "give"
        faults.add(f"{', '.join(used)} {verb} no label to {listed}.", next(iter(without)))
        return
    notes.append(f"{len(without):,} pictures that no table names have the names of their folders.")
    classes.update(zip(without.values(), folders, strict=True))


def _check_single(names: Sequence[str], classes: Mapping[int, str], faults: Faults) -> None:
    """Refuse labels that are several classes in one cell, as `cat,dog` where others are `cat` and `dog`."""
    known = set(classes.values())
    several = {
        label
        for label in known
        if "|" in label or any(_all_known(label, known, at) for at in (",", ";", None))
    }
    first = next((i for i, label in classes.items() if label in several), None)
    if first is not None:
        faults.add(
            f"{names[first]!r} has several labels, {classes[first]!r}, and a picture has one class here. Keep"
            " one of each, leave such pictures out, or if this is one class, write its name with _ between.",
            names[first],
        )


def _all_known(label: str, known: set[str], separator: str | None) -> bool:
    parts = {part.strip() for part in label.split(separator)}
    return len(parts) > 1 and known.issuperset(parts)


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return f"{', '.join(repr(name) for name in names[:_NAMED])}{more}"


def _by_folders(names: Sequence[str], told: set[str]) -> Sequence[str]:
    """Return the class folders of pictures that no table names, none where they are no known classes."""
    faults = Faults()
    classes = place(names, faults).classes
    return [] if faults or "" in classes or not told <= set(classes) else classes


def check_against_folders(names: Sequence[str], told: Placed, tables: Sequence[str], faults: Faults) -> None:
    """Refuse tables that contradict class folders of the same classes: either may be what is meant."""
    by_folders = place(names, Faults()).classes
    known = set(by_folders) - {""}
    if len(known) < 2 or not known <= set(told.classes):
        return
    pairs = list(zip(names, by_folders, told.classes, strict=True))
    differ = [(name, label) for name, folder, label in pairs if label and folder and folder != label]
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


@dataclass(frozen=True)
class _Found:
    """(picture, label, part) of each row of a table, names that are no pictures, and what there is to say."""

    rows: list[tuple[int, str, Role | None]]
    missing: list[str]
    notes: list[str]


def _read(
    archive: zipfile.ZipFile,
    entry: Entry,
    pictures: Pictures,
    faults: Faults,
    wish: str | None,
    *,
    guess: bool,
) -> _Found | None:
    """Return what a table says of pictures; None if it is none of theirs, or has no column of labels."""
    try:
        table = _table(archive, entry, pictures)
    except InvalidError:
        return None
    scope, file = _meant(entry.name, table, pictures)
    if file is None:
        return None
    own = None if entry.name == WRITTEN else wish
    column, notes = told_labels(
        entry.name,
        table,
        file,
        _part_column(table, file),
        own,
        len(pictures.names),
        guess=guess or not table.headed,
    )
    if column is None:
        return None
    if is_list(entry.name) and _tells_folders(table, file, column, scope, entry.name):
        return None
    if not table.known:
        faults.add(f"{entry.name!r} is not written in UTF-8; save it as CSV UTF-8.", entry.name)
    part = _part_column(table, file)
    rows = [row for row in table.rows if cell(row, file)]
    role = role_of(PurePosixPath(entry.name).stem)
    found, missing = [], []
    for row, at in zip(rows, _places(entry.name, table, file, scope), strict=True):
        if at is None:
            missing.append(cell(row, file))
        else:
            told = cell(row, part)
            found.append((scope.places[at], column[id(row)], role_of(told) if told else role))
    return _Found(found, missing, notes)


def _table(archive: zipfile.ZipFile, entry: Entry, pictures: Pictures) -> Table:
    known = (*FILES, *LABELS, *FURTHER_LABELS, *PARTS)
    return read_table(archive, entry, pictures.shows, known)


def _places(name: str, table: Table, file: str, pictures: Pictures) -> list[int | None]:
    return pictures.find([text for row in table.rows if (text := cell(row, file))], name)


def _meant(name: str, table: Table, pictures: Pictures) -> tuple[Pictures, str | None]:
    """Return the pictures that a table is about, and its column that names them.

    These are all, or where it does not tell some of them apart, those of its own folder or of the part that
    it is called after.
    """
    of_all = _file_column(name, table, pictures)
    if of_all is not None and None not in _places(name, table, of_all, pictures):
        return pictures, of_all
    role, folder = role_of(PurePosixPath(name).stem), str(PurePosixPath(name).parent)
    paths = without_wrappers([tuple(picture.split("/")) for picture in pictures.names])
    for chosen in (
        [
            i
            for i, path in enumerate(paths)
            if role is not None and len(path) > 1 and role_of(path[0]) is role
        ],
        [i for i, picture in enumerate(pictures.names) if picture.startswith(f"{folder}/")],
    ):
        scope = pictures.among(chosen)
        file = _file_column(name, table, scope) if chosen else None
        if file is not None and None not in _places(name, table, file, scope):
            return scope, file
    return pictures, of_all


def _file_column(name: str, table: Table, pictures: Pictures) -> str | None:
    """Return the column that names pictures: by what it is called, else the only one whose cells all do."""
    columns = {plain(field): field for field in table.fields}
    for known in FILES:
        if known in columns and any(
            place is not None for place in _places(name, table, columns[known], pictures)
        ):
            return columns[known]
    fitting = [
        field
        for field in table.fields
        if (found := _places(name, table, field, pictures))
        and len(found) == len(table.rows)
        and (found[0] is not None if not table.headed else None not in found)
    ]
    worded = [field for field in fitting if not all(is_whole(cell(row, field)) for row in table.rows)]
    fitting = worded or fitting  # numbers may be anything
    return fitting[0] if len(fitting) == 1 else None


def _part_column(table: Table, file: str) -> str | None:
    columns = {plain(field): field for field in table.fields}
    named = next((columns[name] for name in PARTS if name in columns), None)
    if named is not None or table.headed:
        return named
    others = [field for field in table.fields if field != file]
    return next((f for f in others if all(role_of(cell(row, f)) is not None for row in table.rows)), None)


def _tells_folders(table: Table, file: str, labels: Mapping[int, str], pictures: Pictures, name: str) -> bool:
    """Return whether a list only numbers the folders of its pictures, whose names say more."""
    rows = [row for row in table.rows if cell(row, file)]
    found = zip(rows, _places(name, table, file, pictures), strict=True)
    folder = place(pictures.names, Faults()).classes
    pairs = {(labels[id(row)], folder[at]) for row, at in found if at is not None}
    folders = {name for _, name in pairs} - {""}
    return len(folders) > 1 and len(pairs) == len(folders) == len({label for label, _ in pairs})


def ask_for_labels(
    archive: zipfile.ZipFile, tables: Sequence[Entry], names: Sequence[str], faults: Faults, wish: str | None
) -> None:
    """Ask for the column of labels of a table that names these pictures and has none that is called so.

    ChoiceError; InvalidError where the one that was chosen is not there. Tables without use are faults.
    """
    pictures = Pictures(names)
    for entry in tables:
        try:
            table = _table(archive, entry, pictures)
        except InvalidError as error:
            faults.take(error, entry.name)
            continue
        file = _file_column(entry.name, table, pictures)
        others = [name for name in table.fields if name != file]
        if file is not None and others:
            if wish is not None:
                raise refused(
                    f"{entry.name!r} has no column {wish[:99]!r}; columns: {', '.join(others[:LISTED])}."
                )
            ask_column(entry.name, others)
        if not is_list(entry.name):
            _tell_unused(entry.name, table, file, faults)
    if wish is not None:
        raise refused(f"column: no table in the archive names its pictures, so there is no {wish[:100]!r}.")


def _tell_unused(name: str, table: Table, file: str | None, faults: Faults) -> None:
    listed = ", ".join(table.fields[:LISTED]) + (", …" if len(table.fields) > LISTED else "")
    columns = f"{name!r} has the column{'s' if len(table.fields) > 1 else ''} {listed}"
    if not table.fields:
        faults.add(f"{name!r} is empty.", name)
    elif file is not None:
        faults.add(f"{columns}: none says what pictures show.", name)
    else:
        called = next((field for field in table.fields if plain(field) in FILES), None)
        odd = next((cell(row, called) for row in table.rows if cell(row, called)), "")
        such = f", such as {odd[:99]!r} in {called}" if called is not None and odd else ""
        faults.add(f"{columns}: none names pictures of the archive{such}.", name)
