"""Posts again what was lost: the database says what is owed, the broker may forget everything at any time."""

import logging
import threading
from collections.abc import Collection
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from backend.core import clock
from backend.core.contracts import Queue
from backend.core.queries import datasets, units, workers
from backend.core.queue import depth, posting, waiting_units
from backend.core.session import reading
from backend.core.settings import Settings

EVERY_S = 1.0
GRACE_S = 3.0  # a message that left the broker has that long to be claimed

logger = logging.getLogger(__name__)


def reconcile(settings: Settings) -> None:
    """Recover what lost workers held, lost messages and owed summaries, once; harmless to repeat."""
    with reading(settings.database) as session:
        experiments = units.active(session)
        preparing = datasets.owed(session, GRACE_S)
        gpu = workers.has_gpu(session)
    if not experiments and not preparing:
        return
    waiting = waiting_units(settings, gpu)
    no_summaries = depth(settings, Queue.SUMMARIES) == 0
    for dataset_id in preparing if no_summaries else ():
        with posting(settings) as session:
            datasets.send_again(session, dataset_id)
    for experiment_id in experiments:
        _reconcile_one(settings, experiment_id, waiting.get(experiment_id, ()), no_summaries)


def _reconcile_one(
    settings: Settings, experiment_id: str, waiting: Collection[int], no_summaries: bool
) -> None:
    with posting(settings) as session:
        experiment = units.lock(session, experiment_id)
        if experiment is None:
            return
        units.recover_stale(session, experiment)
        # The message in a worker's hands waits nowhere, and its unit may not be claimed yet: it is taken for
        # lost, but only once, because the second one waits in the queue; the unit is claimed once anyway.
        units.forget_messages(session, experiment_id, waiting, GRACE_S)
        units.settle_cancelled(session, experiment)
        if not experiment.status.terminal:
            units.post_units(session, experiment_id)
        open_units = units.has(session, experiment_id, *units.OPEN)
        owed = experiment.summary_due or (not experiment.status.terminal and not open_units)
        sent = experiment.summary_sent_at
        grace = timedelta(seconds=GRACE_S)
        if owed and no_summaries and (sent is None or clock.now(session) - sent > grace):
            experiment.summary_sent_at = None
            units.post_summary(session, experiment)


class Reconciler(threading.Thread):
    """Reconciles every second until stopped; one runs in each web process."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(name="reconciler", daemon=True)
        self._settings = settings
        self._stopped = threading.Event()

    def run(self) -> None:
        """Reconcile until `stop`; a fault is logged and the next round tries again."""
        while not self._stopped.wait(EVERY_S):
            try:
                reconcile(self._settings)
            except (OSError, SQLAlchemyError) as error:
                logger.warning("reconciling failed (%s); trying again", type(error).__name__)

    def stop(self) -> None:
        """End the thread after its current round."""
        self._stopped.set()
