"""The scores of one summary as columns, with the orders and masks that browsing asks for again and again.

A page over SQL rows needs an index for every order and a count over every filter; columns in memory answer
both in milliseconds at a million examples, and a summary is stored once instead of row by row.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt

from backend.scores.binning import Bins, Histogram, equal_bins, lattice_bins
from backend.scores.filters import OF_COLUMN, OF_GAP, Filters, Order
from backend.scores.scores import TRAJECTORIES, VERDICTS, Scores
from backend.statistics.noise import shuffled_scores
from backend.statistics.rank_correlation import relative_ranks
from backend.statistics.trajectories import DEFAULT_TAU, TAUS, TypesByThreshold, types_by_threshold

Mask = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.int32]
Values = npt.NDArray[np.float64]

UNCOUNTED_BINS = 40  # of scores that move in no steps
_COLUMN_DIGITS = 7  # of further columns, which are kept in single precision: equal numbers stay equal
_FIRST_STRIDE = 1024  # examples looked at first for a page; doubled while too few match


class ScoreTable:
    """Browses `Scores`; what it derives is kept for as long as the table. Rows are sizes, ascending.

    columns: further numbers (S, n) of the examples, by key.
    """

    def __init__(self, scores: Scores, columns: Mapping[str, npt.NDArray[np.floating]] | None = None) -> None:
        self.scores = scores
        self.columns = columns or {}
        self.scored_rows = [self.row(size) for size in scores.scored_sizes]
        self._column = lru_cache(maxsize=32)(self._make_column)
        self._walk = lru_cache(maxsize=16)(self._make_walk)
        self._mask = lru_cache(maxsize=16)(self._make_mask)
        self._codes = lru_cache(maxsize=16)(self._make_codes)
        self._noise = lru_cache(maxsize=16)(self._make_noise)
        self.bins = lru_cache(maxsize=16)(self._make_bins)
        self.trajectories = lru_cache(maxsize=8)(self._make_trajectories)

    def row(self, size: int) -> int:
        """Return the row of a size."""
        return self.scores.sizes.index(size)

    def column(self, row: int, key: str) -> Values:
        """Return the (n,) values of a sort key at one size; NaN where undefined."""
        return self._column(row, key)

    def _make_column(self, row: int, key: str) -> Values:
        scores = self.scores
        if key.startswith((OF_COLUMN, OF_GAP)):
            kept = self.columns[key.partition(":")[2]][row].astype(np.float64)
            column = np.asarray(np.round(kept, _COLUMN_DIGITS))
            return column if key.startswith(OF_COLUMN) else _rank_gap(scores.memorization[row], column)
        if key == "width":
            return np.asarray(scores.high[row] - scores.low[row])
        if key == "change":
            first, last = self.scored_rows[0], self.scored_rows[-1]
            return np.asarray(np.round(scores.memorization[last] - scores.memorization[first], 12))
        if key == "label":
            return scores.labels.astype(np.float64)
        if key == "index":
            return np.arange(scores.n, dtype=np.float64)
        return np.asarray(getattr(scores, key)[row])

    def matching(self, row: int, filters: Filters, tau: float = DEFAULT_TAU) -> Mask | None:
        """Return the (n,) mask of the examples that the filters keep at one size; None keeps all."""
        return None if filters == Filters() else self._mask(row, filters, tau)

    def _make_mask(self, row: int, filters: Filters, tau: float) -> Mask:
        scores = self.scores
        keep = np.ones(scores.n, np.bool_)
        for key, low, high in (
            ("memorization", filters.memorization_gte, filters.memorization_lte),
            ("width", filters.width_gte, filters.width_lte),
            (f"{OF_COLUMN}{filters.column}", filters.column_gte, filters.column_lte),
        ):
            if low is not None:
                keep &= self.column(row, key) >= low
            if high is not None:
                keep &= self.column(row, key) <= high
        if filters.label:
            keep &= _among(scores.labels, filters.label)
        if filters.answer:
            keep &= np.isin(scores.answers.first(row, scores.n), filters.answer)
        if filters.verdict:
            keep &= _among(scores.verdicts[row], [VERDICTS.index(verdict) for verdict in filters.verdict])
        if filters.trajectory:
            kinds = [TRAJECTORIES.index(kind) for kind in filters.trajectory]
            keep &= _among(self.trajectories(tau), kinds)
        if filters.flipped is not None:
            keep &= scores.flipped == filters.flipped
        if filters.index:
            named = np.zeros(scores.n, np.bool_)
            named[[index for index in filters.index if index < scores.n]] = True
            keep &= named
        keep.flags.writeable = False
        return keep

    def _make_trajectories(self, tau: float) -> npt.NDArray[np.int8]:
        """Return (n,) indices into TRAJECTORIES at that threshold."""
        scores = self.scores
        return scores.trajectories if tau == DEFAULT_TAU else self.types.at(tau)

    @cached_property
    def types(self) -> TypesByThreshold:
        """The types of trajectories at any threshold."""
        scores = self.scores
        return types_by_threshold(scores.n_in, scores.k_in, scores.n_out, scores.k_out)

    @cached_property
    def type_counts(self) -> npt.NDArray[np.int64]:
        """(T, types) how many examples have each type at each of `TAUS`."""
        return self.types.counts(TAUS)

    def _make_bins(self, row: int, bins: int | None) -> Bins:
        """Return that many equal bins for one size, or, without a number, those that respect the lattice."""
        values = self.scores.memorization[row]
        if bins is not None:
            return equal_bins(values, bins)
        if not self.scores.counted:
            return equal_bins(values, UNCOUNTED_BINS)
        return lattice_bins(values, self.scores.n_out[row])

    def _make_codes(self, row: int, bins: int | None) -> npt.NDArray[np.int16]:
        return self.bins(row, bins).codes(self.scores.memorization[row])

    def counts(
        self,
        row: int,
        bins: int | None,
        keep: Mask | None,
        groups: npt.NDArray[np.int8] | None = None,
        of: int = 1,
    ) -> npt.NDArray[np.int64]:
        """Return (of, kinds) counts of the examples kept by code of `bins`, in groups (n,) below `of`."""
        kinds = self.bins(row, bins).kinds
        codes = self._codes(row, bins).astype(np.int64)
        if groups is not None:
            codes += groups.astype(np.int64) * kinds
        kept = codes if keep is None else codes[keep]
        return np.bincount(kept, minlength=of * kinds).reshape(of, kinds)

    def histogram(self, row: int, bins: int | None, keep: Mask | None) -> Histogram:
        """Count one size's scores of the examples kept."""
        edges = self.bins(row, bins)
        (counts,) = self.counts(row, bins, keep)
        values = self.scores.memorization[row]
        values = values if keep is None else values[keep]
        *_, zero, one, undefined = counts.tolist()
        n = len(values) - undefined
        return Histogram(
            edges=tuple(edges.edges.tolist()),
            step=edges.step,
            counts=tuple(edges.with_ends(counts).tolist()),
            zero=zero,
            one=one,
            n=n,
            undefined=undefined,
            below_01=int((values < 0.1).sum()) / n if n else None,
            above_09=int((values > 0.9).sum()) / n if n else None,
        )

    def noise(self, row: int, bins: int | None, keep: Mask | None) -> Values | None:
        """Return (kinds,) counts by code to expect if holding an example out made no difference.

        None of scores that are not counted, whose noise is not known.
        """
        if not self.scores.counted:
            return None
        kind, chances = self._noise(row, bins)
        kept = kind if keep is None else kind[keep]
        return np.asarray(np.bincount(kept, minlength=len(chances)) @ chances)

    def _make_noise(self, row: int, bins: int | None) -> tuple[npt.NDArray[np.int64], Values]:
        """Return each example's kind (n,), by its numbers of models and right answers, and their chances.

        chances: (number of kinds of examples, kinds of bins)
        """
        scores, edges = self.scores, self.bins(row, bins)
        right = scores.k_in[row].astype(np.int64) + scores.k_out[row]
        models = int((scores.n_in[row] + scores.n_out[row]).max(initial=0))
        key = scores.n_out[row] * (models + 1) + right  # every example has as many models with and without
        present = np.flatnonzero(np.bincount(key))
        kind = np.zeros(present.max(initial=0) + 1, np.int64)
        kind[present] = np.arange(len(present))
        chances = np.zeros((len(present), edges.kinds))
        for at, (n_out, k) in enumerate(zip(*divmod(present, models + 1), strict=True)):
            if 0 < n_out < models:
                values, weights = shuffled_scores(models - int(n_out), int(n_out), int(k))
                chances[at] = np.bincount(edges.codes(values), weights, minlength=edges.kinds)
            else:
                chances[at, -1] = 1  # without a score
        return kind[key], chances

    def page(
        self,
        row: int,
        order: Order,
        keep: Mask | None,
        *,
        limit: int,
        after: tuple[float | None, int] | None = None,
    ) -> list[int]:
        """Return up to `limit` examples kept, in that order, behind the (value, example) key."""
        walk = self._walk(row, order)
        start = 0 if after is None else self._place(row, order, *after)
        return _first(walk[start:], keep, limit)

    def neighbors(
        self, row: int, order: Order, keep: Mask | None, example: int
    ) -> tuple[int | None, int | None]:
        """Return the examples kept before and after one in that order, None at either end."""
        behind = self._place(row, order, self.value(row, order, example), example)
        walk = self._walk(row, order)
        before = _first(walk[: behind - 1][::-1], keep, 1)
        following = _first(walk[behind:], keep, 1)
        return next(iter(before), None), next(iter(following), None)

    def further(self, row: int, example: int) -> dict[str, float]:
        """Return an example's further numbers at one size, by key; NaN where undefined."""
        return {key: round(float(kept[row, example]), _COLUMN_DIGITS) for key, kept in self.columns.items()}

    def position(self, row: int, order: Order, keep: Mask | None, example: int) -> int | None:
        """Return the place of an example among those kept, from 1, in that order; None if it is not kept."""
        if keep is not None and not keep[example]:
            return None
        behind = self._place(row, order, self.value(row, order, example), example)
        return behind if keep is None else int(np.count_nonzero(keep[self._walk(row, order)[:behind]]))

    def value(self, row: int, order: Order, example: int) -> float | None:
        """Return an example's value of the sort key, None where undefined."""
        value = float(self.column(row, order.key)[example])
        return None if np.isnan(value) else value

    def _make_walk(self, row: int, order: Order) -> Indices:
        """Return all examples in order."""
        values = self.column(row, order.key)
        ascending = np.argsort(values, kind="stable").astype(np.int32)  # NaN come last
        if not order.descending:
            return ascending
        defined = len(values) - int(np.isnan(values).sum())
        return np.concatenate([ascending[:defined][::-1], ascending[defined:][::-1]])

    def _place(self, row: int, order: Order, value: float | None, example: int) -> int:
        """Return how many examples stand at or before the (value, example) key."""
        walk, values = self._walk(row, order), self.column(row, order.key)
        sign = -1 if order.descending else 1
        undefined = int(np.isnan(values).sum())
        first, last = len(walk) - undefined, len(walk)
        if value is not None:
            last = first
            first = _bisect(lambda i: sign * values[walk[i]] >= sign * value, 0, last)
            last = _bisect(lambda i: sign * values[walk[i]] > sign * value, first, last)
        return _bisect(lambda i: sign * int(walk[i]) > sign * example, first, last)


