"""The data set, label file and matrix that a file brings: found here, or put into the store with new rows."""

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.core.contracts import DatasetSource, DatasetState
from backend.core.models import DatasetRow, LabelSet, MatrixRow
from backend.core.queries import datasets
from backend.core.session import reading, transaction
from backend.core.settings import Settings
from backend.datasets import columns, store
from backend.datasets.archive import refused
from backend.datasets.base import Dataset
from backend.datasets.builtin import facts
from backend.datasets.matrix import Matrix
from backend.datasets.store import Column
from backend.portable.manifest import GIVEN, MATRIX, NAMES, PICTURES, CarriedDataset
from backend.portable.reading import Carried

_SHORT = 8  # digits of a fingerprint that tell data sets of one name apart
_BY_HAND = "The pictures came with an experiment from another Memoscope."
_SMALL = "They are scaled down by {factor}, to be looked at; models saw them whole."

Row = DatasetRow | LabelSet | MatrixRow


@dataclass
class Brought:
    """Content that is in the store, and the rows that it lacks; `dataset` is named as its row."""

    dataset: Dataset | None = None
    title: str = ""
    labels: np.ndarray[Any, Any] | None = None
    renamed: dict[str, str] = field(default_factory=dict)  # parameters that have other values here
    rows: list[Row] = field(default_factory=list)

    def drop(self, settings: Settings) -> None:
        """Delete content whose rows were never made, unless others have the same."""
        for row in self.rows:
            fingerprint = row.fingerprint or ""
            with transaction(settings.database) as session:
                datasets.lock_content(session, fingerprint)
                if isinstance(row, LabelSet):
                    columns.drop(session, settings, [row])
                elif isinstance(row, MatrixRow):
                    if session.get(MatrixRow, row.id) is None:
                        store.drop_column(Column.MATRICES, fingerprint, settings)
                elif not datasets.shared(session, fingerprint):
                    store.drop(fingerprint, settings)


@contextmanager
def brought(settings: Settings, file: Carried) -> Iterator[Brought]:
    """Yield what a file brings; what was stored for it is gone again after a fault."""
    found = Brought()
    try:
        if file.manifest.dataset is not None:
            _bring_dataset(settings, file, file.manifest.dataset, found)
        elif file.manifest.matrix is not None:
            _bring_matrix(settings, file, found)
        yield found
    except BaseException:
        found.drop(settings)
        raise


def _bring_dataset(settings: Settings, file: Carried, carried: CarriedDataset, found: Brought) -> None:
    row = _known(settings, carried.fingerprint)
    if row is None:
        row = _store(settings, file, carried, found)
    if row.fingerprint is None:  # `_known` and `_store` return data sets that are there
        raise AssertionError
    found.dataset = replace(store.load(row.fingerprint, settings), id=row.id)
    found.title = row.title
    if row.id != carried.id:
        found.renamed["dataset"] = row.id
    if file.manifest.labels is not None:
        _bring_labels(settings, file, row, found)


def _known(settings: Settings, fingerprint: str) -> DatasetRow | None:
    """Return a data set of that content, the oldest one."""
    with reading(settings.database) as session:
        ready = select(DatasetRow).where(
            DatasetRow.fingerprint == fingerprint, DatasetRow.state == DatasetState.READY
        )
        return session.scalar(ready.order_by(DatasetRow.created_at, DatasetRow.id).limit(1))


def _store(settings: Settings, file: Carried, carried: CarriedDataset, found: Brought) -> DatasetRow:
    """Put the pictures that were brought into the store, and return their row, which may be there already."""
    settings.scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.scratch) as folder:
        dataset = _unpacked(file, carried, Path(folder) / PICTURES)
        fingerprint = dataset.fingerprint
        whole = carried.reduction == 1
        if whole and fingerprint != carried.fingerprint:
            raise refused("The pictures are not those of the data set that the file names; it was changed.")
        if (row := _known(settings, fingerprint)) is not None:
            return row
        row = DatasetRow(
            id=carried.id,
            title=carried.title,
            **facts(dataset),
            state=DatasetState.READY,
            source=DatasetSource.IMPORT if whole else DatasetSource.THUMBNAILS,
            upload=_told(carried),
        )
        with reading(settings.database) as session:
            if session.get(DatasetRow, row.id) is not None:
                row.id = f"{carried.id[: 63 - _SHORT]}-{fingerprint[:_SHORT]}"
        found.rows.append(row)
        store.save(replace(dataset, id=row.id), settings, secrets.token_hex(8))
    return row


