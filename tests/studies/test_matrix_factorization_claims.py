"""The findings on matrices, on made-up facts: true, false, flat, opposite, noisy and too few."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from backend.core.contracts import ClaimVerdict
from backend.studies import get_study
from backend.studies.kit.results import Results
from backend.studies.matrix_factorization.claims.conjecture import crossover
from backend.studies.matrix_factorization.facts import (
    Dynamics,
    Fit,
    Least,
    MatrixFactorizationFacts,
    Truth,
)
from backend.studies.matrix_factorization.params import MatrixFactorizationParams, Part

HOLDS, DIFFERS, UNDECIDED, NOT_RUN = (
    ClaimVerdict.HOLDS,
    ClaimVerdict.DIFFERS,
    ClaimVerdict.UNDECIDED,
    ClaimVerdict.NOT_RUN,
)
STUDY = get_study("matrix_factorization")
PARAMS = MatrixFactorizationParams(
    parts=tuple(Part), size=100, rank=2, observed=(0.1, 0.5), sweep=(0.1, 0.2, 0.3), problems=6
)
FEW, MANY = PARAMS.counts()
INITS = PARAMS.inits
SAME = (1.0,) * 6
JITTER = (0.9, 1.1, 1.0, 0.95, 1.05, 1.0)  # of six problems
NOISE = (0.01, 100.0, 1.0, 0.05, 20.0, 1.0)  # with a geometric mean of 1
Value = Callable[[int, float], float]  # of a depth and an initialization
ERRORS = {2: (2.5e-2, 4e-2, 6.5e-2, 1e-1), 3: (3e-5,) * 4, 4: (3e-5,) * 4}


def paper_error(depth, init):
    return ERRORS[depth][INITS.index(init)]


def fits(
    part=Part.COMPLETION, observed=FEW, error=paper_error, nuclear=None, rank=None, spread=JITTER, inits=INITS
):
    """Return runs of depths 2 to 4; errors are spread over problems, ranks and norms far less."""
    nuclear = nuclear or (lambda _depth, _init: 219.5)
    rank = rank or (lambda depth, _init: 8.0 if depth == 2 else 4.95)
    return tuple(
        Fit(
            part, depth, problem, observed, init, PARAMS.learning_rates[0], 1000, 1e-6, True,
            error(depth, init) * factor, nuclear(depth, init) * factor**0.01,
            rank(depth, init) * factor**0.01,
        )
        for depth in (2, 3, 4)
        for init in inits
        for problem, factor in enumerate(spread)
    )  # fmt: skip


def least(part=Part.COMPLETION, observed=FEW, error=0.1, nuclear=210.0, spread=JITTER):
    return tuple(
        Least(part, problem, observed, nuclear * factor**0.01, 1e-6, error * factor, 9.4)
        for problem, factor in enumerate(reversed(spread))
    )


TRUTHS = tuple(Truth(problem, 219.5, 4.9) for problem in range(6))


def claim(key, params=PARAMS, **facts):
    found = STUDY.found(params, Results(facts=MatrixFactorizationFacts(**{"truths": TRUTHS} | facts)))
    return next(claim for claim in STUDY.claims(found) if claim.key == key)


def verdict(key, params=PARAMS, **facts):
    return claim(key, params, **facts).verdict


def ratio(value):
    """Return errors at which larger depths have that share of depth 2's."""
    return lambda depth, init: 1e-2 * (1 if depth == 2 else value)


# --- depth recovers ---

BOTH = pytest.mark.parametrize("part", [Part.COMPLETION, Part.SENSING])


@BOTH
@pytest.mark.parametrize(
    ("error", "spread", "expected"),
    [
        (paper_error, JITTER, HOLDS),
        (ratio(0.017), JITTER, HOLDS),
        (ratio(0.023), JITTER, DIFFERS),
        (ratio(1.0), JITTER, DIFFERS),  # flat
        (ratio(50.0), JITTER, DIFFERS),  # opposite
        (
            lambda depth, init: 1e-2 if depth == 2 else (1e-2 if (depth, init) == (4, 1e-3) else 1e-5),
            JITTER,
            DIFFERS,
        ),
    ],
)
def test_larger_depths_recover_at_every_initialization(part, error, spread, expected):
    assert verdict(f"depth_recovers_{part}", fits=fits(part, error=error, spread=spread)) is expected


