"""Memorization of singletons in a mixture of subpopulations, and the gap identity over all samples."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.theory.enumeration import enumerate_samples
from backend.theory.long_tail import expected_points, tau
from backend.theory.priors import custom, zipf
from backend.theory.subpopulations import LINEAR, NEAREST, Mixture, measure

N = 400
FREQUENCIES = zipf(N, 1, grouped=False).each()
TAU = float(tau(zipf(N, 1), N, 1))


def run(learner, dimensions, tightness, *, seed=0, n=N, repetitions=10, frequencies=FREQUENCIES, **more):
    rng = np.random.default_rng(np.random.SeedSequence((seed, dimensions)))
    return measure(rng, Mixture(frequencies, dimensions, tightness, 10), learner, n, repetitions, **more)


@pytest.fixture(scope="module")
def coupled():
    return run(NEAREST, 1000, 0.5)


def test_dropping_singletons_costs_tau_for_each_where_subpopulations_are_apart(coupled):
    predicted = TAU * coupled.errn().value
    assert coupled.coupling().value > 0.99
    assert coupled.excess().value == pytest.approx(predicted, rel=0.15)
    assert 0.10 < coupled.excess().value < 0.135
    assert predicted == pytest.approx(TAU * 0.9 * expected_points(zipf(N, 1), N, 1), rel=0.05)
    difference = coupled.error_without_singletons().value - coupled.error().value
    np.testing.assert_allclose(coupled.excess().value, difference)


def test_nothing_is_gained_from_singletons_where_subpopulations_overlap():
    overlapping = run(NEAREST, 20, 0.5)
    assert TAU * overlapping.errn().value == pytest.approx(0.119, abs=0.01)
    assert overlapping.excess().value < 0.02
    assert overlapping.coupling().value < 0.3


def test_a_learner_that_fits_little_memorizes_little():
    weak = run(LINEAR, 20, 0.5, repetitions=3)
    assert weak.train_error().value > 0.4
    assert weak.gap().value == pytest.approx(weak.error().value - weak.train_error().value)
    assert weak.memorization().value == pytest.approx(weak.gap().value, abs=0.03)
    singletons = N * weak.share_by_multiplicity().value[0]
    assert 0.8 * singletons < weak.errn().value < singletons


def test_tightness_restores_the_coupling():
    couplings = [run(NEAREST, 20, rho, repetitions=3).coupling().value[0] for rho in (0.3, 0.6, 0.9, 1)]
    assert (np.diff(couplings) > 0).all()
    assert couplings[-1] == 1


def test_only_singletons_and_nothing_else_is_memorized_where_subpopulations_are_apart(coupled):
    scores = coupled.memorization_by_multiplicity().value
    assert scores[0] == pytest.approx(0.9, abs=0.03)
    np.testing.assert_allclose(scores[1:], 0, atol=0.005)
    assert coupled.train_error().value == 0


@pytest.mark.parametrize(
    ("learner", "dimensions", "tightness"), [(NEAREST, 200, 0.7), (NEAREST, 20, 0.5), (LINEAR, 60, 0.8)]
)
def test_mean_memorization_is_the_gap(learner, dimensions, tightness):
    n = 60
    frequencies = zipf(30, 1).each()
    measured = run(learner, dimensions, tightness, n=n, frequencies=frequencies, repetitions=120, most=n)
    before = run(learner, dimensions, tightness, n=n - 1, frequencies=frequencies, repetitions=120, seed=1)
    gap = before.error().value - measured.train_error().value
    error = np.hypot(before.error().error, measured.memorization().error)
    assert np.abs(measured.memorization().value - gap) <= 4 * error
    assert error < 0.02
    scores = measured.memorization_by_multiplicity().value
    parts = measured.share_by_multiplicity().value * np.nan_to_num(scores)
    assert parts.sum() == pytest.approx(measured.memorization().value[0])
    assert measured.share_by_multiplicity().value.sum() == pytest.approx(1)


def test_the_linear_learner_couples_where_dimensions_are_many():
    frequencies = zipf(60, 1).each()
    few, many = (run(LINEAR, d, 0.9, n=60, frequencies=frequencies, repetitions=8) for d in (30, 3000))
    predicted = float(tau(zipf(60, 1), 60, 1)) * many.errn().value
    assert many.coupling().value > 0.9
    assert few.coupling().value < 0.8
    assert many.excess().value > 0.5 * predicted
    assert many.train_error().value == 0


@pytest.mark.parametrize("learner", [NEAREST, LINEAR])
@pytest.mark.parametrize("dimensions", [5, 40])
def test_leaving_out_is_training_without(learner, dimensions):
    rng = np.random.default_rng(dimensions)
    x = rng.standard_normal((25, dimensions)) / np.sqrt(dimensions)
    y = rng.integers(0, 3, 25)
    others = [np.delete(np.arange(25), i) for i in range(25)]
    expected = [learner.predict(x[rest], y[rest], 3, x[[i]])[0] for i, rest in enumerate(others)]
    np.testing.assert_array_equal(learner.left_out(x, y, 3), expected)
    assert len(set(expected)) > 1


@pytest.mark.parametrize("learner", [NEAREST, LINEAR])
def test_nothing_to_train_on_is_a_guess(learner):
    nothing = np.empty((0, 4)), np.empty(0, np.int64)
    np.testing.assert_array_equal(learner.predict(*nothing, 3, np.ones((2, 4))), 0)
    np.testing.assert_array_equal(learner.left_out(np.ones((1, 4)), np.array([2]), 3), 0)
    alone = run(learner, 30, 0.9, n=1, repetitions=3, frequencies=np.full(4, 0.25))
    assert alone.coupling().value == 1
    assert alone.train_error().value == 0


@pytest.mark.parametrize("learner", [NEAREST, LINEAR])
def test_equal_examples_are_no_obstacle(learner):
    equal = run(learner, 50, 1, n=80, frequencies=np.full(20, 0.05), repetitions=2)
    assert equal.train_error().value == 0
    assert equal.coupling().value == 1 or np.isnan(equal.coupling().value)


def test_blocks_are_joined_by_adding_and_seeds_repeat():
    one, same, other = (run(NEAREST, 30, 0.8, repetitions=4, fresh=300, seed=seed) for seed in (5, 5, 6))
    np.testing.assert_array_equal(one.moments.totals, same.moments.totals)
    joined = one + other
    np.testing.assert_allclose(joined.error().value, (one.error().value + other.error().value) / 2)
    assert joined.error().error < max(one.error().error, other.error().error)
    with pytest.raises(ValueError, match="different settings"):
        one + run(NEAREST, 30, 0.8, repetitions=1, fresh=10, most=2)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"tightness": 1.01}, "tightness"),
        ({"tightness": -0.01}, "tightness"),
        ({"dimensions": 0}, "at least 1 dimension"),
        ({"n": 0}, "at least 1 example"),
        ({"fresh": 0}, "1 fresh"),
        ({"repetitions": 0}, "1 repetition"),
        ({"most": 0}, "multiplicity 1"),
    ],
)
def test_what_cannot_be_measured_is_refused(change, words):
    with pytest.raises(ValueError, match=words):
        run(NEAREST, **{"dimensions": 5, "tightness": 0.5, "fresh": 10, "repetitions": 1, **change})


@st.composite
def tables(draw):
    """Draw points' frequencies, n, and a learner with an arbitrary chance for each sample and point."""
    points, n = draw(st.integers(2, 4)), draw(st.integers(1, 5))
    weights = draw(st.lists(st.floats(0.05, 1), min_size=points, max_size=points))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    chances = {counts: rng.random(points) for counts in product(range(n + 1), repeat=points)}
    return custom(weights).each(), n, lambda counts: chances[tuple(counts.tolist())]


