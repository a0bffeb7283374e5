"""Files with a number for each training image of a data set: kept with a row, dropped with the last one."""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy.orm import Session

from backend.core.errors import FieldError, InvalidError
from backend.core.models import LabelSet, PublishedScores
from backend.core.queries import datasets
from backend.core.settings import Settings
from backend.datasets import store
from backend.datasets.store import Column

Row = LabelSet | PublishedScores

_KINDS: dict[type[Row], tuple[Column, str]] = {
    LabelSet: (Column.LABELS, "a label file"),
    PublishedScores: (Column.PUBLISHED, "a file of scores"),
}


def fingerprint(values: npt.NDArray[Any]) -> str:
    """Return the SHA-256 of a column's numbers."""
    return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()


def check_free(session: Session, table: type[Row], dataset_id: str, name: str) -> None:
    """Refuse the name of a column that the data set has already, with an InvalidError."""
    if session.get(table, (dataset_id, name)) is not None:
        detail = f"There is {_KINDS[table][1]} {name!r} already; choose another name."
        raise InvalidError(detail, (FieldError("/query/name", detail),))


def keep(session: Session, settings: Settings, row: Row, values: npt.NDArray[Any]) -> None:
    """Store a column (n_train,) and its row; InvalidError if the data set has one of that kind and name."""
    kind, _ = _KINDS[type(row)]
    datasets.lock(session, row.dataset_id)
    check_free(session, type(row), row.dataset_id, row.name)
    datasets.lock_content(session, row.fingerprint)
    store.save_column(kind, row.fingerprint, values, settings)
    session.add(row)
    session.flush()


def drop(session: Session, settings: Settings, removed: Sequence[Row]) -> None:
    """Delete the content of rows that have been removed, where no other has the same."""
    for row in removed:
        kind, _ = _KINDS[type(row)]
        datasets.lock_content(session, row.fingerprint)
        if not datasets.column_shared(session, type(row), row.fingerprint):
            store.drop_column(kind, row.fingerprint, settings)
