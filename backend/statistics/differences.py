"""Differences between two memorization scores of the same example, and which of many count as real.

A score is a difference of two proportions, so its change from a to b is a difference of differences.

Both the interval and the test take the errors of a and b as independent. Model sizes of one experiment share
their subsets, which makes errors positively correlated: intervals are then wider than they need be, and fewer
examples count as moved.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from backend.statistics.intervals import proportion, smoothed_variance

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_HALVINGS = 20  # of a z-score of at most some tens: to four decimals


@dataclass(frozen=True)
class Counts:
    """What is known of n examples, (n,) each: models with the example and, of these, those right about it.

    The same for models without it. All four kinds of counts are floats, the numbers of models above 0.
    """

    n_in: Floats
    k_in: Floats
    n_out: Floats
    k_out: Floats

    @property
    def score(self) -> Floats:
        """(n,) memorization."""
        return proportion(self.k_in, self.n_in) - proportion(self.k_out, self.n_out)


@dataclass(frozen=True)
class Bounded:
    """Estimates (n,) and their intervals."""

    value: Floats
    low: Floats
    high: Floats


def difference(a: Bounded, b: Bounded) -> Bounded:
    """Return b - a with an interval of the same confidence, by square-and-add.

    Newcombe (Statistics in Medicine 20, 2001) makes the interval of a difference of differences between
    proportions so; Zou & Donner (Statistics in Medicine 27, 2008) say why it keeps its coverage: each limit
    takes the variance that its own side suggests.
    """
    value = b.value - a.value
    low = value - np.hypot(b.value - b.low, a.high - a.value)
    high = value + np.hypot(b.high - b.value, a.value - a.low)
    return Bounded(value, low, high)


def p_values(a: Counts, b: Counts) -> Floats:
    """Return (n,) two-sided p-values of "the score is the same in a and b".

    With one example among 60,000 to be called, the test is asked about levels of one in a million, where the
    usual ones fail: an estimated variance is much too small just where the estimate is extreme. So two tests
    must agree, and the larger p-value is returned. One takes for either proportion the larger of the variance
    that a and b have together, which is right if nothing changed, and of their smoothed own. The other asks
    at which confidence the interval of `difference` would begin to contain 0. Their exact level under no
    change is tested, also with few models and with many more in b than in a.
    """
    change = b.score - a.score
    squared = change**2
    variance = _variance(a.k_in, a.n_in, b.k_in, b.n_in) + _variance(a.k_out, a.n_out, b.k_out, b.n_out)
    z = np.abs(change) / np.sqrt(variance)
    upward = change > 0
    # Towards no change, b's score comes down: right answers of models with the example get fewer, and so on.
    parts = [
        (proportion(b.k_in, b.n_in), b.n_in, ~upward),
        (proportion(b.k_out, b.n_out), b.n_out, upward),
        (proportion(a.k_in, a.n_in), a.n_in, upward),
        (proportion(a.k_out, a.n_out), a.n_out, ~upward),
    ]
    beyond = np.flatnonzero((change != 0) & (_reach(parts, z) > squared))
    if len(beyond):
        chosen = [(p[beyond], n[beyond], up[beyond]) for p, n, up in parts]
        low, high = np.zeros(len(beyond)), z[beyond]
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            reached = _reach(chosen, middle) > squared[beyond]
            high = np.where(reached, middle, high)
            low = np.where(reached, low, middle)
        z[beyond] = low
    return np.asarray(2 * ndtr(-z))


def _variance(k_a: Floats, n_a: Floats, k_b: Floats, n_b: Floats) -> Floats:
    """Return the variance of the difference of two proportions, rather too large than too small."""
    p = (k_a + k_b + 1) / (n_a + n_b + 2)
    together = p * (1 - p) * (1 / n_a + 1 / n_b)
    return np.maximum(together, smoothed_variance(k_a, n_a) + smoothed_variance(k_b, n_b))


def _reach(parts: list[tuple[Floats, Floats, Mask]], z: Floats) -> Floats:
    """Return the squared distance from proportions to their Wilson limits on the side asked for, added up.

    Each part is a proportion, its number of trials and whether its upper limit is meant; z is the normal
    quantile that the limits belong to.
    """
    z2 = z**2
    total = np.zeros_like(z)
    for p, n, up in parts:
        shift = z2 * (0.5 - p) / (n + z2)
        spread = z * np.sqrt(p * (1 - p) * n + z2 / 4) / (n + z2)
        total += (spread + np.where(up, shift, -shift)) ** 2
    return total


def q_values(p: Floats) -> Floats:
    """Return the (n,) smallest false-discovery rates at which each hypothesis is rejected.

    Rejecting those of at most q keeps the expected share of false ones among them at or below q (Benjamini &
    Hochberg, Journal of the Royal Statistical Society B 57, 1995), if errors of different hypotheses are
    independent or positively dependent.
    """
    n = len(p)
    order = np.argsort(p)[::-1]
    scaled = p[order] * n / np.arange(n, 0, -1)
    q = np.empty(n)
    q[order] = np.minimum(np.minimum.accumulate(scaled), 1)
    return q
