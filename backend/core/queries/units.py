"""Units: posted, claimed by compare-and-set, kept alive, finished exactly once.

Every function that changes an experiment's units locks the experiment's row first, so that workers and people
never deadlock and each sees the other's change whole.
"""

import secrets
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update
from sqlalchemy.orm import Session

from backend.core import clock
from backend.core.contracts import EventKind, ExperimentStatus, Queue, SummaryMessage, UnitMessage, UnitStatus
from backend.core.errors import Cancelled
from backend.core.models import DatasetRow, Event, Experiment, Summary, UnitResult, UnitRow
from backend.core.queries.workers import has_gpu
from backend.core.queue import post

WINDOW = 16  # units of one experiment that may wait in the broker: large experiments share the workers
STALE_AFTER_S = 15.0  # a running unit without a heartbeat for that long has lost its worker
MAX_ATTEMPTS = 5
GPU_MODEL_S = 1.0  # priced for two cores; a smaller model trains no faster on a GPU
SUMMARY_EVERY_S = 2.0  # a page that redraws more often takes more from the training than it gives
OPEN = (UnitStatus.QUEUED, UnitStatus.RUNNING)
ACTIVE = (ExperimentStatus.QUEUED, ExperimentStatus.RUNNING)


def lock(session: Session, experiment_id: str) -> Experiment | None:
    """Return the experiment with its row locked until the end of the transaction."""
    return session.scalar(select(Experiment).where(Experiment.id == experiment_id).with_for_update())


def log(session: Session, experiment_id: str, kind: EventKind, text: str) -> None:
    """Add a line to the experiment's log."""
    session.add(Event(experiment_id=experiment_id, kind=kind, text=text))


def called(worker_id: str | None) -> str:
    """Return what a worker is called where guests may read it: without its machine and process."""
    return f"worker {(worker_id or '?').rpartition('-')[2]}"


def _is(experiment_id: str, unit: int) -> ColumnElement[bool]:
    return and_(UnitRow.experiment_id == experiment_id, UnitRow.index == unit)


def _held(experiment_id: str, unit: int, claim: str) -> ColumnElement[bool]:
    """Whether the unit still runs under this claim; nobody else's work may be touched."""
    return and_(_is(experiment_id, unit), UnitRow.status == UnitStatus.RUNNING, UnitRow.claim == claim)


def _lost() -> ColumnElement[bool]:
    """Whether the unit runs, but its worker has fallen silent."""
    silent = UnitRow.heartbeat_at < clock.ago(STALE_AFTER_S)
    return and_(UnitRow.status == UnitStatus.RUNNING, silent)


def _changed(session: Session, statement: object) -> bool:
    return bool(session.execute(statement).rowcount)  # type: ignore[call-overload]


def count(session: Session, experiment_id: str, *states: UnitStatus) -> int:
    """Count an experiment's units in any of the states."""
    statement = select(func.count()).where(UnitRow.experiment_id == experiment_id, UnitRow.status.in_(states))
    return session.scalar(statement) or 0


def has(session: Session, experiment_id: str, *states: UnitStatus) -> bool:
    """Whether any of an experiment's units is in one of the states."""
    found = exists().where(UnitRow.experiment_id == experiment_id, UnitRow.status.in_(states))
    return bool(session.scalar(select(found)))


def post_units(session: Session, experiment_id: str) -> None:
    """Fill the experiment's window of waiting messages with its next units, once its data are there."""
    session.flush()
    missing = (
        select(Experiment.id)
        .join(DatasetRow, Experiment.dataset_id == DatasetRow.id)
        .where(Experiment.id == experiment_id, DatasetRow.fingerprint.is_(None))
    )
    if session.scalar(missing) is not None:
        return
    queued = and_(UnitRow.experiment_id == experiment_id, UnitRow.status == UnitStatus.QUEUED)
    waiting = session.scalar(select(func.count()).where(queued, UnitRow.sent_at.is_not(None))) or 0
    if waiting >= WINDOW:
        return
    rows = session.execute(
        select(UnitRow.index, UnitRow.seconds / UnitRow.models)
        .where(queued, UnitRow.sent_at.is_(None))
        .order_by(UnitRow.index)
        .limit(WINDOW - waiting)
    ).all()
    session.execute(
        update(UnitRow)
        .where(UnitRow.experiment_id == experiment_id, UnitRow.index.in_([row.index for row in rows]))
        .values(sent_at=clock.current())
    )
    gpu = bool(rows) and has_gpu(session)
    for index, model_s in rows:
        queue = Queue.UNITS_GPU if gpu and model_s >= GPU_MODEL_S else Queue.UNITS
        post(session, UnitMessage(experiment_id=experiment_id, unit=index), queue)


