"""Arrays mapped from files, walked through without keeping in memory what was looked at."""

import mmap
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

SLICE_BYTES = 2**24


def slices(array: npt.NDArray[Any]) -> Iterator[npt.NDArray[Any]]:
    """Yield an array in parts of its first axis, and let each go before the next."""
    rows = max(SLICE_BYTES * len(array) // max(array.nbytes, 1), 1)
    for start in range(0, len(array), rows):
        yield array[start : start + rows]
        let_go(array)


def let_go(array: npt.NDArray[Any]) -> None:
    """Give back the memory of a mapped file's pages; what they hold stays in the file."""
    base = array.base
    while isinstance(base, np.ndarray):
        base = base.base
    if isinstance(base, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        base.madvise(mmap.MADV_DONTNEED)
