"""The price of not memorizing: numbers of Feldman (2019), identities and bounds of its closed forms."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.special import exp1
from scipy.stats import binom

from backend.theory.long_tail import (
    by_subgroup,
    cost,
    error_when_limited,
    error_when_private,
    error_when_unfitted,
    excess,
    expected_mass,
    expected_points,
    opt,
    tail_weight,
    tau,
    tau_ceiling,
    tau_floor,
    zipf_limit,
)
from backend.theory.priors import bimodal, custom, mixture, uniform, zipf

LABELS = 50_000


def test_numbers_of_the_paper_for_as_many_points_as_samples():
    prior = zipf(LABELS, 1)
    assert LABELS * tau(prior, LABELS, 1) == pytest.approx(0.47168, abs=1e-4)
    assert LABELS * prior.frequencies[-1] == pytest.approx(0.08774, abs=1e-4)
    assert expected_points(prior, LABELS, 1) / LABELS == pytest.approx(0.17040, abs=1e-4)
    assert opt(prior, LABELS, 10) == pytest.approx(0.15336, abs=1e-4)
    assert cost(prior, LABELS, error_when_unfitted(10)) == pytest.approx(0.07233, abs=1e-4)


@pytest.mark.parametrize(
    ("items", "n", "best", "extra"),
    [
        (5000, 50_000, 0.018421, 0.014648),
        (5000, 10_000, 0.113382, 0.035301),
        (25_000, 50_000, 0.107517, 0.031001),
    ],
)
def test_numbers_of_the_paper_for_subgroups(items, n, best, extra):
    prior = zipf(items, 1)
    assert opt(prior, n, 10) == pytest.approx(best, abs=1e-4)
    assert cost(prior, n, error_when_limited(10, 0.5)) == pytest.approx(extra, abs=1e-4)


def test_subgroups_pay_by_their_size_and_by_their_tail():
    error = float(error_when_limited(10, 0.5))
    small = [(5 / 6, zipf(5000, 1)), (1 / 6, zipf(5000, 1))]
    sizes = by_subgroup(small, 60_000, 10, error)
    np.testing.assert_allclose(sizes.opt, [0.018421, 0.113382], atol=1e-4)
    np.testing.assert_allclose(sizes.cost, [0.014648, 0.035301], atol=1e-4)
    hard = by_subgroup([(0.5, zipf(5000, 1)), (0.5, zipf(25_000, 1))], 100_000, 10, error)
    np.testing.assert_allclose(hard.cost, [0.014648, 0.031001], atol=1e-4)
    shares = [share for share, _ in small]
    assert shares @ sizes.opt == pytest.approx(float(opt(mixture(small), 60_000, 10)))
    assert shares @ sizes.cost == pytest.approx(float(cost(mixture(small), 60_000, error)))


@pytest.mark.parametrize(
    ("exponent", "scaled", "share", "extra"),
    [
        (0.5, 0.872, 0.328, 0.257),
        (1, 0.559, 0.209, 0.105),
        (1.5, 0.448, 0.071, 0.029),
        (2, 0.514, 0.021, 0.010),
    ],
)
def test_the_exponent_sets_how_much_singletons_are_worth(exponent, scaled, share, extra):
    prior = zipf(1000, exponent)
    assert 1000 * tau(prior, 1000, 1) == pytest.approx(scaled, abs=5e-4)
    assert expected_points(prior, 1000, 1) / 1000 == pytest.approx(share, abs=5e-4)
    assert cost(prior, 1000, 0.9) == pytest.approx(extra, abs=5e-4)


def test_equal_frequencies_cost_as_much_as_the_optimum():
    prior = uniform(LABELS)
    assert LABELS * tau(prior, LABELS, 1) == pytest.approx(1, abs=1e-9)
    assert cost(prior, LABELS, 0.9) == pytest.approx(0.9 * np.exp(-1), abs=1e-4)
    assert opt(prior, LABELS, 10) == pytest.approx(0.9 * np.exp(-1), abs=1e-4)


def test_many_singletons_without_a_tail_cost_nothing():
    prior, n = bimodal(20, 10**6, 0.5), 1000
    assert n * tau(prior, n, 1) == pytest.approx(5e-4, rel=1e-3)
    assert expected_points(prior, n, 1) / n == pytest.approx(0.5, abs=1e-3)
    assert cost(prior, n, 0.9) == pytest.approx(2.25e-4, rel=1e-3)


def test_long_zipf_lists_go_to_their_limits():
    start = LABELS / (LABELS * np.sum(1 / np.arange(1, LABELS + 1)))
    assert LABELS * tau(zipf(LABELS, 1), LABELS, 1) == pytest.approx(np.exp(-start) / exp1(start), abs=1e-4)
    seen = np.array([2, 3, 4])
    np.testing.assert_allclose(LABELS * tau(zipf(LABELS, 1), LABELS, seen), [1.088, 2.007, 3.0], atol=1e-3)
    np.testing.assert_allclose(LABELS * tau(zipf(LABELS, 2), LABELS, [1, 2]), [0.502, 1.5], atol=2e-3)
    np.testing.assert_allclose(LABELS * tau(zipf(10**6, 1), LABELS, seen), zipf_limit(seen, 1), atol=0.01)
    np.testing.assert_array_equal(zipf_limit([1, 1, 2, 3], [1, 0.5, 0.5, 0.5]), [0, 0, 0, 1])


@st.composite
def priors(draw):
    kind = draw(st.sampled_from(["zipf", "uniform", "bimodal", "custom"]))
    items = draw(st.integers(2, 3000))
    if kind == "zipf":
        return zipf(items, draw(st.floats(0, 3)))
    if kind == "uniform":
        return uniform(items)
    if kind == "bimodal":
        heavy = draw(st.integers(1, max(items * 9 // 10, 1)))
        return bimodal(heavy, items - heavy, draw(st.floats(heavy / items * 1.0001, 0.99999)))
    return custom(draw(st.lists(st.floats(1e-3, 1e3), min_size=2, max_size=50)))


@given(priors(), st.integers(1, 10**6))
def test_singletons_tell_the_unseen_mass_of_one_sample_less(prior, n):
    turing = expected_points(prior, n, 1) / n
    assert turing == pytest.approx(float(expected_mass(prior, n - 1, 0)), rel=1e-9, abs=1e-12)


def test_good_turing_to_twelve_digits_at_the_largest_values():
    prior, n = zipf(10**6, 1), 10**6
    assert abs(expected_points(prior, n, 1) / n - expected_mass(prior, n - 1, 0)) < 1e-12


@given(priors(), st.integers(1, 60))
def test_all_multiplicities_make_up_points_samples_and_mass(prior, n):
    seen = np.arange(n + 1)
    points = expected_points(prior, n, seen)
    assert points.sum() == pytest.approx(prior.items)
    assert points @ seen == pytest.approx(n)
    assert expected_mass(prior, n, seen).sum() == pytest.approx(1)
    np.testing.assert_allclose(expected_mass(prior, n, seen), tau(prior, n, seen) * points)


@given(priors(), st.integers(1, 5000), st.integers(0, 20))
def test_points_are_binomial_counts(prior, n, seen):
    assume(seen <= n)
    expected = prior.counts @ binom.pmf(seen, n, prior.frequencies)
    assert expected_points(prior, n, seen) == pytest.approx(float(expected), rel=1e-8, abs=1e-300)


@given(priors(), st.integers(1, 10**6))
def test_tau_never_underflows_and_grows_with_the_multiplicity(prior, n):
    values = tau(prior, n, np.arange(min(n, 6) + 1))
    assert (values >= prior.frequencies.min() * (1 - 1e-9)).all()
    assert (values <= prior.frequencies.max() * (1 + 1e-9)).all()
    assert (np.diff(values) >= -1e-12 * values[1:]).all()


def test_arrays_of_samples_and_multiplicities_broadcast():
    prior = zipf(500, 1)
    table = tau(prior, np.array([[10], [1000]]), np.array([1, 2, 5]))
    assert table.shape == (2, 3)
    assert table[1, 2] == tau(prior, 1000, 5)
    assert expected_mass(prior, 1000, 1).shape == ()
    assert opt(prior, [10, 100, 1000], 2).shape == (3,)


@pytest.mark.parametrize("exponent", [0.5, 0.8, 1, 1.5, 2])
@pytest.mark.parametrize(("items", "n"), [(1000, 1000), (50_000, 5000), (5000, 50_000)])
def test_a_long_tail_keeps_tau_above_its_floor(items, n, exponent):
    prior = zipf(items, exponent)
    floor = tau_floor(prior, n)
    assert floor <= tau(prior, n, 1)
    assert (floor > 0) == (prior.frequencies[-1] <= 2 / n)
    assert floor * 5 * n == pytest.approx(tail_weight(prior, 1 / (3 * n), 2 / n))
    assert np.isnan(tau_ceiling(prior, n)) or tau(prior, n, 1) <= tau_ceiling(prior, n)


def test_weight_counts_both_ends():
    prior = bimodal(2, 4, 0.8)
    light, heavy = float(prior.frequencies[1]), float(prior.frequencies[0])
    assert tail_weight(prior, light, heavy) == pytest.approx(1)
    assert tail_weight(prior, light, heavy * 0.999) == pytest.approx(0.2)
    assert tail_weight(prior, light * 1.001, heavy) == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("per_n", "inside"), [(0.999 / 3, False), (1.001 / 3, True), (1.999, True), (2.001, False)]
)
def test_the_floor_looks_from_a_third_of_a_sample_to_two(per_n, inside):
    n, light = 1000, 3
    frequency = per_n / n
    prior = bimodal(1, light, 1 - light * frequency)
    assert tau_floor(prior, n) == pytest.approx(light * frequency / (5 * n) if inside else 0)


@given(priors(), st.integers(2, 10**5))
def test_without_a_tail_tau_is_below_its_ceiling(prior, n):
    ceiling = tau_ceiling(prior, n)
    assert np.isnan(ceiling) or tau(prior, n, 1) <= ceiling * (1 + 1e-9)


def test_a_gap_must_be_wide_enough_for_the_ceiling():
    n = 1000
    prior = bimodal(20, 10**6, 0.5)
    assert tau_ceiling(prior, n) == pytest.approx(2 * 0.5e-6)
    # With theta and beta fixed, the gap's upper end b decides: b (1 - b)^(n - 1) against theta beta.
    theta, beta, answers = 1e-5, 0.5, set()
    for heavy in range(1, 500):
        upper = (1 - beta) / heavy
        wide = upper * (1 - upper) ** (n - 1) <= theta * beta * (1 - theta) ** (n - 1)
        ceiling = tau_ceiling(bimodal(heavy, 50_000, 1 - beta), n)
        assert ceiling == pytest.approx(2 * theta) if wide else np.isnan(ceiling)
        answers.add(wide)
    assert answers == {True, False}
    assert tau_ceiling(bimodal(501, 50_000, 0.5), n) == pytest.approx(1 / 501)
    assert np.isnan(tau_ceiling(zipf(1000, 1), n))
    assert tau_ceiling(uniform(1001), n) == pytest.approx(2 / 1001)
    assert np.isnan(tau_ceiling(uniform(999), n))


def test_excess_sums_over_multiplicities():
    prior, n = zipf(2000, 1), 3000
    points = expected_points(prior, n, [1, 2, 3])
    unfitted = np.array([0.9, 0.4, 0.1])
    assert excess(prior, n, points * unfitted) == pytest.approx(
        float(cost(prior, n, unfitted, [1, 2, 3]).sum())
    )
    assert excess(prior, n, [0, 0]) == 0


def test_a_limit_on_scores_and_a_privacy_budget_cost_the_same():
    limited, private = error_when_limited(10, 0.5), error_when_private(10, np.log(6))
    assert abs(limited - private) < 1e-12
    prior = zipf(LABELS, 1)
    assert abs(cost(prior, LABELS, limited) - cost(prior, LABELS, private)) < 1e-12
    assert cost(prior, LABELS, limited) == pytest.approx(0.4 / 0.9 * 0.0723346, rel=1e-5)


def test_forced_errors_end_where_a_guess_is_made_up_for():
    np.testing.assert_allclose(error_when_limited(10, [0, 0.89, 0.91, 1]), [0.9, 0.01, 0, 0], atol=1e-12)
    np.testing.assert_allclose(
        error_when_private(10, [0, np.log(9.9), np.log(10.1)], 0), [0.9, 0.01, 0], atol=1e-12
    )
    assert error_when_private(10, 0, 0.25) == pytest.approx(0.65)
    assert error_when_unfitted(4) == 0.75


def test_a_group_of_equal_points_is_protected_less():
    epsilon, delta = 0.3, 0.01
    expected = [
        1 - np.exp(seen * epsilon) / 10 - seen * np.exp((seen - 1) * epsilon) * delta for seen in (1, 2, 5)
    ]
    np.testing.assert_allclose(error_when_private(10, epsilon, delta, [1, 2, 5]), expected)
    assert error_when_private(10, 1000, 0, 1000) == 0
    assert error_when_private(10, 0, 0, 1000) == pytest.approx(0.9)


def test_noisy_labels_of_singletons_cost_by_the_lead_of_the_observed_label():
    prior = zipf(1000, 1)
    assert cost(prior, 1000, 0.9, confidence=0.6) == pytest.approx(0.6 * float(cost(prior, 1000, 0.9)))
    # Observed: the truth with chance kappa + (1 - kappa) / m, so it beats a guess by kappa (1 - 1 / m).
    kappa, classes = 0.6, 10
    truth = kappa + (1 - kappa) / classes
    assert truth - 1 / classes == pytest.approx(kappa * error_when_unfitted(classes))
    with pytest.raises(ValueError, match="once alone"):
        cost(prior, 1000, 0.9, 2, confidence=0.6)


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: tau(uniform(5), 3, 4), "between 0 times"),
        (lambda: tau(uniform(5), 3, -1), "between 0 times"),
        (lambda: tau_floor(uniform(5), 0), "at least 1 sample"),
        (lambda: tau_ceiling(uniform(5), 0), "at least 1 sample"),
        (lambda: excess(uniform(5), 3, [1, -1]), "none negative"),
        (lambda: excess(uniform(5), 3, 1.0), "a list"),
        (lambda: cost(uniform(5), 3, 1.01), "chance of error"),
        (lambda: cost(uniform(5), 3, -0.01), "chance of error"),
        (lambda: cost(uniform(5), 3, 1, confidence=1.01), "confidence"),
        (lambda: error_when_unfitted(1), "at least 2 classes"),
        (lambda: error_when_limited(2, 1.01), "from 0 to 1"),
        (lambda: error_when_limited(2, -0.01), "from 0 to 1"),
        (lambda: error_when_private(2, -0.01), "epsilon of at least 0"),
        (lambda: error_when_private(2, 1, 1.01), "delta from 0 to 1"),
        (lambda: error_when_private(2, 1, 0, 0), "seen at least once"),
        (lambda: zipf_limit(0, 1), "seen at least once"),
        (lambda: zipf_limit(1, 0), "exponent above 0"),
        (lambda: by_subgroup([(0.5, uniform(5))], 3, 2, 0.1), "add up to 1"),
    ],
)
def test_what_makes_no_sense_is_refused(ask, words):
    with pytest.raises(ValueError, match=words):
        ask()
