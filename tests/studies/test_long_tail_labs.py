"""The laboratories of the long tail: what is drawn at known positions, and what is refused."""

import json

import numpy as np
import pytest
from pydantic import ValidationError

from backend.core.contracts import ClaimVerdict
from backend.figures.curves import log_spaced
from backend.studies import get_study
from backend.studies.kit.found import Found
from backend.studies.long_tail.labs import frequencies, subgroups, tails, unfitted
from backend.studies.long_tail.labs.look import POINTS, rank_curve
from backend.theory.priors import bimodal, zipf
from tests import pace

HOLDS, FAILS, NOT_RUN = ClaimVerdict.HOLDS, ClaimVerdict.DIFFERS, ClaimVerdict.NOT_RUN
LABS = {lab.name: lab for lab in get_study("long_tail").labs}
LARGEST = {"points": 1_000_000, "samples": 1_000_000}
POSITIONS = [
    *((name, {}) for name in LABS),
    *((name, LARGEST) for name in ("frequencies", "unfitted", "tails")),
    ("frequencies", LARGEST | {"exponent": 3}),
    ("frequencies", {"points": 1_000_000, "samples": 10, "classes": 1000}),
    ("frequencies", {"points": 2, "samples": 1_000_000, "exponent": 3}),
    ("frequencies", LARGEST | {"prior": "uniform", "noise": 0.95}),
    ("frequencies", {"prior": "bimodal", "points": 1_000_000, "samples": 1000}),
    ("frequencies", {"prior": "custom", "weights": [1e6] + [1e-6] * 199, "samples": 1_000_000}),
    ("frequencies", {"prior": "custom", "weights": list(range(1, 201)), "samples": 1000}),
    ("unfitted", LARGEST | {"classes": 1000, "epsilon": 10, "delta": 0.5, "gamma": 1, "fraction": 0}),
    ("unfitted", {"prior": "custom", "samples": 1_000_000, "noise": 0.95}),
    ("unfitted", {"classes": 2, "epsilon": 0, "gamma": 0, "fraction": 1}),
    ("tails", LARGEST | {"exponent": 0.5, "light": 10, "heavy": 1}),
    ("tails", {"points": 1000, "samples": 1000, "exponent": 2, "heavy": 50, "light": 1000}),
    ("subgroups", {"mixture": "own", "first": 1_000_000, "second": 1_000_000, "samples": 1_000_000}),
    ("subgroups", {"mixture": "own", "first": 2, "second": 2, "samples": 1_000_000, "share": 0.01}),
    ("subgroups", {"gamma": 1}),
]


def at(name, **fields):
    lab = LABS[name]
    return lab.found(lab.params.model_validate(fields))


def drawn(name, figure, **fields):
    found = at(name, **fields)
    return next(one for one in LABS[name].figures if one.name == figure).drawn(found)


def trace(figure, name):
    return next(trace for trace in figure.data if trace.name == name)


def claims(name, **fields):
    return {claim.key: claim for claim in LABS[name].claims(at(name, **fields))}


@pytest.mark.parametrize(("name", "fields"), POSITIONS)
def test_every_position_draws_few_numbers_and_nothing_differs(name, fields):
    found = at(name, **fields)
    for figure in LABS[name].figures:
        text = figure.drawn(found).to_json()
        assert not {"NaN", "Infinity", "null"} & set(text.replace(",", " ").replace(":", " ").split())
        assert "nan" not in text
        made = json.loads(text)
        assert made["layout"]["meta"]["summary"].endswith(".")
        assert all(len(one.x) <= POINTS for one in figure.drawn(found).data)
    assert all(claim.verdict in (HOLDS, NOT_RUN) for claim in LABS[name].claims(found))


@pytest.mark.parametrize(("name", "fields"), POSITIONS)
def test_every_position_is_answered_at_once(name, fields):
    def answered():
        found = at(name, **fields)
        _ = [figure.drawn(found).to_json() for figure in LABS[name].figures], LABS[name].claims(found)

    assert pace.quickest(answered) < 0.1


