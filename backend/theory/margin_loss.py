"""Losses that only look at margins, in forms that stay exact where they are tiny.

Soudry et al. (JMLR 19(70), 2018): L(w) = sum_n l(x_n^T w), a sum and no mean, with labels absorbed into the
points (x_n stands for y_n x_n). With more than two classes an example has several margins, one for each
other class, and cross-entropy is log(1 + sum_j exp(-m_nj)): `pairs` writes it so. Points are (n, d), or
(n, j, d) where an example has j margins.
"""

from collections.abc import Callable
from enum import StrEnum

import numpy as np
import numpy.typing as npt
from scipy.special import expit

Floats = npt.NDArray[np.float64]

_STRONGEST = 30.0  # logarithm of an exponential pull


class Loss(StrEnum):
    """Both have the exponential tail that the theorems ask for, with all of its constants 1."""

    LOGISTIC = "logistic"
    EXPONENTIAL = "exponential"


def pairs(x: Floats, y: npt.NDArray[np.int64], classes: int) -> Floats:
    """Return points (n, classes - 1, classes * d) whose margins are (w_y - w_k)^T x for all k but y.

    For x (n, d) and their classes y (n,), and for the weights of all classes one behind the other. Their
    maximum margin is Crammer and Singer's multi-class SVM (Soudry et al., Section 4).
    """
    n, d = x.shape
    others = np.array([[k for k in range(classes) if k != own] for own in y], np.int64)
    found = np.zeros((n, classes - 1, classes, d))
    at = np.arange(n)
    found[at, :, y] = x[:, None]
    for j in range(classes - 1):
        found[at, j, others[:, j]] = -x
    return found.reshape(n, classes - 1, classes * d)


def margins(x: Floats, weights: Floats) -> Floats:
    """Return margins (..., n, j) of points at weights (..., d)."""
    found = weights @ x.reshape(-1, x.shape[-1]).T
    several = x.shape[1] if x.ndim == 3 else 1
    return np.asarray(found.reshape(*found.shape[:-1], len(x), several))


def losses(margin: Floats, loss: Loss) -> Floats:
    """Return each example's loss (..., n) by its margins (..., n, j)."""
    wrong = np.logaddexp.reduce(-margin, axis=-1)
    return np.asarray(np.exp(wrong) if loss is Loss.EXPONENTIAL else np.logaddexp(0, wrong))


class Pull:
    """What drives the weights: minus the gradient of the loss, times any factor given by its logarithm.

    The factor may be as large as the gradient is small: neither over- nor underflows alone. Under the
    exponential loss, all pulls shrink alike where the strongest is above e^30, which no integration could
    follow: that changes no path, and times by less than 1e-10.
    """

    def __init__(self, x: Floats, loss: Loss) -> None:
        self.rows = np.ascontiguousarray(x.reshape(-1, x.shape[-1]))
        self._examples = len(x)
        self._several = self.rows.shape[0] > len(x)
        self._loss = loss

    @property
    def steepest(self) -> float:
        """A bound on the norm of the loss's Hessian: beta sigma_max^2, infinite for the exponential loss."""
        if self._loss is Loss.EXPONENTIAL:
            return np.inf
        return float(np.linalg.norm(self.rows, 2)) ** 2 * (1.0 if self._several else 0.25)

    def _log_weights(self, weights: Floats) -> Floats:
        """Logarithms of -dl/dm, (n * j,)."""
        margin = self.rows @ weights
        if self._loss is Loss.EXPONENTIAL:
            return np.asarray(-margin - max(0.0, -float(margin.min()) - _STRONGEST))
        if not self._several:
            return np.asarray(-np.logaddexp(0, margin))
        wrong = -margin.reshape(self._examples, -1)
        total = np.logaddexp(0, np.logaddexp.reduce(wrong, axis=1))
        return np.asarray((wrong - total[:, None]).ravel())

    def __call__(self, weights: Floats, log_factor: float = 0.0) -> Floats:
        """Return -exp(log_factor) grad L (d,)."""
        return np.asarray(np.exp(log_factor + self._log_weights(weights)) @ self.rows)

    def direction(self, weights: Floats) -> Floats:
        """Return the unit vector (d,) along -grad L, from logarithms: L itself may be too small a number."""
        logs = self._log_weights(weights)
        found = np.exp(logs - logs.max()) @ self.rows
        return np.asarray(found / max(float(np.linalg.norm(found)), np.finfo(np.float64).tiny))

    def scaled(self, factor: float) -> Callable[[Floats], Floats]:
        """Return -factor * grad L as a function of weights (d,), made for loops of many thousand steps.

        Its result is overwritten by the next call.
        """
        if self._several:
            return lambda weights: np.asarray(factor * self(weights))
        away, along = -self.rows, factor * self.rows
        weight, found = np.empty(len(away)), np.empty(along.shape[1])
        share = np.exp if self._loss is Loss.EXPONENTIAL else expit

        def pulled(weights: Floats) -> Floats:
            np.dot(away, weights, out=weight)
            share(weight, out=weight)
            return np.dot(weight, along, out=found)

        return pulled

    def bent(self, weights: Floats, along: Floats, log_factor: float = 0.0) -> Floats:
        """Return the derivative in a direction (d,): minus the Hessian of the loss times `along` (d,)."""
        logs, change = self._log_weights(weights), self.rows @ along
        if self._loss is Loss.LOGISTIC:
            falling = np.exp(logs) * change
            if self._several:
                falling = np.repeat(
                    falling.reshape(self._examples, -1).sum(axis=1), len(logs) // self._examples
                )
            change = change - falling
        return np.asarray(-(np.exp(log_factor + logs) * change) @ self.rows)

    def jacobian(self, weights: Floats, log_factor: float = 0.0) -> Floats:
        """Return the derivative (d, d): minus the Hessian of the loss, times the factor."""
        logs = self._log_weights(weights)
        scaled = np.exp(log_factor + logs)[:, None] * self.rows
        if self._loss is Loss.EXPONENTIAL:
            return np.asarray(-scaled.T @ self.rows)
        plain = np.exp(logs)[:, None] * self.rows
        if not self._several:
            return np.asarray(scaled.T @ (plain - self.rows))
        grouped = [of.reshape(self._examples, -1, self.rows.shape[1]).sum(axis=1) for of in (scaled, plain)]
        return np.asarray(grouped[0].T @ grouped[1] - scaled.T @ self.rows)
