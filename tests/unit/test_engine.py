"""The training engine: models side by side equal models alone, and a plain loop, in float64."""

import threading
import time
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from backend.statistics.curves import evaluated_epochs
from backend.statistics.margins import MARGIN_UNIT
from backend.statistics.proxies import SHARE_UNIT, UNIT
from backend.statistics.seeds import Purpose, generator
from backend.statistics.subsets import subset_masks
from workers.engine.choice import Choice
from workers.engine.data import DeviceData, Split
from workers.engine.run import Recipe, epoch_order
from workers.engine.schedule import Schedule, rate_factor
from workers.engine.train import train_models
from workers.engine.views import BatchViews, draw_views
from workers.models.mlp import MLPBuilder, StackedMLP

FEATURES, CLASSES, SEED = 6, 3, 11
THREADS = torch.get_num_threads()
HIDDEN = (5,)
RECIPE = Recipe(epochs=4, batch_size=16, learning_rate=0.2, momentum=0.9)
ONE_BANK = Choice("it", at_once=100, lanes=1, device="cpu", precision="float64")


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


def train(
    split, models, recipe=RECIPE, build=None, on_step=lambda _: None, dtype=torch.float64, choice=ONE_BANK
):
    build = build or MLPBuilder(FEATURES, HIDDEN, CLASSES)
    masks = masks_of(models)
    return train_models(
        *((("it", build),), split, masks, models, SEED, recipe, on_step),
        dtype=dtype,
        choice=choice,
        course=True,
    )


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
            weights = drawn.standard_normal(layer.weight.shape) * np.sqrt(gain / layer.in_features)
            layer.weight.copy_(torch.from_numpy(weights))
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
    assert bank.epochs == evaluated_epochs(4) == (1, 4)
    for k, mask in enumerate(masks):
        assert bank.subset_accuracy[k, -1] == pytest.approx(correct[k][mask].mean())
        assert bank.heldout_accuracy[k, -1] == pytest.approx(correct[k][~mask].mean())
        assert bank.test_accuracy[k, -1] == pytest.approx((bank.test_predictions[k] == split.y_test).mean())
    assert bank.train_predictions.dtype == np.uint8
    assert bank.subset_accuracy[:, -1].mean() > 0.8  # it learns


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
        (("it", MLPBuilder(64, (256,), 10)),),
        split,
        subset_masks(0, 1437, 0.7, 0, 25),
        range(25),
        0,
        Recipe(2, 64, 0.1, 0.9),
        lambda _: times.append(time.perf_counter()),
    )
    assert np.diff(times).max() < 1


def test_a_long_step_neither_hides_a_cancellation_nor_looks_dead(split):
    asked = threading.Event()

    class Slow(StackedMLP):
        def step(self, x, y, update):
            if not asked.wait(timeout=10):
                raise TimeoutError("nobody asked during the step")
            super().step(x, y, update)

    def cancel(fraction):
        asked.set()
        raise InterruptedError

    def build(*arguments):
        return Slow(*arguments, features=FEATURES, hidden=HIDDEN, classes=CLASSES)

    with pytest.raises(InterruptedError):
        train(split, [0, 1], build=build, on_step=cancel)


def test_unequal_or_missing_subsets_are_refused(split):
    unequal = masks_of([0, 1])
    unequal[0, :] = True
    for masks, models in ((unequal, [0, 1]), (unequal[:1], [0, 1]), (np.zeros((1, 100), bool), [0])):
        with pytest.raises(ValueError, match="one mask per model"):
            train_models(
                (("it", MLPBuilder(FEATURES, HIDDEN, CLASSES)),), split, masks, models, SEED, RECIPE, print
            )