def independent(part, ratios):
    """Return runs whose ratio of errors is a draw for each problem."""
    return tuple(
        fit.__class__(**{**vars(fit), "error": 1e-2 * (1 if fit.depth == 2 else ratios[fit.problem])})
        for fit in fits(part)
    )


@BOTH
def test_noise_and_one_problem_decide_nothing_about_depth(part):
    key = f"depth_recovers_{part}"
    assert verdict(key, fits=independent(part, [0.02 * factor for factor in NOISE])) is UNDECIDED
    assert verdict(key, fits=fits(part, spread=(1.0,))) is UNDECIDED
    assert claim(key, fits=fits(part, spread=(1.0,))).low is None
    assert verdict(key, fits=()) is NOT_RUN
    assert verdict(key, fits=tuple(fit for fit in fits(part) if fit.depth > 2)) is NOT_RUN


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0588, NOT_RUN), (0.06, HOLDS), (0.118, HOLDS), (0.1195, NOT_RUN)]
)
def test_few_observations_are_1_5_to_3_times_what_determines_a_matrix(share, expected):
    params = PARAMS.model_copy(update={"observed": (share, 0.9)})
    assert verdict("depth_recovers_completion", params, fits=fits(observed=params.counts()[0])) is expected
    assert verdict("spectrum_gap", params, dynamics=followed()) is expected


def test_runs_with_another_rate_or_beyond_all_bounds_do_not_count():
    good = fits()
    other = tuple(Fit(**{**vars(fit), "lr": 0.5, "error": 1.0}) for fit in good)
    broken = tuple(Fit(**{**vars(fit), "error": float("nan"), "problem": 9}) for fit in good)
    assert verdict("depth_recovers_completion", fits=good + other + broken) is HOLDS


# --- initialization ---


def changing(factor):
    """Return errors that rise by that factor from an initialization of 1e-4 to one of 1e-2."""
    return lambda depth, init: 1e-5 * (factor if init == 1e-2 else 100.0 if init == 1e-5 else 1.0)


@BOTH
@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (paper_error, HOLDS),
        (changing(2.8), HOLDS),
        (changing(1 / 2.8), HOLDS),
        (changing(3.2), DIFFERS),
        (changing(1 / 3.2), DIFFERS),
        (changing(100), DIFFERS),
    ],
)
def test_deep_products_change_less_than_threefold_over_initializations(part, error, expected):
    assert verdict(f"deep_insensitive_{part}", fits=fits(part, error=error)) is expected


@BOTH
def test_noise_and_one_problem_decide_nothing_about_initialization(part):
    key = f"deep_insensitive_{part}"
    runs = tuple(
        Fit(
            **{
                **vars(fit),
                "error": 1e-5 * ((1.0, 30.0, 1.2, 40.0, 1.1, 1.5)[fit.problem] if fit.init == 1e-2 else 1),
            }
        )
        for fit in fits(part)
    )
    assert verdict(key, fits=runs) is UNDECIDED
    assert verdict(key, fits=fits(part, spread=(1.0,))) is UNDECIDED
    assert verdict(key, fits=tuple(fit for fit in runs if fit.init == 1e-3)) is NOT_RUN


def rising(by_step):
    return lambda depth, init: 1e-3 * by_step ** INITS.index(init)


@BOTH
@pytest.mark.parametrize(
    ("error", "expected"),
    [(paper_error, HOLDS), (rising(1.02), HOLDS), (rising(0.98), DIFFERS), (rising(0.2), DIFFERS)],
)
def test_depth_2_recovers_better_from_a_smaller_start(part, error, expected):
    assert verdict(f"shallow_improves_{part}", fits=fits(part, error=error)) is expected


