"""What an experiment's parameters make of the engine: networks of each size."""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import torch

from backend.datasets.base import Shape
from backend.studies.kit.runner import Context
from backend.studies.memorization.params import MemorizationParams
from backend.studies.memorization.plan import model_cost, unit_seconds
from workers.engine.device import default_device
from workers.engine.distill import Network
from workers.networks.families import back_ends, precision, split_for
from workers.networks.recipes import recipe_of

T = TypeVar("T")


def network_of(params: MemorizationParams, size: int, shape: Shape, device: torch.device) -> Network:
    """Return the networks of one size on images of that shape."""
    of_one = model_cost(params, shape, size)
    return Network(
        back_ends(params.family, size, shape, params.hidden_layers, params.hidden_units),
        precision(params.precision, of_one.multiply_adds, device),
        unit_seconds(params, shape, size, 1),
    )


def trained(
    train: Callable[..., T],
    params: MemorizationParams,
    size: int,
    masks: npt.NDArray[np.bool_],
    first: int,
    context: Context,
    **options: Any,
) -> T:
    """Train models `first` and on, of one size, each on what its mask (K, n_train) has.

    By `train`, which takes what `train_models` takes, and returns what it returns.
    """
    device = default_device()
    network = network_of(params, size, context.examples.shape, device)
    return train(
        network.back_ends,
        split_for(params.family, context.examples),
        masks,
        range(first, first + len(masks)),
        params.seed,
        recipe_of(params),
        context.progress,
        device=device,
        dtype=network.dtype,
        **options,
    )
