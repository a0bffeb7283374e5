"""Writes an experiment's file: a part at a time, and equal for equal experiments, byte by byte."""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.core.contracts import EventKind, ExperimentStatus, UnitStatus
from backend.core.errors import ConflictError
from backend.core.models import DatasetRow, Event, Experiment, LabelSet, MatrixRow, UnitRow
from backend.core.provenance import installation
from backend.core.queries import datasets, experiments, matrices, results
from backend.core.session import reading
from backend.core.settings import Settings
from backend.datasets import store
from backend.datasets.base import Dataset
from backend.datasets.mapped import slices
from backend.datasets.store import Column
from backend.portable import pictures
from backend.portable.manifest import (
    EVENTS,
    GIVEN,
    LABELS,
    MANIFEST,
    MATRIX,
    NAMES,
    PICTURES,
    RESULTS,
    UNITS,
    CarriedDataset,
    CarriedEvent,
    CarriedExperiment,
    CarriedLabels,
    CarriedMatrix,
    CarriedUnit,
    Manifest,
    Member,
)

_ROWS = 1000  # of the database at a time
_COPIED = 2**20


def check_finished(experiment: Experiment) -> None:
    """Raise ConflictError for an experiment that cannot be carried, because its results may still change."""
    if experiment.status is not ExperimentStatus.DONE:
        raise ConflictError(
            f"The experiment is {experiment.status}; only one that is done can be taken to another Memoscope."
        )


def write(settings: Settings, experiment_id: str, path: Path) -> Manifest:
    """Write a finished experiment into a file and return what it says of itself.

    ConflictError for one that is not finished, NotFoundError for what is not there. Memory holds the packed
    results, the names of the pictures and a part of the pictures at a time, however many there are.
    """
    with reading(settings.database) as session, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        experiment = experiments.get(session, experiment_id)
        check_finished(experiment)
        files = _Files(archive)
        files.write(RESULTS, _pieces(results.get_summary(session, experiment_id).data))
        files.write(UNITS, _units(session, experiment_id))
        files.write(EVENTS, _events(session, experiment_id))
        dataset = labels = matrix = None
        if experiment.dataset_id is not None:
            row, fingerprint = datasets.get_ready(session, experiment.dataset_id)
            dataset = _dataset(files, row, store.load(fingerprint, settings))
            if name := experiment.params.get("labels"):
                labels = _labels(files, settings, datasets.label_set(session, row.id, name))
        elif matrix_id := experiment.params.get("matrix"):
            matrix = _matrix(files, settings, matrices.get(session, matrix_id))
        manifest = Manifest(
            memoscope=installation()["version"],
            experiment=_experiment(experiment),
            dataset=dataset,
            labels=labels,
            matrix=matrix,
            members=files.members,
        )
        files.write(MANIFEST, [manifest.model_dump_json(indent=1).encode()])
    return manifest


class _Files:
    """The members of an archive, each with its size and checksum, and without a date."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.members: dict[str, Member] = {}

    def write(self, name: str, pieces: Iterable[bytes]) -> None:
        digest, size = hashlib.sha256(), 0
        info = zipfile.ZipInfo(name)
        info.compress_type = zipfile.ZIP_DEFLATED
        with self._archive.open(info, "w", force_zip64=True) as file:
            for piece in pieces:
                file.write(piece)
                digest.update(piece)
                size += len(piece)
        self.members[name] = Member(bytes=size, sha256=digest.hexdigest())


def _pieces(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), _COPIED):
        yield data[start : start + _COPIED]


def _lines(rows: Iterable[Any]) -> Iterator[bytes]:
    for row in rows:
        yield row.model_dump_json().encode() + b"\n"


def _units(session: Session, experiment_id: str) -> Iterator[bytes]:
    columns = (UnitRow.key, UnitRow.payload, UnitRow.models, UnitRow.seconds, UnitRow.engine)
    done = select(*columns).where(UnitRow.experiment_id == experiment_id, UnitRow.status == UnitStatus.DONE)
    rows = session.execute(done.order_by(UnitRow.index).execution_options(yield_per=_ROWS))
    return _lines(CarriedUnit(**row._mapping) for row in rows)


def _events(session: Session, experiment_id: str) -> Iterator[bytes]:
    told = select(Event.kind, Event.text, Event.created_at).where(
        Event.experiment_id == experiment_id, Event.kind.in_([EventKind.STATUS, EventKind.LOG])
    )
    rows = session.execute(told.order_by(Event.id).execution_options(yield_per=_ROWS))
    return _lines(CarriedEvent(kind=kind.value, text=text[:10_000], at=at) for kind, text, at in rows)


def _experiment(row: Experiment) -> CarriedExperiment:
    """Return what is told of an experiment; of one that was imported, as where it was run."""
    imported = row.imported
    return CarriedExperiment(
        id=row.id if imported is None else imported["experiment"],
        study=row.study,
        title=row.title,
        params=row.params,
        provenance=row.provenance,
        created_at=row.created_at if imported is None else imported["submitted_at"],
        started_at=row.started_at,
        finished_at=row.finished_at,
    )


def _dataset(files: _Files, row: DatasetRow, dataset: Dataset) -> CarriedDataset:
    factor = pictures.reduction(dataset.images.shape)
    shape = pictures.reduced(dataset.images.shape, factor)
    files.write(PICTURES, _array(shape, np.dtype(np.uint8), pictures.small(dataset, factor)))
    files.write(LABELS, _array(dataset.labels.shape, dataset.labels.dtype, slices(dataset.labels)))
    names: dict[str, Any] = {"names": dataset.names, "archived": dataset.archived}
    files.write(NAMES, _pieces(json.dumps(names, ensure_ascii=False).encode()))
    carried = (row.upload or {}).get("carried", {})
    return CarriedDataset(
        id=carried.get("id", row.id),
        title=row.title,
        classes=list(dataset.classes),
        n_train=dataset.n_train,
        fingerprint=carried.get("fingerprint", row.fingerprint),
        reduction=factor * carried.get("reduction", 1),
        archived=dataset.archived is not None,
    )


def _labels(files: _Files, settings: Settings, row: LabelSet) -> CarriedLabels:
    values = store.load_column(Column.LABELS, row.fingerprint, settings)
    files.write(GIVEN, _array(values.shape, values.dtype, slices(values)))
    names = CarriedLabels.model_fields
    return CarriedLabels(**{name: getattr(row, name) for name in names})


def _matrix(files: _Files, settings: Settings, row: MatrixRow) -> CarriedMatrix:
    values = store.load_column(Column.MATRICES, row.fingerprint, settings)
    files.write(MATRIX, _array(values.shape, values.dtype, slices(values)))
    names = CarriedMatrix.model_fields
    return CarriedMatrix(**{name: getattr(row, name) for name in names})


def _array(
    shape: tuple[int, ...], dtype: np.dtype[Any], parts: Iterable[npt.NDArray[Any]]
) -> Iterator[bytes]:
    """Yield an array in numpy's own form: its header, then its parts in order."""
    yield _header(shape, dtype)
    for part in parts:
        yield np.ascontiguousarray(part).tobytes()


def _header(shape: tuple[int, ...], dtype: np.dtype[Any]) -> bytes:
    buffer = io.BytesIO()
    described = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(buffer, described)
    return buffer.getvalue()
