"""How much each layer of small networks tells about inputs and labels, measured again from weights alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.statistics.information import (
    Codes,
    Information,
    between,
    by_kernels,
    by_neighbors,
    exactly,
    in_bins,
    of_codes,
)
from backend.theory.small_networks import Activation, Values, activities

EDGES = 30  # of the original papers' bins from -1 to 1, which make 29 bins and the point 1
UNBOUNDED_BINS = 100  # of activities without bounds, over all that they reach (Saxe et al. 2018)
FARTHEST = 50.0  # net input of the last edge (Saxe et al. 2018, Fig. 13)


class Estimator(StrEnum):
    """How activities are made discrete, or smoothed."""

    PAPER = "paper"
    ACTIVITY = "activity"
    NET_INPUT = "net_input"
    EXACT = "exact"
    KERNEL = "kernel"
    NEIGHBOR = "neighbor"


@dataclass(frozen=True)
class Measure:
    """An estimator with its count of bins or edges, or the variance of its noise."""

    estimator: Estimator = Estimator.PAPER
    bins: int = EDGES
    variance: float = 1e-3

    @property
    def smooth(self) -> bool:
        """Whether it looks at distances between all patterns, and so takes a hundred times as long."""
        return self.estimator in {Estimator.KERNEL, Estimator.NEIGHBOR}


def reach(hidden: Sequence[Values]) -> tuple[float, float]:
    """Return the lowest and the highest activity of any hidden unit."""
    return min(float(layer.min()) for layer in hidden), max(float(layer.max()) for layer in hidden)


def layer_information(
    parameters: Values,
    widths: Sequence[int],
    activation: Activation,
    inputs: Values,
    labels: npt.NDArray[np.uint8],
    measure: Measure,
    ends: tuple[float, float] | None = None,
    only: int | None = None,
) -> Information:
    """Return the information (..., L) of all layers, outputs last, of networks with parameters (..., Q).

    `ends`: the lowest and highest activity over which bins of unbounded activations go, those of the
    parameters given if absent. Outputs, between 0 and 1, are cut like bounded activities. `only`: the place
    of the one layer that is wanted; L is 1 then.
    """
    layers = activities(parameters, widths, activation, inputs)
    if ends is None:
        ends = (-1.0, 1.0) if activation.bounded else reach(layers[:-1])
    found = []
    for place, layer in enumerate(layers):
        if only not in (None, place):
            continue
        output = place == len(layers) - 1
        if measure.smooth:
            found.append(_smooth(layer, labels, measure))
        else:
            found.append(of_codes(states(layer, activation, measure, ends, output=output), labels))
    return Information(*(np.stack(parts, axis=-1) for parts in zip(*found, strict=True)))


def states(
    layer: Values, activation: Activation, measure: Measure, ends: tuple[float, float], *, output: bool
) -> Codes:
    """Return the discrete state (..., P) of a layer (..., P, units) for every input."""
    match measure.estimator:
        case Estimator.EXACT:
            return exactly(layer)
        case Estimator.NET_INPUT:
            return between(layer, _edges(activation, measure.bins, output=output))
    bounded = output or activation.bounded
    paper = measure.estimator is Estimator.PAPER
    if bounded:
        return in_bins(layer, -1.0, 2 / max((EDGES if paper else measure.bins) - 1, 1))
    low, high = ends
    count = UNBOUNDED_BINS if paper else measure.bins
    return in_bins(layer, low, max(high - low, 1e-30) / count)


def _edges(activation: Activation, count: int, *, output: bool) -> npt.NDArray[np.float32]:
    """Return the activities at net inputs evenly between -50 and 50; of an output, those of a logit."""
    net = np.linspace(-FARTHEST, FARTHEST, count)
    edges: Any = 1 / (1 + np.exp(-net)) if output else activation.of(net)
    return np.asarray(edges, np.float32)


def _smooth(layer: Values, labels: npt.NDArray[np.uint8], measure: Measure) -> Information:
    """Measure the layers (..., P, units) one by one."""
    each = layer.reshape(-1, *layer.shape[-2:])
    if measure.estimator is Estimator.KERNEL:
        found = [by_kernels(one, labels, measure.variance) for one in each]
    else:
        found = [by_neighbors(one, labels) for one in each]
    shape = layer.shape[:-2]
    return Information(*(np.array(parts).reshape(shape) for parts in zip(*found, strict=True)))