def _rank_gap(memorization: Values, column: Values) -> Values:
    """Return ranks by memorization less those in a column, both as shares of the (n,) that have both."""
    gap = np.full(len(column), np.nan)
    both = np.isfinite(memorization) & np.isfinite(column)
    if both.any():
        # Rounded, so that equal differences are the same number and their ties go by example.
        gap[both] = np.round(relative_ranks(memorization[both]) - relative_ranks(column[both]), 9)
    return gap


def _bisect(beyond: Callable[[int], bool], low: int, high: int) -> int:
    """Return the first place in low .. high - 1 where a predicate that never turns back holds, else high."""
    while low < high:
        middle = (low + high) // 2
        if beyond(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _among(values: npt.NDArray[np.integer], chosen: Sequence[int]) -> Mask:
    """Return where a small non-negative integer is among the chosen ones; a table is faster than a sort."""
    allowed = np.zeros(max(int(values.max(initial=0)), *chosen) + 1, np.bool_)
    allowed[list(chosen)] = True
    return np.asarray(allowed[values])


def _first(walk: Indices, keep: Mask | None, limit: int) -> list[int]:
    """Return the first `limit` examples of a walk that are kept."""
    if keep is None:
        return [int(example) for example in walk[:limit]]
    found: list[int] = []
    for part in _strides(walk):
        found.extend(part[keep[part]][: limit - len(found)].tolist())
        if len(found) == limit:
            break
    return found


def _strides(walk: Indices) -> Iterator[Indices]:
    """Cut a walk into ever larger parts: most pages are full soon, a rare filter needs all of it."""
    start, length = 0, _FIRST_STRIDE
    while start < len(walk):
        yield walk[start : start + length]
        start, length = start + length, length * 2