@BOTH
def test_one_step_back_differs_and_flat_noise_is_undecided(part):
    key = f"shallow_improves_{part}"
    back = {1e-5: 1e-3, 1e-4: 2e-3, 1e-3: 1.5e-3, 1e-2: 4e-3}
    assert verdict(key, fits=fits(part, error=lambda depth, init: back[init])) is DIFFERS
    rng = np.random.default_rng(0)
    noisy = tuple(Fit(**{**vars(fit), "error": float(np.exp(rng.normal()))}) for fit in fits(part))
    assert verdict(key, fits=noisy) is UNDECIDED
    assert verdict(key, fits=fits(part, spread=(1.0,))) is UNDECIDED
    assert verdict(key, fits=fits(part, inits=(1e-3,))) is NOT_RUN


# --- the least nuclear norm ---


@pytest.mark.parametrize(
    ("runs", "norms", "expected"),
    [
        (fits(), least(), HOLDS),
        (fits(), least(error=1.4 * 100 * 3e-5), HOLDS),
        (fits(), least(error=0.7 * 100 * 3e-5), DIFFERS),  # worse, but not by so much
        (fits(), least(error=1e-9), DIFFERS),
        (fits(), least(nuclear=230.0), DIFFERS),  # not lower
        (fits(spread=SAME), least(nuclear=219.4, spread=SAME), DIFFERS),  # by no more than a fit leaves open
        (fits(nuclear=lambda depth, _: 205.0 if depth == 2 else 219.5), least(), DIFFERS),
        (fits(spread=(1.0,)), least(spread=(1.0,)), UNDECIDED),
        (fits(), least(spread=NOISE, error=3e-3), UNDECIDED),
        (fits(), (), NOT_RUN),
        ((), least(), NOT_RUN),
    ],
)
def test_lower_norm_and_worse_recovery(runs, norms, expected):
    assert verdict("lower_norm_worse", fits=runs, least=norms) is expected


def test_depth_2_may_have_a_norm_above_that_of_the_matrix():
    assert verdict("lower_norm_worse", fits=fits(nuclear=lambda depth, _: 221.0), least=least()) is HOLDS


# --- effective rank ---


def ranks(deep, shallow=8.0):
    return lambda depth, _init: shallow if depth == 2 else deep


@pytest.mark.parametrize(
    ("rank", "expected"),
    [
        (ranks(4.95), HOLDS),
        (ranks(5.08), HOLDS),
        (ranks(4.72), HOLDS),
        (ranks(5.12), DIFFERS),
        (ranks(4.68), DIFFERS),
        (ranks(4.95, shallow=4.95), UNDECIDED),
        (ranks(4.95, shallow=4.5), DIFFERS),
        (lambda depth, init: 9.0 if depth == 2 else 6.0 if (depth, init) == (4, 1e-2) else 4.9, DIFFERS),
    ],
)
def test_ranks_are_found_by_deep_products(rank, expected):
    spread = tuple(1 + (factor - 1) / 10 for factor in JITTER)
    runs = fits(rank=rank, spread=spread)
    if expected is UNDECIDED:  # equal on average, either way by chance
        runs = tuple(
            Fit(**{**vars(fit), "rank": fit.rank + (0.01 * (-1) ** fit.problem if fit.depth == 2 else 0)})
            for fit in runs
        )
    assert verdict("rank_found", fits=runs) is expected


def test_ranks_of_one_problem_or_of_scattered_ones_are_undecided():
    assert verdict("rank_found", fits=fits(spread=(1.0,))) is UNDECIDED
    scattered = tuple(
        Fit(**{**vars(fit), "rank": fit.rank + (0.6, -0.6, 0.3, -0.3, 0.5, -0.5)[fit.problem]})
        for fit in fits()
    )
    assert verdict("rank_found", fits=scattered) is UNDECIDED
    assert verdict("rank_found", fits=()) is NOT_RUN
    assert verdict("rank_found", truths=(), fits=tuple(f for f in fits() if f.depth > 2)) is NOT_RUN


# --- all recover ---


