"""Cuts an experiment of the randomization study into units: cheap parts first, then one run after another.

All curves of a sweep train side by side, in one unit unless that would take too long. Payloads are
`{"part": Work}` with what the part needs: see the functions here and their namesakes in
`workers/studies/randomization`.
"""

from collections.abc import Iterator
from enum import StrEnum
from itertools import pairwise
from typing import Any

import numpy as np

from backend.core.errors import FieldError, InvalidError
from backend.datasets.base import Shape
from backend.datasets.options import PixelMode
from backend.networks.architectures import Architecture, check, cost, is_convolutional
from backend.networks.speed import ALEXNET, INCEPTION, PERCEPTRON, Training
from backend.statistics.subsets import heldout_count
from backend.studies.kit.units import Unit
from backend.studies.randomization.conditions import MODES, RANDOM_LABELS, TRUE, Condition, Regularizer
from backend.studies.randomization.params import NETWORK_PARTS, Part, RandomizationParams, seen

BRIDGE = (0.0, 0.2, 0.5, 1.0)  # probabilities of corruption at which examples are scored
SUBSET_FRACTION = 0.7  # of the bridge, as in the main study
KERNEL_CORRUPTIONS = (0.0, 0.2, 0.5, 1.0)
REDRAWN = 9  # further draws of random labels, whose norms kernel models are asked for
GAMMA = 0.02  # of the kernel, for pixels from 0 to 1
GAMMAS = (0.005, 0.01, 0.05, 0.1, 0.5)  # others, to hold norms against errors
RIDGES = (0.1, 1.0)
SIGN_EXAMPLES = 2000  # random signs on so many examples at most are fit by a perceptron,
LINEAR_SIGN_EXAMPLES = 20_000  # and on so many by least squares
SPEEDS = {
    Architecture.ALEXNET: ALEXNET,
    Architecture.INCEPTION: INCEPTION,
    Architecture.INCEPTION_PLAIN: INCEPTION,
}
STORED = 50_000  # about the bytes of a unit's facts: curves, no answers
LONGEST_S = 600.0  # of a unit with more than two networks
EXPECTED_SHARE = 0.9  # of all epochs, until the loss of a network on randomized data is gone


class Work(StrEnum):
    """What a unit does, as its payload says: part of every stored experiment."""

    FITS = "fits"
    FINITE_SAMPLE = "finite_sample"
    MINIMUM_NORM = "minimum_norm"
    KERNEL = "kernel"
    COMPLEXITY = "complexity"
    MEMORIZATION = "memorization"


def plan(params: RandomizationParams, shape: Shape) -> list[Unit]:
    """Return all units in the order in which they should run.

    InvalidError names the architecture that the images are too small for.
    """
    if set(NETWORK_PARTS) & set(params.parts):
        for architecture in params.architectures:
            _check(architecture, seen(shape))
    units: list[Unit] = []
    if Part.FINITE_SAMPLE in params.parts:
        seconds = finite_sample_seconds(params, shape)
        units.append(Unit("finite-sample", {"part": Work.FINITE_SAMPLE}, 1, seconds, STORED))
    if Part.LINEAR in params.parts:
        units.append(Unit("minimum-norm", {"part": Work.MINIMUM_NORM}, 2, 1.0, STORED))
        units += _kernels(params, shape)
    if Part.COMPLEXITY in params.parts:
        units += _complexities(params, shape)
    for run in range(params.runs):
        units += _fits(params, shape, run)
        if run == 0 and Part.MEMORIZATION in params.parts:
            units += _bridges(params, shape)
    return units


def _check(architecture: Architecture, shape: Shape) -> None:
    try:
        check(architecture, shape)
    except ValueError as error:
        detail = f"{error}; choose another one or larger images"
        raise InvalidError(
            f"architectures: {detail}.", (FieldError("/params/architectures", detail),)
        ) from None


def conditions(params: RandomizationParams, regularizer: Regularizer) -> tuple[Condition, ...]:
    """Return what networks with that regularizer are trained on, each once however many parts ask for it."""
    wanted: list[Condition] = []
    if regularizer is Regularizer.NONE:
        if Part.FITTING in params.parts:
            wanted += MODES
        if Part.CORRUPTION in params.parts:
            wanted += [Condition(PixelMode.ORIGINAL, p) for p in params.corruptions]
    if Part.REGULARIZERS in params.parts:
        wanted += [TRUE, RANDOM_LABELS]
    return tuple(dict.fromkeys(wanted))


def regularizers(architecture: Architecture) -> tuple[Regularizer, ...]:
    """Return what an architecture is tried with; dropout is for perceptrons."""
    return tuple(r for r in Regularizer if r is not Regularizer.DROPOUT or not is_convolutional(architecture))


