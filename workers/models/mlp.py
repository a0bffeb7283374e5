"""Multilayer perceptrons with one hidden layer, K of them as batched matrix products."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import numpy.typing as npt
import torch

from workers.engine.bank import BankBuilder


class StackedMLP:
    """K networks features -> width -> ReLU -> classes under the cross-entropy loss.

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
        width: int,
        classes: int,
    ) -> None:
        draws = [_initial_weights(rng, features, width, classes) for rng in generators]
        self.w1, self.w2 = (
            torch.from_numpy(np.stack(layer)).to(device, dtype) for layer in zip(*draws, strict=True)
        )
        self.b1 = self.w1.new_zeros(len(draws), 1, width)
        self.b2 = self.w1.new_zeros(len(draws), 1, classes)
        self._velocity = [torch.zeros_like(p) for p in (self.w1, self.b1, self.w2, self.b2)]

    def logits(self, x: torch.Tensor) -> torch.Tensor:
        """Return (K, m, classes) for x (m, features)."""
        return self._forward(x.expand(len(self.w1), *x.shape))[1]

    def step(self, x: torch.Tensor, y: torch.Tensor, rate: float, momentum: float) -> None:
        """Take one step of SGD with momentum: x (K, B, features), y (K, B) int64."""
        hidden, logits = self._forward(x)
        # d(mean cross-entropy)/d(logits) = (softmax - one-hot) / B
        d_logits = torch.softmax(logits, dim=2)
        d_logits.scatter_add_(2, y.unsqueeze(2), d_logits.new_full((1, 1, 1), -1.0).expand(*y.shape, 1))
        d_logits /= y.shape[1]
        d_hidden = torch.bmm(d_logits, self.w2.mT)
        d_hidden *= hidden > 0
        v_w1, v_b1, v_w2, v_b2 = self._velocity
        torch.baddbmm(v_w1, x.mT, d_hidden, beta=momentum, out=v_w1)
        torch.baddbmm(v_w2, hidden.mT, d_logits, beta=momentum, out=v_w2)
        v_b1.mul_(momentum).add_(d_hidden.sum(1, keepdim=True))
        v_b2.mul_(momentum).add_(d_logits.sum(1, keepdim=True))
        for parameter, velocity in zip((self.w1, self.b1, self.w2, self.b2), self._velocity, strict=True):
            parameter.add_(velocity, alpha=-rate)

    def _forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        hidden = torch.baddbmm(self.b1, x, self.w1).relu_()
        return hidden, torch.baddbmm(self.b2, hidden, self.w2)


def mlp_builder(features: int, width: int, classes: int) -> BankBuilder:
    """Return a builder of banks of that shape."""
    return partial(StackedMLP, features=features, width=width, classes=classes)


def _initial_weights(
    rng: np.random.Generator, features: int, width: int, classes: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Draw one network's weights: variance 2 / fan-in before the ReLU (He et al. 2015), 1 / fan-in after."""
    first = rng.standard_normal((features, width)) * np.sqrt(2 / features)
    second = rng.standard_normal((width, classes)) * np.sqrt(1 / width)
    return first, second
