"""Registers the data sets that everybody has, so that pages and workers find them."""

import secrets
from collections.abc import Callable

from backend.core.contracts import DatasetSource, DatasetState
from backend.core.models import DatasetRow
from backend.core.session import transaction
from backend.core.settings import Settings
from backend.datasets import store
from backend.datasets.base import Dataset
from backend.datasets.catalog import CATALOG
from backend.datasets.digits import load_digits_dataset
from backend.datasets.photographs import load_photographs_dataset

BUILTIN: dict[str, tuple[str, Callable[[], Dataset]]] = {
    "digits": ("Handwritten digits, 8 x 8 (scikit-learn)", load_digits_dataset),
    "photographs": ("Pieces of two photographs, 8 x 8 (scikit-learn)", load_photographs_dataset),
}


def register(settings: Settings) -> None:
    """Write every built-in and downloadable data set that is not yet known."""
    for name, (title, build) in BUILTIN.items():
        with transaction(settings.database) as session:
            known = session.get(DatasetRow, name)
        if known and known.fingerprint and store.exists(known.fingerprint, settings):
            continue
        dataset = build()
        store.save(dataset, settings, secrets.token_hex(8))
        with transaction(settings.database) as session:
            session.merge(DatasetRow(id=name, title=title, **facts(dataset), source=DatasetSource.BUILTIN))
    with transaction(settings.database) as session:
        for name, entry in CATALOG.items():
            if session.get(DatasetRow, name) is None:
                session.add(
                    DatasetRow(
                        id=name,
                        title=entry.title,
                        n_train=entry.n_train,
                        n_test=entry.n_test,
                        height=entry.side,
                        width=entry.side,
                        channels=entry.channels,
                        classes=list(entry.classes),
                        source=DatasetSource.TORCHVISION,
                        state=DatasetState.ABSENT,
                        download_bytes=entry.download_bytes,
                    )
                )


def facts(dataset: Dataset) -> dict[str, object]:
    """Return the columns that say what is in a data set."""
    shape = dataset.shape
    return {
        "n_train": shape.n_train,
        "n_test": shape.n_test,
        "height": shape.height,
        "width": shape.width,
        "channels": shape.channels,
        "classes": list(dataset.classes),
        "fingerprint": dataset.fingerprint,
    }
