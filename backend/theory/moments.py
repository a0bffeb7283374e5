"""Means and their errors from sums over repetitions: what two blocks of repetitions give is one addition."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Estimate:
    """Values and their standard errors, of one shape; NaN where there are too few repetitions."""

    value: Floats
    error: Floats


@dataclass(frozen=True, eq=False)
class Moments:
    """How many independent repetitions there were, and sums over them of k columns and of their products.

    `totals` is (k,), `products` (k, k).
    """

    repetitions: int
    totals: Floats
    products: Floats

    @classmethod
    def of(cls, columns: Floats) -> "Moments":
        """Return the moments of columns (repetitions, k)."""
        # Not a matrix product: libraries for these add in an order that depends on the machine.
        return cls(len(columns), columns.sum(axis=0), np.einsum("ri,rj->ij", columns, columns))

    def __add__(self, other: "Moments") -> "Moments":
        return Moments(
            self.repetitions + other.repetitions, self.totals + other.totals, self.products + other.products
        )

    def mean(self, columns: Indices) -> Estimate:
        """Return the mean of each column."""
        value = self._divided(self.totals[columns], self.repetitions)
        return Estimate(value, self._error(columns, columns, np.zeros(columns.shape)))

    def ratio(self, over: Indices, under: Indices) -> Estimate:
        """Return sum / sum of pairs of columns, with the error of a ratio of means (delta method)."""
        top, bottom = self.totals[over], self.totals[under]
        value = self._divided(top, bottom)
        mean = self._divided(bottom, self.repetitions)
        return Estimate(value, self._divided(self._error(over, under, value), np.abs(mean)))

    def z(self, over: Indices, under: Indices, expected: Floats) -> Floats:
        """Return by how many standard errors the mean of over - expected * under differs from 0.

        Paired: both columns are of the same repetitions. NaN where the difference never varies.
        """
        difference = self._divided(self.totals[over] - expected * self.totals[under], self.repetitions)
        return self._divided(difference, self._error(over, under, expected))

    def _error(self, over: Indices, under: Indices, factor: Floats) -> Floats:
        """Return the standard error of the mean of over - factor * under."""
        if self.repetitions < 2:
            return np.full(over.shape, np.nan)
        squares = (
            self.products[over, over]
            - 2 * factor * self.products[over, under]
            + factor**2 * self.products[under, under]
        )
        total = self.totals[over] - factor * self.totals[under]
        spread = np.maximum(squares - total**2 / self.repetitions, 0)  # rounding must not make it negative
        return np.asarray(np.sqrt(spread / (self.repetitions - 1) / self.repetitions))

    @staticmethod
    def _divided(top: Floats, bottom: Floats | int) -> Floats:
        under = np.broadcast_to(np.asarray(bottom, np.float64), top.shape)
        out = np.full(top.shape, np.nan)
        np.divide(top, under, out=out, where=under > 0)
        return out
