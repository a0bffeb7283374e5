"""Fitting of training sets of one's own: curves of a plain loop, whoever ends beside a model."""

import threading
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

from backend.datasets.digits import load_digits_dataset
from backend.statistics.seeds import Purpose, generator
from workers.engine.choice import Choice
from workers.engine.fit import FITTED_LOSS, FitData, early_looks, fit_models, whitened
from workers.engine.modules import ModuleBuilder
from workers.engine.run import Recipe, epoch_order
from workers.engine.schedule import Schedule
from workers.engine.views import BatchViews, draw_views, seen_through
from workers.models.convolutional import SmallCNN
from workers.models.mlp import MLPBuilder, StackedMLP

CLASSES, SEED, N, M = 3, 11, 60, 25
CHANNELS, HEIGHT, WIDTH = 2, 5, 4
FEATURES = CHANNELS * HEIGHT * WIDTH
HIDDEN = (12, 7)
RECIPE = Recipe(
    epochs=6, batch_size=16, learning_rate=0.1, momentum=0.9, schedule=Schedule.CONSTANT, decay=0.8
)
PERCEPTRON = MLPBuilder(FEATURES, HIDDEN, CLASSES)


def random_data(height=HEIGHT, width=WIDTH, **options):
    rng = np.random.default_rng(0)
    x, x_test = (
        rng.integers(0, 256, (2, count, CHANNELS, height, width)).astype(np.uint8) for count in (N, M)
    )
    return FitData(x, x_test, rng.integers(0, CLASSES, M), CLASSES, **options)


DATA = random_data(flat=True)
MODELS, VERSIONS = [4, 0, 2, 4, 7], np.array([1, 0, 1, 1, 0])
# One class is fitted within a few epochs, random labels are not.
LABELS = np.random.default_rng(1).integers(0, CLASSES, (5, N)) * np.array([[1], [0], [1], [0], [1]])


def one_bank(at_once=100, lanes=1):
    return Choice("it", at_once, lanes, "cpu", "float64")


def fit(
    build=PERCEPTRON,
    data=DATA,
    recipe=RECIPE,
    places=range(5),
    whole=False,
    dtype=torch.float64,
    choice=None,
    on_step=lambda _: None,
):
    places = list(places)
    return fit_models(
        (("it", build),),
        data,
        VERSIONS[places],
        LABELS[places],
        [MODELS[place] for place in places],
        SEED,
        recipe,
        np.full(len(places), whole),
        on_step,
        dtype=dtype,
        choice=choice or one_bank(),
    )


def curves(fits):
    return np.stack([fits.loss, fits.train_accuracy, fits.test_accuracy], axis=1)


def equal(one, other):
    """Whether curves are the same bits; a shorter one's last epochs are NaN in the other."""
    shared = min(one.shape[-1], other.shape[-1])
    longer = one if one.shape[-1] > shared else other
    return (
        np.array_equal(one[..., :shared], other[..., :shared], equal_nan=True)
        and np.isnan(longer[..., shared:]).all()
    )


def whitened_by_hand(images):
    pixels = images.reshape(len(images), -1) / 255
    deviations = np.maximum(pixels.std(axis=1), 1 / np.sqrt(pixels.shape[1]))
    return (pixels - pixels.mean(axis=1)[:, None]) / deviations[:, None]


