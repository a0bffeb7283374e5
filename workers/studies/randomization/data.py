"""What the study's networks see: center crops of the experiment's pictures, disguised or not."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from backend.datasets.examples import Examples
from backend.datasets.label_noise import corrupt_labels
from backend.datasets.options import PixelMode
from backend.datasets.pixels import disguised
from backend.statistics.seeds import Purpose, generator
from backend.studies.randomization.params import border, seen
from workers.engine.fit import FitData

Pictures = npt.NDArray[np.uint8]


def fit_data(examples: Examples, modes: Sequence[PixelMode], *, flat: bool, crops: bool) -> FitData:
    """Return the pictures once for each kind of pixels, with a border around them where crops move.

    Pixels are disguised after the crop, so that a shuffled picture has the same pixels as the picture.
    """
    around = border(examples.shape) if crops else 0
    cropped = center_crops(examples, around)
    versions = [_disguised(cropped, examples, mode) for mode in modes]
    n = examples.n_train
    stacked = np.stack(versions).transpose(0, 1, 4, 2, 3)
    return FitData(
        x=stacked[:, :n],
        x_test=stacked[:, n:],
        y_test=examples.labels[n:],
        classes=len(examples.classes),
        border=around,
        flat=flat,
    )


def center_crops(examples: Examples, around: int = 0) -> Pictures:
    """Return the middle of each picture and `around` pixels on each side, (n, height, width, channels)."""
    shape = examples.shape
    height, width = seen(shape).height + 2 * around, seen(shape).width + 2 * around
    top, left = (shape.height - height) // 2, (shape.width - width) // 2
    images = examples.images.reshape(-1, shape.height, shape.width, shape.channels)
    return images[:, top : top + height, left : left + width]


def numbers(examples: Examples, chosen: npt.NDArray[np.int64] | slice) -> npt.NDArray[np.float64]:
    """Return the pixels of the chosen examples' center crops as rows (n, d) of numbers from 0 to 1."""
    crops = center_crops(examples)[chosen]
    return crops.reshape(len(crops), -1) / 255


def whitened(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return rows (n, d) of numbers from 0 to 1 as networks see them: each of mean 0 and deviation 1."""
    spread = np.maximum(x.std(axis=1, keepdims=True), 1 / np.sqrt(x.shape[1]))
    return np.asarray((x - x.mean(axis=1, keepdims=True)) / spread)


def drawn(examples: Examples, most: int) -> npt.NDArray[np.int64]:
    """Return the places of at most that many training examples, the first ones of one order for all sizes."""
    return generator(examples.options.data_seed, Purpose.SUBSAMPLE).permutation(examples.n_train)[:most]


def labels(examples: Examples, corruption: float) -> npt.NDArray[np.int64]:
    """Return the training labels (n,), each redrawn among all classes with that probability."""
    true = examples.labels[: examples.n_train]
    noisy, _ = corrupt_labels(true, len(examples.classes), corruption, examples.options.data_seed)
    return noisy


def _disguised(cropped: Pictures, examples: Examples, mode: PixelMode) -> Pictures:
    if mode is PixelMode.ORIGINAL:
        return cropped
    seed, places = examples.options.data_seed, examples.source.tolist()
    moments = examples.moments if mode is PixelMode.GAUSSIAN else None
    out = np.empty_like(cropped)
    for index, place in enumerate(places):
        out[index] = disguised(cropped[index], mode, seed, place, moments)
    return out
