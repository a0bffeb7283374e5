"""Runs one unit: claim, compute, and finish in one transaction; a lost claim changes nothing."""

import io
import logging
import time

import numpy as np

from backend.core.errors import Cancelled
from backend.core.models import UnitRow
from backend.core.queries import experiments, units
from backend.core.queue import posting
from backend.core.session import reading, transaction
from backend.core.settings import Settings
from backend.datasets.loading import load_examples
from backend.studies import get_study
from backend.studies.base import Arrays, Context, Outcome
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
        outcome = _compute(settings, unit)
        data = pack(outcome.arrays)
    except Cancelled:
        with posting(settings) as session:
            units.abandon(session, experiment_id, index, unit.claim)
    except Exception as error:
        logger.exception("unit %d of experiment %s failed", index, experiment_id)
        with posting(settings) as session:
            units.fail(session, experiment_id, index, unit.claim, f"{type(error).__name__}: {error}")
    else:
        with posting(settings) as session:
            record = outcome.engine | hardware()
            units.finish(session, experiment_id, index, unit.claim, data, record)


def _compute(settings: Settings, unit: UnitRow) -> Outcome:
    with reading(settings.database) as session:
        experiment = experiments.get(session, unit.experiment_id)
        params = get_study(experiment.study).params.model_validate(experiment.params)
        examples = load_examples(settings, session, params)
    context = Context(examples=examples, progress=UnitProgress(settings, unit))
    return runner(experiment.study).run(unit.payload, params, context)


def pack(arrays: Arrays) -> bytes:
    """Pack a unit's arrays as compressed npz."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def unpack(data: bytes) -> Arrays:
    """Unpack what `pack` packed."""
    with np.load(io.BytesIO(data)) as npz:
        return {name: npz[name] for name in npz.files}