def plain_loop(place, dropout=0.0, recipe=RECIPE):
    """Train one model the ordinary way; returns its losses and accuracies (3, E + 1)."""
    model, version, y = MODELS[place], VERSIONS[place], torch.from_numpy(LABELS[place])
    rng = generator(SEED, Purpose.INITIALIZATION, model)

    class Dropout(nn.Module):
        def forward(self, x):
            if not self.training:
                return x
            drawn = rng.random(x.T.shape, np.float32)
            return x * torch.from_numpy(drawn >= dropout).T / (1 - dropout)

    net = nn.Sequential()
    for before, after in pairwise((FEATURES, *HIDDEN, CLASSES)):
        net.extend([nn.Linear(before, after), nn.ReLU(), Dropout() if dropout else nn.Identity()])
    net = net[:-2].double()
    linear = [layer for layer in net if isinstance(layer, nn.Linear)]
    for layer in linear:
        gain = 1 if layer is linear[-1] else 2
        drawn = rng.standard_normal(layer.weight.shape) * np.sqrt(gain / layer.in_features)
        layer.weight.data = torch.from_numpy(drawn)
        layer.bias.data.zero_()
    optimizer = torch.optim.SGD(
        net.parameters(), recipe.learning_rate, recipe.momentum, weight_decay=recipe.weight_decay
    )
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, recipe.decay)
    x, x_test = (torch.from_numpy(whitened_by_hand(part[version])) for part in (DATA.x, DATA.x_test))
    found = []

    @torch.no_grad()
    def ask():
        net.eval()
        right = [
            (net(inputs).argmax(1) == labels).double().mean().item()
            for inputs, labels in ((x, y), (x_test, torch.from_numpy(DATA.y_test)))
        ]
        found.append([nn.functional.cross_entropy(net(x), y).item(), *right])
        net.train()

    ask()
    for epoch in range(recipe.epochs):
        order = epoch_order(SEED, model, epoch, np.ones(N, np.bool_))
        for batch in torch.from_numpy(order).split(recipe.batch_size):
            optimizer.zero_grad()
            nn.functional.cross_entropy(net(x[batch]), y[batch]).backward()
            optimizer.step()
        schedule.step()
        ask()
    return np.array(found).T


@pytest.mark.parametrize("dropout", [0.0, 0.4])
def test_each_model_equals_a_plain_loop_on_its_own_labels_and_version(dropout):
    recipe = replace(RECIPE, weight_decay=0.01)
    fits = fit(replace(PERCEPTRON, dropout=dropout), recipe=recipe, whole=True)
    assert fits.steps_per_epoch == 4
    for place, of_model in enumerate(curves(fits)):
        expected = plain_loop(place, dropout, recipe)
        assert np.allclose(of_model, expected, rtol=0, atol=1e-9)
    assert len({loss.round(6) for loss in fits.loss[:, -1]}) == len(MODELS)


def test_models_of_one_number_start_from_equal_weights():
    data = replace(DATA, x=np.stack([DATA.x[0]] * 2), x_test=np.stack([DATA.x_test[0]] * 2))
    first, second = (place for place, model in enumerate(MODELS) if model == 4)
    test_accuracy = fit(data=data).test_accuracy
    assert test_accuracy[first, 0] == test_accuracy[second, 0]
    assert test_accuracy[first, 1] != test_accuracy[second, 1]  # their labels differ


def test_random_labels_are_fitted_and_end_the_training():
    digits = load_digits_dataset()
    images = digits.images[:400].reshape(400, 1, 8, 8)
    labels = np.random.default_rng(2).integers(0, 10, (1, 200))
    data = FitData(images[None, :200], images[None, 200:], digits.labels[200:400], 10, flat=True)
    recipe = Recipe(200, 32, 0.1, 0.9, schedule=Schedule.CONSTANT)
    fits = fit_models(
        (("it", MLPBuilder(64, (256,), 10)),),
        data,
        np.zeros(1, np.int64),
        labels,
        [0],
        SEED,
        recipe,
        np.zeros(1, np.bool_),
        lambda _: None,
    )
    loss, accuracy = fits.loss[0], fits.train_accuracy[0]
    assert 5 < len(loss) - 1 < 200
    assert loss[-1] <= FITTED_LOSS
    assert accuracy[-1] == 1
    assert ((loss[:-1] > FITTED_LOSS) | (accuracy[:-1] < 1)).all()
    assert loss[0] > 2
    assert fits.test_accuracy[0, -1] < 0.3


AUGMENTED = replace(RECIPE, crop=2, flip=True, rotation=20)
IMAGES = random_data(HEIGHT + 2, WIDTH + 2, border=1)


NETWORK = (SmallCNN, (CHANNELS, 4, CLASSES))


