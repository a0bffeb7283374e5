"""The information-plane study: parameters, plan, small runs, figures, laboratories."""

import json
import time

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from backend.core.contracts import ClaimVerdict
from backend.core.errors import InvalidError
from backend.statistics.seeds import Purpose as Shared
from backend.statistics.seeds import generator
from backend.studies import get_study
from backend.studies.information_plane.facts import PlaneFacts, courses
from backend.studies.information_plane.figures.look import Compared, MeasureControls, beside, label, rounded
from backend.studies.information_plane.figures.plane import PlaneControls
from backend.studies.information_plane.figures.training import histogram, saturation, weight_norms
from backend.studies.information_plane.labs import LABS
from backend.studies.information_plane.labs.student import most_lost
from backend.studies.information_plane.measured import BUDGET, SECONDS, measured, selection
from backend.studies.information_plane.params import VECTOR, Arm, Optimizer, PlaneParams, Rule
from backend.studies.information_plane.plan import labels_of, patterns_of, plan, recorded
from backend.studies.kit.results import Results
from backend.studies.kit.runner import Context
from backend.theory.layer_information import Estimator, Measure
from backend.theory.small_networks import Activation, layers, spans
from backend.theory.sphere_patterns import patterns
from workers.studies import runner
from workers.studies.information_plane.networks import Networks, Patterns, initial
from workers.studies.information_plane.training import train, training_patterns

STUDY = get_study("information_plane")
RUNNER = runner("information_plane")
SMALL = PlaneParams(
    networks=3, epochs=12, full_batch_epochs=15, checkpoints=8, widths=(6, 3), depths=(1,), batch_size=512
)
PAPER = PlaneParams.model_validate(STUDY.presets["paper"])
LAB = {lab.name: lab for lab in LABS}


def changed(params=SMALL, **fields):
    return PlaneParams.model_validate(params.model_dump() | fields)


@pytest.fixture(scope="module")
def units():
    context = Context(lambda _: None)
    return [
        (unit.payload, RUNNER.run(json.loads(json.dumps(unit.payload)), SMALL, context).arrays)
        for unit in plan(SMALL, None)
    ]


@pytest.fixture(scope="module")
def results(units):
    return Results.from_bytes(RUNNER.summarize(SMALL, None, units).to_bytes(), PlaneFacts)


def shown(name, results, controls=None, params=SMALL):
    figure = next(figure for figure in STUDY.figures if figure.name == name)
    return figure.drawn(STUDY.found(params, results), controls)


