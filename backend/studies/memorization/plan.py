"""Cuts the memorization study's models into units, and prices them."""

import math
from collections.abc import Mapping
from itertools import pairwise

from backend.core.errors import FieldError, InvalidError
from backend.datasets.base import Shape
from backend.networks.ladders import LADDERS, Cost, Family, cost
from backend.networks.speed import CONVOLUTIONAL, PERCEPTRON, Speed, Training
from backend.statistics.curves import evaluated_epochs
from backend.statistics.proxies import COURSE
from backend.statistics.subsets import heldout_count
from backend.statistics.surrogate import FIRST_FURTHER, FURTHER, MOST_EXAMPLES
from backend.studies.kit.units import Unit
from backend.studies.memorization.facts import DEPTHS, DISTILLED
from backend.studies.memorization.params import (
    DEPTHS_TOGETHER,
    MOST_PROBED,
    PROXIES_ADD,
    MemorizationParams,
)

MAX_UNITS = 20_000
RATIOS = (0.1, 0.3, 0.5, 0.9)  # of consistency profiles; Jiang et al. 2021 have all tenths
REMOVED_FROM = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)  # as in Feldman & Zhang 2020, Fig. 2
UNIT_SECONDS = 2.5  # of the units of a short experiment: results come in soon
LONGEST_UNIT_SECONDS = 60.0
TAUGHT_BYTES = 2**28  # of what the teachers of a unit say of all examples
TAUGHT_LONGER = 4.0  # units of students, so that enough models are side by side
UNITS_PER_MODEL = 0.05  # share of one model of every size that a unit of a long experiment takes
BLOCKS = (100, 50, 20, 10, 4, 2)  # at least two: one for each lane of the smallest machine
SPEEDS: Mapping[Family, Speed] = {
    Family.MLP_WIDTH: PERCEPTRON,
    Family.MLP_DEPTH: PERCEPTRON,
    Family.CNN_WIDTH: CONVOLUTIONAL,
    Family.RESNET_DEPTH: CONVOLUTIONAL,
}
PROBED_LAYERS = 4  # about so many, of any network
PROBE_SECONDS = 1e-8  # of two cores, for each pair of examples and layer
FURTHER_BLOCK = 250  # subsets in a unit
SURROGATE_FLOPS = 1.6e10  # of the surrogate's linear algebra, a second
SURROGATE_CHEAP = 0.03  # share of the training time, from which it is proposed
SURROGATE_WORTH = 0.05  # share of models that it saves: measured, 3 to 9 % of CNNs, 12 to 17 % of MLPs


def plan(params: MemorizationParams, shape: Shape) -> list[Unit]:
    """Cut each size's models into blocks; all sizes get their first block early, small sizes first.

    What is quickest to train comes first, so that the first histogram is there within seconds. Blocks
    start at multiples of a length that does not depend on the number of models, so an experiment with
    more models repeats the keys of every full block. InvalidError for too many units.
    """
    one_of_each = sum(unit_seconds(params, shape, size, 1) for size in params.sizes)
    longest = min(max(UNIT_SECONDS, one_of_each * UNITS_PER_MODEL), LONGEST_UNIT_SECONDS)
    units = []
    for size in params.sizes:
        length = next((b for b in BLOCKS if unit_seconds(params, shape, size, b) <= longest), BLOCKS[-1])
        units += [_unit(params, shape, size, *block) for block in _blocks(params, length)]
    if params.distillation:
        units += _distillations(params, shape, longest)
    if len(units) > MAX_UNITS:
        detail = f"would make {len(units):,} units of work, at most {MAX_UNITS:,}; use fewer models or sizes"
        raise InvalidError(f"models: {detail}.", (FieldError("/params/models", detail),))
    # Students come behind the models of all sizes that they are compared with.
    units.sort(key=lambda unit: (unit.payload["first"], unit.payload.get("size", math.inf)))
    if params.surrogate:
        units += _further(params, shape)
    if params.prediction_depth:
        units += _probed(params, shape)
    if params.profile:
        if round(RATIOS[0] * shape.n_train) < params.batch_size:
            detail = (
                f"must be at most {round(RATIOS[0] * shape.n_train):,}, {RATIOS[0]:.0%} of the training set"
            )
            raise InvalidError(f"batch_size: {detail}.", (FieldError("/params/batch_size", detail),))
        units += [_profiled(params, shape, ratio) for ratio in RATIOS]
    return [*units, *_removals(params, shape)] if params.removal else units


