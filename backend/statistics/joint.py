"""Means of several quantities that were seen together, and intervals of what they add up to."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

Limits = tuple[float, float, float]  # a value, the lower and the upper limit of its interval


@dataclass(frozen=True)
class Joint:
    """Means (J,) of J quantities, the covariance (J, J) of these means, and its degrees of freedom.

    Quantities of the same models vary together, so that a difference of two is often better known than
    either: the covariance keeps that, without what each model had.
    """

    mean: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    freedom: int

    @classmethod
    def of(cls, values: npt.NDArray[np.float64]) -> "Joint":
        """Return the means over independent rows of values (K, J); K is at least 2."""
        covariance = np.atleast_2d(np.cov(values, rowvar=False)) / len(values)
        return cls(tuple(values.mean(axis=0).tolist()), rows(covariance), len(values) - 1)

    def contrast(self, weights: Mapping[int, float], confidence: float = 0.95) -> Limits:
        """Return the sum of some means by their weights, and its t-interval."""
        at, w = list(weights), np.array(list(weights.values()))
        value = float(w @ np.array(self.mean)[at])
        variance = float(w @ np.array(self.covariance)[np.ix_(at, at)] @ w)
        half = float(stdtrit(self.freedom, (1 + confidence) / 2)) * float(np.sqrt(max(variance, 0.0)))
        return value, value - half, value + half


def rows(matrix: npt.NDArray[np.float64]) -> tuple[tuple[float, ...], ...]:
    """Return a matrix as it is kept."""
    return tuple(tuple(row) for row in matrix.tolist())