@pytest.mark.parametrize(
    ("name", "fields", "field"),
    [
        ("frequencies", {"prior": "bimodal", "points": 20}, "heavy"),
        ("frequencies", {"prior": "bimodal", "points": 1000, "heavy": 900, "mass": 0.1}, "mass"),
        ("frequencies", {"points": 1_000_001}, "points"),
        ("unfitted", {"samples": 9}, "samples"),
        ("unfitted", {"gamma": 1.01}, "gamma"),
        ("unfitted", {"epsilon": -0.1}, "epsilon"),
        ("unfitted", {"noise": 1}, "noise"),
        ("tails", {"samples": 999}, "samples"),
        ("tails", {"points": 100}, "samples"),
        ("tails", {"points": 100, "samples": 1_000_000}, "samples"),
        ("tails", {"points": 1_000_000, "samples": 1000, "exponent": 0.5}, "samples"),
        ("subgroups", {"share": 0}, "share"),
        ("subgroups", {"mixture": "third"}, "mixture"),
    ],
)
def test_what_cannot_be_answered_is_refused_by_its_name(name, fields, field):
    with pytest.raises(ValidationError) as caught:
        LABS[name].params.model_validate(fields)
    assert [error["loc"] for error in caught.value.errors()] == [(field,)]


def test_a_refusal_of_samples_says_which_way_to_go():
    for fields, words in (
        ({"points": 100}, "take fewer samples"),
        ({"points": 10**6, "exponent": 0.5}, "more"),
    ):
        with pytest.raises(ValidationError, match=words):
            tails.TailsParams(samples=1000 if words == "more" else 10**6, **fields)
    # 0.0001 and 0.5 are the ends.
    assert tails.SHARES == (1e-4, 0.5)


# --- frequencies ---


def test_long_lists_are_thinned_and_equal_frequencies_are_steps():
    x, y = rank_curve(bimodal(20, 980, 0.5))
    np.testing.assert_array_equal(x, [1, 20, 21, 1000])
    np.testing.assert_allclose(y, [0.025, 0.025, 0.5 / 980, 0.5 / 980])
    x, y = rank_curve(zipf(10**6, 1))
    assert len(x) <= POINTS
    assert (x[0], x[-1]) == (1, pytest.approx(10**6))
    np.testing.assert_allclose(x * y, y[0], rtol=0.01)
    np.testing.assert_array_equal(log_spaced(1, 1000, 4), [1, 10, 100, 1000])


def test_ranks_shade_what_is_seen_about_once():
    figure = drawn("frequencies", "ranks", points=1000, samples=300)
    shade = figure.data[0]
    assert (min(shade.y), max(shade.y)) == (pytest.approx(1 / 900), pytest.approx(2 / 300))
    assert (min(shade.x), max(shade.x)) == (1, 1000)
    line = trace(figure, "frequency")
    inside = zipf(1000, 1).each()
    weight = inside[(inside >= 1 / 900) & (inside <= 2 / 300)].sum()
    assert f"{weight:.1%} of the mass" in shade.name
    assert (line.y[0], line.y[-1]) == (pytest.approx(inside[0]), pytest.approx(inside[-1]))
    assert figure.layout.xaxis.type == figure.layout.yaxis.type == "log"


def test_worth_draws_the_paper_number_beside_its_limit():
    figure = drawn("frequencies", "worth")
    assert trace(figure, "n tau_l").y[:3] == pytest.approx([0.47168, 1.088, 2.007], abs=1e-3)
    np.testing.assert_array_equal(trace(figure, "limit, l - 1/s").y, np.arange(10))
    np.testing.assert_array_equal(trace(figure, "counting, l").y, np.arange(1, 11))
    assert trace(drawn("frequencies", "worth", exponent=2), "limit, l - 1/s").y[0] == 0.5
    for fields in ({"exponent": 0}, {"prior": "uniform"}):
        assert "limit, l - 1/s" not in [one.name for one in drawn("frequencies", "worth", **fields).data]


