"""Which column of a table of labels says what pictures show: by its name, or because there is no other."""

from collections.abc import Sequence
from typing import NoReturn

from backend.core.errors import Choice, ChoiceError, Option
from backend.datasets import column_words
from backend.datasets.archive import refused
from backend.datasets.parquet_tables import plain
from backend.datasets.tables import Table, cell

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
    "choice",  # of Label Studio
    *column_words.LABELS,
)
FURTHER_LABELS = ("fine_label", "coarse_label", "fine_labels", "coarse_labels", "y", "emotion", "digit")
LISTED = 12  # columns
_NAMED = 5


def told_labels(
    name: str, table: Table, file: str, part: str | None, wish: str | None, pictures: int, *, guess: bool
) -> tuple[dict[int, str] | None, list[str]]:
    """Return the label of each row, by its id, None without a column of labels, and what there is to say."""
    others = [field for field in table.fields if field not in (file, part)]
    column = _label_column(name, table, others, wish, pictures, guess=guess)
    if column is not None:
        said = plain(column) in (*LABELS, *FURTHER_LABELS)
        notes = [] if said else [f"Labels are those of {column!r} in {name}."]
        return {id(row): _told(cell(row, column)) for row in table.rows}, notes
    if wish is not None or not guess or not table.headed or not _is_one_hot(table, others):
        return None, []
    return _set_columns(name, table, file, others), [
        f"{name} has a column for each class: {', '.join(others[:LISTED])}"
        f"{', …' if len(others) > LISTED else ''}."
    ]


def _told(text: str) -> str:
    """Return a label, nothing where tables write that there is none."""
    return "" if text.casefold() in column_words.NO_LABEL else text


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
            ask_column(name, known)
        words = [column for column, texts in zip(known, values, strict=True) if not all(map(is_whole, texts))]
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


def is_whole(text: str) -> bool:
    """Return whether a cell is a whole number."""
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


def ask_column(name: str, columns: Sequence[str]) -> NoReturn:
    """Ask which of several columns of a table has the labels; ChoiceError."""
    listed = " and ".join(columns[:LISTED])
    raise ChoiceError(
        f"{name!r} may have its labels in {listed}. Choose the column that is meant (`column`).",
        Choice(
            "column", f"Which column of {name} has the labels?", tuple(Option(each, each) for each in columns)
        ),
    )