def _told(carried: CarriedDataset) -> dict[str, Any]:
    """Return what is said of the pictures, and of thumbnails whose they are."""
    if carried.reduction == 1:
        return {"notes": [_BY_HAND]}
    whose = {"id": carried.id, "fingerprint": carried.fingerprint, "reduction": carried.reduction}
    return {"notes": [_BY_HAND, _SMALL.format(factor=carried.reduction)], "carried": whose}


def _unpacked(file: Carried, carried: CarriedDataset, path: Path) -> Dataset:
    """Unpack the pictures into a file and return the data set, its pictures mapped from there."""
    array = file.pictures()
    labels, named = file.labels(len(carried.classes)), file.names(array.rows)
    if len(labels) != array.rows or not carried.n_train < array.rows:
        raise refused(
            f"The file has {array.rows:,} pictures, {len(labels):,} labels and {carried.n_train:,} training"
            " pictures, which do not fit together."
        )
    if (named.archived is None) == carried.archived:
        raise refused(f"{NAMES} is not what the manifest says of it.")
    form = {"descr": "|u1", "fortran_order": False, "shape": array.shape}
    with path.open("wb") as target:  # not mapped: that would be memory until it is on disk
        np.lib.format.write_array_header_1_0(target, form)
        for part in array.parts(file.archive):
            target.write(part.tobytes())
    return Dataset(
        id=carried.id,
        images=np.load(path, mmap_mode="r"),
        labels=labels,
        classes=tuple(carried.classes),
        names=named.names,
        n_train=carried.n_train,
        archived=named.archived,
    )


def _bring_labels(settings: Settings, file: Carried, row: DatasetRow, found: Brought) -> None:
    told = file.manifest.labels
    if told is None or found.dataset is None:
        raise AssertionError
    values = file.given(len(found.dataset.classes))
    fingerprint = columns.fingerprint(values)
    if fingerprint != told.fingerprint or len(values) != found.dataset.n_train:
        raise refused(f"{GIVEN} is not the label file that the manifest names; the file was changed.")
    found.labels = values
    with reading(settings.database) as session:
        known = datasets.label_sets(session, [row.id])[row.id]
    same = next((label_set for label_set in known if label_set.fingerprint == fingerprint), None)
    name = told.name
    if same is not None:
        name = same.name
    else:
        if name in {label_set.name for label_set in known}:
            name = f"{name[: 97 - _SHORT]} ({fingerprint[:_SHORT]})"
        given = told.model_dump(mode="python") | {"name": name}
        found.rows.append(LabelSet(dataset_id=row.id, **given))
        store.save_column(Column.LABELS, fingerprint, values, settings)
    if name != told.name:
        found.renamed["labels"] = name


def _bring_matrix(settings: Settings, file: Carried, found: Brought) -> None:
    told = file.manifest.matrix
    if told is None:
        raise AssertionError
    entries = file.matrix()
    places, limits = entries[:, :2], np.array([told.rows, told.columns])
    if (places < 0).any() or (places >= limits).any() or (places != np.floor(places)).any():
        raise refused(f"{MATRIX} has entries outside of its {told.rows:,} x {told.columns:,} places.")
    matrix = Matrix(told.rows, told.columns, entries)
    if (
        matrix.fingerprint != told.fingerprint
        or file.manifest.experiment.params["matrix"] != told.fingerprint[:12]
    ):
        raise refused(f"{MATRIX} is not the matrix that the manifest names; the file was changed.")
    with reading(settings.database) as session:
        if session.get(MatrixRow, told.fingerprint[:12]) is not None:
            return
    row = MatrixRow(id=told.fingerprint[:12], observed=len(entries), **told.model_dump(mode="python"))
    found.rows.append(row)
    store.save_column(Column.MATRICES, told.fingerprint, entries, settings)


def add_rows(session: Session, found: Brought) -> None:
    """Add the rows that content lacks; those that somebody else has added meanwhile are there."""
    for row in found.rows:
        if session.get(type(row), _key(row)) is None:
            session.add(row)
            session.flush()
    if found.dataset is not None:
        datasets.lock(session, found.dataset.id)  # NotFoundError where it was deleted meanwhile


def _key(row: Row) -> Any:
    return (row.dataset_id, row.name) if isinstance(row, LabelSet) else row.id
