"""The law of robustness in numbers: isoperimetry, what few parameters cost, networks known in closed form.

Bubeck & Sellke 2021 (arXiv 2105.12806); Bubeck, Li & Nagaraj 2021 (arXiv 2009.14444).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import erfc, gammainc, gammaincc, gammaln, log_ndtr, ndtr

from backend.theory.two_layers import TwoLayers

Floats = npt.NDArray[np.float64]

CAP = 0.9  # where a cap begins: x_i . x of its example's own direction
CAP_SLOPE = 1 / (1 - CAP)
DISJOINT = 2 * CAP**2 - 1  # x_i . x_j from which on two caps meet


def parameters(units: float, inputs: float) -> float:
    """Return the numbers that a two-layer network with batch norm has: k (d + 2) + 1, and 2 k."""
    return units * (inputs + 2) + 1 + 2 * units


def rate(n: float, d: float, p: npt.ArrayLike) -> Floats:
    """Return sqrt(n d / p): the order that Lipschitz constants below the noise have at least (Theorem 1)."""
    return np.asarray(np.sqrt(n * d / np.asarray(p, np.float64)))


def literal_bound(
    n: float, d: float, p: npt.ArrayLike, *, epsilon: float, size: float, delta: float = 0.01, c: float = 1.0
) -> Floats:
    """Return the bound of Theorem 3 with all its constants; `size` is W J, of weights and parametrization."""
    entropy = np.asarray(p, np.float64) * np.log(60 * size / epsilon) + np.log(4 / delta)
    return np.asarray(epsilon / (2**9 * np.sqrt(c)) * np.sqrt(n * d / entropy))


def isoperimetry(t: npt.ArrayLike, d: int, c: float = 1.0) -> Floats:
    """Return 2 exp(-d t^2 / (2 c)), which no 1-Lipschitz function's tail exceeds (Definition 1.1)."""
    return np.asarray(2 * np.exp(-d * np.square(t) / (2 * c)))


def coordinate_tail(t: npt.ArrayLike, d: int) -> Floats:
    """Return P(|x_1| >= t) of x from N(0, I/d)."""
    return np.asarray(erfc(np.asarray(t) * np.sqrt(d / 2)))


def norm_tail(t: npt.ArrayLike, d: int) -> Floats:
    """Return P(||x| - E|x|| >= t) of x from N(0, I/d)."""
    mean = np.sqrt(2) * np.exp(gammaln((d + 1) / 2) - gammaln(d / 2))
    off = np.asarray(t) * np.sqrt(d)
    above = gammaincc(d / 2, (mean + off) ** 2 / 2)
    return np.asarray(above + gammainc(d / 2, np.maximum(mean - off, 0) ** 2 / 2))


def maximum_tail(t: npt.ArrayLike, d: int) -> Floats:
    """Return P(|max x_i - E max x_i| >= t) of x from N(0, I/d)."""
    grid = np.linspace(-12, 12, 24_001)
    below = ndtr(grid) ** d
    mean = 12 - np.trapezoid(below, grid)
    off = np.asarray(t) * np.sqrt(d)
    return np.asarray(np.exp(d * log_ndtr(mean - off)) - np.expm1(d * log_ndtr(mean + off)))


def slope_of_logs(x: npt.ArrayLike, y: npt.ArrayLike) -> float:
    """Return the exponent of the power of x that is closest to y, both positive."""
    return float(np.polyfit(np.log(x), np.log(y), 1)[0])


@dataclass(frozen=True)
class Built:
    """A network that somebody wrote down: its Lipschitz constant, what the formula says, its largest miss."""

    lipschitz: float
    expected: float
    residual: float
    disjoint: bool = True


def points_and_labels(rng: np.random.Generator, n: int, d: int) -> tuple[Floats, Floats]:
    """Draw x (n, d) from N(0, I/d) and y (n,) of -1 and 1."""
    return rng.standard_normal((n, d)) / np.sqrt(d), rng.choice([-1.0, 1.0], n)


def linear(x: Floats, y: Floats) -> Built:
    """Fit n < d labels by the linear function of least norm, sqrt(y' (X X')^-1 y) (k = 1)."""
    n, d = x.shape
    if n > d - 2:
        raise ValueError(f"a linear function takes n <= d - 2, got n = {n} and d = {d}")
    weights = x.T @ np.linalg.solve(x @ x.T, y)
    norm = float(np.linalg.norm(weights))
    return Built(norm, float(np.sqrt(n * d / (d - n - 1))), float(np.abs(x @ weights - y).max()))


def caps_network(x: Floats, y: Floats) -> TwoLayers:
    """Return one unit per example of the unit sphere, sum_i 10 y_i relu(x_i . x - 0.9) (k = n)."""
    return TwoLayers(x.T, np.full(len(x), -CAP), CAP_SLOPE * y)


def caps(x: Floats, y: Floats, fresh: Floats) -> Built:
    """Measure the caps of x (n, d), scaled to the sphere: the largest gradient there and at fresh points."""
    on_sphere = x / np.linalg.norm(x, axis=1, keepdims=True)
    net = caps_network(on_sphere, y)
    inner = on_sphere @ on_sphere.T
    np.fill_diagonal(inner, -1)
    slope = max(float(net.slopes(points).max()) for points in (on_sphere, fresh))
    residual = float(np.abs(net.values(on_sphere) - y).max())
    return Built(slope, CAP_SLOPE, residual, bool(inner.max() < DISJOINT))


def quadratic(x: Floats, y: Floats) -> Built:
    """Measure sum_i y_i (x_i . x)^2 = x' T x on the unit ball, whose constant is 2 ||T||_op (k = d)."""
    n, d = x.shape
    matrix = (x.T * y) @ x
    largest = float(np.abs(np.linalg.eigvalsh(matrix)).max())
    values = np.einsum("ij,ij->i", x @ matrix, x)
    return Built(2 * largest, float(4 * np.sqrt(n / d)), float(np.abs(values - y).max()))
