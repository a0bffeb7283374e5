"""Results in memory: unpacked once per version, shared by figures, histograms and exports."""

import logging
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError
from sqlalchemy.orm import Session

from backend.api.opened import data_options, opened
from backend.api.views import ViewQuery, check_columns, choose_size
from backend.core.contracts import Estimator, Mark
from backend.core.errors import ConflictError, FieldError, InvalidError, NotFoundError
from backend.core.models import Experiment
from backend.core.queries import datasets, experiments, marks, results
from backend.core.session import reading
from backend.core.settings import Settings
from backend.datasets import store
from backend.datasets.base import Dataset
from backend.datasets.examples import Examples
from backend.datasets.loading import load_examples
from backend.review.standing import MARKS, standing
from backend.scores.scores import Scores
from backend.scores.table import ScoreTable
from backend.studies import STUDIES
from backend.studies.kit.facts import Facts
from backend.studies.kit.found import Found
from backend.studies.kit.results import Results

logger = logging.getLogger(__name__)

NO_SCORES = "This study has no per-example scores."


@lru_cache(maxsize=8)
def _unpacked(database: str, experiment_id: str, version: int) -> Results:  # noqa: ARG001 - part of the key
    with reading(database) as session:
        experiment = experiments.get(session, experiment_id)
        study = STUDIES.get(experiment.study)
        data = results.get_summary(session, experiment_id).data
    if study is not None:
        try:
            return Results.from_bytes(data, study.facts, study.columns)
        except ValidationError:
            logger.warning("the facts of experiment %s are another version's", experiment_id)
    return Results.from_bytes(data, Facts)


def current(settings: Settings, session: Session, experiment_id: str) -> Results:
    """Return the newest results; NotFoundError while there are none."""
    return _unpacked(settings.database, experiment_id, results.get_summary(session, experiment_id).version)


def table(
    settings: Settings, session: Session, experiment_id: str, estimator: Estimator = Estimator.COUNTS
) -> ScoreTable:
    """Return the newest scores, ready for browsing; NotFoundError while there are none."""
    return table_of(by(estimator, current(settings, session, experiment_id)))


def by(estimator: Estimator, found: Results) -> Results:
    """Return results with scores by that estimator; InvalidError where it has none."""
    try:
        return found.by(estimator)
    except LookupError as error:
        raise InvalidError(
            f"estimator: {error}; choose {Estimator.COUNTS}.",
            (FieldError("/query/estimator", f"must be {Estimator.COUNTS} here"),),
        ) from None


def table_of(found: Results) -> ScoreTable:
    """Return the scores, ready for browsing; NotFoundError for a study that has none."""
    if found.table is None:
        raise NotFoundError(NO_SCORES)
    return found.table


def scores_of(found: Results) -> Scores:
    """Return the scores; NotFoundError for a study that has none."""
    return table_of(found).scores


def examples_of(settings: Settings, session: Session, experiment: Experiment) -> Examples:
    """Return the experiment's examples, which scores and influence count in; NotFoundError if it has none."""
    options = data_options(experiment)
    if options is None:
        raise NotFoundError("This experiment has no data set, and so no examples.")
    return load_examples(settings, session, options)


def standing_of(settings: Settings, session: Session, experiment: Experiment) -> npt.NDArray[np.int8]:
    """Return which marks hold for an experiment's examples, (n_train,) indices into MARKS, -1 for none."""
    return _standing(settings, experiment.id, marks.last_change(session, experiment.dataset_id or ""))


@lru_cache(maxsize=8)
def _standing(
    settings: Settings,
    experiment_id: str,
    changed: int,  # noqa: ARG001 - part of the key
) -> npt.NDArray[np.int8]:
    with reading(settings.database) as session:
        examples = examples_of(settings, session, experiments.get(session, experiment_id))
        return standing(marks.judgments(session, examples.dataset.id), examples)


def found_of(settings: Settings, session: Session, experiment: Experiment) -> Found[Any, Any]:
    """Return what figures look at; NotFoundError before there are results, ConflictError if unreadable."""
    study, params = opened(experiment)
    results = current(settings, session, experiment.id)
    if not isinstance(results.facts, study.facts):
        raise ConflictError("The results were written by another version of Memoscope, whose facts differ.")
    if experiment.dataset_id is None:
        return study.found(params, results)
    classes = examples_of(settings, session, experiment).classes
    return study.found(params, results, classes, datasets.get(session, experiment.dataset_id).title)


def load(settings: Settings, session: Session, dataset_id: str) -> Dataset:
    """Return a data set from the artifact store; ConflictError while it is not there."""
    _, fingerprint = datasets.get_ready(session, dataset_id)
    return store.load(fingerprint, settings)


class Selection(NamedTuple):
    """The size a view shows, its row, and the examples its filters leave (all where `keep` is None)."""

    size: int
    row: int
    keep: npt.NDArray[np.bool_] | None


def select(
    settings: Settings,
    session: Session,
    experiment: Experiment,
    view: ViewQuery,
    table: ScoreTable,
    *,
    with_range: bool,
) -> Selection:
    """Apply a view's filters; without the range of scores for a histogram, which shows what it hides."""
    size = choose_size(view.size, table.scores.scored_sizes)
    check_columns(view, list(table.columns))
    row = table.row(size)
    filters = view.filters if with_range else view.filters.without_range()
    keep = table.matching(row, filters, view.tau)
    if view.mark:
        held = standing_of(settings, session, experiment)
        wanted = [-1 if mark == "none" else MARKS.index(Mark(mark)) for mark in view.mark]
        keep = np.isin(held, wanted) if keep is None else keep & np.isin(held, wanted)
    return Selection(size, row, keep)
