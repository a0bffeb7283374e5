"""The one in-memory form of a data set."""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Dataset:
    """Images and labels, training examples first, in the order of the original files.

    images: (n, height, width) or (n, height, width, 3) uint8; labels: (n,) int64 indices into `classes`;
    names: n strings; the first `n_train` examples are the training set, the rest the test set.
    """

    id: str
    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]
    classes: tuple[str, ...]
    names: tuple[str, ...]
    n_train: int

    @property
    def n_test(self) -> int:
        """Number of test examples."""
        return len(self.labels) - self.n_train

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over pixels, labels, class names and the split: equal content, equal fingerprint."""
        digest = hashlib.sha256()
        for array in (self.images, self.labels):
            digest.update(f"{array.dtype.str}{array.shape}".encode())
            digest.update(np.ascontiguousarray(array).tobytes())
        digest.update("\0".join((*self.classes, str(self.n_train))).encode())
        return digest.hexdigest()
