"""Models asked one after the other about one example: the score that they make, and its interval."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backend.statistics.intervals import newcombe

Bits = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Poll:
    """K models in the order in which they are asked: which had the example, and which are right about it.

    low, high: (K,) interval of the score that the models so far make, NaN while it is not defined
    """

    had: Bits
    right: Bits
    low: npt.NDArray[np.float64]
    high: npt.NDArray[np.float64]


def poll(had: Bits, right: Bits, confidence: float) -> Poll:
    """Ask K models, (K,) each, in that order."""
    n_in, n_out = np.cumsum(had), np.cumsum(~had)
    k_in, k_out = np.cumsum(had & right), np.cumsum(~had & right)
    low, high = newcombe(k_in, n_in, k_out, n_out, confidence)
    return Poll(had, right, low, high)


def dealt(n_in: int, k_in: int, n_out: int, k_out: int, seed: int) -> tuple[Bits, Bits]:
    """Deal models with these counts in an order drawn by chance: which had the example, and which are right.

    It stands in for the models' own order where only the counts are kept.
    """
    models = n_in + n_out
    had = np.arange(models) < n_in
    right = np.where(had, np.arange(models) < k_in, np.arange(models) - n_in < k_out)
    order = np.random.default_rng(seed).permutation(models)
    return had[order], right[order]
