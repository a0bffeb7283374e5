"""Intervals for a memorization score, the difference of two proportions, and the verdict they allow.

Scores pile up at 0 and 1, where one of the proportions is near its limit and the Wald interval fails.
Newcombe's hybrid score interval (Statistics in Medicine 17, 1998, method 10) keeps its coverage there.
"""

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv, ndtri, stdtrit

Floats = npt.NDArray[np.float64]
VERDICT_NAMES = ("memorized", "not_memorized", "undecided")
THRESHOLD = 0.25  # memorized from here on: Feldman & Zhang 2020, section 3


def normal_quantile(confidence: float) -> float:
    """Return z such that a standard normal lies within [-z, z] with that probability."""
    return float(ndtri((1 + confidence) / 2))


def proportion(k: npt.ArrayLike, n: npt.ArrayLike) -> Floats:
    """Return k / n elementwise, NaN where n is 0."""
    successes, trials = np.broadcast_arrays(np.asarray(k, np.float64), np.asarray(n, np.float64))
    ratio: Floats = np.divide(successes, trials, out=np.full(trials.shape, np.nan), where=trials > 0)
    return ratio


def wilson(k: npt.ArrayLike, n: npt.ArrayLike, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Return the Wilson score interval of a proportion, elementwise; NaN where n is 0."""
    z2 = normal_quantile(confidence) ** 2
    trials = np.asarray(n, np.float64)
    p = proportion(k, trials)
    center = (p * trials + z2 / 2) / (trials + z2)
    spread = np.sqrt(z2 * (p * (1 - p) * trials + z2 / 4)) / (trials + z2)
    # At k = 0 and k = n a limit equals p; rounding must not push it to the wrong side.
    return np.clip(center - spread, 0, p), np.clip(center + spread, p, 1)


def jeffreys(k: npt.ArrayLike, n: npt.ArrayLike, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Return Jeffreys' interval of a proportion, elementwise, which ends at 0 for k = 0 and at 1 for k = n.

    Brown, Cai & DasGupta, Statistical Science 16, 2001, section 3.1.1; from 0 to 1 where n is 0.
    """
    found, trials = np.asarray(k, np.float64), np.asarray(n, np.float64)
    tail = (1 - confidence) / 2
    low = np.where(found > 0, betaincinv(found + 0.5, trials - found + 0.5, tail), 0.0)
    high = np.where(found < trials, betaincinv(found + 0.5, trials - found + 0.5, 1 - tail), 1.0)
    return low, high


def newcombe(
    k_in: npt.ArrayLike,
    n_in: npt.ArrayLike,
    k_out: npt.ArrayLike,
    n_out: npt.ArrayLike,
    confidence: float = 0.95,
) -> tuple[Floats, Floats]:
    """Return Newcombe's interval of k_in/n_in - k_out/n_out, elementwise; NaN where an n is 0."""
    p_in, p_out = proportion(k_in, n_in), proportion(k_out, n_out)
    low_in, high_in = wilson(k_in, n_in, confidence)
    low_out, high_out = wilson(k_out, n_out, confidence)
    return difference_interval(p_in, low_in, high_in, p_out, low_out, high_out)


def difference_interval(
    p: Floats, p_low: Floats, p_high: Floats, q: Floats, q_low: Floats, q_high: Floats
) -> tuple[Floats, Floats]:
    """Return the interval of p - q by those of both, elementwise (Newcombe 1998, Zou & Donner 2008)."""
    low = p - q - np.hypot(p - p_low, q_high - q)
    high = p - q + np.hypot(p_high - p, q - q_low)
    return low, high


def t_interval(values: npt.ArrayLike, confidence: float = 0.95) -> tuple[float, float]:
    """Return Student's interval of the mean of independent values (n,); infinite limits where n is 1."""
    found = np.asarray(values, np.float64)
    if len(found) < 2:
        return -np.inf, np.inf
    half = stdtrit(len(found) - 1, (1 + confidence) / 2) * found.std(ddof=1) / np.sqrt(len(found))
    return float(found.mean() - half), float(found.mean() + half)


def smoothed_variance(k: npt.ArrayLike, n: npt.ArrayLike) -> Floats:
    """Return the variance of k / n with one success and one failure added (Agresti & Caffo 2000).

    Without them a proportion seen as 0 or 1 would have no error at all.
    """
    trials = np.asarray(n, np.float64) + 2
    p = (np.asarray(k, np.float64) + 1) / trials
    return np.asarray(p * (1 - p) / trials)


def wald(
    k_in: npt.ArrayLike,
    n_in: npt.ArrayLike,
    k_out: npt.ArrayLike,
    n_out: npt.ArrayLike,
    confidence: float = 0.95,
) -> tuple[Floats, Floats]:
    """Return the Wald interval of k_in/n_in - k_out/n_out, for comparison only: it has width 0 at score 1."""
    p_in, p_out = proportion(k_in, n_in), proportion(k_out, n_out)
    variance = proportion(p_in * (1 - p_in), n_in) + proportion(p_out * (1 - p_out), n_out)
    half = normal_quantile(confidence) * np.sqrt(variance)
    return p_in - p_out - half, p_in - p_out + half


def verdict(low: npt.ArrayLike, high: npt.ArrayLike, threshold: float = THRESHOLD) -> npt.NDArray[np.int8]:
    """Return indices into `VERDICT_NAMES`: where the whole interval lies relative to the threshold.

    NaN limits are undecided.
    """
    lower, upper = np.asarray(low, np.float64), np.asarray(high, np.float64)
    codes = np.full(lower.shape, VERDICT_NAMES.index("undecided"), np.int8)
    codes[lower >= threshold] = VERDICT_NAMES.index("memorized")
    codes[upper < threshold] = VERDICT_NAMES.index("not_memorized")
    return codes
