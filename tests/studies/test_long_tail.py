"""The long-tail study from parameters to claims: small runs, and made-up facts."""

import json
from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from backend.core.contracts import ClaimVerdict
from backend.datasets.digits import load_digits_dataset
from backend.datasets.examples import take
from backend.datasets.options import DataOptions
from backend.scores.answers import Answers
from backend.scores.scores import Scores
from backend.statistics.seeds import generator
from backend.studies import get_study
from backend.studies.kit.results import Results
from backend.studies.kit.runner import Context, Finished
from backend.studies.long_tail.claims.numbers import PRINTED
from backend.studies.long_tail.facts import (
    Cell,
    Elsewhere,
    Identities,
    LongTailFacts,
    Neighbors,
    Number,
)
from backend.studies.long_tail.numbers import NUMBERS
from backend.studies.long_tail.params import LearnerName, LongTailParams, Purpose
from backend.studies.long_tail.plan import plan
from tests.deployment import Deployment
from workers.studies import runner
from workers.studies.long_tail import elsewhere, mixture, samples

HOLDS, FAILS, UNDECIDED, NOT_RUN = (
    ClaimVerdict.HOLDS,
    ClaimVerdict.DIFFERS,
    ClaimVerdict.UNDECIDED,
    ClaimVerdict.NOT_RUN,
)
STUDY = get_study("long_tail")
RUNNER = runner("long_tail")
SMALL = LongTailParams(
    points=300,
    samples=300,
    repetitions=1500,
    subpopulations=100,
    dimensions=(20, 300),
    tightness=(0.5, 0.9),
    mixture_repetitions=4,
)
OTHER = "0123456789ab"
DIGEST = {  # the closed forms to four digits after the point, as computed independently
    "scaled_tau": 0.47168,
    "least_frequency": 0.08774,
    "singletons": 0.17040,
    "opt": 0.15336,
    "excess": 0.07233,
    "subgroup_1_opt": 0.018421,
    "subgroup_1_cost": 0.014648,
    "subgroup_2_opt": 0.113382,
    "subgroup_2_cost": 0.035301,
    "subgroup_3_opt": 0.107517,
    "subgroup_3_cost": 0.031001,
}


def run_all(params, context=None):
    context = context or Context(lambda _: None)
    return [
        (unit.payload, RUNNER.run(json.loads(json.dumps(unit.payload)), params, context).arrays)
        for unit in plan(params, None)
    ]


@pytest.fixture(scope="module")
def units():
    return run_all(SMALL)


@pytest.fixture(scope="module")
def results(units):
    return RUNNER.summarize(SMALL, None, units)


def claims(facts, params=SMALL):
    return {claim.key: claim for claim in STUDY.claims(STUDY.found(params, Results(facts=facts)))}


def changed(**fields):
    return LongTailParams.model_validate(SMALL.model_dump() | fields)


