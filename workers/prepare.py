"""Makes a data set ready: claim, download or decode, store, and let the experiments go that wait for it."""

import logging
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy.orm import Session

from backend.core.contracts import DatasetSource
from backend.core.errors import Cancelled, InvalidError
from backend.core.models import DatasetRow, Experiment
from backend.core.provenance import spec_hash
from backend.core.queries import datasets
from backend.core.queue import posting
from backend.core.session import transaction
from backend.core.settings import Settings
from backend.datasets import archive, store
from backend.datasets.base import Dataset
from backend.datasets.builtin import facts
from backend.datasets.loading import find_source, fingerprint, load_examples
from backend.studies import get_study
from workers.datasets import decode, torchvision_sets

BEAT_EVERY_S = 0.5

Report = Callable[[float], None]

logger = logging.getLogger(__name__)


def prepare(settings: Settings, dataset_id: str) -> None:
    """Prepare a data set, unless that is done or another worker is at it; a fault is stored with it."""
    with transaction(settings.database) as session:
        row = datasets.claim(session, dataset_id)
    if row is None or row.claim is None:
        return
    try:
        with tempfile.TemporaryDirectory(prefix="memoscope-") as folder:
            dataset = _read(settings, row, Path(folder), _Reporter(settings, row.id, row.claim))
            columns = facts(dataset)
            store.save(dataset, settings)
    except Cancelled:
        return
    except (InvalidError, torchvision_sets.UnavailableError) as error:
        _fail(settings, row.id, row.claim, str(error))
    except Exception as error:
        logger.exception("preparing the data set %s failed", dataset_id)
        _fail(settings, row.id, row.claim, f"{type(error).__name__}: {error}")
    else:
        with posting(settings) as session:
            for experiment in datasets.finish(session, row.id, row.claim, **columns):
                _start(settings, session, experiment)
        store.drop_upload(row.id, settings)


class _Reporter:
    """Stores progress at most twice a second, which also says that this worker lives."""

    def __init__(self, settings: Settings, dataset_id: str, claim: str) -> None:
        self._url, self._id, self._claim = settings.database, dataset_id, claim
        self._next = 0.0

    def __call__(self, fraction: float) -> None:
        if time.monotonic() < self._next:
            return
        with transaction(self._url) as session:
            datasets.beat(session, self._id, self._claim, fraction)
        self._next = time.monotonic() + BEAT_EVERY_S


def _read(settings: Settings, row: DatasetRow, folder: Path, report: Report) -> Dataset:
    if row.source is DatasetSource.TORCHVISION:
        return torchvision_sets.read(row.id, settings, report)
    upload = row.upload or {}
    path = store.fetch_upload(row.id, settings)
    contents = archive.examine(path, upload["test_fraction"], upload["seed"])
    return decode.decode(path, contents, row.id, folder, report)


def _fail(settings: Settings, dataset_id: str, claim: str, error: str) -> None:
    with posting(settings) as session:
        datasets.fail(session, dataset_id, claim, error)


def _start(settings: Settings, session: Session, experiment: Experiment) -> None:
    """Let a waiting experiment go if its options fit what has arrived."""
    study = get_study(experiment.study)
    params = study.params.model_validate(experiment.params)
    try:
        source = find_source(session, params)
        load_examples(settings, session, params)
    except InvalidError as error:
        datasets.fail_experiment(session, experiment, str(error))
        return
    if source is not None:
        data = fingerprint(source, params)
        spec = spec_hash(study.name, params.model_dump(mode="json"), data)
        datasets.start_experiment(session, experiment, spec, data)
