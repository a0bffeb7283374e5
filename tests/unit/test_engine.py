"""The training engine: models side by side equal models alone, and a plain loop, in float64."""

import time
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from backend.statistics.seeds import Purpose, generator
from backend.statistics.subsets import subset_masks
from workers.engine.schedule import Schedule, rate_factor
from workers.engine.train import Recipe, Split, epoch_order, evaluated_epochs, train_models
from workers.models.mlp import StackedMLP, mlp_builder

FEATURES, CLASSES, SEED = 6, 3, 11
HIDDEN = (5,)
RECIPE = Recipe(epochs=4, batch_size=16, learning_rate=0.2, momentum=0.9)


@pytest.fixture(scope="module")
def split():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, CLASSES, 140)
    x = rng.standard_normal((140, FEATURES)) + 2 * np.eye(FEATURES)[labels]
    return Split(x[:100], labels[:100], x[100:], labels[100:], CLASSES)


class Spy(StackedMLP):
    """Keeps what it was trained on."""

    def __init__(self, *arguments, **shape):
        super().__init__(*arguments, **shape)
        self.seen = []

    def step(self, x, y, update):
        self.seen.append((x, y, update))
        super().step(x, y, update)


def masks_of(models):
    return subset_masks(SEED, 100, 0.7, 0, max(models) + 1)[list(models)]


def train(split, models, recipe=RECIPE, build=None, on_step=lambda _: None, dtype=torch.float64):
    build = build or mlp_builder(FEATURES, HIDDEN, CLASSES)
    return train_models(build, split, masks_of(models), models, SEED, recipe, on_step, dtype=dtype)


def spied(split, models, hidden=HIDDEN, **options):
    """Train and return the bank itself."""
    made = []

    def build(*arguments):
        made.append(Spy(*arguments, features=FEATURES, hidden=hidden, classes=CLASSES))
        return made[0]

    train(split, models, build=build, **options)
    return made[0]


def plain_loop(split, model, hidden=HIDDEN, recipe=RECIPE):
    """Train one model the ordinary way: torch.nn, autograd, torch.optim."""
    drawn = generator(SEED, Purpose.INITIALIZATION, model)
    layers = [torch.nn.Linear(*shape) for shape in pairwise((FEATURES, *hidden, CLASSES))]
    net = torch.nn.Sequential()
    for layer in layers[:-1]:
        net.extend([layer, torch.nn.ReLU()])
    net.append(layers[-1]).double()
    with torch.no_grad():
        for layer, gain in zip(layers, [2] * len(hidden) + [1], strict=True):
            shape = (layer.in_features, layer.out_features)
            weights = drawn.standard_normal(shape) * np.sqrt(gain / layer.in_features)
            layer.weight.copy_(torch.from_numpy(weights.T))
            layer.bias.zero_()
    optimizer = torch.optim.SGD(
        net.parameters(),
        recipe.learning_rate,
        recipe.momentum,
        nesterov=recipe.nesterov,
        weight_decay=recipe.weight_decay,
    )
    x, y = torch.from_numpy(split.x), torch.from_numpy(split.y)
    mask = masks_of([model])[0]
    batches = [
        batch
        for epoch in range(recipe.epochs)
        for batch in torch.from_numpy(epoch_order(SEED, model, epoch, mask)).split(recipe.batch_size)
    ]
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, len(batches))
    for batch in batches:
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(net(x[batch]), y[batch]).backward()
        optimizer.step()
        schedule.step()
    return net


@pytest.mark.parametrize("hidden", [(), (5,), (7, 4), (4, 4, 4)])
@pytest.mark.parametrize(
    "recipe",
    [
        RECIPE,
        replace(RECIPE, nesterov=True),
        replace(RECIPE, weight_decay=0.02),
        replace(RECIPE, nesterov=True, weight_decay=0.02),
        replace(RECIPE, momentum=0.0, weight_decay=0.02),
    ],
    ids=["momentum", "nesterov", "decay", "nesterov and decay", "plain"],
)
def test_each_model_equals_a_plain_loop(split, hidden, recipe):
    models = [0, 3, 7]
    bank = spied(split, models, hidden, recipe=recipe)
    x = torch.from_numpy(split.x_test)
    logits = bank.logits(x)
    for k, model in enumerate(models):
        expected = plain_loop(split, model, hidden, recipe)(x).detach()
        assert torch.allclose(logits[k], expected, rtol=0, atol=1e-9)


def test_a_model_does_not_depend_on_its_neighbors(split):
    together = spied(split, range(8))
    for model in (0, 5):
        alone = spied(split, [model])
        for name in ("weights", "biases"):
            for mine, theirs in zip(getattr(alone, name), getattr(together, name), strict=True):
                assert torch.allclose(mine[0], theirs[model], rtol=0, atol=1e-12)


def test_equal_requests_give_equal_bits(split):
    first, again = (train(split, range(6), dtype=torch.float32) for _ in range(2))
    assert (first.train_predictions == again.train_predictions).all()
    one, two = (spied(split, range(6), dtype=torch.float32) for _ in range(2))
    assert all(map(torch.equal, one.weights + one.biases, two.weights + two.biases))


def test_models_see_their_subset_once_per_epoch_and_nothing_else(split):
    models = range(5)
    bank = spied(split, models)
    steps = len(bank.seen) // RECIPE.epochs
    known = {tuple(row): index for index, row in enumerate(split.x.tolist())}
    for epoch in range(RECIPE.epochs):
        parts = bank.seen[epoch * steps : (epoch + 1) * steps]
        for k, mask in enumerate(masks_of(models)):
            rows = [known[tuple(row)] for x, _, _ in parts for row in x[k].tolist()]
            labels = [label for _, y, _ in parts for label in y[k].tolist()]
            assert sorted(rows) == np.flatnonzero(mask).tolist()
            assert labels == split.y[rows].tolist()
            assert rows == epoch_order(SEED, models[k], epoch, mask).tolist()