def half(deep_error=4e-6, least_error=1e-9, failing=0, by="least"):
    runs = fits(observed=MANY, error=lambda depth, init: deep_error, spread=(1.0,) * 8)
    rows = least(observed=MANY, error=least_error, spread=(1.0,) * 8)
    if by == "least":
        rows = tuple(Least(**{**vars(r), "error": 1.0}) if r.problem < failing else r for r in rows)
    else:
        runs = tuple(
            Fit(**{**vars(f), "error": 1.0}) if f.problem < failing and f.depth == 3 and f.init == 1e-2 else f
            for f in runs
        )
    return {"fits": runs, "least": rows}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (half(), HOLDS),
        (half(deep_error=0.99e-4, least_error=0.99e-6), HOLDS),
        (half(deep_error=1.01e-4), DIFFERS),
        (half(least_error=1.01e-6), DIFFERS),
        (half(failing=1), HOLDS),  # 7 of 8
        (half(failing=2), UNDECIDED),
        (half(failing=6), UNDECIDED),
        (half(failing=8), DIFFERS),
        (half(failing=2, by="depth"), UNDECIDED),
        (half(failing=8, by="depth"), DIFFERS),
        ({"fits": (), "least": half()["least"]}, NOT_RUN),
        ({}, NOT_RUN),
    ],
)
def test_half_of_the_entries_are_enough_for_all(facts, expected):
    assert verdict("all_recover", **facts) is expected


def test_a_single_matrix_recovers_nothing_and_is_not_asked():
    facts = half()
    single = tuple(replace(run, depth=1, error=0.7) for run in facts["fits"] if run.depth == 2)
    assert verdict("all_recover", **facts | {"fits": (*single, *facts["fits"])}) is HOLDS


def test_a_few_problems_cannot_show_that_most_recover():
    some = half()
    runs = tuple(fit for fit in some["fits"] if fit.problem < 3)
    rows = tuple(row for row in some["least"] if row.problem < 3)
    assert verdict("all_recover", fits=runs, least=rows) is UNDECIDED


def test_fewer_than_half_of_the_entries_are_no_test():
    params = PARAMS.model_copy(update={"observed": (0.1, 0.49)})
    runs = fits(observed=4900, error=lambda depth, init: 1.0)
    assert verdict("all_recover", params, fits=runs, least=least(observed=4900)) is NOT_RUN


# --- dynamics ---

END = {1: 0.95, 2: 0.2, 3: 0.002}  # of the first value beyond the rank over the last within it


def followed(
    gaps=END, crossed=(9000, 10_500), diagonal=1e-3, off=1e-4, spread=JITTER, theorem=1e-6, drift=1e-3
):
    return tuple(
        Dynamics(
            depth, problem, (40.0, 25.0, 25.0 * gap * factor ** (0.1 if depth == 1 else 1), 0.001),
            crossed(problem) if callable(crossed) else tuple(map(float, crossed)),
            diagonal * factor, off, 0.1, theorem, 0.0 if depth == 1 else drift * factor,
        )
        for depth, gap in gaps.items()
        for problem, factor in enumerate(spread)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("gaps", "expected"),
    [
        (END, HOLDS),
        (END | {1: 0.83}, HOLDS),
        (END | {1: 0.77}, DIFFERS),
        (END | {2: 0.057}, HOLDS),
        (END | {2: 0.044}, DIFFERS),
        (END | {2: 0.44}, HOLDS),
        (END | {2: 0.57}, DIFFERS),
        (END | {3: 0.0087}, HOLDS),
        (END | {3: 0.0115}, DIFFERS),
        ({1: 0.95, 2: 0.95, 3: 0.95}, DIFFERS),
        ({1: 0.002, 2: 0.2, 3: 0.95}, DIFFERS),
    ],
)
def test_the_gap_opens_with_depth(gaps, expected):
    assert verdict("spectrum_gap", dynamics=followed(gaps)) is expected


def test_gaps_by_noise_or_of_one_problem_are_undecided():
    assert verdict("spectrum_gap", dynamics=followed(END | {3: 0.01}, spread=NOISE)) is UNDECIDED
    assert verdict("spectrum_gap", dynamics=followed(spread=(1.0,))) is UNDECIDED
    assert verdict("spectrum_gap", dynamics=tuple(run for run in followed() if run.depth < 3)) is NOT_RUN