# --- parameters, plan, departures ---


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"prior": "bimodal", "points": 20}, "heavy"),
        ({"prior": "bimodal", "points": 100, "heavy": 60, "mass": 0.59}, "mass"),
        ({"prior": "custom", "weights": (1,)}, "weights"),
        ({"prior": "custom", "weights": (1, 0)}, "weights"),
        ({"dimensions": (20, 20)}, "dimensions"),
        ({"tightness": (0.5, 0.5)}, "tightness"),
        ({"tightness": (1.01,)}, "tightness"),
        ({"experiment": "no id"}, "experiment"),
        ({"samples": 9}, "samples"),
        ({"dataset": "digits"}, "dataset"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_name(given, field):
    with pytest.raises(ValidationError) as caught:
        LongTailParams.model_validate(given)
    assert {error["loc"][0] for error in caught.value.errors()} == {field}


def test_levels_may_just_be_equal_and_other_shapes_have_no_levels():
    LongTailParams(prior="bimodal", points=21, heavy=20, mass=0.99)
    LongTailParams(prior="bimodal", points=100, heavy=60, mass=0.6)
    LongTailParams(prior="zipf", points=10, heavy=20)


@pytest.mark.parametrize(
    ("fields", "items", "first"),
    [
        ({"prior": "zipf", "exponent": 2}, 300, 1 / (np.pi**2 / 6)),
        ({"prior": "uniform"}, 300, 1 / 300),
        ({"prior": "bimodal", "heavy": 4, "mass": 0.8}, 300, 0.2),
        ({"prior": "custom", "weights": (1, 3, 1)}, 3, 0.6),
    ],
)
def test_each_shape_is_the_list_that_it_names(fields, items, first):
    prior = changed(**fields).frequencies()
    assert (prior.items, prior.mass) == (items, pytest.approx(1))
    assert prior.frequencies[0] == pytest.approx(first, rel=3e-3)
    assert changed(**fields).named


def test_the_order_of_choices_asks_for_the_same():
    assert LongTailParams(dimensions=(200, 20), tightness=(0.9, 0.5)) == LongTailParams(
        dimensions=(20, 200), tightness=(0.5, 0.9)
    )


def test_quick_is_cut_into_short_units_that_count_all_repetitions():
    found = plan(LongTailParams(), None)
    assert len({unit.key for unit in found}) == len(found) == 17
    assert [unit.payload["part"] for unit in found[:5]] == ["closed_forms", *["samples"] * 4]
    counts = {
        part: sum(u.models for u in found if u.payload["part"] == part) for part in ("samples", "mixture")
    }
    assert counts == {"samples": 4000, "mixture": 2 * 3 * 2 * 10}
    assert sum(unit.seconds for unit in found) < 15
    assert 0.2 < sum(unit.seconds for unit in found if unit.payload["part"] == "samples") < 2
    assert all(0 < unit.seconds <= 3 for unit in found)
    assert all(unit.stored > 0 for unit in found)


def test_blocks_cover_every_repetition_once():
    found = plan(changed(repetitions=2350, mixture_repetitions=130), None)
    for name, most in (("samples", 2350), ("mixture", 130)):
        by_cell = {}
        for unit in found:
            if unit.payload["part"] == name:
                cell = tuple(unit.payload.get(key) for key in ("learner", "dimensions", "tightness"))
                by_cell.setdefault(cell, []).append((unit.payload["first"], unit.payload["count"]))
        for blocks in by_cell.values():
            covered = [i for first, count in blocks for i in range(first, first + count)]
            assert covered == list(range(most))


def test_long_samples_are_cut_into_shorter_blocks():
    large = LongTailParams(points=100_000, samples=1_000_000)
    blocks = [unit for unit in plan(large, None) if unit.payload["part"] == "samples"]
    assert len({unit.models for unit in blocks}) == 1
    assert all(1 < unit.seconds <= 3.01 for unit in blocks)
    quick = plan(LongTailParams(), None)[1]
    assert 10 * quick.seconds / quick.models < blocks[0].seconds / blocks[0].models
    redrawn = [u for u in plan(LongTailParams(redraw=True), None) if u.payload["part"] == "samples"]
    assert redrawn[0].seconds > 1.3 * (quick.seconds - 0.01)


def test_more_repetitions_repeat_the_units_of_fewer():
    more = {unit.key: unit.payload for unit in plan(STUDY.extension.extended(SMALL, 1000), None)}
    full = [u for u in plan(SMALL, None) if u.payload["part"] != "samples" or u.payload["count"] == 1000]
    assert len(full) == len(plan(SMALL, None)) - 1
    assert all(more[unit.key] == unit.payload for unit in full)
    assert STUDY.extension.extended(SMALL, 1000).repetitions == 2500


def test_another_experiment_is_looked_at_only_if_there_is_one():
    parts = [[u.payload["part"] for u in plan(p, None)] for p in (SMALL, changed(experiment=OTHER))]
    assert "elsewhere" not in parts[0]
    assert parts[1].count("elsewhere") == 1
    assert "elsewhere" not in {figure.name for figure in STUDY.shown(SMALL)}
    assert "elsewhere" in {figure.name for figure in STUDY.shown(changed(experiment=OTHER))}


PAPER = LongTailParams.model_validate(STUDY.presets["paper"])


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"points": 2000}, "2,000 instead of 50,000 points"),
        ({"samples": 2000}, "2,000 instead of 50,000 samples"),
        ({"exponent": 1.5}, "an exponent of 1.5"),
        ({"classes": 2}, "2 instead of 10 classes"),
        ({"prior": "uniform", "exponent": 2}, "equal frequency instead of Zipf's law"),
        ({"prior": "custom", "points": 3}, "10 points of given frequencies"),
    ],
)
def test_departures_are_said_one_by_one(fields, words):
    (said,) = STUDY.departures.of_setting(LongTailParams.model_validate(PAPER.model_dump() | fields))
    assert words in said


