"""The randomization study from parameters to claims, on the digits and on made-up facts."""

import json

import numpy as np
import pytest
from pydantic import ValidationError

from backend.core.errors import InvalidError
from backend.datasets.base import Dataset, Shape
from backend.datasets.digits import load_digits_dataset
from backend.datasets.examples import take
from backend.datasets.options import PixelMode
from backend.networks.architectures import Architecture
from backend.networks.ladders import CIFAR10
from backend.studies import get_study
from backend.studies.kit.results import Results
from backend.studies.kit.runner import Context
from backend.studies.randomization.conditions import (
    GAUSSIAN,
    MODES,
    RANDOM_LABELS,
    RANDOM_PIXELS,
    SHUFFLED,
    TRUE,
    Condition,
    Regularizer,
)
from backend.studies.randomization.facts import (
    Fit,
    Interpolation,
    RandomizationFacts,
)
from backend.studies.randomization.params import Part, RandomizationParams, border, crop_reach, seen
from backend.studies.randomization.plan import conditions, plan, regularizers, sizes
from workers.studies import runner
from workers.studies.randomization import data, memorization

STUDY = get_study("randomization")
RUNNER = runner("randomization")
SHAPE = load_digits_dataset().shape
SMALL = RandomizationParams(
    dataset="digits",
    per_class=10,
    architectures=(Architecture.MLP_1X512,),
    corruptions=(0, 0.5, 1),
    runs=1,
    epochs=80,
    batch_size=10,
    learning_rate=0.03,
    decay=1.0,
    kernel_examples=100,
    network_examples=100,
    draws=2,
    models=20,
)


@pytest.fixture(scope="module")
def digits():
    return take(load_digits_dataset(), SMALL)


@pytest.fixture(scope="module")
def units(digits):
    """Run every part once."""
    context = Context(lambda _: None, digits)
    return [
        (unit.payload, RUNNER.run(json.loads(json.dumps(unit.payload)), SMALL, context).arrays)
        for unit in STUDY.plan.units(SMALL, digits.shape)
    ]


@pytest.fixture(scope="module")
def facts(digits, units):
    return RUNNER.summarize(SMALL, digits, units).facts


def claims(found, params=SMALL):
    return {claim.key: claim for claim in STUDY.claims(STUDY.found(params, Results(facts=found)))}


