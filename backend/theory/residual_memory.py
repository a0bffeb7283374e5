"""The stylized setting of Yang et al. 2023: a linear learner kept small, neighbors for the rest.

Points x are uniform in the ball of radius sqrt(d + 2), so that their covariance is the identity; targets
are y = norm x_1 + noise. The base learner is the best linear function whose weights have a norm of at most a
limit. If that is below `norm`, its risk stays near (norm - limit)^2 however many points there are.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.spatial import cKDTree

NOTHING = 1e-9  # a norm of weights that is as good as none

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Problem:
    """Points in d dimensions, targets of that slope, the learner's limit, and the noise's deviation."""

    d: int
    norm: float
    limit: float
    noise: float = 0.0

    def points(self, rng: np.random.Generator, n: int) -> Floats:
        """Draw points (n, d), uniform in the ball."""
        directions = rng.standard_normal((n, self.d))
        lengths = np.sqrt(self.d + 2) * rng.random(n) ** (1 / self.d)
        return np.asarray(directions * (lengths / np.linalg.norm(directions, axis=1))[:, None])

    @property
    def floor(self) -> float:
        """The risk of the best function within the limit: what the base learner keeps."""
        return max(self.norm - self.limit, 0.0) ** 2


def fit(x: Floats, y: Floats, limit: float) -> Floats:
    """Return the weights (d,) of least squares with a norm of at most `limit`, for x (n, d) and y (n,)."""
    if limit <= NOTHING:
        return np.zeros(x.shape[1])
    values, vectors = np.linalg.eigh(x.T @ x)
    along = vectors.T @ (x.T @ y)

    def weights(ridge: float) -> Floats:
        return np.asarray(along / np.maximum(values + ridge, 1e-12))

    def excess(ridge: float) -> float:
        return float(np.linalg.norm(weights(ridge))) - limit

    ridge = 0.0
    if excess(0.0) > 0:
        # At this ridge the norm is at most |along| / ridge = limit.
        ridge = float(brentq(excess, 0.0, np.linalg.norm(along) / limit))
    return np.asarray(vectors @ weights(ridge))


def recalled(x: Floats, values: Floats, queries: Floats, k: int) -> Floats:
    """Return the mean of values (n, v) over the k nearest points (n, d) of each query (q, d): (q, v)."""
    _, places = cKDTree(x).query(queries, k=np.arange(1, min(k, len(x)) + 1))
    return np.asarray(values[places].mean(axis=1))


@dataclass(frozen=True)
class Risks:
    """Mean squared errors against the truth: (n, repetitions) over the numbers of points."""

    base: Floats
    resmem: Floats
    knn: Floats


def risks(
    problem: Problem, points: tuple[int, ...], k: int, repetitions: int, queries: int, seed: int = 0
) -> Risks:
    """Draw training sets of so many points, and test each learner on fresh points."""
    found = np.empty((3, len(points), repetitions))
    for repetition in range(repetitions):
        rng = np.random.default_rng((seed, repetition))
        x, asked = problem.points(rng, points[-1]), problem.points(rng, queries)
        y = problem.norm * x[:, 0] + problem.noise * rng.standard_normal(len(x))
        truth = problem.norm * asked[:, 0]
        for row, n in enumerate(points):
            theta = fit(x[:n], y[:n], problem.limit)
            base, left = asked @ theta, y[:n] - x[:n] @ theta
            both = recalled(x[:n], np.stack([left, y[:n]], axis=1), asked, k)
            guesses = base, base + both[:, 0], both[:, 1]
            found[:, row, repetition] = [np.mean((guess - truth) ** 2) for guess in guesses]
    return Risks(*found)


def rate(n: npt.ArrayLike, d: int) -> Floats:
    """Return the rate of ResMem's risk, n^(-2/3) + (log(n^(1/d)) / n)^(1/d), as recalled; no constants."""
    points = np.asarray(n, np.float64)
    return np.asarray(points ** (-2 / 3) + (np.log(points) / d / points) ** (1 / d))
