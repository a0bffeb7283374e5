"""Marks as files: written as a table, read from one that somebody has worked on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from backend.core.contracts import RowOrder
from backend.core.models import MarkChange
from backend.core.queries.marks import Saying
from backend.datasets import alignment
from backend.datasets.alignment import align
from backend.datasets.archive import refused
from backend.datasets.base import Dataset
from backend.datasets.picture_files import PictureFile, choose_column, of_rows, plain, read_picture_file
from backend.datasets.spreadsheets import from_text
from backend.review.marks import MAX_BY, Words, mark_of

MARK = ("mark", "marks")
LABEL = ("label", "label_name")
SUGGESTED = ("suggested_label", "suggestion", "suggested")
NOTE = ("note", "notes", "comment")
BY = ("by",)
AT = ("at",)
_KNOWN = (*MARK, *LABEL, *SUGGESTED, *NOTE, *BY, *AT)


def table(rows: Sequence[MarkChange], dataset: Dataset) -> pa.Table:
    """Return marks as a table: `index,split,name,label,mark,suggested_label,note,by,at`."""
    pictures = np.array([row.picture for row in rows], np.int64)
    classes = dataset.classes
    texts = {
        "split": ["train" if row.picture < dataset.n_train else "test" for row in rows],
        "name": [dataset.names[row.picture] for row in rows],
        "label": [classes[row.label] for row in rows],
        "mark": [row.mark and row.mark.value for row in rows],
        "suggested_label": [
            None if row.suggested_label is None else classes[row.suggested_label] for row in rows
        ],
        "note": [row.note for row in rows],
        "by": [row.by for row in rows],
        "at": [row.created_at.isoformat() for row in rows],
    }
    columns = {name: pa.array(values, pa.string()) for name, values in texts.items()}
    return pa.table({"index": pictures, **columns})


@dataclass(frozen=True)
class ReadMarks:
    """What a file says of pictures, by their place in the data set, and how it was read."""

    said: dict[int, Saying]
    note: str


def read_marks(path: Path, dataset: Dataset, order: RowOrder | None, by: str) -> ReadMarks:
    """Return what a csv, Parquet or npz file with a column `mark` says; rows that say nothing are left out.

    Rows find their pictures as those of label files do. InvalidError names the row and the allowed values,
    ChoiceError what has to be chosen first.
    """
    file = read_picture_file(
        path,
        "mark",
        lambda name: plain(name) in _KNOWN or alignment.wanted(name),
        len(dataset.names),
    )
    main = choose_column(file, file.among(*MARK), None, "marks")
    file = of_rows(file, main)
    rows = align(file, dataset, order)
    columns = {names: _texts(file, names) for names in (MARK, LABEL, SUGGESTED, NOTE, BY, AT)}
    words, said = Words(dataset.classes), {}
    for row, picture in enumerate(rows.pictures.tolist()):
        cells = {names: texts[row] for names, texts in columns.items()}
        if not any(cells[names].strip() for names in (MARK, SUGGESTED, NOTE)):
            continue
        try:
            label = cells[LABEL] or dataset.classes[dataset.labels[picture]]
            state = words.state(mark_of(cells[MARK]), label, cells[SUGGESTED] or None, cells[NOTE])
            said[picture] = Saying(state, _name(cells[BY]) or by, _time(cells[AT]))
        except ValueError as error:
            raise refused(f"Row {row + 1:,}: {error}.") from None
    silent = len(rows.pictures) - len(said)
    left_out = f" {silent:,} rows say nothing and change nothing." if silent else ""
    return ReadMarks(said, rows.note + left_out)


def _texts(file: PictureFile, names: Sequence[str]) -> list[str]:
    """Return the texts of a column, empty ones where the file has none; a csv's are as they were written."""
    found = file.among(*names)
    if not found:
        return [""] * file.rows
    values = file.columns[found[0]]
    if values.dtype.kind == "f":
        return ["" if np.isnan(value) else f"{value:g}" for value in values.tolist()]
    texts = [str(value) for value in values.tolist()]
    return [from_text(text) for text in texts] if file.is_csv else texts


def _name(text: str) -> str:
    if len(text) > MAX_BY:
        raise ValueError(f"by: has more than {MAX_BY} characters")
    return text


def _time(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"at: {text[:100]!r} is no time such as 2026-01-31T12:00:00+00:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
