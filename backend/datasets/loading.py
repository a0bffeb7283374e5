"""From an experiment's data options to its examples: rows, then the artifact store."""

from functools import lru_cache
from typing import NamedTuple

from sqlalchemy.orm import Session

from backend.core.errors import FieldError, InvalidError, NotFoundError
from backend.core.queries import datasets
from backend.core.settings import Settings
from backend.datasets import store
from backend.datasets.examples import Examples, take
from backend.datasets.options import DataOptions, data_fingerprint


class Source(NamedTuple):
    """Fingerprints of the data set and of the label file that options name."""

    dataset: str
    labels: str | None


def find_source(session: Session, options: DataOptions) -> Source | None:
    """Return what options read, None while the data set is not there; InvalidError names what is unknown."""
    try:
        row = datasets.get(session, options.dataset)
    except NotFoundError as error:
        raise InvalidError(error.detail, (FieldError("/params/dataset", error.detail),)) from None
    if options.labels is None:
        return None if row.fingerprint is None else Source(row.fingerprint, None)
    try:
        labels = datasets.label_set(session, options.dataset, options.labels).fingerprint
    except NotFoundError as error:
        raise InvalidError(error.detail, (FieldError("/params/labels", error.detail),)) from None
    return None if row.fingerprint is None else Source(row.fingerprint, labels)


def fingerprint(source: Source, options: DataOptions) -> str:
    """Return the fingerprint of an experiment's data."""
    return data_fingerprint(options, source.dataset, source.labels)


def load_examples(settings: Settings, session: Session, options: DataOptions) -> Examples:
    """Return the examples that options name; equal options share one copy in memory.

    InvalidError names the option that does not fit; FileNotFoundError if the data set is not there.
    """
    source = find_source(session, options)
    if source is None:
        raise FileNotFoundError(f"the images of {options.dataset!r} are not there")
    return _load(settings, source, options.data())


@lru_cache(maxsize=4)
def _load(settings: Settings, source: Source, options: DataOptions) -> Examples:
    labels = None if source.labels is None else store.load_labels(source.labels, settings)
    return take(store.load(source.dataset, settings), options, labels)
