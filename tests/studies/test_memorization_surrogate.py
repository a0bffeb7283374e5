"""The surrogate in the memorization study: asked beside networks, added up, priced, and worth it or not."""

import numpy as np
import pytest

from backend.core.errors import InvalidError
from backend.datasets.base import Shape
from backend.datasets.digits import load_digits_dataset
from backend.datasets.examples import take
from backend.statistics.subsets import subset_masks
from backend.statistics.surrogate import FIRST_FURTHER, FURTHER, Surrogate
from backend.studies import get_study
from backend.studies.kit.runner import Context
from backend.studies.memorization.params import MemorizationParams
from backend.studies.memorization.plan import plan, surrogate_pays, surrogate_seconds
from workers.studies import memorization as worker
from workers.studies.memorization.surrogate import asked, further

PARAMS = MemorizationParams(
    sizes=(16,), models=60, epochs=12, per_class=30, label_noise=0.1, surrogate=True, learning_rate=0.05
)
EXAMPLES = take(load_digits_dataset(), PARAMS.data())
UNITS = plan(PARAMS, EXAMPLES.shape)


@pytest.fixture(scope="module")
def results():
    context = Context(lambda _: None, EXAMPLES)
    return [(unit.payload, worker.run(unit.payload, PARAMS, context).arrays) for unit in UNITS]


def test_further_subsets_are_others_and_come_last():
    assert [unit.payload.get("surrogate", False) for unit in UNITS] == sorted(
        unit.payload.get("surrogate", False) for unit in UNITS
    )
    of_surrogate = [unit.payload for unit in UNITS if "surrogate" in unit.payload]
    numbers = [place for p in of_surrogate for place in range(p["first"], p["first"] + p["count"])]
    assert numbers == list(range(FIRST_FURTHER, FIRST_FURTHER + FURTHER))
    assert sum(unit.models for unit in UNITS) == PARAMS.models
    assert len(plan(PARAMS.model_copy(update={"surrogate": False}), EXAMPLES.shape)) == len(UNITS) - len(
        of_surrogate
    )


def test_a_unit_asks_about_the_subsets_of_its_own_models(results):
    payload, arrays = results[0]
    first, count = payload["first"], payload["count"]
    assert arrays["surrogate"].shape == (count, EXAMPLES.n_train)
    assert np.array_equal(arrays["surrogate"], asked(PARAMS, EXAMPLES, first, count, lambda _: None))
    x = EXAMPLES.images[: EXAMPLES.n_train].reshape(EXAMPLES.n_train, -1).astype(float)
    x = (x - x.mean()) / x.std()
    mask = subset_masks(PARAMS.seed, EXAMPLES.n_train, PARAMS.subset_fraction, first + 1, 1)[0]
    expected = Surrogate.of(x, EXAMPLES.given, 10).margins(mask)
    assert np.abs(arrays["surrogate"][1] - expected).max() <= 1


def test_further_sums_are_those_of_either_side():
    payload = {"surrogate": True, "first": FIRST_FURTHER, "count": 20}
    found = further(payload, PARAMS, Context(lambda _: None, EXAMPLES))
    margins = asked(PARAMS, EXAMPLES, FIRST_FURTHER, 20, lambda _: None).astype(np.int64)
    masks = subset_masks(PARAMS.seed, EXAMPLES.n_train, PARAMS.subset_fraction, FIRST_FURTHER, 20)
    for side, had in enumerate((masks, ~masks)):
        assert np.array_equal(found["n"][side], had.sum(axis=0))
        for example in (0, 7):
            own = margins[had[:, example], example]
            assert found["total"][side, example] == own.sum()
            assert found["squares"][side, example] == (own**2).sum()


def test_estimates_are_nearer_to_those_of_many_others_and_do_not_depend_on_the_order_of_units(results):
    plain_params = PARAMS.model_copy(update={"surrogate": False})
    networks = [(payload, arrays) for payload, arrays in results if "surrogate" not in payload]
    plain = worker.summarize(plain_params, EXAMPLES, networks)
    steered = worker.summarize(PARAMS, EXAMPLES, results)
    waiting = worker.summarize(PARAMS, EXAMPLES, networks)
    assert plain.margins is not None
    assert steered.margins is not None
    assert waiting.margins is not None
    # Until the further subsets are in, estimates are those without a surrogate.
    assert np.array_equal(waiting.margins.low, plain.margins.low)
    others = PARAMS.model_copy(update={"models": 460, "surrogate": False})
    context = Context(lambda _: None, EXAMPLES)
    known = worker.summarize(
        others,
        EXAMPLES,
        [
            (unit.payload, worker.run(unit.payload, others, context).arrays)
            for unit in plan(others, EXAMPLES.shape)
            if unit.payload["first"] >= 60
        ],
    ).scores.memorization[0]
    errors = [
        np.nanmean((found.margins.in_accuracy[0] - found.margins.heldout_accuracy[0] - known) ** 2)
        for found in (plain, steered)
    ]
    assert errors[1] < 0.97 * errors[0]
    # Counts, which are the default, stay as they are.
    assert np.array_equal(plain.scores.k_out, steered.scores.k_out)

    kept: dict = {}
    for one in reversed(results):
        kept |= worker.add(PARAMS, EXAMPLES, kept, [one])
    step_by_step = worker.of_sums(PARAMS, EXAMPLES, kept)
    assert np.array_equal(step_by_step.margins.low, steered.margins.low)
    assert np.array_equal(step_by_step.margins.heldout_accuracy, steered.margins.heldout_accuracy)


def test_too_many_examples_are_refused_by_the_name_of_the_field():
    plan(PARAMS, Shape(3000, 100, 10, 8, 8, 1))
    with pytest.raises(InvalidError, match="at most 3,000") as caught:
        plan(PARAMS, Shape(3001, 100, 10, 8, 8, 1))
    assert caught.value.fields[0].pointer == "/params/surrogate"


def test_the_estimate_says_whether_it_pays():
    study, shape = get_study("memorization"), Shape(1437, 360, 10, 8, 8, 1)
    small = MemorizationParams(surrogate=True)
    large = MemorizationParams.model_validate({"family": "cnn_width", "surrogate": True})
    assert [surrogate_pays(params, shape)[1] for params in (small, large)] == [False, True]
    (told,) = study.notes(small, shape)
    assert "does not pay" in told
    (told,) = study.notes(large, shape)
    assert "which pays" in told
    (proposed,) = study.notes(large.model_copy(update={"surrogate": False}), shape)
    assert "would add" in proposed
    assert study.notes(small.model_copy(update={"surrogate": False}), shape) == ()
    assert study.notes(large, Shape(50_000, 10_000, 10, 32, 32, 3)) == ()


def test_its_price_grows_as_systems_do():
    shape = Shape(1437, 360, 10, 8, 8, 1)
    base = surrogate_seconds(PARAMS, shape, 0)
    assert base == pytest.approx(0.05 + 2 * 1437**3 / 1.6e10)
    assert surrogate_seconds(PARAMS, shape, 200) - base == pytest.approx(1.2, rel=0.3)
