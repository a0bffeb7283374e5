"""The law of robustness: training, units, what is measured, departures, laboratories."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from backend.core.contracts import ClaimVerdict
from backend.datasets.base import Shape
from backend.datasets.digits import load_digits_dataset
from backend.datasets.examples import take
from backend.studies import get_study
from backend.studies.kit.results import Results
from backend.studies.kit.runner import Context
from backend.studies.robustness_law.facts import RobustnessFacts
from backend.studies.robustness_law.params import Data, Part, RobustnessParams
from backend.studies.robustness_law.plan import widths
from backend.theory.robustness import rate
from tests import pace
from workers.studies import robustness_law as worker
from workers.studies.robustness_law import nets, together
from workers.studies.robustness_law.train import EPSILON_NORM, Stack, Start, train

STUDY = get_study("robustness_law")
LABS = {lab.name: lab for lab in STUDY.labs}
DIGITS = Shape(1437, 360, 10, 8, 8, 1)
SMALL = RobustnessParams(
    examples=(60,),
    dimensions=(30,),
    ratios=(1, 2),
    regime_examples=60,
    regime_dimensions=(20, 30),
    images=40,
    fractions=(0.3,),
    widths=(4, 8),
    networks=2,
    points=100,
)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(scope="module")
def ran():
    """Every unit of a small experiment, with its payload."""
    examples = take(load_digits_dataset(), SMALL.data())
    context = Context(progress=lambda _: None, given=examples)
    units = STUDY.plan.units(SMALL, examples.shape)
    return [(unit.payload, worker.run(unit.payload, SMALL, context).arrays) for unit in units]


@pytest.fixture(scope="module")
def facts(ran):
    return worker.summarize(SMALL, None, ran).facts


def starts(count, n=20, d=5, k=7):
    found = []
    for run in range(count):
        rng = np.random.default_rng(run)
        parts = (
            rng.standard_normal((n, d)),
            rng.choice([-1, 1], n),
            rng.standard_normal((d, k)),
            rng.random(k),
        )
        found.append(Start(*(part.astype(np.float32) for part in parts)))
    return found


def double(stack):
    """Put a stack into double precision, away from its start."""
    generator = torch.Generator().manual_seed(0)
    for name in ("x", "y", "mean", "covariance"):
        setattr(stack, name, getattr(stack, name).double())
    stack.params = [
        p.double() + 0.3 * torch.randn(p.shape, generator=generator, dtype=torch.float64)
        for p in stack.params
    ]
    return stack


def plain(x, weights, scale, shift, output, constant):
    """The network with batch norm as everybody writes it down."""
    z = x @ weights
    z = (z - z.mean(1, keepdim=True)) / (z.var(1, keepdim=True, unbiased=False) + EPSILON_NORM).sqrt()
    active = torch.relu(z * scale[:, None] + shift[:, None])
    return (active @ output[:, :, None]).squeeze(2) + constant


def test_losses_and_gradients_are_those_of_batch_norm_written_plainly():
    stack = double(Stack(starts(3), torch.device("cpu")))
    params = [p.clone().requires_grad_() for p in stack.params]
    losses = (plain(stack.x, *params) - stack.y).square().mean(1)
    expected = torch.autograd.grad(losses.sum(), params)
    stack.forward()
    assert stack.losses == pytest.approx(losses.detach().numpy(), rel=1e-6)
    for ours, theirs in zip(stack.gradients(), expected, strict=True):
        assert torch.allclose(ours, theirs, rtol=1e-5, atol=1e-7)


def test_the_folded_network_gives_what_training_saw():
    stack = double(Stack(starts(2), torch.device("cpu")))
    stack.forward()
    for row in range(2):
        values = stack.network(row).values(stack.x[row].numpy())
        assert np.allclose(values, plain(stack.x, *stack.params)[row].numpy())


def trained(chosen, **options):
    return train(
        chosen,
        **({"threshold": 0.05, "steps": 3000, "learning_rate": 0.01} | options),
        device=torch.device("cpu"),
    )


def test_networks_side_by_side_end_as_they_do_alone():
    chosen = starts(4)
    side_by_side, alone = trained(chosen), [trained([one])[0] for one in chosen]
    assert len({one.steps for one in alone}) > 1  # they leave the stack at different steps
    for one, other in zip(side_by_side, alone, strict=True):
        assert one.fitted
        assert one.steps == other.steps
        assert one.loss < 0.05
        assert one.network.weights == pytest.approx(other.network.weights, rel=1e-3, abs=1e-4)


def test_networks_stop_at_the_first_step_below_the_threshold_or_are_rejected():
    seen = []
    one = trained(starts(1), watch=lambda _row, step, loss, _network: seen.append((step, loss)))[0]
    assert [loss < 0.05 for _, loss in seen] == [False] * one.steps + [True]
    rejected = trained(starts(1, n=200, k=2), steps=5)[0]
    assert not rejected.fitted
    assert rejected.steps == 5
    assert rejected.loss > 0.05


def test_a_network_depends_neither_on_its_unit_nor_on_what_else_is_asked():
    both = nets.run(unit(first=0, count=2), SMALL, Context(lambda _: None))[0].nets
    other = SMALL.model_copy(update={"networks": 7, "ratios": (2.0,)})
    (second,) = nets.run(unit(first=1, count=1), other, Context(lambda _: None))[0].nets
    same = next(net for net in both if (net.run, net.k) == (1, second.k))
    assert (same.steps, same.fitted) == (second.steps, second.fitted)
    assert same.slope == pytest.approx(second.slope, rel=1e-4)
    assert len({net.slope for net in both}) == len(both)


def test_networks_of_one_shape_on_other_data_are_others():
    law, twins = (
        nets.run(unit(data=data, first=0, count=1), SMALL, Context(lambda _: None))[0].nets
        for data in ("law", "twins")
    )
    wide = [next(net for net in found if net.k == 60) for found in (law, twins)]
    assert wide[0].loss != wide[1].loss


def unit(**payload):
    return {"part": "nets", "data": "law", "n": 60, "d": 30} | payload


def test_everything_that_is_asked_for_is_measured(facts):
    by = {
        data: facts.of(data) for data in (Data.LAW, Data.AS_MANY, Data.JUST_ENOUGH, Data.IMAGES, Data.TWINS)
    }
    assert {(net.n, net.d, net.k) for net in by[Data.LAW]} == {(60, 30, 60), (60, 30, 15)}
    assert {(net.d, net.k) for net in by[Data.AS_MANY]} == {(20, 60), (30, 60)}
    assert {(net.d, net.k) for net in by[Data.JUST_ENOUGH]} == {(20, 30), (30, 20)}
    assert {(net.n, net.d, net.points) for net in by[Data.IMAGES]} == {(40, 64, 100)}
    assert facts.pictures[0].effective < 30
    assert len(facts.courses) == 2
    assert all(course.noise == pytest.approx(0.36) for course in facts.courses)
    assert {(joint.fraction, joint.width, joint.run) for joint in facts.joints} == {
        (0.3, width, run) for width in (4, 8) for run in (0, 1)
    }


def test_networks_keep_between_their_bounds_and_to_isoperimetry(facts):
    for net in facts.nets:
        assert 0 < net.slope <= net.bound
        assert net.difference < 1e-4
        assert list(net.tails) == sorted(net.tails, reverse=True)
    for joint in facts.joints:
        assert 0 < joint.slope <= joint.bound


def test_courses_fall_past_the_noise_to_the_threshold(facts):
    for course in facts.courses:
        at = course.crossing
        assert course.losses[at] <= course.noise < course.losses[at - 1]
        assert course.fitted
        assert course.losses[-1] < SMALL.threshold <= min(course.losses[:-1])


def test_bits_fall_by_layer_and_none_exceeds_its_peak(facts):
    for joint in facts.joints:
        assert all(end <= peak for end, peak in zip(joint.input_bits, joint.peak_bits, strict=True))
        assert list(joint.input_bits) == sorted(joint.input_bits, reverse=True)
        assert all(label <= 1 + 1e-9 for label in joint.label_bits)
        assert joint.memorized == pytest.approx(joint.learned - joint.unseen_error)


def test_gradients_of_the_deep_network_agree_with_differences(rng):
    weights = [rng.standard_normal(shape) for shape in together.shapes(8)]
    x, step = rng.standard_normal((5, 10)), 1e-6

    def value(points):
        return together.layers(weights, points)[-1][:, 0]

    differences = [(value(x + step * e) - value(x - step * e)) / (2 * step) for e in np.eye(10)]
    assert np.allclose(together.gradients(weights, x), np.stack(differences, axis=1), atol=1e-6)


def test_images_have_the_length_of_gaussian_points():
    examples = take(load_digits_dataset(), SMALL.data())
    seen, fresh = nets.images(examples, SMALL, 200)
    assert seen.shape == (200, 64)
    assert fresh.shape == (100, 64)
    assert np.square(seen).sum(axis=1).mean() == pytest.approx(1)
    assert seen.mean(axis=0) == pytest.approx(0)
    untested = replace(examples, source=examples.source[: examples.n_train])
    assert nets.images(untested, SMALL, 200)[1].shape == (100, 64)


# --- parameters, plan, departures ---


def test_units_are_those_of_the_paper():
    paper = RobustnessParams(**STUDY.presets["paper"])
    law = [unit for unit in STUDY.plan.units(paper, DIGITS) if unit.key.startswith("law/")]
    assert sum(unit.models for unit in law) == 906
    grid = STUDY.plan.units(RobustnessParams(**STUDY.presets["grid"]), DIGITS)
    assert sum(unit.models for unit in grid) >= 222


def test_further_networks_reuse_the_units_of_fewer():
    few, more = (
        {unit.key: unit for unit in STUDY.plan.units(RobustnessParams(networks=networks), DIGITS)}
        for networks in (8, 16)
    )
    assert few.keys() <= more.keys()
    assert len(more) == 2 * len(few)


def test_hidden_units_follow_the_ratio_and_the_regime():
    params = RobustnessParams(ratios=(0.5, 1, 2, 20))
    assert params.units(400) == (100, 400, 1600)  # of 20 there would be one
    assert widths(params, Data.AS_MANY, 1000, 50) == (1000,)
    assert widths(params, Data.JUST_ENOUGH, 1000, 50) == (200,)
    assert widths(params, Data.JUST_ENOUGH, 1000, 5) == (1000,)


@pytest.mark.parametrize(
    ("asked", "field", "says"),
    [
        ({"examples": (50,), "dimensions": (60,)}, "dimensions", "at most 50"),
        ({"regime_examples": 100, "regime_dimensions": (20, 120)}, "regime_dimensions", "at most 100"),
        ({"examples": (50,), "ratios": (3, 4), "dimensions": (20,)}, "ratios", "at most 2.2"),
        ({"widths": (8, 8)}, "widths", "each value once"),
        ({"parts": ("law", "law")}, "parts", "distinct"),
        ({"flips": 0.5}, "flips", "less than 0.5"),
    ],
)
def test_what_cannot_be_is_refused_by_name(asked, field, says):
    with pytest.raises(ValidationError) as refused:
        RobustnessParams(**asked)
    (error,) = refused.value.errors()
    assert error["loc"] == (field,)
    assert says in error["msg"]


def test_departures_are_told_for_what_is_run():
    quick, none = (
        " ".join(STUDY.departures.of_setting(RobustnessParams(**asked)))
        for asked in ({}, {"parts": ("noise", "together")})
    )
    assert "n of 200 to 800 and d of 50 to 200" in quick
    assert "two regimes at n = 1,000" in quick
    assert none == ""
    scope = " ".join(STUDY.departures.scope(RobustnessParams(parts=("images",))))
    assert "images are ours" in scope
    assert "threshold" not in scope


def test_every_part_has_a_figure_of_its_own_and_each_is_drawn(facts):
    found = STUDY.found(SMALL, Results(facts=facts))
    for shown in STUDY.shown(SMALL):
        drawn = shown.drawn(found)
        json.loads(drawn.to_json())
        assert drawn.layout.meta["summary"]
    for part in Part:
        of = {one.name for one in STUDY.shown(RobustnessParams(parts=(part,)))}
        assert of, part
    assert STUDY.drawn_small(found)["lines"][0]["x"] == [1, 2]
    assert STUDY.drawn_small(STUDY.found(SMALL, Results(facts=RobustnessFacts()))) is None
    regimes = facts.model_copy(update={"nets": tuple(facts.of(Data.AS_MANY, Data.JUST_ENOUGH))})
    small = STUDY.drawn_small(STUDY.found(SMALL, Results(facts=regimes)))
    assert [line["x"] for line in small["lines"]] == [pytest.approx([20**0.5, 30**0.5])] * 2
    joints = RobustnessFacts(joints=facts.joints)
    (memorized,) = STUDY.drawn_small(STUDY.found(SMALL, Results(facts=joints)))["lines"]
    assert memorized["y"] == pytest.approx([np.mean([joint.memorized for joint in facts.joints])])


# --- laboratories ---

POSITIONS = [
    *((name, {}) for name in LABS),
    ("weights", {"data": "imagenet", "effective": 2000}),
    ("weights", {"data": "own", "examples": 10, "inputs": 2, "effective": 2, "lipschitz": 100}),
    ("built", {"examples": 600, "dimensions": 300}),
    ("built", {"examples": 600, "dimensions": 20}),
    ("built", {"examples": 10, "dimensions": 20, "draw": 100}),
    ("tails", {"dimensions": 10_000}),
    ("tails", {"dimensions": 2, "distance": 5}),
]


@pytest.mark.parametrize(("name", "asked"), POSITIONS)
def test_laboratories_draw_at_once_wherever_sliders_stand(name, asked):
    lab = LABS[name]
    params = lab.params(**asked)

    def answered():
        found = lab.found(params)
        for shown in lab.figures:
            json.loads(shown.drawn(found).to_json())
        lab.claims(found)

    assert pace.quickest(answered, tries=2) < 0.15


def verdicts(name, **asked):
    lab = LABS[name]
    return {claim.key: claim for claim in lab.claims(lab.found(lab.params(**asked)))}


def test_the_calculator_counts_as_the_paper_does():
    mnist = LABS["weights"].found(LABS["weights"].params(effective=100)).facts
    assert mnist.needed == 60_000 * 100
    assert mnist.law == pytest.approx(rate(60_000, 100, np.geomspace(1e2, 1e13, 111)))
    assert verdicts("weights")["as_many_as_predicted"].verdict is ClaimVerdict.HOLDS
    assert verdicts("weights", effective=15)["as_many_as_predicted"].verdict is ClaimVerdict.HOLDS
    assert verdicts("weights", effective=784)["as_many_as_predicted"].verdict is ClaimVerdict.DIFFERS
    assert verdicts("weights")["more_than_in_use"].verdict is ClaimVerdict.NOT_RUN
    assert (
        verdicts("weights", data="imagenet", effective=2000)["more_than_in_use"].verdict is ClaimVerdict.HOLDS
    )
    assert (
        verdicts("weights", data="imagenet", effective=50)["more_than_in_use"].verdict is ClaimVerdict.DIFFERS
    )
    smooth = LABS["weights"].found(LABS["weights"].params(effective=100, lipschitz=10)).facts
    assert smooth.needed == pytest.approx(mnist.needed / 100)


def test_networks_that_are_written_down_are_judged_where_they_can_be():
    few = verdicts("built")
    assert few["linear_is_bounded"].verdict is ClaimVerdict.HOLDS
    assert few["quadratic_is_near"].verdict is ClaimVerdict.NOT_RUN
    many = verdicts("built", examples=600, dimensions=100)
    assert many["linear_is_bounded"].verdict is ClaimVerdict.NOT_RUN
    assert many["quadratic_is_near"].verdict is ClaimVerdict.HOLDS
    assert verdicts("built", examples=600, dimensions=20)["caps_are_bounded"].verdict is ClaimVerdict.NOT_RUN
