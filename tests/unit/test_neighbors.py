"""The nearest pictures: the same as by comparing all of them, from little memory."""

from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from backend.datasets import neighbors
from backend.datasets.base import Dataset
from backend.datasets.examples import take
from backend.datasets.neighbors import Sketches, sketches_of
from backend.datasets.options import DataOptions

SHAPES = st.tuples(
    st.integers(2, 40), st.integers(1, 20), st.integers(1, 20), st.sampled_from([None, 1, 3])
).map(lambda sides: tuple(side for side in sides if side is not None))


def brute_force(images, index: int, count: int) -> tuple[list[int], list[float]]:
    pixels = images.reshape(len(images), -1).astype(np.int64)
    squares = ((pixels - pixels[index]) ** 2).sum(axis=1)
    others = sorted((square, i) for i, square in enumerate(squares.tolist()) if i != index)[:count]
    return [i for _, i in others], [(square / pixels.shape[1]) ** 0.5 for square, _ in others]


@settings(deadline=None)
@given(
    images=SHAPES.flatmap(lambda shape: arrays(np.uint8, shape, elements=st.sampled_from([0, 1, 7, 255]))),
    pick=st.integers(0, 10**6),
    count=st.integers(1, 45),
)
def test_the_nearest_are_those_of_brute_force_also_among_equals(images, pick: int, count: int):
    index = pick % len(images)
    with patch.object(neighbors, "_BATCH", 1):  # so that few pictures are many batches
        found = Sketches(images).nearest(index, count)
    indices, distances = brute_force(images, index, count)
    assert found.indices.tolist() == indices
    assert found.distances.tolist() == pytest.approx(distances, abs=1e-12)


@pytest.mark.parametrize("shape", [(28, 28), (32, 32, 3)])
def test_most_pictures_are_ruled_out_by_their_sketch(shape, monkeypatch: pytest.MonkeyPatch):
    rng = np.random.default_rng(0)
    # Smooth pictures around a few motifs, as real ones are: coarse noise, scaled up.
    coarse = rng.integers(0, 200, (6, 4, 4, *shape[2:]))[rng.integers(0, 6, 1200)]
    coarse = coarse + rng.integers(0, 40, coarse.shape)
    images = coarse.repeat(shape[0] // 4, axis=1).repeat(shape[1] // 4, axis=2)
    images = (images + rng.integers(0, 16, images.shape)).astype(np.uint8)
    compared = []
    exact = Sketches._squares
    monkeypatch.setattr(
        Sketches, "_squares", lambda self, i, others: compared.extend(others) or exact(self, i, others)
    )
    found = Sketches(images).nearest(17, 12)
    assert found.indices.tolist() == brute_force(images, 17, 12)[0]
    assert len(set(compared)) == len(compared) < 600


def test_sketches_of_many_pictures_are_coarser_and_still_right(monkeypatch: pytest.MonkeyPatch):
    images = np.random.default_rng(1).integers(0, 256, (500, 16, 16, 3), np.uint8)
    monkeypatch.setattr(neighbors, "MAX_BYTES", 500 * 4 * 17)
    sketches = Sketches(images)
    assert sketches._sketches.shape == (500, 2 * 2 * 4)
    assert sketches.nearest(3, 5).indices.tolist() == brute_force(images, 3, 5)[0]


@pytest.fixture
def dataset() -> Dataset:
    rng = np.random.default_rng(2)
    labels = np.arange(80) % 2
    images = rng.integers(0, 256, (80, 12, 12, 3), np.uint8)
    return Dataset("pets", images, labels, ("cat", "dog"), tuple(map(str, range(80))), 60)


def test_neighbors_are_those_of_the_pictures_as_models_see_them(dataset: Dataset):
    for options in (DataOptions(image_size=6, grayscale=True), DataOptions(per_class=10)):
        examples = take(dataset, options)
        found = sketches_of(examples, "f1", None).nearest(4, 100)
        expected, _ = brute_force(examples.images[: examples.n_train], 4, 100)
        assert found.indices.tolist() == expected, "training examples only"


def test_two_data_sets_stay_in_memory_and_label_noise_makes_no_other_pictures(dataset: Dataset):
    plain = sketches_of(take(dataset, DataOptions()), "f2", None)
    noisy = sketches_of(take(dataset, DataOptions(label_noise=0.5, data_seed=0)), "f2", None)
    assert noisy is plain
    assert sketches_of(take(dataset, DataOptions(grayscale=True)), "f2", None) is not plain
    assert sketches_of(take(dataset, DataOptions()), "f2", None) is plain
    sketches_of(take(dataset, DataOptions()), "f3", None)
    sketches_of(take(dataset, DataOptions()), "f4", None)
    assert sketches_of(take(dataset, DataOptions()), "f2", None) is not plain