def post_summary(session: Session, experiment: Experiment) -> None:
    """Ask for a summary, but while units are still open no more often than its own cost allows."""
    experiment.summary_due = True
    session.flush()
    now = clock.now(session)
    if has(session, experiment.id, *OPEN) and experiment.summary_sent_at is not None:
        seconds = session.scalar(select(Summary.seconds).where(Summary.experiment_id == experiment.id))
        pause = max(SUMMARY_EVERY_S, 4 * (seconds or 0.0))
        if now - experiment.summary_sent_at < timedelta(seconds=pause):
            return
    experiment.summary_sent_at = now
    post(session, SummaryMessage(experiment_id=experiment.id))


def claim(session: Session, experiment_id: str, unit: int, worker_id: str) -> UnitRow | None:
    """Take a unit for this worker; None if it is done, taken, withdrawn or gone.

    A running unit whose heartbeat has stopped may be taken over; its former worker then loses its claim.
    """
    experiment = lock(session, experiment_id)
    if experiment is None or experiment.status not in ACTIVE:
        return None
    taken = (
        update(UnitRow)
        .where(_is(experiment_id, unit), or_(UnitRow.status == UnitStatus.QUEUED, _lost()))
        .values(
            status=UnitStatus.RUNNING,
            claim=secrets.token_hex(8),
            worker_id=worker_id,
            attempt=UnitRow.attempt + 1,
            progress=0.0,
            error=None,
            heartbeat_at=clock.current(),
            started_at=clock.current(),
        )
    )
    if not _changed(session, taken):
        return None
    if experiment.status is ExperimentStatus.QUEUED:
        experiment.status = ExperimentStatus.RUNNING
        experiment.started_at = experiment.started_at or clock.now(session)
        log(session, experiment_id, EventKind.STATUS, "Running")
    return session.get(UnitRow, (experiment_id, unit), populate_existing=True)


def beat(session: Session, experiment_id: str, unit: int, claim: str, progress: float) -> None:
    """Keep a unit alive and store its progress; raise Cancelled when it is no longer wanted."""
    alive = (
        update(UnitRow)
        .where(_held(experiment_id, unit, claim))
        .values(heartbeat_at=clock.current(), progress=min(max(progress, 0.0), 1.0))
    )
    status = select(Experiment.status).where(Experiment.id == experiment_id)
    if not _changed(session, alive) or session.scalar(status) is not ExperimentStatus.RUNNING:
        raise Cancelled


def finish(
    session: Session, experiment_id: str, unit: int, claim: str, data: bytes, engine: dict[str, Any]
) -> bool:
    """Store a unit's result and mark it done in one transaction; False if the claim was lost."""
    experiment = lock(session, experiment_id)
    done = (
        update(UnitRow)
        .where(_held(experiment_id, unit, claim))
        .values(
            status=UnitStatus.DONE,
            progress=1.0,
            finished_at=clock.current(),
            heartbeat_at=clock.current(),
            engine=engine,
        )
    )
    if experiment is None or not _changed(session, done):
        return False
    session.add(UnitResult(experiment_id=experiment_id, unit=unit, data=data))
    row = session.get_one(UnitRow, (experiment_id, unit), populate_existing=True)
    now = clock.now(session)
    took = (now - (row.started_at or now)).total_seconds()
    log(session, experiment_id, EventKind.UNIT, f"{row.key} done in {took:.1f} s by {called(row.worker_id)}")
    _go_on(session, experiment)
    return True


