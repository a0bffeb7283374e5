"""Scores as margins tell them, beside those that are counted."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backend.statistics.margins import BINS, Shares, memorization


@dataclass(frozen=True)
class MarginEstimates:
    """Estimates of n examples at S sizes from margins, NaN where there are none; (S, n) but for one.

    in_accuracy, heldout_accuracy: the shares of right answers with and without the example; low, high: the
    interval of their difference. calibration: (S, 2, 3, bins) of both sides, as in `margins.Shares`.
    """

    in_accuracy: npt.NDArray[np.float32]
    heldout_accuracy: npt.NDArray[np.float32]
    low: npt.NDArray[np.float32]
    high: npt.NDArray[np.float32]
    calibration: npt.NDArray[np.float32]

    @classmethod
    def nothing(cls, sizes: int, n: int) -> "MarginEstimates":
        """Return what is known before any model is trained."""
        shapes = [(sizes, n)] * 4 + [(sizes, 2, 3, BINS)]
        return cls(*(np.full(shape, np.nan, np.float32) for shape in shapes))

    def put(self, row: int, with_it: Shares, without: Shares) -> None:
        """Set one size's estimates."""
        _, self.low[row], self.high[row] = memorization(with_it, without)
        self.in_accuracy[row], self.heldout_accuracy[row] = with_it.share, without.share
        self.calibration[row] = with_it.calibration, without.calibration