# --- parameters and plan ---


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"corruptions": (0.1, 0.5)}, "corruptions"),
        ({"corruptions": (0, 0.5, 0.5)}, "corruptions"),
        ({"corruptions": (0, 2)}, "corruptions"),
        ({"parts": ()}, "parts"),
        ({"parts": ("fitting", "fitting")}, "parts"),
        ({"architectures": ("resnet",)}, "architectures"),
        ({"reduction": 3}, "reduction"),
        ({"label_noise": 0.1}, "label_noise"),
        ({"pixels": "random"}, "pixels"),
        ({"position": 0}, "position"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(given, field):
    with pytest.raises(ValidationError) as caught:
        RandomizationParams.model_validate(given)
    assert field in str(caught.value.errors()[0]["loc"])


def test_choices_in_any_order_are_the_same_request():
    a = RandomizationParams(parts=("corruption", "fitting"), architectures=("mlp_3x512", "mlp_1x512"))
    b = RandomizationParams(parts=("fitting", "corruption"), architectures=("mlp_1x512", "mlp_3x512"))
    assert a == b


@pytest.mark.parametrize("name", STUDY.presets)
def test_presets_are_valid_and_planned(name):
    params = RandomizationParams.model_validate(STUDY.presets[name])
    units = STUDY.plan.units(params, CIFAR10)
    assert len({unit.key for unit in units}) == len(units)
    assert all(unit.seconds > 0 and unit.models > 0 for unit in units)
    json.dumps([unit.payload for unit in units])


def test_a_sweep_trains_in_one_unit_and_no_condition_twice():
    fits = [unit.payload for unit in plan(SMALL, SHAPE) if unit.payload["part"] == "fits"]
    plain = [payload for payload in fits if payload["regularizer"] == Regularizer.NONE]
    assert len(plain) == 1
    wanted = [Condition(PixelMode(pixels), p) for pixels, p in plain[0]["conditions"]]
    assert len(set(wanted)) == len(wanted)
    assert set(wanted) == set(MODES)
    assert {payload["regularizer"] for payload in fits} == set(Regularizer)


def test_large_sweeps_are_cut_and_lose_nothing():
    params = RandomizationParams.model_validate(STUDY.presets["paper"])
    fits = [unit for unit in plan(params, CIFAR10) if unit.payload["part"] == "fits"]
    plain = [
        unit.payload["conditions"]
        for unit in fits
        if unit.payload["regularizer"] == "none" and unit.payload["architecture"] == "mlp_3x512"
    ]
    assert len(plain) > 1
    assert all(len(block) >= 2 for block in plain)
    assert sum(map(len, plain)) == len(conditions(params, Regularizer.NONE))


def test_more_runs_repeat_the_units_of_fewer():
    more = STUDY.extension.extended(SMALL, 2)
    keys = {unit.key: unit.payload for unit in plan(more, SHAPE)}
    assert all(keys[unit.key] == unit.payload for unit in plan(SMALL, SHAPE))
    assert len(keys) > len(plan(SMALL, SHAPE))


@pytest.mark.parametrize("part", Part)
def test_each_part_can_be_run_by_itself(part):
    params = SMALL.model_copy(update={"parts": (part,)})
    assert plan(params, SHAPE)
    shown = STUDY.shown(params)
    assert shown
    assert len({figure.section for figure in shown}) == 1


def test_the_main_study_can_be_run_on_the_very_same_data(digits):
    params = SMALL.model_copy(update={"data_seed": 5, "classes": ("1", "4", "7"), "image_size": 6})
    ours = take(digits.dataset, params)
    for related, p in zip(STUDY.related(params), (0.2, 0.5), strict=True):
        asked = get_study(related.study).params.model_validate(related.params)
        theirs = take(digits.dataset, asked)
        np.testing.assert_array_equal(theirs.images, ours.images)
        np.testing.assert_array_equal(theirs.labels, ours.labels)
        np.testing.assert_array_equal(theirs.given, data.labels(ours, p))
        assert theirs.flipped.any()
    assert STUDY.related(params.model_copy(update={"parts": (Part.FITTING,)})) == ()


def test_images_too_small_for_a_network_are_refused_before_anything_runs():
    tiny = Shape(100, 10, 10, 3, 3, 1)
    with pytest.raises(InvalidError) as caught:
        plan(SMALL.model_copy(update={"architectures": (Architecture.INCEPTION,)}), tiny)
    assert caught.value.fields[0].pointer == "/params/architectures"
    assert plan(SMALL, tiny)


def test_dropout_is_for_perceptrons():
    assert Regularizer.DROPOUT in regularizers(Architecture.MLP_3X512)
    assert Regularizer.DROPOUT not in regularizers(Architecture.INCEPTION)


@pytest.mark.parametrize(
    ("side", "window", "around"), [(8, 8, 0), (28, 28, 0), (29, 28, 0), (30, 28, 1), (32, 28, 2), (64, 28, 2)]
)
def test_networks_see_the_middle_28_pixels(side, window, around):
    shape = Shape(10, 10, 2, side, side, 3)
    assert (seen(shape).height, seen(shape).width, border(shape)) == (window, window, around)


def test_crops_move_in_proportion():
    assert [crop_reach(Shape(1, 1, 2, side, side, 1)) for side in (8, 28, 32)] == [1, 2, 2]


def test_numbers_of_examples_double():
    assert sizes(2000, 50, 5) == (125, 250, 500, 1000, 2000)
    assert sizes(30, 50, 5) == (30,)


def test_width_reduced_networks_say_so_everywhere(facts):
    params = SMALL.model_copy(update={"architectures": (Architecture.ALEXNET,), "reduction": 4})
    assert any("width-reduced to 1/4" in text for text in STUDY.departures.of_setting(params))
    assert "width-reduced to 1/4" in STUDY.notes(params, SHAPE)[0]
    assert all(
        "width-reduced to 1/4" in claim.setting for claim in STUDY.claims(STUDY.found(params, Results()))
    )


# --- data ---


def test_disguised_pictures_keep_their_pixels_where_they_should():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (12, 32, 32, 3)).astype(np.uint8)
    labels = np.arange(12) % 2
    dataset = Dataset("x", images, labels, ("a", "b"), tuple(map(str, range(12))), 8)
    examples = take(dataset, RandomizationParams(dataset="x", per_class=None))
    modes = [PixelMode.ORIGINAL, PixelMode.SHUFFLED, PixelMode.RANDOM, PixelMode.GAUSSIAN]
    found = data.fit_data(examples, modes, flat=False, crops=False)
    crop = images[:8, 2:30, 2:30].transpose(0, 3, 1, 2)
    np.testing.assert_array_equal(found.x[0], crop)
    for version in (1, 2):
        assert (np.sort(found.x[version].reshape(8, 3, -1)) == np.sort(crop.reshape(8, 3, -1))).all()
        assert (found.x[version] != crop).any()
    assert abs(found.x[3].mean() - images[:8].mean()) < 3
    assert found.x_test.shape == (4, 4, 3, 28, 28)
    bordered = data.fit_data(examples, [PixelMode.ORIGINAL], flat=False, crops=True)
    np.testing.assert_array_equal(bordered.x[0], images[:8].transpose(0, 3, 1, 2))
    assert bordered.border == 2