def test_leaving_an_example_out_removes_only_its_own_appearance():
    full = np.ones(50, dtype=bool)
    without = full.copy()
    without[17] = False
    order = epoch_order(SEED, 2, 3, full)
    assert sorted(order) == list(range(50))
    assert epoch_order(SEED, 2, 3, without).tolist() == [i for i in order if i != 17]
    others = [epoch_order(*key, full).tolist() for key in ((SEED, 2, 4), (SEED, 1, 3), (SEED + 1, 2, 3))]
    assert order.tolist() not in others


def test_accuracies_are_those_of_the_predictions(split):
    bank = train(split, range(6))
    masks = masks_of(range(6))
    correct = bank.train_predictions == split.y
    assert bank.epochs == evaluated_epochs(4) == (1, 2, 3, 4)
    for k, mask in enumerate(masks):
        assert bank.subset_accuracy[k, -1] == pytest.approx(correct[k][mask].mean())
        assert bank.heldout_accuracy[k, -1] == pytest.approx(correct[k][~mask].mean())
        assert bank.test_accuracy[k, -1] == pytest.approx((bank.test_predictions[k] == split.y_test).mean())
    assert bank.train_predictions.dtype == np.uint8
    assert bank.subset_accuracy[:, -1].mean() > 0.8  # it learns


@pytest.mark.parametrize("epochs", [1, 2, 7, 40, 500])
def test_curves_have_few_points_and_both_ends(epochs):
    points = evaluated_epochs(epochs)
    assert (points[0], points[-1]) == (1, epochs)
    assert len(points) == min(len(set(points)), 8)
    assert list(points) == sorted(points)


def test_progress_rises_to_one_and_what_it_raises_stops_the_training(split):
    seen = []

    def stop(fraction):
        seen.append(fraction)
        if fraction > 0.5:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        train(split, range(4), on_step=stop)
    assert seen[-1] < 0.6
    seen.clear()
    train(split, range(4), on_step=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1


def test_progress_comes_often_enough_to_cancel_soon():
    rng = np.random.default_rng(0)
    split = Split(
        rng.random((1437, 64)), rng.integers(0, 10, 1437), rng.random((360, 64)), np.zeros(360, int), 10
    )
    times = []
    train_models(
        mlp_builder(64, (256,), 10),
        split,
        subset_masks(0, 1437, 0.7, 0, 25),
        range(25),
        0,
        Recipe(2, 64, 0.1, 0.9),
        lambda _: times.append(time.perf_counter()),
    )
    assert np.diff(times).max() < 1


def test_unequal_or_missing_subsets_are_refused(split):
    unequal = masks_of([0, 1])
    unequal[0, :] = True
    for masks, models in ((unequal, [0, 1]), (unequal[:1], [0, 1]), (np.zeros((1, 100), bool), [0])):
        with pytest.raises(ValueError, match="one mask per model"):
            train_models(mlp_builder(FEATURES, HIDDEN, CLASSES), split, masks, models, SEED, RECIPE, print)


def rates(schedule, steps, warmup=0):
    return [rate_factor(schedule, step, steps, warmup) for step in range(steps)]


def test_rates_follow_torch():
    def of_torch(make, steps=90):
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], 1.0)
        scheduler = make(optimizer, steps)
        found = []
        for _ in range(steps):
            found.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step()
        return found

    torch_rates = torch.optim.lr_scheduler
    cosine = of_torch(torch_rates.CosineAnnealingLR)
    assert rates(Schedule.COSINE, 90) == pytest.approx(cosine, abs=1e-12)
    one_cycle = of_torch(lambda o, n: torch_rates.OneCycleLR(o, 1.0, n, cycle_momentum=False))
    assert rates(Schedule.ONE_CYCLE, 90) == pytest.approx(one_cycle, abs=1e-12)
    fast = of_torch(lambda o, n: torch_rates.OneCycleLR(o, 1.0, n, pct_start=0.1, cycle_momentum=False))
    assert rates(Schedule.ONE_CYCLE, 90, warmup=9) == pytest.approx(fast, abs=1e-12)
    step = of_torch(lambda o, n: torch_rates.MultiStepLR(o, [40, 60, 80]))
    assert rates(Schedule.STEP, 90) == pytest.approx(step, abs=1e-12)


@pytest.mark.parametrize("schedule", Schedule)
def test_a_warm_up_rises_to_the_highest_rate_and_no_further(schedule):
    found = rates(schedule, 100, warmup=10)
    assert found[:10] == sorted(found[:10])
    assert found[0] < 0.1
    assert max(found) == pytest.approx(1)
    assert np.argmax(found) in (9, 10)
    assert set(rates(Schedule.CONSTANT, 5)) == {1.0}


@pytest.mark.parametrize(("step", "warmup"), [(-1, 0), (10, 0), (0, 10), (0, -1)])
def test_steps_beyond_the_training_are_refused(step, warmup):
    with pytest.raises(ValueError, match="below 10 steps"):
        rate_factor(Schedule.COSINE, step, 10, warmup)


def test_the_recipe_sets_the_rates(split):
    recipe = replace(RECIPE, schedule=Schedule.STEP, warmup_epochs=1, nesterov=True, weight_decay=0.1)
    updates = [update for _, _, update in spied(split, [0], recipe=recipe).seen]
    expected = rates(Schedule.STEP, len(updates), warmup=len(updates) // RECIPE.epochs)
    assert [update.rate for update in updates] == pytest.approx([0.2 * factor for factor in expected])
    assert {(u.momentum, u.nesterov, u.weight_decay) for u in updates} == {(0.9, True, 0.1)}
