"""Where the randomization study's verdicts change: each threshold from both sides, each departure alone."""

from dataclasses import replace

import pytest

from backend.networks.architectures import Architecture
from backend.networks.ladders import CIFAR10
from backend.studies import get_study
from backend.studies.kit.results import Results
from backend.studies.randomization.conditions import RANDOM_LABELS, TRUE, Regularizer
from backend.studies.randomization.facts import Complexity, Descent, Fit, RandomizationFacts
from backend.studies.randomization.params import Part, RandomizationParams
from tests.studies.test_randomization import SMALL, claims, fit, made, slow

STUDY = get_study("randomization")


def judged(key: str, facts: object, **params: object) -> str:
    found: str = claims(facts, SMALL.model_copy(update=params))[key].verdict
    return found


def thrice(*fits: Fit) -> RandomizationFacts:
    """Return facts of three equal runs, whose interval is as narrow as their test set lets."""
    return made([replace(one, run=run) for one in fits for run in range(3)])


@pytest.mark.parametrize(("reached", "verdict"), [(0.9899, "differs"), (0.9901, "holds")])
def test_fitting_is_99_percent(reached: float, verdict: str) -> None:
    control = fit(TRUE, train=(0.1, 1.0))
    random = fit(RANDOM_LABELS, train=(*[0.1] * 4, reached))
    assert judged("random_labels", thrice(control, random)) == verdict
    assert judged("sweep", thrice(control, random)) == verdict
    decayed = [replace(one, regularizer=Regularizer.WEIGHT_DECAY) for one in (control, random)]
    assert judged("decay_fits", thrice(*decayed)) == verdict


@pytest.mark.parametrize(("epochs", "verdict"), [(3, "undecided"), (4, "differs")])
def test_who_does_not_fit_has_four_times_the_steps_of_true_labels(epochs: int, verdict: str) -> None:
    random = fit(RANDOM_LABELS, train=(*[0.1] * epochs, 0.5))
    assert judged("random_labels", thrice(fit(TRUE, train=(0.1, 1.0)), random)) == verdict


@pytest.mark.parametrize(
    ("error", "verdict"),
    [(0.892, "holds"), (0.908, "holds"), (0.890, "undecided"), (0.880, "undecided"), (0.878, "differs")],
)
def test_chance_is_within_one_and_a_half_points(error: float, verdict: str) -> None:
    assert judged("chance", thrice(fit(RANDOM_LABELS, test=(0.1, 1 - error)))) == verdict


@pytest.mark.parametrize(("reached", "verdict"), [(0.98, "holds"), (0.979, "not run")])
def test_chance_is_asked_of_networks_that_fit_98_percent(reached: float, verdict: str) -> None:
    assert judged("chance", thrice(fit(RANDOM_LABELS, train=(0.1, reached), test=(0.1, 0.1)))) == verdict


@pytest.mark.parametrize(
    ("factor", "verdict"), [(3.9, "holds"), (4.0, "undecided"), (4.2, "differs"), (1.0, "undecided")]
)
def test_a_small_factor_is_at_most_four(factor: float, verdict: str) -> None:
    """Times are known to an epoch, of a hundred here."""
    fits = fit(TRUE, train=slow(100)), fit(RANDOM_LABELS, train=slow(round(100 * factor)))
    assert judged("slowdown", thrice(*fits)) == verdict


@pytest.mark.parametrize(("passes", "verdict"), [(9, "undecided"), (10, "holds")])
def test_a_small_factor_is_asked_of_data_that_take_ten_passes(passes: int, verdict: str) -> None:
    fits = fit(TRUE, train=slow(passes)), fit(RANDOM_LABELS, train=slow(2 * passes))
    assert judged("slowdown", thrice(*fits)) == verdict


@pytest.mark.parametrize(("kept", "verdict"), [(0.89, "undecided"), (0.87, "differs"), (0.93, "holds")])
def test_most_of_the_accuracy_is_nine_tenths(kept: float, verdict: str) -> None:
    """The test set leaves two points of these."""
    crop = fit(TRUE, test=(0.1, 0.9), architecture=Architecture.INCEPTION, regularizer=Regularizer.CROP)
    plain = replace(crop, test=(0.1, 0.1 + kept * 0.8), regularizer=Regularizer.NONE)
    assert judged("not_needed", thrice(crop, plain)) == verdict


@pytest.mark.parametrize(
    ("gap", "verdict"), [(0.008, "differs"), (0.025, "undecided"), (0.04, "holds"), (0.072, "differs")]
)
def test_a_few_points_are_two_to_six(gap: float, verdict: str) -> None:
    plain = fit(TRUE, test=(0.1, 0.82), architecture=Architecture.INCEPTION_PLAIN)
    normed = fit(TRUE, test=(0.1, 0.82 + gap), architecture=Architecture.INCEPTION)
    assert judged("batch_norm", thrice(plain, normed)) == verdict


