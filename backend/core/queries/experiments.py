"""Experiments: submission, state changes asked for by people, and lists."""

import json
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, literal, select, tuple_, update
from sqlalchemy.orm import Session

from backend.core import clock
from backend.core.contracts import Action, ClaimVerdict, EventKind, ExperimentStatus, UnitStatus
from backend.core.errors import ConflictError, NotFoundError
from backend.core.models import (
    ClaimRow,
    DatasetRow,
    Event,
    Experiment,
    IdempotencyKey,
    Summary,
    UnitResult,
    UnitRow,
)
from backend.core.queries.units import ACTIVE, lock, log, post_summary, post_units, settle_cancelled
from backend.core.session import SEES_DELETED

_ALLOWED: dict[Action, frozenset[ExperimentStatus]] = {
    Action.CANCEL: frozenset(ACTIVE),
    Action.RESUME: frozenset({ExperimentStatus.CANCELLED, ExperimentStatus.FAILED}),
    Action.EXTEND: frozenset({ExperimentStatus.DONE}),
    Action.DELETE: frozenset({ExperimentStatus.DONE, ExperimentStatus.FAILED, ExperimentStatus.CANCELLED}),
}


_NEWEST_FIRST = (Experiment.created_at.desc(), Experiment.id.desc())


@dataclass(frozen=True)
class UnitPlan:
    """One planned unit, as it goes into the database."""

    key: str
    payload: dict[str, Any]
    models: int
    seconds: float
    look: int = 0


def allowed_actions(status: ExperimentStatus) -> list[Action]:
    """Return what may be asked of an experiment in that state."""
    return [action for action, states in _ALLOWED.items() if status in states]


def get(session: Session, experiment_id: str) -> Experiment:
    """Return the experiment or raise NotFoundError, which says so of one that was deleted lately."""
    experiment = session.get(Experiment, experiment_id)
    if experiment is None:
        wanted = select(Experiment.deleted_at).where(Experiment.id == experiment_id)
        if session.scalar(wanted, execution_options=SEES_DELETED) is not None:
            raise NotFoundError(
                "This experiment was deleted. For a day it can be brought back, on the page Storage."
            )
        raise NotFoundError(f"There is no experiment {experiment_id!r}; it may have been deleted.")
    return experiment


def get_for(session: Session, experiment_id: str, action: Action) -> Experiment:
    """Return the experiment, locked, if its state allows the action; else raise ConflictError."""
    experiment = lock(session, experiment_id)
    if experiment is None:
        return get(session, experiment_id)
    if experiment.status not in _ALLOWED[action]:
        states = ", ".join(sorted(_ALLOWED[action]))
        raise ConflictError(
            f"The experiment is {experiment.status}; only one that is {states} can be asked to {action}."
        )
    return experiment


def create(
    session: Session, experiment: Experiment, plan: Sequence[UnitPlan], *, reuse_parent: bool
) -> Experiment:
    """Store an experiment with its units, reuse what its parent has already run, and post the rest."""
    experiment.id = secrets.token_hex(6)
    experiment.status = ExperimentStatus.QUEUED
    session.add(experiment)
    session.flush()
    session.execute(
        insert(UnitRow),
        [
            {
                "experiment_id": experiment.id,
                "index": index,
                "status": UnitStatus.HELD if unit.look else UnitStatus.QUEUED,
                "attempt": 0,
                "progress": 0.0,
                **vars(unit),
            }
            for index, unit in enumerate(plan)
        ],
    )
    log(session, experiment.id, EventKind.STATUS, f"Queued {len(plan)} units")
    if reuse_parent and experiment.parent_id is not None:
        _reuse_parent(session, experiment.id, experiment.parent_id)
        post_summary(session, experiment)  # the parent's results are there at once
    post_units(session, experiment.id)
    return experiment


def _reuse_parent(session: Session, experiment_id: str, parent_id: str) -> None:
    parent, child = UnitRow.__table__.alias("parent"), UnitRow.__table__.alias("child")
    same = (
        (child.c.experiment_id == experiment_id)
        & (parent.c.experiment_id == parent_id)
        & (child.c.key == parent.c.key)
        & (parent.c.status == UnitStatus.DONE)
    )
    copied = (
        select(literal(experiment_id), child.c.index, UnitResult.data, UnitResult.created_at)
        .select_from(child)
        .join(parent, same)
        .join(
            UnitResult,
            (UnitResult.experiment_id == parent.c.experiment_id) & (UnitResult.unit == parent.c.index),
        )
    )
    session.execute(insert(UnitResult).from_select(["experiment_id", "unit", "data", "created_at"], copied))
    reused = session.scalars(select(UnitResult.unit).where(UnitResult.experiment_id == experiment_id)).all()
    computed = select(parent.c.engine).where(
        parent.c.experiment_id == parent_id, parent.c.key == UnitRow.key, parent.c.status == UnitStatus.DONE
    )
    session.execute(
        update(UnitRow)
        .where(UnitRow.experiment_id == experiment_id, UnitRow.index.in_(reused))
        .values(
            status=UnitStatus.DONE,
            progress=1.0,
            finished_at=clock.current(),
            engine=computed.scalar_subquery(),
        )
    )
    log(session, experiment_id, EventKind.LOG, f"Reused {len(reused)} units of experiment {parent_id}")


