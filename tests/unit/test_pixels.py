"""Pixels that are moved or drawn: what stays of a picture, and that every draw has its place."""

from typing import Any

import numpy as np
import pytest

from backend.datasets.base import Dataset
from backend.datasets.examples import take
from backend.datasets.options import DataOptions, PixelMode
from backend.datasets.pixels import disguised

N_TRAIN, N_TEST = 60, 12


def make(gray: bool) -> Dataset:
    rng = np.random.default_rng(0)
    shape = (N_TRAIN + N_TEST, 6, 5) if gray else (N_TRAIN + N_TEST, 6, 5, 3)
    images = rng.integers(0, 256, shape, np.uint8)
    labels = np.arange(N_TRAIN + N_TEST) % 3
    return Dataset("noise", images, labels, ("a", "b", "c"), tuple(map(str, labels)), N_TRAIN)


def seen(gray: bool = False, **options: Any) -> np.ndarray[Any, Any]:
    return take(make(gray), DataOptions(**options)).images


def pixels(images: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """(n, pixels, channels)"""
    return images.reshape(len(images), 30, -1)


@pytest.mark.parametrize("gray", [True, False])
def test_one_order_shuffles_all_pictures_alike(gray: bool) -> None:
    before, after = pixels(seen(gray)), pixels(seen(gray, pixels="shuffled"))
    # Where each pixel of the first picture went; all 30 differ in some picture, so the order is plain.
    order = [int(np.flatnonzero((before == after[:, [i]]).all(axis=(0, 2)))[0]) for i in range(30)]
    assert sorted(order) == list(range(30)) != order
    assert (before[:, order] == after).all()


@pytest.mark.parametrize("gray", [True, False])
def test_random_pixels_keep_each_pictures_pixels_and_not_their_places(gray: bool) -> None:
    before, after = pixels(seen(gray)), pixels(seen(gray, pixels="random"))
    for one, other in zip(before, after, strict=True):
        assert sorted(map(tuple, one.tolist())) == sorted(map(tuple, other.tolist()))
    shuffled = pixels(seen(gray, pixels="shuffled"))
    assert not (after == shuffled).all(axis=(1, 2)).any()
    same = (after[0] == before[0]).all(axis=1).mean()
    assert same < 0.5


def test_noise_has_the_data_sets_moments_and_nothing_of_its_pictures() -> None:
    rng = np.random.default_rng(1)
    images = np.clip(rng.normal((90, 130, 160), (10, 20, 30), (400, 8, 8, 3)), 0, 255).astype(np.uint8)
    dataset = Dataset("d", images, np.arange(400) % 2, ("a", "b"), ("",) * 400, 300)
    drawn = take(dataset, DataOptions(pixels="gaussian")).images.reshape(-1, 3).astype(float)
    train = images[:300].reshape(-1, 3).astype(float)
    # 25,600 draws a channel: five standard errors of a mean are 0.03 of a spread.
    assert np.abs(drawn.mean(axis=0) - train.mean(axis=0)).max() < 0.035 * train.std(axis=0).max()
    assert drawn.std(axis=0) == pytest.approx(train.std(axis=0), rel=0.03)
    with pytest.raises(ValueError, match="moments"):
        disguised(images[0], PixelMode.GAUSSIAN, 0, 0)


@pytest.mark.parametrize("gray", [True, False])
def test_moments_are_those_of_the_training_pixels(gray: bool) -> None:
    mean, deviation = take(make(gray), DataOptions()).moments
    train = pixels(seen(gray)[:N_TRAIN])
    assert mean == pytest.approx(train.mean(axis=(0, 1)))
    assert deviation == pytest.approx(train.std(axis=(0, 1)))


@pytest.mark.parametrize("mode", list(PixelMode))
def test_a_picture_looks_the_same_in_every_subset_and_at_every_time(mode: PixelMode) -> None:
    whole = take(make(False), DataOptions(pixels=mode, data_seed=3))
    part = take(make(False), DataOptions(pixels=mode, data_seed=3, per_class=5))
    for index, place in enumerate(part.source):
        assert (part.images[index] == whole.images[place]).all()
    assert (whole.seen(7) == whole.images[7]).all()
    again = take(make(False), DataOptions(pixels=mode, data_seed=3)).images
    other = take(make(False), DataOptions(pixels=mode, data_seed=4)).images
    assert (again == whole.images).all()
    assert (other == whole.images).all() == (mode is PixelMode.ORIGINAL)


@pytest.mark.parametrize("mode", list(PixelMode))
def test_other_options_come_first(mode: PixelMode) -> None:
    examples = take(make(False), DataOptions(pixels=mode, grayscale=True, image_size=4))
    assert examples.images.shape == (N_TRAIN + N_TEST, 4, 4)
    plain = take(make(False), DataOptions(grayscale=True, image_size=4)).images
    if mode in {PixelMode.SHUFFLED, PixelMode.RANDOM}:
        assert (np.sort(examples.images.reshape(72, -1)) == np.sort(plain.reshape(72, -1))).all()