# --- parameters, plan, departures ---


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"activations": ()}, "activations"),
        ({"activations": ("tanh", "tanh")}, "activations"),
        ({"activations": ("sigmoid",)}, "activations"),
        ({"percents": (96,)}, "percents"),
        ({"percents": (0,)}, "percents"),
        ({"widths": (65,)}, "widths"),
        ({"depths": (5,)}, "depths"),
        ({"widths": (3,), "depths": (1,)}, "depths"),
        ({"batch_size": 100}, "batch_size"),
        ({"rules": ("parity",)}, "rules"),
        ({"sgd_rate": 0}, "sgd_rate"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_name(given, field):
    with pytest.raises(ValidationError) as caught:
        PlaneParams.model_validate(given)
    assert {error["loc"][0] for error in caught.value.errors()} == {field}


def test_one_thing_at_a_time_differs_from_the_first_setting_or_everything_does():
    arms = SMALL.arms()
    assert arms[0] == Arm(Activation.TANH, Optimizer.ADAM, 80, 2, Rule.ICOSAHEDRON)
    assert len(set(arms)) == len(arms) == 6
    assert all(sum(a != b for a, b in zip(arm, arms[0], strict=True)) == 1 for arm in arms[1:])
    assert len(set(changed(crossed=True).arms())) == 2**5
    assert SMALL.layers(arms[0]) == (12, 6, 3, 2)
    assert {SMALL.layers(arm) for arm in arms} == {(12, 6, 3, 2), (12, 6, 2)}


def test_more_networks_repeat_the_full_blocks_of_fewer():
    few, more = changed(networks=20), changed(networks=30)
    known = {unit.key: unit.payload for unit in plan(more, None)}
    assert all(known[unit.key] == unit.payload for unit in plan(few, None))
    assert len(known) == len(plan(few, None)) + len(few.arms())
    assert STUDY.extension.extended(few, 10) == more
    assert [unit.key.partition("/")[2] for unit in plan(few, None)[:7]] == ["0-10"] * 6 + ["10-20"]


def test_prices_grow_with_what_is_asked_and_too_much_is_refused():
    def price(**fields):
        return sum(unit.seconds for unit in plan(changed(PlaneParams(), **fields), None))

    assert price() < 60
    assert price(epochs=3000) > 1.3 * price()
    assert price(networks=20) > 1.3 * price()
    assert price(percents=(5,)) < 0.8 * price(percents=(80,))
    assert sum(unit.seconds for unit in plan(PAPER, None)) < 25 * 60
    with pytest.raises(InvalidError, match=r"networks: must be fewer.*500 MB"):
        plan(changed(PAPER, crossed=True, networks=100, percents=(1, 2, 3, 5, 80), checkpoints=300), None)


def test_sizes_are_what_units_take(units):
    for unit, (_, arrays) in zip(plan(SMALL, None), units, strict=True):
        assert unit.stored == pytest.approx(sum(array.nbytes for array in arrays.values()), rel=0.2)


def test_epochs_begin_before_training_and_patterns_come_in_whole_vectors():
    arm = SMALL.arms()[0]
    assert recorded(SMALL, arm)[:3] == [0, 1, 2]
    assert recorded(SMALL, arm)[-1] == 12
    assert 70 < len(recorded(PAPER, PAPER.arms()[0])) <= 101
    for percent in (1, 5, 80, 85, 95):
        count = patterns_of(arm._replace(percent=percent))
        assert count % VECTOR == 0
        assert count == pytest.approx(percent * 40.96, abs=VECTOR / 2)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"networks": 10}, "10 networks in each setting instead of 50"),
        ({"epochs": 1500}, "1,500 epochs instead of 10,000"),
        ({"full_batch_epochs": 3000}, "3,000 epochs of full batch"),
        ({"adam_rate": 2e-3}, "0.002 instead of 0.0004"),
        ({"batch_size": 512}, "batches of 512 instead of 256"),
        ({"widths": (4, 3)}, "4, 3 units instead of 10, 7, 5, 4, 3"),
        ({"percents": (45,)}, "45 % of the patterns"),
    ],
)
def test_departures_are_said_one_by_one(fields, words):
    (said,) = STUDY.departures.of_setting(changed(PAPER, **fields))
    assert words in said


def test_comparing_more_departs_from_nothing():
    more = changed(PAPER, activations=("tanh", "softsign"), percents=(80, 45), seed=3, depths=(2,))
    assert STUDY.departures.of_setting(more) == ()
    assert "MNIST is not run" in STUDY.departures.scope(more)


# --- training ---


def test_gradients_are_those_of_autograd():
    rng = np.random.default_rng(0)
    x, labels = torch.tensor(patterns()[:32].T.copy()), torch.tensor(labels_of(SMALL, Rule.ICOSAHEDRON)[:32])
    y = torch.nn.functional.one_hot(labels.long(), 2).T.float()
    for activation in Activation:
        own = initial([rng, rng], (12, 5, 3, 2))
        networks = Networks(own, (12, 5, 3, 2), activation)
        networks.sgd(x.expand(2, 12, 32), y.expand(2, 2, 32), 0.0)
        for row in range(2):
            weights = torch.tensor(own[row], dtype=torch.float64, requires_grad=True)
            h = x.double()
            parts = [(s.weights, s.biases, s.shape) for s in spans((12, 5, 3, 2))]
            for number, (w, b, shape) in enumerate(parts):
                h = weights[w].view(shape) @ h + weights[b][:, None]
                if number < 2:
                    h = {
                        Activation.TANH: torch.tanh,
                        Activation.RELU: torch.relu,
                        Activation.SOFTSIGN: torch.nn.functional.softsign,
                        Activation.SOFTPLUS: torch.nn.functional.softplus,
                        Activation.LINEAR: lambda z: z,
                    }[activation](h)
            loss = torch.nn.functional.cross_entropy(h.T, labels.long())
            loss.backward()
            np.testing.assert_allclose(
                networks.gradient[row, : own.shape[1]], weights.grad, atol=2e-6, err_msg=activation
            )
            told = networks.performance(x.expand(2, 12, 32), y.expand(2, 2, 32))[row]
            assert told[0] == pytest.approx(loss.item(), abs=1e-6)
            assert told[1] == pytest.approx((h.argmax(0) == labels).double().mean().item())