def test_test_labels_are_never_corrupted(digits):
    assert (data.labels(digits, 0.0) == digits.labels[: digits.n_train]).all()
    changed = (data.labels(digits, 1.0) != digits.labels[: digits.n_train]).mean()
    assert 0.75 < changed < 1
    found = data.fit_data(digits, [PixelMode.ORIGINAL], flat=True, crops=False)
    np.testing.assert_array_equal(found.y_test, digits.labels[digits.n_train :])


# --- what units measure ---


def test_every_part_leaves_its_facts(facts, digits):
    assert (facts.n_train, facts.classes) == (100, 10)
    kinds = {(fit.regularizer, fit.condition) for fit in facts.fits}
    assert kinds == {(Regularizer.NONE, mode) for mode in MODES} | {
        (regularizer, condition) for regularizer in Regularizer for condition in (TRUE, RANDOM_LABELS)
    }
    assert [bridge.corruption for bridge in facts.bridges] == [0, 0.2, 0.5, 1]
    assert {d.start for d in facts.descents} == {"zero", "elsewhere"}
    assert {c.family for c in facts.complexities} == {"perceptron", "linear"}
    assert facts.finite_sample[0].weights == 2 * 100 + digits.shape.features


def test_the_constructed_network_fits_the_labels_that_are_asked_for(digits, facts):
    params = SMALL.model_copy(update={"network_labels": "true"})
    arrays = RUNNER.run({"part": "finite_sample"}, params, Context(lambda _: None, digits)).arrays
    (true,), (random,) = RandomizationFacts.from_arrays(arrays).finite_sample, facts.finite_sample
    assert max(true.train_error, random.train_error) < 1e-6
    assert true.points_x == random.points_x
    assert true.points_y != random.points_y


def test_networks_fit_everything_and_learn_only_from_true_pictures(facts):
    plain = {fit.condition: fit for fit in facts.fits if fit.regularizer is Regularizer.NONE}
    assert all(fit.train[-1] == 1 and fit.loss[-1] <= 0.01 for fit in plain.values())
    assert plain[TRUE].test[-1] > 0.8
    assert plain[SHUFFLED].test[-1] > 0.8  # for a perceptron the order of pixels is nothing
    assert all(plain[mode].test[-1] < 0.25 for mode in (RANDOM_LABELS, RANDOM_PIXELS, GAUSSIAN))
    assert len({fit.loss[0] for condition, fit in plain.items() if condition.pixels == "original"}) == 3


def test_all_networks_of_a_run_start_from_the_same_weights(facts):
    plain = {fit.condition: fit for fit in facts.fits if fit.regularizer is Regularizer.NONE}
    regularized = {fit.condition: fit for fit in facts.fits if fit.regularizer is Regularizer.WEIGHT_DECAY}
    assert plain[TRUE].loss[0] == regularized[TRUE].loss[0]
    assert plain[TRUE].loss[-1] != regularized[TRUE].loss[-1]


def test_true_labels_go_on_for_all_epochs_and_others_stop_once_fit(facts):
    for fit in facts.fits:
        assert len(fit.loss) == len(fit.train) == len(fit.test)
        if fit.condition == TRUE:
            assert len(fit.loss) == SMALL.epochs + 1
        else:
            stopped = fit.train[-1] == 1 and fit.loss[-1] <= 0.01
            assert stopped or len(fit.loss) == SMALL.epochs + 1


def test_corrupted_labels_have_the_highest_memorization_scores(facts):
    half = next(bridge for bridge in facts.bridges if bridge.corruption == 0.2)
    assert half.found / half.changed > 0.6
    assert half.auroc > 0.9
    assert sum(half.clean) + sum(half.corrupted) == half.n == 100
    assert sum(half.corrupted) == half.changed
    means = [bridge.mean for bridge in facts.bridges]
    assert means == sorted(means)
    assert facts.bridges[0].auroc is None


def test_results_are_valid_at_any_moment(digits, units):
    for count in range(len(units) + 1):
        results = RUNNER.summarize(SMALL, digits, units[:count])
        packed = Results.from_bytes(results.to_bytes(), RandomizationFacts).facts
        assert packed.model_dump(mode="json") == results.facts.model_dump(mode="json")
        found = STUDY.found(SMALL, results)
        assert {claim.verdict for claim in STUDY.claims(found)}
        STUDY.drawn_small(found)
    for figure in STUDY.figures:
        assert json.loads(figure.drawn(found).to_json())["layout"]["meta"]["summary"], figure.name


