"""Which of many solutions SGD finds: Section 5 of Zhang et al. (ICLR 2017).

With d > n independent examples, X W = Y has infinitely many solutions. Every step of SGD on the squared
error adds a multiple of an example to the weights, so from 0 they stay in the examples' span. Only one
solution lies there, the one of smallest norm: X^T alpha with X X^T alpha = Y, their equation 3. What the
starting weights have outside the span stays as it was.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from scipy.linalg.blas import dger

Floats = npt.NDArray[np.float64]
Report = Callable[[float], None]

RECORDS_PER_DECADE = 20
DEPENDENT = "the examples are linearly dependent, so not every choice of labels has a solution"


@dataclass(frozen=True)
class Path:
    """How SGD went, at epochs (t,) that lie ever farther apart, from 0, the start, to the last one.

    Per epoch: distance to the minimum-norm solution and to `limit`, the solution that the start determines,
    both relative to the norm of `limit`; the residual |X W - Y| relative to |Y|; the norm |W|. All are
    Frobenius norms. `weights` and `limit` are (d, k).
    """

    epochs: npt.NDArray[np.int64]
    to_minimum_norm: Floats
    to_limit: Floats
    residual: Floats
    norm: Floats
    weights: Floats
    limit: Floats


def minimum_norm(x: Floats, y: Floats) -> Floats:
    """Return X^T (X X^T)^{-1} Y (d, k) for x (n, d), y (n, k); ValueError if the rows of x are dependent."""
    try:
        factor, lower = cho_factor(x @ x.T)
    except LinAlgError:
        raise ValueError(DEPENDENT) from None
    pivots = np.diag(factor) ** 2
    if pivots.min() < len(x) * np.finfo(np.float64).eps * pivots.max():  # of it only rounding is left
        raise ValueError(DEPENDENT)
    return x.T @ cho_solve((factor, lower), y)


def sgd(
    x: Floats,
    y: Floats,
    start: Floats,
    rng: np.random.Generator,
    progress: Report,
    *,
    epochs: int = 20_000,
    tolerance: float = 1e-10,
) -> Path:
    """Run SGD on the squared error of x (n, d), y (n, k) from `start` (d, k), one example per step.

    Each epoch takes the examples in a new random order. The step size 1 / |x_i|^2 removes the error of the
    example it looks at; it is one constant for images standardized as in the paper, whose lengths are equal.
    Ends when the distance to the limit is `tolerance` times the limit's norm. The number of epochs grows with
    the condition of the examples scaled to equal length: some 250 for 50 MNIST images, 600 for 100.
    """
    smallest = minimum_norm(x, y)
    limit = start + minimum_norm(x, y - x @ start)
    unit = np.linalg.norm(limit)
    images, targets = list(x), list(y)
    steps = list(x / np.einsum("ij,ij->i", x, x)[:, None])
    weights = np.array(start, np.float64, order="F")  # as dger updates it in place
    rows: list[tuple[float, ...]] = []

    def record(epoch: int) -> float:
        distance = float(np.linalg.norm(weights - limit) / unit)
        rows.append(
            (
                epoch,
                float(np.linalg.norm(weights - smallest) / unit),
                distance,
                float(np.linalg.norm(x @ weights - y) / np.linalg.norm(y)),
                float(np.linalg.norm(weights)),
            )
        )
        return distance

    first = record(0)
    done, due = 0.0, 1.0
    for epoch in range(1, epochs + 1):
        for i in rng.permutation(len(x)).tolist():
            dger(1.0, steps[i], targets[i] - images[i] @ weights, a=weights, overwrite_a=1)
        if epoch >= due or epoch == epochs:
            distance = record(epoch)
            if distance <= tolerance:
                break
            done = max(done, epoch / epochs, float(np.log(distance / first) / np.log(tolerance / first)))
            due = epoch * 10 ** (1 / RECORDS_PER_DECADE)
        progress(done)
    progress(1.0)
    epochs_seen, to_smallest, to_limit, residual, norm = np.array(rows).T
    return Path(
        epochs=epochs_seen.astype(np.int64),
        to_minimum_norm=to_smallest,
        to_limit=to_limit,
        residual=residual,
        norm=norm,
        weights=np.ascontiguousarray(weights),
        limit=limit,
    )
