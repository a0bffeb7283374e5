"""Cuts an experiment of the separable study into units: what needs no training first."""

from collections.abc import Iterator, Mapping

import numpy as np

from backend.datasets.base import Shape
from backend.networks.ladders import Family, cost
from backend.networks.speed import CONVOLUTIONAL, PERCEPTRON, Speed, Training
from backend.studies.kit.units import Unit
from backend.studies.separable.optimizers import BATCH, SMOOTH_AFTER, TRIED, Optimizer
from backend.studies.separable.params import UNITS, Part, SeparableParams
from backend.studies.separable.table import EPOCHS

PER_DECADE = 8  # epochs at which networks are looked at, evenly over the logarithm
CROP = 4  # pixels on either side, where networks see crops
BLOCK = 5  # runs of a unit, whatever their number: more of them repeat the units of fewer
LONGEST_S = 600.0  # of a unit with more than one run
FLOW_SECONDS = 0.02  # of all flows on one draw
LONG_SECONDS = {  # of what gets to any step at once
    Optimizer.GD: 0.005,
    Optimizer.MOMENTUM: 0.01,
    Optimizer.ADAM: 0.045,
    Optimizer.FAST_ADAM: 0.045,
}
STEP_SECONDS = {  # of what takes each step, on points of the plane
    Optimizer.SGD: 1.4e-5,
    Optimizer.NORMALIZED: 7e-6,
}
PAIR_OPTIMIZERS = (
    Optimizer.GD,
    Optimizer.MOMENTUM,
    Optimizer.SGD,
    Optimizer.NORMALIZED,
    Optimizer.ADAM,
)
STORED = 20_000  # about the bytes of a unit's facts
SPEEDS: Mapping[Family, Speed] = {
    Family.MLP_WIDTH: PERCEPTRON,
    Family.MLP_DEPTH: PERCEPTRON,
    Family.CNN_WIDTH: CONVOLUTIONAL,
    Family.RESNET_DEPTH: CONVOLUTIONAL,
}


def plan(params: SeparableParams, shape: Shape) -> list[Unit]:
    """Return all units in the order in which they should run."""
    units: list[Unit] = []
    if Part.FLOW in params.parts:
        units += _flows(params)
    if Part.PAIR in params.parts:
        units.append(Unit("pair", {"part": Part.PAIR.value}, 1, pair_seconds(params, shape), 20 * STORED))
    if Part.OPTIMIZERS in params.parts:
        units += _optimizers(params)
    if Part.NETWORKS in params.parts:
        units += _networks(params, shape)
    return units


def recorded(epochs: int) -> list[int]:
    """Return after which epochs networks are looked at: evenly over the logarithm, and as in Table 1."""
    count = round(PER_DECADE * np.log10(epochs)) + 1
    spaced = np.rint(np.geomspace(1, epochs, count)).astype(int).tolist()
    return sorted({*spaced, *(epoch for epoch in EPOCHS if epoch <= epochs)})


def network_seconds(params: SeparableParams, shape: Shape, count: int) -> float:
    """Return the expected time to train so many networks side by side on two CPU cores."""
    training = Training(
        examples=shape.n_train,
        features=shape.features,
        epochs=params.epochs,
        batch_size=params.batch_size,
        asked=len(recorded(params.epochs)) * (shape.n_train + shape.n_test),
        precision="float32",
    )
    of_one = cost(params.family, params.size, shape, params.hidden_layers, UNITS)
    return training.seconds(SPEEDS[params.family], of_one, count)


def pair_steps(params: SeparableParams) -> int:
    """Return how many steps optimizers take on images: a tenth of those on points, which are shorter."""
    return params.steps // 10


def pair_seconds(params: SeparableParams, shape: Shape) -> float:
    """Return the expected time of all optimizers on two classes, in as many numbers as span the examples."""
    n = min(2 * params.pair_examples, 2 * shape.n_train // shape.classes)
    numbers, steps = n * min(n, shape.features + 1), pair_steps(params)
    both = 2 * max(steps, SMOOTH_AFTER) * (3e-6 + 3.5e-10 * numbers)  # gradient descent, with momentum too
    others = 2 * steps * (8e-6 + 2.5e-10 * numbers)
    return 0.3 + both + others + steps * n / BATCH * 3.3e-6


def _optimizers(params: SeparableParams) -> Iterator[Unit]:
    for tried in TRIED:
        optimizer = tried.optimizer
        each = LONG_SECONDS.get(optimizer) or params.steps * STEP_SECONDS[optimizer]
        for first, count in _blocks(params.draws if tried.drawn else 1, each):
            payload = {
                "part": Part.OPTIMIZERS.value,
                "points": tried.points.value,
                "optimizer": tried.optimizer.value,
                "first": first,
                "count": count,
            }
            key = f"optimizers/{tried.points}/{tried.optimizer}/{first}-{first + count}"
            yield Unit(key, payload, count, count * each, STORED * count)


def _flows(params: SeparableParams) -> Iterator[Unit]:
    for first, count in _blocks(params.draws, FLOW_SECONDS):
        payload = {"part": Part.FLOW.value, "first": first, "count": count}
        yield Unit(f"flow/{first}-{first + count}", payload, count, count * FLOW_SECONDS, STORED * count)


def _blocks(runs: int, each: float) -> Iterator[tuple[int, int]]:
    """Yield (first, count) of blocks whose length does not depend on how many runs there are."""
    block = BLOCK if BLOCK * each <= LONGEST_S else 1
    for first in range(0, runs, block):
        yield first, min(block, runs - first)


def _networks(params: SeparableParams, shape: Shape) -> Iterator[Unit]:
    for first, count in _blocks(params.networks, network_seconds(params, shape, BLOCK) / BLOCK):
        payload = {"part": Part.NETWORKS.value, "first": first, "count": count}
        seconds = network_seconds(params, shape, count)
        yield Unit(f"networks/{first}-{first + count}", payload, count, seconds, STORED * count)
