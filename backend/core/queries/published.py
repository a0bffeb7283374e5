"""Published scores of a data set: listed, found, deleted."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.core.errors import NotFoundError
from backend.core.models import PublishedScores


def everything(session: Session, dataset_id: str) -> Sequence[PublishedScores]:
    """Return the published scores of a data set by name."""
    statement = select(PublishedScores).where(PublishedScores.dataset_id == dataset_id)
    return session.scalars(statement.order_by(PublishedScores.name)).all()


def get(session: Session, dataset_id: str, name: str) -> PublishedScores:
    """Return published scores or raise NotFoundError."""
    row = session.get(PublishedScores, (dataset_id, name))
    if row is None:
        known = ", ".join(row.name for row in everything(session, dataset_id))
        raise NotFoundError(f"{dataset_id} has no published scores {name!r}; it has: {known or 'none'}.")
    return row


def remove(session: Session, dataset_id: str, name: str) -> PublishedScores:
    """Delete published scores; returns what they were."""
    row = get(session, dataset_id, name)
    session.delete(row)
    session.flush()
    return row