def test_what_the_paper_does_not_run_is_no_departure_of_setting():
    ours = {"repetitions": 50, "dimensions": (5,), "tightness": (0.1,), "subpopulations": 50, "seed": 3}
    asked = LongTailParams.model_validate(PAPER.model_dump() | ours | {"experiment": OTHER})
    assert STUDY.departures.of_setting(asked) == ()
    assert (PAPER.points, PAPER.samples, PAPER.exponent, PAPER.classes) == (50_000, 50_000, 1, 10)
    scope = " ".join(STUDY.departures.scope(PAPER))
    assert all(
        words in scope for words in ("Fig. 1", "Fig. 2", "not reproduced", "trains nothing", "list itself")
    )
    assert "list itself" not in " ".join(STUDY.departures.scope(changed(redraw=True)))


# --- runs ---


def test_the_same_seed_gives_the_same_and_another_one_other_samples(units):
    for payload, arrays in reversed(units):  # in any order
        again = RUNNER.run(payload, SMALL, Context(lambda _: None)).arrays
        other = RUNNER.run(payload, changed(seed=1), Context(lambda _: None)).arrays
        for name, values in arrays.items():
            np.testing.assert_array_equal(again[name], values)
        drawn = payload["part"] in ("samples", "mixture")
        assert any((other[name] != values).any() for name, values in arrays.items()) == drawn


def test_a_repetition_of_a_mixture_does_not_depend_on_its_unit():
    payload = {"part": "mixture", "learner": "linear", "dimensions": 20, "tightness": 0.5}

    def sums(first, count):
        return RUNNER.run(payload | {"first": first, "count": count}, SMALL, Context(lambda _: None)).arrays

    whole, parts = sums(0, 3), [sums(0, 1), sums(1, 2)]
    np.testing.assert_allclose(whole["totals"], parts[0]["totals"] + parts[1]["totals"])
    assert (sums(0, 1)["totals"] != sums(1, 1)["totals"]).any()


def test_learners_dimensions_tightness_and_blocks_have_streams_of_their_own(monkeypatch):
    asked = []

    def recorded(seed, purpose, *index):
        asked.append((seed, purpose, *index))
        return generator(seed, purpose, *index)

    for module in (mixture, samples):
        monkeypatch.setattr(module, "generator", recorded)
    run_all(SMALL)
    assert len(set(asked)) == len(asked) == 2 + 8 * 4
    assert [int(purpose) for purpose in Purpose] == [100, 101, 102]


def test_results_are_valid_at_any_moment(units):
    assert RUNNER.summarize(SMALL, None, []).facts == LongTailFacts()
    for count in range(len(units) + 1):
        found = RUNNER.summarize(SMALL, None, units[:count])
        assert (
            Results.from_bytes(found.to_bytes(), LongTailFacts).facts.repetitions == found.facts.repetitions
        )
        assert {claim.verdict for claim in claims(found.facts).values()} <= {HOLDS, NOT_RUN, UNDECIDED}
        parts = [payload["part"] for payload, _ in units[:count]]
        assert len(found.facts.numbers) == 11 * ("closed_forms" in parts)
        assert found.facts.repetitions == sum(p["count"] for p, _ in units[:count] if p["part"] == "samples")


