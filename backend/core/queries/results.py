"""Unit results in, summaries out: a summary is replaced as a whole, an old one never over a new one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from backend.core import clock
from backend.core.contracts import EventKind, ExperimentStatus, UnitStatus
from backend.core.errors import NotFoundError
from backend.core.models import (
    ClaimRow,
    Experiment,
    Summary,
    UnitResult,
    UnitRow,
)
from backend.core.queries.units import ACTIVE, OPEN, count, lock, log, post_summary


@dataclass(frozen=True)
class DoneUnit:
    """A finished unit with its packed result."""

    index: int
    payload: dict[str, Any]
    data: bytes


@dataclass(frozen=True)
class SummaryRows:
    """One summary, ready for the database; each mapping has the columns of its table."""

    data: bytes
    sizes: list[int]
    preview: dict[str, Any] | None
    claims: Sequence[Mapping[str, Any]]


def owed(session: Session, experiment_id: str) -> Experiment | None:
    """Return the experiment if a summary of it is owed."""
    experiment = session.get(Experiment, experiment_id)
    return experiment if experiment is not None and experiment.summary_due else None


def done_units(session: Session, experiment_id: str) -> list[DoneUnit]:
    """Return all finished units with their results, in plan order."""
    rows = session.execute(
        select(UnitRow.index, UnitRow.payload, UnitResult.data)
        .join(
            UnitResult,
            (UnitResult.experiment_id == UnitRow.experiment_id) & (UnitResult.unit == UnitRow.index),
        )
        .where(UnitRow.experiment_id == experiment_id)
        .order_by(UnitRow.index)
    )
    return [DoneUnit(*row) for row in rows]


def store_summary(
    session: Session, experiment_id: str, units: int, rows: SummaryRows, seconds: float
) -> None:
    """Replace the experiment's summary by a newer one, made from that many units, and settle its end."""
    experiment = lock(session, experiment_id)
    if experiment is None:
        return
    old = session.get(Summary, experiment_id)
    if old is not None and old.units > units:
        return  # another worker has summarized more meanwhile
    summary = Summary(
        experiment_id=experiment_id,
        version=1 if old is None else old.version + 1,
        units=units,
        sizes=rows.sizes,
        seconds=seconds,
        preview=rows.preview,
        data=rows.data,
    )
    session.merge(summary)
    session.execute(delete(ClaimRow).where(ClaimRow.experiment_id == experiment_id))
    if rows.claims:
        claims = [{"experiment_id": experiment_id, **claim} for claim in rows.claims]
        session.execute(insert(ClaimRow), claims)
    log(session, experiment_id, EventKind.SUMMARY, f"Results of {units} units are in")
    if count(session, experiment_id, UnitStatus.DONE) > units:
        post_summary(session, experiment)
        return
    experiment.summary_due = False
    if experiment.status in ACTIVE and not count(session, experiment_id, *OPEN):
        _end(session, experiment)


def fail_summary(session: Session, experiment_id: str, error: str) -> None:
    """End an experiment whose results cannot be summarized; its unit results are kept."""
    experiment = lock(session, experiment_id)
    if experiment is None:
        return
    experiment.summary_due = False
    log(session, experiment_id, EventKind.LOG, f"Summarizing failed: {error}")
    if experiment.status in ACTIVE and not count(session, experiment_id, *OPEN):
        experiment.status = ExperimentStatus.FAILED
        experiment.finished_at = clock.now(session)
        experiment.error = f"Summarizing failed: {error}"
        log(session, experiment_id, EventKind.STATUS, "Failed")


def _end(session: Session, experiment: Experiment) -> None:
    failed = count(session, experiment.id, UnitStatus.FAILED)
    experiment.finished_at = clock.now(session)
    experiment.status = ExperimentStatus.FAILED if failed else ExperimentStatus.DONE
    if failed:
        first = session.scalar(
            select(UnitRow.error)
            .where(UnitRow.experiment_id == experiment.id, UnitRow.status == UnitStatus.FAILED)
            .order_by(UnitRow.index)
            .limit(1)
        )
        total = session.scalar(select(func.count()).where(UnitRow.experiment_id == experiment.id))
        experiment.error = f"{failed} of {total} units failed; the first said: {first}"
    log(session, experiment.id, EventKind.STATUS, str(experiment.status).capitalize())


def get_summary(session: Session, experiment_id: str) -> Summary:
    """Return the summary, its packed results unread, or raise NotFoundError while there is none."""
    found = session.get(Summary, experiment_id)
    if found is None:
        raise NotFoundError("There are no results yet; the first unit is still running or waiting.")
    return found


def claims(session: Session, experiment_id: str) -> list[ClaimRow]:
    """Return all claims in the study's order."""
    statement = select(ClaimRow).where(ClaimRow.experiment_id == experiment_id)
    return list(session.scalars(statement.order_by(ClaimRow.position)))
