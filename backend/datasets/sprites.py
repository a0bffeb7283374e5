"""Pictures as PNG, alone or side by side in a sprite; never recolored, small ones never scaled."""

import io
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from PIL import Image

TILE_SIDE = 128  # pixels, at most, of a picture in a sprite: browsers refuse images that are too wide

Pixels = npt.NDArray[np.uint8]


def png(pixels: Pixels, compress_level: int = 6) -> bytes:
    """Encode (height, width) or (height, width, 3) pixels."""
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, "png", compress_level=compress_level)
    return buffer.getvalue()


def reduction(images: Pixels) -> int:
    """Return the whole factor by which `strip` scales pictures down; 1 up to 128 pixels a side."""
    return -(-max(map(int, images.shape[1:3])) // TILE_SIDE)


def strip(images: Pixels, indices: npt.ArrayLike) -> Pixels:
    """Return the chosen pictures side by side; those of more than 128 pixels a side are scaled down."""
    factor = reduction(images)
    tiles: Iterable[Pixels] = images[np.asarray(indices)]
    if factor > 1:
        tiles = [np.asarray(Image.fromarray(tile).reduce(factor)) for tile in tiles]
    return np.concatenate(list(tiles), axis=1)
