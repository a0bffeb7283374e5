"""The network of Theorem 1 of Zhang et al. (ICLR 2017), which fits any labels of n different examples.

c(x) = sum_j w_j max(<a, x> - b_j, 0) has n weights w, n thresholds b and a direction a in R^d: 2 n + d. The
direction puts the examples in an order z_1 < ... < z_n, a threshold lies before each, and then A w = y with
A_ij = max(z_i - b_j, 0) lower triangular.

The theorem leaves open where in a gap the threshold lies: at z_{j-1} + position (z_j - z_{j-1}). It matters
for arithmetic: an error in the slope after one example comes back after the next one times
-position / (1 - position). Up to a half it dies out, at a half it stays and adds up, and beyond it grows
exponentially in n, as the weights do.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backend.theory.repeats import first_equal

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Report = Callable[[float], None]

POINTS = 200  # examples whose matrix is decomposed: at a position, a fraction of a second
DENSE = 5000  # examples whose outputs are checked as a network computes them; of more, fewer
AT_ONCE = 1_000_000  # outputs of single units


@dataclass(frozen=True)
class Network:
    """A direction a (d,), thresholds b (n,), weights w (n,), and what they were made to fit.

    `fitted` (n,) are the examples' indices in the order of their projections z (n,), with labels y (n,).
    Of `repeats` other examples an equal one comes earlier; `contradictions` of these have another label,
    which no function can fit.
    """

    direction: Floats
    thresholds: Floats
    weights: Floats
    fitted: Indices
    z: Floats
    y: Floats
    repeats: int
    contradictions: int

    @property
    def parameters(self) -> int:
        """2 n + d."""
        return len(self.weights) + len(self.thresholds) + len(self.direction)

    @property
    def diagonal(self) -> Floats:
        """(n,) z_i - b_i, the eigenvalues of A (Lemma 1)."""
        return self.z - self.thresholds

    def __call__(self, x: Floats) -> Floats:
        """Return the outputs (m,) for x (m, d), see `outputs`."""
        return outputs(x @ self.direction, self.thresholds, self.weights)


@dataclass(frozen=True)
class Conditioning:
    """What each position (p,) of the thresholds in their gaps does to the network.

    `fit_error` is that of the forward pass, `largest_weight` max |w|, both infinite where weights overflow;
    `smallest_diagonal` is min (z_i - b_i). `condition` is the ratio of the extreme singular values of the
    matrix A that a network for `points` evenly spaced examples alone would have: all n are too many for it.
    """

    positions: Floats
    fit_error: Floats
    largest_weight: Floats
    smallest_diagonal: Floats
    condition: Floats
    points: int


def build(x: Floats, y: Floats, direction: Floats, position: float) -> Network:
    """Return the network that fits y (n,) on x (n, d), in O(n d + n log n).

    Equal examples are fitted once, with the first one's label: the theorem speaks of different ones.
    ValueError if different ones have the same projection, which a random direction makes next to impossible,
    if fewer than two differ, or if the weights overflow.
    """
    first = first_equal(x)
    kept = np.flatnonzero(first == np.arange(len(x)))
    if len(kept) < 2:
        raise ValueError("at least two different examples are needed")
    projections = x @ direction
    fitted = kept[np.argsort(projections[kept], kind="stable")]
    z, labels = projections[fitted], np.asarray(y[fitted], np.float64)
    thresholds = _thresholds(z, position)
    if not (z > thresholds).all():
        raise ValueError("different examples have the same projection: take another direction")
    weights = _weights(z, labels, thresholds)
    if not np.isfinite(weights).all():
        raise ValueError(f"at position {position:g} the weights of {len(z)} examples overflow")
    return Network(
        direction=np.asarray(direction, np.float64),
        thresholds=thresholds,
        weights=weights,
        fitted=fitted,
        z=z,
        y=labels,
        repeats=len(x) - len(kept),
        contradictions=int((y != y[first]).sum()),
    )


def outputs(z: Floats, thresholds: Floats, weights: Floats) -> Floats:
    """Return the outputs (m,) at projections z (m,), in any order, in O((m + n) log n).

    The sum over the thresholds below z, regrouped: z sum_j w_j - sum_j w_j b_j. Against exact rational
    arithmetic this is some 20 to 100 times as precise as adding up the network's terms (`forward_pass`).
    """
    center = thresholds.mean()  # of smaller numbers less is lost
    slopes = np.concatenate([[0.0], np.cumsum(weights)])
    offsets = np.concatenate([[0.0], np.cumsum(weights * (thresholds - center))])
    below = np.searchsorted(thresholds, z)
    return np.asarray((z - center) * slopes[below] - offsets[below])


def forward_pass(z: Floats, thresholds: Floats, weights: Floats) -> Floats:
    """Return the outputs (m,) at projections z (m,) as a network computes them: every unit, then their sum.

    In O(m n). The terms are as large as the largest weight times the range of z and nearly cancel, so it is
    here that bad positions of the thresholds show.
    """
    out = np.empty(len(z))
    rows = max(AT_ONCE // len(thresholds), 1)
    for start in range(0, len(z), rows):
        units = z[start : start + rows, None] - thresholds
        out[start : start + rows] = np.maximum(units, 0, out=units) @ weights
    return out


def fit_error(z: Floats, y: Floats, thresholds: Floats, weights: Floats) -> float:
    """Return max |c(x_i) - y_i| of the forward pass over sorted examples, infinite if it overflows.

    Over all of up to 5,000 examples; of n more, over 5,000^2 / n evenly chosen ones, within a second.
    """
    at = _evenly(len(z), DENSE if len(z) <= DENSE else DENSE**2 // len(z))
    with np.errstate(over="ignore", invalid="ignore"):
        error = float(np.abs(forward_pass(z[at], thresholds, weights) - y[at]).max())
    return error if np.isfinite(error) else np.inf


def triangular(network: Network, most: int) -> Floats:
    """Return A (k, k) for k = min(n, most) evenly chosen examples and their thresholds."""
    at = _evenly(len(network.z), most)
    return np.maximum(network.z[at, None] - network.thresholds[at], 0)


def conditioning(z: Floats, y: Floats, positions: Floats, progress: Report) -> Conditioning:
    """Return what each position (p,) does to the network for sorted projections z (n,), y (n,)."""
    at = _evenly(len(z), POINTS)
    columns = np.empty((4, len(positions)))
    for k, position in enumerate(positions):
        thresholds = _thresholds(z, position)
        weights = _weights(z, y, thresholds)
        matrix = np.maximum(z[at, None] - _thresholds(z[at], position), 0)
        columns[:, k] = (
            fit_error(z, y, thresholds, weights),
            np.abs(weights).max() if np.isfinite(weights).all() else np.inf,
            (z - thresholds).min(),
            np.linalg.cond(matrix),
        )
        progress((k + 1) / len(positions))
    fit_errors, largest_weights, smallest_diagonals, conditions = columns
    return Conditioning(
        positions=positions,
        fit_error=fit_errors,
        largest_weight=largest_weights,
        smallest_diagonal=smallest_diagonals,
        condition=conditions,
        points=len(at),
    )


def _evenly(n: int, most: int) -> Indices:
    """Return at most `most` indices of n, evenly spaced, the first and the last among them."""
    return np.unique(np.linspace(0, n - 1, min(n, most)).round().astype(np.int64))


def _thresholds(z: Floats, position: float) -> Floats:
    """Return b (n,) for sorted z (n,); the first lies before z_1 as in a gap of average width."""
    gaps = np.diff(z)
    return np.concatenate([[z[0] - (1 - position) * gaps.mean()], z[:-1] + position * gaps])


def _weights(z: Floats, y: Floats, thresholds: Floats) -> Floats:
    """Solve A w = y for sorted z (n,) by going from one example to the next.

    The slope so far leads to the next threshold, and the weight makes up for what is then missing at the
    example. Slopes are added up from weights as rounded, so later weights correct what earlier ones lost, and
    gaps are those that rounding left. Python's floats overflow to infinity without a word.
    """
    before = np.concatenate([[0.0], thresholds[1:] - z[:-1]]).tolist()
    after = (z - thresholds).tolist()
    weights = np.empty(len(z))
    value = slope = 0.0
    for j, (label, ahead, behind) in enumerate(zip(y.tolist(), before, after, strict=True)):
        weight = (label - value - slope * ahead) / behind - slope
        weights[j] = weight
        slope += weight
        value = label
    return weights