def test_the_order_of_units_does_not_matter(units, results):
    other = RUNNER.summarize(SMALL, None, units[::-1])
    assert {(c.learner, c.dimensions, c.tightness) for c in other.facts.cells} == {
        (learner, d, rho) for learner in LearnerName for d in (20, 300) for rho in (0.5, 0.9)
    }
    np.testing.assert_allclose([s.tau for s in other.facts.seen], [s.tau for s in results.facts.seen])
    ours, theirs = (
        {(c.learner, c.dimensions, c.tightness): c for c in r.facts.cells} for r in (results, other)
    )
    assert all(ours[key].excess == pytest.approx(theirs[key].excess) for key in ours)


def test_a_small_run_finds_what_theory_says(results):
    facts = results.facts
    for row in facts.seen:
        assert abs(row.tau - row.tau_expected) <= 4.5 * row.tau_error
        assert 0 < row.tau_error < 0.1 * row.tau
        assert row.excess == pytest.approx(row.tau * 0.9 * row.points, rel=0.1)
    assert [row.fraction for row in facts.unfitted] == [0, 0.25, 0.5, 0.75, 1]
    assert facts.unfitted[-1].expected == facts.seen[0].excess_expected
    assert facts.unfitted[1].expected == pytest.approx(facts.unfitted[-1].expected / 4)
    assert facts.unfitted[0].excess == 0
    cells = {(cell.learner, cell.dimensions, cell.tightness): cell for cell in facts.cells}
    apart, mixed = cells[LearnerName.NEAREST, 300, 0.9], cells[LearnerName.NEAREST, 20, 0.5]
    assert (apart.repetitions, len(cells)) == (4, 8)
    assert apart.coupling > 0.99 > 0.5 > mixed.coupling
    assert apart.excess == pytest.approx(apart.predicted, rel=0.4)
    assert mixed.excess < 0.5 * mixed.lost
    assert apart.scores[0] > 0.8 > 0.1 > max(apart.scores[1:])
    assert apart.memorization == pytest.approx(apart.gap, abs=0.06)


def test_arrays_hold_what_a_researcher_needs(results):
    arrays = results.arrays
    np.testing.assert_array_equal(arrays["multiplicity"], [1, 2, 3, 4])
    np.testing.assert_array_equal(arrays["tau"], [row.tau for row in results.facts.seen])
    assert arrays["samples_products"].shape == (len(arrays["samples_totals"]),) * 2
    assert arrays["mixture_scores"].shape == (8, 4)
    assert set(arrays["mixture_learner"]) == {"nearest", "linear"}


def test_frequencies_that_are_drawn_anew_are_not_held_against_the_list():
    params = changed(redraw=True, repetitions=400, dimensions=(5,), tightness=(0.5,), mixture_repetitions=2)
    facts = RUNNER.summarize(params, None, run_all(params)).facts
    plain = params.model_copy(update={"redraw": False})
    assert (
        facts.seen[0].tau_error > 1.2 * RUNNER.summarize(plain, None, run_all(plain)).facts.seen[0].tau_error
    )
    found = claims(facts, params)
    assert {found[key].verdict for key in ("tau_sampled", "excess_sampled", "linear_in_fraction")} == {
        NOT_RUN
    }
    assert "drawn anew" in found["tau_sampled"].note


