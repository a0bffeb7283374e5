"""Types an example's trajectory, its memorization over model size.

This rule is ours: Lukasik et al. 2023 name constant, increasing, decreasing and cap-shaped trajectories, but
their rule is not available. It looks at straight lines through scores over sizes, in equal steps from one
size to the next: through all of them, through the first ones and through the last ones. A line's *change* is
what it rises from its first size to its last. It counts if it is at least tau and z standard errors. z is
1.96 for the line through all sizes. For lines through the first ones, and for those through the last ones, it
is Bonferroni's one-sided quantile, so that what rises and stays does not look as if it fell.

- cap-shaped: a line through the first sizes rises, one through the last sizes falls, and the second begins
  where the first ends or later; u-shaped: the mirror image.
- increasing: the line through all sizes rises, and nothing goes against it: no line through the first or the
  last sizes that may well fall by tau, no single size that is clearly below an earlier one by tau;
  decreasing: the mirror image.
- constant: no two sizes differ by tau, and 95 % limits rule out that any two differ by 2 tau.
- unresolved: everything else, including examples that would be both cap- and u-shaped.

An example of truly constant memorization gets each of the other shapes with probability 3 % at most, any of
them with 6 %, at every level, for 2 to 12 sizes and from ten models on, also where sizes that share their
subsets err in the same direction: `tests/benchmarks/trajectory_types.py` prints that, and how many models it
takes to recognize a shape.

As tau grows, fewer changes count, so each example runs through its types in a fixed order. `TypesByThreshold`
keeps where it passes from one to the next, which gives the types at any tau without looking at counts again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from backend.statistics.intervals import normal_quantile, proportion, smoothed_variance

TRAJECTORY_NAMES = ("constant", "increasing", "decreasing", "cap-shaped", "u-shaped", "unresolved")
CONSTANT, INCREASING, DECREASING, CAP, U, UNRESOLVED = range(len(TRAJECTORY_NAMES))

DEFAULT_TAU = 0.2
TAUS = tuple(step / 100 for step in range(5, 91))  # thresholds that shares are drawn over

Counts = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Types = npt.NDArray[np.int8]

PLACEBO_MODELS = 20  # in a part of them, so that a part holds each example out about six times

_ROUNDED = 12  # decimals that equal differences of scores agree in, whatever they were computed from
_Z_CHANGE = normal_quantile(0.95)
_Z_EQUAL = normal_quantile(0.90)  # all pairs have to pass, so that none needs more than its own 5 %
_DOUBT = 1.25  # standard errors by which a line through all sizes might go the other way
_HEAVIEST = 4.0  # how much more a size with many models may weigh than the one with fewest


@dataclass(frozen=True)
class TypesByThreshold:
    """The types of n trajectories as functions of the threshold tau.

    Example i has type `kinds[j, i]` for `steps[j - 1, i] < tau <= steps[j, i]`: both cap- and u-shaped, then
    one of them, then something between, then increasing or decreasing, then nothing that counts, then
    constant.
    """

    rows: npt.NDArray[np.bool_]  # (S,) the sizes at which every example has a score
    steps: Floats  # (5, n) ascending
    kinds: Types  # (6, n) indices into TRAJECTORY_NAMES
    margin: Floats  # (n,) the line through all sizes counts only from this change on; NaN below two sizes

    def at(self, tau: float) -> Types:
        """Return the (n,) types, indices into `TRAJECTORY_NAMES`."""
        passed = (self.steps < tau).sum(axis=0)
        return np.asarray(np.take_along_axis(self.kinds, passed[None], axis=0)[0])

    def counts(self, taus: Sequence[float]) -> npt.NDArray[np.int64]:
        """Return (T, types) how many examples have each type at each of T ascending thresholds."""
        width = len(taus) + 1
        begin = np.zeros(self.kinds.shape, np.int64)
        begin[1:] = np.searchsorted(np.asarray(taus), self.steps, side="right")
        # An example adds one to its type where a kind begins, and takes it away where the next one does.
        cells = self.kinds.astype(np.int64) * width + begin
        ended = self.kinds[:-1].astype(np.int64) * width + begin[1:]
        size = len(TRAJECTORY_NAMES) * width
        changes = np.bincount(cells.ravel(), minlength=size) - np.bincount(ended.ravel(), minlength=size)
        return changes.reshape(-1, width).cumsum(axis=1)[:, :-1].T

    def clearest(self, types: Types, kind: int, count: int) -> list[int]:
        """Return up to `count` examples of that kind among types (n,), the clearest cases first.

        Shapes go by the largest threshold that they would still pass, constant ones by the smallest.
        Unresolved ones go by how much they could have changed, which is what more models would tell.
        """
        chosen = np.flatnonzero(types == kind)
        step = {CAP: 1, U: 1, INCREASING: 3, DECREASING: 3}.get(kind, 4)
        clear = self.steps[step, chosen] * (-1 if kind == CONSTANT else 1)
        return [int(i) for i in chosen[np.argsort(-clear, kind="stable")[:count]]]


def types_by_threshold(n_in: Counts, k_in: Counts, n_out: Counts, k_out: Counts) -> TypesByThreshold:
    """Type n trajectories by (S, n) counts at S sizes in ascending order.

    Sizes at which some example has no model with it, or none without it, are left out; with fewer than two
    sizes left, everything is unresolved at any threshold.
    """
    rows = np.asarray((n_in > 0).all(axis=1) & (n_out > 0).all(axis=1))
    n_in, k_in, n_out, k_out = (counts[rows] for counts in (n_in, k_in, n_out, k_out))
    sizes, n = n_in.shape
    kinds = np.full((6, n), UNRESOLVED, np.int8)
    if sizes < 2:
        return TypesByThreshold(rows, np.zeros((5, n)), kinds, np.full(n, np.nan))
    score = proportion(k_in, n_in) - proportion(k_out, n_out)
    variance = _variance(k_in, n_in) + _variance(k_out, n_out)

    contrasts = _lines(np.asarray(1 / (1 / n_in + 1 / n_out).mean(axis=1)))
    lines = np.round(contrasts @ score, _ROUNDED)  # (2S - 3, n)
    errors = np.sqrt(contrasts**2 @ variance)
    change, margin = lines[-1], _Z_CHANGE * errors[-1]
    size = np.where(np.abs(change) >= margin, np.abs(change), 0)
    z_bend = max(_Z_CHANGE, normal_quantile(1 - 0.1 / max(sizes - 2, 1)))
    cap, dip = _bends(np.where(np.abs(lines) >= z_bend * errors, lines, 0)[:-1])

    direction = np.where(change > 0, 1, -1)
    lengths = np.array([*range(2, sizes), *range(sizes - 1, 1, -1)])
    doubt = _DOUBT / sizes * lengths[:, None]  # few sizes have less to say against all of them
    against = (doubt * errors[:-1] - direction * lines[:-1]).max(axis=0, initial=0)
    constant = np.zeros(n)  # the largest tau at which it is not constant yet
    z_pair = normal_quantile(1 - 0.05 / (sizes * (sizes - 1) / 2))
    for a, b in combinations(range(sizes), 2):
        step, error = np.round(score[b] - score[a], _ROUNDED), np.sqrt(variance[a] + variance[b])
        constant = np.maximum(constant, np.maximum(np.abs(step), (np.abs(step) + _Z_EQUAL * error) / 2))
        back = -direction * step
        against = np.maximum(against, np.where(back >= z_pair * error, back, 0))

    kinds[1] = np.where(cap > dip, CAP, U)
    kinds[3] = np.where(change > 0, INCREASING, DECREASING)
    kinds[5] = CONSTANT
    steps = np.stack([np.minimum(cap, dip), np.maximum(cap, dip), np.minimum(against, size), size, constant])
    return TypesByThreshold(rows, np.maximum.accumulate(steps, axis=0), kinds, margin)


def _lines(models: Floats) -> Floats:
    """Return contrasts (2S - 3, S) of scores whose values are the changes of lines fitted by least squares.

    First come the lines through the first 2 to S - 1 sizes, then those through the last 2 to S - 1, the
    longest first, at last the one through all. Sizes weigh by their number of models (S,): weights by what
    was counted would lean toward scores near 0 and 1, whose errors look small. They differ by a factor of
    `_HEAVIEST` at most, so that a few sizes with many models do not speak for all.
    """
    sizes = len(models)
    weights = np.minimum(models, _HEAVIEST * models.min())
    first = [range(stop) for stop in range(2, sizes)]
    last = [range(start, sizes) for start in range(1, sizes - 1)]
    contrasts = np.zeros((2 * sizes - 3, sizes))
    for row, through in zip(contrasts, [*first, *last, range(sizes)], strict=True):
        places, weight = np.array(through, np.float64), weights[through]
        from_mean = places - np.average(places, weights=weight)
        row[through] = (through[-1] - through[0]) * weight * from_mean / (weight @ from_mean**2)
    return contrasts


def _bends(counted: Floats) -> tuple[Floats, Floats]:
    """Return the largest taus (n,) up to which examples are cap-shaped, and u-shaped; 0 for never.

    `counted` are the changes (2S - 4, n) of the lines through the first and through the last sizes, as in
    `_lines`, 0 where they do not count.
    """
    first, last = np.split(counted, 2)
    found = []
    for sign in (1, -1):
        before = np.maximum.accumulate(sign * first, axis=0)  # up to this size
        after = np.maximum.accumulate(-sign * last[::-1], axis=0)[::-1]  # from this size on
        found.append(np.minimum(before, after).max(axis=0, initial=0))
    return found[0], found[1]


def _variance(k: Counts, n: Counts) -> Floats:
    """Return the smoothed variance of k / n, scaled back from n + 2 to n trials.

    Smoothing shrinks a proportion by n / (n + 2); scores are not shrunk, so their error has to grow instead.
    With six models per side, noise would else be called a change three times as often as it should be.
    """
    return np.asarray(smoothed_variance(k, n) * ((n + 2) / n) ** 2)


def classify(n_in: Counts, k_in: Counts, n_out: Counts, k_out: Counts, tau: float = DEFAULT_TAU) -> Types:
    """Return (n,) indices into `TRAJECTORY_NAMES` from (S, n) counts, as `types_by_threshold` types them."""
    return types_by_threshold(n_in, k_in, n_out, k_out).at(tau)


def placebo_parts(sizes: int, models: int) -> int:
    """Return into how many parts to cut the models of one size, of `sizes`, for a placebo."""
    return max(2, min(sizes, models // PLACEBO_MODELS))


def placebo(parts: Counts) -> Floats | None:
    """Return (T, types) shares at `TAUS` that noise alone gives, from parts of one size's models.

    `parts` are the counts n_in, k_in, n_out, k_out of each part, (P, 4, n), typed as if the parts were P
    sizes: whatever changes from part to part is noise. Two points cannot bend, so two parts leave cap- and
    u-shaped NaN; and a part has wider intervals than all models. None where a part lacks models with or
    without some example.
    """
    n_in, k_in, n_out, k_out = parts.swapaxes(0, 1)
    typed = types_by_threshold(n_in, k_in, n_out, k_out)
    if not typed.rows.all():
        return None
    shares = typed.counts(TAUS) / len(typed.margin)
    if len(parts) == 2:
        shares[:, [CAP, U]] = np.nan
    return np.asarray(shares)
