"""Repeated samples of a long tail against the closed forms, and how blocks of them are joined."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.theory.long_tail import cost, expected_mass, expected_points, tau
from backend.theory.long_tail_samples import sample
from backend.theory.moments import Moments
from backend.theory.priors import bimodal, zipf

N = 2000
PRIOR = zipf(N, 1)
FREQUENCIES = zipf(N, 1, grouped=False).each()
SEEN = np.arange(1, 5)
FRACTIONS = (0.0, 0.25, 0.5, 1.0)


def generator(*entropy: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))


@pytest.fixture(scope="module")
def sampled():
    return sample(generator(3), FREQUENCIES, N, 4000, fractions=FRACTIONS)


def z(estimate, expected):
    return np.abs(estimate.value - expected) / estimate.error


def test_tau_is_the_mass_of_a_point_seen_so_often(sampled):
    expected = tau(PRIOR, N, SEEN)
    assert (np.abs(sampled.tau_z(expected)) <= 4).all()
    assert (z(sampled.tau(), expected) <= 4).all()
    assert (sampled.tau().error / expected < 0.002).all()
    # The same samples tell a tau that is wrong by one part in a hundred from the right one.
    assert (np.abs(sampled.tau_z(expected * 1.01)) > 4).all()
    assert (np.abs(sampled.tau_z(expected * 0.99)) > 4).all()


def test_points_and_unseen_mass_are_those_expected(sampled):
    assert (z(sampled.points(), expected_points(PRIOR, N, SEEN)) <= 4).all()
    assert (z(sampled.singletons(), expected_points(PRIOR, N, 1) / N) <= 4).all()
    assert (z(sampled.unseen(), expected_mass(PRIOR, N, 0)) <= 4).all()
    assert sampled.unseen().error < 2e-4


def test_a_learner_pays_tau_for_each_point_it_gets_wrong(sampled):
    excess, errn = sampled.excess(), sampled.errn()
    expected = cost(PRIOR, N, 0.9, SEEN)
    assert expected[0] == pytest.approx(0.09739, abs=1e-5)
    assert (np.abs(excess.value[:, -1] - expected) <= 3 * excess.error[:, -1]).all()
    assert (excess.error[:, -1] < 2.5e-4).all()
    paid = tau(PRIOR, N, SEEN)[:, None] * errn.value
    np.testing.assert_allclose(excess.value[:, 1:], paid[:, 1:], rtol=0.01)


def test_excess_is_linear_in_the_fraction_left_unfitted(sampled):
    excess, slopes = sampled.excess(), cost(PRIOR, N, 0.9, SEEN)
    np.testing.assert_array_equal(excess.value[:, 0], 0)
    some = np.array(FRACTIONS[1:])
    assert (np.abs(excess.value[:, 1:] - slopes[:, None] * some) <= 3 * excess.error[:, 1:]).all()
    # Not so with the number of classes of another learner.
    other = cost(PRIOR, N, 0.5, SEEN)
    assert (np.abs(excess.value[:, 1:] - other[:, None] * some) > 3 * excess.error[:, 1:]).all()


def test_many_singletons_without_a_tail_cost_nothing():
    prior = bimodal(20, 10**5, 0.5)
    measured = sample(generator(4), prior.each(), 1000, 20, most=1)
    assert measured.singletons().value == pytest.approx(0.5, abs=0.02)
    assert measured.excess().value == pytest.approx(float(cost(prior, 1000, 0.9)), rel=0.05)
    assert measured.excess().value < 0.003


def test_frequencies_drawn_from_the_list_change_little():
    frequencies = zipf(50_000, 1, grouped=False).each()
    measured = sample(generator(5), frequencies, 50_000, 40, redraw=True)
    scaled = 50_000 * measured.tau().value[0]
    assert scaled == pytest.approx(0.4745, abs=0.015)
    assert measured.singletons().value == pytest.approx(0.1710, abs=0.006)
    plain = sample(generator(5), frequencies, 50_000, 40)
    # What is drawn anew varies: the spread says whether it was.
    assert measured.singletons().error > 2 * plain.singletons().error


def test_blocks_are_joined_by_adding():
    blocks = [sample(generator(6, block), FREQUENCIES, N, 50, most=2) for block in range(3)]
    joined = blocks[0] + blocks[1] + blocks[2]
    assert joined.moments.repetitions == 150
    mean = np.mean([block.points().value for block in blocks], axis=0)
    np.testing.assert_allclose(joined.points().value, mean)
    assert (joined.tau().error < blocks[0].tau().error).all()
    swapped = blocks[2] + (blocks[1] + blocks[0])
    np.testing.assert_allclose(swapped.tau().value, joined.tau().value, rtol=1e-13)
    with pytest.raises(ValueError, match="different settings"):
        blocks[0] + sample(generator(6), FREQUENCIES, N, 5, most=3)


def test_a_seed_gives_its_samples_whatever_the_learners():
    few = sample(generator(7), FREQUENCIES, N, 20, most=2)
    same = sample(generator(7), FREQUENCIES, N, 20, most=2)
    np.testing.assert_array_equal(few.moments.products, same.moments.products)
    more = sample(generator(7), FREQUENCIES, N, 20, most=2, fractions=(0.1, 0.9), classes=3)
    np.testing.assert_array_equal(few.tau().value, more.tau().value)
    other = sample(generator(8), FREQUENCIES, N, 20, most=2)
    assert (few.tau().value != other.tau().value).all()


def test_samples_do_not_depend_on_how_many_are_held_at_once(monkeypatch):
    whole = sample(generator(9), FREQUENCIES, N, 30)
    monkeypatch.setattr("backend.theory.long_tail_samples.ENTRIES", 7 * N)
    np.testing.assert_allclose(
        sample(generator(9), FREQUENCIES, N, 30).tau().value, whole.tau().value, rtol=1e-13
    )


def test_one_repetition_has_no_error():
    one = sample(generator(10), FREQUENCIES, N, 1)
    assert np.isnan(one.tau().error).all()
    assert np.isnan(one.tau_z(tau(PRIOR, N, SEEN))).all()
    assert np.isfinite(one.tau().value).all()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"most": 0}, "multiplicities from 1"),
        ({"most": N + 1}, "multiplicities from 1"),
        ({"fractions": (1.01,)}, "fractions"),
        ({"fractions": (-0.01,)}, "fractions"),
        ({"classes": 1}, "at least 2 classes"),
    ],
)
def test_what_cannot_be_sampled_is_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        sample(generator(1), FREQUENCIES, N, 1, **settings)
    with pytest.raises(ValueError, match="needs a repetition"):
        sample(generator(1), FREQUENCIES, N, 0)


@given(st.integers(0, 2**32), st.integers(2, 40))
def test_moments_give_means_and_errors_of_the_repetitions(seed, repetitions):
    columns = np.random.default_rng(seed).uniform(1, 2, (repetitions, 3))
    cut = repetitions // 2
    moments = Moments.of(columns[:cut]) + Moments.of(columns[cut:])
    both = np.array([0, 1])
    root = np.sqrt(repetitions)
    mean = moments.mean(both)
    np.testing.assert_allclose(mean.value, columns[:, :2].mean(axis=0))
    np.testing.assert_allclose(mean.error, columns[:, :2].std(axis=0, ddof=1) / root, rtol=1e-6, atol=1e-9)
    ratio = moments.ratio(np.array([0]), np.array([2]))
    value = columns[:, 0].sum() / columns[:, 2].sum()
    residual = columns[:, 0] - value * columns[:, 2]
    np.testing.assert_allclose(ratio.value, value)
    spread = residual.std(ddof=1) / root / columns[:, 2].mean()
    np.testing.assert_allclose(ratio.error, spread, rtol=1e-6, atol=1e-9)
    difference = columns[:, 0] - 1.1 * columns[:, 1]
    expected = difference.mean() / (difference.std(ddof=1) / root)
    if abs(expected) < 1e3:
        found = moments.z(np.array([0]), np.array([1]), np.array([1.1]))
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-9)
