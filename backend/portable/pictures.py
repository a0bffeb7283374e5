"""Pictures small enough to be carried: whole where they are small, else scaled down as sprites are."""

from collections.abc import Iterator
from math import prod

import numpy as np
import numpy.typing as npt
from PIL import Image

from backend.datasets import sprites
from backend.datasets.base import Dataset
from backend.datasets.mapped import slices

SIDE = sprites.TILE_SIDE  # pixels, at most, of a picture that is carried
MOST_BYTES = 2**29  # of all pictures together, before they are packed

Pixels = npt.NDArray[np.uint8]


def reduction(shape: tuple[int, ...], most_bytes: int = MOST_BYTES) -> int:
    """Return the least whole factor by which pictures (n, height, width, ...) have to be scaled down.

    After it no side is longer than `SIDE`, and all pictures have at most `most_bytes`, or one pixel each.
    """
    height, width = shape[1:3]
    factor = -(-max(height, width) // SIDE)
    while prod(reduced(shape, factor)) > most_bytes and factor < max(height, width):
        factor += 1
    return max(factor, 1)


def reduced(shape: tuple[int, ...], factor: int) -> tuple[int, ...]:
    """Return the form (n, height, width, ...) of pictures that are scaled down."""
    n, height, width, *rest = shape
    return (n, -(-height // factor), -(-width // factor), *rest)


def small(dataset: Dataset, factor: int) -> Iterator[Pixels]:
    """Yield all pictures in order, a part at a time, scaled down by a whole factor."""
    for part in slices(dataset.images):
        if factor == 1:
            yield np.ascontiguousarray(part)
        else:
            yield np.stack([np.asarray(Image.fromarray(picture).reduce(factor)) for picture in part])
