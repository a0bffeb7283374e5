"""The training pictures that look most like each picture: of all at once; `neighbors` asks for one."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from backend.statistics.top import Top

LOOKED_AT = 10  # nearest pictures that are kept of each
NEAR = 1 / 3  # of what training pictures usually are apart from their nearest; nearer ones: near-duplicates
AFFORDABLE = 1e13  # products of pairs and pixels; a few minutes on two cores
_CHUNK = 2048


@dataclass(frozen=True)
class Lookalikes:
    """The R training pictures nearest to each of n training and m test pictures, (n + m, R), nearest first.

    distances: root mean square differences of pixels, 0 to 255. Who is among the nearest is told to within
    the rounding of float32.
    """

    n_train: int
    indices: npt.NDArray[np.int32]
    distances: npt.NDArray[np.float32]

    @cached_property
    def usual(self) -> float:
        """The median distance of training pictures from their nearest."""
        return float(np.median(self.distances[: self.n_train, 0]))

    def rank(self, helper: npt.NDArray[np.integer], other: npt.NDArray[np.integer]) -> npt.NDArray[np.int64]:
        """Return which place training pictures have among the nearest to others, from 1; 0 if none."""
        same = self.indices[other] == np.asarray(helper)[..., None]
        return np.where(same.any(axis=-1), same.argmax(axis=-1) + 1, 0)

    def distance(
        self, helper: npt.NDArray[np.integer], other: npt.NDArray[np.integer]
    ) -> npt.NDArray[np.float64]:
        """Return how far training pictures are from others; NaN if they are not among the nearest."""
        rank = self.rank(helper, other)
        distances = np.take_along_axis(self.distances[other], np.maximum(rank - 1, 0)[..., None], axis=-1)
        return np.where(rank > 0, distances[..., 0].astype(np.float64), np.nan)

    def near(self, helper: npt.NDArray[np.integer], other: npt.NDArray[np.integer]) -> npt.NDArray[np.bool_]:
        """Return whether training pictures are near-duplicates of others."""
        return self.distance(helper, other) <= NEAR * self.usual


def affordable(n_train: int, n: int, features: int) -> bool:
    """Whether all pictures can be compared within minutes."""
    return n_train * n * features <= AFFORDABLE


def find_lookalikes(images: npt.NDArray[np.uint8], n_train: int) -> Lookalikes:
    """Compare all pictures (n, ...) with the training pictures, which come first."""
    pixels = images.reshape(len(images), -1)
    # Around the mean, lengths are short, and so is what rounding costs.
    middle = np.mean(pixels[: min(n_train, _CHUNK)], axis=0, dtype=np.float32)
    top = Top(len(pixels), min(LOOKED_AT, n_train - 1))
    for start in range(0, len(pixels), _CHUNK):
        near = pixels[start : start + _CHUNK] - middle
        for first in range(0, n_train, _CHUNK):
            train = pixels[first : min(first + _CHUNK, n_train)] - middle
            # Squared distances but for the length of `near`, which orders nothing within a row.
            values = near @ train.T
            values *= 2
            values -= np.einsum("ij,ij->i", train, train)
            if start == first:
                np.fill_diagonal(values[:, : len(train)], -np.inf)
            top.offer(start, first, values)
    distances = np.empty(top.indices.shape, np.float32)
    for start in range(0, len(pixels), _CHUNK // 16):
        part = slice(start, start + _CHUNK // 16)
        apart = pixels[top.indices[part]].astype(np.float32) - pixels[part, None]
        distances[part] = np.sqrt(np.mean(np.square(apart), axis=2, dtype=np.float64))
    order = np.argsort(distances, axis=1, kind="stable")
    return Lookalikes(
        n_train,
        np.take_along_axis(top.indices, order, axis=1),
        np.take_along_axis(distances, order, axis=1),
    )