def fail(session: Session, experiment_id: str, unit: int, claim: str, error: str) -> None:
    """Mark a unit failed with a reason for people; the other units go on."""
    experiment = lock(session, experiment_id)
    failed = (
        update(UnitRow)
        .where(_held(experiment_id, unit, claim))
        .values(status=UnitStatus.FAILED, error=error, finished_at=clock.current())
    )
    if experiment is not None and _changed(session, failed):
        log(session, experiment_id, EventKind.UNIT, f"Unit {unit} failed: {error}")
        _go_on(session, experiment)


def abandon(session: Session, experiment_id: str, unit: int, claim: str) -> None:
    """Give a unit back that was stopped because its experiment is being cancelled."""
    experiment = lock(session, experiment_id)
    stopped = (
        update(UnitRow)
        .where(_held(experiment_id, unit, claim))
        .values(status=UnitStatus.CANCELLED, claim=None)
    )
    if experiment is not None and _changed(session, stopped):
        _go_on(session, experiment)


def give_back(session: Session, experiment_id: str, unit: int, claim: str, why: str) -> None:
    """Let a unit wait again that could not be run to its end here, through no fault of its own."""
    experiment = lock(session, experiment_id)
    cancelling = experiment is not None and experiment.status is ExperimentStatus.CANCELLING
    waits = (
        update(UnitRow)
        .where(_held(experiment_id, unit, claim))
        .values(
            status=UnitStatus.CANCELLED if cancelling else UnitStatus.QUEUED,
            claim=None,
            attempt=UnitRow.attempt - 1,
            progress=0.0,
            sent_at=clock.current(),  # as if it had been: it is sent again soon, but not at once
        )
    )
    if experiment is not None and _changed(session, waits):
        log(session, experiment_id, EventKind.LOG, f"Unit {unit} waits again: {why}")
        settle_cancelled(session, experiment)


def _go_on(session: Session, experiment: Experiment) -> None:
    """After a unit has ended: the next messages, a summary, and the end of a cancellation."""
    if experiment.status is ExperimentStatus.RUNNING:
        post_units(session, experiment.id)
    settle_cancelled(session, experiment)
    post_summary(session, experiment)


def settle_cancelled(session: Session, experiment: Experiment) -> None:
    """Turn `cancelling` into `cancelled` once no unit runs any more."""
    session.flush()
    cancelling = experiment.status is ExperimentStatus.CANCELLING
    if cancelling and not has(session, experiment.id, UnitStatus.RUNNING):
        experiment.status = ExperimentStatus.CANCELLED
        experiment.finished_at = clock.now(session)
        log(session, experiment.id, EventKind.STATUS, "Cancelled")


def recover_stale(session: Session, experiment: Experiment) -> None:
    """Take units back from workers that have fallen silent."""
    stale = session.scalars(select(UnitRow).where(UnitRow.experiment_id == experiment.id, _lost())).all()
    for row in stale:
        row.claim = None
        row.sent_at = None
        if experiment.status is ExperimentStatus.CANCELLING:
            row.status = UnitStatus.CANCELLED
        elif row.attempt >= MAX_ATTEMPTS:
            row.status = UnitStatus.FAILED
            row.error = f"its worker was lost {row.attempt} times; is there enough memory?"
        else:
            row.status = UnitStatus.QUEUED
        log(session, experiment.id, EventKind.LOG, f"{row.key}: {called(row.worker_id)} lost; {row.status}")
    session.flush()


def forget_messages(session: Session, experiment_id: str, arrived: Collection[int], grace_s: float) -> None:
    """Mark waiting units as not posted where their messages are lost.

    That is where a message was sent longer ago than `grace_s` and the unit is not among those whose messages
    have `arrived` in the broker and still wait there.
    """
    session.execute(
        update(UnitRow)
        .where(
            UnitRow.experiment_id == experiment_id,
            UnitRow.status == UnitStatus.QUEUED,
            UnitRow.sent_at < clock.ago(grace_s),
            UnitRow.index.not_in(arrived),
        )
        .values(sent_at=None)
    )


def active(session: Session) -> Sequence[str]:
    """Return the ids of experiments that workers may still touch, and of those owed a summary."""
    states = (*ACTIVE, ExperimentStatus.CANCELLING)
    return session.scalars(
        select(Experiment.id)
        .where(or_(Experiment.status.in_(states), Experiment.summary_due))
        .order_by(Experiment.created_at)
    ).all()
