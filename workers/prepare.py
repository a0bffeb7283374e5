"""Makes a data set ready: claim, download or decode, store, and let the experiments go that wait for it."""

import logging
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy.exc import SQLAlchemyError

from backend.core.contracts import DatasetSource
from backend.core.errors import Cancelled, InvalidError
from backend.core.faults import explain
from backend.core.models import DatasetRow
from backend.core.queries import datasets
from backend.core.queue import posting
from backend.core.session import transaction
from backend.core.settings import Settings
from backend.datasets import store
from backend.datasets.base import Dataset
from backend.datasets.builtin import facts
from backend.datasets.reading import Reading, said
from backend.datasets.upload import examine
from backend.datasets.waiting import release
from workers.datasets import decode, torchvision_sets

BEAT_EVERY_S = 1.0

Report = Callable[[float], None]

logger = logging.getLogger(__name__)


def prepare(settings: Settings, dataset_id: str) -> None:
    """Prepare a data set, unless that is done or another worker is at it; a fault is stored with it."""
    with transaction(settings.database) as session:
        row = datasets.claim(session, dataset_id)
    if row is None or row.claim is None:
        return
    folder = _clean_folder(settings, row.id, row.claim)
    try:
        with Beats(settings, row.id, row.claim) as beats:
            dataset = _read(settings, row, folder, beats.report)
            columns = {**facts(dataset), "upload": said(row.upload, dataset)}
            _store(settings, row, dataset)
        _finish(settings, row, dataset, columns)
    except Cancelled:
        return
    except (InvalidError, torchvision_sets.UnavailableError) as error:
        _fail(settings, row.id, row.claim, str(error))
    except Exception as error:
        if explain(error):
            raise  # the claim grows old, and another attempt is made
        logger.exception("preparing the data set %s failed", dataset_id)
        _fail(settings, row.id, row.claim, f"{type(error).__name__}: {error}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Beats(threading.Thread):
    """Stores progress and says that this worker lives, every second, however long a step takes.

    A context; `report` takes the finished fraction and raises Cancelled once the claim is lost.
    """

    def __init__(self, settings: Settings, dataset_id: str, claim: str) -> None:
        super().__init__(name="beats", daemon=True)
        self._url, self._id, self._claim = settings.database, dataset_id, claim
        self._fraction = 0.0
        self._ended = threading.Event()
        self._lost = threading.Event()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self.join()

    def report(self, fraction: float) -> None:
        """Take note of the finished fraction."""
        self._fraction = fraction
        if self._lost.is_set():
            raise Cancelled

    def run(self) -> None:
        """Beat until the end."""
        while not self._ended.wait(BEAT_EVERY_S):
            try:
                with transaction(self._url) as session:
                    datasets.beat(session, self._id, self._claim, self._fraction)
            except Cancelled:
                self._lost.set()
                return
            except SQLAlchemyError as error:
                logger.warning("no sign of life could be stored (%s); trying again", type(error).__name__)


def _clean_folder(settings: Settings, dataset_id: str, claim: str) -> Path:
    """Return a new folder of this machine, and clear what killed preparations of the data set have left."""
    folder = settings.scratch / f"{dataset_id}.{claim}"
    for left in settings.scratch.glob(f"{dataset_id}.*"):
        shutil.rmtree(left, ignore_errors=True)
    store.discard_partial(dataset_id, settings)
    folder.mkdir(parents=True)
    return folder


def _read(settings: Settings, row: DatasetRow, folder: Path, report: Report) -> Dataset:
    if row.source is DatasetSource.TORCHVISION:
        return torchvision_sets.read(row.id, settings, report)
    upload = row.upload or {}
    path = store.fetch_upload(row.id, settings, folder)
    reading = Reading.model_validate(upload)
    contents = examine(path, reading.test_fraction, reading.seed, reading.choices, reading.treatment)
    return decode.decode(path, contents, row.id, folder, report)


def _store(settings: Settings, row: DatasetRow, dataset: Dataset) -> None:
    store.save(dataset, settings, row.claim or "")
    store.load(dataset.fingerprint, settings)  # fetched from a distant store before any row is locked


def _finish(settings: Settings, row: DatasetRow, dataset: Dataset, columns: dict[str, object]) -> None:
    """Mark the data set ready and settle the experiments that wait; Cancelled if the claim is lost."""
    try:
        with posting(settings) as session:
            datasets.lock_content(session, dataset.fingerprint)
            # Another data set of equal content may have been deleted since, and the content with it.
            store.save(dataset, settings, row.claim or "")
            for experiment in datasets.finish(session, row.id, row.claim or "", **columns):
                release(settings, session, experiment)
    except Cancelled:
        with transaction(settings.database) as session:
            datasets.lock_content(session, dataset.fingerprint)
            if not datasets.shared(session, dataset.fingerprint):
                store.drop(dataset.fingerprint, settings)
        raise
    store.drop_upload(row.id, settings)


def _fail(settings: Settings, dataset_id: str, claim: str, error: str) -> None:
    with posting(settings) as session:
        datasets.fail(session, dataset_id, claim, error)