def test_points_that_are_never_seen_so_seldom_leave_nothing_to_judge():
    params = changed(prior="custom", weights=(1, 1), samples=1000, repetitions=200, dimensions=(5,))
    facts = RUNNER.summarize(params, None, run_all(params)).facts
    assert np.isnan(facts.seen[0].tau)
    found = claims(facts, params)
    assert found["tau_sampled"].verdict is found["linear_in_fraction"].verdict is NOT_RUN
    assert found["scaled_tau"].verdict is HOLDS


# --- claims ---


def test_our_numbers_are_those_of_the_closed_form(results):
    ours = {number.key: number.ours for number in results.facts.numbers}
    assert list(ours) == [printed.key for printed in PRINTED] == list(NUMBERS) == list(DIGEST)
    for key, value in DIGEST.items():
        assert ours[key] == pytest.approx(value, abs=1e-5 if key in list(DIGEST)[:5] else 1e-6), key


@pytest.mark.parametrize("printed", PRINTED, ids=lambda printed: printed.key)
def test_a_number_holds_up_to_one_unit_of_its_last_digit(printed):
    def verdict(value):
        return claims(LongTailFacts(numbers=(Number(printed.key, value),)))[printed.key].verdict

    value, digit = printed.value, printed.digit
    assert [verdict(value + side * digit) for side in (-0.999, 0, 0.999)] == [HOLDS] * 3
    assert [verdict(value + side * digit) for side in (-1.001, 1.001)] == [FAILS] * 2
    # The unit is that of the last digit that is printed.
    assert digit == pytest.approx(10.0 ** -len(f"{value:g}".partition(".")[2]))
    assert f"{value:g}" in printed.text or f"{value:.0%}".replace("%", " %") in printed.text


def test_a_run_has_the_eleven_numbers_at_paper_settings_and_nothing_that_differs(results):
    found = claims(results.facts)
    numbers = [found[printed.key] for printed in PRINTED]
    assert len(numbers) == 11
    assert {claim.verdict for claim in numbers} == {HOLDS}
    assert all(claim.setting == "ours, paper settings: closed form" for claim in numbers)
    assert found["tau_sampled"].setting.startswith("ours, reduced: Zipf's law")
    assert FAILS not in {claim.verdict for claim in found.values()}
    assert found["alone_memorized"].verdict is NOT_RUN


IDENTITIES = Identities(5.0, 0.5, 0.0, 0.0, 0.25, 0.25, (0.9, 0.0))


@pytest.mark.parametrize(
    ("key", "field", "good", "bad"),
    [
        ("long_tail_floor", "floor", (1, 70), (0.999,)),
        ("no_tail_ceiling", "ceiling", (0.01, 1), (1.001,)),
        ("good_turing", "turing", (0.9e-12, -0.9e-12), (1.1e-12, -1.1e-12)),
        ("price_of_privacy", "prices", (0.9e-12, -0.9e-12), (1.1e-12, -1.1e-12)),
        (
            "memorization_is_the_gap",
            "gap",
            (0.25 + 0.9e-10, 0.25 - 0.9e-10),
            (0.25 + 1.1e-10, 0.25 - 1.1e-10),
        ),
    ],
)
def test_bounds_and_identities_hold_or_not(key, field, good, bad):
    def claim(value):
        return claims(LongTailFacts(identities=replace(IDENTITIES, **{field: value})))[key]

    assert {claim(value).verdict for value in good} == {HOLDS}
    assert {claim(value).verdict for value in bad} == {FAILS}
    assert "by proof" in claim(good[0]).note
    assert claim(good[0]).arithmetic
    assert claim(good[0]).setting.startswith("ours, reduced" if key == "good_turing" else "ours, closed form")


# Of 4 repetitions: of one interval, and of three together.
STUDENT, STUDENT_OF_THREE = 3.182, 4.857


def cell(**fields):
    plain = Cell(
        learner=LearnerName.NEAREST,
        dimensions=300,
        tightness=0.5,
        repetitions=4,
        error=0.3,
        train_error=0.0,
        excess=0.1,
        excess_error=0.001,
        lost=0.1,
        coupling=1.0,
        memorization=0.2,
        memorization_error=0.01,
        gap=0.3,
        gap_error=0.01,
        scores=(0.9, 0.1, 0.0, 0.0),
        score_errors=(0.01,) * 4,
    )
    return replace(plain, **fields)


