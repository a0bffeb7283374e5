"""Multilayer perceptrons of any width and depth, K of them as batched matrix products."""

from collections.abc import Sequence
from functools import partial
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import torch

from workers.engine.bank import BankBuilder, Update


class StackedMLP:
    """K networks features -> hidden layers with ReLU -> classes under the cross-entropy loss.

    Gradients are written out: the momentum update then becomes part of the product that makes the gradient
    (`baddbmm` with beta = momentum), which autograd followed by an optimizer cannot do.
    """

    def __init__(
        self,
        generators: Sequence[np.random.Generator],
        device: torch.device,
        dtype: torch.dtype,
        *,
        features: int,
        hidden: Sequence[int],
        classes: int,
    ) -> None:
        draws = [_initial_weights(rng, (features, *hidden, classes)) for rng in generators]
        self.weights = [
            torch.from_numpy(np.stack(layer)).to(device, dtype) for layer in zip(*draws, strict=True)
        ]
        self.biases = [weight.new_zeros(len(draws), 1, weight.shape[2]) for weight in self.weights]
        self._weight_velocities = [torch.zeros_like(weight) for weight in self.weights]
        self._bias_velocities = [torch.zeros_like(bias) for bias in self.biases]

    def logits(self, x: torch.Tensor) -> torch.Tensor:
        """Return (K, m, classes) for x (m, features)."""
        return self._forward(x.expand(len(self.weights[0]), *x.shape))[-1]

    def step(self, x: torch.Tensor, y: torch.Tensor, update: Update) -> None:
        """Take one step of SGD: x (K, B, features), y (K, B) int64."""
        inputs = self._forward(x)
        # d(mean cross-entropy)/d(logits) = (softmax - one-hot) / B
        gradient = torch.softmax(inputs.pop(), dim=2)
        gradient.scatter_add_(2, y.unsqueeze(2), gradient.new_full((1, 1, 1), -1.0).expand(*y.shape, 1))
        gradient /= y.shape[1]
        for layer in reversed(range(len(inputs))):
            below = None
            if layer > 0:  # before this layer's weights change
                below = torch.bmm(gradient, self.weights[layer].mT)
                below *= inputs[layer] > 0
            self._descend(layer, inputs[layer], gradient, update)
            if below is not None:
                gradient = below

    def _forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Return what goes into each layer, and the logits last."""
        inputs = [x]
        last = len(self.weights) - 1
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            out = torch.baddbmm(bias, inputs[-1], weight)
            inputs.append(out if layer == last else out.relu_())
        return inputs

    def _descend(self, layer: int, x: torch.Tensor, gradient: torch.Tensor, update: Update) -> None:
        """Move one layer along the gradient (K, B, out) of its outputs for the inputs x (K, B, in)."""
        weight, bias = self.weights[layer], self.biases[layer]
        v_weight, v_bias = self._weight_velocities[layer], self._bias_velocities[layer]
        before = (v_weight.clone(), v_bias.clone()) if update.nesterov else None
        torch.baddbmm(v_weight, x.mT, gradient, beta=update.momentum, out=v_weight)
        v_bias.mul_(update.momentum).add_(gradient.sum(1, keepdim=True))
        for parameter, velocity in ((weight, v_weight), (bias, v_bias)):
            if update.weight_decay:
                velocity.add_(parameter, alpha=update.weight_decay)
            ahead = 1 + update.momentum if update.nesterov else 1.0
            parameter.add_(velocity, alpha=-update.rate * ahead)
        if before is not None:
            # gradient + m v' = (1 + m) v' - m v: the second half of Nesterov's step
            for parameter, old in zip((weight, bias), before, strict=True):
                parameter.add_(old, alpha=update.rate * update.momentum)


def mlp_builder(features: int, hidden: Sequence[int], classes: int) -> BankBuilder:
    """Return a builder of banks of that shape; `hidden` lists the units of each hidden layer."""
    return partial(StackedMLP, features=features, hidden=tuple(hidden), classes=classes)


def _initial_weights(rng: np.random.Generator, units: Sequence[int]) -> list[npt.NDArray[np.float64]]:
    """Draw one network: variance 2 / fan-in before a ReLU (He et al. 2015), 1 / fan-in at the end."""
    gains = [2] * (len(units) - 2) + [1]
    return [
        rng.standard_normal(shape) * np.sqrt(gain / shape[0])
        for shape, gain in zip(pairwise(units), gains, strict=True)
    ]
