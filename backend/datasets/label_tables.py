"""Tables in an archive that say what its pictures show: `labels.csv`, `metadata.jsonl` and their like.

A table counts if a column of it names pictures of the archive, and another says what they show: by its name
in the header, or because there is no other. One column for each class is read as well. A column `split`, the
table's own name (`train.csv`) or the folders of the pictures tell the parts.
"""

import zipfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import NoReturn

from backend.core.errors import Choice, ChoiceError, InvalidError, Option
from backend.datasets.archive import Entry, refused
from backend.datasets.faults import Faults
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
          "image_name", "image_id", "img", "name", "id")  # fmt: skip
LABELS = (
    "label",
    "class",
    "category",
    "classid",
    "class_id",
    "category_id",
    "target",
    "label_name",
    "class_name",
    "labels",
    "breed",
    "species",
)
FURTHER_LABELS = ("fine_label", "coarse_label", "fine_labels", "coarse_labels", "y", "emotion", "digit")
PARTS = ("split", "subset", "set", "part", "partition")
_NAMED = 5
_LISTED = 12  # columns


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
        faults.add(f"{', '.join(used)} give no label to {listed}.", next(iter(without)))
        return
    notes.append(f"{len(without):,} pictures that no table names have the names of their folders.")
    classes.update(zip(without.values(), folders, strict=True))


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
    column, notes = _labels(
        entry.name, table, file, own, len(pictures.names), guess=guess or not table.headed
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
    worded = [field for field in fitting if not all(_is_whole(cell(row, field)) for row in table.rows)]
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
                    f"{entry.name!r} has no column {wish[:99]!r}; columns: {', '.join(others[:_LISTED])}."
                )
            _ask_column(entry.name, others)
        if not is_list(entry.name):
            _tell_unused(entry.name, table, file, faults)
    if wish is not None:
        raise refused(f"column: no table in the archive names its pictures, so there is no {wish[:100]!r}.")


def _tell_unused(name: str, table: Table, file: str | None, faults: Faults) -> None:
    listed = ", ".join(table.fields[:_LISTED]) + (", …" if len(table.fields) > _LISTED else "")
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


def _labels(
    name: str, table: Table, file: str, wish: str | None, pictures: int, *, guess: bool
) -> tuple[dict[int, str] | None, list[str]]:
    """Return the label of each row, by its id, None without a column of labels, and what there is to say."""
    others = [field for field in table.fields if field not in (file, _part_column(table, file))]
    column = _label_column(name, table, others, wish, pictures, guess=guess)
    if column is not None:
        said = plain(column) in (*LABELS, *FURTHER_LABELS)
        notes = [] if said else [f"Labels are those of {column!r} in {name}."]
        return {id(row): cell(row, column) for row in table.rows}, notes
    if wish is not None or not guess or not table.headed or not _is_one_hot(table, others):
        return None, []
    return _set_columns(name, table, file, others), [
        f"{name} has a column for each class: {', '.join(others[:_LISTED])}"
        f"{', …' if len(others) > _LISTED else ''}."
    ]


def _label_column(
    name: str, table: Table, others: Sequence[str], wish: str | None, pictures: int, *, guess: bool
) -> str | None:
    """Return the column of labels, None without one; ChoiceError where several tell different classes."""
    if wish is not None:
        return wish if wish in table.fields else None
    columns = {plain(field): field for field in others}
    known = [columns[label] for label in (*LABELS, *FURTHER_LABELS) if label in columns]
    if not known:
        return _only_column(table, others, len(table.rows) < pictures) if guess else None
    if len(known) > 1:
        values = [[cell(row, column) for row in table.rows] for column in known]
        pairs = [len(set(zip(values[0], other, strict=True))) for other in values[1:]]
        if any(count != len(set(other)) for count, other in zip(pairs, values[1:], strict=True)) or any(
            count != len(set(values[0])) for count in pairs
        ):
            _ask_column(name, known)
        words = [
            column for column, texts in zip(known, values, strict=True) if not all(map(_is_whole, texts))
        ]
        known = words or known  # names of classes say more than their numbers
    return known[0]


def _only_column(table: Table, others: Sequence[str], some: bool) -> str | None:
    """Return the only column that may be labels: no measured values, nor different for each picture.

    Where the table is about `some` pictures only, labels may differ.
    """
    values = {field: [cell(row, field) for row in table.rows] for field in others}
    fitting = [
        field
        for field, texts in values.items()
        if (some or len(set(texts)) < len(texts)) and not any(map(_is_measured, texts))
    ]
    if len(others) == 1 or table.headed:
        return fitting[0] if len(others) == 1 and fitting else None
    repeat = [field for field in fitting if len(set(values[field])) < len(table.rows)]
    words = [field for field in fitting if not any(map(_is_number, values[field]))]
    return next((found[0] for found in (words, repeat) if len(found) == 1), None)


def _is_whole(text: str) -> bool:
    return text.isdecimal()


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", "."))
    except ValueError:
        return False
    return True


def _is_measured(text: str) -> bool:
    return _is_number(text) and not float(text.replace(",", ".")).is_integer()


_SET = {"1": True, "0": False, "true": True, "false": False}


def _bit(text: str) -> bool | None:
    """Return whether a cell of one-hot columns is set; None if it is neither."""
    whole, _, zeros = text.casefold().replace(",", ".").partition(".")
    return None if zeros.strip("0") else _SET.get(whole)


def _is_one_hot(table: Table, columns: Sequence[str]) -> bool:
    return len(columns) > 1 and all(
        _bit(cell(row, field)) is not None for row in table.rows for field in columns
    )


def _set_columns(name: str, table: Table, file: str, columns: Sequence[str]) -> dict[int, str]:
    """Return the column that is set in each row; InvalidError names the first without just one."""
    heads = {field.rpartition("_")[0] for field in columns}
    start = len(next(iter(heads))) + 1 if len(heads) == 1 and "" not in heads else 0  # as of get_dummies
    found = {}
    for row in table.rows:
        marked = [field for field in columns if _bit(cell(row, field))]
        if len(marked) != 1:
            several = f"{len(marked)} of its {len(columns)} classes ({', '.join(marked[:_NAMED])})"
            raise refused(
                f"{name!r}: {cell(row, file)!r} is of {several if marked else 'none of its classes'}, and a"
                " picture has one class here."
            )
        found[id(row)] = marked[0][start:]
    return found


def _ask_column(name: str, columns: Sequence[str]) -> NoReturn:
    listed = " and ".join(columns[:_LISTED])
    raise ChoiceError(
        f"{name!r} may have its labels in {listed}. Choose the column that is meant (`column`).",
        Choice(
            "column", f"Which column of {name} has the labels?", tuple(Option(each, each) for each in columns)
        ),
    )
