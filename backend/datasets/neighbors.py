"""Nearest training examples by pixels: exact, although only a few are compared pixel by pixel.

Every picture has a sketch: block by block, the sum of each channel over the square root of the block's size,
and the length of what the sums leave out. The sums are coordinates along orthonormal directions, and the rest
differs by at least the difference of its lengths, so sketches are never further apart than pictures, and who
is too far by its sketch is too far (the lower bound of Faloutsos, Ranganathan & Manolopoulos, 1994).
"""

import math
from dataclasses import dataclass, field
from functools import lru_cache
from threading import Lock

import numpy as np
import numpy.typing as npt

from backend.datasets.examples import Examples
from backend.datasets.options import NoiseKind, data_fingerprint

MAX_NUMBERS = 256  # in a sketch; fewer where all sketches would take more than
MAX_BYTES = 192 * 2**20
_CHUNK = 1024  # pictures sketched at a time
_BATCH = 256  # pictures compared pixel by pixel at first
_BATCH_BYTES = 4 * 2**20  # of pixels compared at a time from then on
_UNIT = float(np.finfo(np.float32).eps)
_making = Lock()  # so that pages opened together do not make the same sketches side by side


@dataclass(frozen=True)
class Neighbors:
    """Pictures and their distances (count,), nearest first: root mean square differences in 0 to 255."""

    indices: npt.NDArray[np.int64]
    distances: npt.NDArray[np.float64]


class Sketches:
    """Answers which of n pictures, (n, height, width) or (n, height, width, channels) uint8, are near."""

    def __init__(self, images: npt.NDArray[np.uint8]) -> None:
        self._pixels = images.reshape(len(images), -1)
        rows, columns = _blocks(images.shape)
        size = len(rows) * len(columns) * _numbers(images.shape)
        self._sketches = np.empty((len(images), size), np.float32)
        self._lengths = np.empty(len(images))  # squared; whole numbers, so exact
        for start in range(0, len(images), _CHUNK):
            part = slice(start, start + _CHUNK)
            self._sketches[part], self._lengths[part] = _sketch(images[part], rows, columns)

    def nearest(self, index: int, count: int) -> Neighbors:
        """Return the `count` pictures nearest to another one of them; of equally near ones the first."""
        bounds = self._bounds(index)
        bounds[index] = np.inf
        count = min(count, len(bounds) - 1)
        first = min(_BATCH + count, len(bounds) - 1)
        if first == 0:
            return Neighbors(np.empty(0, np.int64), np.empty(0))
        found = np.argpartition(bounds, first - 1)[:first]
        squares = self._squares(index, found)
        bounds[found] = np.inf
        # Those that may be nearer than the worst of the best so far, nearest bounds first.
        candidates = np.flatnonzero(bounds <= np.partition(squares, count - 1)[count - 1])
        candidates = candidates[np.argsort(bounds[candidates], kind="stable")]
        size = max(_BATCH, _BATCH_BYTES // (8 * self._pixels.shape[1]))
        while True:
            best = np.lexsort((found, squares))[:count]
            found, squares = found[best], squares[best]
            batch, candidates = np.split(candidates, [size])
            batch = batch[bounds[batch] <= squares[-1]]
            if len(batch) == 0:
                return Neighbors(found, np.sqrt(squares / self._pixels.shape[1]))
            found = np.concatenate([found, batch])
            squares = np.concatenate([squares, self._squares(index, batch)])

    def _bounds(self, index: int) -> npt.NDArray[np.float64]:
        """Return (n,) squared distances that no picture is nearer than, whatever float32 has rounded."""
        sketch = self._sketches[index]
        lengths = self._lengths + self._lengths[index]
        # A product of d terms is off by at most d units of rounding per unit of its factors' lengths.
        slack = (len(sketch) + 8) * _UNIT * lengths
        return np.asarray(lengths - 2.0 * (self._sketches @ sketch) - slack)

    def _squares(self, index: int, others: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Return squared distances: sums of whole numbers below 2^53, so exact."""
        products = self._pixels[others].astype(np.float64) @ self._pixels[index].astype(np.float64)
        return np.asarray(self._lengths[others] + self._lengths[index] - 2 * products)


def _numbers(shape: tuple[int, ...]) -> int:
    """Return how many numbers of a sketch a block has: one per channel and the length of the remainder."""
    return (shape[3] if len(shape) == 4 else 1) + 1


def _blocks(shape: tuple[int, ...]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return where the blocks of rows and of columns start."""
    count, height, width = shape[:3]
    numbers = min(MAX_NUMBERS, MAX_BYTES // 4 // count)
    most = max(1, math.isqrt(numbers // _numbers(shape)))  # blocks a side
    return np.arange(0, height, -(-height // most)), np.arange(0, width, -(-width // most))


def _sketch(
    images: npt.NDArray[np.uint8], rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return sketches (k, d) and squared lengths (k,) of k pictures."""
    pixels = images.reshape(*images.shape[:3], -1).astype(np.float64)
    areas = np.outer(np.diff(rows, append=pixels.shape[1]), np.diff(columns, append=pixels.shape[2]))
    sums = _block_sums(pixels, rows, columns) / np.sqrt(areas)[..., None]
    lengths = _block_sums(np.einsum("khwc,khwc->khw", pixels, pixels)[..., None], rows, columns)
    left_out = np.maximum(lengths - np.square(sums).sum(axis=3, keepdims=True), 0)
    sketches = np.concatenate([sums, np.sqrt(left_out)], axis=3)
    return sketches.reshape(len(images), -1), lengths.sum(axis=(1, 2, 3))


def _block_sums(
    values: npt.NDArray[np.float64], rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp]
) -> npt.NDArray[np.float64]:
    """Add up (k, height, width, channels) by block."""
    return np.asarray(np.add.reduceat(np.add.reduceat(values, rows, axis=1), columns, axis=2))


@dataclass(frozen=True)
class _Pictures:
    """The training pictures of examples; equal fingerprints, equal pictures."""

    fingerprint: str
    examples: Examples = field(compare=False)


def sketches_of(examples: Examples, dataset: str, labels: str | None) -> Sketches:
    """Return the sketches of the training pictures as models see them; the last two data sets stay in memory.

    `dataset` and `labels` are the fingerprints of what the examples were taken from. Experiments that differ
    only in label noise have the same pictures.
    """
    noiseless = {"label_noise": 0.0, "noise": NoiseKind.SYMMETRIC, "confusions": ()}
    options = examples.options.model_copy(update=noiseless)
    with _making:
        return _made(_Pictures(data_fingerprint(options, dataset, labels), examples))


@lru_cache(maxsize=2)
def _made(pictures: _Pictures) -> Sketches:
    return Sketches(pictures.examples.images[: pictures.examples.n_train])
