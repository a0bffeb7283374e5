"""Registers the data sets that need no download, so that pages and workers find them."""

from collections.abc import Callable

from backend.core.models import DatasetRow
from backend.core.session import transaction
from backend.core.settings import Settings
from backend.datasets import store
from backend.datasets.base import Dataset
from backend.datasets.digits import load_digits_dataset

BUILTIN: dict[str, tuple[str, Callable[[], Dataset]]] = {
    "digits": ("Handwritten digits, 8 x 8 (scikit-learn)", load_digits_dataset),
}


def register(settings: Settings) -> None:
    """Write every built-in data set that is not yet known to the artifact store and the database."""
    for name, (title, build) in BUILTIN.items():
        with transaction(settings.database) as session:
            if session.get(DatasetRow, name) is not None:
                continue
        dataset = build()
        store.save(dataset, settings.artifacts)
        height, width = dataset.images.shape[1:3]
        with transaction(settings.database) as session:
            session.merge(
                DatasetRow(
                    id=name,
                    title=title,
                    n_train=dataset.n_train,
                    n_test=dataset.n_test,
                    height=height,
                    width=width,
                    classes=list(dataset.classes),
                    fingerprint=dataset.fingerprint,
                )
            )