def test_errors_over_samples_pass_through_where_the_slider_stands():
    figure = drawn("frequencies", "over_samples")
    assert (trace(figure, "smallest at n").x[0], trace(figure, "price at n").x[0]) == (50_000, 50_000)
    assert trace(figure, "smallest at n").y[0] == pytest.approx(0.15336, abs=1e-5)
    assert trace(figure, "price at n").y[0] == pytest.approx(0.07233, abs=1e-5)
    for line, mark in (
        ("smallest possible error", "smallest at n"),
        ("price of not memorizing", "price at n"),
    ):
        one, other = trace(figure, line), trace(figure, mark)
        assert np.interp(np.log(other.x[0]), np.log(one.x), one.y) == pytest.approx(other.y[0], rel=0.03)
        assert (one.x[0], one.x[-1]) == (10, 1_000_000)


def test_noisy_labels_have_a_price_but_no_smallest_error():
    clean, noisy = (drawn("frequencies", "over_samples", noise=noise) for noise in (0, 0.25))
    assert [one.name for one in noisy.data] == ["price of not memorizing", "price at n"]
    np.testing.assert_allclose(noisy.data[0].y, 0.75 * np.array(trace(clean, noisy.data[0].name).y))
    assert noisy.data[1].y[0] == pytest.approx(0.75 * trace(clean, "price at n").y[0])


def made(**fields):
    facts = dict.fromkeys(frequencies.Frequencies.__dataclass_fields__)
    facts |= {
        "prior": zipf(10**6, 1),
        "tail": 0.1,
        "scaled": np.arange(10.0),
        "limit": np.arange(10.0),
    } | fields
    params = frequencies.FrequenciesParams(points=10**6, samples=1000)
    found = Found(params, frequencies.Frequencies(**facts))
    return {finding.key: finding.claim(found, "").verdict for finding in frequencies.LAB.findings}


@pytest.mark.parametrize(
    ("key", "fields", "verdict"),
    [
        ("tail_floor", {"scaled": np.array([1.0] * 10), "floor": 1e-3}, HOLDS),
        ("tail_floor", {"scaled": np.array([0.999] * 10), "floor": 1e-3}, FAILS),
        ("tail_floor", {"floor": 0.0}, NOT_RUN),
        ("gap_ceiling", {"scaled": np.array([1.0] * 10), "ceiling": 1e-3}, HOLDS),
        ("gap_ceiling", {"scaled": np.array([1.001] * 10), "ceiling": 1e-3}, FAILS),
        ("gap_ceiling", {"ceiling": np.nan}, NOT_RUN),
        ("zipf_asymptote", {"scaled": np.arange(10) + 0.049}, HOLDS),
        ("zipf_asymptote", {"scaled": np.arange(10) - 0.051}, FAILS),
        ("zipf_asymptote", {"limit": None}, NOT_RUN),
    ],
)
def test_claims_about_frequencies_hold_or_not(key, fields, verdict):
    assert made(**{"floor": 1e-3, "ceiling": 1.0} | fields)[key] is verdict


@pytest.mark.parametrize(
    ("fields", "judged"),
    [
        ({"points": 10**6, "samples": 1000}, True),
        ({"points": 10**6, "samples": 999}, False),
        ({"points": 10**6, "samples": 10_000, "exponent": 0.45}, False),
        ({"points": 10**6, "samples": 1000, "exponent": 0.5}, False),  # even the first point is seen seldom
        ({"points": 1000, "samples": 10_000, "exponent": 2}, True),
        ({"points": 1000, "samples": 10_000, "exponent": 2.05}, False),
        ({"points": 100, "samples": 10_000}, False),  # even the last point is seen often
        ({"prior": "uniform"}, False),
    ],
)
def test_the_limit_is_judged_where_it_is_one(fields, judged):
    assert claims("frequencies", **fields)["zipf_asymptote"].verdict is (HOLDS if judged else NOT_RUN)


