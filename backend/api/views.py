"""The view of an experiment as its URL holds it: sizes, filters, order; one model for every endpoint."""

import base64
import binascii
import json
import re
from collections.abc import Sequence
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from backend.api.deps import MAX_INDEX
from backend.core.contracts import Estimator, TrajectoryType, Verdict
from backend.core.errors import FieldError, InvalidError, NotFoundError
from backend.scores.columns import KEY
from backend.scores.filters import OF_COLUMN, OF_GAP, Filters, Key, Order
from backend.statistics.trajectories import DEFAULT_TAU

Index = Annotated[int, Field(ge=0, le=MAX_INDEX)]
Score = Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]
Width = Annotated[float, Field(ge=0, le=2, allow_inf_nan=False)]
Tau = Annotated[float, Field(ge=0.05, le=0.9, allow_inf_nan=False)]

MAX_SELECTED = 1000  # examples that a view may name one by one

_SORTS = f"-?({'|'.join(get_args(Key))}|({OF_COLUMN}|{OF_GAP}){KEY})"


def _sort_key(text: str) -> str:
    if not re.fullmatch(_SORTS, text):
        raise ValueError(
            f"must be one of {', '.join(get_args(Key))}, or {OF_COLUMN} or {OF_GAP} and the key of one of"
            " the experiment's columns, - before it for descending"
        )
    return text


SortKey = Annotated[
    str, AfterValidator(_sort_key), WithJsonSchema({"type": "string", "pattern": f"^{_SORTS}$"})
]
MarkFilter = Literal["wrong_label", "ambiguous", "duplicate", "fine", "none"]
ColumnKey = Annotated[str, Field(pattern=f"^{KEY}$")]
Bound = Annotated[float, Field(allow_inf_nan=False)]


class ViewQuery(BaseModel):
    """What is shown; a repeated key holds alternatives, `-` before a sort key means descending."""

    model_config = ConfigDict(extra="forbid")

    size: Index | None = Field(None, description="model size; the largest with scores if absent")
    sort: SortKey = "-memorization"
    memorization_gte: Score | None = None
    memorization_lte: Score | None = None
    width_gte: Width | None = Field(None, description="least width of the score's interval")
    width_lte: Width | None = Field(None, description="greatest width of the score's interval")
    label: list[Index] = Field([], max_length=1000)
    answer: list[Index] = Field([], max_length=1000, description="what most held-out models say")
    verdict: list[Verdict] = []
    trajectory: list[TrajectoryType] = []
    flipped: bool | None = None
    mark: list[MarkFilter] = Field([], description="what people decided; none is for what nobody marked")
    index: list[Index] = Field([], max_length=MAX_SELECTED, description="only these examples")
    column: ColumnKey | None = Field(None, description="one of the experiment's further columns, to bound")
    column_gte: Bound | None = Field(None, description="least value of that column")
    column_lte: Bound | None = Field(None, description="greatest value of that column")
    tau: Tau = Field(DEFAULT_TAU, description="the change over sizes that makes a trajectory")
    estimator: Estimator = Field(Estimator.COUNTS, description="what the scores are taken from")

    @property
    def order(self) -> Order:
        """The sort key and direction."""
        return Order(self.sort.removeprefix("-"), self.sort.startswith("-"))

    @property
    def filters(self) -> Filters:
        """All filters."""
        return Filters(
            memorization_gte=self.memorization_gte,
            memorization_lte=self.memorization_lte,
            width_gte=self.width_gte,
            width_lte=self.width_lte,
            label=tuple(self.label),
            answer=tuple(self.answer),
            verdict=tuple(self.verdict),
            trajectory=tuple(self.trajectory),
            flipped=self.flipped,
            index=tuple(self.index),
            column=self.column,
            column_gte=self.column_gte,
            column_lte=self.column_lte,
        )


class ExamplesQuery(ViewQuery):
    """A view and a page of it."""

    limit: int = Field(50, ge=1, le=200)
    after: str | None = Field(None, max_length=200, description="`next` of the page before")


class HistogramQuery(ViewQuery):
    """A view and the number of bins."""

    bins: int | None = Field(
        None, ge=2, le=200, description="equal bins from 0 to 1; else the scores' lattice"
    )


def choose_size(size: int | None, sizes: list[int], name: str = "size") -> int:
    """Return the size asked for as `name`, or the largest; InvalidError names the ones there are.

    NotFoundError before the first size has scores, as when an experiment was cancelled at once.
    """
    if not sizes:
        raise NotFoundError("This experiment has no scores yet: none of its models is trained.")
    if size is None:
        return max(sizes)
    if size not in sizes:
        known = ", ".join(map(str, sizes))
        raise InvalidError(
            f"{name}: there are no scores at {size}; sizes are {known}.",
            (FieldError(f"/query/{name}", f"must be one of {known}"),),
        )
    return size


def check_columns(view: ViewQuery, known: Sequence[str]) -> None:
    """Refuse a view of columns that an experiment has not; InvalidError names those that it has."""
    listed = f"must be one of {', '.join(known)}" if known else "this experiment has no further columns"
    sorted_by = view.order.key.partition(":")[2] or None
    bounded = (view.column_gte, view.column_lte) != (None, None)
    for name, column in (("column", view.column), ("sort", sorted_by)):
        if column is not None and column not in known:
            detail = f"there is no column {column!r} here: {listed}"
            raise InvalidError(f"{name}: {detail}.", (FieldError(f"/query/{name}", detail),))
    if bounded and view.column is None:
        detail = f"is missing beside its bounds: {listed}"
        raise InvalidError(f"column: {detail}.", (FieldError("/query/column", detail),))


class Cursor(BaseModel):
    """The key of the last row of a page, bound to the order in which it was made."""

    model_config = ConfigDict(extra="forbid", strict=True)

    sort: str
    value: float | None = Field(allow_inf_nan=False)
    example: Index

    def encode(self) -> str:
        """Return the cursor as it stands in a URL."""
        return base64.urlsafe_b64encode(self.model_dump_json().encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str, sort: str) -> "Cursor":
        """Read a cursor; InvalidError if it is broken or of another order."""
        try:
            cursor = cls.model_validate(json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))
        except (ValueError, binascii.Error):
            raise _bad_cursor("The cursor is broken; start again without `after`.") from None
        if cursor.sort != sort:
            raise _bad_cursor("The cursor belongs to another order; drop `after` when changing the order.")
        return cursor


def _bad_cursor(detail: str) -> InvalidError:
    return InvalidError(detail, (FieldError("/query/after", detail),))