def test_units_give_equal_facts_again(digits, units):
    payload, arrays = next((p, a) for p, a in units if p["part"] == "fits")
    again = RUNNER.run(payload, SMALL, Context(lambda _: None, digits)).arrays
    assert RandomizationFacts.from_arrays(again) == RandomizationFacts.from_arrays(arrays)


@pytest.mark.parametrize("architecture", [Architecture.ALEXNET, Architecture.INCEPTION_PLAIN])
def test_convolutional_networks_run(architecture):
    params = SMALL.model_copy(
        update={"parts": (Part.REGULARIZERS,), "architectures": (architecture,), "reduction": 8, "epochs": 2}
    )
    digits = take(load_digits_dataset(), params)
    unit = next(u for u in plan(params, digits.shape) if u.payload["regularizer"] == "augmentation")
    found = RandomizationFacts.from_arrays(
        RUNNER.run(unit.payload, params, Context(lambda _: None, digits)).arrays
    )
    assert [len(fit.loss) for fit in found.fits] == [3, 3]
    assert all(np.isfinite(fit.loss).all() for fit in found.fits)


# --- facts ---


def fit(condition=TRUE, train=(0.1, 1.0), test=(0.1, 0.9), loss=(2.3, 0.005), **others):
    named = {"architecture": Architecture.MLP_1X512, "regularizer": Regularizer.NONE, "run": 0} | others
    return Fit(
        pixels=condition.pixels,
        corruption=condition.corruption,
        steps_per_epoch=10,
        loss=loss,
        train=train,
        test=test,
        **named,
    )


def test_time_to_a_loss_lies_between_the_epochs_around_it():
    found = fit(loss=(1.0, 0.1, 0.001))
    assert found.steps_to_loss(0.1) == pytest.approx(10)
    assert found.steps_to_loss(0.01) == pytest.approx(15)
    assert found.steps_to_loss(1e-9) is None
    assert found.steps_to_loss(2) == 0
    assert fit(train=(0.1, 0.9, 1.0, 0.9)).steps_to_fit() == 20
    assert fit(train=(0.1, 0.9)).steps_to_fit() is None
    assert fit(train=(0.1, 0.979, 0.98)).steps_to_overfit() == 20
    assert fit(train=(0.1, 0.979)).steps_to_overfit() is None


def slow(epochs):
    """Training accuracies of a network that fits after that many epochs."""
    return [0.5] * epochs + [1.0]


def made(fits=(), **others):
    return RandomizationFacts(n_train=1000, n_test=10_000, classes=10, fits=tuple(fits), **others)


def test_claims_wait_for_their_facts():
    assert {claim.verdict for claim in claims(made()).values()} == {"not run"}
    assert len(claims(made())) == len(STUDY.claims(STUDY.found(SMALL, Results()))) > 25


def test_what_needs_imagenet_is_not_run(facts):
    assert claims(facts)["imagenet"].verdict == "not run"
    assert "95.20" in claims(facts)["imagenet"].paper_value


def kernel(gamma=0.02, corruption=0.0, error=0.05, norm=10.0, ridge=0.0, n=1000, train_error=0.0):
    return Interpolation(n, gamma, ridge, corruption, train_error, error, norm, 10_000)


def test_claims_of_a_real_experiment(digits, units):
    more = SMALL.model_copy(update={"runs": 3, "parts": (Part.FITTING, Part.CORRUPTION)})
    context = Context(lambda _: None, digits)
    runs = [u.payload for u in plan(more, digits.shape) if u.payload["run"] > 0]
    further = [(payload, RUNNER.run(payload, more, context).arrays) for payload in runs]
    facts = RUNNER.summarize(more, digits, [*units, *further]).facts
    verdicts = {key: claim.verdict for key, claim in claims(facts).items()}
    for key in (
        "random_labels",
        "random_inputs",
        "sweep",
        "error_rises",
        "finite_sample",
        "eigenvalue",
        "from_zero",
        "from_elsewhere",
        "kernel_fits",
        "norm_grows",
        "scores_rise",
    ):
        assert verdicts[key] == "holds", (key, claims(facts)[key])
    assert verdicts["slowdown"] == "undecided"  # digits are fit within a few epochs
    assert verdicts["augmentation_fits"] == verdicts["dropout_fits"] == "not run"


def test_ties_count_by_their_share():
    scores = np.array([0.9, 0.5, 0.5, 0.5, 0.1])
    changed = np.array([True, False, True, False, False])
    assert memorization.found_on_top(scores, changed) == pytest.approx(1 + 1 / 3)
    assert memorization.found_on_top(scores, np.zeros(5, bool)) == 0
