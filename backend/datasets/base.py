"""The one in-memory form of a data set."""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from backend.datasets.mapped import slices


@dataclass(frozen=True)
class Shape:
    """How much data of what form an experiment has; enough to plan and price it without reading an image."""

    n_train: int
    n_test: int
    classes: int
    height: int
    width: int
    channels: int

    @property
    def features(self) -> int:
        """Numbers per image."""
        return self.height * self.width * self.channels


@dataclass(frozen=True)
class Dataset:
    """Images and labels, training examples first, in the order of the original files.

    images: (n, height, width) or (n, height, width, 3) uint8; labels: (n,) int64 indices into `classes`;
    names: n strings; the first `n_train` examples are the training set, the rest the test set.
    archived: of uploaded class folders, n places of the files in the archive; None elsewhere, and of uploads
    from before it was kept.
    """

    id: str
    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]
    classes: tuple[str, ...]
    names: tuple[str, ...]
    n_train: int
    archived: tuple[int, ...] | None = None

    @property
    def n_test(self) -> int:
        """Number of test examples."""
        return len(self.labels) - self.n_train

    @property
    def shape(self) -> Shape:
        """The form of the whole data set."""
        height, width = self.images.shape[1:3]
        channels = self.images.shape[3] if self.images.ndim == 4 else 1
        return Shape(self.n_train, self.n_test, len(self.classes), height, width, channels)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over pixels, labels, class names and the split: equal content, equal fingerprint.

        Of class folders also over the files' names and their order in the archive, by which files about these
        pictures are aligned: both lie with the content, so they are part of it.
        """
        digest = hashlib.sha256()
        for array in (self.images, self.labels):
            digest.update(f"{array.dtype.str}{array.shape}".encode())
            for part in slices(array):
                digest.update(np.ascontiguousarray(part).data)
        digest.update("\0".join((*self.classes, str(self.n_train))).encode())
        if self.archived is not None:
            digest.update("\0".join(("", *self.names, *map(str, self.archived))).encode())
        return digest.hexdigest()