def _blocks(params: MemorizationParams, length: int) -> list[tuple[int, int]]:
    """Cut the models of a size into blocks of that length, which end at every look."""
    starts = sorted({*range(0, params.models, length), *params.looks[:-1]})
    return list(pairwise([*starts, params.models]))


def _distillations(params: MemorizationParams, shape: Shape, longest: float) -> list[Unit]:
    """Return the units that train teachers and, on the same subsets, students of every size.

    They hold as many trainings of each model as there are sizes, and one, and may take longer for that.
    """
    longest = min(longest * TAUGHT_LONGER, LONGEST_UNIT_SECONDS)
    most = TAUGHT_BYTES // (2 * shape.n_train * shape.classes)
    length = next(
        (b for b in BLOCKS if b <= most and distillation_seconds(params, shape, b) <= longest), BLOCKS[-1]
    )
    return [
        Unit(
            key=f"distilled/models={first}-{stop}",
            payload={DISTILLED: True, "first": first, "count": stop - first},
            models=(stop - first) * (len(params.sizes) + 1),
            seconds=distillation_seconds(params, shape, stop - first),
            stored=(stop - first) * len(params.sizes) * (shape.n_train // 8 + 24),
            look=_look(params, first),
        )
        for first, stop in _blocks(params, length)
    ]


def _probed(params: MemorizationParams, shape: Shape) -> list[Unit]:
    """Return the units that train the first models of each size again, to look into their layers."""
    if shape.n_train > MOST_PROBED:
        detail = f"takes at most {MOST_PROBED:,} training examples, here are {shape.n_train:,}"
        raise InvalidError(f"prediction_depth: {detail}.", (FieldError("/params/prediction_depth", detail),))
    count, subset = DEPTHS_TOGETHER, _subset(params, shape)
    probes = count * PROBED_LAYERS * subset * shape.n_train * PROBE_SECONDS
    return [
        Unit(
            key=f"depths/{LADDERS[params.family].size_name}={size}/models={first}-{first + count}",
            payload={DEPTHS: True, "size": size, "first": first, "count": count},
            models=count,
            seconds=training_seconds(params, shape, size, count, subset, asked=shape.n_train) + probes,
            stored=12 * shape.n_train,
        )
        for first in range(0, params.prediction_depth, count)
        for size in params.sizes
    ]


def _profiled(params: MemorizationParams, shape: Shape, ratio: float) -> Unit:
    """Return the unit that trains on another share of the training set."""
    size, count = params.sizes[-1], params.profile
    return Unit(
        key=f"profile={ratio}/count={count}",
        payload={"profile": ratio, "size": size, "count": count},
        models=count,
        seconds=training_seconds(params, shape, size, count, max(round(ratio * shape.n_train), 1)),
        stored=4 * shape.n_train,
    )


def _removals(params: MemorizationParams, shape: Shape) -> list[Unit]:
    """Return the units that train without examples; their prices are those of training with all."""
    size, count = params.sizes[-1], params.removal
    seconds = training_seconds(params, shape, size, count, shape.n_train)
    arms: list[tuple[str, float | None]] = [("all", None)]
    arms += [(arm, threshold) for threshold in REMOVED_FROM for arm in ("memorized", "random")]
    return [
        Unit(
            # What is removed depends on the scores of so many models.
            key=f"removal/models={params.models}/{arm}{'' if at is None else f'={at}'}/count={count}",
            payload={"removal": arm, "threshold": at, "size": size, "count": count},
            models=count,
            seconds=seconds,
            stored=8 * count,
            look=len(params.looks),
        )
        for arm, at in arms
    ]


def _further(params: MemorizationParams, shape: Shape) -> list[Unit]:
    """Return the units that ask the surrogate about subsets on which no network is trained."""
    if shape.n_train > MOST_EXAMPLES:
        detail = f"takes at most {MOST_EXAMPLES:,} training examples, here are {shape.n_train:,}"
        raise InvalidError(f"surrogate: {detail}.", (FieldError("/params/surrogate", detail),))
    seconds = surrogate_seconds(params, shape, FURTHER_BLOCK)
    return [
        Unit(
            key=f"surrogate={first}-{first + FURTHER_BLOCK}",
            payload={"surrogate": True, "first": FIRST_FURTHER + first, "count": FURTHER_BLOCK},
            models=0,
            seconds=seconds,
            stored=48 * shape.n_train,
        )
        for first in range(0, FURTHER, FURTHER_BLOCK)
    ]


def surrogate_seconds(params: MemorizationParams, shape: Shape, subsets: int) -> float:
    """Return the expected time to ask the surrogate about subsets: an inverse, then systems to solve."""
    n, out = shape.n_train, heldout_count(shape.n_train, params.subset_fraction)
    each = out**3 / 3 + 2 * shape.classes * n * (n + out)
    return 0.05 + (2 * n**3 + subsets * each) / SURROGATE_FLOPS + 1e-3 * subsets


def surrogate_pays(params: MemorizationParams, shape: Shape) -> tuple[float, bool]:
    """Return what the surrogate adds to the training time, as a share, and whether it is worth that."""
    training = sum(unit_seconds(params, shape, size, params.models) for size in params.sizes)
    asked = surrogate_seconds(params, shape, params.models) * len(params.sizes)
    added = (asked + surrogate_seconds(params, shape, FURTHER)) / training
    return added, added < SURROGATE_WORTH


def model_cost(params: MemorizationParams, shape: Shape, size: int) -> Cost:
    """Return what a model of one size is made of."""
    return cost(params.family, size, shape, params.hidden_layers, params.hidden_units)


def unit_seconds(params: MemorizationParams, shape: Shape, size: int, models: int) -> float:
    """Return the expected time to train models of one size on their subsets side by side on two CPU cores."""
    seconds = training_seconds(params, shape, size, models, _subset(params, shape))
    return seconds * (1 + PROXIES_ADD * params.proxies)


def _subset(params: MemorizationParams, shape: Shape) -> int:
    return shape.n_train - heldout_count(shape.n_train, params.subset_fraction)


def distillation_seconds(params: MemorizationParams, shape: Shape, models: int) -> float:
    """Return the expected time to train so many teachers and students of every size on two CPU cores.

    Teachers are asked once about every example; where augmentation shows it otherwise each time, they are
    asked about what every student sees.
    """
    subset, largest = _subset(params, shape), params.sizes[-1]
    augmented = params.crop > 0 or params.flip
    of_teachers = len(params.sizes) * params.epochs * subset if augmented else shape.n_train
    return training_seconds(params, shape, largest, models, subset, asked=of_teachers) + sum(
        training_seconds(params, shape, size, models, subset, asked=shape.n_train + shape.n_test)
        for size in params.sizes
    )


def training_seconds(
    params: MemorizationParams, shape: Shape, size: int, models: int, examples: int, asked: int | None = None
) -> float:
    """Return the expected time to train models of one size on so many examples on two CPU cores.

    Each is `asked` about so many; by default, about every example whenever it is evaluated.
    """
    if asked is None:
        asked = len(evaluated_epochs(params.epochs)) * (shape.n_train + shape.n_test)
    training = Training(
        examples=examples,
        features=shape.features,
        epochs=params.epochs,
        batch_size=params.batch_size,
        asked=asked,
        precision=params.precision,
    )
    return training.seconds(SPEEDS[params.family], model_cost(params, shape, size), models)


def _look(params: MemorizationParams, first: int) -> int:
    """Return behind how many looks model `first` is trained."""
    return sum(first >= look for look in params.looks)


def _unit(params: MemorizationParams, shape: Shape, size: int, first: int, stop: int) -> Unit:
    models = stop - first
    return Unit(
        key=f"{LADDERS[params.family].size_name}={size}/models={first}-{stop}",
        payload={"size": size, "first": first, "count": models},
        models=models,
        seconds=unit_seconds(params, shape, size, models)
        + (surrogate_seconds(params, shape, models) if params.surrogate else 0),
        # A byte for each answer, and two for each margin; four for each probability, and eight for each sum.
        stored=models * (3 * shape.n_train + shape.n_test)
        + shape.n_train * (4 * shape.classes + 8 * len(COURSE) * params.proxies),
        look=_look(params, first),
    )
