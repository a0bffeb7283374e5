"""All scores of an experiment as files: CSV, Parquet and NPZ, in data-set order."""

import io
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from fastapi import APIRouter, Depends, Query, Response

from backend.api import results
from backend.api.deps import ExperimentDep, ExperimentId, SessionDep, SettingsDep
from backend.core.contracts import Estimator
from backend.core.errors import NotFoundError
from backend.datasets.spreadsheets import as_texts
from backend.export.score_table import score_columns, score_table
from backend.scores.scores import TRAJECTORIES
from backend.scores.table import ScoreTable
from backend.studies.kit import npz

router = APIRouter(prefix="/api/experiments/{experiment_id}", tags=["exports"])


class CsvResponse(Response):
    """One row per (size, example), header first."""

    media_type = "text/csv; charset=utf-8"


class ParquetResponse(Response):
    """The same rows as Parquet."""

    media_type = "application/vnd.apache.parquet"


class NpzResponse(Response):
    """Arrays (sizes, examples) with `labels`, `flipped` and `sizes`."""

    media_type = "application/octet-stream"


def _headers(experiment_id: str, suffix: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="memoscope-{experiment_id}-scores.{suffix}"'}


def csv_bytes(table: pa.Table) -> bytes:
    """Return a table as CSV, its texts so that no spreadsheet runs them."""
    safe = [as_texts(column) if pa.types.is_string(column.type) else column for column in table.columns]
    buffer = io.BytesIO()
    pyarrow.csv.write_csv(
        pa.table(safe, table.column_names), buffer, pyarrow.csv.WriteOptions(quoting_style="needed")
    )
    return buffer.getvalue()


def _scored(
    settings: SettingsDep,
    session: SessionDep,
    experiment: ExperimentDep,
    estimator: Annotated[Estimator, Query(description="what the scores are taken from")] = Estimator.COUNTS,
) -> ScoreTable:
    return results.table(settings, session, experiment.id, estimator)


ScoredDep = Annotated[ScoreTable, Depends(_scored)]


def _table(
    settings: SettingsDep, session: SessionDep, experiment: ExperimentDep, scored: ScoredDep
) -> pa.Table:
    return score_table(scored, results.examples_of(settings, session, experiment))


TableDep = Annotated[pa.Table, Depends(_table)]


@router.get("/arrays.npz", response_class=NpzResponse)
def arrays_npz(settings: SettingsDep, session: SessionDep, experiment: ExperimentDep) -> Response:
    """Download the named arrays of a study as NPZ, as they are; NotFoundError where it has none."""
    arrays = results.current(settings, session, experiment.id).arrays
    if not arrays:
        raise NotFoundError("This experiment has no arrays of its own; scores are in scores.npz.")
    headers = {"Content-Disposition": f'attachment; filename="memoscope-{experiment.id}-arrays.npz"'}
    return NpzResponse(npz.pack(arrays, stored=arrays), headers=headers)


@router.get("/scores.csv", response_class=CsvResponse)
def scores_csv(experiment_id: ExperimentId, table: TableDep) -> Response:
    """Download all scores as CSV; a name that a spreadsheet would run begins with an apostrophe."""
    return CsvResponse(csv_bytes(table), headers=_headers(experiment_id, "csv"))


@router.get("/scores.parquet", response_class=ParquetResponse)
def scores_parquet(experiment_id: ExperimentId, table: TableDep) -> Response:
    """Download all scores as Parquet."""
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(table, buffer)
    return ParquetResponse(buffer.getvalue(), headers=_headers(experiment_id, "parquet"))


@router.get("/scores.npz", response_class=NpzResponse)
def scores_npz(experiment_id: ExperimentId, scored: ScoredDep) -> Response:
    """Download all scores as NPZ."""
    scores = scored.scores
    arrays: dict[str, Any] = {
        "sizes": np.array(scores.sizes),
        "labels": scores.labels,
        "flipped": scores.flipped,
        **score_columns(scores),
        "trajectory": np.array(TRAJECTORIES)[scores.trajectories],
    }
    if scores.cprox is not None:
        arrays["cprox"] = scores.cprox
    arrays |= scored.columns
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return NpzResponse(buffer.getvalue(), headers=_headers(experiment_id, "npz"))
