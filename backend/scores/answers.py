"""What held-out models answered, kept as the few classes that were named rather than as a count of each."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Answers:
    """The classes named for n examples at S sizes, most frequent first; a class nobody named is left out.

    offsets: (S * n + 1,) where each example's entries begin in the other two, size by size; labels: (m,)
    classes; counts: (m,) how many held-out models named them.
    """

    offsets: npt.NDArray[np.int64]
    labels: npt.NDArray[np.uint16]
    counts: npt.NDArray[np.uint16]

    @classmethod
    def of_counts(cls, sizes: Iterable[npt.NDArray[Any]]) -> "Answers":
        """Pack the counts (n, classes) of each size."""
        lengths, labels, counts = [np.zeros(1, np.int64)], [], []
        for dense in sizes:
            rows, classes = np.nonzero(dense)
            named = dense[rows, classes].astype(np.int64)
            order = np.lexsort((classes, -named, rows))
            labels.append(classes[order].astype(np.uint16))
            counts.append(named[order].astype(np.uint16))
            lengths.append(np.bincount(rows, minlength=len(dense)))
        nothing = np.zeros(0, np.uint16)
        return cls(
            np.cumsum(np.concatenate(lengths)),
            np.concatenate(labels) if labels else nothing,
            np.concatenate(counts) if counts else nothing,
        )

    def of(self, place: int) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint16]]:
        """Return the classes named and how often, most frequent first; `place` is row * n + example."""
        part = slice(self.offsets[place], self.offsets[place + 1])
        return self.labels[part], self.counts[part]

    def first(self, row: int, n: int) -> npt.NDArray[np.int64]:
        """Return the class that most held-out models of one size named for each example, -1 for none."""
        offsets = self.offsets[row * n : (row + 1) * n + 1]
        found = np.full(n, -1, np.int64)
        named = offsets[:-1] < offsets[1:]
        found[named] = self.labels[offsets[:-1][named]]
        return found

    def count_of(self, row: int, labels: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return how many held-out models of one size named the given class of each example, (n,)."""
        n = len(labels)
        offsets = self.offsets[row * n : (row + 1) * n + 1]
        part = slice(offsets[0], offsets[-1])
        owner = np.repeat(np.arange(n), np.diff(offsets))
        meant = self.labels[part] == labels[owner]
        found = np.bincount(owner[meant], weights=self.counts[part][meant], minlength=n)
        return found.astype(np.int64)
