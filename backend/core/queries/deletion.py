"""Deleted experiments: out of sight at once, brought back within a day, then gone with all that was theirs.

Every session passes over them (`core.session`); the queries here ask for them.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from backend.core import clock
from backend.core.contracts import Action, EventKind
from backend.core.errors import ConflictError
from backend.core.models import Experiment, IdempotencyKey
from backend.core.queries.experiments import get, get_for
from backend.core.queries.units import log
from backend.core.session import SEES_DELETED

KEPT = timedelta(days=1)


def remove(session: Session, experiment_id: str) -> None:
    """Delete an experiment that no worker touches; it can be brought back for a day."""
    experiment = get_for(session, experiment_id, Action.DELETE)
    experiment.deleted_at = clock.now(session)
    log(session, experiment_id, EventKind.LOG, "Deleted")
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.experiment_id == experiment_id))


def bring_back(session: Session, experiment_id: str) -> bool:
    """Undo a deletion; nothing happens to one that is there. Returns whether there is such an experiment."""
    found = session.execute(
        update(Experiment)
        .where(Experiment.id == experiment_id, Experiment.deleted_at.is_not(None))
        .values(deleted_at=None)
    )
    if found.rowcount:  # type: ignore[attr-defined]
        log(session, experiment_id, EventKind.LOG, "Brought back")
        session.expire_all()
    return session.get(Experiment, experiment_id) is not None


def everything(session: Session) -> Sequence[Experiment]:
    """Return the deleted experiments that can still be brought back, the one deleted last first."""
    deleted = select(Experiment).where(Experiment.deleted_at.is_not(None))
    ordered = deleted.order_by(Experiment.deleted_at.desc(), Experiment.id)
    return session.scalars(ordered, execution_options=SEES_DELETED).all()


def get_deleted(session: Session, experiment_id: str) -> Experiment:
    """Return a deleted experiment, locked; ConflictError for one that is not, NotFoundError for none."""
    wanted = select(Experiment).where(Experiment.id == experiment_id).with_for_update()
    row = session.scalar(wanted, execution_options=SEES_DELETED) or get(session, experiment_id)
    if row.deleted_at is None:
        raise ConflictError(f"{row.title!r} is not deleted.")
    return row


def overdue(session: Session) -> Sequence[str]:
    """Return the ids of experiments that were deleted more than a day ago."""
    old = Experiment.deleted_at < clock.ago(KEPT.total_seconds())
    return session.scalars(select(Experiment.id).where(old), execution_options=SEES_DELETED).all()


def purge(session: Session, experiment_id: str) -> str | None:
    """Delete a deleted experiment for good, with all its rows; returns the id of its data set."""
    dataset_id = get_deleted(session, experiment_id).dataset_id
    session.execute(delete(Experiment).where(Experiment.id == experiment_id))
    return dataset_id


def purge_on(session: Session, *uses: ColumnElement[bool]) -> None:
    """Delete for good the deleted experiments that use something which goes itself."""
    session.execute(delete(Experiment).where(Experiment.deleted_at.is_not(None), *uses))


def until(deleted_at: datetime) -> datetime:
    """Return until when an experiment can be brought back."""
    return deleted_at + KEPT