def of_cells(key, *cells):
    return claims(LongTailFacts(cells=cells))[key]


@pytest.mark.parametrize(
    ("ratio", "error", "verdict"),
    [
        (1.14, 0.001, HOLDS),
        (0.86, 0.001, HOLDS),
        (1.14, 0.01, UNDECIDED),
        (1.16, 0.01, UNDECIDED),
        (1.16, 0.001, FAILS),
        (0.84, 0.001, FAILS),
    ],
)
def test_the_excess_must_be_near_its_prediction_where_coupled(ratio, error, verdict):
    # Predicted is the coupling times what is lost; the error is relative to it.
    made = cell(excess=0.096 * ratio, excess_error=0.096 * error, coupling=0.96)
    claim = of_cells("coupled_excess", made)
    assert claim.verdict is verdict
    assert claim.measured == pytest.approx(ratio)
    assert claim.high - claim.measured == pytest.approx(STUDENT * error, rel=1e-3)


def test_all_coupled_mixtures_count_together():
    claim = of_cells(
        "coupled_excess", cell(excess=0.11, excess_error=0.003), cell(excess=0.12, excess_error=0.004)
    )
    assert claim.measured == pytest.approx(1.15)
    assert claim.high - claim.measured == pytest.approx(STUDENT * 0.005 / 0.2, rel=1e-3)
    assert "excess 0.120, predicted 0.100" in claim.note


def test_only_the_nearest_neighbor_where_subpopulations_are_apart_is_held_to_it():
    far = {"excess": 0.2}
    assert of_cells("coupled_excess", cell(coupling=0.949, **far)).verdict is NOT_RUN
    assert of_cells("coupled_excess", cell(coupling=0.951, **far)).verdict is FAILS
    assert of_cells("coupled_excess", cell(learner=LearnerName.LINEAR, **far)).verdict is NOT_RUN


@pytest.mark.parametrize(
    ("ratio", "coupling", "verdict"),
    [
        (0.84, 0.4, HOLDS),
        (0.85, 0.4, UNDECIDED),
        (0.86, 0.4, FAILS),
        (0.1, 0.499, HOLDS),
        (0.1, 0.5, NOT_RUN),
    ],
)
def test_little_is_lost_where_the_coupling_is_broken(ratio, coupling, verdict):
    made = cell(excess=0.1 * ratio, excess_error=0.0001, coupling=coupling)
    claim = of_cells("broken_coupling", made, cell(excess=0.5, coupling=0.9))
    assert claim.verdict is verdict
    if verdict is not NOT_RUN:
        both = of_cells("broken_coupling", cell(excess=-1.0, coupling=coupling - 0.01), made)
        assert both.measured == -10  # where the coupling is least


@pytest.mark.parametrize(("other", "verdict"), [(0.82, HOLDS), (0.9, UNDECIDED), (0.98, FAILS)])
def test_those_seen_once_must_be_memorized_most(other, verdict):
    claim = of_cells("singletons_memorized", cell(scores=(0.9, 0.0, other, 0.0)))
    assert claim.verdict is verdict
    assert claim.high - claim.low == pytest.approx(2 * STUDENT_OF_THREE * np.hypot(0.01, 0.01), rel=1e-3)
    assert of_cells("singletons_memorized", cell(scores=(0.9, np.nan, 0, 0))).verdict is NOT_RUN
    wide = cell(dimensions=1000, scores=(0.7, 0.0, other - 0.2, 0.0))
    both = of_cells("singletons_memorized", wide, cell(scores=(0.1, 0.0, 0.0, 0.0)))
    assert both.measured == pytest.approx(claim.measured)  # where dimensions are most


