"""Posts again what was lost: the database says what is owed, the broker may forget everything at any time."""

import logging
import threading
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from backend.core.contracts import Queue, UnitStatus
from backend.core.models import now
from backend.core.queries import datasets, units
from backend.core.queue import EXPIRES_S, depth, posting
from backend.core.session import reading
from backend.core.settings import Settings

EVERY_S = 1.0
GRACE_S = 3.0  # a message that left the broker has that long to be claimed

logger = logging.getLogger(__name__)


def reconcile(settings: Settings) -> None:
    """Recover what lost workers held, lost messages and owed summaries, once; harmless to repeat."""
    with reading(settings.database) as session:
        experiments = units.active(session)
        preparing = datasets.owed(session, timedelta(seconds=GRACE_S))
    if not experiments and not preparing:
        return
    broker_empty = depth(settings, Queue.UNITS) == 0
    no_summaries = depth(settings, Queue.SUMMARIES) == 0
    for dataset_id in preparing if no_summaries else ():
        with posting(settings) as session:
            datasets.send_again(session, dataset_id)
    for experiment_id in experiments:
        _reconcile_one(settings, experiment_id, broker_empty, no_summaries)


def _reconcile_one(settings: Settings, experiment_id: str, broker_empty: bool, no_summaries: bool) -> None:
    with posting(settings) as session:
        experiment = units.lock(session, experiment_id)
        if experiment is None:
            return
        units.recover_stale(session, experiment)
        lost_after = GRACE_S if broker_empty else EXPIRES_S
        units.forget_messages(session, experiment_id, now() - timedelta(seconds=lost_after))
        units.settle_cancelled(session, experiment)
        if not experiment.status.terminal:
            units.post_units(session, experiment_id)
        open_units = units.count(session, experiment_id, UnitStatus.QUEUED, UnitStatus.RUNNING)
        owed = experiment.summary_due or (not experiment.status.terminal and not open_units)
        sent = experiment.summary_sent_at
        overdue = sent is None or now() - sent > timedelta(seconds=GRACE_S)
        if owed and overdue and no_summaries:
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
