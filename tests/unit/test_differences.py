"""Differences of two scores: intervals that cover, tests that keep their level, discoveries that are real."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, false_discovery_control

from backend.statistics.differences import Bounded, Counts, difference, p_values, q_values
from backend.statistics.intervals import newcombe

# What the true level may be at most: a dozen held-out models leave so few outcomes that 5 % cannot be met.
LEVELS = {0.05: 0.065, 0.01: 0.0115, 1e-3: 1.15e-3, 1e-5: 1.15e-5}
# In-accuracy and held-out accuracy in a and in b, the score unchanged: first where nothing changed at all.
UNCHANGED = [
    ((1.0, 0.5), (1.0, 0.5)),
    ((1.0, 0.05), (1.0, 0.05)),
    ((1.0, 0.95), (1.0, 0.95)),
    ((0.7, 0.5), (0.7, 0.5)),
    ((0.5, 0.5), (1.0, 1.0)),
    ((0.6, 0.5), (1.0, 0.9)),
    ((0.6, 0.1), (1.0, 0.5)),
]


def numbers(models: int) -> tuple[int, int]:
    n_out = round(0.3 * models)
    return models - n_out, n_out


def counts(n_in, k_in, n_out, k_out) -> Counts:
    return Counts(*(np.atleast_1d(np.asarray(each, np.float64)) for each in (n_in, k_in, n_out, k_out)))


def drawn(rng, models: int, in_accuracy, heldout_accuracy, n: int) -> Counts:
    n_in, n_out = numbers(models)
    k_in, k_out = rng.binomial(n_in, in_accuracy, n), rng.binomial(n_out, heldout_accuracy, n)
    return counts(np.full(n, n_in), k_in, np.full(n, n_out), k_out)


def bounded(of: Counts) -> Bounded:
    return Bounded(of.score, *newcombe(of.k_in, of.n_in, of.k_out, of.n_out))


def every_outcome(models: tuple[int, int], truth) -> tuple[Counts, Counts, np.ndarray]:
    """Return all counts that are at all likely, and their probabilities."""
    choices = []
    for n, p in zip([*numbers(models[0]), *numbers(models[1])], itertools.chain(*truth), strict=True):
        k = np.arange(n + 1)
        weight = binom.pmf(k, n, p)
        choices.append((n, k[weight > 1e-9], weight[weight > 1e-9]))
    grid = [k.ravel() for k in np.meshgrid(*(k for _, k, _ in choices), indexing="ij")]
    weights = [w.ravel() for w in np.meshgrid(*(w for *_, w in choices), indexing="ij")]
    sides = [np.full(len(grid[0]), n) for n, *_ in choices]
    a, b = (counts(sides[at], grid[at], sides[at + 1], grid[at + 1]) for at in (0, 2))
    return a, b, np.prod(weights, axis=0)


@pytest.mark.parametrize("truth", UNCHANGED)
@pytest.mark.parametrize("models", [(20, 20), (40, 40), (20, 100)])
def test_the_test_keeps_its_level_far_into_the_tails(models, truth):
    a, b, weight = every_outcome(models, truth)
    p = p_values(a, b)
    for level, most in LEVELS.items():
        assert weight[p <= level].sum() <= most


def test_a_variance_alone_would_break_it():
    # Why two tests must agree: 6 of 6 against 0 of 6 held-out models has a chance of 1 in 2,000, not 1 in
    # ten million, if both are right half of the time.
    a, b = counts(14, 14, 6, 6), counts(14, 14, 6, 0)
    assert 2 * 0.5**12 < p_values(a, b)[0] < 2e-3


@pytest.mark.parametrize("truth", [*UNCHANGED, ((1.0, 0.9), (1.0, 0.1)), ((0.9, 0.6), (1.0, 0.2))])
@pytest.mark.parametrize("models", [(40, 40), (20, 100)])
def test_intervals_of_differences_cover(models, truth):
    a, b, weight = every_outcome(models, truth)
    (in_a, out_a), (in_b, out_b) = truth
    change = (in_b - out_b) - (in_a - out_a)
    found = difference(bounded(a), bounded(b))
    covered = (found.low <= change + 1e-12) & (change - 1e-12 <= found.high)
    assert weight[covered].sum() > 0.93


def test_shared_errors_only_make_intervals_wider_than_needed():
    rng = np.random.default_rng(0)
    n_in, n_out = numbers(100)
    # The same models at two sizes: nine in ten that are right at one are right at the other.
    right = rng.random((4000, n_out)) < 0.5
    again = np.where(rng.random(right.shape) < 0.8, right, rng.random(right.shape) < 0.5)
    a, b = (
        counts(np.full(4000, n_in), np.full(4000, n_in), np.full(4000, n_out), k.sum(axis=1))
        for k in (right, again)
    )
    found = difference(bounded(a), bounded(b))
    assert ((found.low <= 0) & (found.high >= 0)).mean() > 0.99


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50))
def test_q_values_are_those_of_scipy(p):
    p = np.array(p)
    np.testing.assert_allclose(q_values(p), false_discovery_control(p))


def test_nothing_is_discovered_where_nothing_moved():
    rng = np.random.default_rng(1)
    runs, n, false = 200, 400, 0
    for _ in range(runs):
        heldout = rng.beta(0.4, 0.4, n)  # most examples near either mode, as they are
        a, b = (drawn(rng, 60, 0.98, heldout, n) for _ in range(2))
        false += bool((q_values(p_values(a, b)) <= 0.05).any())
    assert false / runs <= 0.05


def test_movers_are_found_at_the_stated_rate_of_false_ones():
    rng = np.random.default_rng(2)
    n, movers = 3000, 300
    shares, found = [], []
    for _ in range(20):
        before = rng.beta(0.4, 0.4, n)
        after = before.copy()
        after[:movers] = np.where(before[:movers] > 0.5, 0.05, 0.95)
        a, b = drawn(rng, 100, 0.98, before, n), drawn(rng, 100, 0.98, after, n)
        called = q_values(p_values(a, b)) <= 0.1
        real = np.zeros(n, bool)
        real[:movers] = np.abs(after - before)[:movers] > 0
        shares.append((called & ~real).sum() / max(called.sum(), 1))
        found.append(called[:movers].mean())
    assert np.mean(shares) <= 0.1
    assert np.mean(found) > 0.7


def test_swapping_sides_changes_the_sign_alone():
    rng = np.random.default_rng(3)
    a, b = drawn(rng, 30, 0.9, rng.random(500), 500), drawn(rng, 80, 0.95, rng.random(500), 500)
    there, back = difference(bounded(a), bounded(b)), difference(bounded(b), bounded(a))
    np.testing.assert_allclose([there.value, there.low, there.high], [-back.value, -back.high, -back.low])
    np.testing.assert_allclose(p_values(a, b), p_values(b, a), rtol=1e-6)


def test_what_is_called_has_an_interval_without_zero():
    rng = np.random.default_rng(4)
    a, b = (drawn(rng, 40, 0.95, rng.random(5000), 5000) for _ in range(2))
    found = difference(bounded(a), bounded(b))
    called = p_values(a, b) < 0.05
    assert called.any()
    assert ((found.low > 0) | (found.high < 0))[called].all()
