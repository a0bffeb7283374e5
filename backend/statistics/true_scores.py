"""How true memorization is distributed over examples, behind scores that few models make noisy.

Noise moves scores over any limit: of examples whose true score is 0.15, a third are seen below 0.1 with 50
models, and with ten models hardly any score between the ends is possible at all. So shares of examples
between two limits are not counted but estimated: the most likely distribution of true scores, given every
example's counts, without assuming a form (Kiefer & Wolfowitz, Annals of Mathematical Statistics 27, 1956).
Limits are those of the likelihood ratio: a share is in the interval if the best distribution that has it is
not much less likely than the best of all. Few models or examples leave wide intervals.

The likelihood is maximized over weights of a grid by sequential quadratic programs without a constraint on
their sum, as by Kim, Carbonetto, Stephens & Anitescu (Journal of Computational and Graphical Statistics 29,
2020); each is a problem of non-negative least squares.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq, nnls
from scipy.special import betainc, betaln

from backend.statistics.intervals import normal_quantile

Counts = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]

_STEPS = 40
_BELOW = 8  # of them below 0
# True scores, four to a tenth, so that limits between tenths lie half-way between two of them; 0 and 1 are
# frequent, and some are below 0 where holding an example out does not matter.
GRID = np.concatenate([(np.arange(-_BELOW, _STEPS) + 0.5) / _STEPS, [0, 1]])
_ROUNDS = 100
_CONVERGED = 1e-9  # of the mean log likelihood
_HALVINGS = 30
_RIDGE = 1e-10
_STRONG = 1e3  # how much a likelihood favors something at most
_PRECISE = 1e-9
_LEAST = 1e-80  # likelihoods that are not told apart from 0
_RARE = 1e-3  # share of examples that may have any accuracy with the example, whatever others have


@dataclass(frozen=True)
class Estimate:
    """A share or a difference of shares, with its interval."""

    value: float
    low: float
    high: float


class TrueScores:
    """The distribution of true memorization of n examples, by their counts (n,) at one size."""

    def __init__(self, n_in: Counts, k_in: Counts, n_out: Counts, k_out: Counts) -> None:
        cells, counts = np.unique(np.stack([n_in, k_in, n_out, k_out]), axis=1, return_counts=True)
        self.examples = len(n_in)
        self._share = counts / counts.sum()
        self._likelihood = _likelihood(cells, self._share)
        self.shares, self._best = _most_likely(self._likelihood, self._share)  # (G,) of scores in `GRID`

    def estimate(self, of: Floats, confidence: float = 0.95) -> Estimate:
        """Return the sum of `of` (G,) over the distribution: a share where it is 1 or 0.

        The best distributions with a larger or smaller sum are those of a likelihood that favors it.
        """
        limit = normal_quantile(confidence) ** 2 / 2 / self.examples

        def loss(favor: float) -> float:
            return self._best - _most_likely(self._likelihood, self._share, 1 - favor * of)[1] - limit

        def farthest(end: float) -> float:
            favor = end if loss(end) < 0 else float(brentq(loss, 0, end, xtol=_PRECISE, rtol=1e-3))
            return float(of @ _most_likely(self._likelihood, self._share, 1 - favor * of)[0])

        strongest = 1 - 1e-6
        low = farthest(-strongest / max(-float(of.min()), _PRECISE)) if of.min() < 0 else farthest(-_STRONG)
        high = farthest(strongest / float(of.max()))
        return Estimate(float(of @ self.shares), low, high)


def _likelihood(cells: Counts, share: Floats) -> Floats:
    """Return how likely each cell of counts (4, cells) is at each true score, (cells, G), up to a factor.

    An accuracy lies anywhere within a step, however well many models know it. Those with the example are
    distributed as their own counts make it most likely, at every true score.
    """
    n_in, k_in, n_out, k_out = cells
    inside, *_ = _of_accuracy(k_in, n_in, np.clip((np.arange(_STEPS + 2) - 0.5) / _STEPS, 0, 1))
    inside = np.maximum(inside, _LEAST)
    chances = (1 - _RARE) * _most_likely(inside, share)[0] + _RARE / inside.shape[1]
    outside, never, always = _of_accuracy(k_out, n_out, np.arange(_STEPS + 1) / _STEPS)
    likelihood = np.zeros((cells.shape[1], len(GRID)))
    for right, chance in enumerate(chances):  # with the example, in steps
        wrong = np.arange(max(0, right + _BELOW - _STEPS), min(len(GRID) - 2, right + _BELOW))
        likelihood[:, wrong] += chance * inside[:, right, None] * outside[:, right + _BELOW - 1 - wrong]
    for column, found in ((-2, always), (-1, never)):
        likelihood[:, column] = chances[-1] * inside[:, -1] * found
    return np.asarray(np.maximum(likelihood / likelihood.max(axis=1, keepdims=True), _LEAST))


def _of_accuracy(k: Counts, n: Counts, edges: Floats) -> tuple[Floats, Floats, Floats]:
    """Return how likely k of n (cells,) are for an accuracy between two edges, for one of 0, and of 1.

    They are (cells, edges - 1), (cells,) and (cells,), and all up to the same factor of a cell.
    """
    below = betainc(k[:, None] + 1.0, (n - k)[:, None] + 1.0, edges)
    with np.errstate(divide="ignore"):
        logs = np.log(np.diff(below) / np.diff(edges)) + betaln(k + 1.0, n - k + 1.0)[:, None]
    most = np.where((k == 0) | (k == n), 0, logs.max(axis=1))
    return np.exp(logs - most[:, None]), np.where(k == 0, 1.0, 0.0), np.where(k == n, 1.0, 0.0)


def _most_likely(matrix: Floats, share: Floats, price: Floats | None = None) -> tuple[Floats, float]:
    """Return the most likely weights (columns,), which add up to 1, and their mean log likelihood.

    `matrix` (cells, columns) is the likelihood of each cell, `share` (cells,) how much of all it holds. A
    `price` (columns,) above or below 1 makes weights smaller or larger than they would be.
    """
    root = np.sqrt(share)
    cost = np.ones(matrix.shape[1]) if price is None else price
    weights = 1 / (len(cost) * cost)
    now = _log_likelihood(matrix, share, weights) - cost @ weights
    for _ in range(_ROUNDS):
        scaled = matrix * (root / np.maximum(matrix @ weights, _LEAST))[:, None]
        curvature, slope = scaled.T @ scaled, scaled.T @ root
        curvature[np.diag_indices_from(curvature)] += _RIDGE * np.trace(curvature)
        upper = np.linalg.cholesky(curvature).T
        step = nnls(upper, np.linalg.solve(upper.T, 2 * slope - cost))[0] - weights
        gain = float((slope - cost) @ step)
        if gain < _CONVERGED:
            break
        for halvings in range(_HALVINGS):
            tried = weights + step / 2**halvings
            new = _log_likelihood(matrix, share, tried) - cost @ tried
            if new > now + gain / 2**halvings * 1e-4:
                break
        else:
            break
        weights, now = tried, new
    weights = weights / weights.sum()
    return weights, _log_likelihood(matrix, share, weights)


def _log_likelihood(matrix: Floats, share: Floats, weights: Floats) -> float:
    return float(share @ np.log(np.maximum(matrix @ weights, _LEAST)))