@pytest.mark.parametrize(
    ("crossed", "expected"),
    [
        ((9000, 10_500), HOLDS),
        ((10_500, 9000), DIFFERS),
        ((9000, 9000), UNDECIDED),
        (lambda problem: (9000.0, 9000.0 + 1000 * (-1) ** problem), UNDECIDED),
    ],
)
def test_values_rise_one_after_the_other(crossed, expected):
    assert verdict("sequential", dynamics=followed(crossed=crossed)) is expected


def test_one_problem_or_one_value_shows_no_order():
    assert verdict("sequential", dynamics=followed(spread=(1.0,))) is UNDECIDED
    assert verdict("sequential", PARAMS.model_copy(update={"rank": 1}), dynamics=followed()) is NOT_RUN


@pytest.mark.parametrize(
    ("diagonal", "spread", "expected"),
    [
        (10e-4, JITTER, HOLDS),
        (5.6e-4, JITTER, HOLDS),
        (4.4e-4, JITTER, DIFFERS),
        (1e-4, JITTER, DIFFERS),
        (1e-5, JITTER, DIFFERS),
        (10e-4, NOISE, UNDECIDED),
        (10e-4, (1.0,), UNDECIDED),
    ],
)
def test_singular_vectors_align(diagonal, spread, expected):
    assert verdict("aligned", dynamics=followed(diagonal=diagonal, spread=spread)) is expected


@pytest.mark.parametrize(("theorem", "expected"), [(0.9e-4, HOLDS), (1.1e-4, DIFFERS)])
def test_the_theorem_is_arithmetic(theorem, expected):
    found = claim("growth_theorem", dynamics=followed(theorem=theorem))
    assert (found.verdict, found.arithmetic) == (expected, True)
    assert verdict("growth_theorem", dynamics=()) is NOT_RUN


@pytest.mark.parametrize(
    ("drift", "spread", "expected"),
    [
        (1e-3, JITTER, HOLDS),
        (0.0087, JITTER, HOLDS),
        (0.0115, JITTER, DIFFERS),
        (1.0, JITTER, DIFFERS),
        (0.01, NOISE, UNDECIDED),
        (1e-3, (1.0,), UNDECIDED),
    ],
)
def test_factors_stay_balanced(drift, spread, expected):
    assert verdict("stays_balanced", dynamics=followed(drift=drift, spread=spread)) is expected
    alone = tuple(run for run in followed(drift=drift) if run.depth != 2)
    assert verdict("stays_balanced", dynamics=alone) is NOT_RUN


# --- the conjecture ---


def swept(deep, norm, spread=JITTER, excess=(0.04, 0.03), problems=6):
    """Return a sweep of 1,000, 2,000 and 3,000 entries with those errors of depth 3 and of the least norm.

    `deep` and `norm` may be functions of the problem.
    """
    runs, rows = [], []
    for problem in range(problems):
        factor = spread[problem]
        for place, observed in enumerate(PARAMS.swept()):
            d, e = (errors(problem) if callable(errors) else errors for errors in (deep, norm))
            rows.append(Least(Part.CONJECTURE, problem, observed, 200.0, 1e-6, e[place] * factor, 5.0))
            for depth, above in zip((2, 3), excess, strict=True):
                nuclear = 200.0 * (1 + above * factor)
                runs.append(
                    Fit(
                        Part.CONJECTURE, depth, problem, observed, min(INITS), PARAMS.learning_rates[0], 100,
                        1e-6, True, d[place] * factor, nuclear, 5.0,
                    )
                )  # fmt: skip
    return {"fits": tuple(runs), "least": tuple(rows)}