def test_moments_of_gradients_are_those_of_patterns_one_by_one():
    own = initial([np.random.default_rng(2)], (12, 4, 2))
    networks = Networks(own, (12, 4, 2), Activation.TANH)
    table = Patterns.of(patterns(), labels_of(SMALL, Rule.ICOSAHEDRON), 2)
    x, y = table.chosen(torch.arange(0, 4096, 200)[None, :16])
    each = []
    for place in range(16):
        networks.sgd(x[:, :, place : place + 1], y[:, :, place : place + 1], 0.0)
        each.append(networks.gradient[0].clone())
    first, second = networks.gradient_moments(x, y)
    for span in spans((12, 4, 2)):
        gradients = torch.stack(each)[:, span.weights]
        np.testing.assert_allclose(first[0, span.weights], gradients.mean(0), atol=1e-6)
        np.testing.assert_allclose(second[0, span.weights], gradients.square().mean(0), atol=1e-6)


def test_adam_steps_as_torch_does():
    own = initial([np.random.default_rng(4)], (12, 4, 2))
    table = Patterns.of(patterns(), labels_of(SMALL, Rule.ICOSAHEDRON), 2)
    x, y = table.chosen(torch.arange(64)[None])
    networks = Networks(own, (12, 4, 2), Activation.TANH)
    theirs = torch.tensor(own[0]).requires_grad_()
    optimizer = torch.optim.Adam([theirs], lr=0.01)
    for _ in range(5):
        networks.sgd(x, y, 0.0)
        before = networks.gradient[0, : own.shape[1]].clone()
        networks.adam(x, y, 0.01)
        theirs.grad = before
        optimizer.step()
    np.testing.assert_allclose(networks.parameters[0, : own.shape[1]], theirs.detach(), atol=1e-6)


@pytest.mark.parametrize("activation", [Activation.TANH, Activation.SOFTPLUS])
def test_a_network_is_the_same_to_the_last_bit_whoever_is_beside_it(activation):
    arm = SMALL.arms()[0]._replace(activation=activation)
    params = changed(epochs=10)
    together = train(params, arm, range(7), lambda _: None)
    alone = train(params, arm, range(5, 6), lambda _: None)
    for name in ("weights", "information", "performance", "gradients"):
        np.testing.assert_array_equal(getattr(together, name)[5:6], getattr(alone, name), err_msg=name)


def test_settings_share_starts_and_more_patterns_hold_fewer(units, results):
    known = courses(results.facts, results.arrays)
    first, *others = [known[arm] for arm in SMALL.arms() if arm.depth == 2]
    for other in others:
        np.testing.assert_array_equal(other.weights[:, 0], first.weights[:, 0])
    assert not np.array_equal(first.weights[0, 0], first.weights[1, 0])
    few, many = first.arm._replace(percent=5), first.arm
    masks = [[training_patterns(SMALL, arm, model) for model in range(2)] for arm in (few, many)]
    assert [mask.sum() for mask, _ in masks] == [208, 3280]
    assert not any((own & ~more).any() for own, more in zip(*masks, strict=True))
    assert (masks[1][0] != masks[1][1]).any()
    again = RUNNER.run(units[0][0], SMALL, Context(lambda _: None)).arrays
    np.testing.assert_array_equal(again["weights"], units[0][1]["weights"])
    other = RUNNER.run(units[0][0], changed(seed=1), Context(lambda _: None)).arrays
    assert not np.array_equal(other["weights"], units[0][1]["weights"])


def test_training_learns_and_says_how_far_it_is():
    told = []
    params = changed(epochs=60, networks=2)
    trained = train(params, params.arms()[0], range(2), told.append)
    assert told == sorted(told)
    assert (trained.performance[:, -1, [1, 3]] > 0.8).all()
    assert (trained.performance[:, -1, 0] < trained.performance[:, 0, 0]).all()
    rates = {
        o: changed(adam_rate=0.1, sgd_rate=0.2, full_batch_rate=0.3).rate_of(
            params.arms()[0]._replace(optimizer=o)
        )
        for o in Optimizer
    }
    assert rates == {Optimizer.ADAM: 0.1, Optimizer.SGD: 0.2, Optimizer.FULL_BATCH: 0.3}

    def cancel(_fraction):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(params, params.arms()[0], range(2), cancel)


