"""Two rows of scores of the same examples: two sizes of an experiment, or two experiments on a data set."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt

from backend.core.errors import FieldError, InvalidError
from backend.datasets.examples import Examples
from backend.scores import keyset
from backend.scores.table import ScoreTable
from backend.statistics.differences import Bounded, Counts, difference, p_values, q_values
from backend.statistics.intervals import normal_quantile
from backend.statistics.rank_correlation import spearman
from backend.statistics.ranking import Estimate

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

Moved = Literal["up", "down", "any"]
Key = Literal["difference", "magnitude"]

MIN_SHARED = 2  # examples with both scores


@dataclass(frozen=True)
class Side:
    """One size of an experiment and the examples that its scores count in.

    fingerprint, data: of the data set that the examples are of; data is its title.
    """

    table: ScoreTable
    row: int
    examples: Examples
    fingerprint: str
    data: str = ""

    @cached_property
    def scored(self) -> Indices:
        """The training examples that have a score."""
        return np.flatnonzero(np.isfinite(self.table.scores.memorization[self.row]))

    @property
    def models(self) -> int:
        """Models trained at this size, with and without the example that most of them count for."""
        scores = self.table.scores
        return int((scores.n_in[self.row] + scores.n_out[self.row]).max(initial=0))

    def counts(self, chosen: Indices) -> Counts:
        """Return the counts of some examples."""
        scores = self.table.scores
        names = ("n_in", "k_in", "n_out", "k_out")
        return Counts(*(getattr(scores, name)[self.row, chosen].astype(np.float64) for name in names))

    def bounded(self, chosen: Indices) -> Bounded:
        """Return the scores of some examples with their intervals."""
        scores, row = self.table.scores, self.row
        return Bounded(*(getattr(scores, name)[row, chosen] for name in ("memorization", "low", "high")))

    def labels(self, chosen: Indices) -> npt.NDArray[np.str_]:
        """Return the names of the classes that some examples were trained on."""
        return np.array(self.examples.classes)[self.table.scores.labels[chosen]]


@dataclass(frozen=True)
class Range:
    """Bounds on both scores, each end inside; None leaves a side open."""

    a_gte: float | None = None
    a_lte: float | None = None
    b_gte: float | None = None
    b_lte: float | None = None


class Comparison:
    """The m examples that have a score on both sides, in the data set's order; differences are b - a.

    in_a and in_b: (m,) their indices on either side.
    """

    def __init__(self, a: Side, b: Side) -> None:
        self.a, self.b = a, b
        self.in_a, self.in_b = _paired(a, b)
        self._walk = lru_cache(maxsize=4)(self._make_walk)

    @property
    def n(self) -> int:
        """Number of examples compared."""
        return len(self.in_a)

    @cached_property
    def scores_a(self) -> Floats:
        """(m,) memorization in a."""
        return self.a.bounded(self.in_a).value

    @cached_property
    def scores_b(self) -> Floats:
        """(m,) memorization in b."""
        return self.b.bounded(self.in_b).value

    @cached_property
    def differences(self) -> Bounded:
        """How far each score is higher in b, with 95 % intervals."""
        found = difference(self.a.bounded(self.in_a), self.b.bounded(self.in_b))
        # Rounded as scores are, so that equal differences are the same number and their ties go by example.
        return Bounded(np.round(found.value, 12), found.low, found.high)

    @cached_property
    def p(self) -> Floats:
        """(m,) p-values of an unchanged score."""
        return p_values(self.a.counts(self.in_a), self.b.counts(self.in_b))

    @cached_property
    def q(self) -> Floats:
        """(m,) the false-discovery rate from which on an example counts as moved."""
        return q_values(self.p)

    @cached_property
    def mean(self) -> Estimate:
        """The mean difference; its 95 % interval covers the choice of examples, not of models."""
        values = self.differences.value
        mean = float(values.mean())
        half = normal_quantile(0.95) * float(values.std(ddof=1)) / np.sqrt(self.n)
        return Estimate(mean, mean - half, mean + half)

    @cached_property
    def correlation(self) -> Estimate | None:
        """Spearman's rank correlation of both scores, None where it is not defined."""
        try:
            return spearman(self.scores_a, self.scores_b)
        except ValueError:
            return None

    @cached_property
    def relabeled(self) -> Mask:
        """(m,) whether an example was trained on under different labels."""
        return np.not_equal(self.a.labels(self.in_a), self.b.labels(self.in_b))

    def moved(self, rate: float, direction: Moved = "any") -> Mask:
        """Return (m,) which examples moved at a false-discovery rate, up or down from a to b."""
        found = self.q <= rate
        if direction == "up":
            found &= self.differences.value > 0
        if direction == "down":
            found &= self.differences.value < 0
        return found

    def within(self, bounds: Range, labels: Sequence[int] = ()) -> Mask:
        """Return (m,) which examples lie in a rectangle of both scores and have one of these labels in a."""
        keep = np.ones(self.n, np.bool_)
        for values, low, high in (
            (self.scores_a, bounds.a_gte, bounds.a_lte),
            (self.scores_b, bounds.b_gte, bounds.b_lte),
        ):
            if low is not None:
                keep &= values >= low
            if high is not None:
                keep &= values <= high
        if labels:
            keep &= np.isin(self.a.table.scores.labels[self.in_a], labels)
        return keep

    def values(self, key: Key) -> Floats:
        """Return the (m,) values of a sort key."""
        return np.abs(self.differences.value) if key == "magnitude" else self.differences.value

    def page(
        self, key: Key, keep: Mask, *, descending: bool, limit: int, after: tuple[float, int] | None = None
    ) -> Indices:
        """Return up to `limit` places in these arrays of examples kept, behind a (value, example in a) key.

        Ties go by example in the same direction.
        """
        walk = self._walk(key)
        return keyset.page(
            walk[keep[walk]],
            self.values(key),
            self.in_a,
            descending=descending,
            limit=limit,
            after=after,
        )

    def _make_walk(self, key: Key) -> Indices:
        return np.argsort(self.values(key), kind="stable")


def _paired(a: Side, b: Side) -> tuple[Indices, Indices]:
    """Return where examples scored on both sides stand on either; InvalidError if they cannot be paired."""
    if a.fingerprint != b.fingerprint:
        raise _not_comparable(
            f"the images differ: a is on the data set {a.data!r}, b on {b.data!r};"
            " choose two experiments on the same data set"
        )
    pictures, at_a, at_b = np.intersect1d(
        a.examples.source[a.scored], b.examples.source[b.scored], assume_unique=True, return_indices=True
    )
    if len(pictures) < MIN_SHARED:
        raise _not_comparable(
            f"the examples differ: a and b both have scores of {len(pictures)} training examples, and"
            f" {MIN_SHARED} are needed; choose experiments with common classes and enough examples of each"
        )
    return a.scored[at_a], b.scored[at_b]


def _not_comparable(detail: str) -> InvalidError:
    return InvalidError(f"b: {detail}.", (FieldError("/query/b", detail),))
