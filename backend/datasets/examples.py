"""The examples of one experiment: a data set seen through the experiment's options."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from PIL import Image

from backend.datasets.base import Dataset, Shape
from backend.datasets.label_noise import corrupt_labels, flip_labels
from backend.datasets.options import (
    DataOptions,
    NoiseKind,
    PixelMode,
    check_classes,
    invalid_option,
    listed,
)
from backend.datasets.pixels import Moments, disguised
from backend.datasets.ranks import rank_in_class
from backend.statistics.seeds import Purpose, generator

_CHUNK = 1024  # images looked at together

MIN_CLASS = 2  # training examples a class needs: with one, no model could have a class-mate of it


@dataclass(frozen=True)
class Examples:
    """Training examples first, then test examples; both in the order of the data set.

    source: (n,) where each stands in the data set; labels: (n,) true classes and given: (n_train,) the labels
    trained on, as indices into `classes`.
    """

    dataset: Dataset
    options: DataOptions
    source: npt.NDArray[np.int64]
    labels: npt.NDArray[np.int64]
    given: npt.NDArray[np.int64]
    classes: tuple[str, ...]

    @property
    def n_train(self) -> int:
        """Number of training examples."""
        return len(self.given)

    @property
    def n_test(self) -> int:
        """Number of test examples."""
        return len(self.source) - self.n_train

    @property
    def flipped(self) -> npt.NDArray[np.bool_]:
        """(n_train,) whether the label trained on differs from the true one."""
        return np.not_equal(self.given, self.labels[: self.n_train])

    @property
    def shape(self) -> Shape:
        """The form of these examples."""
        whole, side = self.dataset.shape, self.options.image_size
        return Shape(
            n_train=self.n_train,
            n_test=self.n_test,
            classes=len(self.classes),
            height=side or whole.height,
            width=side or whole.width,
            channels=1 if self.options.grayscale else whole.channels,
        )

    def name(self, index: int) -> str:
        """Return the name that the data set gives an example."""
        return self.dataset.names[int(self.source[index])]

    @cached_property
    def images(self) -> npt.NDArray[np.uint8]:
        """(n, height, width) or (n, height, width, 3) uint8: what models see, as the options ask."""
        if self._untouched:
            whole = len(self.source) == len(self.dataset.images)
            return self.dataset.images if whole else self.dataset.images[self.source]
        shape = self.shape
        size = (len(self.source), shape.height, shape.width)
        images = np.empty(size if shape.channels == 1 else (*size, shape.channels), np.uint8)
        for index in range(len(images)):
            images[index] = self.seen(index)
        return images

    @property
    def _untouched(self) -> bool:
        options = self.options
        same = options.image_size is None and not options.grayscale
        return same and options.pixels is PixelMode.ORIGINAL

    def seen(self, index: int) -> npt.NDArray[np.uint8]:
        """Return what models see of one example."""
        place, mode = int(self.source[index]), self.options.pixels
        moments = self._picture_moments if mode is PixelMode.GAUSSIAN else None
        return disguised(self._picture(place), mode, self.options.data_seed, place, moments)

    def _picture(self, place: int) -> npt.NDArray[np.uint8]:
        return self._converted(self.dataset.images[place])

    @cached_property
    def moments(self) -> Moments:
        """Mean and standard deviation of all training pixels that models see by channel, (channels,) each."""
        return self._moments(self.n_train, lambda part: self.images[part])

    @cached_property
    def _picture_moments(self) -> Moments:
        """The same of all training pictures of the data set, before their pixels are disguised."""

        def pictures(part: slice) -> npt.NDArray[np.uint8]:
            return np.stack([self._picture(place) for place in range(part.start, part.stop)])

        return self._moments(self.dataset.n_train, pictures)

    def _moments(self, n: int, pictures: Callable[[slice], npt.NDArray[np.uint8]]) -> Moments:
        counts = np.zeros((self.shape.channels, 256))
        for start in range(0, n, _CHUNK):
            pixels = pictures(slice(start, min(start + _CHUNK, n)))
            for channel, values in enumerate(pixels.reshape(-1, len(counts)).T):
                counts[channel] += np.bincount(values, minlength=256)
        level = np.arange(256.0)
        mean, square = counts @ level / counts.sum(axis=1), counts @ level**2 / counts.sum(axis=1)
        return mean, np.sqrt(square - mean**2)

    def _converted(self, pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        side = self.options.image_size
        if side is None and not self.options.grayscale:
            return pixels
        image = Image.fromarray(pixels)
        if self.options.grayscale:
            image = image.convert("L")
        if side is not None and image.size != (side, side):
            image = image.resize((side, side), Image.Resampling.BILINEAR)
        return np.asarray(image)


def take(dataset: Dataset, options: DataOptions, labels: npt.NDArray[np.int64] | None = None) -> Examples:
    """Apply options to a data set; `labels` (n_train,) is the label file, as indices into its classes.

    InvalidError names the option that does not fit the data set, and what would.
    """
    kept = check_classes(dataset.classes, options)
    new_index = np.full(len(dataset.classes), -1)
    new_index[kept] = np.arange(len(kept))
    given = dataset.labels[: dataset.n_train] if labels is None else labels
    # A training example stays if both its true and its given class do.
    stays = new_index[dataset.labels] >= 0
    stays[: dataset.n_train] &= new_index[given] >= 0
    train = _drawn(np.flatnonzero(stays[: dataset.n_train]), dataset.labels, options)
    test = dataset.n_train + np.flatnonzero(stays[dataset.n_train :])
    source = np.concatenate([train, test])
    classes = tuple(dataset.classes[c] for c in kept)
    present = np.bincount(new_index[given[train]], minlength=len(kept))
    if present.min() < MIN_CLASS:
        name = classes[int(present.argmin())]
        raise invalid_option(
            "dataset" if labels is None else "labels",
            f"class {name!r} needs at least {MIN_CLASS} training examples, it has {present.min()}",
        )
    confusions = _confusions(options, classes)
    noisy = new_index[given[train]]
    if options.label_noise and options.noise is NoiseKind.UNIFORM:
        noisy, _ = corrupt_labels(noisy, len(classes), options.label_noise, options.data_seed)
    elif options.label_noise:
        noisy, _ = flip_labels(noisy, len(classes), options.label_noise, options.data_seed, confusions)
    return Examples(dataset, options.data(), source, new_index[dataset.labels[source]], noisy, classes)


def _drawn(
    candidates: npt.NDArray[np.int64], labels: npt.NDArray[np.int64], options: DataOptions
) -> npt.NDArray[np.int64]:
    """Return the first `per_class` of each true class in a seeded order, back in the data set's order."""
    if options.per_class is None:
        return candidates
    order = generator(options.data_seed, Purpose.SUBSAMPLE).permutation(len(labels))
    order = order[np.isin(order, candidates)]
    return np.sort(order[rank_in_class(labels[order]) < options.per_class])


def _confusions(options: DataOptions, classes: tuple[str, ...]) -> npt.NDArray[np.int64] | None:
    """Return the class that each class turns into, (classes,), or None for noise that is alike for all."""
    if options.noise is not NoiseKind.CLASS_DEPENDENT:
        if options.confusions:
            raise invalid_option("confusions", "are for class-dependent noise only; leave them empty")
        return None
    if not options.confusions:
        return (np.arange(len(classes)) + 1) % len(classes)
    target = np.arange(len(classes))
    for pair in options.confusions:
        names = [name.strip() for name in pair.split(">")]
        if len(names) != 2 or not set(names) <= set(classes):
            example = f"{classes[0]}>{classes[1]}"
            raise invalid_option("confusions", f"{pair!r} is no pair such as {example} of: {listed(classes)}")
        target[classes.index(names[0])] = classes.index(names[1])
    return target
