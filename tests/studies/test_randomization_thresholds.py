"""Where the randomization study's verdicts change: each threshold from both sides, each departure alone."""

import pytest

from backend.networks.architectures import Architecture
from backend.networks.ladders import CIFAR10
from backend.studies import get_study
from backend.studies.kit.results import Results
from backend.studies.randomization.conditions import RANDOM_LABELS, TRUE, Condition, Regularizer
from backend.studies.randomization.facts import Complexity, Descent, FiniteSample
from backend.studies.randomization.params import Part, RandomizationParams
from tests.studies.test_randomization import SMALL, claims, fit, kernel, made, slow
from tests.studies.test_randomization_figures import finite

STUDY = get_study("randomization")


def judged(key: str, facts: object, **params: object) -> str:
    found: str = claims(facts, SMALL.model_copy(update=params))[key].verdict
    return found


@pytest.mark.parametrize(("reached", "verdict"), [(0.9899, "differs"), (0.99, "holds")])
def test_fitting_is_99_percent(reached: float, verdict: str) -> None:
    assert judged("random_labels", made([fit(RANDOM_LABELS, train=(0.1, reached))])) == verdict
    decayed = fit(RANDOM_LABELS, train=(0.1, reached), regularizer=Regularizer.WEIGHT_DECAY)
    assert judged("decay_fits", made([decayed])) == verdict


@pytest.mark.parametrize(("reached", "verdict"), [(0.8999, "differs"), (0.9, "holds")])
def test_with_dropout_it_is_90_percent(reached: float, verdict: str) -> None:
    dropped = fit(RANDOM_LABELS, train=(0.1, reached), regularizer=Regularizer.DROPOUT)
    assert judged("dropout_fits", made([dropped])) == verdict


@pytest.mark.parametrize(("reached", "verdict"), [(0.9989, "differs"), (0.999, "holds")])
def test_over_all_corruptions_it_is_99_point_9_percent(reached: float, verdict: str) -> None:
    assert judged("sweep", made([fit(TRUE), fit(RANDOM_LABELS, train=(0.1, reached))])) == verdict


@pytest.mark.parametrize(
    ("error", "verdict"), [(0.886, "holds"), (0.914, "holds"), (0.882, "undecided"), (0.87, "differs")]
)
def test_chance_is_within_one_and_a_half_points(error: float, verdict: str) -> None:
    assert judged("chance", made([fit(RANDOM_LABELS, test=(0.1, 1 - error))])) == verdict


@pytest.mark.parametrize(("factor", "verdict"), [(39, "holds"), (41, "differs")])
def test_a_small_factor_is_at_most_four(factor: int, verdict: str) -> None:
    fits = [fit(TRUE, train=slow(10)), fit(RANDOM_LABELS, train=slow(factor))]
    assert judged("slowdown", made(fits)) == verdict


def swept(errors: list[float], n_test: int = 10_000) -> object:
    """Networks on labels of rising corruption that have these test errors."""
    shares = [i / (len(errors) - 1) for i in range(len(errors))]
    fits = [fit(Condition(corruption=p), test=(0.1, 1 - e)) for p, e in zip(shares, errors, strict=True)]
    return made(fits).model_copy(update={"n_test": n_test})


@pytest.mark.parametrize(
    ("errors", "verdict"),
    [
        ([0.1, 0.4, 0.6, 0.9], "holds"),
        ([0.1, 0.4, 0.39, 0.9], "holds"),  # a fall within its error
        ([0.1, 0.6, 0.4, 0.9], "differs"),
        ([0.9, 0.6, 0.3, 0.1], "differs"),
        ([0.50, 0.49, 0.48, 0.47], "differs"),  # steadily, by less than the error of each step
        ([0.5, 0.5, 0.5, 0.5], "undecided"),
        ([0.5, 0.505, 0.5, 0.507], "undecided"),
        ([0.5, 0.52], "holds"),
    ],
)
def test_errors_rise_only_where_they_do(errors: list[float], verdict: str) -> None:
    assert judged("error_rises", swept(errors)) == verdict


def test_a_small_test_set_leaves_a_small_rise_open() -> None:
    assert judged("error_rises", swept([0.5, 0.52], n_test=300)) == "undecided"


def test_every_claim_has_a_unit() -> None:
    for study in ("memorization", "randomization"):
        assert all(finding.unit for finding in get_study(study).findings), study


def built(**changed: object) -> FiniteSample:
    whole = finite()
    return FiniteSample(**vars(whole) | changed)


@pytest.mark.parametrize(
    ("error", "verdict"), [(0.9e-6, "holds"), (1.1e-6, "undecided"), (0.49, "undecided"), (0.5, "differs")]
)
def test_the_constructed_network_errs_below_a_millionth(error: float, verdict: str) -> None:
    assert judged("finite_sample", made(finite_sample=(built(train_error=error),))) == verdict


@pytest.mark.parametrize(("smallest", "verdict"), [(1e-9, "holds"), (0.0, "differs")])
def test_the_smallest_eigenvalue_is_positive(smallest: float, verdict: str) -> None:
    facts = made(finite_sample=(built(smallest_eigenvalue=(1.0, smallest)),))
    assert judged("eigenvalue", facts) == verdict


@pytest.mark.parametrize(("distance", "verdict"), [(0.9e-8, "holds"), (1.1e-8, "differs")])
def test_sgd_arrives_within_a_hundred_millionth(distance: float, verdict: str) -> None:
    def run(start: str) -> Descent:
        return Descent(start, 20, 50, 3.0, (1,), (distance,), (distance,), (0.0,), (3.0,))

    facts = made(descents=(run("zero"), run("elsewhere")))
    linear = [claim for claim in claims(facts).values() if claim.measured == distance]
    assert [claim.verdict for claim in linear] == [verdict] * 2


@pytest.mark.parametrize(
    ("factor", "verdict"), [(0.84, "differs"), (0.86, "holds"), (1.14, "holds"), (1.16, "differs")]
)
def test_linear_complexity_is_within_15_percent_of_theory(factor: float, verdict: str) -> None:
    expected = 0.0800  # erf(sqrt(10 / (2 * 990)))
    value = factor * expected
    facts = made(complexities=(Complexity("linear", 1000, 10, (value, value * 1.0001)),))
    assert judged("rademacher_linear", facts) == verdict


@pytest.mark.parametrize(("value", "verdict"), [(0.9899, "differs"), (0.9901, "holds")])
def test_a_complexity_of_about_one_is_99_percent(value: float, verdict: str) -> None:
    facts = made(complexities=(Complexity("perceptron", 1000, 64, (value, value)),))
    assert judged("rademacher", facts) == verdict


@pytest.mark.parametrize(("error", "verdict"), [(0.88, "holds"), (0.9, "undecided"), (0.92, "differs")])
def test_a_kernel_model_generalizes_if_it_beats_guessing(error: float, verdict: str) -> None:
    assert judged("kernel_generalizes", made(interpolations=(kernel(error=error),))) == verdict


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
