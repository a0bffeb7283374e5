"""Which examples a view keeps, and in which order."""

from dataclasses import dataclass, replace
from typing import Literal

from backend.core.contracts import TrajectoryType, Verdict

Key = Literal["memorization", "heldout_accuracy", "in_accuracy", "width", "change", "label", "index"]
OF_COLUMN = "column:"  # before the key of a further column, in an order
OF_GAP = "gap:"  # before it, by how much higher an example ranks by memorization than in that column


@dataclass(frozen=True)
class Filters:
    """Which examples to keep; the members of a tuple are alternatives, empty means all.

    `answer` is what most held-out models say. `width` bounds the interval's width, `column_gte` and
    `column_lte` the further column of that key; `index` names examples one by one.
    """

    memorization_gte: float | None = None
    memorization_lte: float | None = None
    width_gte: float | None = None
    width_lte: float | None = None
    label: tuple[int, ...] = ()
    answer: tuple[int, ...] = ()
    verdict: tuple[Verdict, ...] = ()
    trajectory: tuple[TrajectoryType, ...] = ()
    flipped: bool | None = None
    index: tuple[int, ...] = ()
    column: str | None = None
    column_gte: float | None = None
    column_lte: float | None = None

    def without_range(self) -> "Filters":
        """Return the same without bounds on the score: a histogram shows what lies around a brush."""
        return replace(self, memorization_gte=None, memorization_lte=None)


@dataclass(frozen=True)
class Order:
    """A sort key and its direction; ties go by example in the same direction, undefined values last.

    The key is one of `Key`, or that of a further column behind `OF_COLUMN` or `OF_GAP`.
    """

    key: str
    descending: bool
