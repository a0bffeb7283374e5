"""The matrix factorization study from parameters to facts: its engine against plain loops, and small runs."""

import json

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from backend.core.errors import Cancelled
from backend.studies import get_study
from backend.studies.kit.results import Results
from backend.studies.kit.runner import Context
from backend.studies.matrix_factorization.facts import MatrixFactorizationFacts
from backend.studies.matrix_factorization.params import MatrixFactorizationParams, Part
from backend.studies.matrix_factorization.plan import looks, plan
from backend.studies.matrix_factorization.problems import (
    Completion,
    Entries,
    completion,
    gaussian_start,
    ground_truth,
    identity_start,
    sensing,
)
from backend.theory.deep_linear import growth_rate
from workers.studies import runner
from workers.studies.matrix_factorization import dynamics, recovery
from workers.studies.matrix_factorization.descent import descend, fraction_done

STUDY = get_study("matrix_factorization")
RUNNER = runner("matrix_factorization")
CPU = torch.device("cpu")
SMALL = MatrixFactorizationParams(
    parts=tuple(Part),
    size=14,
    rank=1,
    observed=(0.4, 0.7),
    problems=2,
    depths=(2, 3),
    inits=(1e-3, 1e-2),
    learning_rates=(1e-2, 2e-2),
    most_steps=1000,
    sweep=(0.2, 0.5),
    dynamics_steps=900,
)


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    """Matrices this small are slower by far on two threads of a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def changed(**fields):
    return MatrixFactorizationParams.model_validate(SMALL.model_dump() | fields)


def run_all(params):
    return [
        (
            unit.payload,
            RUNNER.run(json.loads(json.dumps(unit.payload)), params, Context(lambda _: None)).arrays,
        )
        for unit in plan(params, None)
    ]


@pytest.fixture(scope="module")
def units():
    return run_all(SMALL)


@pytest.fixture(scope="module")
def results(units):
    return RUNNER.summarize(SMALL, None, units)


# --- parameters, plan, departures ---


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"parts": ("dynamics", "dynamics")}, "parts"),
        ({"observed": (0.2, 0.2)}, "observed"),
        ({"inits": (1e-3, 1e-3)}, "inits"),
        ({"size": 10, "rank": 6}, "rank"),
        ({"observed": (1.0,)}, "observed"),
        ({"depths": (0,)}, "depths"),
        ({"sweep": (0.2,)}, "sweep"),
        ({"dataset": "digits"}, "dataset"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_name(given, word):
    with pytest.raises(ValidationError, match=word):
        MatrixFactorizationParams.model_validate(given)


def test_shares_become_counts_and_what_determines_a_matrix_is_known():
    paper = MatrixFactorizationParams(size=100, rank=5, observed=(0.5, 0.2), sweep=(0.1, 0.6))
    assert paper.counts() == (2000, 5000)
    assert paper.swept() == (1000, 6000)
    assert paper.determined(2000) == pytest.approx(2000 / 975)
    assert [paper.steps_at(depth) for depth in (1, 2, 3)] == [12_000, 6000, 8000]


def test_more_problems_repeat_the_keys_of_full_units():
    few = {unit.key for unit in plan(changed(problems=20), None)}
    many = {unit.key for unit in plan(changed(problems=37), None)}
    assert few < many
    assert all(unit.payload["count"] == 20 for unit in plan(changed(problems=20), None))


def test_extension_adds_problems_and_reuses_units():
    grown = STUDY.extension.extended(SMALL, 5)
    assert grown.problems == 7
    assert grown.model_dump() | {"problems": 2} == SMALL.model_dump()


def test_only_parts_that_are_asked_for_are_planned():
    for part in Part:
        assert {unit.payload["part"] for unit in plan(changed(parts=(part,)), None)} == {part.value}
    counted = {unit.key: unit.models for unit in plan(SMALL, None)}
    assert counted["completion/depth=2/problems=0-2"] == 2 * 2 * 2 * 2
    assert counted["conjecture/depth=3/problems=0-2"] == 2 * 2


def test_long_pieces_are_units_of_their_own():
    paper = MatrixFactorizationParams.model_validate(STUDY.presets["paper"])
    units = [unit for unit in plan(paper, None) if unit.key.startswith("completion/depth=4")]
    assert all(unit.seconds < 91 or unit.payload["count"] == 1 for unit in units)
    assert units[0].key.startswith("completion/depth=4/observed=2000/rate=0.001/problems=0-")
    assert {(unit.payload["observed"], unit.payload["rates"]) for unit in units} == {
        ((count,), (rate,)) for count in (2000, 5000) for rate in (1e-3, 3e-4)
    }
    assert sum(unit.models for unit in units) == 3 * 5 * 2 * 2
    drawn = [unit for unit in units if unit.stored > 4 * 5 * 100**2]
    assert {(unit.payload["first"], unit.payload["rates"]) for unit in drawn} == {(0, (1e-3,))}


def test_looks_are_multiples_of_20_ever_farther_apart():
    seen = looks(changed(most_steps=12_000))
    assert seen[0] == 100
    assert seen[-1] <= 12_000
    assert all(step % 20 == 0 for step in seen)
    assert list(seen) == sorted(set(seen))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"size": 50}, "50 instead of 100 rows and columns"),
        ({"rank": 2}, "rank 2 instead of 5"),
        ({"observed": (0.3,)}, "observed shares of 0.3 instead of 0.2, 0.5"),
        ({"depths": (2, 3)}, "depths 2, 3 instead of 2, 3, 4"),
        ({"inits": (1e-3,)}, "initializations 0.001 instead of 1e-06, 1e-05, 0.0001, 0.001, 0.01"),
        ({"learning_rates": (1e-2,)}, "learning rates 0.01 instead of 0.001, 0.0003"),
        ({"most_steps": 1000}, "at most 1,000 steps instead of 1,000,000"),
        ({"sweep": (0.1, 0.2)}, "a sweep over 0.1, 0.2"),
        ({"dynamics_rate": 0.05}, "dynamics with a rate of 0.05 instead of 0.1"),
        ({"dynamics_steps": 3000}, "dynamics of 3,000 instead of 30,000 steps at depth 1"),
    ],
)
def test_each_departure_is_told(fields, words):
    paper = STUDY.departures.paper
    assert STUDY.departures.of_setting(paper.model_copy(update=fields)) == (words,)
    assert STUDY.departures.of_setting(paper.model_copy(update={"problems": 9, "seed": 3})) == ()


def test_departures_of_parts_that_are_not_run_are_not_told():
    paper = STUDY.departures.paper
    only = paper.model_copy(update={"parts": (Part.DYNAMICS,), "inits": (1.0,), "sweep": (0.1, 0.9)})
    assert STUDY.departures.of_setting(only) == ()
    assert any(said == "not run: completion, sensing, conjecture" for said in STUDY.departures.scope(only))


def test_notes_tell_what_cannot_be_decided():
    assert STUDY.notes(changed(problems=3), None) == ()
    assert len(STUDY.notes(changed(problems=1), None)) == 1
    assert any("0.7 times" in note for note in STUDY.notes(changed(observed=(0.1,)), None))


# --- problems ---


def test_a_truth_has_its_rank_and_entries_of_mean_square_1():
    truth = ground_truth(30, 3, 5, 0)
    assert np.linalg.matrix_rank(truth) == 3
    assert np.mean(truth**2) == pytest.approx(1)
    assert not np.allclose(truth, ground_truth(30, 3, 5, 1))
    assert not np.allclose(truth, ground_truth(30, 3, 6, 0))


def test_more_entries_of_a_problem_include_the_fewer():
    few, many = (completion(10, 1, 0, 0, count) for count in (20, 50))
    assert few.observed.mask((10, 10)).sum() == 20
    assert not (few.observed.mask((10, 10)) & ~many.observed.mask((10, 10))).any()
    np.testing.assert_array_equal(few.observed.filled((10, 10))[few.observed.rows, few.observed.columns],
                                  few.truth[few.observed.rows, few.observed.columns])  # fmt: skip


def test_measurements_are_of_the_truth_and_of_the_papers_size():
    few, many = (sensing(20, 1, 0, 0, count) for count in (50, 300))
    np.testing.assert_array_equal(few.measurements, many.measurements[:50])
    np.testing.assert_allclose(many.values, np.tensordot(many.measurements, many.truth), rtol=1e-5)
    assert many.measurements.std() == pytest.approx(1 / 20, rel=0.02)
    assert np.mean(many.values**2) == pytest.approx(1, rel=0.3)


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_a_start_has_about_the_norm_that_is_asked_for(depth):
    norms = []
    for problem in range(5):
        product = np.linalg.multi_dot([np.eye(60), *gaussian_start((60, 60), depth, 1e-3, 0, problem)[::-1]])
        norms.append(np.linalg.norm(product))
    assert np.mean(norms) == pytest.approx(1e-3, rel=0.1)


def test_starts_of_several_norms_share_one_draw():
    small, large = (gaussian_start((9, 9), 3, norm, 0, 0) for norm in (1e-4, 1e-1))
    np.testing.assert_allclose(small[1] * 10, large[1])


@pytest.mark.parametrize("start", [gaussian_start((4, 7), 3, 1.0, 0, 0), identity_start((4, 7), 3, 1e-3)])
def test_hidden_layers_of_rectangular_matrices_do_not_limit_the_rank(start):
    assert [factor.shape for factor in start] == [(4, 7), (4, 4), (4, 4)]


def test_the_identitys_product_is_its_multiple():
    np.testing.assert_allclose(np.linalg.multi_dot(identity_start((5, 5), 3, 1e-3)), 1e-3 * np.eye(5))


# --- the engine ---


def by_loop(problem, start, lr, steps):
    """Descend on one problem with autograd in float64; return the product and its training error."""
    factors = [torch.tensor(factor, requires_grad=True) for factor in start]
    average = 0.0
    for step in range(1, steps + 2):
        product = factors[0]
        for factor in factors[1:]:
            product = factor @ product
        if isinstance(problem, Completion):
            known = problem.observed
            missed = product[known.rows, known.columns] - torch.tensor(known.values)
        else:
            flat = torch.tensor(problem.measurements.reshape(len(problem.values), -1), dtype=torch.float64)
            missed = flat @ product.flatten() - torch.tensor(problem.values)
        loss = missed.square().mean()
        if step == steps + 1:
            return product.detach().numpy(), loss.item()
        gradients = torch.autograd.grad(loss, factors)
        average = 0.99 * average + 0.01 * sum(g.square().sum().item() for g in gradients)
        size = lr / (np.sqrt(average / (1 - 0.99**step)) + 1e-4)
        with torch.no_grad():
            for factor, gradient in zip(factors, gradients, strict=True):
                factor.sub_(gradient, alpha=size)
    raise AssertionError


def rectangular(count=30):
    rng = np.random.default_rng(0)
    places = rng.permutation(7 * 9)[:count]
    rows, columns = np.divmod(places, 9)
    return Completion((7, 9), Entries(rows, columns, rng.normal(size=count)))


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_a_batch_does_what_a_loop_with_autograd_does(depth):
    problems = [rectangular(30), rectangular(50)]
    starts = [gaussian_start((7, 9), depth, norm, 0, 0) for norm in (1.0, 0.1)]
    found = descend(problems, starts, [1e-2, 3e-3], CPU, tolerance=1e-30, most=60, dtype=torch.float64)
    for row, (problem, start, lr) in enumerate(zip(problems, starts, (1e-2, 3e-3), strict=True)):
        product, error = by_loop(problem, start, lr, 60)
        np.testing.assert_allclose(found.products[row], product, atol=1e-10)
        assert found.train[row] == pytest.approx(error)
    assert found.steps.tolist() == [60, 60]
    assert not found.fit.any()


def test_measurements_descend_as_a_loop_does_whichever_run_has_which_problem():
    problems = [sensing(8, 1, 0, 0, 20), sensing(8, 1, 0, 1, 30)]
    runs = [problems[1], problems[0], problems[1]]
    starts = [gaussian_start((8, 8), 2, 0.5, 0, at) for at in range(3)]
    found = descend(runs, starts, [1e-2] * 3, CPU, tolerance=1e-30, most=40, dtype=torch.float64)
    for row, (problem, start) in enumerate(zip(runs, starts, strict=True)):
        np.testing.assert_allclose(found.products[row], by_loop(problem, start, 1e-2, 40)[0], atol=1e-8)


def test_a_run_that_has_fit_leaves_and_the_others_go_on_as_alone():
    problems = [completion(12, 1, 0, index, 100) for index in range(3)]
    starts = [gaussian_start((12, 12), 2, norm, 0, 0) for norm in (1e-1, 1e-6, 1e-3)]
    together = descend(problems, starts, [1e-2] * 3, CPU, tolerance=1e-5, most=4000, dtype=torch.float64)
    assert together.fit.all()
    assert len(set(together.steps.tolist())) > 1
    for at in range(3):
        alone = descend(
            problems[at : at + 1],
            starts[at : at + 1],
            [1e-2],
            CPU,
            tolerance=1e-5,
            most=4000,
            dtype=torch.float64,
        )
        assert alone.steps[0] == together.steps[at]
        np.testing.assert_allclose(alone.products[0], together.products[at], atol=1e-9)
        assert together.train[at] <= 1e-5


def test_the_measurements_of_a_run_stay_its_own_when_others_leave():
    problems = [sensing(8, 1, 0, index, 40) for index in (1, 0)]
    starts = [gaussian_start((8, 8), 2, norm, 0, 0) for norm in (1e-6, 1e-1)]
    together = descend(problems, starts, [1e-2] * 2, CPU, tolerance=1e-5, most=3000, dtype=torch.float64)
    assert together.fit.all()
    assert together.steps[0] < together.steps[1]
    alone = descend(problems[1:], starts[1:], [1e-2], CPU, tolerance=1e-5, most=3000, dtype=torch.float64)
    np.testing.assert_allclose(alone.products[0], together.products[1], atol=1e-9)


def test_single_precision_ends_where_double_does():
    problem, start = completion(20, 1, 0, 0, 150), gaussian_start((20, 20), 3, 1e-3, 0, 0)
    single, double = (
        descend([problem], [start], [5e-3], CPU, tolerance=1e-6, most=8000, dtype=dtype)
        for dtype in (torch.float32, torch.float64)
    )
    assert single.fit.all()
    errors = [np.mean((found.products[0] - problem.truth) ** 2) for found in (single, double)]
    assert errors[0] == pytest.approx(errors[1], rel=0.5)
    assert single.steps[0] == pytest.approx(double.steps[0], rel=0.1)


def test_looks_get_those_that_go_on_at_the_steps_asked_for():
    problems = [completion(12, 1, 0, 0, 100)] * 2
    starts = [gaussian_start((12, 12), 2, norm, 0, 0) for norm in (1e-1, 1e-6)]
    seen = []

    def look(step, runs, products, train):
        assert products.shape == (len(runs), 12, 12)
        seen.append((step, runs.tolist(), len(train)))

    ended = descend(
        problems, starts, [1e-2] * 2, CPU, tolerance=1e-5, most=4000, seen=range(0, 4001, 200), look=look
    )
    assert seen[0] == (0, [0, 1], 2)
    for step, runs, _ in seen:
        assert runs == [at for at in range(2) if ended.steps[at] >= step]


def test_a_run_that_leaves_all_bounds_ends_without_the_others():
    problems = [completion(6, 1, 0, 0, 20)] * 2
    starts = [[np.full((6, 6), np.nan), np.eye(6)], gaussian_start((6, 6), 2, 0.1, 0, 0)]
    ended = descend(problems, starts, [1e-2] * 2, CPU, tolerance=1e-5, most=4000)
    assert ended.fit.tolist() == [False, True]
    assert ended.steps[0] == 0


def test_progress_is_of_decades_of_error_and_of_runs_that_are_done():
    assert fraction_done(np.array([1.0, 1.0]), 2, 0.0, 1e-6) == 0
    assert fraction_done(np.array([1e-3]), 1, 0.1, 1e-6) == pytest.approx(0.5)
    assert fraction_done(np.array([1e-3]), 2, 0.1, 1e-6) == pytest.approx(0.75)
    assert fraction_done(np.array([5.0]), 1, 0.3, 1e-6) == 0.3


def test_depth_1_leaves_what_is_not_observed_as_it_began():
    problem, start = completion(10, 1, 0, 0, 30), gaussian_start((10, 10), 1, 1.0, 0, 0)
    found = descend([problem], [start], [1e-2], CPU, tolerance=1e-6, most=4000, dtype=torch.float64)
    mask = problem.observed.mask((10, 10))
    np.testing.assert_allclose(found.products[0][~mask], start[0][~mask])


# --- dynamics ---


def test_balance_drifts_in_proportion_to_the_step_size():
    moved = {}
    for rate in (0.1, 0.05):
        params = changed(dynamics_rate=rate, dynamics_steps=round(90 / rate), problems=1)
        arrays = RUNNER.run(
            {"work": "dynamics", "part": "dynamics", "depth": 3, "first": 0, "count": 1},
            params,
            Context(lambda _: None),
        ).arrays
        moved[rate] = MatrixFactorizationFacts.from_arrays(arrays).dynamics[0].drift
    assert 0 < moved[0.1] < 1e-2
    assert moved[0.1] / moved[0.05] == pytest.approx(2, rel=0.2)


def test_the_theorem_holds_at_any_product_and_a_rate_off_by_a_percent_shows(monkeypatch):
    rng = np.random.default_rng(0)
    product, target = rng.normal(size=(2, 6, 6))
    right = dynamics.theorem_error(product, lambda w: w - target, 6)
    assert right < 1e-6

    monkeypatch.setattr(
        dynamics, "growth_rate", lambda sigma, drive, depth: 1.01 * growth_rate(sigma, drive, depth)
    )
    assert dynamics.theorem_error(product, lambda w: w - target, 6) == pytest.approx(0.01, rel=0.02)


def test_the_theorem_predicts_what_descent_measures(results):
    for depth, within in ((1, 0.01), (2, 0.1)):
        sigma, theory = (results.arrays[f"dynamics_{name}_{depth}"] for name in ("sigma", "theory"))
        np.testing.assert_allclose(theory[1:, 0], sigma[1:, 0], rtol=within)


def test_crossings_are_at_a_tenth_of_the_end():
    steps = np.array([0, 10, 20, 30])
    sigma = np.array([[0.0, 0.0], [0.9, 0.0], [1.0, 0.0], [10.0, 4.0]])
    assert dynamics.crossings(steps, sigma) == [20, 30]


# --- from units to results ---


def test_every_run_asked_for_is_there(results):
    keys = {(fit.part, fit.depth, fit.problem, fit.observed, fit.init, fit.lr) for fit in results.facts.fits}
    assert len(keys) == len(results.facts.fits) == 2 * (2 * 2 * 2 * 2 * 2) + 2 * 2 * 2
    assert len(results.facts.least) == 2 * 2 * 3
    assert {(run.depth, run.problem) for run in results.facts.dynamics} == {
        (d, p) for d in (1, 2, 3) for p in (0, 1)
    }
    assert [truth.problem for truth in results.facts.truths] == [0, 1]
    assert all(truth.rank == pytest.approx(1) for truth in results.facts.truths)


def test_arrays_belong_to_the_facts_they_name(results):
    arrays, facts = results.arrays, results.facts
    truth = ground_truth(14, 1, 0, 0)
    np.testing.assert_array_equal(arrays["truth"], truth)
    assert len(arrays["history"]) == len(facts.fits)
    assert arrays["history_steps"].tolist() == list(looks(SMALL))
    for row, matrix in zip(arrays["matrix_fits"], arrays["matrix_matrices"], strict=True):
        fit = facts.fits[row]
        assert (fit.problem, fit.lr) == (0, SMALL.learning_rates[0])
        assert np.mean((matrix - truth) ** 2) == pytest.approx(fit.error, rel=1e-3)
        assert np.linalg.norm(matrix, "nuc") == pytest.approx(fit.nuclear, rel=1e-4)
    for row, matrix in zip(arrays["least_fits"], arrays["least_matrices"], strict=True):
        least = facts.least[row]
        assert np.linalg.norm(matrix, "nuc") == pytest.approx(least.nuclear, rel=1e-4)
    for fit, history in zip(facts.fits, arrays["history"], strict=True):
        seen = np.isfinite(history[:, 0])
        assert (arrays["history_steps"][seen] <= fit.steps).all()
        assert seen.sum() == sum(step <= fit.steps for step in looks(SMALL))


def test_an_easy_matrix_is_found_from_entries_and_from_measurements(results):
    found = [
        f for f in results.facts.fits if f.observed == SMALL.counts()[1] and f.part is not Part.CONJECTURE
    ]
    assert {fit.part for fit in found} == {Part.COMPLETION, Part.SENSING}
    done = [fit for fit in found if fit.fit]
    assert len(done) > len(found) / 2
    assert np.median([fit.error for fit in done]) < 1e-4
    assert all(fit.train <= 1e-6 for fit in done)


def test_the_least_norm_is_least(results):
    least = {(row.part, row.problem, row.observed): row for row in results.facts.least}
    for fit in results.facts.fits:
        if fit.fit:
            assert fit.nuclear > 0.998 * least[fit.part, fit.problem, fit.observed].nuclear
    assert max(row.gap for row in results.facts.least) < 1e-3


def test_partial_results_are_valid(units):
    assert RUNNER.summarize(SMALL, None, []).facts == MatrixFactorizationFacts()
    for count in range(1, len(units)):
        partial = RUNNER.summarize(SMALL, None, units[:count])
        found = STUDY.found(SMALL, Results.from_bytes(partial.to_bytes(), MatrixFactorizationFacts))
        STUDY.claims(found)
        for figure in STUDY.shown(SMALL):
            figure.drawn(found)


def test_units_give_the_same_again_whatever_stands_beside(units):
    whole = next(
        p for p, _ in units if (p["work"], p["part"], p.get("depth")) == ("descent", "completion", 3)
    )
    payload = whole | {"first": 1, "count": 1}
    alone = MatrixFactorizationFacts.from_arrays(RUNNER.run(payload, SMALL, Context(lambda _: None)).arrays)
    beside = next(arrays for p, arrays in units if p == whole)
    both = [fit for fit in MatrixFactorizationFacts.from_arrays(beside).fits if fit.problem == 1]
    assert [fit.init for fit in alone.fits] == [fit.init for fit in both]
    for one, other in zip(alone.fits, both, strict=True):
        assert one.nuclear == pytest.approx(other.nuclear, rel=1e-3)


def test_lanes_change_nothing(units, monkeypatch):
    monkeypatch.setattr(recovery, "LANE_FLOPS", 1.0)
    payload = next(p for p, _ in units if p["work"] == "descent" and p["part"] == "completion")
    laned = MatrixFactorizationFacts.from_arrays(RUNNER.run(payload, SMALL, Context(lambda _: None)).arrays)
    whole = next(MatrixFactorizationFacts.from_arrays(arrays) for p, arrays in units if p == payload)
    assert [(fit.problem, fit.init) for fit in laned.fits] == [(fit.problem, fit.init) for fit in whole.fits]
    for one, other in zip(laned.fits, whole.fits, strict=True):
        assert one.nuclear == pytest.approx(other.nuclear, rel=1e-3)


@pytest.mark.parametrize("work", ["descent", "least", "dynamics"])
def test_a_unit_stops_when_it_is_cancelled(units, work):
    def cancelled(_fraction):
        raise Cancelled

    payload = next(p for p, _ in units if p["work"] == work)
    with pytest.raises(Cancelled):
        RUNNER.run(payload, SMALL, Context(cancelled))
