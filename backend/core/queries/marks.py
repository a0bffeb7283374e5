"""Marks of a data set's pictures: a log of changes, of which the last one of each picture counts."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeVarTuple

from sqlalchemy import ColumnElement, Select, String, func, insert, select, true, type_coerce, update
from sqlalchemy.orm import Session, aliased

from backend.core import clock
from backend.core.contracts import Mark
from backend.core.errors import ConflictError, NotFoundError
from backend.core.models import MarkChange
from backend.core.queries import datasets

Found = TypeVarTuple("Found")

_FEW = 1000  # pictures that are looked for one by one


class State(NamedTuple):
    """All that is said about a picture; labels are indices of the data set's classes."""

    mark: Mark | None
    label: int
    suggested_label: int | None = None
    note: str = ""

    @property
    def empty(self) -> bool:
        """Whether it says nothing."""
        return self.mark is None and not self.note


@dataclass(frozen=True)
class Marked:
    """Which marks are meant: the members of a tuple are alternatives, empty means all; notes count too."""

    mark: tuple[Mark, ...] = ()
    label: tuple[int, ...] = ()
    first: int = 0  # picture
    stop: int | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what holds of the changes that are meant."""
        found: list[ColumnElement[bool]] = [MarkChange.stands.is_(true())]
        if self.first:
            found.append(MarkChange.picture >= self.first)
        if self.mark:
            found.append(MarkChange.mark.in_(self.mark))
        if self.label:
            found.append(MarkChange.label.in_(self.label))
        if self.stop is not None:
            found.append(MarkChange.picture < self.stop)
        return found


def _standing(statement: Select[*Found], dataset_id: str, marked: Marked) -> Select[*Found]:
    return statement.where(MarkChange.dataset_id == dataset_id, *marked.conditions())


def of(session: Session, dataset_id: str, pictures: Collection[int]) -> dict[int, MarkChange]:
    """Return what was said last about each of these pictures, where anything was ever said."""
    ids = select(func.max(MarkChange.id)).where(MarkChange.dataset_id == dataset_id)
    if len(pictures) <= _FEW:
        ids = ids.where(MarkChange.picture.in_(pictures))
    statement = select(MarkChange).where(MarkChange.id.in_(ids.group_by(MarkChange.picture)))
    asked = set(pictures)
    return {row.picture: row for row in session.scalars(statement) if row.picture in asked}


def everything(session: Session, dataset_id: str, marked: Marked) -> Sequence[MarkChange]:
    """Return the marks that stand, in the order of the pictures."""
    statement = _standing(select(MarkChange), dataset_id, marked)
    return session.scalars(statement.order_by(MarkChange.picture)).all()


def judgments(session: Session, dataset_id: str) -> Sequence[tuple[int, str, int]]:
    """Return the pictures that have a mark, the mark as it is stored, and the label that was judged."""
    statement = select(MarkChange.picture, type_coerce(MarkChange.mark, String), MarkChange.label)
    found = _standing(statement, dataset_id, Marked()).where(MarkChange.mark.is_not(None))
    return session.execute(found).all()


def page(
    session: Session, dataset_id: str, marked: Marked, limit: int, after: int | None
) -> Sequence[MarkChange]:
    """Return the marks that stand, the last one set first, behind the id `after`."""
    statement = _standing(select(MarkChange), dataset_id, marked)
    if after is not None:
        statement = statement.where(MarkChange.id < after)
    return session.scalars(statement.order_by(MarkChange.id.desc()).limit(limit)).all()


def counts(session: Session, dataset_id: str, marked: Marked) -> dict[Mark | None, int]:
    """Count the pictures of each mark; None are those with nothing but a note."""
    statement = _standing(select(MarkChange.mark, func.count()), dataset_id, marked)
    return dict(session.execute(statement.group_by(MarkChange.mark)).all())


def last_change(session: Session, dataset_id: str) -> int:
    """Return a number that grows with every change, 0 before the first."""
    found = select(func.max(MarkChange.id)).where(MarkChange.dataset_id == dataset_id)
    return session.scalar(found) or 0


def history(session: Session, dataset_id: str, picture: int) -> Sequence[MarkChange]:
    """Return all that was ever said about a picture, the last first."""
    statement = select(MarkChange).where(MarkChange.dataset_id == dataset_id, MarkChange.picture == picture)
    return session.scalars(statement.order_by(MarkChange.id.desc())).all()


def state_of(row: MarkChange) -> State:
    """Return what a change left."""
    return State(row.mark, row.label, row.suggested_label, row.note)


class Saying(NamedTuple):
    """A state, and who said it when where that is known."""

    state: State
    by: str
    at: datetime | None = None


def write(session: Session, dataset_id: str, said: Mapping[int, Saying]) -> str | None:
    """Say these things about pictures at once; returns the change, None where all of it stands already.

    The data set is to be locked, so that nobody else says something in between.
    """
    known = of(session, dataset_id, said.keys())
    now, change = clock.now(session), secrets.token_hex(8)
    rows: list[dict[str, Any]] = [
        {
            "dataset_id": dataset_id,
            "picture": picture,
            "change": change,
            **saying.state._asdict(),
            "by": saying.by,
            "created_at": saying.at or now,
            "stands": not saying.state.empty,
        }
        for picture, saying in said.items()
        if not _stands(known.get(picture), saying.state)
    ]
    if not rows:
        return None
    session.execute(insert(MarkChange), rows)
    new = select(MarkChange.picture).where(MarkChange.change == change)
    superseded = update(MarkChange).where(
        MarkChange.dataset_id == dataset_id,
        MarkChange.picture.in_(new),
        MarkChange.stands,
        MarkChange.change != change,
    )
    session.execute(superseded.values(stands=False), execution_options={"synchronize_session": False})
    return change


def _stands(row: MarkChange | None, state: State) -> bool:
    if row is None:
        return state.empty
    return state == state_of(row) or (state.empty and state_of(row).empty)


def undo(session: Session, dataset_id: str, change: str, by: str) -> tuple[str | None, list[int]]:
    """Say of a change's pictures what was said before it; returns the new change and the pictures.

    ConflictError where something else has been said since, NotFoundError if there is no such change.
    """
    datasets.lock(session, dataset_id)
    rows = session.scalars(
        select(MarkChange).where(MarkChange.dataset_id == dataset_id, MarkChange.change == change)
    ).all()
    if not rows:
        raise NotFoundError("There is no such change of marks.")
    left = {row.picture: row for row in rows}
    now = of(session, dataset_id, left.keys())
    if any(state_of(now[picture]) != state_of(row) for picture, row in left.items()):
        raise ConflictError("These marks have been changed since; nothing was undone.")
    before = _before(session, rows)
    said = {
        picture: Saying(state_of(before[picture]) if picture in before else State(None, row.label), by)
        for picture, row in left.items()
    }
    return write(session, dataset_id, said), list(said)


def _before(session: Session, rows: Sequence[MarkChange]) -> dict[int, MarkChange]:
    """Return what was said about the pictures of these rows right before them."""
    change, earlier = aliased(MarkChange), aliased(MarkChange)
    ids = (
        select(func.max(earlier.id))
        .join(change, (earlier.dataset_id == change.dataset_id) & (earlier.picture == change.picture))
        .where(change.change == rows[0].change, earlier.id < change.id)
        .group_by(earlier.picture)
    )
    return {row.picture: row for row in session.scalars(select(MarkChange).where(MarkChange.id.in_(ids)))}
