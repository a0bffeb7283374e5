"""The matrix of least nuclear norm among all that agree with some measurements, and a proof how close it is.

The nuclear norm, the sum of singular values, is the convex stand-in for rank: what deep matrix factorization
is held against (Arora et al. 2019, section 2). Minimizing it is a semidefinite program; here it is solved by
the alternating direction method of multipliers (Boyd et al. 2011, sections 5.1 and 3.4.1), whose steps are a
projection and a singular value decomposition. Every minimum comes with a feasible point of the dual problem

    maximize <y, lam>  subject to  ||A* lam||_2 <= 1,

so no matrix that agrees with the measurements y = A(X) has a nuclear norm below `Minimum.bound`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.linalg import LinAlgError, cho_factor, cho_solve

Floats = npt.NDArray[np.float64]
Project = Callable[[Floats], Floats]  # the nearest matrix that agrees with the measurements

RELAXATION = 1.6  # over-relaxation, within the 1.5 to 1.8 that Boyd et al. advise
CHECKED = 10  # steps between two looks at the gap
IMBALANCE = 3.0  # between the two residuals, from which the penalty is changed
ADAPTED = 1000  # steps in which it may change: afterwards convergence is proven


@dataclass(frozen=True)
class Minimum:
    """A matrix (n, m) that agrees with the measurements, its nuclear norm, and the dual's proof.

    `bound` is the dual value: no matrix that agrees has a smaller nuclear norm. `certificate` (n, m) is
    A* lam of the dual point, whose largest singular value is at most 1.
    """

    matrix: Floats
    norm: float
    bound: float
    certificate: Floats
    iterations: int

    @property
    def gap(self) -> float:
        """By how much at most the norm exceeds the minimum, relative to the norm."""
        return (self.norm - self.bound) / self.norm if self.norm > 0 else 0.0


def nuclear_norm(sigma: npt.ArrayLike) -> Floats:
    """Return the nuclear norm by singular values (..., k)."""
    return np.asarray(np.asarray(sigma, np.float64).sum(axis=-1))


def effective_rank(sigma: npt.ArrayLike) -> Floats:
    """Return exp of the entropy of singular values (..., k) over their sum (Roy & Vetterli 2007)."""
    values = np.asarray(sigma, np.float64)
    total = values.sum(axis=-1, keepdims=True)
    share = np.divide(values, total, out=np.zeros_like(values), where=total > 0)
    entropy = -np.sum(share * np.log(np.where(share > 0, share, 1)), axis=-1)
    return np.asarray(np.where(total[..., 0] > 0, np.exp(entropy), 0.0))


def onto_entries(observed: npt.NDArray[np.bool_], values: Floats) -> Project:
    """Return the projection onto matrices (n, m) with these values where they are observed."""

    def project(matrix: Floats) -> Floats:
        return np.where(observed, values, matrix)

    return project


def onto_measurements(measurements: npt.NDArray[np.floating[Any]], values: Floats) -> Project:
    """Return the projection onto matrices W with <A_i, W> = y_i for measurements A (k, n, m) and y (k,).

    ValueError if the measurements are linearly dependent.
    """
    flat = np.asarray(measurements, np.float64).reshape(len(measurements), -1)
    try:
        factor = cho_factor(flat @ flat.T, overwrite_a=True)
    except LinAlgError:
        raise ValueError("the measurements are linearly dependent") from None

    def project(matrix: Floats) -> Floats:
        missing = cho_solve(factor, values - flat @ matrix.ravel())
        return np.asarray(matrix + (flat.T @ missing).reshape(matrix.shape))

    return project


def least_nuclear_norm(
    project: Project,
    shape: tuple[int, int],
    *,
    tolerance: float = 1e-5,
    most: int = 5_000,
    progress: Callable[[float], None] = lambda _: None,
) -> Minimum:
    """Return the matrix of least nuclear norm that `project` leaves as it is.

    Ends when the relative gap is at most `tolerance`, or after `most` steps with the gap that is proven then.
    With X the shrunk matrix, Z the one that agrees and U the scaled multiplier, -rho U lies in the range of
    A*: divided by its largest singular value it is feasible for the dual, with value <Z, A* lam> = <y, lam>.
    """
    agreeing = project(np.zeros(shape))
    scale = float(np.linalg.norm(agreeing, 2))
    if scale == 0:
        return Minimum(agreeing, 0.0, 0.0, np.zeros(shape), 0)
    threshold = scale / 10  # 1 / rho
    multiplier = np.zeros(shape)
    best, bound, certificate = agreeing, -np.inf, np.zeros(shape)
    norm, first = np.inf, 0.0
    for step in range(1, most + 1):
        shrunk = _shrunk(agreeing - multiplier, threshold)
        mixed = RELAXATION * shrunk + (1 - RELAXATION) * agreeing
        previous, agreeing = agreeing, project(mixed + multiplier)
        multiplier = multiplier + mixed - agreeing
        if step % CHECKED and step < most:
            continue
        here = float(np.linalg.norm(agreeing, "nuc"))
        if here < norm:
            norm, best = here, agreeing
        dual = -multiplier / threshold
        dual = dual / max(1.0, float(np.linalg.norm(dual, 2)))
        if (value := float(np.vdot(agreeing, dual))) > bound:
            bound, certificate = value, dual
        gap = max((norm - bound) / norm, np.finfo(float).tiny)
        if gap <= tolerance:
            break
        first = first or gap
        progress(float(np.clip(np.log(gap / first) / np.log(tolerance / first), 0, 1)))
        if step <= ADAPTED:
            # Residuals relative to what they are residuals of: primal of X = Z, dual of the multiplier.
            primal = np.linalg.norm(shrunk - agreeing) / np.linalg.norm(agreeing)
            moved = np.linalg.norm(agreeing - previous) / np.linalg.norm(multiplier)
            factor = 2.0 if moved > IMBALANCE * primal else 0.5 if primal > IMBALANCE * moved else 1.0
            threshold, multiplier = threshold * factor, multiplier * factor
    return Minimum(best, norm, bound, certificate, step)


def _shrunk(matrix: Floats, threshold: float) -> Floats:
    """Return the matrix with every singular value less by the threshold, and none below 0."""
    u, sigma, vt = np.linalg.svd(matrix, full_matrices=False)
    return np.asarray((u * np.maximum(sigma - threshold, 0)) @ vt)
