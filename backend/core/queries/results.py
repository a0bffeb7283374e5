"""Unit results in, summaries out: a summary is replaced as a whole, an old one never over a new one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import and_, delete, func, insert, select, update
from sqlalchemy.orm import Session

from backend.core import clock
from backend.core.contracts import EventKind, ExperimentStatus, UnitStatus
from backend.core.errors import NotFoundError
from backend.core.models import (
    ClaimRow,
    Experiment,
    KeptSums,
    Summary,
    UnitResult,
    UnitRow,
)
from backend.core.queries.units import ACTIVE, OPEN, count, has, lock, log, post_summary, post_units


@dataclass(frozen=True)
class DoneUnit:
    """A finished unit with its packed result."""

    index: int
    payload: dict[str, Any]
    data: bytes


@dataclass(frozen=True)
class Sums:
    """What units add up to, in packed parts; `version` is that of the summary with which they were stored.

    `units` are those that have been added, `code` the digest of what added them; other code starts anew.
    """

    version: int = 0
    code: str = ""
    units: Sequence[int] = ()
    parts: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class SummaryRows:
    """One summary, ready for the database; each mapping has the columns of its table.

    `sums` has the parts that changed since the version it names; None where units do not add up. `goes_on`:
    whether units that are held back for a look at these results are wanted.
    """

    data: bytes
    sizes: list[int]
    preview: dict[str, Any] | None
    claims: Sequence[Mapping[str, Any]]
    sums: Sums | None = None
    goes_on: bool = True


def owed(session: Session, experiment_id: str) -> Experiment | None:
    """Return the experiment if a summary of it is owed."""
    experiment = session.get(Experiment, experiment_id)
    return experiment if experiment is not None and experiment.summary_due else None


def done_units(session: Session, experiment_id: str) -> list[int]:
    """Return the indices of all finished units, ascending: plan order."""
    statement = select(UnitRow.index).where(
        UnitRow.experiment_id == experiment_id, UnitRow.status == UnitStatus.DONE
    )
    return list(session.scalars(statement.order_by(UnitRow.index)))


def kept_sums(session: Session, experiment_id: str, code: str) -> Sums:
    """Return the sums that this code has kept; without units where it has none."""
    # One statement: between two, another worker could store newer ones.
    rows = session.execute(
        select(Summary.version, Summary.summed_by, Summary.summed, KeptSums.part, KeptSums.data)
        .outerjoin(KeptSums, KeptSums.experiment_id == Summary.experiment_id)
        .where(Summary.experiment_id == experiment_id)
    ).all()
    if not rows:
        return Sums(0, code)
    version, by, units = rows[0][:3]
    if by != code or units is None:
        return Sums(version, code)
    return Sums(version, code, units, {row.part: row.data for row in rows if row.part is not None})


def payloads(session: Session, experiment_id: str) -> dict[int, dict[str, Any]]:
    """Return what every unit of an experiment is to do, by its index, in plan order."""
    statement = select(UnitRow.index, UnitRow.payload).where(UnitRow.experiment_id == experiment_id)
    return {row[0]: row[1] for row in session.execute(statement.order_by(UnitRow.index))}


def unit_results(session: Session, experiment_id: str, indices: Sequence[int]) -> list[DoneUnit]:
    """Return finished units by their indices, with their results, in plan order."""
    rows = session.execute(
        select(UnitRow.index, UnitRow.payload, UnitResult.data)
        .join(
            UnitResult,
            (UnitResult.experiment_id == UnitRow.experiment_id) & (UnitResult.unit == UnitRow.index),
        )
        .where(UnitRow.experiment_id == experiment_id, UnitRow.index.in_(indices))
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
    version = 0 if old is None else old.version
    if rows.sums is not None and rows.sums.version != version:
        post_summary(session, experiment)  # another worker has added to the same sums meanwhile
        return
    summary = Summary(
        experiment_id=experiment_id,
        version=version + 1,
        units=units,
        sizes=rows.sizes,
        seconds=seconds,
        preview=rows.preview,
        summed=None if rows.sums is None else list(rows.sums.units),
        summed_by="" if rows.sums is None else rows.sums.code,
        data=rows.data,
    )
    session.merge(summary)
    if rows.sums is not None:
        parts = [
            {"experiment_id": experiment_id, "part": part, "data": data}
            for part, data in rows.sums.parts.items()
        ]
        stale = delete(KeptSums).where(KeptSums.experiment_id == experiment_id)
        session.execute(stale.where(KeptSums.part.in_(rows.sums.parts)))
        if parts:
            session.execute(insert(KeptSums), parts)
    session.execute(delete(ClaimRow).where(ClaimRow.experiment_id == experiment_id))
    if rows.claims:
        claims = [{"experiment_id": experiment_id, **claim} for claim in rows.claims]
        session.execute(insert(ClaimRow), claims)
    log(session, experiment_id, EventKind.SUMMARY, f"Results of {units} units are in")
    if count(session, experiment_id, UnitStatus.DONE) > units:
        post_summary(session, experiment)
        return
    experiment.summary_due = False
    settled = experiment.status in ACTIVE and not has(session, experiment_id, *OPEN)
    if settled and not _next_look(session, experiment, wanted=rows.goes_on):
        _end(session, experiment)


def _next_look(session: Session, experiment: Experiment, *, wanted: bool) -> bool:
    """Queue the units that were held back for this look; drop all that are held if none are wanted.

    Nothing is looked at while units have failed: the experiment ends, and a resumed one looks again.
    """
    held = and_(UnitRow.experiment_id == experiment.id, UnitRow.status == UnitStatus.HELD)
    look = session.scalar(select(func.min(UnitRow.look)).where(held))
    if look is None or has(session, experiment.id, UnitStatus.FAILED):
        return False
    if wanted:
        released = update(UnitRow).where(held, UnitRow.look == look)
        session.execute(released.values(status=UnitStatus.QUEUED))
        log(session, experiment.id, EventKind.STATUS, "The target is not reached: more models are trained")
        post_units(session, experiment.id)
        return True
    saved = session.scalar(select(func.sum(UnitRow.models)).where(held))
    session.execute(delete(UnitRow).where(held))
    log(session, experiment.id, EventKind.STATUS, f"The target is reached: {saved:,} models are not needed")
    return False


def fail_summary(session: Session, experiment_id: str, error: str) -> None:
    """End an experiment whose results cannot be summarized; its unit results are kept."""
    experiment = lock(session, experiment_id)
    if experiment is None:
        return
    experiment.summary_due = False
    log(session, experiment_id, EventKind.LOG, f"Summarizing failed: {error}")
    if experiment.status in ACTIVE and not has(session, experiment_id, *OPEN):
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
