"""The best few of very many values, row by row, without ever holding all of them."""

import numpy as np
import numpy.typing as npt


class Top:
    """The `count` highest values that each of n rows was offered, highest first, and whose they are.

    values: (n, count) float32, -inf where a row was offered fewer; indices: (n, count).
    """

    def __init__(self, n: int, count: int) -> None:
        self.values = np.full((n, count), -np.inf, np.float32)
        self.indices = np.zeros((n, count), np.int32)

    def offer(self, start: int, first: int, values: npt.NDArray[np.float32]) -> None:
        """Offer rows start .. start + r - 1 values (r, c) of candidates first .. first + c - 1.

        Of equal values the one offered first stays.
        """
        lowest = self.values[start : start + len(values), -1]
        better = np.flatnonzero(values.max(axis=1) > lowest)  # few, once the best were among those before
        rows, left = start + better, np.ascontiguousarray(values[better])
        each = np.arange(len(left))
        found = np.empty((len(left), min(self.values.shape[1], values.shape[1])), np.int64)
        for place in range(found.shape[1]):  # quicker than a partition while they are few
            found[:, place] = left.argmax(axis=1)
            left[each, found[:, place]] = -np.inf
        both = np.concatenate([self.values[rows], values[better[:, None], found]], axis=1)
        indices = np.concatenate([self.indices[rows], first + found], axis=1)
        order = np.argsort(-both, axis=1, kind="stable")[:, : self.values.shape[1]]
        self.values[rows] = np.take_along_axis(both, order, axis=1)
        self.indices[rows] = np.take_along_axis(indices, order, axis=1)
