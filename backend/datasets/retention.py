"""What is deleted for good: experiments a day after they were deleted, and pictures that came with them."""

import logging
import threading
from contextlib import suppress

from sqlalchemy.exc import SQLAlchemyError

from backend.core.contracts import DatasetSource
from backend.core.errors import ConflictError, MemoscopeError, NotFoundError
from backend.core.models import DatasetRow
from backend.core.queries import datasets, deletion, published
from backend.core.session import reading, transaction
from backend.core.settings import Settings
from backend.datasets import columns, store

EVERY_S = 600.0

logger = logging.getLogger(__name__)


def purge_overdue(settings: Settings) -> None:
    """Delete for good what was deleted more than a day ago."""
    with reading(settings.database) as session:
        overdue = deletion.overdue(session)
    for experiment_id in overdue:
        with suppress(MemoscopeError):  # brought back, or purged by somebody else meanwhile
            purge(settings, experiment_id)


def purge(settings: Settings, experiment_id: str) -> None:
    """Delete a deleted experiment for good; with the last one on them, thumbnails go that came with it."""
    with transaction(settings.database) as session:
        dataset_id = deletion.purge(session, experiment_id)
        row = None if dataset_id is None else session.get(DatasetRow, dataset_id)
    if row is not None and row.source is DatasetSource.THUMBNAILS:
        with suppress(ConflictError, NotFoundError):  # another experiment is on them, or they are gone
            remove_dataset(settings, row.id)


def remove_dataset(settings: Settings, dataset_id: str) -> None:
    """Delete a data set that nothing uses, with its content; ConflictError while something does."""
    with transaction(settings.database) as session:
        label_sets = datasets.label_sets(session, [dataset_id])[dataset_id]
        scores = published.everything(session, dataset_id)
        row = datasets.remove(session, dataset_id)
        columns.drop(session, settings, [*label_sets, *scores])
        if row.fingerprint is not None:
            datasets.lock_content(session, row.fingerprint)
            if not datasets.shared(session, row.fingerprint):
                store.drop(row.fingerprint, settings)
    store.drop_upload(dataset_id, settings)
    store.discard_partial(dataset_id, settings)


class Purger(threading.Thread):
    """Purges what is overdue every ten minutes until stopped; one runs in each web process."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(name="purger", daemon=True)
        self._settings = settings
        self._stopped = threading.Event()

    def run(self) -> None:
        """Purge until `stop`; a fault is logged and the next round tries again."""
        while not self._stopped.wait(EVERY_S):
            try:
                purge_overdue(self._settings)
            except (OSError, SQLAlchemyError) as error:
                logger.warning("deleting for good failed (%s); trying again", type(error).__name__)

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()
