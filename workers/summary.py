"""Turns an experiment's unit results into the rows that its pages show."""

import logging
import math
import time
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.core.models import Experiment
from backend.core.queries import results as queries
from backend.core.queue import posting
from backend.core.session import reading
from backend.core.settings import Settings
from backend.datasets.loading import load_examples
from backend.figures.histogram import histogram_counts
from backend.studies import get_study
from backend.studies.results import TRAJECTORIES, VERDICTS, Results, Scores
from workers.runtime import unpack
from workers.studies import runner

PREVIEW_BINS = 20

logger = logging.getLogger(__name__)


def summarize(settings: Settings, experiment_id: str) -> None:
    """Summarize all unit results so far, if that is owed; a fault ends the experiment, its units stay."""
    started = time.monotonic()
    with reading(settings.database) as session:
        experiment = queries.owed(session, experiment_id)
        if experiment is None:
            return
        done = queries.done_units(session, experiment_id)
    try:
        rows = _rows(settings, experiment, done)
    except Exception as error:
        logger.exception("summarizing experiment %s failed", experiment_id)
        with posting(settings) as session:
            queries.fail_summary(session, experiment_id, f"{type(error).__name__}: {error}")
        return
    with posting(settings) as session:
        queries.store_summary(session, experiment_id, len(done), rows, time.monotonic() - started)


def _rows(settings: Settings, experiment: Experiment, done: list[queries.DoneUnit]) -> queries.SummaryRows:
    study = get_study(experiment.study)
    params = study.params.model_validate(experiment.params)
    with reading(settings.database) as session:
        examples = load_examples(settings, session, params)
    units = ((unit.payload, unpack(unit.data)) for unit in done)
    results = runner(experiment.study).summarize(params, examples, units)
    claims = study.claims(results, params)
    return queries.SummaryRows(
        data=results.to_bytes(),
        sizes=_scored_sizes(results.scores),
        preview=_preview(results.scores),
        scores=_score_rows(results),
        curves=[vars(curve) for curve in results.curves],
        claims=[{"position": position, **vars(claim)} for position, claim in enumerate(claims)],
    )


def _scored_sizes(scores: Scores | None) -> list[int]:
    if scores is None:
        return []
    scored = np.flatnonzero(np.isfinite(scores.memorization).any(axis=1))
    return [scores.sizes[row] for row in scored]


def _preview(scores: Scores | None) -> dict[str, Any] | None:
    """Histogram of the largest size that has scores, for the cards of the home page."""
    sizes = _scored_sizes(scores)
    if scores is None or not sizes:
        return None
    row = scores.sizes.index(sizes[-1])
    histogram = histogram_counts(scores.memorization[row], PREVIEW_BINS)
    return {"size": sizes[-1], "counts": histogram.counts, "edges": histogram.edges}


def _score_rows(results: Results) -> list[dict[str, Any]]:
    """One mapping per (size, example) with the columns of the table `scores`."""
    scores = results.scores
    if scores is None:
        return []
    examples = {
        "example": range(len(scores.labels)),
        "label": scores.labels.tolist(),
        "flipped": scores.flipped.tolist(),
        "trajectory": [TRAJECTORIES[index] for index in scores.trajectories],
    }
    counts = ("n_in", "k_in", "n_out", "k_out")
    floats = {
        "in_accuracy": scores.in_accuracy,
        "heldout_accuracy": scores.heldout_accuracy,
        "memorization": scores.memorization,
        "low": scores.low,
        "high": scores.high,
        "interval_width": scores.high - scores.low,
    }
    rows: list[dict[str, Any]] = []
    for row, size in enumerate(scores.sizes):
        columns: dict[str, Any] = {
            **examples,
            **{name: getattr(scores, name)[row].tolist() for name in counts},
            **{name: _nullable(values[row]) for name, values in floats.items()},
            "verdict": [VERDICTS[index] for index in scores.verdicts[row]],
            "answers": [answer.tobytes() for answer in scores.answers[row].astype("<u2")],
        }
        rows.extend(
            {"size": size, **dict(zip(columns, values, strict=True))}
            for values in zip(*columns.values(), strict=True)
        )
    return rows


def _nullable(values: npt.NDArray[np.float64]) -> list[float | None]:
    """Replace NaN, which a database may not keep, by NULL."""
    return [None if math.isnan(value) else value for value in values.tolist()]
