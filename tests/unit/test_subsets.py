"""Balanced subsets and the random streams behind them."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.statistics.seeds import Purpose, generator
from backend.statistics.subsets import heldout_count, subset_masks

sizes = st.integers(2, 60)
fractions = st.floats(0.5, 0.95)
seeds = st.integers(0, 2**32 - 1)


@given(seeds, sizes, fractions, st.integers(0, 40), st.integers(0, 40))
def test_every_subset_has_the_same_size(seed, n, fraction, first, count):
    masks = subset_masks(seed, n, fraction, first, count)
    assert masks.shape == (count, n)
    assert ((~masks).sum(axis=1) == heldout_count(n, fraction)).all()


@given(seeds, sizes, fractions, st.integers(1, 60))
def test_examples_are_held_out_equally_often_after_any_number_of_models(seed, n, fraction, count):
    held_out = np.cumsum(~subset_masks(seed, n, fraction, 0, count), axis=0)
    assert (held_out.max(axis=1) - held_out.min(axis=1)).max() <= 1


@given(seeds, sizes, fractions, st.integers(0, 50), st.integers(1, 20))
def test_a_mask_does_not_depend_on_the_unit_it_is_asked_for_in(seed, n, fraction, first, count):
    together = subset_masks(seed, n, fraction, 0, first + count)
    assert (subset_masks(seed, n, fraction, first, count) == together[first:]).all()
    assert (subset_masks(seed, n, fraction, first + count - 1, 1)[0] == together[-1]).all()


def test_seeds_and_models_differ():
    masks = subset_masks(0, 200, 0.7, 0, 50)
    assert len(np.unique(masks, axis=0)) == 50
    assert (masks != subset_masks(1, 200, 0.7, 0, 50)).any(axis=1).all()


def test_two_examples_are_held_out_together_as_often_as_chance_has_it():
    n, models = 20, 40_000
    held_out = (~subset_masks(3, n, 0.7, 0, models)).astype(np.int64)
    together = held_out.T @ held_out / models
    pairs = together[~np.eye(n, dtype=bool)]
    assert pairs == pytest.approx(6 / 20 * 5 / 19, abs=0.01)  # every draw without replacement: 6 of 20
    assert np.diag(together) == pytest.approx(0.3, abs=1e-4)


def test_large_sets_are_quick():
    started = time.perf_counter()
    masks = subset_masks(0, 50_000, 0.7, 3_900, 100)
    assert time.perf_counter() - started < 2
    assert masks.sum(axis=1).tolist() == [35_000] * 100


@pytest.mark.parametrize(("n", "fraction"), [(10, 0.49), (10, 1.0), (1, 0.7)])
def test_impossible_subsets_are_refused(n, fraction):
    with pytest.raises(ValueError, match="subset"):
        heldout_count(n, fraction)


def test_streams_are_reproducible_and_separate():
    asked = [
        (0, Purpose.ORDER, 1, 2),
        (0, Purpose.ORDER, 2, 1),
        (0, Purpose.ORDER, 1),
        (1, Purpose.ORDER, 1, 2),
    ]
    asked += [(0, Purpose.INITIALIZATION, 1, 2), (0, Purpose.ORDER, 1, 2, 0), (2**32, Purpose.ORDER, 1, 2)]
    draws = [generator(*arguments).integers(2**62) for arguments in asked]
    assert len(set(draws)) == len(asked)
    assert draws == [generator(*arguments).integers(2**62) for arguments in asked]


def test_streams_never_change():
    # Stored results of finished experiments were drawn from these.
    assert generator(7, Purpose.ORDER, 3, 1).permutation(8).tolist() == [4, 5, 3, 7, 0, 2, 1, 6]
    assert np.flatnonzero(~subset_masks(7, 10, 0.7, 3, 1)[0]).tolist() == [0, 1, 5]
