"""Multilayer perceptrons of any width and depth, K of them as batched matrix products."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import torch

from workers.engine.bank import SoftTargets, Update


class StackedMLP:
    """K networks features -> hidden layers with ReLU -> classes under the cross-entropy loss.

    Gradients are written out: the momentum update then becomes part of the product that makes the gradient
    (`baddbmm` with beta = momentum), which autograd followed by an optimizer cannot do. Activations are
    (K, units, examples): layers are often narrower than batches, and products with wide rows are 2 to 4
    times faster. In bfloat16 the products are made from rounded copies of weights that are kept and updated
    in float32. Weights are (K, outputs, inputs), biases (K, outputs, 1).

    Behind each ReLU a share `dropout` of the activations is set to 0 in a step and the rest scaled up. Which,
    each model draws on the CPU from the generator of its initial weights, layer by layer and step by step.
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
        dropout: float = 0.0,
    ) -> None:
        draws = [_initial_weights(rng, (features, *hidden, classes)) for rng in generators]
        exact = torch.float32 if dtype is torch.bfloat16 else dtype
        self.weights = [
            torch.from_numpy(np.stack(layer)).to(device, exact) for layer in zip(*draws, strict=True)
        ]
        self.biases = [weight.new_zeros(*weight.shape[:2], 1) for weight in self.weights]
        self._weight_velocities = [torch.zeros_like(weight) for weight in self.weights]
        self._bias_velocities = [torch.zeros_like(bias) for bias in self.biases]
        self._dtype = dtype
        self._dropout = dropout
        self._generators = list(generators)
        self._prepare()

    def _prepare(self) -> None:
        """Make what the products need beside the weights."""
        # What the products are made from: the same tensors, unless they are rounded first.
        self._used_weights = [weight.to(self._dtype) for weight in self.weights]
        self._used_biases = [bias.to(self._dtype) for bias in self.biases]
        self._slopes: list[tuple[torch.Tensor, torch.Tensor]] = []
        if self._dtype is not self.weights[0].dtype:  # written anew in every step, which asks for no memory
            self._slopes = [
                (torch.empty_like(w, dtype=self._dtype), torch.empty_like(w)) for w in self.weights
            ]

    def logits(self, x: torch.Tensor) -> torch.Tensor:
        """Return (K, m, classes) for x (m, features)."""
        return self.own_logits(x.expand(len(self.weights[0]), *x.shape))

    def own_logits(self, x: torch.Tensor) -> torch.Tensor:
        """Return (K, m, classes) for x (K, m, features)."""
        return self._forward(x)[-1].mT

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """Return the last hidden layer's activations (K, m, units) for x (m, features)."""
        return self._forward(x.expand(len(self.weights[0]), *x.shape))[-2].mT

    def layers(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Return the activations (K, m, units) of every hidden layer for x (m, features)."""
        return [of_layer.mT for of_layer in self._forward(x.expand(len(self.weights[0]), *x.shape))[1:-1]]

    def last_norms(self) -> torch.Tensor:
        """Return the norm of each model's weights in its last layer, (K,) float64."""
        norms: torch.Tensor = self.weights[-1].double().flatten(1).norm(dim=1)
        return norms

    def keep(self, models: Sequence[int]) -> None:
        """Go on with those of the K models alone."""
        places = torch.tensor(models, device=self.weights[0].device)
        for tensors in (self.weights, self.biases, self._weight_velocities, self._bias_velocities):
            tensors[:] = [tensor.index_select(0, places) for tensor in tensors]
        self._generators = [self._generators[model] for model in models]
        self._prepare()

    def step(self, x: torch.Tensor, y: torch.Tensor, update: Update, soft: SoftTargets | None = None) -> None:
        """Take one step of SGD: x (K, B, features), y (K, B) int64."""
        inputs = self._forward(x, drops=self._dropout > 0)
        # d(mean cross-entropy)/d(logits) = (softmax - one-hot) / B
        logits = inputs.pop()
        exact = logits.to(self.weights[0].dtype)
        gradient = torch.softmax(exact, dim=1)
        gradient.scatter_add_(
            1, y.unsqueeze(1), gradient.new_full((1, 1, 1), -1.0).expand(len(y), 1, y.shape[1])
        )
        if soft is not None:  # T^2 d KL(p, softmax(z / T)) / dz = T (softmax(z / T) - p)
            apart = torch.softmax(exact / soft.temperature, dim=1) - soft.probabilities.mT
            gradient.mul_(1 - soft.weight).add_(apart, alpha=soft.weight * soft.temperature)
        gradient = gradient.div_(y.shape[1]).to(logits.dtype)
        for layer in reversed(range(len(inputs))):
            below = None
            if layer > 0:  # before this layer's weights change
                below = torch.bmm(self._used_weights[layer].mT, gradient)
                torch.ops.aten.threshold_backward.grad_input(below, inputs[layer], 0, grad_input=below)
                if self._dropout:  # what it has set to 0 has no gradient already
                    below.div_(1 - self._dropout)
            descend = self._descend_rounded if self._slopes else self._descend
            descend(layer, inputs[layer], gradient, update)
            if below is not None:
                gradient = below

    def _forward(self, x: torch.Tensor, *, drops: bool = False) -> list[torch.Tensor]:
        """Return what goes into each layer for x (K, m, features), and the logits last."""
        inputs = [x.mT]
        last = len(self.weights) - 1
        for layer, (weight, bias) in enumerate(zip(self._used_weights, self._used_biases, strict=True)):
            out = torch.baddbmm(bias, weight, inputs[-1])
            if layer < last:
                out.relu_()
                if drops:
                    out.masked_fill_(self._dropped(out.shape), 0).div_(1 - self._dropout)
            inputs.append(out)
        return inputs

    def _dropped(self, shape: torch.Size) -> torch.Tensor:
        """Draw which activations (K, units, B) a step goes without, each model from its own generator."""
        drawn = [rng.random(shape[1:], np.float32) < self._dropout for rng in self._generators]
        return torch.from_numpy(np.stack(drawn)).to(self.weights[0].device)

    def _descend(self, layer: int, x: torch.Tensor, gradient: torch.Tensor, update: Update) -> None:
        """Move one layer along the gradient (K, out, B) of its outputs for the inputs x (K, in, B)."""
        weight, bias = self.weights[layer], self.biases[layer]
        v_weight, v_bias = self._weight_velocities[layer], self._bias_velocities[layer]
        before = (v_weight.clone(), v_bias.clone()) if update.nesterov else None
        torch.baddbmm(v_weight, gradient, x.mT, beta=update.momentum, out=v_weight)
        v_bias.mul_(update.momentum).add_(gradient.sum(2, keepdim=True))
        for parameter, velocity in ((weight, v_weight), (bias, v_bias)):
            if update.weight_decay:
                velocity.add_(parameter, alpha=update.weight_decay)
            ahead = 1 + update.momentum if update.nesterov else 1.0
            parameter.add_(velocity, alpha=-update.rate * ahead)
        if before is not None:
            # gradient + m v' = (1 + m) v' - m v: the second half of Nesterov's step
            for parameter, old in zip((weight, bias), before, strict=True):
                parameter.add_(old, alpha=update.rate * update.momentum)

    def _descend_rounded(self, layer: int, x: torch.Tensor, gradient: torch.Tensor, update: Update) -> None:
        """Do what `_descend` does where products are rounded and weights are not."""
        rounded_slope, slope = self._slopes[layer]
        slope.copy_(torch.bmm(gradient, x.mT, out=rounded_slope))
        kept = [self.weights[layer], self.biases[layer]]
        # One pass over memory instead of three: it, not the arithmetic, is what an update costs.
        torch._fused_sgd_(
            kept,
            [slope, gradient.sum(2, keepdim=True, dtype=slope.dtype)],
            # Without momentum it takes no velocities.
            [self._weight_velocities[layer], self._bias_velocities[layer]] if update.momentum else [],
            lr=update.rate,
            momentum=update.momentum,
            nesterov=update.nesterov,
            weight_decay=update.weight_decay,
            dampening=0.0,
            maximize=False,
            is_first_step=False,
        )
        self._used_weights[layer].copy_(kept[0])
        self._used_biases[layer].copy_(kept[1])


@dataclass(frozen=True)
class MLPBuilder:
    """Makes banks of one shape; equal shapes are equal builders."""

    features: int
    hidden: tuple[int, ...]
    classes: int
    dropout: float = 0.0

    def __call__(
        self, generators: Sequence[np.random.Generator], device: torch.device, dtype: torch.dtype
    ) -> StackedMLP:
        """Draw the initial weights of one network per generator."""
        return StackedMLP(
            generators,
            device,
            dtype,
            features=self.features,
            hidden=self.hidden,
            classes=self.classes,
            dropout=self.dropout,
        )


def _initial_weights(rng: np.random.Generator, units: Sequence[int]) -> list[npt.NDArray[np.float64]]:
    """Draw (outputs, inputs): variance 2 / fan-in before a ReLU (He et al. 2015), 1 / fan-in at the end."""
    gains = [2] * (len(units) - 2) + [1]
    return [
        rng.standard_normal((after, before)) * np.sqrt(gain / before)
        for (before, after), gain in zip(pairwise(units), gains, strict=True)
    ]
