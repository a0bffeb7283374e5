"""Examples that occur more than once: theorems about n points speak of n different ones."""

import numpy as np
import numpy.typing as npt


def first_equal(x: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Return for each row of x (n, d) the index of the first row that equals it, which is mostly its own."""
    first: dict[bytes, int] = {}
    rows = np.ascontiguousarray(x)
    return np.array([first.setdefault(row.tobytes(), index) for index, row in enumerate(rows)], np.int64)