def look(lead, half, **fields):
    groups = (
        Neighbors(1, 1, 1000, 0.5, 0.4, 0.6),
        Neighbors(3, 5, 900, 0.1, 0.0, 0.2),
        Neighbors(21, None, 0, 0, 0, 0),
    )
    return Elsewhere(64, 100, 50, 0.1, groups, (), lead, lead - half, lead + half, **fields)


@pytest.mark.parametrize(
    ("lead", "half", "verdict"),
    [(0.1, 0.09, HOLDS), (0.1, 0.11, UNDECIDED), (-0.1, 0.11, UNDECIDED), (-0.1, 0.09, FAILS)],
)
def test_real_examples_alone_must_be_memorized_most(lead, half, verdict):
    claim = claims(LongTailFacts(elsewhere=look(lead, half)), changed(experiment=OTHER))["alone_memorized"]
    assert (claim.verdict, claim.measured) == (verdict, lead)
    assert "1: 0.500, 3 to 5: 0.100." in claim.note
    assert claims(LongTailFacts(elsewhere=look(lead, half)))["alone_memorized"].verdict is NOT_RUN


# --- the look at another experiment ---


def finished(score=None, labels=None):
    """A finished experiment on digits with scores as given at size 16; size 64 has none yet."""
    examples = take(load_digits_dataset(), DataOptions(dataset="digits", per_class=20))
    n = examples.n_train
    high = np.zeros(n) if score is None else score
    n_in, n_out, k_in = np.full((3, 3, n), 10, np.int32)
    n_out[2] = 0
    k_out = np.stack([np.zeros(n), np.rint(10 * (1 - high)), np.zeros(n)]).astype(np.int32)
    given = examples.given if labels is None else labels
    answers = Answers.of_counts(np.zeros((3, n, 10), np.int32))
    counts = [n_in, k_in, n_out, k_out]
    return Finished(Scores.of_counts((2, 16, 64), given, np.zeros(n, np.bool_), counts, answers), examples)


def looked(given, monkeypatch=None, **fields):
    context = Context(lambda _: None, finished=lambda experiment: given if experiment == OTHER else None)
    arrays = RUNNER.run({"part": "elsewhere", "experiment": OTHER}, changed(**fields), context).arrays
    return RUNNER.summarize(SMALL, None, [({"part": "elsewhere"}, arrays)]).facts.elsewhere


@pytest.mark.parametrize("backward", [False, True])
def test_a_look_elsewhere_takes_nothing_from_the_closed_forms(backward):
    context = Context(lambda _: None, finished=lambda _: finished())
    params = changed(experiment=OTHER)
    payloads = [{"part": "closed_forms"}, {"part": "elsewhere", "experiment": OTHER}]
    units = [(payload, RUNNER.run(payload, params, context).arrays) for payload in payloads]
    facts = RUNNER.summarize(params, None, units[::-1] if backward else units).facts
    assert len(facts.numbers) == 11
    assert facts.identities is not None
    assert facts.elsewhere is not None


def brute_force(given):
    labels = given.scores.labels
    pixels = given.examples.images[: len(labels)].reshape(len(labels), -1) / 255
    distances = np.sqrt(((pixels[:, None] - pixels[None]) ** 2).mean(axis=2))
    distances[labels[:, None] != labels[None]] = np.inf
    np.fill_diagonal(distances, np.inf)
    radius = np.median(distances.min(axis=1))
    return radius, 1 + (distances <= radius + 1e-6).sum(axis=1)


@pytest.mark.parametrize("labels", [None, np.arange(200) % 2])
def test_neighbors_of_the_same_label_are_counted_within_the_median_distance(monkeypatch, labels):
    given = finished(labels=labels)
    radius, within = brute_force(given)
    monkeypatch.setattr(elsewhere, "CHUNK", 7)
    found, counted = elsewhere.neighbors(given, np.arange(given.scores.n), Context(lambda _: None))
    assert found == pytest.approx(radius, rel=1e-4)
    np.testing.assert_array_equal(counted, within)
    assert (counted == 1).mean() == pytest.approx(0.5, abs=0.02)


