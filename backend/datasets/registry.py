"""The data sets that experiments can use."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from backend.datasets.base import Dataset
from backend.datasets.digits import load_digits_dataset


@dataclass(frozen=True)
class DatasetSource:
    """A data set's title on the page, and how to read it."""

    title: str
    load: Callable[[], Dataset]


DATASETS = {"digits": DatasetSource("Digits (scikit-learn, 8 x 8 pixels)", load_digits_dataset)}


@cache
def load_dataset(dataset_id: str) -> Dataset:
    """Return a data set, read once per process; KeyError for an id that nobody registered."""
    return DATASETS[dataset_id].load()
