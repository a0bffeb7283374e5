"""Cuts an experiment on ResMem into units: networks of one size and share of the training set."""

import math
from collections.abc import Iterator
from dataclasses import replace

from backend.datasets.base import Shape
from backend.networks.ladders import LADDERS, Family, cost
from backend.networks.speed import CONVOLUTIONAL, PERCEPTRON, Training
from backend.studies.kit.units import Unit
from backend.studies.resmem.params import ResMemParams

BLOCKS = (10, 5, 2, 1)
UNIT_SECONDS = 15.0  # at most, of more than one network
KEPT_FLOATS = 2e8  # features and logits of the networks of a unit, at most, where there are several
ASKED = 2000  # training examples that are answered again
UNITS_WIDE = 512  # of MLPs by depth
PAIR = 2e-9, 3e-11  # seconds per pair of examples, and for each number of their features, on two cores
MIXED = 3.5e-9  # seconds for each neighbor, class and temperature that is tried
SPEED = replace(CONVOLUTIONAL, each=1e-3)  # steps of small networks are mostly not arithmetic
STORED = 10_000  # about the bytes of a network's facts


def plan(params: ResMemParams, shape: Shape) -> list[Unit]:
    """Return the units, small networks first; blocks of runs start where they do with more of them."""
    units = [unit for size, share in cells(params) for unit in _units(params, shape, size, share)]
    units.sort(key=lambda unit: (unit.payload["first"], unit.payload["size"]))
    if params.experiment is not None:
        units.insert(0, Unit("scores", {"scores": params.experiment}, 0, 0.1, 8 * shape.n_train))
    return units


def cells(params: ResMemParams) -> Iterator[tuple[int, float]]:
    """Yield sizes and the shares of the training set that they are trained on."""
    yield from ((params.sizes[0], share) for share in params.shares[:-1])
    yield from ((size, 1.0) for size in params.sizes)


def passes(epochs: int, share: float) -> int:
    """Return the passes over a share that take as many steps as those over the whole."""
    return round(epochs / share)


def features(params: ResMemParams, size: int) -> int:
    """Return how many numbers go into the last layer."""
    if params.family is Family.MLP_DEPTH:
        return UNITS_WIDE
    return {Family.MLP_WIDTH: size, Family.CNN_WIDTH: 4 * size, Family.RESNET_DEPTH: 64}[params.family]


def training_seconds(params: ResMemParams, shape: Shape, size: int, share: float, runs: int) -> float:
    """Return the expected time to train networks side by side on two CPU cores."""
    examples = max(round(share * params.split(shape.n_train)[1]), 1)
    training = Training(
        examples=examples,
        features=shape.features,
        epochs=passes(params.epochs, share),
        batch_size=params.batch_size,
        asked=2 * (shape.n_train + shape.n_test),
        precision=params.precision,
    )
    perceptron = params.family in (Family.MLP_WIDTH, Family.MLP_DEPTH)
    of_one = cost(params.family, size, shape, units=UNITS_WIDE)
    return training.seconds(PERCEPTRON if perceptron else SPEED, of_one, runs)


def memory_seconds(params: ResMemParams, shape: Shape, size: int, share: float) -> float:
    """Return the expected time to look up neighbors for one network and to try all memories."""
    each, left = params.split(shape.n_train)
    known = round(share * left)
    asked = 2 * each + min(ASKED, known) + shape.n_test
    tried = sum(params.neighbors) * len(params.bandwidths) * (len(params.temperatures) + 1)
    pair, number = PAIR
    looked_up = asked * known * (pair + number * features(params, size))
    return 0.05 + looked_up + each * tried * shape.classes * MIXED


def _units(params: ResMemParams, shape: Shape, size: int, share: float) -> Iterator[Unit]:
    def seconds(runs: int) -> float:
        return training_seconds(params, shape, size, share, runs) + runs * memory_seconds(
            params, shape, size, share
        )

    kept = (shape.n_train + shape.n_test) * (features(params, size) + shape.classes)
    most = max(math.floor(KEPT_FLOATS / kept), 1)
    length = next((b for b in BLOCKS if b <= most and seconds(b) <= UNIT_SECONDS), 1)
    for first in range(0, params.runs, length):
        count = min(length, params.runs - first)
        yield Unit(
            f"{LADDERS[params.family].size_name}={size}/share={share:g}/runs={first}-{first + count}",
            {"size": size, "share": share, "first": first, "count": count},
            count,
            seconds(count),
            count * (STORED + 2 * params.split(shape.n_train)[0]),
        )