def fit_seconds(
    params: RandomizationParams, shape: Shape, architecture: Architecture, wanted: tuple[Condition, ...]
) -> float:
    """Return the expected time to train one network on each condition, side by side on two CPU cores."""
    share = np.mean([1.0 if condition == TRUE else EXPECTED_SHARE for condition in wanted])
    epochs = params.epochs * float(share)
    training = Training(
        examples=shape.n_train,
        features=seen(shape).features,
        epochs=epochs,
        batch_size=params.batch_size,
        asked=epochs * (shape.n_train + shape.n_test),
        precision=params.precision,
    )
    of_one = cost(architecture, seen(shape), params.reduction)
    return training.seconds(SPEEDS.get(architecture, PERCEPTRON), of_one, len(wanted))


def _fits(params: RandomizationParams, shape: Shape, run: int) -> Iterator[Unit]:
    for architecture in params.architectures:
        for regularizer in regularizers(architecture):
            wanted = conditions(params, regularizer)
            if not wanted:
                continue
            blocks = _blocks(params, shape, architecture, wanted)
            for number, block in enumerate(blocks):
                key = f"{architecture}/{regularizer}/run={run}/{number + 1}-of-{len(blocks)}"
                payload: dict[str, Any] = {
                    "part": Work.FITS,
                    "architecture": architecture,
                    "regularizer": regularizer,
                    "conditions": [[c.pixels, c.corruption] for c in block],
                    "run": run,
                }
                seconds = fit_seconds(params, shape, architecture, block)
                yield Unit(key, payload, len(block), seconds, STORED)


def _blocks(
    params: RandomizationParams, shape: Shape, architecture: Architecture, wanted: tuple[Condition, ...]
) -> list[tuple[Condition, ...]]:
    """Cut conditions into as few equal blocks as keep units short; two networks fill two cores."""
    seconds = fit_seconds(params, shape, architecture, wanted)
    count = min(max(int(np.ceil(seconds / LONGEST_S)), 1), max(len(wanted) // 2, 1))
    bounds = np.linspace(0, len(wanted), count + 1).astype(int).tolist()
    return [wanted[start:stop] for start, stop in pairwise(bounds)]


def sizes(most: int, least: int, count: int) -> tuple[int, ...]:
    """Return numbers of examples that double up to `most`, at most `count` of them and none below `least`."""
    halved = (most // 2**step for step in reversed(range(count)))
    return tuple(n for n in halved if n >= min(least, most))


def _kernels(params: RandomizationParams, shape: Shape) -> Iterator[Unit]:
    most = min(params.kernel_examples, shape.n_train)
    for n in sizes(most, 50, 5):
        payload = {
            "part": Work.KERNEL,
            "n": n,
            "gamma": GAMMA,
            "ridge": 0.0,
            "corruptions": KERNEL_CORRUPTIONS,
        }
        yield Unit(f"kernel/n={n}", payload, len(KERNEL_CORRUPTIONS), kernel_seconds(shape, n), STORED)
    others = [(gamma, 0.0) for gamma in GAMMAS] + [(GAMMA, ridge) for ridge in RIDGES]
    for gamma, ridge in others:
        payload = {"part": Work.KERNEL, "n": most, "gamma": gamma, "ridge": ridge, "corruptions": (0.0,)}
        yield Unit(
            f"kernel/n={most}/gamma={gamma}/ridge={ridge}", payload, 1, kernel_seconds(shape, most), STORED
        )


def finite_sample_seconds(params: RandomizationParams, shape: Shape) -> float:
    """Return the expected time to build the network of Theorem 1: to project all examples and sort them."""
    n = min(params.network_examples, shape.n_train)
    return 0.03 + n * (4.5e-5 + 1e-8 * seen(shape).features)


def kernel_seconds(shape: Shape, n: int) -> float:
    """Return the expected time of one factorization and all predictions on two CPU cores."""
    d, columns = seen(shape).features, (len(KERNEL_CORRUPTIONS) + REDRAWN) * shape.classes
    operations = n**2 * (d + n / 3 + 4 * columns) + 2 * n * shape.n_test * (d + columns)
    return 0.05 + operations / 7.5e10


def _complexities(params: RandomizationParams, shape: Shape) -> Iterator[Unit]:
    for n in sizes(min(LINEAR_SIGN_EXAMPLES, shape.n_train), 20, 10):
        models, seconds = 1, 0.05 + 4 * n * min(n, seen(shape).features) ** 2 / 7.5e10
        if n <= SIGN_EXAMPLES:
            reduced = Shape(n, 1, 2, shape.height, shape.width, shape.channels)
            models = params.draws
            seconds += fit_seconds(params, reduced, Architecture.MLP_1X512, (RANDOM_LABELS,) * models)
        yield Unit(f"complexity/n={n}", {"part": Work.COMPLEXITY, "n": n}, models, seconds, STORED)


def _bridges(params: RandomizationParams, shape: Shape) -> Iterator[Unit]:
    subset = shape.n_train - heldout_count(shape.n_train, SUBSET_FRACTION)
    reduced = Shape(subset, shape.n_train, shape.classes, shape.height, shape.width, shape.channels)
    for p in BRIDGE:
        seconds = fit_seconds(params, reduced, Architecture.MLP_1X512, (RANDOM_LABELS,) * params.models)
        yield Unit(
            f"memorization/p={p}",
            {"part": Work.MEMORIZATION, "corruption": p},
            params.models,
            seconds,
            STORED,
        )
