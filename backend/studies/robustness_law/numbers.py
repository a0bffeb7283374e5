"""Lines through networks' gradients, and means of networks of one kind: numbers without drawing."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from backend.statistics.intervals import normal_quantile
from backend.studies.robustness_law.facts import Course, Net

Floats = npt.NDArray[np.float64]
K = TypeVar("K")
V = TypeVar("V")

JUDGED = 400, 100  # n and d of the cell whose line is judged
SLOPES, EXPLAINED = (0.7, 2.2), 0.75  # asked of its line
FEWEST_WIDTHS = 5
FEWEST_NETS = 10
SHARE = 0.25  # of d over n, at most, where cells are pooled


@dataclass(frozen=True)
class Line:
    """A least-squares line through n points, with 95 % intervals of its slope and of R^2."""

    start: float
    slope: float
    slope_limits: tuple[float, float]
    explained: float
    explained_limits: tuple[float, float]
    points: int

    @classmethod
    def through(cls, x: npt.ArrayLike, y: npt.ArrayLike) -> "Line":
        """Return the line through points of at least two different x; limits take four points.

        Those of R^2 are of Fisher's z of the correlation.
        """
        at, values = np.asarray(x, np.float64), np.asarray(y, np.float64)
        n = len(at)
        slope, start = np.polyfit(at, values, 1)
        left = values - start - slope * at
        centered = at - at.mean()
        varied = float(np.square(values - values.mean()).sum())
        correlation = float(np.sqrt(max(0.0, 1 - np.square(left).sum() / varied))) if varied > 0 else 0.0
        if n < 4:
            everything = -np.inf, np.inf
            return cls(float(start), float(slope), everything, correlation**2, (0.0, 1.0), n)
        error = np.sqrt(np.square(left).sum() / (n - 2) / np.square(centered).sum())
        half = float(stdtrit(n - 2, 0.975) * error)
        z, wide = np.arctanh(min(correlation, 1 - 1e-12)), normal_quantile(0.95) / np.sqrt(n - 3)
        low, high = np.tanh([max(z - wide, 0.0), z + wide]) ** 2
        return cls(
            start=float(start),
            slope=float(slope),
            slope_limits=(float(slope) - half, float(slope) + half),
            explained=correlation**2,
            explained_limits=(float(low), float(high)),
            points=n,
        )

    @classmethod
    def of(cls, nets: Sequence[Net]) -> "Line":
        """Return the line of the largest gradient over sqrt(n / k)."""
        return cls.through([net.ratio for net in nets], [net.slope for net in nets])

    @classmethod
    def of_logs(cls, nets: Sequence[Net]) -> "Line":
        """Return the line of their logarithms: its slope is the exponent of a power."""
        return cls.through(np.log([net.ratio for net in nets]), np.log([net.slope for net in nets]))


@dataclass(frozen=True)
class Past:
    """Gradients and errors of courses that pass the noise: (courses,) there, and (courses,) at the fit."""

    slopes: tuple[Floats, Floats]
    errors: tuple[Floats, Floats]

    @classmethod
    def of(cls, courses: Sequence[Course]) -> "Past":
        """Leave out courses that do not fit, or are not looked at between noise and fit."""
        passed = [(c, at) for c in courses if c.fitted and (at := c.crossing) is not None]
        return cls(
            (np.array([c.slopes[at] for c, at in passed]), np.array([c.slopes[-1] for c, _ in passed])),
            (np.array([c.errors[at] for c, at in passed]), np.array([c.errors[-1] for c, _ in passed])),
        )

    def __len__(self) -> int:
        return len(self.slopes[0])


def roomy(nets: Iterable[Net]) -> list[Net]:
    """Return the networks with as many weights as examples, k d >= n: others fit by luck if at all."""
    return [net for net in nets if net.k * net.d >= net.n]


def pooled(nets: Iterable[Net]) -> list[Net]:
    """Return the roomy networks of few dimensions, whose lines begin at about the same height."""
    return [net for net in roomy(nets) if net.d <= SHARE * net.n]


def grouped(values: Iterable[V], key: Callable[[V], K]) -> dict[K, list[V]]:
    """Return values by their key, in the order of the keys."""
    found: dict[K, list[V]] = defaultdict(list)
    for value in values:
        found[key(value)].append(value)
    return dict(sorted(found.items()))


def cells(nets: Iterable[Net]) -> dict[tuple[int, int], list[Net]]:
    """Return networks by n and d."""
    return grouped(nets, lambda net: (net.n, net.d))


def difference(one: npt.ArrayLike, other: npt.ArrayLike) -> tuple[float, float, float]:
    """Return the difference of means and its 95 % interval (Welch); no limits with one value in either."""
    a, b = np.asarray(one, np.float64), np.asarray(other, np.float64)
    value = float(a.mean() - b.mean())
    if min(len(a), len(b)) < 2:
        return value, -np.inf, np.inf
    errors = a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)
    total = sum(errors)
    if total == 0:
        return value, value, value
    freedom = total**2 / (errors[0] ** 2 / (len(a) - 1) + errors[1] ** 2 / (len(b) - 1))
    half = float(stdtrit(freedom, 0.975) * np.sqrt(total))
    return value, value - half, value + half
