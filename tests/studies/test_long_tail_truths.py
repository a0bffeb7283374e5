"""The long tail's claims where the truth is known: true, false, flat, opposite, noisy and too few."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from backend.core.contracts import ClaimVerdict
from backend.studies import get_study
from backend.studies.kit.found import Found
from backend.studies.kit.results import Results
from backend.studies.long_tail.claims.numbers import PRINTED
from backend.studies.long_tail.facts import (
    Cell,
    Elsewhere,
    Identities,
    LongTailFacts,
    Neighbors,
    Number,
    Seen,
    Unfitted,
)
from backend.studies.long_tail.labs import frequencies, subgroups, tails, unfitted
from backend.studies.long_tail.params import FRACTIONS, LearnerName, LongTailParams
from backend.theory.long_tail_samples import sample
from backend.theory.priors import zipf
from workers.studies.long_tail import elsewhere, samples

HOLDS, DIFFERS, UNDECIDED, NOT_RUN = ClaimVerdict
STUDY = get_study("long_tail")
SEEDS = 400
PARAMS = LongTailParams(points=300, samples=300, experiment="0123456789ab")


def judged(key: str, params: LongTailParams = PARAMS, **facts: object) -> ClaimVerdict:
    found = STUDY.found(params, Results(facts=LongTailFacts(**facts)))
    (claim,) = (finding.claim(found, "") for finding in STUDY.findings if finding.key == key)
    assert bool(claim.answer) == (claim.verdict is not NOT_RUN)
    return claim.verdict


def over_seeds(judge: Callable[[np.random.Generator], ClaimVerdict]) -> Counter[ClaimVerdict]:
    return Counter(judge(np.random.default_rng(seed)) for seed in range(SEEDS))


def rarely(found: Counter[ClaimVerdict], *verdicts: ClaimVerdict) -> bool:
    """At most 5 %, and what chance adds to that over so many seeds."""
    return sum(found[verdict] for verdict in verdicts) <= 0.05 * SEEDS + 2 * np.sqrt(0.05 * 0.95 * SEEDS)


# --- points seen a few times ---


def rows(ratios, error, rng=None):
    """Rows whose sampled values are those ratios of the expected ones, up to a relative error."""
    noise = np.zeros((2, 4)) if rng is None else rng.normal(0, error, (2, 4))
    return tuple(
        Seen(seen, 20.0, 0.01 * (ratio + a), 0.01 * error, 0.01, 0.0, 0.1 * (ratio + b), 0.1 * error, 0.1)
        for seen, ratio, a, b in zip(range(1, 5), ratios, *noise, strict=True)
    )


def line(costs, error, rng=None):
    """Costs of a quarter, half, three quarters and all unfitted; an error relative to that of all."""
    noise = np.zeros(4) if rng is None else rng.normal(0, error, 4)
    fractions = FRACTIONS[1:]
    return tuple(Unfitted(f, c + e, error, f) for f, c, e in zip(fractions, costs, noise, strict=True))


# What the list of frequencies implies is far below the errors given here.
MANY = {"repetitions": 10**9}
SHOWN = [
    ("true", (1, 1, 1, 1), 0.005, HOLDS),
    ("one is off", (1, 1, 1, 1.1), 0.005, DIFFERS),
    ("off by little, and known well", (1.02, 1, 1, 1), 0.001, DIFFERS),
    ("all too low", (0.5, 0.5, 0.5, 0.5), 0.005, DIFFERS),
    ("opposite", (-1, -1, -1, -1), 0.005, DIFFERS),
    ("nothing is lost", (0, 0, 0, 0), 0.005, DIFFERS),
    ("true, and too noisy", (1, 1, 1, 1), 0.1, UNDECIDED),
    ("false, and too noisy", (1.3, 1, 1, 1), 0.1, UNDECIDED),
    ("far off for the noise", (2, 1, 1, 1), 0.1, DIFFERS),
    ("one never sampled", (1, 1, 1, np.nan), 0.005, UNDECIDED),
    ("none ever sampled", (np.nan,) * 4, 0.005, NOT_RUN),
]


@pytest.mark.parametrize("key", ["tau_sampled", "excess_sampled"])
@pytest.mark.parametrize(("what", "ratios", "error", "verdict"), SHOWN, ids=[row[0] for row in SHOWN])
def test_points_seen_l_times(key, what, ratios, error, verdict):
    assert judged(key, seen=rows(ratios, error), **MANY) is verdict
    assert judged(key, seen=rows(ratios, error), repetitions=99) is NOT_RUN
    assert (
        judged(key, PARAMS.model_copy(update={"redraw": True}), seen=rows(ratios, error), **MANY) is NOT_RUN
    )


@pytest.mark.parametrize("key", ["tau_sampled", "excess_sampled"])
def test_points_seen_l_times_by_chance(key):
    def verdicts(ratios, error):
        return over_seeds(lambda rng: judged(key, seen=rows(ratios, error, rng), **MANY))

    assert rarely(verdicts((1,) * 4, 0.005), DIFFERS)
    assert verdicts((1,) * 4, 0.005)[HOLDS] > 0.95 * SEEDS
    assert rarely(verdicts((1, 1, 1.2, 1), 0.1), HOLDS)
    assert rarely(verdicts((1,) * 4, 0.3), HOLDS, DIFFERS)


LINES = [
    ("true", (0.25, 0.5, 0.75, 1), 0.002, HOLDS),
    ("steeper than expected, and a line all the same", (0.5, 1, 1.5, 2), 0.002, HOLDS),
    ("flat", (1, 1, 1, 1), 0.002, DIFFERS),
    ("falls", (1, 0.75, 0.5, 0.25), 0.002, DIFFERS),
    ("bends", (0.06, 0.25, 0.56, 1), 0.002, DIFFERS),
    ("true, and too noisy", (0.25, 0.5, 0.75, 1), 0.1, UNDECIDED),
    ("bends, and too noisy", (0.06, 0.25, 0.56, 1), 0.1, UNDECIDED),
    ("costs nothing", (0, 0, 0, 0), 0.002, NOT_RUN),
]


@pytest.mark.parametrize(("what", "costs", "error", "verdict"), LINES, ids=[row[0] for row in LINES])
def test_cost_over_the_fraction(what, costs, error, verdict):
    assert judged("linear_in_fraction", unfitted=line(costs, error), **MANY) is verdict
    assert judged("linear_in_fraction", unfitted=line(costs, error)[-1:], **MANY) is NOT_RUN


def test_cost_over_the_fraction_by_chance():
    def verdicts(costs, error):
        return over_seeds(lambda rng: judged("linear_in_fraction", unfitted=line(costs, error, rng), **MANY))

    straight = (0.25, 0.5, 0.75, 1)
    assert rarely(verdicts(straight, 0.002), DIFFERS)
    assert rarely(verdicts(straight, 0.2), HOLDS, DIFFERS)
    assert rarely(verdicts((0.1, 0.3, 0.6, 1), 0.1), HOLDS)


SAMPLED = ("tau_sampled", "excess_sampled", "linear_in_fraction")


def drawn(params, frequencies, repetitions, seed):
    rng = np.random.default_rng(seed)
    found = sample(rng, frequencies, params.samples, repetitions, fractions=FRACTIONS, classes=params.classes)
    seen, unfit = samples.facts(params, found)
    return {"repetitions": repetitions, "seen": seen, "unfitted": unfit}


def test_samples_of_the_list_itself_and_of_another_one():
    own = [drawn(PARAMS, zipf(300, 1).each(), 3000, seed) for seed in range(3)]
    other = drawn(PARAMS, zipf(300, 1.2).each(), 3000, 0)
    assert [judged("tau_sampled", **facts) for facts in own] == [HOLDS] * 3
    assert DIFFERS not in {judged(key, **facts) for facts in own for key in SAMPLED}
    assert [judged(key, **other) for key in SAMPLED] == [DIFFERS, DIFFERS, HOLDS]  # the cost is a line there


@pytest.mark.parametrize("fields", [{"prior": "uniform"}, {"prior": "bimodal", "heavy": 2, "mass": 0.9}])
def test_equal_frequencies_differ_by_rounding_only(fields):
    params = LongTailParams.model_validate({"points": 300, "samples": 300} | fields)
    facts = drawn(params, params.frequencies(grouped=False).each(), 1500, 0)
    assert judged("tau_sampled", params, **facts) is HOLDS


def test_an_event_that_no_sample_shows_is_no_difference():
    """Points seen three times are mostly frequent ones here, but hardly one in hundred repetitions is."""
    fields = {"prior": "bimodal", "points": 10_000, "samples": 400, "heavy": 20, "mass": 0.8}
    params = LongTailParams.model_validate(fields)
    each = params.frequencies(grouped=False).each()
    found = [drawn(params, each, 200, seed) for seed in range(20)]
    for key in SAMPLED[:2]:
        verdicts = Counter(judged(key, params, **facts) for facts in found)
        assert verdicts[DIFFERS] <= 1, (key, verdicts)


# --- mixtures ---


def cells(ratio, error, rng=None, *, repetitions=10, coupling=1.0, mixtures=3, spread=0.0):
    """Mixtures whose excess is that ratio of 0.1, which is predicted or lost; odd ones by `spread` more."""
    made = []
    for number in range(mixtures):
        mean = ratio + spread * (number % 2 * 2 - 1)
        if rng is None:
            value, known = mean, error
        else:
            values = rng.normal(mean, error * np.sqrt(repetitions), repetitions)
            value, known = values.mean(), values.std(ddof=1) / np.sqrt(repetitions)
        apart = Cell(
            learner=LearnerName.NEAREST,
            dimensions=20 + number,
            tightness=0.5,
            repetitions=repetitions,
            error=0.3,
            train_error=0.0,
            excess=0.1 * value,
            excess_error=0.1 * known,
            lost=0.1,
            coupling=coupling,
            memorization=0.2,
            memorization_error=0.01,
            gap=0.3,
            gap_error=0.01,
            scores=(0.0,) * 4,
            score_errors=(0.0,) * 4,
        )
        made.append(apart)
    return tuple(made)


COUPLED = [
    ("true", {"ratio": 1, "error": 0.02}, HOLDS),
    ("opposite", {"ratio": -1, "error": 0.02}, DIFFERS),
    ("nothing is lost", {"ratio": 0, "error": 0.02}, DIFFERS),
    ("too much is lost", {"ratio": 1.5, "error": 0.02}, DIFFERS),
    ("one above and one below", {"ratio": 1, "error": 0.02, "mixtures": 2, "spread": 0.4}, DIFFERS),
    ("true, and too noisy", {"ratio": 1, "error": 0.3}, UNDECIDED),
    ("false, and too noisy", {"ratio": 1.3, "error": 0.5}, UNDECIDED),
    ("two repetitions", {"ratio": 1, "error": 0.03, "repetitions": 2}, UNDECIDED),
    ("one repetition", {"ratio": 1, "error": np.nan, "repetitions": 1}, NOT_RUN),
    ("not coupled", {"ratio": 1, "error": 0.02, "coupling": 0.9}, NOT_RUN),
    ("none", {"ratio": 1, "error": 0.02, "mixtures": 0}, NOT_RUN),
]


@pytest.mark.parametrize(("what", "made", "verdict"), COUPLED, ids=[row[0] for row in COUPLED])
def test_excess_where_subpopulations_are_apart(what, made, verdict):
    assert judged("coupled_excess", cells=cells(**made)) is verdict


BROKEN = [
    ("true", {"ratio": 0.3, "error": 0.02}, HOLDS),
    ("errors fall", {"ratio": -0.3, "error": 0.02}, HOLDS),
    ("as much is lost", {"ratio": 1, "error": 0.02}, DIFFERS),
    ("more is lost", {"ratio": 2, "error": 0.02}, DIFFERS),
    ("true, and too noisy", {"ratio": 0.3, "error": 0.4}, UNDECIDED),
    ("two repetitions", {"ratio": 0.3, "error": 0.1, "repetitions": 2}, UNDECIDED),
    ("not broken", {"ratio": 0.3, "error": 0.02, "coupling": 0.6}, NOT_RUN),
]


@pytest.mark.parametrize(("what", "made", "verdict"), BROKEN, ids=[row[0] for row in BROKEN])
def test_excess_where_subpopulations_overlap(what, made, verdict):
    assert judged("broken_coupling", cells=cells(**{"coupling": 0.2} | made)) is verdict


@pytest.mark.parametrize("repetitions", [2, 4, 10])
def test_excess_by_chance(repetitions):
    def verdicts(key, ratio, error, **more):
        def judge(rng):
            return judged(key, cells=cells(ratio, error, rng, repetitions=repetitions, **more))

        return over_seeds(judge)

    assert rarely(verdicts("coupled_excess", 1, 0.3), HOLDS, DIFFERS)
    assert rarely(verdicts("coupled_excess", 1.15, 0.05), HOLDS, DIFFERS)
    assert rarely(verdicts("coupled_excess", 1.4, 0.1), HOLDS)
    assert rarely(verdicts("broken_coupling", 1, 0.1, coupling=0.2, mixtures=1), HOLDS)
    assert rarely(verdicts("broken_coupling", 0.85, 0.1, coupling=0.2, mixtures=1), HOLDS, DIFFERS)
    assert rarely(verdicts("broken_coupling", 0.7, 0.1, coupling=0.2, mixtures=1), DIFFERS)


def scored(means, error, rng=None, repetitions=10, **more):
    (plain,) = cells(1, 0.02, repetitions=repetitions, mixtures=1, **more)
    if rng is None:
        return (replace(plain, scores=tuple(means), score_errors=(error,) * 4),)
    values = rng.normal(means, error * np.sqrt(repetitions), (repetitions, 4))
    errors = values.std(axis=0, ddof=1) / np.sqrt(repetitions)
    return (replace(plain, scores=tuple(values.mean(axis=0)), score_errors=tuple(errors)),)


SCORED = [
    ("true", (0.9, 0.1, 0, 0), 0.01, {}, HOLDS),
    ("flat", (0.5, 0.5, 0.5, 0.5), 0.01, {}, UNDECIDED),
    ("opposite", (0, 0, 0.1, 0.9), 0.01, {}, DIFFERS),
    ("most where seen three times", (0.5, 0, 0.9, 0), 0.01, {}, DIFFERS),
    ("true, and too noisy", (0.9, 0.1, 0, 0), 0.5, {}, UNDECIDED),
    ("two repetitions", (0.9, 0.5, 0, 0), 0.05, {"repetitions": 2}, UNDECIDED),
    ("none seen four times", (0.9, 0.1, 0, np.nan), 0.01, {}, NOT_RUN),
    ("not coupled", (0.9, 0.1, 0, 0), 0.01, {"coupling": 0.9}, NOT_RUN),
]


@pytest.mark.parametrize(
    ("what", "means", "error", "more", "verdict"), SCORED, ids=[row[0] for row in SCORED]
)
def test_scores_by_times_seen(what, means, error, more, verdict):
    assert judged("singletons_memorized", cells=scored(means, error, **more)) is verdict


@pytest.mark.parametrize("repetitions", [2, 4, 10])
def test_scores_by_times_seen_by_chance(repetitions):
    def verdicts(means, error):
        return over_seeds(
            lambda rng: judged("singletons_memorized", cells=scored(means, error, rng, repetitions))
        )

    assert rarely(verdicts((0.5,) * 4, 0.02), HOLDS, DIFFERS)
    assert rarely(verdicts((0.5, 0.6, 0.5, 0.5), 0.05), HOLDS)
    assert rarely(verdicts((0.6, 0.5, 0.5, 0.5), 0.05), DIFFERS)


# --- real examples ---


def look(alone, others):
    """The look at an experiment with these scores of examples without and with neighbors."""
    lead, half = elsewhere._difference(alone, others)
    groups = (Neighbors(1, 1, len(alone), 0, 0, 0), Neighbors(2, 2, len(others), 0, 0, 0))
    return Elsewhere(64, 100, 100, 0.1, groups, (), lead, lead - half, lead + half)


def share(ones, of):
    return np.repeat([1.0, 0.0], [ones, of - ones])


LOOKS = [
    ("true", share(150, 300), share(30, 300), HOLDS),
    ("opposite", share(30, 300), share(150, 300), DIFFERS),
    ("flat", share(90, 300), share(90, 300), UNDECIDED),
    ("true, and too few", share(5, 10), share(1, 10), UNDECIDED),
    ("two that are memorized", share(2, 2), share(0, 2), UNDECIDED),
    ("all alike", share(0, 300), share(0, 300), UNDECIDED),
    ("one alone", share(1, 1), share(0, 300), NOT_RUN),
]


@pytest.mark.parametrize(("what", "alone", "others", "verdict"), LOOKS, ids=[row[0] for row in LOOKS])
def test_real_examples_that_stand_alone(what, alone, others, verdict):
    assert judged("alone_memorized", elsewhere=look(alone, others)) is verdict
    without = PARAMS.model_copy(update={"experiment": None})
    assert judged("alone_memorized", without, elsewhere=look(alone, others)) is NOT_RUN


@pytest.mark.parametrize("rate", [0.01, 0.05, 0.3, 0.95])
@pytest.mark.parametrize(("alone", "others"), [(5, 5), (30, 30), (30, 500), (300, 300)])
def test_real_examples_that_are_memorized_alike(rate, alone, others):
    def judge(rng):
        first, second = ((rng.random(n) < rate).astype(np.float64) for n in (alone, others))
        return judged("alone_memorized", elsewhere=look(first, second))

    assert rarely(over_seeds(judge), HOLDS, DIFFERS)


# --- closed forms: no noise, so each is one thing or the other ---

KNOWN = Identities(5.0, 0.5, 0.0, 0.0, 0.25, 0.25, (0.9, 0.0))


@pytest.mark.parametrize(
    ("key", "true", "false"),
    [
        ("long_tail_floor", {"floor": 1.5}, {"floor": 0.5}),
        ("no_tail_ceiling", {"ceiling": 0.5}, {"ceiling": 1.5}),
        ("good_turing", {"turing": 1e-16}, {"turing": -0.01}),
        ("memorization_is_the_gap", {"gap": 0.25}, {"gap": -0.25}),
        ("price_of_privacy", {"prices": -1e-16}, {"prices": 0.01}),
    ],
)
def test_what_is_proved(key, true, false):
    assert judged(key, identities=replace(KNOWN, **true)) is HOLDS
    assert judged(key, identities=replace(KNOWN, **false)) is DIFFERS
    assert judged(key) is NOT_RUN


@pytest.mark.parametrize("printed", PRINTED, ids=lambda printed: printed.key)
def test_printed_numbers(printed):
    def verdict(value):
        return judged(printed.key, numbers=(Number(printed.key, value),))

    values = (printed.value, -printed.value, 0.0, 2 * printed.value, np.nan)
    assert [verdict(value) for value in values] == [HOLDS, DIFFERS, DIFFERS, DIFFERS, UNDECIDED]
    assert judged(printed.key) is NOT_RUN


def of_lab(lab, key, facts, **params):
    (finding,) = (finding for finding in lab.findings if finding.key == key)
    return finding.claim(Found(lab.params(**params), facts), "").verdict


def of_frequencies(key, worth, **fields):
    facts = dict.fromkeys(frequencies.Frequencies.__dataclass_fields__)
    facts |= {"prior": zipf(10**6, 1), "tail": 0.1, "floor": 1e-3, "ceiling": 1e-3, "limit": np.arange(10.0)}
    facts |= {"scaled": np.full(10, worth)} | fields
    params = {"points": 10**6, "samples": 1000}
    return of_lab(frequencies.LAB, key, frequencies.Frequencies(**facts), **params)


def of_prices(key, **fields):
    facts = dict.fromkeys(unfitted.Prices.__dataclass_fields__, 0.1) | fields
    return of_lab(unfitted.LAB, key, unfitted.Prices(**facts))


def test_laboratories():
    assert [of_frequencies("tail_floor", worth) for worth in (2, 0.5, 0)] == [HOLDS, DIFFERS, DIFFERS]
    assert [of_frequencies("gap_ceiling", worth) for worth in (0.5, 2)] == [HOLDS, DIFFERS]
    assert [of_frequencies("zipf_asymptote", worth) for worth in (3, 4, 0, -3)] == [HOLDS, *[DIFFERS] * 3]
    assert of_frequencies("tail_floor", 2, floor=0) is NOT_RUN
    assert of_frequencies("gap_ceiling", 2, ceiling=np.nan) is NOT_RUN
    assert of_frequencies("zipf_asymptote", 2, limit=None) is NOT_RUN
    assert [of_prices("same_price", same_gamma=price) for price in (0.1, 0.2, -0.1)] == [
        HOLDS,
        DIFFERS,
        DIFFERS,
    ]
    assert [of_prices("privacy_limits", implied=price) for price in (0.05, 0.1, 0.2)] == [
        HOLDS,
        HOLDS,
        DIFFERS,
    ]
    assert of_prices("privacy_limits", once=0) is NOT_RUN
    tail = [
        of_lab(tails.LAB, "tail_matters", tails.Tails((), (), (0.1, 0.1), excess))
        for excess in ((2.0, 1.0), (1.0, 1.0), (0.5, 1.0))
    ]
    assert tail == [HOLDS, UNDECIDED, DIFFERS]
    paid = [
        of_lab(subgroups.LAB, "second_pays_more", subgroups.Disparity(np.zeros(2), np.array(cost)))
        for cost in ((1, 3), (1, 1), (3, 1), (0, 0))
    ]
    assert paid == [HOLDS, DIFFERS, DIFFERS, NOT_RUN]
