"""Examples by score: filters, keyset pages and neighbors."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from backend.core.contracts import TrajectoryType, Verdict
from backend.core.models import ScoreRow

SORT_COLUMNS: dict[str, InstrumentedAttribute[Any]] = {
    "memorization": ScoreRow.memorization,
    "heldout_accuracy": ScoreRow.heldout_accuracy,
    "in_accuracy": ScoreRow.in_accuracy,
    "width": ScoreRow.interval_width,
    "label": ScoreRow.label,
    "index": ScoreRow.example,
}


@dataclass(frozen=True)
class Filters:
    """Which examples to keep; the members of a tuple are alternatives, empty means all."""

    memorization_gte: float | None = None
    memorization_lte: float | None = None
    label: tuple[int, ...] = ()
    verdict: tuple[Verdict, ...] = ()
    trajectory: tuple[TrajectoryType, ...] = ()
    flipped: bool | None = None


@dataclass(frozen=True)
class Order:
    """A sort key and its direction; ties go by example in the same direction, undefined scores last."""

    key: str
    descending: bool

    @property
    def column(self) -> InstrumentedAttribute[Any]:
        """The column sorted by."""
        return SORT_COLUMNS[self.key]

    def reversed(self) -> "Order":
        """Return the opposite direction."""
        return Order(self.key, not self.descending)

    def value(self, row: ScoreRow) -> Any:
        """Return a row's value of the sort key."""
        return getattr(row, self.column.key)


def matching(experiment_id: str, size: int, filters: Filters) -> ColumnElement[bool]:
    """Return the condition that the filters put on the rows of one size."""
    conditions = [ScoreRow.experiment_id == experiment_id, ScoreRow.size == size]
    if filters.memorization_gte is not None:
        conditions.append(ScoreRow.memorization >= filters.memorization_gte)
    if filters.memorization_lte is not None:
        conditions.append(ScoreRow.memorization <= filters.memorization_lte)
    if filters.flipped is not None:
        conditions.append(ScoreRow.flipped == filters.flipped)
    for column, values in (
        (ScoreRow.label, filters.label),
        (ScoreRow.verdict, filters.verdict),
        (ScoreRow.trajectory, filters.trajectory),
    ):
        if values:
            conditions.append(column.in_(values))
    return and_(*conditions)


def _behind(order: Order, value: Any, example: int) -> ColumnElement[bool]:
    """Rows behind the one with this value and example index, undefined values last."""
    column = order.column
    later = ScoreRow.example < example if order.descending else ScoreRow.example > example
    if value is None:
        return and_(column.is_(None), later)
    beyond = column < value if order.descending else column > value
    return or_(beyond, and_(column == value, later), column.is_(None))


def _sorted(statement: Select[ScoreRow], order: Order) -> Select[ScoreRow]:
    keys = (order.column, ScoreRow.example) if order.key != "index" else (order.column,)
    directed = [key.desc() if order.descending else key.asc() for key in keys]
    return statement.order_by(directed[0].nulls_last(), *directed[1:])


def page(
    session: Session,
    matching: ColumnElement[bool],
    order: Order,
    *,
    limit: int,
    after: tuple[Any, int] | None = None,
) -> list[ScoreRow]:
    """Return the next rows of those matching, behind the (value, example) key."""
    statement = select(ScoreRow).where(matching)
    if after is not None:
        statement = statement.where(_behind(order, *after))
    return list(session.scalars(_sorted(statement, order).limit(limit)))


def total(session: Session, matching: ColumnElement[bool]) -> int:
    """Count the rows matching."""
    return session.scalar(select(func.count()).where(matching)) or 0


def examples(session: Session, matching: ColumnElement[bool]) -> list[int]:
    """Return the indices of all examples matching."""
    return list(session.scalars(select(ScoreRow.example).where(matching)))


def of_example(session: Session, experiment_id: str, example: int) -> list[ScoreRow]:
    """Return one example at every size, ascending."""
    statement = select(ScoreRow).where(ScoreRow.experiment_id == experiment_id, ScoreRow.example == example)
    return list(session.scalars(statement.order_by(ScoreRow.size)))


def neighbors(
    session: Session, row: ScoreRow, matching: ColumnElement[bool], order: Order
) -> tuple[int | None, int | None]:
    """Return the examples before and after a row in that order, None at either end."""

    def first(direction: Order) -> int | None:
        key = (direction.value(row), row.example)
        found = page(session, matching, direction, limit=1, after=key)
        return found[0].example if found else None

    return first(order.reversed()), first(order)