def done_keys(session: Session, experiment_id: str) -> frozenset[str]:
    """Return what work of an experiment is done, by the keys of its units."""
    statement = select(UnitRow.key).where(
        UnitRow.experiment_id == experiment_id, UnitRow.status == UnitStatus.DONE
    )
    return frozenset(session.scalars(statement))


def find_equal(session: Session, spec_hash: str) -> Experiment | None:
    """Return the newest finished experiment with the same parameters, data and code."""
    return session.scalar(
        select(Experiment)
        .where(Experiment.spec_hash == spec_hash, Experiment.status == ExperimentStatus.DONE)
        .order_by(Experiment.created_at.desc())
        .limit(1)
    )


def find_idempotent(session: Session, key: str, request_hash: str) -> Experiment | None:
    """Return what this key made before; ConflictError if it was used for another request."""
    known = session.get(IdempotencyKey, key)
    if known is None:
        return None
    if known.request_hash != request_hash:
        raise ConflictError("This Idempotency-Key was used for a different request; use a new one.")
    return get(session, known.experiment_id)


def remember_key(session: Session, key: str, request_hash: str, experiment_id: str) -> None:
    """Bind an idempotency key to the experiment it made."""
    session.add(IdempotencyKey(key=key, request_hash=request_hash, experiment_id=experiment_id))


@dataclass(frozen=True)
class Wanted:
    """Which experiments to list: of a study, of a data set, in one of some states, with all of some words.

    A word may stand in the title, in the study's name or in the data set's title, in any case.
    """

    study: str | None = None
    dataset: str | None = None
    status: Sequence[ExperimentStatus] = ()
    words: Sequence[str] = ()


def page(
    session: Session, limit: int, after: tuple[Any, str] | None, wanted: Wanted | None = None
) -> list[Experiment]:
    """Return experiments newest first, starting behind the (created_at, id) key."""
    wanted = wanted or Wanted()
    order = tuple_(Experiment.created_at, Experiment.id)
    statement = select(Experiment).order_by(Experiment.created_at.desc(), Experiment.id.desc()).limit(limit)
    if after is not None:
        statement = statement.where(order < tuple_(literal(after[0], Experiment.created_at.type), after[1]))
    if wanted.study is not None:
        statement = statement.where(Experiment.study == wanted.study)
    if wanted.dataset is not None:
        statement = statement.where(Experiment.dataset_id == wanted.dataset)
    if wanted.status:
        statement = statement.where(Experiment.status.in_(wanted.status))
    if wanted.words:
        statement = statement.outerjoin(DatasetRow, DatasetRow.id == Experiment.dataset_id)
    for word in wanted.words:
        statement = statement.where(
            Experiment.title.icontains(word, autoescape=True)
            | func.replace(Experiment.study, "_", " ").icontains(word, autoescape=True)
            | DatasetRow.title.icontains(word, autoescape=True)
        )
    return list(session.scalars(statement))


def rename(session: Session, experiment_id: str, title: str) -> Experiment:
    """Give an experiment another title: nothing of what it has measured."""
    experiment = lock(session, experiment_id) or get(session, experiment_id)
    if title != experiment.title:
        log(session, experiment_id, EventKind.LOG, f"Renamed from {experiment.title!r}")
        experiment.title = title
    return experiment


def cancel(session: Session, experiment_id: str) -> Experiment:
    """Withdraw waiting units and ask running ones to stop."""
    experiment = get_for(session, experiment_id, Action.CANCEL)
    experiment.status = ExperimentStatus.CANCELLING
    log(session, experiment_id, EventKind.STATUS, "Cancelling")
    session.execute(
        update(UnitRow)
        .where(UnitRow.experiment_id == experiment_id, UnitRow.status == UnitStatus.QUEUED)
        .values(status=UnitStatus.CANCELLED)
    )
    session.flush()
    settle_cancelled(session, experiment)
    return experiment


def resume(session: Session, experiment_id: str) -> Experiment:
    """Queue the cancelled and failed units again; finished ones stay as they are."""
    experiment = get_for(session, experiment_id, Action.RESUME)
    experiment.status = ExperimentStatus.QUEUED
    experiment.error = None
    experiment.finished_at = None
    experiment.summary_due = True
    session.execute(
        update(UnitRow)
        .where(
            UnitRow.experiment_id == experiment_id,
            UnitRow.status.in_([UnitStatus.CANCELLED, UnitStatus.FAILED]),
        )
        .values(status=UnitStatus.QUEUED, attempt=0, claim=None, sent_at=None, error=None, progress=0.0)
    )
    log(session, experiment_id, EventKind.STATUS, "Resumed")
    post_units(session, experiment_id)
    return experiment


