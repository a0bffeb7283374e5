"""How well two scores agree about the order of examples."""

import numpy as np
import numpy.typing as npt

from backend.statistics.intervals import normal_quantile
from backend.statistics.ranking import Estimate

Floats = npt.NDArray[np.float64]

MIN_EXAMPLES = 4  # Fisher's z has a variance of about 1 / (n - 3)


def _ranks(values: Floats) -> Floats:
    """Return ranks from 1, equal values taking their mean rank."""
    from scipy.stats import rankdata  # noqa: PLC0415 - half a second, which only these few pages need

    return np.asarray(rankdata(values), np.float64)


def relative_ranks(values: Floats) -> Floats:
    """Return the share of the (n,) values that each one exceeds, equal ones and itself counting half."""
    return (_ranks(values) - 0.5) / len(values)


def spearman(x: Floats, y: Floats, confidence: float = 0.95, taken: int = 0) -> Estimate:
    """Return Spearman's rank correlation of (n,) finite pairs, ties taking their mean rank.

    The interval is symmetric in Fisher's z, with the standard error sqrt((1 + r^2 / 2) / (n - 3)) of Bonett &
    Wright (Psychometrika 65, 2000), which holds for correlations up to about 0.95. It covers the choice
    of examples, not of models. `taken`: how many quantities, such as means of groups less one, were fitted to
    the values and taken out before; each costs a pair. At least 4 pairs beyond those are needed, and values
    that differ; ValueError otherwise.
    """
    n = len(x) - taken
    if n < MIN_EXAMPLES:
        raise ValueError(f"at least {MIN_EXAMPLES} examples are needed, got {n}")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("scores must be finite")
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        raise ValueError("scores must differ")
    value = round(float(np.corrcoef(_ranks(x), _ranks(y))[0, 1]), 12)  # equal orders agree exactly
    return estimate(value, n, confidence)


def estimate(value: float, n: int, confidence: float = 0.95) -> Estimate:
    """Return a rank correlation of n pairs, at least 4, with the interval that `spearman` gives it."""
    if abs(value) == 1:
        return Estimate(value, value, value)
    half = normal_quantile(confidence) * np.sqrt((1 + value**2 / 2) / (n - 3))
    low, high = np.tanh(np.arctanh(value) + np.array([-half, half]))
    return Estimate(value, float(low), float(high))
