"""The nearest training pictures of all pictures are those that a direct comparison finds."""

import numpy as np
import pytest

from backend.datasets import lookalikes
from backend.datasets.digits import load_digits_dataset
from backend.datasets.lookalikes import NEAR, Lookalikes, find_lookalikes


@pytest.mark.parametrize("chunk", [64, 2048])
def test_they_agree_with_a_direct_comparison(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(lookalikes, "_CHUNK", chunk)
    images = load_digits_dataset().images[:300]
    found = find_lookalikes(images, 250)
    pixels = images.reshape(300, -1).astype(float)
    apart = np.sqrt(np.square(pixels[:, None] - pixels[None, :250]).mean(axis=2))
    apart[np.arange(250), np.arange(250)] = np.inf  # nobody is a lookalike of its own
    np.testing.assert_allclose(found.distances, np.sort(apart, axis=1)[:, :10], rtol=1e-6)
    np.testing.assert_allclose(np.take_along_axis(apart, found.indices, axis=1), found.distances, rtol=1e-6)
    assert found.usual == pytest.approx(np.median(apart[:250].min(axis=1)))


def test_near_duplicates_are_nearer_than_a_third_of_what_is_usual() -> None:
    edge = np.float32(30 * NEAR)
    found = Lookalikes(3, np.array([[1, 2], [0, 2], [1, 0], [2, 0]]), np.array([[30, 40]] * 3 + [[edge, 31]]))
    assert found.near(np.array([2, 0]), np.array([3, 3])).tolist() == [True, False]
    just = Lookalikes(3, found.indices, np.array([[30, 40]] * 3 + [[edge * 1.001, 31]]))
    assert not just.near(np.array([2]), np.array([3])).any()
    assert found.rank(np.array([2, 0, 1]), np.array([3, 3, 3])).tolist() == [1, 2, 0]
    assert np.isnan(found.distance(np.array([1]), np.array([3]))).all()
