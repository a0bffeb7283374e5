"""Pictures without what makes them pictures: moved pixels and noise (Zhang et al. 2017, section 2).

What is drawn for a picture is a function of the seed and of its place in the data set, so that it is the same
in every subset, in every epoch and on every machine.
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from backend.datasets.options import PixelMode
from backend.statistics.seeds import Purpose, generator

Picture = npt.NDArray[np.uint8]
Moments = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]

DESCRIPTIONS = {
    PixelMode.ORIGINAL: "pictures as they are",
    PixelMode.SHUFFLED: "pixels in one shuffled order, the same for all pictures",
    PixelMode.RANDOM: "pixels in a shuffled order of their own for each picture",
    PixelMode.GAUSSIAN: "Gaussian noise instead of pictures",
}


def disguised(
    picture: Picture, mode: PixelMode, seed: int, place: int, moments: Moments | None = None
) -> Picture:
    """Return what models see instead of a picture, (height, width) or (height, width, channels).

    `place` is where it stands in the data set. A pixel moves with all its channels. Noise needs `moments`,
    the mean and standard deviation by channel of the training pictures, (channels,) each; it is rounded and
    cut off at black and white, as pixels are.
    """
    if mode is PixelMode.ORIGINAL:
        return picture
    if mode is PixelMode.GAUSSIAN:
        if moments is None:
            raise ValueError("noise needs the moments of the data set")
        mean, deviation = moments
        channels = picture.reshape(*picture.shape[:2], -1).shape
        drawn = generator(seed, Purpose.PIXELS, place).normal(mean, deviation, channels)
        return np.clip(np.rint(drawn), 0, 255).astype(np.uint8).reshape(picture.shape)
    pixels = picture.shape[0] * picture.shape[1]
    if mode is PixelMode.SHUFFLED:
        order = _shared_order(seed, pixels)
    else:
        order = generator(seed, Purpose.PIXELS, place).permutation(pixels)
    return picture.reshape(pixels, -1)[order].reshape(picture.shape)


@lru_cache(maxsize=4)
def _shared_order(seed: int, pixels: int) -> npt.NDArray[np.int64]:
    return generator(seed, Purpose.PIXELS).permutation(pixels)
