"""What an experiment's parameters make of the engine: networks of each size."""

import torch

from backend.datasets.base import Shape
from backend.studies.memorization.params import MemorizationParams
from backend.studies.memorization.plan import model_cost, unit_seconds
from workers.engine.distill import Network
from workers.networks.families import back_ends, precision


def network_of(params: MemorizationParams, size: int, shape: Shape, device: torch.device) -> Network:
    """Return the networks of one size on images of that shape."""
    of_one = model_cost(params, shape, size)
    return Network(
        back_ends(params.family, size, shape, params.hidden_layers, params.hidden_units),
        precision(params.precision, of_one.multiply_adds, device),
        unit_seconds(params, shape, size, 1),
    )
