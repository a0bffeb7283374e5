"""Following models over epochs: losses, errors and norms are those of a plain loop, whoever is beside."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from backend.statistics.seeds import Purpose, generator
from workers.engine.choice import Choice
from workers.engine.data import Split
from workers.engine.modules import ModuleBank, ModuleBuilder
from workers.engine.run import Recipe, epoch_order
from workers.engine.schedule import Schedule
from workers.engine.track import track_models
from workers.models.convolutional import SmallCNN
from workers.models.mlp import MLPBuilder, StackedMLP

FEATURES, HIDDEN, CLASSES, SEED, N, M = 6, (5, 4), 3, 11, 50, 20
RECIPE = Recipe(epochs=6, batch_size=16, learning_rate=0.2, momentum=0.9, schedule=Schedule.CONSTANT)
BUILD = MLPBuilder(FEATURES, HIDDEN, CLASSES)
NAMES = ("last_norm", "train_loss", "train_error", "test_loss", "test_error")


@pytest.fixture(scope="module")
def split():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, CLASSES, N + M)
    x = rng.standard_normal((N + M, FEATURES)) + np.eye(FEATURES)[labels]
    return Split(x[:N], labels[:N], x[N:], labels[N:], CLASSES)


def track(split, models=(4, 0, 2), epochs=(1, 3, 6), recipe=RECIPE, at_once=9, build=BUILD):
    choice = Choice("it", at_once, 1, "cpu", "float64")
    return track_models(
        (("it", build),),
        split,
        list(models),
        SEED,
        recipe,
        epochs,
        lambda _: None,
        dtype=torch.float64,
        choice=choice,
    )


def same(a, b, rows=slice(None)):
    for name in NAMES:
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name)[rows])


def plain_loop(split, model, epochs):
    """Train one network with torch's own layers and optimizer."""
    bank = BUILD([generator(SEED, Purpose.INITIALIZATION, model)], torch.device("cpu"), torch.float64)
    layers = [nn.Linear(w.shape[2], w.shape[1]).double() for w in bank.weights]
    with torch.no_grad():
        for layer, weight, bias in zip(layers, bank.weights, bank.biases, strict=True):
            layer.weight.copy_(weight[0])
            layer.bias.copy_(bias[0, :, 0])
    network = nn.Sequential(layers[0], nn.ReLU(), layers[1], nn.ReLU(), layers[2])
    optimizer = torch.optim.SGD(network.parameters(), RECIPE.learning_rate, RECIPE.momentum)
    found = []
    for epoch in range(epochs):
        order = epoch_order(SEED, model, epoch, np.ones(N, bool))
        for part in np.split(order, range(RECIPE.batch_size, N, RECIPE.batch_size)):
            optimizer.zero_grad()
            x, y = torch.tensor(split.x[part]), torch.tensor(split.y[part])
            functional.cross_entropy(network(x), y).backward()
            optimizer.step()
        row = [float(layers[-1].weight.detach().norm())]
        for x, y in ((split.x, split.y), (split.x_test, split.y_test)):
            logits, labels = network(torch.tensor(x)).detach(), torch.tensor(y)
            row += [
                float(functional.cross_entropy(logits, labels)),
                float((logits.argmax(1) != labels).double().mean()),
            ]
        found.append(row)
    return np.array(found)


def test_each_model_is_that_of_a_plain_loop(split):
    tracked = track(split, epochs=range(1, 7))
    for row, model in enumerate((4, 0, 2)):
        expected = plain_loop(split, model, 6)
        for column, name in enumerate(NAMES):
            np.testing.assert_allclose(getattr(tracked, name)[row], expected[:, column], rtol=1e-9)
    assert len({*tracked.last_norm[:, -1]}) == 3


def test_neither_neighbors_nor_the_epochs_asked_for_change_a_bit(split):
    whole = track(split)
    same(track(split, models=(0,)), whole, slice(1, 2))
    same(track(split, at_once=1), whole)
    every = track(split, epochs=(1, 2, 3, 4, 5, 6))
    for name in NAMES:
        np.testing.assert_array_equal(getattr(whole, name), getattr(every, name)[:, [0, 2, 5]])


def test_it_ends_with_the_last_epoch_asked_for(split):
    fractions = []
    track_models(
        (("it", BUILD),),
        split,
        [0],
        SEED,
        RECIPE,
        [2],
        fractions.append,
        choice=Choice("it", 1, 1, "cpu", ""),
    )
    assert fractions[-1] == 1
    assert max(fractions[:-1]) <= 2 / 6


@pytest.mark.parametrize("epochs", [(), (0, 1), (1, 1), (3, 2), (1, 7)])
def test_epochs_must_ascend_within_the_training(split, epochs):
    with pytest.raises(ValueError, match="ascending epochs from 1 to 6"):
        track(split, epochs=epochs)


def test_losses_of_right_answers_do_not_drown_in_what_a_float_adds_to_one(split):
    class Sure(StackedMLP):
        def logits(self, x):
            return 25 * torch.eye(CLASSES)[torch.tensor(split.y[:1])].expand(1, len(x), CLASSES)

    def build(generators, device, dtype):
        return Sure(generators, device, dtype, features=FEATURES, hidden=HIDDEN, classes=CLASSES)

    sure = replace(split, y=np.full(N, split.y[0]))
    found = track_models(
        (("it", build),),
        sure,
        [0],
        SEED,
        RECIPE,
        [1],
        lambda _: None,
        choice=Choice("it", 1, 1, "cpu", "float32"),
    )
    assert found.train_loss[0, 0] == pytest.approx(np.log1p(2 * np.exp(-25)), rel=1e-9)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("together", [1, 4])
def test_the_last_layer_of_modules_is_the_linear_one(together, dtype):
    generators = [np.random.default_rng(k) for k in range(5)]
    build = ModuleBuilder(SmallCNN, (1, 3, CLASSES), together)
    bank = build(generators, torch.device("cpu"), dtype)
    assert isinstance(bank, ModuleBank)
    alone = [build([np.random.default_rng(k)], torch.device("cpu"), torch.float32) for k in range(5)]
    expected = [float(one.modules[0].head.weight[:CLASSES].detach().double().norm()) for one in alone]
    np.testing.assert_allclose(bank.last_norms(), expected, rtol=1e-6)
    bank.keep([1, 4])
    np.testing.assert_allclose(bank.last_norms(), [expected[1], expected[4]], rtol=1e-6)
