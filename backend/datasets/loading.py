"""From an experiment's data options to its examples: rows, then the artifact store."""

from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy.orm import Session

from backend.core.errors import FieldError, InvalidError, NotFoundError
from backend.core.queries import datasets
from backend.core.settings import Settings
from backend.datasets import store
from backend.datasets.examples import Examples, take
from backend.datasets.options import DataOptions, data_fingerprint
from backend.datasets.store import Column


class Source(NamedTuple):
    """Fingerprints of the data set and of the label file that options name."""

    dataset: str
    labels: str | None


def find_source(session: Session, options: DataOptions, *, hold: bool = False) -> Source | None:
    """Return what options read, None while the data set is not there; InvalidError names what is unknown.

    `hold` locks the data set until the end of the transaction.
    """
    find = datasets.lock if hold else datasets.get
    try:
        row = find(session, options.dataset)
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
    return _shared(settings, needed_source(session, options), options.data())


def try_examples(settings: Settings, session: Session, options: DataOptions) -> Examples:
    """Return examples as `load_examples` does, for a look at them that is not worth keeping in memory."""
    return _examples(settings, needed_source(session, options), options.data())


def needed_source(session: Session, options: DataOptions) -> Source:
    """Return what options read; FileNotFoundError while the data set is not there."""
    source = find_source(session, options)
    if source is None:
        raise FileNotFoundError(f"the images of {options.dataset!r} are not there")
    return source


def _examples(settings: Settings, source: Source, options: DataOptions) -> Examples:
    labels = None if source.labels is None else store.load_column(Column.LABELS, source.labels, settings)
    # Content may be shared by data sets of several ids.
    dataset = replace(store.load(source.dataset, settings), id=options.dataset)
    return take(dataset, options, labels)


_shared = lru_cache(maxsize=4)(_examples)
