"""Spearman's rank correlation and its interval."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from backend.statistics.rank_correlation import relative_ranks, spearman
from backend.statistics.ranking import Estimate


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=4, max_size=60))
def test_it_equals_scipy_with_ties(pairs):
    x, y = (np.array(values, float) for values in zip(*pairs, strict=True))
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        with pytest.raises(ValueError, match="differ"):
            spearman(x, y)
        return
    estimate = spearman(x, y)
    assert estimate.value == pytest.approx(spearmanr(x, y).statistic, abs=1e-12)
    assert -1 <= estimate.low <= estimate.value <= estimate.high <= 1


def test_the_interval_is_that_of_bonett_and_wright():
    # The example of `ci.spear` in Bonett's R package statpsych.
    y = np.array([21, 4, 9, 12, 35, 18, 10, 22, 24, 1, 6, 8, 13, 16, 19], float)
    x = np.array([67, 28, 30, 28, 52, 40, 25, 37, 44, 10, 14, 20, 28, 40, 51], float)
    estimate = spearman(x, y)
    assert estimate.value == pytest.approx(0.8699639, abs=1e-7)
    assert (estimate.low, estimate.high) == pytest.approx((0.5840951, 0.9638297), abs=1e-7)


@pytest.mark.parametrize("rho", [0.0, 0.75])
def test_the_interval_covers_the_true_correlation(rho):
    rng = np.random.default_rng(0)
    truth = 6 / np.pi * np.arcsin(rho / 2)  # of a bivariate normal (Pearson 1907)
    covered = 0
    for _ in range(600):
        x = rng.standard_normal(150)
        y = rho * x + np.sqrt(1 - rho**2) * rng.standard_normal(150)
        estimate = spearman(x, y)
        covered += estimate.low <= truth <= estimate.high
    assert 0.93 <= covered / 600 <= 0.97


def test_the_interval_covers_where_scores_pile_up():
    """Memorization from 20 models: six held-out answers make seven scores, most of them 0."""
    rng = np.random.default_rng(1)

    def draw(n):
        hardness = rng.beta(0.6, 2, n)
        return rng.binomial(6, hardness).astype(float), hardness + rng.normal(0, 0.2, n)

    truth = spearman(*draw(200_000)).value
    found = [spearman(*draw(300)) for _ in range(400)]
    assert 0.93 <= np.mean([estimate.low <= truth <= estimate.high for estimate in found]) <= 0.97


def test_perfect_order_and_what_has_none():
    x = np.arange(5.0)
    assert spearman(x, x**3) == Estimate(1, 1, 1)
    assert spearman(x, -x) == Estimate(-1, -1, -1)
    with pytest.raises(ValueError, match="at least 4"):
        spearman(x[:3], x[:3])
    with pytest.raises(ValueError, match="finite"):
        spearman(np.array([0, 1, 2, np.nan]), x[:4])


def test_relative_ranks_count_ties_half():
    assert relative_ranks(np.array([5.0, 1.0, 5.0, 9.0])).tolist() == [0.5, 0.125, 0.5, 0.875]


def test_quantities_taken_out_before_cost_a_pair_each():
    rng = np.random.default_rng(0)
    x = rng.standard_normal(40)
    y = x + rng.standard_normal(40)
    whole, less = spearman(x, y), spearman(x, y, taken=17)
    assert less.value == whole.value
    halves = [np.arctanh(one.high) - np.arctanh(one.value) for one in (whole, less)]
    assert halves[1] / halves[0] == pytest.approx(np.sqrt(37 / 20))
    with pytest.raises(ValueError, match="at least 4"):
        spearman(x, y, taken=37)