# --- unfitted ---


def test_every_point_seen_once_costs_the_same():
    figure = drawn("unfitted", "over_fraction", fraction=0.25)
    assert list(trace(figure, "points seen once").y) == pytest.approx([0, 0.07233], abs=1e-5)
    assert trace(figure, "your fraction").y[0] == pytest.approx(0.07233 / 4, abs=1e-5)
    assert trace(figure, "points seen twice").y[1] == pytest.approx(0.9 * 1.088 * 0.043, rel=0.1)
    noisy = drawn("unfitted", "over_fraction", noise=0.5)
    assert [one.name for one in noisy.data] == ["points seen once", "your fraction"]
    assert noisy.data[0].y[1] == pytest.approx(0.07233 / 2, abs=1e-5)
    assert "15.34%" in figure.layout.meta["summary"]
    assert "over" not in noisy.layout.meta["summary"]


def test_limits_and_privacy_are_on_one_axis_and_meet_at_their_ends():
    figure = drawn("unfitted", "limits", gamma=0.5, epsilon=float(np.log(6)))
    limited, private = trace(figure, "limited"), trace(figure, "private")
    assert (limited.y[0], private.y[0]) == (pytest.approx(0.07233, abs=1e-5),) * 2
    assert (limited.y[-1], private.y[-1]) == (0, 0)
    assert limited.x[np.flatnonzero(np.array(limited.y) == 0)[0]] == pytest.approx(0.9)
    assert private.x[-1] == pytest.approx(1.1 * np.log(10))
    here, there = trace(figure, "your gamma"), trace(figure, "your epsilon")
    assert here.y[0] == pytest.approx(there.y[0], abs=1e-12)
    assert here.y[0] == pytest.approx(0.07233 * 4 / 9, abs=1e-5)
    assert (here.x[0], there.x[0]) == (0.5, pytest.approx(np.log(6)))
    assert figure.layout.yaxis2.matches == "y"
    assert trace(drawn("unfitted", "limits", epsilon=8), "private").x[-1] == 8
    assert trace(figure, "none fitted").y[0] == pytest.approx(0.07233, abs=1e-5)


def test_a_chance_of_failure_makes_privacy_cheaper():
    one, other = (at("unfitted", epsilon=0.1, delta=delta).facts for delta in (0, 0.1))
    assert one.at_epsilon - other.at_epsilon == pytest.approx(0.1 * 0.07233 / 0.9, rel=1e-3)
    limit = np.exp(0.1) - 1 + 0.1  # on memorization, which the privacy implies
    assert other.implied == pytest.approx(at("unfitted", gamma=limit).facts.at_gamma)


@pytest.mark.parametrize("classes", [2, 10, 1000])
def test_a_limit_and_a_budget_cost_the_same_with_any_classes(classes):
    found = claims("unfitted", classes=classes, epsilon=0.3, delta=0.02)
    assert abs(found["same_price"].measured) < 1e-15
    assert found["same_price"].verdict is found["privacy_limits"].verdict is HOLDS


def prices(**fields):
    facts = dict.fromkeys(unfitted.Prices.__dataclass_fields__, 0.1) | fields
    found = Found(unfitted.UnfittedParams(), unfitted.Prices(**facts))
    return {finding.key: finding.claim(found, "").verdict for finding in unfitted.LAB.findings}


def test_claims_about_limits_hold_or_not():
    assert [prices(same_gamma=0.1 + d)["same_price"] for d in (0.9e-12, 1.2e-12)] == [HOLDS, FAILS]
    assert [prices(implied=0.1 + d)["privacy_limits"] for d in (-0.05, 0.0, 1e-9)] == [HOLDS, HOLDS, FAILS]
    assert prices(once=0.0)["privacy_limits"] is NOT_RUN


# --- tails ---


