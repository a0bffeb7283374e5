"""Worker processes: registration, signs of life, and the queue they share."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import and_, delete, exists, func, select
from sqlalchemy.orm import Session

from backend.core import clock
from backend.core.contracts import UnitStatus
from backend.core.models import Experiment, UnitRow, WorkerRow

ALIVE_S = 10.0
FORGET_S = 600.0
PACE_EXPERIMENTS, PACE_UNITS = 5, 500  # that are looked at to know how fast this machine is
PACE_AFTER_S = 20.0  # of priced work, before which that says little
IDLE_AFTER_S = 5.0  # between two units of a worker, who has then waited for work
RECENT_MIN = 5
HOLDUP_S = 30.0  # a worker that takes nothing ends itself sooner


def seen(session: Session, worker: WorkerRow) -> None:
    """Register the worker or renew its sign of life; those long silent leave the list."""
    session.execute(delete(WorkerRow).where(WorkerRow.seen_at < clock.ago(FORGET_S)))
    worker.seen_at = clock.now(session)
    session.merge(worker)


def gone(session: Session, worker_id: str) -> None:
    """Take a worker off the list when it says goodbye."""
    session.execute(delete(WorkerRow).where(WorkerRow.id == worker_id))


def alive(worker: WorkerRow, now: datetime) -> bool:
    """Whether the worker gave a sign of life lately, as the database's clock has it."""
    return now - worker.seen_at < timedelta(seconds=ALIVE_S)


def all_workers(session: Session) -> list[WorkerRow]:
    """Return all workers on the list, oldest first."""
    return list(session.scalars(select(WorkerRow).order_by(WorkerRow.started_at)))


def has_gpu(session: Session) -> bool:
    """Whether a worker with a GPU lives."""
    living = WorkerRow.seen_at > clock.ago(ALIVE_S)
    return bool(session.scalar(select(exists().where(WorkerRow.gpu, living))))


def holdup(session: Session) -> str | None:
    """Return why units have waited long, if that is the workers' doing."""
    now = clock.now(session)
    before = now - timedelta(seconds=HOLDUP_S)
    waits = and_(UnitRow.status == UnitStatus.QUEUED, UnitRow.sent_at < before)
    if not session.scalar(select(exists().where(waits))):
        return None
    living = [worker for worker in all_workers(session) if alive(worker, now)]
    if not living:
        return "none is alive; units wait in the database until one is"
    if any(worker.took_at is not None and worker.took_at > before for worker in living):
        return None
    return "units wait, but no worker takes them"


def units_in(session: Session, status: UnitStatus, limit: int) -> list[UnitRow]:
    """Return units in a state, in the order in which workers will meet them."""
    return list(
        session.scalars(
            select(UnitRow)
            .join(Experiment, Experiment.id == UnitRow.experiment_id)
            .where(UnitRow.status == status)
            .order_by(UnitRow.sent_at.is_(None), UnitRow.sent_at, Experiment.created_at, UnitRow.index)
            .limit(limit)
        )
    )


def count_units(session: Session) -> dict[UnitStatus, int]:
    """Count all units by state."""
    rows = session.execute(select(UnitRow.status, func.count()).group_by(UnitRow.status))
    return dict(rows.all())


@dataclass(frozen=True)
class Load:
    """All units at a glance: how many and priced at how much by state, how fast, and how long one waits."""

    units: dict[UnitStatus, int]
    seconds: dict[UnitStatus, float]
    models_per_minute: float
    oldest_s: float


def load(session: Session) -> Load:
    """Look at all units once."""
    recent = UnitRow.finished_at > clock.ago(60 * RECENT_MIN)
    rows = session.execute(
        select(
            UnitRow.status,
            func.count(),
            func.sum(UnitRow.seconds),
            func.coalesce(func.sum(UnitRow.models).filter(recent, UnitRow.started_at.is_not(None)), 0),
            func.min(UnitRow.sent_at),
        ).group_by(UnitRow.status)
    ).all()
    trained = sum(models for status, _, _, models, _ in rows if status is UnitStatus.DONE)
    waits = next((sent for status, *_, sent in rows if status is UnitStatus.QUEUED and sent), None)
    return Load(
        units={status: count for status, count, *_ in rows},
        seconds={status: seconds for status, _, seconds, *_ in rows},
        models_per_minute=trained / RECENT_MIN,
        oldest_s=0.0 if waits is None else (clock.now(session) - waits).total_seconds(),
    )


def pace(session: Session, study: str) -> float | None:
    """Return how many seconds a worker needs for each that a unit is priced at; None before enough ran.

    Of what the newest experiments of the study have trained. With a unit goes what follows it at once on its
    worker: messages, and summaries of all results so far.
    """
    newest = (
        select(Experiment.id)
        .where(Experiment.study == study, Experiment.started_at.is_not(None), Experiment.imported.is_(None))
        .order_by(Experiment.created_at.desc())
        .limit(PACE_EXPERIMENTS)
    )
    trained = (
        select(UnitRow.worker_id, UnitRow.seconds, UnitRow.started_at, UnitRow.finished_at)
        .where(
            UnitRow.experiment_id.in_(newest.scalar_subquery()),
            UnitRow.status == UnitStatus.DONE,
            UnitRow.started_at.is_not(None),  # those of a parent are not trained again
        )
        .limit(PACE_UNITS)
    )
    rows = sorted(session.execute(trained), key=lambda row: (row.worker_id, row.started_at))
    priced: float = sum(row.seconds for row in rows)
    if priced < PACE_AFTER_S:
        return None
    took: float = sum((row.finished_at - row.started_at).total_seconds() for row in rows)
    gaps = (
        (after.started_at - row.finished_at).total_seconds()
        for row, after in pairwise(rows)
        if row.worker_id == after.worker_id
    )
    followed: float = sum(gap for gap in gaps if 0 < gap < IDLE_AFTER_S)
    return (took + followed) / priced
