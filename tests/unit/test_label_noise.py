"""Labels flipped or redrawn on purpose."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, chisquare

from backend.datasets.label_noise import corrupt_labels, flip_labels


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
    for change in (flip_labels, corrupt_labels):
        with pytest.raises(ValueError, match="label"):
            change(np.zeros(10, np.int64), classes, fraction, 0)


def test_what_was_flipped_stays_flipped():
    """Stored experiments depend on these draws."""
    labels = np.arange(12) % 4
    assert flip_labels(labels, 4, 0.5, 7)[0].tolist() == [0, 2, 3, 3, 1, 1, 3, 1, 0, 2, 2, 3]
    confused = flip_labels(labels, 4, 0.5, 7, np.array([1, 0, 2, 2]))
    assert confused[0].tolist() == [0, 0, 2, 3, 1, 1, 2, 2, 0, 0, 2, 3]


@pytest.mark.parametrize("classes", [2, 10])
@pytest.mark.parametrize("probability", [0.1, 0.5, 0.9, 1.0])
def test_each_label_is_redrawn_from_all_classes_with_the_probability(classes, probability):
    n = 20_000
    labels = np.arange(n) % classes
    noisy, redrawn = corrupt_labels(labels, classes, probability, seed=3)
    low, high = binom.ppf([1e-4, 1 - 1e-4], n, probability * (1 - 1 / classes))
    assert low <= (noisy != labels).sum() <= high
    low, high = binom.ppf([1e-4, 1 - 1e-4], n, probability)
    assert low <= redrawn.sum() <= high
    assert (noisy == labels)[~redrawn].all()
    assert (labels == np.arange(n) % classes).all()


def test_random_labels_are_uniform_whatever_they_were():
    labels = np.repeat([0, 1, 2], [20_000, 5_000, 5_000])
    noisy, redrawn = corrupt_labels(labels, 3, 1.0, seed=0)
    assert redrawn.all()
    for own in range(3):
        assert chisquare(np.bincount(noisy[labels == own], minlength=3)).pvalue > 1e-3


@given(st.integers(1, 200), st.integers(2, 12), st.floats(0, 1), st.floats(0, 1), st.integers(0, 2**32 - 1))
def test_what_is_redrawn_stays_so_at_a_higher_probability(n, classes, one, other, seed):
    labels = np.arange(n) % classes
    low, high = (corrupt_labels(labels, classes, p, seed) for p in sorted((one, other)))
    assert (low[1] <= high[1]).all()
    assert (low[0] == high[0])[low[1]].all()
    assert 0 <= high[0].min() <= high[0].max() < classes
    none = corrupt_labels(labels, classes, 0.0, seed)
    assert (none[0] == labels).all()
    assert not none[1].any()


def test_a_redrawn_label_depends_on_the_seed_and_its_place_alone():
    labels = np.arange(500) % 10
    noisy, _ = corrupt_labels(labels, 10, 0.5, seed=5)
    np.random.seed(1)  # the global state has no say
    assert (corrupt_labels(labels, 10, 0.5, seed=5)[0] == noisy).all()
    assert (corrupt_labels(labels[:100], 10, 0.5, seed=5)[0] == noisy[:100]).all()
    assert (corrupt_labels(labels, 10, 0.5, seed=6)[0] != noisy).any()