def test_first_weights_are_cut_at_two_deviations():
    drawn = initial([generator(0, Shared.INITIALIZATION, k) for k in range(200)], (12, 10, 2))
    weights, biases = layers(drawn, (12, 10, 2))[0]
    assert (biases == 0).all()
    assert np.abs(weights).max() <= 2 / np.sqrt(12) + 1e-6
    assert weights.std() == pytest.approx(0.88 / np.sqrt(12), rel=0.02)  # of a normal cut there


# --- results ---


def test_results_hold_every_setting_and_what_is_there_is_measured_again(results):
    found = STUDY.found(SMALL, results)
    known = courses(results.facts, results.arrays)
    assert set(known) == set(SMALL.arms())
    for course in known.values():
        again = measured(found, course, Measure(Estimator.ACTIVITY, 30), 3)
        paper = measured(found, course, Measure(), 1)
        np.testing.assert_array_equal(paper.information, course.information)
        if course.arm.activation is Activation.TANH:
            np.testing.assert_allclose(again.information, course.information, atol=1e-6)
        assert again.left_out == ""
    one = measured(found, known[SMALL.arms()[0]], Measure(Estimator.KERNEL, variance=0.1), 3, only=1)
    assert one.information.shape[2] == 1
    assert (one.information[..., 0] < 4).all()


def test_what_takes_long_is_measured_at_fewer_checkpoints(results):
    course = courses(results.facts, results.arrays)[SMALL.arms()[0]]
    large = course.__class__(**(vars(course) | {"weights": np.zeros((50, 80, 1), np.float32)}))
    for estimator in Estimator:
        networks, places = selection(large, Measure(estimator), 50, BUDGET / 6)
        assert networks >= 1
        assert (places[0], places[-1]) == (0, 79)
        each = SECONDS.get(estimator, 4e-4)
        assert networks * len(places) * each <= max(BUDGET / 6, 2 * each) + 1e-9
    assert selection(large, Measure(Estimator.EXACT), 2, BUDGET)[0] == 2


def test_parts_of_the_results_are_results(units):
    part = RUNNER.summarize(SMALL, None, units[:1])
    assert len(beside(STUDY.found(SMALL, part), Compared.ACTIVATION)) == 1
    for figure in STUDY.figures:
        json.loads(figure.drawn(STUDY.found(SMALL, part)).to_json())
    empty = RUNNER.summarize(SMALL, None, [])
    assert STUDY.drawn_small(STUDY.found(SMALL, empty)) is None


def test_every_figure_draws_every_comparison(results):
    found = STUDY.found(SMALL, results)
    for figure in STUDY.figures:
        for compared in Compared:
            controls = (
                figure.controls()
                if "compared" not in figure.controls.model_fields
                else figure.controls(compared=compared)
            )
            drawn = figure.drawn(found, controls)
            json.loads(drawn.to_json())
            assert drawn.layout.meta["summary"]
    lines = STUDY.drawn_small(found)["lines"]
    assert [line["name"] for line in lines] == ["tanh", "ReLU"]


def test_the_plane_draws_what_was_measured_at_that_moment(results):
    course = courses(results.facts, results.arrays)[SMALL.arms()[0]]
    middle = round(0.5 * (len(course.epochs) - 1))
    drawn = shown("plane", results, PlaneControls(moment=50))
    assert f"epoch {course.epochs[middle]:,}" in drawn.layout.annotations[0].text
    dots = [t for t in drawn.data if t.mode == "markers" and t.marker.size == 12 and t.xaxis == "x"]
    assert [t.name for t in dots] == ["layer 1", "layer 2", "output"]
    means = course.information[:, middle].mean(axis=0)
    np.testing.assert_allclose([(t.x[0], t.y[0]) for t in dots], means, rtol=1e-4)
    (joined,) = [t for t in drawn.data if t.name == "same epoch" and t.xaxis == "x"]
    np.testing.assert_allclose(joined.x, means[:, 0], rtol=1e-4)
    assert drawn.layout.xaxis.range == (0, 12.3)
    named = [t.name for t in drawn.data if t.showlegend]
    assert len(named) == len(set(named))


