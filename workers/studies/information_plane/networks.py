"""Small networks side by side: K of one shape, each with training patterns of its own.

The engine's perceptrons have ReLU and SGD alone. Here every network's parameters are one row, so that a step
of Adam is one operation for all, and weights are kept as they are: 10 networks take 4 ms for an epoch of
3,277 patterns in batches of 256 on one core.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from backend.studies.information_plane.params import VECTOR
from backend.theory.small_networks import Activation, parameter_count, spans

ADAM_BETAS, ADAM_EPSILON = (0.9, 0.999), 1e-8
TRUNCATED = 2.0  # standard deviations, beyond which initial weights are drawn again


@dataclass(frozen=True)
class Patterns:
    """Inputs beside one-hot labels (P, I + C) that all networks share, and how many columns are inputs."""

    table: torch.Tensor
    inputs: int

    @classmethod
    def of(cls, inputs: npt.NDArray[np.float32], labels: npt.NDArray[np.uint8], classes: int) -> "Patterns":
        """Put inputs (P, I) and labels (P,) together."""
        ones = np.eye(classes, dtype=np.float32)[labels]
        return cls(torch.from_numpy(np.concatenate([inputs, ones], axis=1)), inputs.shape[1])

    def chosen(self, indices: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return inputs (K, I, n) and one-hot labels (K, C, n) of the patterns `indices` (K, n)."""
        chosen = self.table[indices].mT.contiguous()
        return chosen[:, : self.inputs], chosen[:, self.inputs :]


