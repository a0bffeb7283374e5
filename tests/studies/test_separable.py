"""The separable study from parameters to drawn figures: small runs, plan, prices, departures."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from backend.core.errors import InvalidError
from backend.datasets.digits import load_digits_dataset
from backend.datasets.examples import take
from backend.networks.ladders import CIFAR10
from backend.studies import get_study
from backend.studies.kit.results import Results
from backend.studies.kit.runner import Context
from backend.studies.separable.facts import SeparableFacts
from backend.studies.separable.figures.linear import PointControls, together
from backend.studies.separable.figures.networks import course, fitted_after
from backend.studies.separable.optimizers import TRIED, Optimizer
from backend.studies.separable.params import Part, Purpose, SeparableParams
from backend.studies.separable.plan import plan, recorded
from backend.studies.separable.points import LEAST, REACH, SUPPORT, Points, points, validation
from backend.studies.separable.table import EPOCHS, QUANTITIES
from backend.theory.max_margin import max_margin
from workers.studies import runner
from workers.studies.separable import networks
from workers.studies.separable.pair import chosen
from workers.studies.separable.paths import descend

STUDY = get_study("separable")
RUNNER = runner("separable")
SMALL = SeparableParams(
    per_class=30, steps=1000, draws=3, networks=3, epochs=40, size=16, hidden_layers=1, pair_examples=20
)
PAPER = SeparableParams.model_validate(STUDY.presets["paper"])


def changed(params=SMALL, **fields):
    return SeparableParams.model_validate(params.model_dump() | fields)


@pytest.fixture(scope="module")
def digits():
    return load_digits_dataset()


def run_all(params, digits):
    examples = take(digits, params.data())
    context = Context(lambda _: None, examples)
    return [
        (unit.payload, RUNNER.run(json.loads(json.dumps(unit.payload)), params, context).arrays)
        for unit in plan(params, examples.shape)
    ]


@pytest.fixture(scope="module")
def units(digits):
    return run_all(SMALL, digits)


@pytest.fixture(scope="module")
def results(units, digits):
    found = RUNNER.summarize(SMALL, take(digits, SMALL.data()), units)
    return Results.from_bytes(found.to_bytes(), SeparableFacts)


def shown(name, results, params=SMALL, controls=None):
    figure = next(figure for figure in STUDY.figures if figure.name == name)
    return figure.drawn(STUDY.found(params, results), controls)


# --- parameters, plan, departures ---


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"parts": ()}, "parts"),
        ({"parts": ("flow", "flow")}, "parts"),
        ({"pair": ("1",)}, "pair"),
        ({"pair": ("1", "1")}, "pair"),
        ({"family": "resnet_depth", "size": 9}, "size"),
        ({"family": "mlp_depth"}, "size"),
        ({"step_size": "1"}, "step_size"),
        ({"steps": 999}, "steps"),
        ({"epsilon": 0}, "epsilon"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_name(given, field):
    with pytest.raises(ValidationError) as caught:
        SeparableParams.model_validate(given)
    assert {error["loc"][0] for error in caught.value.errors()} == {field}


def test_the_order_of_parts_asks_for_the_same():
    assert changed(parts=("networks", "flow")) == changed(parts=("flow", "networks"))


def test_epochs_are_even_over_their_logarithm_and_hold_those_of_table_1():
    assert recorded(10) == [1, 2, 3, 4, 6, 7, 10]
    found = recorded(4000)
    assert (found[0], found[-1]) == (1, 4000)
    assert set(EPOCHS) <= set(found)
    assert found == sorted(set(found))
    assert set(recorded(300)) & set(EPOCHS) == {50, 100, 200}
    late = np.log10([epoch for epoch in found if epoch >= 10])
    assert np.diff(late).max() < 0.2


def test_quick_is_short_and_every_unit_is_its_own(digits):
    shape = take(digits, SeparableParams().data()).shape
    found = plan(SeparableParams(), shape)
    assert len({unit.key for unit in found}) == len(found) == 2 + len(TRIED) + 1
    assert sum(unit.seconds for unit in found) < 45
    assert all(unit.seconds > 0 and unit.stored > 0 for unit in found)
    assert sum(unit.models for unit in found) == 5 + 1 + 7 * 5 + 3 + 5
    assert [unit.payload["part"] for unit in found] == ["flow", "pair", *["optimizers"] * 10, "networks"]


@pytest.mark.parametrize("part", list(Part))
def test_parts_are_planned_and_drawn_alone(part, digits):
    params = changed(parts=(part,))
    assert {unit.payload["part"] for unit in plan(params, CIFAR10)} == {part}
    sections = {figure.section for figure in STUDY.shown(params)}
    assert len(sections) == 1
    everything = {figure.section for figure in STUDY.shown(SMALL)}
    assert sections < everything


def test_more_runs_repeat_all_full_units_of_fewer(digits):
    shape = take(digits, SMALL.data()).shape
    five = changed(draws=5, networks=5)
    more = {unit.key: unit.payload for unit in plan(STUDY.extension.extended(five, 5), shape)}
    before = plan(five, shape)
    assert all(more[unit.key] == unit.payload for unit in before)
    assert len(more) == len(before) + 1 + 7 + 1
    assert {unit.models for unit in plan(five, shape) if unit.payload["part"] == "networks"} == {5}


def test_long_networks_come_one_by_one():
    blocks = [unit for unit in plan(PAPER, CIFAR10) if unit.payload["part"] == "networks"]
    assert [unit.models for unit in blocks] == [1, 1, 1]
    assert blocks[0].seconds > 3600


def test_prices_grow_with_what_is_asked(digits):
    shape = take(digits, SMALL.data()).shape

    def price(part, **fields):
        return sum(unit.seconds for unit in plan(changed(SeparableParams(), parts=(part,), **fields), shape))

    assert price("optimizers", steps=1_000_000) == pytest.approx(10 * price("optimizers"), rel=0.1)
    assert price("flow", draws=10) == pytest.approx(2 * price("flow"))
    assert price("networks", epochs=2000) == pytest.approx(2 * price("networks"), rel=0.05)
    assert price("pair", steps=1_000_000) > 5 * price("pair")
    assert price("pair", pair_examples=10) < price("pair")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"dataset": "digits"}, "digits instead of CIFAR-10"),
        ({"per_class": 500}, "at most 500 training examples per class"),
        ({"size": 8}, "8 instead of a ResNet-44"),
        ({"family": "mlp_width", "size": 64}, "MLPs of width 64 instead of a ResNet-44"),
        ({"epochs": 1000}, "1,000 epochs at batch 256 instead of 4,000"),
        ({"batch_size": 64}, "4,000 epochs at batch 64"),
        ({"learning_rate": 0.05}, "a learning rate of 0.05 instead of 0.1"),
        ({"augment": False}, "neither crops nor flips"),
        ({"steps": 1000}, "1,000 instead of 1,000,000 steps"),
        ({"step_size": "inverse"}, "steps of 1 / sigma instead of 1 / sigma^2"),
        ({"epsilon": 1e-6}, "an epsilon of 1e-06 instead of 1e-08"),
    ],
)
def test_departures_are_said_one_by_one(fields, words):
    (said,) = STUDY.departures.of_setting(changed(PAPER, **fields))
    assert words in said


def test_what_is_not_run_departs_from_nothing():
    points_only = changed(PAPER, parts=("optimizers",), dataset="digits", epochs=10, learning_rate=1)
    assert STUDY.departures.of_setting(points_only) == ()
    networks_only = changed(PAPER, parts=("networks",), steps=1000, epsilon=1e-6, step_size="inverse")
    assert STUDY.departures.of_setting(networks_only) == ()
    assert STUDY.departures.of_setting(changed(PAPER, seed=3, networks=9, draws=9)) == ()
    scope = " ".join(STUDY.departures.scope(PAPER))
    assert all(words in scope for words in ("released code", "two classes", "sigma"))
    assert "released code" not in " ".join(STUDY.departures.scope(points_only))


def test_the_card_and_the_form_tell_what_is_run():
    facts = SeparableFacts(n_train=1437)
    assert STUDY.described(SMALL, facts) == "digits, 1,437 training examples"
    assert STUDY.described(changed(parts=("flow",)), facts) == "points of the plane, 1,000 steps"
    (note,) = STUDY.notes(PAPER, CIFAR10)
    assert "658,586 weights" in note
    assert STUDY.notes(changed(parts=("flow",)), CIFAR10) == ()
    (related,) = STUDY.related(SMALL)
    assert (related.study, related.params["per_class"]) == ("memorization", 30)
    get_study("memorization").params.model_validate(related.params)
    assert STUDY.related(changed(parts=("pair",))) == ()


# --- points ---


@pytest.mark.parametrize("draw", range(5))
def test_further_points_leave_the_papers_margin_as_it_is(draw):
    found = points(Points.PAPER, 0, draw)
    assert found.shape == (16, 2)
    separator = max_margin(found)
    np.testing.assert_allclose(separator.weights, [0.5, 0.5], atol=1e-12)
    np.testing.assert_array_equal(np.flatnonzero(separator.support), [0, 1, 2, 3])
    assert ((found[4:] @ [0.5, 0.5]) >= LEAST).all()
    assert np.abs(found).max() <= REACH
    np.testing.assert_allclose(points(Points.SCALED, 0, draw), found * [1, 20])
    held_out = validation(0, draw)
    values = held_out @ [0.5, 0.5]
    assert (values[:-1] > 1).all()
    assert values[-1] == pytest.approx(-0.15)
    np.testing.assert_array_equal(found[:2], SUPPORT)


def test_draws_and_seeds_have_points_of_their_own():
    drawn = [points(Points.PAPER, seed, draw)[4:].tobytes() for seed in (0, 1) for draw in (0, 1)]
    drawn += [validation(seed, draw)[:12].tobytes() for seed in (0, 1) for draw in (0, 1)]
    assert len(set(drawn)) == 8
    assert drawn[0] == points(Points.PAPER, 0, 0)[4:].tobytes()
    assert [int(purpose) for purpose in Purpose] == [100, 101, 102, 103]


# --- runs ---


def test_the_same_seed_gives_the_same_and_another_one_other_numbers(units, digits):
    examples = take(digits, SMALL.data())
    other = changed(seed=1)
    for payload, arrays in reversed(units):
        if payload.get("optimizer") == Optimizer.ADAM:
            continue  # the longest, and as the others
        again = RUNNER.run(payload, SMALL, Context(lambda _: None, examples)).arrays
        np.testing.assert_array_equal(again["facts"], arrays["facts"])
        if payload["part"] == "pair" or payload.get("points") == Points.ASYMMETRIC:
            continue  # nothing is drawn but batches
        moved = RUNNER.run(payload, other, Context(lambda _: None, examples)).arrays
        assert moved["facts"].tobytes() != arrays["facts"].tobytes(), payload


def test_draws_do_not_depend_on_their_unit():
    payload = {"part": "optimizers", "points": "paper", "optimizer": "sgd"}

    def paths(first, count):
        arrays = RUNNER.run(payload | {"first": first, "count": count}, SMALL, Context(lambda _: None)).arrays
        return SeparableFacts.from_arrays(arrays).paths

    assert paths(0, 3)[1:] == paths(1, 2)
    assert len({path.angle[-1] for path in paths(0, 3)}) == 3


def test_progress_rises_and_what_it_raises_ends_a_unit(digits):
    examples = take(digits, SMALL.data())
    for unit in plan(SMALL, examples.shape):
        if unit.payload.get("optimizer") in (Optimizer.GD, Optimizer.MOMENTUM):
            continue  # milliseconds
        told = []
        RUNNER.run(unit.payload, SMALL, Context(told.append, examples))
        assert told == sorted(told), unit.key
        assert len(told) > 2
        assert 0 <= told[0] <= told[-1] <= 1

        def stop(_):
            raise InterruptedError

        with pytest.raises(InterruptedError):
            RUNNER.run(unit.payload, SMALL, Context(stop, examples))


def test_results_are_valid_at_any_moment(units, digits):
    examples = take(digits, SMALL.data())
    for count in range(len(units) + 1):
        found = RUNNER.summarize(SMALL, examples, units[:count])
        claims = STUDY.claims(STUDY.found(SMALL, found))
        assert len(claims) == len(STUDY.findings)
        parts = [payload["part"] for payload, _ in units[:count]]
        assert len(found.facts.networks) == 3 * parts.count("networks")
        assert len(found.facts.flows) == 3 * parts.count("flow")
        for figure in STUDY.shown(SMALL):
            figure.drawn(STUDY.found(SMALL, found))


def test_networks_go_on_after_they_are_right(results):
    for run, network in enumerate(results.facts.networks):
        assert (network.run, list(network.epochs)) == (run, recorded(40))
        assert network.fitted < len(network.epochs)
        assert network.train_loss[-1] < 0.5 * network.train_loss[network.fitted]
        assert network.norm[-1] > network.norm[0]
        assert 0 < network.test_error[-1] < 0.3
        assert network.test_loss[-1] > network.train_loss[-1]
    assert len({network.norm[-1] for network in results.facts.networks}) == 3


def test_optimizers_end_where_theory_says(results):
    found = {}
    for path in results.facts.paths:
        found.setdefault((path.points, path.optimizer), []).append(path)
    assert set(found) == set(TRIED)
    assert {len(paths) for (which, _), paths in found.items() if which is not Points.ASYMMETRIC} == {3}
    for path in found[Points.PAPER, Optimizer.GD]:
        assert path.steps[-1] == 10**12
        assert path.angle[-1] < 0.05 < path.angle[path.at(1000)]
        np.testing.assert_allclose(path.end, np.sqrt([0.5, 0.5]), atol=1e-3)
        # t L(t) -> |w^|^2 / eta: with steps of 1 / sigma^2 that is sigma^2 / 2
        sigma = np.linalg.norm(points(Points.PAPER, 0, path.draw), 2)
        assert path.loss[-1] * 1e12 == pytest.approx(sigma**2 / 2, rel=0.01)
    (unequal,) = found[Points.ASYMMETRIC, Optimizer.GD]
    assert unequal.angle[-1] == pytest.approx(np.degrees(0.037), rel=0.1)
    np.testing.assert_allclose(unequal.best, np.array([0.91837, 0.40816]) / 1.005, atol=1e-3)
    assert np.diff(unequal.gap)[-20:].max() < 0


def test_steps_of_1_over_sigma_are_longer(digits):
    payload = {"part": "optimizers", "points": "paper", "optimizer": "gd", "first": 0, "count": 1}

    def norms(params):
        (path,) = SeparableFacts.from_arrays(
            RUNNER.run(payload, params, Context(lambda _: None)).arrays
        ).paths
        return path.norm

    sigma = np.linalg.norm(points(Points.PAPER, 0, 0), 2)
    assert norms(changed(step_size="inverse"))[0] == pytest.approx(sigma * norms(SMALL)[0], rel=1e-5)


def test_each_draw_of_sgd_has_batches_of_its_own():
    x = points(Points.PAPER, 0, 0)
    ends = [
        descend(x, Optimizer.SGD, params, draw, lambda _: None, 100).weights[-1].tolist()
        for params in (SMALL, changed(seed=1))
        for draw in (0, 1)
    ]
    assert len({tuple(end) for end in ends}) == 4


def test_epsilon_is_adams_alone():
    x, other = points(Points.SCALED, 0, 0), changed(epsilon=1e-3)

    def end(optimizer, params):
        return descend(x, optimizer, params, 0, lambda _: None, 1000).weights[-1].tolist()

    assert end(Optimizer.ADAM, other) != end(Optimizer.ADAM, SMALL)
    assert end(Optimizer.ADAM, SMALL) != end(Optimizer.FAST_ADAM, SMALL)
    assert end(Optimizer.NORMALIZED, other) == end(Optimizer.NORMALIZED, SMALL)


@pytest.mark.parametrize(("augment", "crop"), [(False, 0), (True, 4)])
def test_networks_are_trained_as_the_paper_says(augment, crop, digits, monkeypatch):
    class SeenError(Exception):
        pass

    def track(_back_ends, _split, models, seed, recipe, epochs, *_, **options):
        assert (models, seed, epochs) == ([2, 3], 0, recorded(40))
        assert (recipe.momentum, recipe.weight_decay, recipe.schedule) == (0.9, 0, "constant")
        assert (recipe.epochs, recipe.batch_size, recipe.learning_rate) == (40, 64, 0.05)
        assert (recipe.crop, recipe.flip) == (crop, augment)
        assert options["dtype"] is torch.float32
        raise SeenError

    monkeypatch.setattr(networks, "track_models", track)
    params = changed(augment=augment)
    context = Context(lambda _: None, take(digits, params.data()))
    with pytest.raises(SeenError):
        RUNNER.run({"part": "networks", "first": 2, "count": 2}, params, context)


def test_flows_know_their_limits(results):
    for flow in results.facts.flows:
        assert 0 < flow.spread < 5e-3
        assert 0 < flow.between_losses < 1e-2
        assert flow.slope == pytest.approx(0.144, abs=0.003)
        assert flow.validation_error[-1] == pytest.approx(1 / 21, abs=1e-5)
        assert flow.times[-1] == 1e12


def test_two_classes_are_points_with_a_constant(results, digits):
    (pair,) = results.facts.pairs
    assert (pair.names, pair.n, pair.d, pair.separable) == (("0", "1"), 40, 65, True)
    assert {path.optimizer for path in pair.paths} == {
        Optimizer.GD,
        Optimizer.MOMENTUM,
        Optimizer.SGD,
        Optimizer.NORMALIZED,
        Optimizer.ADAM,
    }
    examples = take(digits, SMALL.data())
    _, places, signs = chosen(examples, SMALL)
    assert {examples.classes[examples.given[p]] for p, s in zip(places, signs, strict=True) if s > 0} == {"1"}
    rows = signs[:, None] * np.column_stack([examples.images[places].reshape(40, -1) / 255, np.ones(40)])
    best = max_margin(rows)
    np.testing.assert_allclose(np.ravel(pair.pictures[-1]), (best.weights / best.norm)[:-1], atol=2e-6)
    assert pair.supports == best.support.sum()
    first = np.ravel(pair.pictures[0])  # one step from 0: the difference of the classes' sums
    means = rows.sum(axis=0)
    np.testing.assert_allclose(first, (means / np.linalg.norm(means))[:-1], atol=2e-6)
    assert set(pair.of) <= {"0", "1"}
    assert len(pair.support) == len(pair.of) == min(10, (best.alphas > 0).sum())


def test_the_pair_is_the_one_asked_for(digits):
    examples = take(digits, SMALL.data())
    names, places, signs = chosen(examples, changed(pair=("7", "3")))
    assert names == ("7", "3")
    assert (examples.given[places[signs < 0]] == 7).all()
    assert (signs > 0).sum() == (signs < 0).sum() == 20
    assert len(set(places.tolist())) == 40
    with pytest.raises(InvalidError, match="has no class 'seven'"):
        chosen(examples, changed(pair=("7", "seven")))


def test_classes_that_overlap_have_no_margin(digits):
    params = changed(parts=("pair",), image_size=4, label_noise=0.4, pair_examples=100, per_class=100)
    found = RUNNER.summarize(params, take(digits, params.data()), run_all(params, digits))
    (pair,) = found.facts.pairs
    assert (pair.separable, pair.supports, pair.support) == (False, 0, [])
    assert all(np.isnan(path.angle).all() for path in pair.paths)
    assert pair.left is not None
    assert pair.left < 1
    drawn = shown("pair_paths", found, params)
    assert "Gradient descent ends at the weights of least loss" in drawn.layout.meta["summary"]
    assert "angle" not in {axis.title.text for axis in (drawn.layout.yaxis, drawn.layout.yaxis2)}
    assert "least loss" in {note.text for note in shown("pair_weights", found, params).layout.annotations}


def test_arrays_hold_what_a_researcher_needs(results):
    arrays = results.arrays
    assert arrays["networks_norm"].shape == (3, len(recorded(40)))
    np.testing.assert_array_equal(arrays["networks_epochs"], recorded(40))
    assert set(arrays["paths_optimizer"]) == {optimizer.value for optimizer in Optimizer}
    assert arrays["paths_angle"].shape == arrays["paths_steps"].shape == (7 * 3 + 3, 95)
    assert np.isnan(arrays["paths_angle"]).any()
    assert arrays["paths_end"].shape == arrays["paths_best"].shape == (7 * 3 + 3, 2)
    assert arrays["flows_validation_loss"].shape == (3, 97)


# --- drawn numbers ---


def test_every_figure_says_what_it_shows(results):
    for figure in STUDY.shown(SMALL):
        drawn = figure.drawn(STUDY.found(SMALL, results))
        assert len(drawn.layout.meta["summary"]) > 30
        assert drawn.data, figure.name
    preview = STUDY.drawn_small(STUDY.found(SMALL, results))
    assert [line["name"] for line in preview["lines"]] == ["validation loss", "validation error"]


def test_courses_are_means_over_networks(results):
    found = course(results.facts.networks, "norm")
    values = np.array([network.norm for network in results.facts.networks])
    np.testing.assert_allclose(found.spread.mean, values.mean(axis=0))
    np.testing.assert_allclose(found.spread.high, values.max(axis=0))
    since = [network.epochs[network.fitted] for network in results.facts.networks]
    assert fitted_after(results.facts.networks) == max(since)
    never = replace(results.facts.networks[0], train_error=[0.1] * len(found.epochs))
    assert fitted_after((never, *results.facts.networks)) is None


def test_table_1_stands_beside_ours_over_the_same_epochs(results):
    drawn = shown("network_table", results)
    paper = {trace.name: trace for trace in drawn.data if str(trace.name).startswith("paper")}
    assert len(paper) == len(QUANTITIES) == 5
    norm = paper["paper, norm of the last layer"]
    assert (list(norm.x), list(norm.y)) == (list(EPOCHS), [13.6, 16.5, 19.6, 20.3, 25.9, 27.54])
    ours = next(trace for trace in drawn.data if trace.name == "norm of the last layer")
    np.testing.assert_allclose(ours.y, course(results.facts.networks, "norm").spread.mean)
    assert drawn.layout.xaxis.range == drawn.layout.xaxis2.range
    assert drawn.layout.xaxis.range[1] > np.log10(4000)


def test_the_line_through_the_norm_is_the_fitted_one(results):
    drawn = shown("network_norm", results)
    line = next((trace for trace in drawn.data if trace.name == "line over log epochs"), None)
    assert line is None  # 40 epochs are no decade after the fit
    long = tuple(
        replace(
            network,
            epochs=[1, 5, 10, 50, 100, 1000],
            norm=[1.0, 2.0, *(3 + 0.5 * np.log([10, 50, 100, 1000]))],
            train_error=[0.1] + [0.0] * 5,
            **{name: [1.0] * 6 for name in ("train_loss", "test_loss", "test_error")},
        )
        for network in results.facts.networks
    )
    facts = results.facts.model_copy(update={"networks": long})
    line = next(
        trace
        for trace in shown("network_norm", replace(results, facts=facts)).data
        if "log" in str(trace.name)
    )
    assert list(line.x) == [5, 1000]
    expected = np.polyfit(np.log([5, 10, 50, 100, 1000]), long[0].norm[1:], 1)
    np.testing.assert_allclose(line.y, np.polyval(expected, np.log([5, 1000])))


def test_optimizers_are_drawn_for_the_points_asked_for(results):
    for which, count in ((Points.PAPER, 4), (Points.SCALED, 3), (Points.ASYMMETRIC, 3)):
        drawn = shown("optimizers", results, controls=PointControls(points=which))
        names = {trace.name for trace in drawn.data if trace.showlegend}
        assert len(names) == count
        guide = next(trace for trace in drawn.data if trace.name == "1 / t")
        assert guide.y[0] / guide.y[-1] == pytest.approx(guide.x[-1] / guide.x[0])
    of_gd = [p for p in results.facts.paths if (p.points, p.optimizer) == (Points.PAPER, Optimizer.GD)]
    steps, spread = together(of_gd, "angle")
    assert steps[-1] == 10**12
    np.testing.assert_allclose(spread.mean[-1], np.mean([path.angle[-1] for path in of_gd]))


def test_draws_that_diverged_are_drawn_as_far_as_they_go(results):
    of_gd = [p for p in results.facts.paths if (p.points, p.optimizer) == (Points.PAPER, Optimizer.GD)]
    cut = replace(of_gd[0], steps=of_gd[0].steps[:4], angle=of_gd[0].angle[:4])
    steps, spread = together([cut, *of_gd[1:]], "angle")
    assert len(steps) == len(spread.mean) == 4
    gone = [replace(p, steps=[], angle=[], gap=[], loss=[], norm=[]) for p in results.facts.paths]
    facts = results.facts.model_copy(update={"paths": tuple(gone)})
    for name in ("optimizers", "ends"):
        assert "No results yet" in str(shown(name, replace(results, facts=facts)).layout.title.text)


def test_ends_are_the_last_angles(results):
    drawn = shown("ends", results)
    assert len(drawn.data) == len(TRIED)
    marks = next(trace for trace in drawn.data if trace.name == "gradient descent, the paper's")
    of_gd = [p for p in results.facts.paths if (p.points, p.optimizer) == (Points.PAPER, Optimizer.GD)]
    np.testing.assert_allclose(marks.x, [path.angle[-1] for path in of_gd])