@pytest.mark.parametrize("method", list(Estimator))
def test_the_plane_is_drawn_by_every_estimator(results, method):
    drawn = shown("plane", results, PlaneControls(method=method, cuts=10, measured=2))
    assert ("differential" in drawn.layout.xaxis.title.text) == (method is Estimator.NEIGHBOR)
    both = shown("over_epochs", results, MeasureControls(method=method, cuts=10, measured=2))
    assert both.layout.meta["summary"].startswith("By ")


def test_what_figures_pick_is_what_networks_do(results):
    found = STUDY.found(SMALL, results)
    tanh, relu = beside(found, Compared.ACTIVATION)
    norms = weight_norms(found, tanh)
    first = tanh.weights[0, -1][: 12 * 6]
    assert norms[0, -1, 0] == pytest.approx(float(np.linalg.norm(first)), rel=1e-5)
    shares = saturation(found, relu)
    assert shares.shape == (len(relu.epochs), 2)
    assert ((shares >= 0) & (shares <= 1)).all()
    centers, parts = histogram(found, tanh, 1)
    np.testing.assert_allclose(parts.sum(axis=1), 1)
    assert (np.abs(centers) < 1).all()
    assert label(found, SMALL.arms()[-1]) == "tanh, random labels"
    assert rounded(np.array([0.0, 1.234567, np.nan])).tolist()[:2] == [0.0, pytest.approx(1.2346)]


# --- laboratories ---

HOLDS, DIFFERS, NOT_RUN = ClaimVerdict.HOLDS, ClaimVerdict.DIFFERS, ClaimVerdict.NOT_RUN


def verdicts(lab, **fields):
    own = LAB[lab]
    return {claim.key: claim.verdict for claim in own.claims(own.found(own.params(**fields)))}


@pytest.mark.parametrize(
    ("lab", "fields", "expected"),
    [
        ("minimal", {}, {"tanh_rises_and_falls": HOLDS, "relu_rises": HOLDS}),
        ("minimal", {"bins": 31}, {"tanh_rises_and_falls": NOT_RUN, "relu_rises": HOLDS}),
        ("binning", {}, {"net_input_rises": HOLDS}),
        ("binning", {"bins": 20, "mean": 2.5}, {"net_input_rises": HOLDS}),
        ("student", {}, {"no_compression": HOLDS, "forgets_irrelevant": NOT_RUN}),
        ("student", {"noise": 0}, {"no_compression": NOT_RUN, "forgets_irrelevant": NOT_RUN}),
        ("student", {"start": 2}, {"no_compression": DIFFERS, "forgets_irrelevant": NOT_RUN}),
        (
            "student",
            {"relevant": 30, "noise": 0, "examples": 200, "start": 0.2},
            {"no_compression": NOT_RUN, "forgets_irrelevant": HOLDS},  # all is learned, down to rounding
        ),
        (
            "student",
            {"relevant": 30, "noise": 0, "start": 0.5},
            {"no_compression": NOT_RUN, "forgets_irrelevant": DIFFERS},
        ),
        ("student", {"relevant": 30, "start": 0}, {"no_compression": HOLDS, "forgets_irrelevant": DIFFERS}),
    ],
)
def test_claims_of_laboratories_follow_their_sliders(lab, fields, expected):
    assert verdicts(lab, **fields) == expected


@pytest.mark.parametrize("name", list(LAB))
def test_laboratories_answer_quickly_at_their_ends(name):
    lab = LAB[name]
    ends = [{}]
    for field, info in lab.params.form_schema()["properties"].items():
        ends += [{field: info[end]} for end in ("minimum", "maximum") if end in info]
        ends += [{field: value} for value in info.get("enum", ())]
    for fields in ends:
        started = time.process_time()
        found = lab.found(lab.params(**fields))
        for figure in lab.figures:
            json.loads(figure.drawn(found).to_json())
        lab.claims(found)
        assert time.process_time() - started < 0.6, fields  # several times 150 ms: machines are busy


def test_most_lost_is_the_deepest_fall_below_a_peak():
    assert most_lost(np.array([0.0, 2.0, 1.5, 3.0, 1.0])) == 2.0
    assert most_lost(np.array([0.0, 1.0])) == 0.0
