"""Gradient flow on separable points over a trillion steps, and where it goes in closed form.

The flow is dw/dtau = -grad L; gradient descent with step size eta is at tau = eta t after t steps. In
s = log(1 + tau) it reads dw/ds = e^s sum_n -l'(x_n^T w) x_n: as gradients fall as 1/tau, all that happens
later happens at one pace, and an implicit method needs few steps.

Soudry et al. (JMLR 19(70), 2018): w(t) = w^ log t + rho(t) (Theorem 3), where rho tends to w~ if the support
vectors span the points (Theorem 4).
"""

import numpy as np

from backend.theory.margin_loss import Floats, Loss, Pull
from backend.theory.max_margin import MaxMargin, tilted_minimizer
from backend.theory.stiff import integrated

_VANISHING = 1e-9  # a support vector of so small a share pulls as good as not


def gradient_flow(
    x: Floats, times: Floats, loss: Loss = Loss.LOGISTIC, start: Floats | None = None
) -> Floats:
    """Return the weights (t, d) of the flow at ascending times tau (t,), from `start` (d,) or 0 at tau = 0.

    Each step's error is at most 1e-10, relative to the weights or absolute. NaN where it cannot be followed.
    """
    pull = Pull(x, loss)
    first = np.zeros(x.shape[-1]) if start is None else start
    ends = np.r_[0.0, np.log1p(times)]
    found = integrated(lambda s, w: pull(w, s), lambda s, w: pull.jacobian(w, s), first, ends)
    lost = np.full((len(ends) - len(found), len(first)), np.nan)
    return np.vstack([found[1:], lost])


def offset(x: Floats, separator: MaxMargin, step: float, start: Floats | None = None) -> Floats | None:
    """Return w~ (d,), the limit of rho(t) = w(t) - w^ log t with that step size; None without a formula.

    step sum_S exp(-x_n^T w~) x_n = w^ over the support vectors (Theorem 4); across the points, w~ is `start`.
    It needs support vectors that span the points and all pull: where w^ lies on the edge of their cone, rho
    goes on moving as log log t. With momentum m, the step size is step / (1 - m).
    """
    rows = x.reshape(-1, x.shape[-1])
    support = rows[separator.support]
    basis, values, _ = np.linalg.svd(support.T, full_matrices=False)
    basis = basis[:, values > 1e-9 * values.max()]
    if np.abs(rows - rows @ basis @ basis.T).max() > 1e-9 * np.abs(rows).max():
        return None
    inside = tilted_minimizer(support, Loss.EXPONENTIAL, separator.weights)
    shares = np.exp(-support @ inside)
    off = np.abs(shares @ support - separator.weights).max()
    if shares.min() < _VANISHING * shares.max() or off > 1e-8 * separator.norm:
        return None
    across = 0 if start is None else start - basis @ (basis.T @ start)
    return np.asarray(inside + np.log(step) * separator.weights + across)


def loss_constant(separator: MaxMargin, step: float) -> float:
    """Return the limit of t L(w(t)), |w^|^2 / step: by Theorem 4, L is near sum_S alpha_n / (step t)."""
    return separator.norm**2 / step


def residual_rate(x: Floats, separator: MaxMargin) -> float:
    """Return r such that rho(t) - w~ falls as t^-r, where w~ has a formula and starts across it vanish.

    The smallest of: the pace at which differences between support vectors decay, the least eigenvalue of
    sum_S alpha_n x_n x_n^T on their span; how much further away the next points are; and 1, from the losses'
    own next term.
    """
    rows = x.reshape(-1, x.shape[-1])
    inside = tilted_minimizer(rows[separator.support], Loss.EXPONENTIAL, separator.weights)
    support = rows[separator.support]
    paces = np.linalg.eigvalsh((np.exp(-support @ inside)[:, None] * support).T @ support)
    margin = rows @ separator.weights
    farther = margin[~separator.support].min(initial=np.inf) - 1
    return float(min(paces[paces > 1e-9 * paces.max()].min(), farther, 1.0))
