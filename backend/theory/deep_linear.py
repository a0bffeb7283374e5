"""How singular values of a deep linear network grow under gradient flow (Arora et al. 2019, section 3).

The product W of N balanced factors has singular values s that follow ds/dt = N s^(2 - 2/N) c (Theorem 3),
where the drive c = -<grad loss(W), u v^T> says how much the loss wants this value to grow. The larger a
value, the faster it grows, and the more so the deeper the network.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.integrate import cumulative_simpson
from scipy.special import expit, logit

Floats = npt.NDArray[np.float64]

NODES = 400  # of a learning curve
LEARNED = 1 - 1e-4  # share of its target at which a curve ends


def growth_rate(sigma: npt.ArrayLike, drive: npt.ArrayLike, depth: int) -> Floats:
    """Return the speed of singular values in a network of that depth (Arora et al. 2019, Theorem 3)."""
    value, pull = np.asarray(sigma, np.float64), np.asarray(drive, np.float64)
    return np.asarray(depth * np.square(value) ** (1 - 1 / depth) * pull)


def grown(start: npt.ArrayLike, pushed: npt.ArrayLike, depth: int) -> Floats:
    """Return where a singular value is after so much drive, `pushed` = integral of the drive over time.

    Infinite where it has left every bound by then, which takes finite time from depth 3 on. `start` > 0.
    """
    value, push = np.asarray(start, np.float64), np.asarray(pushed, np.float64)
    if depth == 1:
        return np.asarray(value + push)
    if depth == 2:
        return np.asarray(value * np.exp(2 * push))
    power = 1 - 2 / depth
    left = value**-power - (depth - 2) * push
    with np.errstate(divide="ignore"):
        return np.where(left > 0, np.maximum(left, 0) ** (-1 / power), np.inf)


def push_to(start: npt.ArrayLike, level: npt.ArrayLike, depth: int) -> Floats:
    """Return how much drive takes a singular value from `start` > 0 to `level`: the inverse of `grown`."""
    value, goal = np.asarray(start, np.float64), np.asarray(level, np.float64)
    if depth == 1:
        return np.asarray(goal - value)
    if depth == 2:
        return np.asarray(np.log(goal / value) / 2)
    power = 1 - 2 / depth
    return np.asarray((value**-power - goal**-power) / (depth - 2))


def race(start: float, ratio: float, depth: int, levels: npt.ArrayLike) -> Floats:
    """Return where the second of two values is when the first one reaches each level.

    Both begin at `start` with constant drives, the second with `ratio` <= 1 times that of the first.
    """
    return grown(start, ratio * push_to(start, levels, depth), depth)


class Learned(NamedTuple):
    """A singular value that is pulled to its target: `times` and `values`, both (NODES,), ascending."""

    times: Floats
    values: Floats

    def at(self, times: npt.ArrayLike) -> Floats:
        """Return the value at other times."""
        return np.interp(np.asarray(times, np.float64), self.times, self.values)

    def reached(self, value: float) -> float:
        """Return when it gets to a value."""
        return float(np.interp(value, self.values, self.times))


def learned(start: float, target: float, depth: int) -> Learned:
    """Follow one value under the loss (s - target)^2 / 2, from `start` > 0 below the target almost up to it.

    With x = logit(s / target), time is the integral of 1 / (N target s^(1 - 2/N)) over x, which is smooth.
    """
    x = np.linspace(logit(start / target), logit(LEARNED), NODES)
    values = target * expit(x)
    times = cumulative_simpson(1 / (depth * target * values ** (1 - 2 / depth)), x=x, initial=0)
    return Learned(np.asarray(times), np.asarray(values))