@given(tables())
@settings(deadline=None)
def test_mean_memorization_is_exactly_the_gap_of_any_learner(case):
    frequencies, n, learner = case
    result = enumerate_samples(frequencies, n, learner)
    assert result.memorization == pytest.approx(result.gap, abs=1e-10)
    assert result.share.sum() == pytest.approx(1)


def test_enumeration_gives_the_closed_forms():
    prior, n = custom([5, 3, 2]), 6
    memorizing = enumerate_samples(prior.each(), n, lambda counts: np.where(counts > 0, 1, 0.1))
    share = expected_points(prior, n, np.arange(1, n + 1)) * np.arange(1, n + 1) / n
    np.testing.assert_allclose(memorizing.share, share, atol=1e-12)
    np.testing.assert_allclose(
        memorizing.by_multiplicity, np.where(np.arange(n) == 0, 0.9 * share, 0), atol=1e-12
    )
    assert memorizing.gap == pytest.approx(0.9 * share[0], abs=1e-12)
    guessing = enumerate_samples(prior.each(), n, lambda counts: np.full(3, 0.1))
    assert guessing.gap == pytest.approx(0, abs=1e-12)


def test_too_many_samples_to_enumerate_are_refused():
    def learner(counts):
        return np.zeros(len(counts))

    with pytest.raises(ValueError, match="too many"):
        enumerate_samples(np.full(10, 0.1), 20, learner)
    with pytest.raises(ValueError, match="at least 1 sample"):
        enumerate_samples(np.full(2, 0.5), 0, learner)
