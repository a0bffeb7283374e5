"""Pictures of a data set that are pixel by pixel the same, found by hash."""

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backend.datasets.base import Dataset
from backend.datasets.mapped import slices

MANY = 0.1  # of all pictures; more that equal another are worth a warning


@dataclass(frozen=True)
class Group:
    """Pictures that are the same: indices in order, and how they contradict each other."""

    indices: npt.NDArray[np.int64]
    classes: bool  # they have different labels
    parts: bool  # some train and some test


@dataclass(frozen=True)
class Identical:
    """All groups: those of different labels first, then those in both parts, then by size."""

    n: int  # pictures of the data set
    groups: tuple[Group, ...]

    @property
    def pictures(self) -> int:
        """How many pictures equal another one."""
        return sum(len(group.indices) for group in self.groups)

    def warning(self) -> str | None:
        """Return a sentence if so many are identical that something is likely wrong with them."""
        if self.pictures <= MANY * self.n:
            return None
        largest = max(len(group.indices) for group in self.groups)
        return (
            f"{self.pictures:,} of {self.n:,} pictures are identical to another one, up to {largest:,} to"
            " each other. Did what they show get lost, for example in a transparent layer?"
        )


def find_identical(dataset: Dataset) -> Identical:
    """Return the groups of pictures with equal pixels; images are read one at a time."""
    digests = np.empty((len(dataset.images), 16), np.uint8)
    images = (image for part in slices(dataset.images) for image in part)
    for i, image in enumerate(images):
        digest = hashlib.blake2b(np.ascontiguousarray(image).data, digest_size=16).digest()
        digests[i] = np.frombuffer(digest, np.uint8)
    halves = digests.view(np.uint64)
    order = np.lexsort((halves[:, 0], halves[:, 1]))
    starts = np.flatnonzero((halves[order][1:] != halves[order][:-1]).any(axis=1)) + 1
    groups = []
    for indices in np.split(order, starts):
        if len(indices) > 1:
            labels, train = dataset.labels[indices], indices < dataset.n_train
            group = Group(
                indices=np.sort(indices),
                classes=bool((labels != labels[0]).any()),
                parts=bool(train.any() and not train.all()),
            )
            groups.append(group)
    groups.sort(key=lambda group: (not group.classes, not group.parts, -len(group.indices), group.indices[0]))
    return Identical(len(dataset.images), tuple(groups))