def test_scores_are_grouped_by_neighbors_and_by_class():
    _, within = brute_force(finished())
    score = np.where(within == 1, 0.8, 0.1)
    given = finished(score)
    found = looked(given)
    assert (found.size, found.scored, found.looked_at) == (16, given.scores.n, given.scores.n)
    assert [group.examples for group in found.neighbors] == [
        int(((within >= low) & (within <= high)).sum())
        for low, high in ((1, 1), (2, 2), (3, 5), (6, 20), (21, 999))
    ]
    assert [group.score for group in found.neighbors[:3]] == pytest.approx([0.8, 0.1, 0.1])
    assert found.lead == pytest.approx(0.7)
    assert [of.name for of in found.classes] == list(given.examples.classes)
    for number, of in enumerate(found.classes):
        mine = given.scores.labels == number
        assert (of.examples, of.memorized) == (mine.sum(), pytest.approx((within[mine] == 1).mean()))
        assert 0 <= of.low <= of.memorized <= of.high <= 1
        assert of.low < of.high


def test_a_few_examples_of_a_large_experiment_are_looked_at(monkeypatch):
    given = finished(np.linspace(0, 1, 200))
    monkeypatch.setattr(elsewhere, "LOOKED_AT", 50)
    found, other = looked(given), looked(given, seed=1)
    assert (found.looked_at, found.scored) == (50, 200)
    assert found.lead_low < found.lead < found.lead_high
    assert repr(found) == repr(looked(given))
    assert found.lead != other.lead
    assert sum(of.examples for of in found.classes) == 200


def test_examples_without_a_score_are_neighbors_only():
    given = finished(np.linspace(0, 1, 200))
    n_out = given.scores.n_out.copy()
    n_out[1, ::2] = 0
    half = replace(given, scores=replace(given.scores, n_out=n_out))
    found = looked(half)
    assert (found.scored, found.looked_at) == (100, 100)
    assert np.isfinite(found.lead)
    assert sum(of.examples for of in found.classes) == 100


def test_without_anything_to_compare_there_is_no_lead(monkeypatch):
    monkeypatch.setattr(elsewhere, "LOOKED_AT", 2)
    found = looked(finished())
    assert np.isnan(found.lead)
    facts = LongTailFacts(elsewhere=found)
    assert claims(facts, changed(experiment=OTHER))["alone_memorized"].verdict is NOT_RUN


# --- through the API ---


def test_it_runs_from_a_request_to_claims_without_a_data_set(tmp_path, redis_url):
    deployment = Deployment.create(tmp_path, f"sqlite:///{tmp_path / 'memoscope.db'}", redis_url)
    params = SMALL.model_dump(mode="json", exclude_defaults=True) | {
        "repetitions": 200,
        "mixture_repetitions": 2,
    }
    try:
        done = deployment.finished(study="long_tail", params=params)
        assert (done["status"], done["dataset_id"], done["counted"]) == ("done", None, "repetitions")
        items = deployment.get(f"/api/experiments/{done['id']}/claims")["items"]
        assert sum(claim["verdict"] == "holds" for claim in items) >= 11
        assert all(claim["verdict"] != "differs" for claim in items)
        figure = deployment.get(f"/api/experiments/{done['id']}/figures/lost?learner=linear")
        assert "least squares" in figure["layout"]["title"]["text"]
        lab = deployment.get("/api/studies/long_tail/labs/subgroups?mixture=harder")
        assert lab["claims"][0]["verdict"] == "holds"
        path = "/api/studies/long_tail/labs/tails?samples=1000000&points=100"
        assert deployment.problem("GET", path, 422)["errors"][0]["pointer"] == "/query/samples"
    finally:
        deployment.close()
