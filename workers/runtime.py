"""Runs one unit: claim, compute, and finish in one transaction; a lost claim changes nothing."""

import logging
import time
from collections.abc import Callable
from functools import partial

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from backend.core.contracts import ExperimentStatus
from backend.core.errors import Cancelled
from backend.core.faults import explain
from backend.core.models import Experiment, MatrixRow, UnitRow
from backend.core.queries import experiments, results, units
from backend.core.queue import posting
from backend.core.session import reading, transaction
from backend.core.settings import Settings
from backend.core.storage import check_room
from backend.datasets import store
from backend.datasets.matrix import Matrix
from backend.datasets.store import Column
from backend.scores.scores import Scores
from backend.studies.kit import npz
from backend.studies.kit.facts import Facts
from backend.studies.kit.results import Results
from backend.studies.kit.runner import Context, Finished, Outcome
from workers.asked import asked
from workers.draining import Drained, drain
from workers.hardware import hardware
from workers.heart import WORKER_ID
from workers.patience import patiently
from workers.studies import runner
from workers.versions import is_too_old

BEAT_EVERY_S = 0.5  # bounds how long a cancelled unit goes on training

logger = logging.getLogger(__name__)


class UnitProgress:
    """Reports a unit's progress into its row and learns there that it is no longer wanted."""

    def __init__(self, settings: Settings, unit: UnitRow) -> None:
        self._url = settings.database
        self._drain_s = settings.drain_s
        self._unit = unit
        self._next_beat = time.monotonic() + BEAT_EVERY_S

    def __call__(self, fraction: float) -> None:
        """Store the fraction, at most twice a second; raise Cancelled if the claim is lost or withdrawn.

        Raises Drained where the worker has been told to stop and the unit has had its time to end.
        """
        drain.check(self._drain_s)
        if time.monotonic() < self._next_beat:
            return
        unit = self._unit
        try:
            with transaction(self._url) as session:
                units.beat(session, unit.experiment_id, unit.index, unit.claim or "", fraction)
        except SQLAlchemyError as error:
            known = explain(error)
            if known is None:
                raise
            logger.warning("no progress is stored: %s", known.detail)
        self._next_beat = time.monotonic() + BEAT_EVERY_S


def run_unit(settings: Settings, experiment_id: str, index: int) -> None:
    """Claim the unit, run it, store its result; a fault is stored with the unit and its neighbors go on.

    Nothing is begun without room on the disk (FullError), nor by a worker that has been told to stop.
    """
    if drain.begun:
        return
    check_room(settings)
    with transaction(settings.database) as session:
        if is_too_old(session, experiment_id):
            return
        unit = units.claim(session, experiment_id, index, WORKER_ID)
    if unit is None or unit.claim is None:
        return
    end = _end(settings, unit)

    def store() -> None:
        with posting(settings) as session:
            end(session)

    patiently(store, f"the end of unit {index} of experiment {experiment_id}")


def _end(settings: Settings, unit: UnitRow) -> Callable[[Session], object]:
    """Run a unit; return what stores whatever came of it."""
    held = unit.experiment_id, unit.index, unit.claim or ""
    try:
        outcome, code = _compute(settings, unit)
        data = npz.pack(outcome.arrays)
    except Drained:
        return lambda session: units.give_back(session, *held, "its worker stops")
    except Cancelled:
        return lambda session: units.abandon(session, *held)
    except Exception as error:
        if known := explain(error):
            detail = known.detail
            return lambda session: units.give_back(session, *held, detail)
        logger.exception("unit %d of experiment %s failed", unit.index, unit.experiment_id)
        reason = f"{type(error).__name__}: {error}"
        return lambda session: units.fail(session, *held, reason)
    record = outcome.engine | hardware() | {"code": code}
    return lambda session: units.finish(session, *held, data, record)


def _compute(settings: Settings, unit: UnitRow) -> tuple[Outcome, str]:
    """Run a unit; return what it found, and the digest of the code that did."""
    with reading(settings.database) as session:
        study, params, examples, _ = asked(settings, session, experiments.get(session, unit.experiment_id))
    context = Context(
        UnitProgress(settings, unit),
        examples,
        partial(_finished, settings),
        partial(_matrix, settings),
        partial(_before, settings, study.facts, unit.experiment_id),
    )
    return runner(study.name).run(unit.payload, params, context), study.code[:16]


def _matrix(settings: Settings, matrix_id: str) -> Matrix:
    """Return a matrix that somebody brought; LookupError if it is not there any more."""
    with reading(settings.database) as session:
        row = session.get(MatrixRow, matrix_id)
    if row is None:
        raise LookupError(f"there is no matrix {matrix_id}")
    entries = store.load_column(Column.MATRICES, row.fingerprint, settings)
    return Matrix(row.rows, row.columns, entries)


def _before(settings: Settings, facts: type[Facts], experiment_id: str) -> Scores:
    """Return the scores of the summary at which the units of a later look were let go."""
    with reading(settings.database) as session:
        scores = Results.from_bytes(results.get_summary(session, experiment_id).data, facts).scores
    if scores is None:
        raise LookupError(f"experiment {experiment_id} has no scores")
    return scores


def _finished(settings: Settings, experiment_id: str) -> Finished:
    """Return what another experiment found; LookupError if it is not there, not done or has no scores."""
    with reading(settings.database) as session:
        experiment = session.get(Experiment, experiment_id)
        if experiment is None or experiment.status is not ExperimentStatus.DONE:
            raise LookupError(f"there is no finished experiment {experiment_id}")
        study, _, examples, _ = asked(settings, session, experiment)
        scores = Results.from_bytes(results.get_summary(session, experiment_id).data, study.facts).scores
    if examples is None or scores is None:
        raise LookupError(f"the examples of experiment {experiment_id} have no scores")
    return Finished(scores, examples)
