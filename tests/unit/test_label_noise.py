"""Labels flipped on purpose."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.datasets.label_noise import flip_labels


@given(st.integers(1, 200), st.integers(2, 12), st.floats(0, 1), st.integers(0, 2**32 - 1))
def test_exactly_the_asked_share_gets_another_class(n, classes, fraction, seed):
    labels = np.arange(n) % classes
    noisy, flipped = flip_labels(labels, classes, fraction, seed)
    assert flipped.sum() == round(fraction * n)
    assert ((noisy != labels) == flipped).all()
    assert noisy.min() >= 0
    assert noisy.max() < classes
    assert (labels == np.arange(n) % classes).all()


def test_other_classes_are_equally_likely():
    noisy, _ = flip_labels(np.full(90_000, 3), 10, 1.0, seed=1)
    counts = np.bincount(noisy, minlength=10)
    assert counts[3] == 0
    assert np.delete(counts, 3) == pytest.approx(10_000, rel=0.05)


def test_the_seed_decides():
    labels = np.zeros(500, np.int64)
    first, again, other = (flip_labels(labels, 10, 0.2, seed) for seed in (5, 5, 6))
    assert (first[0] == again[0]).all()
    assert (first[1] != other[1]).any()


@pytest.mark.parametrize(("classes", "fraction"), [(10, -0.1), (10, 1.1), (1, 0.1)])
def test_impossible_noise_is_refused(classes, fraction):
    with pytest.raises(ValueError, match="label"):
        flip_labels(np.zeros(10, np.int64), classes, fraction, 0)
