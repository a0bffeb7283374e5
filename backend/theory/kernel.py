"""Interpolation with a Gaussian kernel, Section 5 of Zhang et al. (ICLR 2017): K alpha = Y, no regularizer.

Of all functions of the kernel's space that fit the targets, this one has the smallest norm. One factorization
serves any number of label sets, for instance one per level of label noise.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import LinAlgError, cho_solve, cholesky, solve_triangular
from scipy.linalg.blas import dsymm

from backend.theory.repeats import first_equal

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Report = Callable[[float], None]

BLOCK = 512  # rows at once: a fraction of a second of work at n = 10,000


@dataclass(frozen=True)
class Interpolation:
    """What interpolates L label sets.

    `train_error` (L,) is the share of all n examples whose largest output is another than their largest
    target, `residual` (L,) the largest difference between an output and a target of the examples fitted.
    `predicted` (L, m) are classes of the test set, `norms` (L, k) the norm of each class's function,
    sqrt(alpha_c^T K alpha_c). `repeats` counts examples left out since an earlier one equals them.
    """

    train_error: Floats
    residual: Floats
    predicted: Indices
    norms: Floats
    repeats: int

    @property
    def norm(self) -> Floats:
        """(L,) norm of all classes together: sqrt(trace(alpha^T K alpha))."""
        return np.asarray(np.sqrt((self.norms**2).sum(axis=1)))


def gaussian(a: Floats, b: Floats, gamma: float) -> Floats:
    """Return (n, m) of exp(-gamma |a_i - b_j|^2) for a (n, d), b (m, d)."""
    exponent = a @ b.T
    exponent *= 2 * gamma
    exponent -= gamma * np.einsum("ij,ij->i", a, a)[:, None]
    exponent -= gamma * np.einsum("ij,ij->i", b, b)
    np.minimum(exponent, 0, out=exponent)  # rounding must not make a distance negative
    return np.exp(exponent, out=exponent)


def interpolate(
    x: Floats, targets: Floats, x_test: Floats, gamma: float, progress: Report, *, ridge: float = 0.0
) -> Interpolation:
    """Fit targets (L, n, k) on x (n, d) with K + ridge I and classify x_test (m, d).

    Needs 8 n^2 bytes, and time for some n^3 / 3 + 2 n m d flops. Equal examples make K singular, so of these
    the first is fitted, and the train error tells whether the others wanted other labels. ValueError if K is
    singular to working precision all the same: gamma is then far too small for these examples.
    """
    sets, n, classes = targets.shape
    first, twin = np.unique(first_equal(x), return_inverse=True)
    fitted = np.asarray(x[first], np.float64)
    wanted = np.asfortranarray(targets[:, first].transpose(1, 0, 2).reshape(len(first), -1))
    work = _work(len(first), x.shape[1], len(x_test), wanted.shape[1])
    shares = np.cumsum(work) / work.sum()

    def part(of: int) -> Report:
        """Return what turns progress within one part of the work into progress of all."""
        start, end = (shares[of - 1] if of else 0.0), shares[of]
        return lambda done: progress(float(start + (end - start) * done))

    matrix = _upper_triangle(fitted, gamma, ridge, part(0))
    try:
        _factorize(matrix, part(1))
    except LinAlgError:
        raise ValueError(
            f"the kernel matrix of these examples is singular to working precision at gamma = {gamma:g}"
        ) from None
    # Seen as LAPACK sees memory, the factor is the upper triangle and the kernel still the lower one.
    columns = matrix.T
    alpha = cho_solve((columns, False), wanted, check_finite=False)
    np.fill_diagonal(matrix, 1.0)
    outputs = dsymm(1.0, columns, alpha, lower=1)
    part(2)(1.0)
    predicted = np.empty((sets, len(x_test)), np.int64)
    for start in range(0, len(x_test), BLOCK):
        chunk = slice(start, start + BLOCK)
        values = gaussian(np.asarray(x_test[chunk], np.float64), fitted, gamma) @ alpha
        predicted[:, chunk] = values.reshape(-1, sets, classes).argmax(axis=2).T
        part(3)(min(start + BLOCK, len(x_test)) / len(x_test))
    fits = outputs.reshape(-1, sets, classes).argmax(axis=2).T
    return Interpolation(
        train_error=(fits[:, twin] != targets.argmax(axis=2)).mean(axis=1),
        residual=np.abs(outputs - wanted).max(axis=0).reshape(sets, classes).max(axis=1),
        predicted=predicted,
        norms=np.sqrt(np.einsum("ij,ij->j", alpha, outputs).reshape(sets, classes)),
        repeats=n - len(first),
    )


def _upper_triangle(x: Floats, gamma: float, ridge: float, progress: Report) -> Floats:
    """Return a matrix (n, n) with K + ridge I on and above its diagonal, and anything below."""
    n = len(x)
    matrix = np.empty((n, n))
    for start in range(0, n, BLOCK):
        end = min(start + BLOCK, n)
        matrix[start:end, start:] = gaussian(x[start:end], x[start:], gamma)
        progress(1 - (1 - end / n) ** 2)
    np.fill_diagonal(matrix, 1.0 + ridge)
    return matrix


def _factorize(matrix: Floats, progress: Report) -> None:
    """Put Cholesky's factor of the symmetric matrix (n, n) above the diagonal on the diagonal and below it.

    In blocks of columns, so that it reports and stops between them; nearly all of its time goes into the
    products. LinAlgError if the matrix is not positive definite to working precision.
    """
    n = len(matrix)
    smallest = n * np.finfo(np.float64).eps
    for start in range(0, n, BLOCK):
        end = min(start + BLOCK, n)
        strip = matrix[start:end, :start] @ matrix[start:, :start].T
        np.subtract(matrix[start:end, start:], strip, out=strip)
        factor = cholesky(strip[:, : end - start], lower=True, check_finite=False)
        if np.diag(factor).min() ** 2 < smallest:  # of it, nothing but rounding is left
            raise LinAlgError("singular to working precision")
        lower = np.tril_indices(end - start)
        matrix[start:end, start:end][lower] = factor[lower]
        beside = solve_triangular(factor, strip[:, end - start :], lower=True, check_finite=False)
        matrix[end:, start:end] = beside.T
        progress((end / n) ** 2 * (3 - 2 * end / n))


def _work(n: int, d: int, m: int, columns: int) -> Floats:
    """Return the flops of the four parts: kernel, factor, solution and outputs, test set."""
    return np.array([n**2 * d, n**3 / 3, 4 * n**2 * columns, 2 * n * m * (d + columns)], np.float64)
