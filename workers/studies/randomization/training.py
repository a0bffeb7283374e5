"""How a network of the study is trained: the same recipe whatever it is to fit, but for the regularizer."""

from typing import NamedTuple

import torch

from backend.datasets.base import Shape
from backend.networks.architectures import Architecture, cost
from backend.studies.randomization.conditions import Regularizer
from backend.studies.randomization.params import DROPOUT, MOMENTUM, ROTATION, RandomizationParams, crop_reach
from workers.engine.choice import BackEnds
from workers.engine.device import default_device
from workers.engine.run import Recipe
from workers.engine.schedule import Schedule
from workers.networks.architectures import back_ends
from workers.networks.families import precision

CROPS = {Regularizer.CROP, Regularizer.CROP_AND_DECAY, Regularizer.AUGMENTATION}
DECAYS = {Regularizer.WEIGHT_DECAY, Regularizer.CROP_AND_DECAY}


class Training(NamedTuple):
    """What the engine asks for beside data and models."""

    back_ends: BackEnds
    recipe: Recipe
    device: torch.device
    dtype: torch.dtype


def training(
    params: RandomizationParams,
    shape: Shape,
    architecture: Architecture = Architecture.MLP_1X512,
    regularizer: Regularizer = Regularizer.NONE,
) -> Training:
    """Return how an architecture is trained on images of that shape, as it sees them."""
    device, augmented = default_device(), regularizer is Regularizer.AUGMENTATION
    recipe = Recipe(
        epochs=params.epochs,
        batch_size=params.batch_size,
        learning_rate=params.rate(architecture),
        momentum=MOMENTUM,
        weight_decay=params.weight_decay if regularizer in DECAYS else 0.0,
        schedule=Schedule.CONSTANT,
        decay=params.decay,
        crop=crop_reach(shape) if regularizer in CROPS else 0,
        flip=augmented,
        rotation=ROTATION if augmented else 0.0,
    )
    dropout = DROPOUT if regularizer is Regularizer.DROPOUT else 0.0
    multiply_adds = cost(architecture, shape, params.reduction).multiply_adds
    return Training(
        back_ends(architecture, shape, params.reduction, dropout),
        recipe,
        device,
        precision(params.precision, multiply_adds, device),
    )