@pytest.mark.parametrize(("gain", "verdict"), [(0.009, "holds"), (0.011, "undecided"), (0.02, "differs")])
def test_no_gain_is_below_a_hundredth(gain: float, verdict: str) -> None:
    """The test set leaves six thousandths."""
    assert judged("early_stopping", thrice(fit(TRUE, test=(0.1, 0.9 + gain, 0.9)))) == verdict


@pytest.mark.parametrize(("n_test", "verdict"), [(3000, "undecided"), (4000, "holds")])
def test_a_test_set_must_tell_a_hundredth_apart(n_test: int, verdict: str) -> None:
    facts = thrice(fit(TRUE, test=(0.1, 0.9, 0.9))).model_copy(update={"n_test": n_test})
    assert judged("early_stopping", facts) == verdict
    assert ("test examples rather than" in claims(facts)["early_stopping"].answer) == (verdict != "holds")


def test_every_claim_has_a_unit() -> None:
    for study in ("memorization", "randomization"):
        assert all(finding.unit for finding in get_study(study).findings), study


def linear(factor: float) -> RandomizationFacts:
    expected = 0.0800  # erf(sqrt(10 / (2 * 990)))
    levels = ((100, 0.3), (1000, factor * expected))
    return made(
        complexities=tuple(Complexity("linear", n, 10, (v, v * 1.0001, v * 0.9999)) for n, v in levels)
    )


@pytest.mark.parametrize(
    ("factor", "verdict"), [(0.84, "differs"), (0.86, "holds"), (1.14, "holds"), (1.16, "differs")]
)
def test_linear_complexity_is_within_15_percent_of_theory(factor: float, verdict: str) -> None:
    assert judged("rademacher_linear", linear(factor)) == verdict


@pytest.mark.parametrize(("value", "verdict"), [(0.9899, "undecided"), (0.9901, "holds")])
def test_a_complexity_of_about_one_is_99_percent(value: float, verdict: str) -> None:
    facts = made(complexities=(Complexity("perceptron", 1000, 64, (value, value, value)),))
    assert judged("rademacher", facts) == verdict


@pytest.mark.parametrize(
    ("distance", "residual", "verdict"),
    [(0.9e-4, 0.0, "undecided"), (1.1e-4, 0.9e-8, "differs"), (1.1e-4, 1.1e-8, "undecided")],
)
def test_sgd_is_elsewhere_beyond_a_ten_thousandth(distance: float, residual: float, verdict: str) -> None:
    run = Descent("zero", 20, 50, 3.0, (1,), (distance,), (distance,), (residual,), (3.0,))
    assert judged("from_zero", made(descents=(run,))) == verdict


PAPER = STUDY.presets["paper"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"architectures": (Architecture.MLP_1X512, Architecture.MLP_3X512, Architecture.ALEXNET)},
            "without Small Inception, Small Inception without batch norm",
        ),
        ({"reduction": 4}, "convolutional networks width-reduced to 1/4"),
        ({"epochs": 99}, "at most 99 epochs at batch 128 instead of 100 at batch 128"),
        ({"batch_size": 64}, "at most 100 epochs at batch 64 instead of 100 at batch 128"),
        ({"decay": 0.9}, "learning rate times 0.9 per epoch instead of 0.95"),
        ({"learning_rate": 0.02}, "other learning rates"),
        ({"inception_learning_rate": 0.05}, "other learning rates"),
    ],
)
def test_each_departure_is_said_alone(change: dict[str, object], said: str) -> None:
    params = RandomizationParams.model_validate({**PAPER, **change})
    assert STUDY.departures.of_setting(params) == (said,)


def test_a_rate_that_no_network_uses_is_no_departure() -> None:
    perceptrons = {"architectures": (Architecture.MLP_1X512,), "inception_learning_rate": 0.05}
    said = STUDY.departures.of_setting(RandomizationParams.model_validate({**PAPER, **perceptrons}))
    assert "other learning rates" not in said


def test_without_networks_their_settings_have_no_say() -> None:
    params = RandomizationParams.model_validate(
        {**PAPER, "parts": (Part.LINEAR,), "epochs": 3, "decay": 1.0, "reduction": 8}
    )
    assert STUDY.departures.of_setting(params) == ()
    assert STUDY.departures.scope(params) == (
        "ImageNet is not run",
        "kernel models of at most 20,000 examples",
    )


def test_the_paper_can_be_run_at_its_own_settings_although_imagenet_is_not_run() -> None:
    params = RandomizationParams.model_validate(PAPER)
    claim = STUDY.claims(STUDY.found(params, Results()))[0]
    assert claim.setting.startswith("ours, paper settings")
    assert "ImageNet is not run" in STUDY.departures.scope(params)
    other = params.model_copy(update={"parts": (Part.FITTING,)})
    assert not any("kernel" in words for words in STUDY.departures.scope(other))


def test_no_unit_of_more_than_two_networks_is_longer_than_stated() -> None:

    units = STUDY.plan.units(RandomizationParams.model_validate(PAPER), CIFAR10)
    longest = [unit for unit in units if unit.payload["part"] == "fits" and unit.models > 3]
    assert longest
    assert all(unit.seconds <= 600 for unit in longest)
