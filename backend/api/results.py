"""Results in memory: unpacked once per version, shared by figures, histograms and exports."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from sqlalchemy.orm import Session

from backend.api.views import ViewQuery, choose_size
from backend.core.errors import NotFoundError
from backend.core.models import Experiment
from backend.core.queries import datasets, results, scores
from backend.core.queries.scores import Filters
from backend.core.session import reading
from backend.core.settings import Settings
from backend.datasets import store
from backend.datasets.base import Dataset
from backend.datasets.examples import Examples
from backend.datasets.loading import load_examples
from backend.studies import get_study
from backend.studies.results import Results, Scores


@lru_cache(maxsize=8)
def _unpacked(database: str, experiment_id: str, version: int) -> Results:  # noqa: ARG001 - part of the key
    with reading(database) as session:
        return Results.from_bytes(results.get_summary(session, experiment_id).data)


def current(settings: Settings, session: Session, experiment_id: str) -> Results:
    """Return the newest results; NotFoundError while there are none."""
    return _unpacked(settings.database, experiment_id, results.get_summary(session, experiment_id).version)


def scores_of(found: Results) -> Scores:
    """Return the scores; NotFoundError for a study that has none."""
    if found.scores is None:
        raise NotFoundError("This study has no per-example scores.")
    return found.scores


def examples_of(settings: Settings, session: Session, experiment: Experiment) -> Examples:
    """Return the experiment's examples, which scores and influence count in."""
    params = get_study(experiment.study).params.model_validate(experiment.params)
    return load_examples(settings, session, params)


def load(settings: Settings, session: Session, dataset_id: str) -> Dataset:
    """Return a data set from the artifact store; ConflictError while it is not there."""
    _, fingerprint = datasets.get_ready(session, dataset_id)
    return store.load(fingerprint, settings)


class Selection(NamedTuple):
    """The size a view shows, and the examples its filters leave (all where `keep` is None)."""

    size: int
    keep: npt.NDArray[np.bool_] | None


def select(session: Session, experiment_id: str, view: ViewQuery, table: Scores) -> Selection:
    """Apply a view's filters, except the score range, which a histogram shows rather than hides."""
    size = choose_size(view.size, list(table.sizes))
    filters = Filters(
        label=view.filters.label,
        verdict=view.filters.verdict,
        trajectory=view.filters.trajectory,
        flipped=view.filters.flipped,
    )
    if filters == Filters():
        return Selection(size, None)
    keep = np.zeros(len(table.labels), bool)
    keep[scores.examples(session, scores.matching(experiment_id, size, filters))] = True
    return Selection(size, keep)
