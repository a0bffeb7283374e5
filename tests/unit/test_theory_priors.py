"""Frequency priors: what they hold, and that groups of a long Zipf list stand for all of it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.theory.long_tail import expected_points, tau
from backend.theory.priors import bimodal, custom, mixture, uniform, zipf


@pytest.mark.parametrize(
    ("prior", "items"),
    [
        (uniform(7), 7),
        (zipf(900, 1.3), 900),
        (zipf(1001, 1), 1001),
        (zipf(1002, 1), 1002),
        (zipf(10**6, 0.7), 10**6),
        (zipf(50, 0), 50),
        (bimodal(20, 10**6, 0.5), 10**6 + 20),
        (custom([3, 1, 3, 2]), 4),
    ],
)
def test_priors_add_up_and_go_from_the_most_to_the_least_frequent(prior, items):
    assert prior.items == items
    assert prior.mass == pytest.approx(1, abs=1e-12)
    assert (np.diff(prior.frequencies) < 0).all()
    assert (prior.counts > 0).all()


def test_zipf_is_a_power_of_the_rank():
    frequencies = zipf(3000, 1.5, grouped=False).each()
    np.testing.assert_allclose(frequencies / frequencies[0], np.arange(1, 3001) ** -1.5)


@pytest.mark.parametrize("exponent", [0.01, 0.5, 1, 2, 10])
@pytest.mark.parametrize("items", [1001, 1010, 30_000, 300_000])
def test_groups_of_zipf_stand_for_the_whole_list(items, exponent):
    grouped, whole = zipf(items, exponent), zipf(items, exponent, grouped=False)
    assert len(grouped.counts) < 3100
    assert grouped.frequencies[-1] == pytest.approx(whole.frequencies[-1], rel=1e-9)
    for n in (1, 1000, 10**6):
        seen = np.array([seen for seen in (0, 1, 2, 7, 300) if seen <= n])
        points = expected_points(whole, n, seen)
        some = points > 1e-12
        np.testing.assert_allclose(expected_points(grouped, n, seen)[some], points[some], rtol=1e-9)
        np.testing.assert_allclose(tau(grouped, n, seen)[some], tau(whole, n, seen)[some], rtol=1e-9)


@pytest.mark.parametrize("items", [3, 4, 6, 9, 40])
def test_groups_keep_sums_of_the_fifth_degree(monkeypatch, items):
    monkeypatch.setattr("backend.theory.priors.EXACT_RANKS", 2)
    monkeypatch.setattr("backend.theory.priors.GROUP_RATIO", 4)
    prior = zipf(items, 2)
    ranks = np.sqrt(prior.frequencies[0] / prior.frequencies)
    for degree in range(6):
        whole = np.sum(np.arange(1.0, items + 1) ** degree)
        assert prior.counts @ ranks**degree == pytest.approx(float(whole), rel=1e-11)


def test_ranks_lie_on_the_law_within_a_thousandth():
    prior = zipf(10**6, 1)
    np.testing.assert_allclose(prior.ranks, prior.frequencies[0] / prior.frequencies, rtol=1e-3)
    np.testing.assert_array_equal(bimodal(3, 4, 0.9).ranks, [2, 5.5])


@given(st.lists(st.sampled_from([0.5, 1.0, 2.0, 7.0]), min_size=2, max_size=30))
def test_a_custom_list_keeps_its_items(weights):
    expected = np.sort(weights)[::-1] / sum(weights)
    np.testing.assert_allclose(custom(weights).each(), expected)


def test_heavy_items_share_their_mass():
    prior = bimodal(2, 8, 0.6)
    np.testing.assert_allclose(prior.frequencies, [0.3, 0.05])
    np.testing.assert_array_equal(prior.counts, [2, 8])


def test_parts_of_a_mixture_hold_their_share():
    part = uniform(4).scaled(0.25)
    assert part.mass == pytest.approx(0.25)
    whole = mixture([(0.25, uniform(4)), (0.75, zipf(10, 1))])
    assert whole.items == 14
    assert whole.mass == pytest.approx(1)
    assert (np.diff(whole.frequencies) <= 0).all()
    assert (whole.each() == 1 / 16).sum() == 4


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: uniform(1), "at least 2 items, got 1"),
        (lambda: zipf(1, 1), "at least 2 items, got 1"),
        (lambda: zipf(5, -0.1), "from 0 to 10, got -0.1"),
        (lambda: zipf(5, 10.1), "from 0 to 10, got 10.1"),
        (lambda: zipf(5, float("nan")), "from 0 to 10, got nan"),
        (lambda: zipf(2000, 1).each(), "grouped=False"),
        (lambda: bimodal(0, 5, 0.5), "heavy, got 0"),
        (lambda: bimodal(5, 0, 0.5), "light, got 0"),
        (lambda: bimodal(5, 5, 0), "between 0 and 1"),
        (lambda: bimodal(5, 5, 1), "between 0 and 1"),
        (lambda: bimodal(5, 5, 0.49), "less frequent than light"),
        (lambda: custom([1]), "at least 2"),
        (lambda: custom([[1, 2]]), "at least 2"),
        (lambda: custom([1, 0]), "positive"),
        (lambda: custom([1, np.inf]), "positive"),
        (lambda: custom([1e300, 1e-300]), "too small beside"),
        (lambda: uniform(2).scaled(0), "above 0"),
        (lambda: uniform(2).scaled(1.01), "at most 1"),
        (lambda: mixture([(0.5, uniform(2)), (0.4, uniform(2))]), "add up to 1"),
    ],
)
def test_what_is_no_prior_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_limits_of_what_is_refused_are_allowed():
    assert uniform(2).items == zipf(2, 10).items == 2
    assert bimodal(1, 1, 0.5).items == 2
    assert custom([1e150, 1e-150]).items == 2
    assert uniform(2).scaled(1).mass == 1
