"""Data sets: registered, prepared by exactly one worker at a time, used by experiments, deleted.

A data set without content is `absent`, `preparing` or `failed`. Preparing is claimed by compare-and-set and
kept alive like a unit; experiments on it wait and are settled in the transaction that ends it.
"""

import secrets
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, delete, func, literal, or_, select, tuple_, update
from sqlalchemy.orm import Session

from backend.core import clock
from backend.core.contracts import DatasetSource, DatasetState, EventKind, ExperimentStatus, PrepareMessage
from backend.core.errors import Cancelled, ConflictError, NotFoundError
from backend.core.models import DatasetRow, Experiment, LabelSet, PublishedScores
from backend.core.queries import deletion
from backend.core.queries.units import MAX_ATTEMPTS, STALE_AFTER_S, log, post_units
from backend.core.queue import post

UNPREPARED = (DatasetState.ABSENT, DatasetState.FAILED)


def get(session: Session, dataset_id: str) -> DatasetRow:
    """Return the data set or raise NotFoundError."""
    row = session.get(DatasetRow, dataset_id)
    if row is None:
        known = ", ".join(session.scalars(select(DatasetRow.id).order_by(DatasetRow.id)))
        raise NotFoundError(f"There is no data set {dataset_id!r}; known are: {known or 'none'}.")
    return row


def get_ready(session: Session, dataset_id: str) -> tuple[DatasetRow, str]:
    """Return the data set and its fingerprint; ConflictError while there are no pixels."""
    row = get(session, dataset_id)
    if row.fingerprint is None:
        raise ConflictError(f"The images of {row.title!r} are not there: it is {row.state}.")
    return row, row.fingerprint


def lock(session: Session, dataset_id: str) -> DatasetRow:
    """Return the data set with its row locked until the end of the transaction, or raise NotFoundError."""
    statement = select(DatasetRow).where(DatasetRow.id == dataset_id).with_for_update()
    row = session.scalar(statement.execution_options(populate_existing=True))
    return row or get(session, dataset_id)


def everything(session: Session) -> list[DatasetRow]:
    """Return all data sets, those ready first, oldest first."""
    ready = DatasetRow.fingerprint.is_(None)
    return list(session.scalars(select(DatasetRow).order_by(ready, DatasetRow.created_at, DatasetRow.id)))


class Named(NamedTuple):
    """What a data set and all of its classes are called, and whether models can be trained on it."""

    title: str
    classes: list[str]
    trainable: bool


def named(session: Session, dataset_ids: Collection[str]) -> dict[str, Named]:
    """Return what these data sets and all of their classes are called."""
    columns = (DatasetRow.id, DatasetRow.title, DatasetRow.classes, DatasetRow.source)
    rows = session.execute(select(*columns).where(DatasetRow.id.in_(dataset_ids)))
    return {
        dataset_id: Named(title, classes, source is not DatasetSource.THUMBNAILS)
        for dataset_id, title, classes, source in rows
    }


def request(session: Session, row: DatasetRow) -> None:
    """Ask a worker to prepare a data set that is not prepared."""
    if row.state in UNPREPARED:
        row.state = DatasetState.PREPARING
        row.progress, row.error, row.claim, row.attempt = 0.0, None, None, 0
        row.sent_at = clock.now(session)
        post(session, PrepareMessage(dataset_id=row.id))


def claim(session: Session, dataset_id: str) -> DatasetRow | None:
    """Take a preparation; None if it is done, withdrawn, or in the hands of a living worker.

    One that has cost too many workers fails instead of costing another.
    """
    free = or_(DatasetRow.claim.is_(None), _silent())
    taken = (
        update(DatasetRow)
        .where(DatasetRow.id == dataset_id, DatasetRow.state == DatasetState.PREPARING, free)
        .values(
            claim=secrets.token_hex(8),
            heartbeat_at=clock.current(),
            progress=0.0,
            attempt=DatasetRow.attempt + 1,
        )
    )
    if not session.execute(taken).rowcount:  # type: ignore[attr-defined]
        return None
    row = session.get_one(DatasetRow, dataset_id, populate_existing=True)
    if row.attempt > MAX_ATTEMPTS:
        error = f"Its worker was lost {MAX_ATTEMPTS} times; is there enough memory?"
        fail(session, dataset_id, row.claim or "", error)
        return None
    return row


def _silent() -> ColumnElement[bool]:
    return DatasetRow.heartbeat_at < clock.ago(STALE_AFTER_S)


def _held(dataset_id: str, claim: str) -> ColumnElement[bool]:
    preparing = DatasetRow.state == DatasetState.PREPARING
    return and_(DatasetRow.id == dataset_id, preparing, DatasetRow.claim == claim)


def beat(session: Session, dataset_id: str, claim: str, progress: float) -> None:
    """Keep a preparation alive and store its progress; raise Cancelled if it was taken over or withdrawn."""
    alive = (
        update(DatasetRow)
        .where(_held(dataset_id, claim))
        .values(heartbeat_at=clock.current(), progress=progress)
    )
    if not session.execute(alive).rowcount:  # type: ignore[attr-defined]
        raise Cancelled


def finish(session: Session, dataset_id: str, claim: str, **facts: Any) -> Sequence[Experiment]:
    """Mark a data set ready, with its columns `facts`; returns the experiments that waited for it, locked.

    Raises Cancelled if the preparation was taken over or withdrawn.
    """
    ready = (
        update(DatasetRow)
        .where(_held(dataset_id, claim))
        .values(state=DatasetState.READY, progress=None, claim=None, **facts)
    )
    if not session.execute(ready).rowcount:  # type: ignore[attr-defined]
        raise Cancelled
    return _waiting(session, dataset_id)


