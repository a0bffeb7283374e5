"""Types an example's trajectory, its memorization over model size.

This rule is ours: Lukasik et al. 2023 name constant, increasing, decreasing and cap-shaped trajectories, but
their rule is not available. It calls only what the intervals support:

- A *change* from one size to a larger one counts if it is at least tau and at least z standard errors. z is
  the Bonferroni quantile over all pairs of sizes, so that estimation noise alone gives an example of truly
  constant memorization any change at all with probability 5 % at most (up to 6 % where two sizes and few
  models leave the normal approximation nothing to spare).
- cap-shaped: rises to some inner size and falls from it to the last; u-shaped: the mirror image.
- increasing, decreasing: changes from the first size to the last, and is neither of the above.
- constant: no two sizes differ by tau, and z standard errors rule out that any two differ by 2 tau.
- unresolved: everything else, including examples that would be both cap- and u-shaped.

Standard errors treat sizes as independent. With subsets shared by all sizes their errors are positively
correlated, which makes the rule err on the side of unresolved.

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

_ROUNDED = 12  # decimals that equal differences of scores agree in, whatever they were computed from


@dataclass(frozen=True)
class TypesByThreshold:
    """The types of n trajectories as functions of the threshold tau.

    Example i has type `kinds[j, i]` for `steps[j - 1, i] < tau <= steps[j, i]`: both cap- and u-shaped, then
    one of them, then increasing or decreasing, then nothing that counts, then constant.
    """

    rows: npt.NDArray[np.bool_]  # (S,) the sizes at which every example has a score
    steps: Floats  # (4, n) ascending
    kinds: Types  # (5, n) indices into TRAJECTORY_NAMES
    margin: Floats  # (n,) a change from first to last size counts only from here on; NaN below two sizes

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
        step = {CAP: 1, U: 1, INCREASING: 2, DECREASING: 2}.get(kind, 3)
        clear = self.steps[step, chosen] * (-1 if kind == CONSTANT else 1)
        return [int(i) for i in chosen[np.argsort(-clear, kind="stable")[:count]]]


def types_by_threshold(
    n_in: Counts, k_in: Counts, n_out: Counts, k_out: Counts, confidence: float = 0.95
) -> TypesByThreshold:
    """Type n trajectories by (S, n) counts at S sizes in ascending order.

    Sizes at which some example has no model with it, or none without it, are left out; with fewer than two
    sizes left, everything is unresolved at any threshold.
    """
    rows = np.asarray((n_in > 0).all(axis=1) & (n_out > 0).all(axis=1))
    n_in, k_in, n_out, k_out = (counts[rows] for counts in (n_in, k_in, n_out, k_out))
    sizes, n = n_in.shape
    kinds = np.full((5, n), UNRESOLVED, np.int8)
    if sizes < 2:
        return TypesByThreshold(rows, np.zeros((4, n)), kinds, np.full(n, np.nan))
    last = sizes - 1
    score = proportion(k_in, n_in) - proportion(k_out, n_out)
    variance = _variance(k_in, n_in) + _variance(k_out, n_out)
    pairs = list(combinations(range(sizes), 2))
    z = normal_quantile(1 - (1 - confidence) / len(pairs))

    from_first, to_last = np.zeros((2, sizes, n))  # changes that count if tau is no larger, else 0
    constant = np.zeros(n)  # the largest tau at which it is not constant yet
    for a, b in pairs:
        difference = np.round(score[b] - score[a], _ROUNDED)
        size, margin = np.abs(difference), z * np.sqrt(variance[a] + variance[b])
        constant = np.maximum(constant, np.maximum(size, (size + margin) / 2))
        if a == 0:
            from_first[b] = np.where(size >= margin, difference, 0)
        if b == last:
            to_last[a] = np.where(size >= margin, difference, 0)

    change = from_first[last]
    cap = np.minimum(from_first, -to_last).max(axis=0)
    dip = np.minimum(-from_first, to_last).max(axis=0)
    steps = np.stack([np.minimum(cap, dip), np.maximum(cap, dip), np.abs(change), constant])
    kinds[1] = np.where(cap > dip, CAP, U)
    kinds[2] = np.where(change > 0, INCREASING, DECREASING)
    kinds[4] = CONSTANT
    margin = z * np.sqrt(variance[0] + variance[last])
    return TypesByThreshold(rows, np.maximum.accumulate(steps, axis=0), kinds, margin)


def _variance(k: Counts, n: Counts) -> Floats:
    """Return the smoothed variance of k / n, scaled back from n + 2 to n trials.

    Smoothing shrinks a proportion by n / (n + 2); scores are not shrunk, so their error has to grow instead.
    With six models per side, noise would else be called a change three times as often as it should be.
    """
    return np.asarray(smoothed_variance(k, n) * ((n + 2) / n) ** 2)


def classify(
    n_in: Counts,
    k_in: Counts,
    n_out: Counts,
    k_out: Counts,
    tau: float = DEFAULT_TAU,
    confidence: float = 0.95,
) -> Types:
    """Return (n,) indices into `TRAJECTORY_NAMES` from (S, n) counts, as `types_by_threshold` types them."""
    return types_by_threshold(n_in, k_in, n_out, k_out, confidence).at(tau)


def placebo(first: Counts, second: Counts, sizes: int) -> Floats | None:
    """Return (T, types) shares at `TAUS` that noise alone gives, from two halves of one size's models.

    `first` and `second` are each half's (4, n) counts n_in, k_in, n_out, k_out, typed as if the halves were
    two of `sizes` sizes: whatever changes from one half to the other is noise. Two points cannot bend, so
    there is no placebo for cap- and u-shaped; and half the models leave wider intervals than all of them.
    None where a half lacks models with or without some example.
    """
    of_one_pair = 1 - 0.05 / max(sizes * (sizes - 1) // 2, 1)  # the confidence that it has among all pairs
    n_in, k_in, n_out, k_out = np.stack([first, second], axis=1)
    typed = types_by_threshold(n_in, k_in, n_out, k_out, of_one_pair)
    return typed.counts(TAUS) / len(typed.margin) if typed.rows.all() else None