@pytest.mark.parametrize(
    ("build", "data", "recipe", "dtype"),
    [
        (replace(PERCEPTRON, dropout=0.3), DATA, RECIPE, torch.float32),
        (replace(PERCEPTRON, dropout=0.3), DATA, RECIPE, torch.bfloat16),
        (PERCEPTRON, replace(IMAGES, flat=True), AUGMENTED, torch.float32),
        (ModuleBuilder(*NETWORK), IMAGES, AUGMENTED, torch.float32),
        (ModuleBuilder(*NETWORK, together=4), IMAGES, RECIPE, torch.bfloat16),
    ],
    ids=["dropout", "rounded", "augmented", "cnn", "groups"],
)
def test_a_model_is_the_same_bits_in_any_company(build, data, recipe, dtype):
    """Others end early, come in another order, are of other versions or not there at all."""
    recipe = replace(recipe, epochs=12)
    whole = curves(fit(build, data, recipe, dtype=dtype))
    ends = (~np.isnan(whole[:, 1])).sum(axis=1)
    assert ends.min() < ends.max() == 13  # some end early, others not at all
    for places in ([3, 1, 4, 0, 2], [4], [2, 1]):
        assert equal(curves(fit(build, data, recipe, places, dtype=dtype)), whole[places])
    for choice in (one_bank(1, 2), one_bank(2, 1)):
        assert equal(curves(fit(build, data, recipe, dtype=dtype, choice=choice)), whole)


def test_bits_are_the_same_whether_inputs_are_kept_or_not(monkeypatch):
    kept = curves(fit(dtype=torch.float32))
    monkeypatch.setattr("workers.engine.fit.MADE_BYTES", 0)
    assert equal(curves(fit(dtype=torch.float32)), kept)


def test_whole_models_go_on_and_nothing_else_changes():
    recipe = replace(RECIPE, epochs=12)
    ending, going = (curves(fit(recipe=recipe, whole=whole)) for whole in (False, True))
    assert not np.isnan(going).any()
    ended = np.isnan(ending)
    assert ended.any()
    assert (ending[~ended] == going[~ended]).all()
    last = (~ended[:, 0]).sum(axis=1) - 1
    for place in np.flatnonzero(last < recipe.epochs):
        loss, accuracy, _ = ending[place]
        fitted = (loss <= FITTED_LOSS) & (accuracy == 1)
        assert np.flatnonzero(fitted).tolist() == [last[place]]


def test_looks_within_epochs_come_after_their_steps_and_change_no_bit(monkeypatch):
    recipe = replace(RECIPE, epochs=12)
    perceptron = replace(PERCEPTRON, dropout=0.3)
    looked = fit(perceptron, recipe=recipe, whole=True)
    assert (
        looked.early_steps.tolist()
        == early_looks(4, 12)
        == [1, 2, 3, 5, 6, 7, 9, 10, 11, 13, 14, *range(18, 36, 4)]
    )
    assert looked.early_loss.shape == looked.early_accuracy.shape == (5, len(looked.early_steps))
    monkeypatch.setattr("workers.engine.fit.RESOLUTION", 1)
    alone = fit(perceptron, recipe=recipe, whole=True)
    assert len(alone.early_steps) == 0
    assert equal(curves(alone), curves(looked))
    # Looks after an epoch's last step see what its end does.
    monkeypatch.setattr("workers.engine.fit.early_looks", lambda batches, epochs: [batches, 2 * batches])
    ends = fit(perceptron, recipe=recipe, whole=True)
    assert (ends.early_loss == ends.loss[:, 1:3]).all()
    assert (ends.early_accuracy == ends.train_accuracy[:, 1:3]).all()


@pytest.mark.parametrize("batches", [1, 3, 8, 400])
def test_looks_lie_close_beside_the_time_that_has_passed(batches):
    looks = early_looks(batches, 100)
    ends = [batches * epoch for epoch in range(1, 101)]
    assert looks == sorted(set(looks))
    assert not set(looks) & set(ends)
    assert len(looks) <= 23
    every = sorted([*looks, *ends])
    for before, after in pairwise(every):
        assert after - before <= max(0.2 * after, 0.1 * batches + 1, 1)


def test_who_has_ended_is_not_looked_at():
    fits = fit(recipe=replace(RECIPE, epochs=12))
    ended = (~np.isnan(fits.loss)).sum(axis=1) - 1
    for place, epochs in enumerate(ended):
        assert (~np.isnan(fits.early_loss[place]) == (fits.early_steps < 4 * epochs)).all()


