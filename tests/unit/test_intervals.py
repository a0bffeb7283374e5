"""Score intervals: coverage where scores pile up, limits, verdicts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from backend.core.contracts import Verdict
from backend.statistics.intervals import VERDICT_NAMES, newcombe, verdict, wald, wilson

MODELS = (50, 100, 200, 400)
MODES = ((1.0, 0.5), (1.0, 0.02), (1.0, 0.98))


@st.composite
def counts(draw):
    n_in, n_out = draw(st.integers(1, 3000)), draw(st.integers(1, 3000))
    return draw(st.integers(0, n_in)), n_in, draw(st.integers(0, n_out)), n_out


def exact_coverage(interval, models, p_in, p_out):
    """Sum the probability of every outcome whose interval has the true score: no simulation noise."""
    n_out = round(0.3 * models)
    n_in = models - n_out
    k_in, k_out = np.meshgrid(np.arange(n_in + 1), np.arange(n_out + 1), indexing="ij")
    low, high = interval(k_in, n_in, k_out, n_out)
    probability = binom.pmf(k_in, n_in, p_in) * binom.pmf(k_out, n_out, p_out)
    score = p_in - p_out
    return probability[(low <= score + 1e-12) & (score - 1e-12 <= high)].sum()


@pytest.mark.parametrize("models", MODELS)
@pytest.mark.parametrize(("p_in", "p_out"), MODES)
def test_newcombe_covers_the_true_score(models, p_in, p_out):
    assert exact_coverage(newcombe, models, p_in, p_out) >= 0.94


@pytest.mark.parametrize(("p_in", "p_out"), [(1.0, 0.02), (1.0, 0.98)])
def test_wald_misses_the_true_score_at_both_modes(p_in, p_out):
    assert exact_coverage(wald, 50, p_in, p_out) < 0.3
    assert exact_coverage(wald, 100, p_in, p_out) < 0.5


@pytest.mark.parametrize(("p_in", "p_out"), MODES)
def test_coverage_by_simulation_agrees(p_in, p_out):
    rng = np.random.default_rng(0)
    k_in, k_out = rng.binomial(140, p_in, 20_000), rng.binomial(60, p_out, 20_000)
    low, high = newcombe(k_in, 140, k_out, 60)
    covered = ((low <= p_in - p_out + 1e-12) & (p_in - p_out - 1e-12 <= high)).mean()
    assert covered == pytest.approx(exact_coverage(newcombe, 200, p_in, p_out), abs=0.006)


@given(counts())
def test_newcombe_contains_the_score_and_stays_within_its_range(case):
    k_in, n_in, k_out, n_out = case
    low, high = newcombe(k_in, n_in, k_out, n_out)
    assert -1 <= low <= k_in / n_in - k_out / n_out <= high <= 1
    assert high > low


@given(counts())
def test_newcombe_of_swapped_groups_is_mirrored(case):
    k_in, n_in, k_out, n_out = case
    low, high = newcombe(k_in, n_in, k_out, n_out)
    mirrored_low, mirrored_high = newcombe(k_out, n_out, k_in, n_in)
    assert (low, high) == pytest.approx((-mirrored_high, -mirrored_low))


def test_newcombe_gives_the_published_example():
    # Newcombe 1998, Table II, method 10: 56/70 against 48/80.
    low, high = newcombe(56, 70, 48, 80)
    assert (round(float(low), 4), round(float(high), 4)) == (0.0524, 0.3339)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_equals_scipy(case):
    k, n = case
    expected = binomtest(k, n).proportion_ci(method="wilson")
    assert wilson(k, n) == pytest.approx((expected.low, expected.high))


def test_intervals_are_elementwise_and_nan_without_models():
    low, high = newcombe(
        np.array([[7, 3], [0, 5]]), 7, np.array([[0, 0], [0, 3]]), np.array([[0, 3], [3, 3]])
    )
    assert np.isnan(low).tolist() == np.isnan(high).tolist() == [[True, False], [False, False]]
    assert (low[1, 1], high[1, 1]) == tuple(float(v) for v in newcombe(5, 7, 3, 3))


def test_verdict_needs_the_whole_interval_on_one_side():
    low = np.array([0.25, 0.249, -0.1, -0.1, np.nan])
    high = np.array([0.9, 0.9, 0.25, 0.2499, np.nan])
    names = [VERDICT_NAMES[code] for code in verdict(low, high)]
    assert names == ["memorized", "undecided", "undecided", "not_memorized", "undecided"]
    assert VERDICT_NAMES[int(verdict(0.25, 0.9, threshold=0.3))] == "undecided"


def test_verdict_names_are_those_of_the_contract():
    assert tuple(Verdict) == VERDICT_NAMES
