"""From an experiment's data options to its examples: rows, then the artifact store."""

from functools import lru_cache

from sqlalchemy.orm import Session

from backend.core.queries import experiments
from backend.core.settings import Settings
from backend.datasets import store
from backend.datasets.examples import Examples, take
from backend.datasets.options import DataOptions


def load_examples(settings: Settings, session: Session, options: DataOptions) -> Examples:
    """Return the examples that options name; equal options share one copy in memory."""
    row = experiments.dataset_of(session, options.dataset)
    return _load(row.fingerprint, options.data(), settings.artifacts)


@lru_cache(maxsize=4)
def _load(fingerprint: str, options: DataOptions, root: str) -> Examples:
    return take(store.load(fingerprint, root), options)