@pytest.mark.parametrize("whole", [False, True])
def test_a_loss_that_is_not_finite_ends_a_model(whole):
    steps = []
    recipe = replace(RECIPE, learning_rate=1e30, epochs=50)
    fits = fit(recipe=recipe, whole=whole, dtype=torch.float32, on_step=steps.append)
    assert fits.test_accuracy.shape[1] < 10
    assert not np.isfinite(fits.loss[:, 1:]).all()
    assert steps == sorted(steps)
    assert steps[-1] == 1


def test_who_has_ended_takes_no_more_steps():
    sizes = []

    class Spy(StackedMLP):
        def step(self, x, y, update):
            sizes.append(len(x))
            assert len(self.weights[0]) == len(x)
            super().step(x, y, update)

    def build(*arguments):
        return Spy(*arguments, features=FEATURES, hidden=HIDDEN, classes=CLASSES)

    fits = fit(build, recipe=replace(RECIPE, epochs=12))
    epochs = (~np.isnan(fits.loss[:, 1:])).sum(axis=0)
    assert sizes[:: fits.steps_per_epoch] == epochs.tolist()
    assert sizes[-1] < sizes[0]


def test_progress_rises_to_one_and_what_it_raises_stops_the_training():
    seen = []
    threads = threading.active_count()

    def stop(fraction):
        seen.append(fraction)
        if fraction > 0.5:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        fit(on_step=stop, choice=one_bank(2, 2))
    assert 0.5 < seen[-1] < 0.9
    seen.clear()
    fit(on_step=seen.append, choice=one_bank(2, 2))
    assert seen == sorted(seen)
    assert seen[-1] == 1
    assert threading.active_count() == threads


def test_too_little_memory_halves_the_models_at_once_and_changes_nothing():
    def greedy(generators, device, dtype):
        if len(generators) > 2:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 byte")
        return PERCEPTRON(generators, device, dtype)

    fits = fit(greedy)
    assert fits.choice.at_once == 2
    assert equal(curves(fits), curves(fit()))


def test_unequal_counts_are_refused():
    arguments = ((("it", PERCEPTRON),), DATA)
    for versions, labels, whole in (
        (VERSIONS[:4], LABELS, np.zeros(5, np.bool_)),
        (VERSIONS, LABELS[:, 1:], np.zeros(5, np.bool_)),
        (VERSIONS, LABELS, np.zeros(4, np.bool_)),
    ):
        with pytest.raises(ValueError, match="per model"):
            fit_models(*arguments, versions, labels, MODELS, SEED, RECIPE, whole, print)


def test_whitening_is_that_of_single_images():
    images = np.random.default_rng(0).integers(0, 256, (5, 3, 4, 6)).astype(np.uint8)
    images[1] = 0
    images[2] = 200
    images[3] = 200
    images[3, 0, 0, 0] = 201  # its deviation, 1 / 255 / sqrt(72), is less than 1 / sqrt(72)
    found = whitened(torch.from_numpy(images), torch.float64).numpy()
    assert found.shape == images.shape
    assert np.allclose(found.reshape(5, -1), whitened_by_hand(images), rtol=0, atol=1e-12)
    assert np.abs(found[1:3]).max() < 1e-12
    assert found[3].max() == pytest.approx(71 / 72 / 255 * np.sqrt(72))
    assert found[0].std() == pytest.approx(1)


def spied(data, recipe):
    """Return the inputs and labels of each step."""
    seen = []

    class Spy(StackedMLP):
        def step(self, x, y, update):
            seen.append((x, y))
            super().step(x, y, update)

    def build(*arguments):
        return Spy(*arguments, features=FEATURES, hidden=HIDDEN, classes=CLASSES)

    fit(build, data, recipe, [0, 1])
    return seen