class Networks:
    """K networks under the cross-entropy loss.

    `parameters` (K, Q) are as in `theory.small_networks`, in rows that are filled up with zeros. No bit of a
    network depends on how many there are, as long as batches have a multiple of VECTOR patterns.
    """

    def __init__(
        self, parameters: npt.NDArray[np.float32], widths: Sequence[int], activation: Activation
    ) -> None:
        self.count = parameters.shape[1]
        padding = -self.count % VECTOR
        self.parameters = functional.pad(torch.from_numpy(parameters), (0, padding))
        self._widths, self._activation = widths, activation
        self.gradient = torch.zeros_like(self.parameters)  # of the last step
        self._layers = _views(self.parameters, widths)
        self._slopes = _views(self.gradient, widths)
        self._moments = torch.zeros_like(self.parameters), torch.zeros_like(self.parameters)
        self._steps = torch.zeros(())

    def adam(self, x: torch.Tensor, y: torch.Tensor, rate: float) -> None:
        """Take one step of Adam on x (K, I, B) and one-hot y (K, C, B)."""
        self._differentiate(x, y)
        self._steps += 1
        first, second = self._moments
        torch._fused_adam_(
            [self.parameters],
            [self.gradient],
            [first],
            [second],
            [],
            [self._steps],
            lr=rate,
            beta1=ADAM_BETAS[0],
            beta2=ADAM_BETAS[1],
            weight_decay=0.0,
            eps=ADAM_EPSILON,
            amsgrad=False,
            maximize=False,
        )

    def sgd(self, x: torch.Tensor, y: torch.Tensor, rate: float) -> None:
        """Take one step along the gradient."""
        self._differentiate(x, y)
        self.parameters.add_(self.gradient, alpha=-rate)

    def gradient_moments(self, x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the mean of each pattern's gradient by the weights, and of its square, (K, Q) each.

        A pattern's gradient by a weight is the product of what comes in and what goes back, so that the mean
        of its square is that of the product of their squares. Entries of biases are 0.
        """
        moments = torch.zeros_like(self.parameters), torch.zeros_like(self.parameters)
        first, second = (_views(moment, self._widths) for moment in moments)
        for number, (back, entering) in enumerate(reversed(self._backwards(x, y))):
            first[number][0].copy_(torch.bmm(back, entering.mT)).div_(x.shape[2])
            second[number][0].copy_(torch.bmm(back.square(), entering.square().mT)).div_(x.shape[2])
        return moments

    def performance(self, x: torch.Tensor, y: torch.Tensor) -> npt.NDArray[np.float64]:
        """Return each network's mean cross-entropy and accuracy (K, 2) on x (K, I, n), y (K, C, n)."""
        logits = self._forward(x)[-1].double()
        own = (logits * y).sum(dim=1)
        loss = (torch.logsumexp(logits, dim=1) - own).mean(dim=1)
        right = (own >= logits.amax(dim=1)).double().mean(dim=1)
        return torch.stack([loss, right], dim=1).numpy()

    def _differentiate(self, x: torch.Tensor, y: torch.Tensor) -> None:
        """Write the gradient of the mean loss over a batch."""
        count = x.shape[2]
        for (slope, bias), (back, entering) in zip(
            reversed(self._slopes), self._backwards(x, y, scale=1 / count), strict=True
        ):
            torch.bmm(back, entering.mT, out=slope)
            torch.sum(back, 2, keepdim=True, out=bias)

    def _backwards(
        self, x: torch.Tensor, y: torch.Tensor, scale: float = 1.0
    ) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """Return, from the last layer to the first, d(loss)/d(net input) and what enters the layer."""
        entering = self._forward(x)
        back = torch.softmax(entering.pop(), dim=1).sub_(y)
        if scale != 1:
            back.mul_(scale)
        found = []
        for number in reversed(range(len(self._layers))):
            found.append((back, entering[number]))
            if number:
                back = torch.bmm(self._layers[number][0].mT, back)
                back = self._through(back, entering[number])
        return found

    def _forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Return what enters each layer, and the net inputs of the outputs last."""
        entering = [x]
        for number, (weight, bias) in enumerate(self._layers, 1):
            net = torch.baddbmm(bias, weight, entering[-1])
            entering.append(self._active(net) if number < len(self._layers) else net)
        return entering

    def _active(self, net: torch.Tensor) -> torch.Tensor:
        match self._activation:
            case Activation.TANH:
                return net.tanh_()
            case Activation.RELU:
                return net.relu_()
            case Activation.SOFTSIGN:
                return functional.softsign(net)
            case Activation.SOFTPLUS:
                # In parts: torch's own computes the last few numbers of a tensor otherwise than the rest.
                return net.abs().neg_().exp_().log1p_().add_(net.relu_())
        return net

    def _through(self, back: torch.Tensor, active: torch.Tensor) -> torch.Tensor:
        """Multiply by the derivative of the activation, of which every one is a function of its value."""
        found: torch.Tensor = back
        match self._activation:
            case Activation.TANH:
                found = torch.ops.aten.tanh_backward(back, active)
            case Activation.RELU:
                found = torch.ops.aten.threshold_backward(back, active, 0)
            case Activation.SOFTSIGN:
                found = back.mul_((1 - active.abs()).square_())
            case Activation.SOFTPLUS:
                found = back.mul_(-torch.expm1(-active))
        return found


def initial(generators: Sequence[np.random.Generator], widths: Sequence[int]) -> npt.NDArray[np.float32]:
    """Return initial parameters (K, Q): truncated normal weights of deviation 1 / sqrt(fan-in), no biases."""
    parameters = np.zeros((len(generators), parameter_count(widths)), np.float32)
    for rng, row in zip(generators, parameters, strict=True):
        for span in spans(widths):
            drawn = rng.standard_normal(span.shape[0] * span.shape[1])
            while (far := np.abs(drawn) > TRUNCATED).any():
                drawn[far] = rng.standard_normal(int(far.sum()))
            row[span.weights] = drawn / np.sqrt(span.shape[1])
    return parameters


def _views(flat: torch.Tensor, widths: Sequence[int]) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Return the weights (K, out, in) and biases (K, out, 1) of each layer inside of rows (K, Q)."""
    return [
        (flat[:, span.weights].unflatten(1, span.shape), flat[:, span.biases].unsqueeze(2))
        for span in spans(widths)
    ]
