"""Where each example stands among those of its class."""

import numpy as np
import numpy.typing as npt


def rank_in_class(labels: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return (n,) how many of the same class come before each of the (n,) labels, which are not negative."""
    order = np.argsort(labels, kind="stable")
    counts = np.bincount(labels)
    first = np.cumsum(counts) - counts
    ranks = np.empty(len(labels), np.int64)
    ranks[order] = np.arange(len(labels)) - np.repeat(first, counts)
    return ranks