def test_the_recipe_sets_the_rates(split):
    recipe = replace(RECIPE, schedule=Schedule.STEP, warmup_epochs=1, nesterov=True, weight_decay=0.1)
    updates = [update for _, _, update in spied(split, [0], recipe=recipe).seen]
    steps = len(updates)
    expected = [rate_factor(Schedule.STEP, step, steps, steps // RECIPE.epochs) for step in range(steps)]
    assert [update.rate for update in updates] == pytest.approx([0.2 * factor for factor in expected])
    assert {(u.momentum, u.nesterov, u.weight_decay) for u in updates} == {(0.9, True, 0.1)}


def shared(split, back_end="it", build=None, at_once=100, lanes=1, dtype=torch.float32, models=range(7)):
    choice = Choice(back_end, at_once, lanes, "cpu", "float32")
    return train(split, models, build=build, dtype=dtype, choice=choice)


@pytest.mark.parametrize(("at_once", "lanes"), [(1, 1), (2, 2), (3, 1), (7, 3)])
def test_a_model_is_the_same_bits_in_any_company(split, at_once, lanes):
    whole = shared(split)
    parts = shared(split, at_once=at_once, lanes=lanes)
    for name in (
        "train_predictions",
        "margins",
        "test_predictions",
        "subset_accuracy",
        "epoch_in",
        "epoch_out",
        "expected",
        "course",
        "course_of_models",
    ):
        assert (getattr(parts, name) == getattr(whole, name)).all()
    together = spied(split, range(7), dtype=torch.float32)
    alone = spied(split, [5], dtype=torch.float32)
    for mine, theirs in zip(alone.weights + alone.biases, together.weights + together.biases, strict=True):
        assert torch.equal(mine[0], theirs[5])
    assert torch.get_num_threads() == THREADS


def test_counts_per_epoch_add_up_to_the_accuracies(split):
    bank = shared(split, at_once=2, lanes=2)
    masks = masks_of(range(7))
    n_in, n_out = masks[0].sum(), (~masks[0]).sum()
    assert bank.epoch_in.shape == bank.epoch_out.shape == (len(bank.epochs), 100)
    assert bank.epoch_in.sum(axis=1) == pytest.approx(bank.subset_accuracy.sum(axis=0) * n_in)
    assert bank.epoch_out.sum(axis=1) == pytest.approx(bank.heldout_accuracy.sum(axis=0) * n_out)


def test_the_course_and_what_is_expected_are_those_of_a_plain_loop(split):
    bank = train(split, range(3), replace(RECIPE, epochs=1))
    masks, low_confidence, expected = masks_of(range(3)), 0, 0
    for model, mask in enumerate(masks):
        net = plain_loop(split, model, recipe=replace(RECIPE, epochs=1))
        with torch.no_grad():
            found = torch.softmax(net(torch.as_tensor(split.x)), 1).numpy()
        missing = mask * (1 - found[np.arange(100), split.y])
        assert bank.course_of_models[model, 0] * UNIT == pytest.approx(missing.sum(), abs=1e-3)
        low_confidence = low_confidence + missing
        expected = expected + found
    assert bank.course[0] * UNIT == pytest.approx(low_confidence, abs=1e-4)
    assert bank.expected * SHARE_UNIT == pytest.approx(expected, abs=3 * SHARE_UNIT)


def test_a_course_is_kept_only_where_it_is_asked_for(split):
    masks = masks_of([0, 1])
    build = MLPBuilder(FEATURES, HIDDEN, CLASSES)
    told = (("it", build),), split, masks, [0, 1], SEED, RECIPE, lambda _: None
    plain = train_models(*told, dtype=torch.float64, choice=ONE_BANK)
    assert (plain.course, plain.course_of_models) == (None, None)
    assert (plain.margins == train(split, [0, 1]).margins).all(), "to follow it changes no model"
    looks = 2 * len(plain.epochs)
    assert plain.expected.sum(axis=1) * SHARE_UNIT == pytest.approx(looks, abs=looks * CLASSES * SHARE_UNIT)


def test_margins_are_those_of_a_plain_loop_and_tell_what_is_right(split):
    bank = train(split, range(3))
    assert bank.margins.dtype == np.int16
    right = bank.train_predictions == split.y
    assert (bank.margins[right] >= 0).all()
    assert (bank.margins[~right] <= 0).all()
    for model in range(3):
        net = plain_loop(split, model)
        with torch.no_grad():
            logits = net(torch.as_tensor(split.x)).numpy()
        own = logits[np.arange(len(split.y)), split.y]
        logits[np.arange(len(split.y)), split.y] = -np.inf
        assert bank.margins[model] * MARGIN_UNIT == pytest.approx(own - logits.max(axis=1), abs=MARGIN_UNIT)


def test_too_little_memory_halves_the_models_at_once_and_changes_nothing(split):
    sizes = []

    def greedy(generators, device, dtype):
        sizes.append(len(generators))
        if len(generators) > 2:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 byte")
        return MLPBuilder(FEATURES, HIDDEN, CLASSES)(generators, device, dtype)

    found = shared(split, build=greedy)
    assert (found.train_predictions == shared(split).train_predictions).all()
    assert found.choice.at_once <= 2
    assert max(sizes) == 7

    def broken(generators, device, dtype):
        raise RuntimeError("shapes do not fit")

    with pytest.raises(RuntimeError, match="do not fit"):
        shared(split, build=broken)


def test_what_one_lane_raises_ends_all_lanes(split):
    steps = []

    def on_step(fraction):
        steps.append(fraction)
        if len(steps) == 5:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        train(split, range(6), on_step=on_step, choice=Choice("it", 1, 3, "cpu", "float64"))
    assert len(steps) == 5


@pytest.mark.parametrize("made_bytes", [0, 2**20])
def test_pixels_are_standardized_once_or_on_the_way(split, made_bytes, monkeypatch):
    monkeypatch.setattr("workers.engine.data.MADE_BYTES", made_bytes)
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 256, (140, FEATURES)).astype(np.uint8)
    stored = Split(pixels[:100], split.y, pixels[100:], split.y_test, CLASSES, mean=100.0, sd=50.0)
    ready = (pixels - 100.0) / 50.0
    floats = Split(ready[:100], split.y, ready[100:], split.y_test, CLASSES)
    one, two = (spied(part, range(3)) for part in (stored, floats))
    for mine, theirs in zip(one.weights, two.weights, strict=True):
        assert torch.allclose(mine, theirs, rtol=0, atol=1e-9)
    data = DeviceData(stored, torch.device("cpu"), torch.float64)
    for test, rows in ((False, ready[:100]), (True, ready[100:])):
        parts = list(data.chunks(50, test=test))
        assert max(len(part) for part in parts) <= 50
        assert np.allclose(torch.cat(parts).numpy(), rows, rtol=0, atol=1e-12)


def test_half_precision_learns_as_much(split):
    exact, rounded = (shared(split, dtype=dtype) for dtype in (torch.float32, torch.bfloat16))
    gap = exact.subset_accuracy[:, -1].mean() - rounded.subset_accuracy[:, -1].mean()
    assert abs(gap) < 0.02
    assert (exact.train_predictions == rounded.train_predictions).mean() > 0.95


@pytest.mark.parametrize(
    "recipe",
    [RECIPE, replace(RECIPE, nesterov=True, weight_decay=0.02), replace(RECIPE, momentum=0.0)],
    ids=["momentum", "nesterov, decay", "plain"],
)
def test_half_precision_follows_the_same_rule(split, recipe):
    """Rounded to 8 bits, weights move where exact ones do, to within a few percent of the way."""
    gentle = replace(recipe, epochs=1, learning_rate=0.02)
    one, two = (spied(split, range(3), recipe=gentle, dtype=d) for d in (torch.float32, torch.bfloat16))
    start = MLPBuilder(FEATURES, HIDDEN, CLASSES)(
        [generator(SEED, Purpose.INITIALIZATION, model) for model in range(3)],
        torch.device("cpu"),
        torch.float32,
    )
    assert {weight.dtype for weight in two.weights} == {torch.float32}
    for before, exact, rounded in zip(start.weights, one.weights, two.weights, strict=True):
        assert (exact - rounded).norm() < 0.05 * (exact - before).norm()


def test_flat_examples_are_augmented_as_images(split):
    pixels = np.random.default_rng(1).integers(0, 256, (140, 1, 3, 2)).astype(np.uint8)
    images = Split(pixels[:100], split.y, pixels[100:], split.y_test, CLASSES, 100.0, 50.0, flat=True)
    rows = Split(
        pixels[:100].reshape(100, 6), split.y, pixels[100:].reshape(40, 6), split.y_test, CLASSES, 100.0, 50.0
    )
    one, two = (spied(part, range(3)) for part in (images, rows))
    assert all(map(torch.equal, one.weights, two.weights))
    flipped = spied(images, range(3), recipe=replace(RECIPE, flip=True))
    seen = {tuple(row) for x, _, _ in flipped.seen for row in x[0].tolist()}
    mirrored = ((pixels[:100, :, :, ::-1] - 100.0) / 50.0).reshape(100, 6)
    assert 20 < len(seen & {tuple(row) for row in mirrored.tolist()}) < 80
    assert seen <= {tuple(row) for row in np.concatenate([mirrored, (rows.x - 100.0) / 50.0]).tolist()}


def images_of(pixels):
    labels = np.zeros(len(pixels), np.int64)
    return DeviceData(Split(pixels, labels, pixels, labels, 2), torch.device("cpu"), torch.float64)


def test_crops_and_flips_show_the_part_that_was_drawn():
    pixels = np.random.default_rng(0).integers(1, 256, (6, 2, 5, 4)).astype(np.uint8)
    views = draw_views(SEED, model=1, epoch=2, examples=6, padding=2, flip=True)
    indices = torch.tensor([[4, 0, 3], [1, 1, 5]])
    offsets, flips = (torch.from_numpy(a)[indices] for a in (views.offsets, views.flips))
    x, y = images_of(pixels).augmented(indices, BatchViews(offsets, flips), 2)
    assert x.shape == (2, 3, 2, 5, 4)
    assert y.shape == (2, 3)
    for place in np.ndindex(2, 3):
        i = indices[place].item()
        top, left = views.offsets[i]
        expected = np.pad(pixels[i], ((0, 0), (2, 2), (2, 2)))[:, top : top + 5, left : left + 4]
        if views.flips[i]:
            expected = expected[:, :, ::-1]
        assert (x[place].numpy() == expected).all()


def test_augmentation_is_drawn_on_the_full_set_with_its_own_seed(split):
    views = [draw_views(SEED, *key, 1000, 4, flip=True) for key in ((0, 0), (0, 1), (1, 0))]
    assert (views[0].offsets != views[1].offsets).any()
    assert (views[0].flips != views[2].flips).any()
    assert (views[0].offsets.min(), views[0].offsets.max()) == (0, 8)
    assert 400 < views[0].flips.sum() < 600
    assert not draw_views(SEED, 0, 0, 1000, 4, flip=False).flips.any()
    images = np.random.default_rng(0).random((140, 1, 3, 2))
    square = Split(images[:100], split.y, images[100:], split.y_test, CLASSES)

    class Flat(Spy):
        def step(self, x, y, update):
            super().step(x.flatten(2), y, update)

        def logits(self, x):
            return super().logits(x.flatten(1))

    def orders(recipe):
        made = []

        def build(*arguments):
            made.append(Flat(*arguments, features=FEATURES, hidden=HIDDEN, classes=CLASSES))
            return made[0]

        train(square, [0, 1], recipe, build)
        return [y.tolist() for _, y, _ in made[0].seen]

    assert orders(replace(RECIPE, crop=1, flip=True, rotation=10)) == orders(RECIPE)
