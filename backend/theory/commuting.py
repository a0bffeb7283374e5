"""Sensing with matrices that commute: gradient flow finds the least nuclear norm, whatever the depth.

In the basis that all measured matrices share, a positive semidefinite solution is a list of eigenvalues
s >= 0 with A s = y, where row i of A holds those of the i-th matrix. Gradient flow of N factors that start at
alpha times the identity moves s by its growth law under the drive A^T r. So its limit is what the push A^T v
makes of alpha^N, at the one v that solves A s = y (Gunasekar et al. 2017; Arora et al. 2019, Theorems 1, 2).
"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from scipy.optimize import linprog

from backend.theory.deep_linear import Floats, growth_rate, push_to

NEWTON_STEPS = 60  # for one start
ACCURACY = 1e-7  # of A s = y and of s, relative to their largest: what small starts leave of 16 digits


def flow_limits(rows: Floats, truth: Floats, alphas: Sequence[float], depth: int) -> Floats:
    """Return where gradient flow ends whose factors all start at alpha times the identity, for each alpha.

    Shape (alphas, n), all positive. `rows` (m, n) and `truth` (n,), which they measure, are positive; `depth`
    >= 2. `alphas` descend from 1, each at least about a third of the one before: Newton's method follows the
    limit along them, as interior-point methods do.
    """
    s, measured, limits = truth, rows @ truth, []
    for alpha in alphas:
        s = _limit_near(s, rows, measured, float(alpha) ** depth, depth)
        limits.append(s)
    return np.array(limits)


def _limit_near(s: Floats, rows: Floats, measured: Floats, start: float, depth: int) -> Floats:
    """Return the limit of one start, from a guess: Newton's method for s and v at once (Boyd & Vandenberghe
    2004, section 10.3); ArithmeticError if it does not get there."""
    for _ in range(NEWTON_STEPS):
        missing, push = measured - rows @ s, push_to(start, s, depth)
        give = growth_rate(s, 1, depth)  # how s answers to a further push
        # By QR: the normal equations would square a condition number that small starts make large.
        q, r = np.linalg.qr((rows * np.sqrt(give)).T)
        v = np.linalg.solve(r, q.T @ (np.sqrt(give) * push) + np.linalg.solve(r.T, missing))
        step = give * (rows.T @ v - push)
        s = s + min(1.0, 0.9 / max(float((-step / s).max()), 1e-300)) * step  # no eigenvalue gets to 0
        still = np.abs(step).max() < ACCURACY * s.max()
        if still and np.abs(missing).max() < ACCURACY * measured.max():
            return s
    raise ArithmeticError(f"no limit found at depth {depth} from {start:g}")


def least_nuclear(rows: Floats, measured: Floats) -> Floats:
    """Return the solution s >= 0 of rows @ s = measured with the least sum: a linear program, by HiGHS."""
    found = linprog(np.ones(rows.shape[1]), A_eq=rows, b_eq=measured, bounds=(0, None), method="highs")
    if found.status != 0:
        raise ArithmeticError(found.message)
    return np.asarray(found.x, np.float64)


def least_quasi_norm(rows: Floats, measured: Floats, power: float) -> Floats:
    """Return the solution s >= 0 with the least sum of s^power, 0 < power <= 1 (a Schatten quasi-norm).

    The sum is concave, so it is least at a corner of the solutions: every choice of m of the n eigenvalues is
    tried, so keep n small.
    """
    m, n = rows.shape
    chosen = np.array(list(combinations(range(n), m)))
    parts = np.moveaxis(rows[:, chosen], 1, 0)  # (corners, m, m)
    usable = np.abs(np.linalg.det(parts)) > 1e-12 * np.abs(rows).max() ** m
    corners = np.linalg.solve(parts[usable], np.broadcast_to(measured[:, None], (usable.sum(), m, 1)))[..., 0]
    feasible = (corners >= -1e-12 * np.abs(measured).max()).all(axis=1)
    corners, chosen = np.maximum(corners[feasible], 0), chosen[usable][feasible]
    best = int(np.argmin((corners**power).sum(axis=1)))
    s = np.zeros(n)
    s[chosen[best]] = corners[best]
    return s
