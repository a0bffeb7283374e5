"""How well a score ranks one group of examples above another."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

from backend.statistics.intervals import normal_quantile


@dataclass(frozen=True)
class Estimate:
    """A value and its interval."""

    value: float
    low: float
    high: float


def auroc(
    scores: npt.NDArray[np.float64], positive: npt.NDArray[np.bool_], confidence: float = 0.95
) -> Estimate:
    """Return the probability that a positive example outranks a negative one, ties counting half.

    The value is the Mann-Whitney statistic; its error is DeLong's (Biometrics 44, 1988), and the
    interval is symmetric in the logit, which keeps its coverage near 1 where the
    plain one loses it. It covers the choice of examples, not of models, and has width 0 under perfect
    separation. Scores (n,) must be finite and each group needs two examples.
    """
    if not np.isfinite(scores).all():
        raise ValueError("scores must be finite")
    n_pos = int(positive.sum())
    n_neg = len(positive) - n_pos
    if min(n_pos, n_neg) < 2:
        raise ValueError(f"both groups need at least two examples, got {n_pos} and {n_neg}")
    pos, neg = scores[positive], scores[~positive]
    # Placements: for each example, the share of the other group that it is ranked on the right side of.
    placed_pos = _share_below(pos, neg)
    placed_neg = 1 - _share_below(neg, pos)
    value = float(placed_pos.mean())
    error = float(np.sqrt(placed_pos.var(ddof=1) / n_pos + placed_neg.var(ddof=1) / n_neg))
    if not 0 < value < 1:
        return Estimate(value, value, value)
    half = normal_quantile(confidence) * error / (value * (1 - value))
    low, high = expit(logit(value) + np.array([-half, half]))
    return Estimate(value, float(low), float(high))


def average_precision(scores: npt.NDArray[np.float64], positive: npt.NDArray[np.bool_]) -> float:
    """Return the mean, over positive examples, of the share of positive ones among all at least as high.

    Scores (n,) must be finite, and one example positive.
    """
    if not np.isfinite(scores).all():
        raise ValueError("scores must be finite")
    if not positive.any():
        raise ValueError("needs at least one positive example")
    _, level = np.unique(-scores, return_inverse=True)
    hits, ranked = np.bincount(level, positive), np.cumsum(np.bincount(level))
    return float((hits * np.cumsum(hits) / ranked).sum() / hits.sum())


def _share_below(values: npt.NDArray[np.float64], others: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return for each value the share of the others below it, equal ones counting half."""
    ordered = np.sort(others)
    below = np.searchsorted(ordered, values, "left")
    not_above = np.searchsorted(ordered, values, "right")
    return (below + not_above) / (2 * len(others))
