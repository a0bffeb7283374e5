"""What the units of small fully connected networks do, from their weights alone: pure numpy.

A network's parameters are one row: layer by layer the weights (outputs x inputs), then the biases.
"""

from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float32]


class Activation(StrEnum):
    """What a hidden unit does with its net input."""

    TANH = "tanh"
    RELU = "relu"
    SOFTSIGN = "softsign"
    SOFTPLUS = "softplus"
    LINEAR = "linear"

    @property
    def bounded(self) -> bool:
        """Whether its values lie between -1 and 1."""
        return self in {Activation.TANH, Activation.SOFTSIGN}

    def of(self, net_input: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return the activity at a net input, elementwise."""
        found: npt.NDArray[Any] = net_input
        match self:
            case Activation.TANH:
                found = np.tanh(net_input)
            case Activation.RELU:
                found = np.maximum(net_input, 0)
            case Activation.SOFTSIGN:
                found = net_input / (1 + np.abs(net_input))
            case Activation.SOFTPLUS:
                found = np.maximum(net_input, 0) + np.log1p(np.exp(-np.abs(net_input)))
        return found


class Span(NamedTuple):
    """Where the weights (outputs, inputs) and the biases of a layer lie in a row of parameters."""

    weights: slice
    biases: slice
    shape: tuple[int, int]


def spans(widths: Sequence[int]) -> list[Span]:
    """Return the span of each layer of a network of those widths, inputs first and outputs last."""
    found, start = [], 0
    for before, after in pairwise(widths):
        middle, end = start + before * after, start + (before + 1) * after
        found.append(Span(slice(start, middle), slice(middle, end), (after, before)))
        start = end
    return found


def parameter_count(widths: Sequence[int]) -> int:
    """Return how many parameters a network of those widths has."""
    return sum(after * (before + 1) for before, after in pairwise(widths))


def layers(parameters: Values, widths: Sequence[int]) -> list[tuple[Values, Values]]:
    """Return weights (..., outputs, inputs) and biases (..., outputs) of each layer, as views."""
    rows = parameters.shape[:-1]
    return [
        (parameters[..., span.weights].reshape(*rows, *span.shape), parameters[..., span.biases])
        for span in spans(widths)
    ]


def activities(
    parameters: Values, widths: Sequence[int], activation: Activation, inputs: Values
) -> list[Values]:
    """Return what each layer does on all inputs (P, I): (..., P, units), the softmax of the outputs last."""
    found: list[Values] = []
    below = inputs
    for number, (weights, biases) in enumerate(layers(parameters, widths), 1):
        net = below @ np.swapaxes(weights, -1, -2) + biases[..., None, :]
        if number < len(widths) - 1:
            below = activation.of(net).astype(np.float32, copy=False)
        else:
            raised = np.exp(net - net.max(axis=-1, keepdims=True))
            below = raised / raised.sum(axis=-1, keepdims=True)
        found.append(below)
    return found
