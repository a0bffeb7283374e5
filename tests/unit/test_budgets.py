"""What a budget of time buys: it is kept, mostly used, and more of it never buys less."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.datasets.base import Shape
from backend.studies import STUDIES
from backend.studies.kit.budgets import BUDGETS, climb, close, fitting, priced_steps
from backend.studies.kit.params import OnImages, preset_on
from backend.studies.kit.scores import Purpose

SCORED = [study for study in STUDIES.values() if study.scores is not None]
GRAY, COLOR = (28, 28, 1), (64, 64, 3)
TIMES = [10.0 * 1.3**power for power in range(40)]  # up to four days


def shape(n_train: int, form: tuple[int, int, int], classes: int = 10) -> Shape:
    return Shape(n_train, n_train // 5, classes, *form)


@pytest.mark.parametrize("study", SCORED, ids=lambda study: study.name)
@pytest.mark.parametrize("form", [GRAY, COLOR])
@pytest.mark.parametrize("n_train", [200, 60_000])
def test_a_budget_is_kept_and_used_and_more_of_it_never_buys_less(study, form, n_train):
    asked = study.params(dataset="mine")
    steps = priced_steps(study, asked, shape(n_train, form), TIMES[-1])
    found = [(seconds, fitting(steps, seconds)) for seconds in TIMES]
    assert found[-1][1] is not None
    before = 1.0
    for seconds, step in found:
        if step is None:
            assert seconds < min(each.seconds for each in steps)
            continue
        own = sum(unit.seconds for unit in study.plan.units(step.params, step.shape))
        assert own == pytest.approx(step.seconds)  # the plan's own price
        assert own <= seconds
        assert own > seconds / 2 or step is steps[-1]
        width = study.scores.half_width(step.params, step.shape)
        assert width <= before + 0.002, seconds  # held-out models are whole ones
        before = width


@pytest.mark.parametrize("study", SCORED, ids=lambda study: study.name)
def test_what_is_asked_of_the_data_stays_and_all_else_is_proposed(study):
    asked = study.params(dataset="mine", label_noise=0.25, classes=("a", "b"), data_seed=5, grayscale=True)
    (step, *_) = priced_steps(study, asked, shape(5000, COLOR), 60)
    kept = {"dataset", "label_noise", "classes", "data_seed", "grayscale"}
    assert all(getattr(step.params, name) == getattr(asked, name) for name in kept)
    assert step.shape.classes == 2
    assert step.shape.channels == 1
    assert priced_steps(study, study.params(dataset="mine"), shape(5000, GRAY), 60)[0].params.label_noise == 0


@pytest.mark.parametrize("study", SCORED, ids=lambda study: study.name)
def test_the_usual_budgets_buy_something_on_usual_data_and_nothing_where_classes_are_too_many(study):
    for whole in (shape(200, GRAY, 4), shape(300, COLOR, 3), shape(60_000, GRAY), shape(50_000, (32, 32, 3))):
        steps = priced_steps(study, study.params(dataset="mine"), whole, BUDGETS[-1].seconds)
        assert all(fitting(steps, budget.seconds) is not None for budget in BUDGETS), whole
    many = priced_steps(study, study.params(dataset="mine"), shape(200_000, COLOR, 1000), 300)
    assert fitting(many, 300) is None
    assert len(many) < 5  # what is far beyond the budget is not priced


@pytest.mark.parametrize(
    "study", [each for each in SCORED if each.scores.review], ids=lambda study: study.name
)
@pytest.mark.parametrize("whole", [shape(200, GRAY, 4), shape(60_000, GRAY), shape(50_000, (32, 32, 3))])
def test_who_looks_for_wrong_labels_gets_all_pictures_first_and_no_more_than_two_sizes(study, whole):
    steps = priced_steps(study, study.params(dataset="mine"), whole, TIMES[-1], Purpose.SUSPECTS)
    assert fitting(steps, BUDGETS[-1].seconds).shape.n_train == whole.n_train
    for before, after in pairwise(steps):
        assert after.shape.n_train >= before.shape.n_train
        assert after.models >= before.models
        assert after.models == before.models or after.shape.n_train == whole.n_train
    assert all(len(step.params.sizes) <= 2 for step in steps)
    assert steps[-1].models == sum(
        unit.models for unit in study.plan.units(steps[-1].params, steps[-1].shape)
    )


@given(st.integers(1, 500), st.integers(0, 5000))
def test_close_numbers_go_up_to_the_last_one(first: int, more: int) -> None:
    found = list(close(first, first + more))
    assert (found[0], found[-1]) == (first, first + more)
    assert all(a < b <= max(a + 1, round(a * 1.15)) for a, b in pairwise(found))


def test_numbers_climb_and_all_else_changes_at_once():
    found = list(
        climb({"sizes": (1,), "models": 10, "side": None}, {"models": 13}, {"sizes": (1, 2), "side": 4})
    )
    assert [(step["sizes"], step["models"], step["side"]) for step in found] == [
        ((1,), 10, None),
        ((1,), 12, None),
        ((1,), 13, None),
        ((1, 2), 13, 4),
    ]


def test_label_noise_comes_with_the_first_data_set_alone():
    for study in SCORED:
        first = study.params()
        assert first.label_noise > 0
        assert study.params(dataset=first.dataset).label_noise == first.label_noise
        assert study.params(dataset="mine").label_noise == 0
        assert study.params(dataset="mine", label_noise=0.3).label_noise == 0.3


@pytest.mark.parametrize(
    "study", [s for s in STUDIES.values() if issubclass(s.params, OnImages)], ids=lambda s: s.name
)
def test_a_preset_on_other_data_leaves_their_labels_alone(study):
    for name, overrides in study.presets.items():
        preset = study.params.model_validate(overrides).model_dump(mode="json")
        assert preset_on(preset, {"seed": 3}) == {**preset, "seed": 3}
        own = study.params.model_validate(preset_on(preset, {"dataset": "mine"}))
        assert (own.dataset, own.label_noise, own.classes) == ("mine", 0, ()), name
        assert own.per_class == preset["per_class"]
        differing = {field for field, value in preset.items() if own.model_dump(mode="json")[field] != value}
        assert differing <= {"dataset", "label_noise", "noise", "image_size"}
