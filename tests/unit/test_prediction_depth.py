"""Prediction depth: probes by hand, layers of every back end, and the models that they are looked at in."""

import numpy as np
import pytest
import torch

from backend.datasets.base import Shape
from backend.networks.ladders import Family
from workers.engine.data import Split
from workers.engine.prediction_depth import Settled, train_depths, votes
from workers.engine.run import Recipe
from workers.networks.families import back_ends

SHAPE = Shape(n_train=60, n_test=10, classes=3, height=8, width=8, channels=1)


def test_neighbors_vote_and_none_for_itself():
    layer = np.array([[0.0], [1.0], [2.1], [10.0], [11.0], [12.1]], np.float32)
    labels = np.array([0, 1, 1, 2, 2, 0])
    seen = np.array([True, True, True, True, True, False])
    # Each has the labels of its two nearest among the five; the first one's own label has no vote.
    assert votes(layer, labels, seen, 3, k=2).tolist() == [1, 0, 0, 1, 1, 2]
    twins = np.zeros((4, 1), np.float32)
    assert votes(twins, np.array([0, 1, 1, 1]), np.ones(4, np.bool_), 2, k=3).tolist() == [1, 1, 1, 1]


def test_an_answer_is_settled_where_all_later_probes_agree():
    settled = Settled(np.array([[1, 1, 1, 1]]), 3)
    settled.probe(0, 2, np.array([1, 1, 0, 1]))
    settled.probe(0, 1, np.array([1, 0, 1, 1]))
    settled.probe(0, 0, np.array([1, 1, 1, 0]))
    assert settled.depth.tolist() == [[0, 2, 3, 1]]


def split():
    rng = np.random.default_rng(0)
    y = np.arange(70) % 3
    x = np.clip(128 + 60 * rng.standard_normal((70, 1, 8, 8)) + 40 * (y[:, None, None, None] - 1), 0, 255)
    x = x.astype(np.uint8)
    mean, sd = np.full((1, 1, 1), 128.0), np.full((1, 1, 1), 64.0)
    return Split(x=x[:60], y=y[:60], x_test=x[60:], y_test=y[60:], classes=3, mean=mean, sd=sd, flat=False)


@pytest.mark.parametrize(
    ("family", "size", "dimensions"),
    [
        (Family.CNN_WIDTH, 2, [2 * 4 * 4, 4 * 2 * 2, 8]),
        (Family.RESNET_DEPTH, 8, [16 * 4 * 4] * 3 + [32 * 4 * 4, 32 * 4 * 4, 64 * 2 * 2, 64]),
    ],
)
def test_layers_of_groups_are_those_of_single_networks(family, size, dimensions):
    x = torch.randn(5, 1, 8, 8)
    of_each = []
    for _, builder in back_ends(family, size, SHAPE, 1, 1)[:2]:
        bank = builder([np.random.default_rng(seed) for seed in range(3)], torch.device("cpu"), torch.float32)
        layers = bank.layers(x)
        assert all(layer.shape[:2] == (3, 5) for layer in layers)
        torch.testing.assert_close(layers[-1], bank.features(x))
        of_each.append(layers)
    for alone, grouped in zip(*of_each, strict=True):
        torch.testing.assert_close(alone, grouped, rtol=1e-4, atol=1e-4)
    assert [layer.shape[2] for layer in of_each[0]] == dimensions


def test_layers_of_perceptrons_are_their_hidden_ones():
    ((_, builder),) = back_ends(Family.MLP_DEPTH, 3, SHAPE, 1, 16)
    bank = builder([np.random.default_rng(0)], torch.device("cpu"), torch.float32)
    x = torch.randn(5, 64)
    layers = bank.layers(x)
    assert [tuple(layer.shape) for layer in layers] == [(1, 5, 16)] * 3
    torch.testing.assert_close(layers[-1], bank.features(x))
    assert (layers[0] >= 0).all()


def test_models_are_probed_alike_whatever_is_beside_them():
    masks = np.ones((2, 60), np.bool_)
    masks[0, :20], masks[1, 40:] = False, False
    recipe = Recipe(epochs=6, batch_size=10, learning_rate=0.05, momentum=0.9)
    ends = back_ends(Family.CNN_WIDTH, 4, SHAPE, 1, 1)
    found = train_depths(ends, split(), masks, [0, 1], 0, recipe, lambda _: None)
    assert found.layers == 4
    assert found.depth.shape == (2, 60)
    assert found.depth.max() <= 4
    assert len(np.unique(found.depth)) > 1
    again = train_depths(ends, split(), masks[1:], [1], 0, recipe, lambda _: None)
    assert (again.depth[0] == found.depth[1]).all()