@pytest.mark.parametrize("fields", [{}, {"exponent": 0.5, "light": 10}, {"exponent": 2, "heavy": 50}])
def test_both_lists_have_the_same_singletons(fields):
    facts = at("tails", **fields).facts
    assert facts.singletons[0] == pytest.approx(facts.singletons[1], abs=1e-12)
    assert all(prior.mass == pytest.approx(1) for prior in facts.priors)


def test_singletons_are_worth_something_with_a_tail_only():
    figure = drawn("tails", "worth_of_singletons")
    shares, worth, price = figure.data
    assert list(shares.y) == pytest.approx([0.1704, 0.1704], abs=1e-4)
    assert worth.y[0] == pytest.approx(0.47168, abs=1e-5)
    assert worth.y[1] == pytest.approx(0.17e-3, rel=0.02)
    assert price.y[0] == pytest.approx(0.07233, abs=1e-5)
    assert price.y[1] == pytest.approx(0.9 * worth.y[1] * 0.1704, rel=1e-3)
    claim = claims("tails")["tail_matters"]
    assert claim.measured == pytest.approx(price.y[0] / price.y[1])
    assert len({one.xaxis for one in figure.data}) == 3


def test_the_two_levels_jump_over_the_shade():
    figure = drawn("tails", "two_lists", heavy=10, light=100)
    levels = trace(figure, "two levels")
    assert list(levels.x) == [1, 10, 11, 10 + 100 * 50_000]
    low, high = min(figure.data[0].y), max(figure.data[0].y)
    assert levels.y[0] > high > low > levels.y[-1]
    assert any(low < y < high for y in trace(figure, "long tail").y)


def test_the_tail_must_cost_more():
    def verdict(excess):
        facts = tails.Tails((), (), (0.1, 0.1), excess)
        return tails.LAB.findings[0].claim(Found(tails.TailsParams(), facts), "").verdict

    assert [verdict((ratio, 1.0)) for ratio in (1.001, 0.999)] == [HOLDS, FAILS]


# --- subgroups ---


def test_the_papers_two_mixtures_and_ones_own():
    smaller, harder = (at("subgroups", mixture=name).facts for name in ("smaller", "harder"))
    np.testing.assert_allclose(smaller.opt, [0.018421, 0.113382], atol=1e-5)
    np.testing.assert_allclose(smaller.cost, [0.014648, 0.035301], atol=1e-5)
    np.testing.assert_allclose(harder.opt, [0.018421, 0.107517], atol=1e-5)
    np.testing.assert_allclose(harder.cost, [0.014648, 0.031001], atol=1e-5)
    own = {"mixture": "own", "share": 0.5, "first": 5000, "second": 25_000, "samples": 100_000}
    np.testing.assert_array_equal(at("subgroups", **own).facts.cost, harder.cost)
    # Sliders of one's own groups change the paper's in nothing.
    np.testing.assert_array_equal(at("subgroups", exponent=2, share=0.9, samples=10).facts.cost, smaller.cost)
    assert at("subgroups", **own, exponent=2).facts.cost[0] < harder.cost[0]


def test_bars_stand_on_the_smallest_error():
    figure = drawn("subgroups", "errors_of_groups")
    assert figure.layout.barmode == "stack"
    assert list(trace(figure, "smallest possible").y) == pytest.approx([0.018421, 0.113382], abs=1e-5)
    assert list(trace(figure, "price of the limit").y) == pytest.approx([0.014648, 0.035301], abs=1e-5)
    assert list(figure.data[0].x) == ["first: 83%, 5,000 points", "second: 17%, 5,000 points"]


def test_the_second_group_must_pay_twice():
    def verdict(costs, **fields):
        facts = subgroups.Disparity(np.zeros(2), np.array(costs))
        found = Found(subgroups.SubgroupsParams(**fields), facts)
        return subgroups.LAB.findings[0].claim(found, "").verdict

    assert [verdict((1, cost)) for cost in (2.01, 1.99)] == [HOLDS, FAILS]
    assert verdict((0, 0)) is NOT_RUN
    assert verdict((1, 1), mixture="own") is NOT_RUN
