"""Empirical Rademacher complexity of linear classifiers (Zhang et al., ICLR 2017, Section 2.2), from below.

The complexity E_sigma sup_h (1/n) sum_i sigma_i h(x_i) says how well a class of functions fits random signs.
The best linear classifier of random signs is hard to find; the signs of their least-squares fit are easy, so
they give a lower estimate. For linear functions whose mean square over the examples is at most 1 the
supremum is known: the projection of sigma onto the columns of x, over its length.

The fit of example i is h sigma_i plus noise of variance h (1 - h), where h is its leverage. If the noise is
Gaussian, sigma_i times the sign of the fit is on average erf(sqrt(h / (2 (1 - h)))). With equal leverages
d / n that is erf(sqrt(d / (2 (n - d)))): about sqrt(2 d / (pi n)) for small d / n, and 1 for d >= n.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import erf

Floats = npt.NDArray[np.float64]
Report = Callable[[float], None]

BLOCK = 64  # columns of x, or draws, at once


@dataclass(frozen=True)
class Complexity:
    """Values per draw of random signs, (draws,), and what they rest on.

    `signs` are mean_i sigma_i sign(fit_i), `bounded` the suprema over functions of mean square at most 1,
    `leverages` (n,) sum to the number of independent columns.
    """

    signs: Floats
    bounded: Floats
    leverages: Floats

    @property
    def expected(self) -> float:
        """Of `signs`, with noise taken as Gaussian."""
        noise = np.maximum(1 - self.leverages, np.finfo(np.float64).tiny)
        return float(erf(np.sqrt(self.leverages / (2 * noise))).mean())


def least_squares(x: Floats, draws: int, rng: np.random.Generator, progress: Report) -> Complexity:
    """Fit `draws` vectors of n random signs by least squares on x (n, d), with one factorization for all.

    Columns that depend on others, as pixels that are always black, add nothing.
    """
    n = len(x)
    basis = _basis(np.asarray(x, np.float64), lambda done: progress(0.9 * done))
    signs, bounded = np.empty(draws), np.empty(draws)
    for start in range(0, draws, BLOCK):
        chunk = slice(start, min(start + BLOCK, draws))
        sigma = rng.choice([-1.0, 1.0], (n, chunk.stop - start))
        coordinates = basis.T @ sigma
        signs[chunk] = (sigma * np.sign(basis @ coordinates)).mean(axis=0)
        bounded[chunk] = np.sqrt((coordinates**2).sum(axis=0) / n)
        progress(0.9 + 0.1 * chunk.stop / draws)
    return Complexity(signs, bounded, np.einsum("ij,ij->i", basis, basis))


def _basis(x: Floats, progress: Report) -> Floats:
    """Return orthonormal columns (n, rank) that span those of x (n, d)."""
    n, d = x.shape
    tolerance = max(n, d) * np.finfo(np.float64).eps * np.linalg.norm(x)
    basis = np.empty((n, min(n, d)))
    rank = 0
    for start in range(0, d, BLOCK):
        columns = x[:, start : start + BLOCK]
        known = basis[:, :rank]
        for _ in range(2):  # once leaves what rounding added along the known columns
            columns = columns - known @ (known.T @ columns)
        new, sizes, _ = np.linalg.svd(columns, full_matrices=False)
        added = int((sizes > tolerance).sum())
        basis[:, rank : rank + added] = new[:, :added]
        rank += added
        progress(min(start + BLOCK, d) / d)
    return basis[:, :rank]
