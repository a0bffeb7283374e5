"""The hard-margin support vector machine through the origin, and what takes its place without a margin.

w^ = argmin |w|^2 subject to x_n^T w >= 1, with labels absorbed: equation 4 of Soudry et al. (JMLR 19(70),
2018), to whose direction gradient descent converges (Theorem 3). It is a problem of least distance, which
Lawson and Hanson (Solving Least Squares Problems, 1974, chapter 23) reduce to non-negative least squares.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import nnls

from backend.theory.margin_loss import Floats, Loss, Pull, losses, margins

TOLERANCE = 1e-8  # of the conditions of Karush, Kuhn and Tucker
ON_MARGIN = 1e-7  # so near 1 a margin counts as 1
_NEWTON_STEPS = 200
_SEARCHED, _SOLVED = 1e-10, 1e-24


class NotSeparableError(ValueError):
    """No half-space through the origin has all points in its inside."""

    def __init__(self) -> None:
        super().__init__("no line through the origin has all points on its right side")


@dataclass(frozen=True)
class MaxMargin:
    """The separator w^ = sum_n alpha_n x_n whose smallest margin is 1.

    `weights` (d,); `alphas` (m,) >= 0 and `support` (m,), the points whose margin is 1, are of the m margins:
    one for each point (n, d), n * j for points (n, j, d). Alphas are not unique where support vectors are
    linearly dependent: equal points share theirs equally, of others some choice is given. `residual` is the
    largest violation of the conditions of Karush, Kuhn and Tucker.
    """

    weights: Floats
    alphas: Floats
    support: npt.NDArray[np.bool_]
    residual: float

    @property
    def norm(self) -> float:
        """The norm of w^, which is one over the margin."""
        return float(np.linalg.norm(self.weights))

    @property
    def margin(self) -> float:
        """Distance of the nearest points to the separator."""
        return 1 / self.norm


def max_margin(x: Floats) -> MaxMargin:
    """Return the hard-margin separator of points (n, d) or (n, j, d); NotSeparableError if there is none."""
    rows = x.reshape(-1, x.shape[-1])
    unit = float(np.abs(rows).max(initial=0))
    if unit == 0:
        raise NotSeparableError
    distinct, where, repeats = np.unique(rows / unit, axis=0, return_inverse=True, return_counts=True)
    where = where.ravel()
    # min |(distinct^T u; 1^T u - 1)| over u >= 0 is 0 just where nothing separates.
    system = np.vstack([distinct.T, np.ones(len(distinct))])
    target = np.zeros(len(system))
    target[-1] = 1
    shares, _ = nnls(system, target)
    slack = 1 - float(shares.sum())
    if slack <= 0:
        raise NotSeparableError
    weights, alphas = _polished(distinct, shares / slack)
    margin = distinct @ weights
    residual = _violation(distinct, weights, alphas)
    if not residual < TOLERANCE:
        raise NotSeparableError
    each = alphas[where] / repeats[where] / unit**2
    return MaxMargin(weights / unit, each, np.abs(margin - 1)[where] < ON_MARGIN, residual)


def _polished(x: Floats, alphas: Floats) -> tuple[Floats, Floats]:
    """Solve x_n^T w = 1 on the points with alpha > 0 anew, to the last digit where they are independent."""
    active = alphas > 0
    gram = x[active] @ x[active].T
    solved = np.linalg.lstsq(gram, np.ones(active.sum()))[0]
    if (solved < 0).any():  # dependent points: what was found stays
        return x.T @ alphas, alphas
    better = np.zeros_like(alphas)
    better[active] = solved
    return x.T @ better, better


def _violation(x: Floats, weights: Floats, alphas: Floats) -> float:
    """Return the largest violation of the conditions of Karush, Kuhn and Tucker."""
    margin = x @ weights
    off = np.abs(weights - x.T @ alphas).max() / max(1.0, float(np.abs(weights).max()))
    slack = np.abs(alphas * (margin - 1)).max() / max(1.0, float(alphas.max(initial=0)))
    return float(max(off, slack, 1 - margin.min(), -alphas.min(initial=0)))


def has_minimizer(x: Floats) -> bool:
    """Whether the loss of points (n, d) or (n, j, d) has a minimum at finite weights.

    By Stiemke's lemma: just if some positive multiples of all points add up to 0. Otherwise some direction
    lowers the loss for ever. For binary problems; with several margins per example it is sufficient.
    """
    rows = x.reshape(-1, x.shape[-1])
    unit = float(np.abs(rows).max(initial=0))
    if unit == 0:
        return True
    total = rows.sum(axis=0) / unit
    _, left = nnls(rows.T / unit, -total)
    return bool(left <= 1e-9 * max(1, len(rows)))


def minimizer(x: Floats, loss: Loss = Loss.LOGISTIC) -> Floats | None:
    """Return the weights (d,) of smallest norm that minimize the loss, None where no finite ones do."""
    return tilted_minimizer(x, loss, np.zeros(x.shape[-1])) if has_minimizer(x) else None


def tilted_minimizer(x: Floats, loss: Loss, tilt: Floats) -> Floats:
    """Return the weights (d,) of smallest norm that minimize L(w) + tilt^T w, by Newton's method.

    Where there is no minimum, weights far out that come near the infimum.
    """
    pull = Pull(x, loss)

    def value(at: Floats) -> float:
        return float(losses(margins(x, at), loss).sum() + tilt @ at)

    weights = np.zeros(x.shape[-1])
    now = value(weights)
    for _ in range(_NEWTON_STEPS):
        force = pull(weights) - tilt
        step = np.linalg.lstsq(-pull.jacobian(weights), force)[0]
        gain, size = float(force @ step), 1.0
        if gain <= _SOLVED * (1 + abs(now)):
            return weights + step
        # The value's own rounding hides gains that are smaller; there Newton's steps need no search.
        while gain > _SEARCHED * (1 + abs(now)) and value(weights + size * step) > now - 1e-4 * size * gain:
            size /= 2
        weights = weights + size * step
        now = value(weights)
    return weights
