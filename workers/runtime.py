"""Runs one unit: claim, compute, and finish in one transaction; a lost claim changes nothing."""

import logging
import time
from functools import partial

from backend.core.contracts import ExperimentStatus
from backend.core.errors import Cancelled
from backend.core.models import Experiment, MatrixRow, UnitRow
from backend.core.queries import experiments, results, units
from backend.core.queue import posting
from backend.core.session import reading, transaction
from backend.core.settings import Settings
from backend.datasets import store
from backend.datasets.matrix import Matrix
from backend.datasets.store import Column
from backend.scores.scores import Scores
from backend.studies.kit import npz
from backend.studies.kit.facts import Facts
from backend.studies.kit.results import Results
from backend.studies.kit.runner import Context, Finished, Outcome
from workers.asked import asked
from workers.hardware import hardware
from workers.heart import WORKER_ID
from workers.studies import runner

BEAT_EVERY_S = 0.5  # bounds how long a cancelled unit goes on training

logger = logging.getLogger(__name__)


class UnitProgress:
    """Reports a unit's progress into its row and learns there that it is no longer wanted."""

    def __init__(self, settings: Settings, unit: UnitRow) -> None:
        self._url = settings.database
        self._unit = unit
        self._next_beat = time.monotonic() + BEAT_EVERY_S

    def __call__(self, fraction: float) -> None:
        """Store the fraction, at most twice a second; raise Cancelled if the claim is lost or withdrawn."""
        if time.monotonic() < self._next_beat:
            return
        with transaction(self._url) as session:
            unit = self._unit
            units.beat(session, unit.experiment_id, unit.index, unit.claim or "", fraction)
        self._next_beat = time.monotonic() + BEAT_EVERY_S


def run_unit(settings: Settings, experiment_id: str, index: int) -> None:
    """Claim the unit, run it, store its result; a fault is stored with the unit and its neighbors go on."""
    with transaction(settings.database) as session:
        unit = units.claim(session, experiment_id, index, WORKER_ID)
    if unit is None or unit.claim is None:
        return
    try:
        outcome, code = _compute(settings, unit)
        data = npz.pack(outcome.arrays)
    except Cancelled:
        with posting(settings) as session:
            units.abandon(session, experiment_id, index, unit.claim)
    except Exception as error:
        logger.exception("unit %d of experiment %s failed", index, experiment_id)
        with posting(settings) as session:
            units.fail(session, experiment_id, index, unit.claim, f"{type(error).__name__}: {error}")
    else:
        with posting(settings) as session:
            record = outcome.engine | hardware() | {"code": code}
            units.finish(session, experiment_id, index, unit.claim, data, record)


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