@pytest.mark.parametrize(("crop", "border"), [(0, 2), (1, 2), (2, 2), (3, 2), (2, 0)])
def test_crops_move_into_the_border_and_beyond_it_into_black(crop, border):
    data = random_data(HEIGHT + 2 * border, WIDTH + 2 * border, border=border, flat=True)
    recipe = replace(RECIPE, crop=crop, epochs=1)
    seen = spied(data, recipe)
    outside = 3  # more than any crop moves beyond the border
    for k in range(2):
        padded = np.pad(data.x[VERSIONS[k]], ((0, 0), (0, 0), (outside, outside), (outside, outside)))
        order = epoch_order(SEED, MODELS[k], 0, np.ones(N, np.bool_))
        views = draw_views(SEED, MODELS[k], 0, N, crop, flip=False)
        top, left = (views.offsets - crop + outside + border).T
        parts = [padded[i, :, top[i] : top[i] + HEIGHT, left[i] : left[i] + WIDTH] for i in order]
        found = torch.cat([x[k] for x, _ in seen]).numpy()
        assert np.allclose(found, whitened_by_hand(np.stack(parts)), rtol=0, atol=1e-9)
        assert torch.cat([y[k] for _, y in seen]).tolist() == LABELS[k][order].tolist()


def turned(image, degrees, border=0):
    angle = np.deg2rad(degrees)
    turns = torch.tensor([[[np.cos(angle), np.sin(angle)]]], dtype=torch.float32)
    offsets, flips = torch.zeros(1, 1, 2, dtype=torch.int64), torch.zeros(1, 1, dtype=torch.bool)
    views = BatchViews(offsets, flips, turns)
    return seen_through(torch.from_numpy(image)[None, None, None], views, 0, border)[0, 0, 0].numpy()


def test_rotation_leaves_a_centered_disc_alone_and_moves_a_dot():
    down, across = np.mgrid[:15, :21] - np.array([7, 10])[:, None, None]
    disc = (255 / (1 + np.exp(np.hypot(down, across) - 3))).astype(np.uint8)
    assert np.abs(turned(disc, 25) - disc).max() < 6
    dot = np.zeros((15, 21), np.uint8)
    dot[7, 15] = 200  # five to the right of the center
    for degrees, place in ((90, (2, 10)), (-90, (12, 10)), (180, (7, 5)), (0, (7, 15))):
        found = turned(dot, degrees)
        assert np.unravel_index(found.argmax(), found.shape) == place  # counterclockwise
        assert found[place] == pytest.approx(200, abs=1e-3)
    slightly = turned(dot, 25)
    assert slightly.sum() == pytest.approx(200, rel=0.1)
    centroid = [(slightly * axis).sum() / slightly.sum() for axis in (down, across)]
    angle = np.deg2rad(25)
    assert centroid == pytest.approx([-5 * np.sin(angle), 5 * np.cos(angle)], abs=0.1)


def test_rotation_brings_the_border_in_and_black_beyond_it():
    white = np.full((9, 9), 255, np.uint8)
    assert turned(white, 45)[0, 0] == 0
    assert turned(white, 45, border=2).min() == pytest.approx(255, abs=1e-3)


def test_rotations_are_drawn_behind_crops_and_flips():
    plain, rotated = (draw_views(SEED, 1, 2, 1000, 3, flip=True, rotation=r) for r in (0.0, 25.0))
    assert (plain.offsets == rotated.offsets).all()
    assert (plain.flips == rotated.flips).all()
    assert (plain.turns == [1, 0]).all()
    angles = np.rad2deg(np.arctan2(rotated.turns[:, 1], rotated.turns[:, 0]))
    assert np.abs(angles).max() <= 25.001
    assert np.abs(angles.mean()) < 1
    assert angles.std() == pytest.approx(25 / np.sqrt(3), rel=0.05)


def test_dropout_keeps_the_mean_and_is_off_in_answers():
    build = MLPBuilder(FEATURES, (400,), CLASSES, dropout=0.4)
    bank, plain = (
        made([np.random.default_rng(0)], torch.device("cpu"), torch.float64)
        for made in (build, replace(build, dropout=0.0))
    )
    x = torch.from_numpy(np.random.default_rng(1).standard_normal((1, 200, FEATURES)))
    assert torch.equal(bank.logits(x[0]), plain.logits(x[0]))
    assert torch.equal(bank.own_logits(x), bank.own_logits(x))
    hidden, dropped = plain._forward(x)[1], bank._forward(x, drops=True)[1]
    active = hidden > 0
    assert (dropped[active] == 0).double().mean().item() == pytest.approx(0.4, abs=0.01)
    assert dropped.mean().item() == pytest.approx(hidden.mean().item(), rel=0.01)