def fail(session: Session, dataset_id: str, claim: str, error: str) -> None:
    """Mark a preparation failed, and with it the experiments that waited; both can be tried again."""
    failed = (
        update(DatasetRow)
        .where(_held(dataset_id, claim))
        .values(state=DatasetState.FAILED, error=error, progress=None, claim=None)
    )
    if session.execute(failed).rowcount:  # type: ignore[attr-defined]
        for experiment in _waiting(session, dataset_id):
            fail_experiment(session, experiment, f"The data set could not be prepared. {error}")


def _waiting(session: Session, dataset_id: str) -> Sequence[Experiment]:
    return session.scalars(
        select(Experiment)
        .where(Experiment.dataset_id == dataset_id, Experiment.status == ExperimentStatus.QUEUED)
        .with_for_update()
    ).all()


def start_experiment(session: Session, experiment: Experiment, spec_hash: str, data: str) -> None:
    """Let an experiment go whose data have arrived; `data` is their fingerprint."""
    experiment.spec_hash = spec_hash
    experiment.provenance = {**experiment.provenance, "data": data[:16]}
    session.flush()
    log(session, experiment.id, EventKind.LOG, "The data set is ready")
    post_units(session, experiment.id)


def fail_experiment(session: Session, experiment: Experiment, error: str) -> None:
    """End an experiment that waited for data it cannot have."""
    experiment.status = ExperimentStatus.FAILED
    experiment.error = error
    experiment.finished_at = clock.now(session)
    log(session, experiment.id, EventKind.STATUS, "Failed")
    log(session, experiment.id, EventKind.LOG, error)


def owed(session: Session, grace_s: float) -> Sequence[str]:
    """Return the ids of preparations that nobody works on and whose message was sent longer ago than that."""
    return session.scalars(
        select(DatasetRow.id).where(
            DatasetRow.state == DatasetState.PREPARING,
            or_(DatasetRow.claim.is_(None), _silent()),
            or_(DatasetRow.sent_at.is_(None), DatasetRow.sent_at < clock.ago(grace_s)),
        )
    ).all()


def send_again(session: Session, dataset_id: str) -> None:
    """Post a preparation again whose message is lost."""
    row = lock(session, dataset_id)
    if row.state is DatasetState.PREPARING:
        row.sent_at = clock.now(session)
        post(session, PrepareMessage(dataset_id=dataset_id))


def usage(
    session: Session, dataset_id: str, limit: int, after: tuple[Any, str] | None
) -> Sequence[Experiment]:
    """Return the experiments on a data set, newest first, behind the (created_at, id) key."""
    statement = select(Experiment).where(Experiment.dataset_id == dataset_id)
    if after is not None:
        order = tuple_(Experiment.created_at, Experiment.id)
        statement = statement.where(order < tuple_(literal(after[0], Experiment.created_at.type), after[1]))
    newest = statement.order_by(Experiment.created_at.desc(), Experiment.id.desc())
    return session.scalars(newest.limit(limit)).all()


def remove(session: Session, dataset_id: str) -> DatasetRow:
    """Delete a data set that nothing uses; returns what it was."""
    row = lock(session, dataset_id)
    used = len(session.scalars(select(Experiment.id).where(Experiment.dataset_id == dataset_id)).all())
    if used:
        plural = "experiments use" if used > 1 else "experiment uses"
        raise ConflictError(f"{used} {plural} {row.title!r}; delete them first.")
    deletion.purge_on(session, Experiment.dataset_id == dataset_id)
    session.execute(delete(DatasetRow).where(DatasetRow.id == dataset_id))
    return row


def lock_content(session: Session, fingerprint: str) -> None:
    """Let nobody else who asks use or delete that content until the end of the transaction.

    Content may belong to several data sets, so no row stands for it. On SQLite there is one writer anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(int(fingerprint[:15], 16))))


def shared(session: Session, fingerprint: str) -> bool:
    """Return whether any data set has that content."""
    return bool(session.scalar(select(func.count()).where(DatasetRow.fingerprint == fingerprint)))


def label_sets(session: Session, dataset_ids: Collection[str]) -> dict[str, list[LabelSet]]:
    """Return the label files of these data sets by name."""
    found: dict[str, list[LabelSet]] = {dataset_id: [] for dataset_id in dataset_ids}
    statement = select(LabelSet).where(LabelSet.dataset_id.in_(dataset_ids)).order_by(LabelSet.name)
    for row in session.scalars(statement):
        found[row.dataset_id].append(row)
    return found


def label_set(session: Session, dataset_id: str, name: str) -> LabelSet:
    """Return a label file or raise NotFoundError."""
    row = session.get(LabelSet, (dataset_id, name))
    if row is None:
        known = ", ".join(label.name for label in label_sets(session, [dataset_id])[dataset_id])
        raise NotFoundError(f"There is no label file {name!r} of this data set; it has: {known or 'none'}.")
    return row


def column_shared(session: Session, table: type[LabelSet] | type[PublishedScores], fingerprint: str) -> bool:
    """Return whether any label file, or any file of published scores, has that content."""
    return bool(session.scalar(select(func.count()).where(table.fingerprint == fingerprint)))


def remove_label_set(session: Session, dataset_id: str, name: str) -> LabelSet:
    """Delete a label file that no experiment uses; returns what it was."""
    row = label_set(session, dataset_id, name)
    params = session.scalars(select(Experiment.params).where(Experiment.dataset_id == dataset_id))
    used = sum(values.get("labels") == name for values in params)
    if used:
        raise ConflictError(f"{used} experiments use the label file {name!r}; delete them first.")
    on_it = Experiment.params["labels"].as_string() == name
    deletion.purge_on(session, Experiment.dataset_id == dataset_id, on_it)
    session.delete(row)
    session.flush()
    return row
