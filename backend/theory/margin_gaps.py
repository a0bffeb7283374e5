"""How far weights are from the maximum margin: the quantities that Soudry et al. (JMLR 19(70), 2018) plot.

Weights are (t, d), one row for each time; results are (t,) unless they say otherwise.
"""

import numpy as np

from backend.theory.margin_loss import Floats, Loss, losses, margins
from backend.theory.max_margin import MaxMargin

ON = 1e-9  # of |x| |w|


def training_loss(x: Floats, weights: Floats, loss: Loss = Loss.LOGISTIC) -> Floats:
    """Return L, the sum over all points (n, d) or (n, j, d); infinite beyond the range of numbers."""
    with np.errstate(over="ignore"):
        return np.asarray(losses(margins(x, weights), loss).sum(axis=-1))


def training_error(x: Floats, weights: Floats) -> Floats:
    """Return the share of points (n, d) or (n, j, d) on the wrong side of the separator, or on it.

    A margin of less than ON of what the lengths of point and weights allow is rounding: it lies on it.
    """
    lengths = np.linalg.norm(x.reshape(len(x), -1, x.shape[-1]), axis=-1)
    on = ON * lengths * np.linalg.norm(weights, axis=-1)[..., None, None]
    return np.asarray((margins(x, weights) <= on).any(axis=-1).mean(axis=-1))


def directions(weights: Floats) -> Floats:
    """Return w / |w| (t, d), 0 where w is 0."""
    norms = np.linalg.norm(weights, axis=-1, keepdims=True)
    return np.asarray(weights / np.where(norms > 0, norms, 1))


def direction_error(weights: Floats, separator: MaxMargin) -> Floats:
    """Return |w / |w| - w^ / |w^||, which Theorem 5 bounds by O(1 / log t)."""
    return np.asarray(np.linalg.norm(directions(weights) - separator.weights / separator.norm, axis=-1))


def angle_gap(weights: Floats, separator: MaxMargin) -> Floats:
    """Return 1 - cos(w, w^), which is O(1 / log^2 t): half the squared direction error, exact when tiny."""
    return np.asarray(direction_error(weights, separator) ** 2 / 2)


def margin_gap(x: Floats, weights: Floats, separator: MaxMargin) -> Floats:
    """Return 1 / |w^| - min_n x_n^T w / |w|, which is O(1 / log t)."""
    nearest = margins(x, directions(weights)).min(axis=(-2, -1))
    return np.asarray(separator.margin - nearest)


def remainder(weights: Floats, steps: Floats, separator: MaxMargin) -> Floats:
    """Return rho(t) = w(t) - w^ log t (t, d), after steps (t,) >= 1 (Theorem 3)."""
    return np.asarray(weights - np.log(steps)[:, None] * separator.weights)