def events(session: Session, experiment_id: str, after: int, limit: int = 1000) -> list[Event]:
    """Return the log lines behind an event id, oldest first."""
    statement = select(Event).where(Event.experiment_id == experiment_id, Event.id > after)
    return list(session.scalars(statement.order_by(Event.id).limit(limit)))


def summaries(session: Session, experiment_ids: Sequence[str]) -> dict[str, Summary]:
    """Return the summaries (without their packed results) of these experiments."""
    found = session.scalars(select(Summary).where(Summary.experiment_id.in_(experiment_ids)))
    return {summary.experiment_id: summary for summary in found}


def newest_done(session: Session, studies: Collection[str]) -> dict[str, Experiment]:
    """Return the newest finished experiment of each study that has one."""
    place = func.row_number().over(partition_by=Experiment.study, order_by=_NEWEST_FIRST).label("place")
    done = select(Experiment.id, place).where(
        Experiment.study.in_(studies), Experiment.status == ExperimentStatus.DONE
    )
    ranked = done.subquery()
    found = session.scalars(
        select(Experiment).join(ranked, ranked.c.id == Experiment.id).where(ranked.c.place == 1)
    )
    return {experiment.study: experiment for experiment in found}


def newest_scored(session: Session, studies: Collection[str], most: int) -> list[tuple[Experiment, Summary]]:
    """Return the newest experiments of these studies that have a summary, finished ones first."""
    statement = (
        select(Experiment, Summary)
        .join(Summary, Summary.experiment_id == Experiment.id)
        .where(Experiment.study.in_(studies))
        .order_by(Experiment.status != ExperimentStatus.DONE, *_NEWEST_FIRST)
    )
    return [(experiment, summary) for experiment, summary in session.execute(statement.limit(most))]


def claim_counts(session: Session, experiment_ids: Sequence[str]) -> dict[str, dict[ClaimVerdict, int]]:
    """Count the claims of each experiment by verdict, without checks of arithmetic."""
    rows = session.execute(
        select(ClaimRow.experiment_id, ClaimRow.verdict, func.count())
        .where(ClaimRow.experiment_id.in_(experiment_ids), ~ClaimRow.arithmetic)
        .group_by(ClaimRow.experiment_id, ClaimRow.verdict)
    )
    found: dict[str, dict[ClaimVerdict, int]] = {}
    for experiment_id, verdict, number in rows:
        found.setdefault(experiment_id, {})[verdict] = number
    return found


@dataclass(frozen=True)
class UnitCounts:
    """How far an experiment's units are; seconds are planned ones."""

    units: int
    done: int
    running: int
    failed: int
    models: int
    models_done: int
    seconds: float
    seconds_done: float


def unit_counts(session: Session, experiment_ids: Sequence[str]) -> dict[str, UnitCounts]:
    """Count units by state for each experiment."""

    def when(status: UnitStatus, value: Any) -> Any:
        return func.coalesce(func.sum(value).filter(UnitRow.status == status), 0)

    partly = func.coalesce(
        func.sum(UnitRow.seconds * UnitRow.progress).filter(UnitRow.status == UnitStatus.RUNNING), 0.0
    )
    rows = session.execute(
        select(
            UnitRow.experiment_id,
            func.count(),
            when(UnitStatus.DONE, 1),
            when(UnitStatus.RUNNING, 1),
            when(UnitStatus.FAILED, 1),
            func.sum(UnitRow.models),
            when(UnitStatus.DONE, UnitRow.models),
            func.sum(UnitRow.seconds),
            when(UnitStatus.DONE, UnitRow.seconds) + partly,
        )
        .where(UnitRow.experiment_id.in_(experiment_ids))
        .group_by(UnitRow.experiment_id)
    )
    return {row[0]: UnitCounts(*row[1:]) for row in rows}


def engines(session: Session, experiment_id: str) -> list[tuple[dict[str, Any], int, int]]:
    """Return (engine, units, models) for each way in which units were computed, the most frequent first."""
    rows = session.execute(
        select(UnitRow.engine, UnitRow.models).where(
            UnitRow.experiment_id == experiment_id, UnitRow.status == UnitStatus.DONE
        )
    )
    found: dict[str, tuple[dict[str, Any], int, int]] = {}
    for engine, models in rows:
        if engine:
            key = json.dumps(engine, sort_keys=True)
            _, units_before, models_before = found.get(key, (engine, 0, 0))
            found[key] = (engine, units_before + 1, models_before + models)
    return sorted(found.values(), key=lambda item: -item[1])


def count_by_status(session: Session) -> dict[ExperimentStatus, int]:
    """Count all experiments by state."""
    rows = session.execute(select(Experiment.status, func.count()).group_by(Experiment.status))
    return dict(rows.all())