EARLY, LATE, NEVER = (0.1, 1e-5, 1e-5), (0.5, 0.1, 1e-9), (0.5, 0.1, 0.1)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (swept(EARLY, LATE), HOLDS),
        (swept(EARLY, NEVER), HOLDS),
        (swept(LATE, EARLY), DIFFERS),
        (swept(LATE, LATE), UNDECIDED),
        (swept(NEVER, NEVER), UNDECIDED),
        (swept(lambda p: (EARLY, LATE)[p % 2], lambda p: (LATE, EARLY)[p % 2]), UNDECIDED),
        (swept(EARLY, LATE, problems=1), UNDECIDED),
        ({}, NOT_RUN),
    ],
)
def test_depth_3_needs_fewer_entries(facts, expected):
    assert verdict("fewer_entries", **facts) is expected


def test_a_sweep_that_is_not_whole_does_not_count():
    facts = swept(EARLY, LATE)
    partial = {**facts, "fits": tuple(fit for fit in facts["fits"] if fit.observed < 3000)}
    assert verdict("fewer_entries", **partial) is NOT_RUN


def test_a_crossover_is_where_the_error_stays_low():
    assert crossover({1: 0.5, 2: 1e-4, 3: 1e-5}) == 2
    assert crossover({1: 1e-4, 2: 0.5, 3: 1e-5}) == 3
    assert crossover({1: 1e-4, 2: 0.5}) is None
    assert crossover({1: 0.99e-3}) == 1
    assert crossover({1: 1e-3}) is None


@pytest.mark.parametrize(
    ("excess", "expected"),
    [
        ((0.04, 0.03), HOLDS),
        ((1.2e-3, 1.2e-3), HOLDS),
        ((0.8e-3, 0.8e-3), DIFFERS),
        ((0.04, 0.5e-3), DIFFERS),
        ((0.0, 0.0), DIFFERS),
        ((-0.1, -0.1), DIFFERS),
    ],
)
def test_another_norm_is_found_where_the_least_fails(excess, expected):
    assert verdict("another_norm", **swept(EARLY, LATE, excess=excess)) is expected


def test_norms_do_not_count_where_the_least_recovers():
    assert verdict("another_norm", **swept(EARLY, (1e-4, 1e-5, 1e-9))) is NOT_RUN
    assert verdict("another_norm", **swept(EARLY, LATE, problems=1)) is UNDECIDED
    assert verdict("another_norm", **swept(EARLY, LATE, spread=NOISE, excess=(1e-3, 1e-3))) is UNDECIDED


def test_norms_of_runs_that_have_not_fit_do_not_count():
    facts = swept(EARLY, LATE, excess=(0.04, 0.0))
    assert verdict("another_norm", **facts) is DIFFERS
    unfit = tuple(
        Fit(
            **{
                **vars(f),
                "fit": f.observed == 2000,
                "nuclear": f.nuclear * (1.03 if f.observed == 2000 else 1),
            }
        )
        for f in facts["fits"]
    )
    assert verdict("another_norm", fits=unfit, least=facts["least"]) is HOLDS
    none = tuple(Fit(**{**vars(f), "fit": False}) for f in facts["fits"])
    assert verdict("another_norm", fits=none, least=facts["least"]) is NOT_RUN


# --- all of them ---


def test_parts_that_are_not_run_say_so():
    for part in Part:
        params = PARAMS.model_copy(update={"parts": tuple(other for other in Part if other is not part)})
        found = STUDY.found(
            params, Results(facts=MatrixFactorizationFacts(fits=fits(), least=least(), truths=TRUTHS))
        )
        assert any(f"needs the part {part}" in c.note for c in STUDY.claims(found) if c.verdict is NOT_RUN)


def test_answers_are_whole_sentences_with_a_number():
    everything = swept(EARLY, LATE)
    facts = {
        "fits": fits() + everything["fits"],
        "least": least() + everything["least"],
        "dynamics": followed(),
    }
    for key in (
        "depth_recovers_completion",
        "lower_norm_worse",
        "rank_found",
        "aligned",
        "fewer_entries",
        "another_norm",
    ):
        found = claim(key, **facts)
        assert found.verdict is HOLDS
        assert any(letter.isdigit() for letter in found.answer)
        assert "{" not in found.answer
        assert found.low <= found.measured <= found.high
