"""What experiments are said to cost: pinned, since a wrong factor would go unnoticed by every other test.

The numbers are the prices of units that `tests/benchmarks/cost.py` and `convolutions.py` time.
"""

import pytest

from backend.datasets.base import Shape
from backend.networks.ladders import CIFAR10
from backend.studies import get_study

DIGITS = Shape(1437, 360, 10, 8, 8, 1)


@pytest.mark.parametrize(
    ("params", "shape", "key", "seconds"),
    [
        ({}, DIGITS, "width=2/models=0-100", 0.80),
        ({}, DIGITS, "width=256/models=0-50", 2.29),
        ({"precision": "float32", "family": "cnn_width", "epochs": 2}, CIFAR10, "width=64/models=0-2", 257),
        ({"precision": "bfloat16", "family": "cnn_width", "epochs": 2}, CIFAR10, "width=64/models=0-2", 152),
        ({"family": "resnet_depth", "epochs": 1}, CIFAR10, "depth=20/models=0-2", 108),
    ],
)
def test_prices_of_the_main_study(params: dict[str, object], shape: Shape, key: str, seconds: float) -> None:
    study = get_study("memorization")
    prices = {unit.key: unit.seconds for unit in study.plan.units(study.params.model_validate(params), shape)}
    assert prices[key] == pytest.approx(seconds, rel=0.1)


@pytest.mark.parametrize(
    ("key", "seconds"),
    [
        ("kernel/n=1437", 0.082),
        ("complexity/n=1437", 1.79),
        ("finite-sample", 0.095),
        ("minimum-norm", 1.0),
        ("mlp_1x512/none/run=0/1-of-1", 4.8),
        ("mlp_1x512/dropout/run=0/1-of-1", 1.09),
        ("mlp_3x512/none/run=0/1-of-1", 26.4),
        ("memorization/p=0.5", 10.9),
    ],
)
def test_prices_of_zhangs(key: str, seconds: float) -> None:
    study = get_study("randomization")
    asked = study.params(**study.presets["mnist"] | {"learning_rate": 0.05, "decay": 1.0})
    prices = {unit.key: unit.seconds for unit in study.plan.units(asked, DIGITS)}
    assert prices[key] == pytest.approx(seconds, rel=0.1)


@pytest.mark.parametrize(
    ("key", "seconds"),
    [
        ("flow/0-5", 0.1),
        ("pair", 2.3),
        ("optimizers/paper/sgd/0-5", 7.0),
        ("optimizers/paper/normalized/0-5", 3.5),
        ("optimizers/scaled/adam/0-5", 0.22),
        ("networks/0-5", 8.6),
    ],
)
def test_prices_of_soudrys(key: str, seconds: float) -> None:
    study = get_study("separable")
    prices = {unit.key: unit.seconds for unit in study.plan.units(study.params(), DIGITS)}
    assert prices[key] == pytest.approx(seconds, rel=0.1)


@pytest.mark.parametrize(
    ("preset", "key", "seconds"),
    [
        ("quick", "completion/least/problems=0-7", 1.1),
        ("quick", "completion/depth=2/problems=0-7", 3.8),
        ("quick", "completion/depth=4/problems=0-7", 10.3),
        ("quick", "dynamics/depth=3/problems=0-7", 3.1),
        ("quick", "conjecture/least/problems=0-7", 4.3),
        ("sensing", "sensing/depth=3/problems=0-5", 37.0),
        ("grid", "completion/depth=2/problems=0-1", 16.0),
        ("grid", "completion/depth=4/problems=0-1", 46.5),
    ],
)
def test_prices_of_matrices(preset: str, key: str, seconds: float) -> None:
    study = get_study("matrix_factorization")
    asked = study.params.model_validate(study.presets[preset])
    prices = {unit.key: unit.seconds for unit in study.plan.units(asked, None)}
    assert prices[key] == pytest.approx(seconds, rel=0.1)


@pytest.mark.parametrize(
    ("preset", "key", "seconds"),
    [
        ("quick", "law/n=400/d=100/0-8", 0.69),
        ("quick", "law/n=800/d=50/0-8", 3.8),
        ("quick", "as_many/n=1000/d=20/0-8", 2.7),
        ("quick", "noise/0-8", 1.83),
        ("quick", "together/fraction=0.8/widths=8,16,32/0-8", 3.3),
        ("grid", "law/n=800/d=400/0-3", 2.3),
        ("paper", "as_many/n=10000/d=5000/0-2", 1112),
    ],
)
def test_prices_of_bubecks(preset: str, key: str, seconds: float) -> None:
    study = get_study("robustness_law")
    asked = study.params.model_validate(study.presets[preset])
    prices = {unit.key: unit.seconds for unit in study.plan.units(asked, DIGITS)}
    assert prices[key] == pytest.approx(seconds, rel=0.1)


def test_what_is_stored_is_a_byte_for_each_answer_two_for_each_margin_and_four_for_each_probability() -> None:
    study = get_study("memorization")
    units = study.plan.units(study.params(), DIGITS)
    probabilities = len(units) * 4 * 1437 * 10  # of units, not of models
    assert sum(unit.stored for unit in units) == 8 * 200 * (3 * 1437 + 360) + probabilities
