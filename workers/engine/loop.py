"""The plain back end: K ordinary modules, one after another, by autograd; what the faster ones must equal."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from workers.engine.bank import Update


class ModuleBank:
    """K modules of one shape, each with its own weights, velocities and batch statistics.

    Models learn in training mode and answer in evaluation mode: an answer rests on the model's running
    statistics, never on which other examples are asked beside it. In bfloat16 the modules compute with
    rounded copies of parameters that are kept and updated in float32; batch normalization is not rounded.
    """

    def __init__(
        self,
        generators: Sequence[np.random.Generator],
        device: torch.device,
        dtype: torch.dtype,
        *,
        make: Callable[[], nn.Module],
    ) -> None:
        exact = torch.float32 if dtype is torch.bfloat16 else dtype
        self.models = [make().to(device, exact) for _ in generators]
        self._kept: list[list[torch.Tensor]] = []
        for model, generator in zip(self.models, generators, strict=True):
            _initialize(model, generator)
            if dtype is not exact:
                self._kept.append([p.detach().clone() for p in model.parameters()])
                _round(model, dtype)
            if device.type == "cpu":  # oneDNN's convolutions are fastest on this layout
                model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._velocities = [
            [torch.zeros_like(p, dtype=exact) for p in model.parameters()] for model in self.models
        ]
        self._exact = exact

    def step(self, x: torch.Tensor, y: torch.Tensor, update: Update) -> None:
        """Take one step of SGD on each model's own batch: x (K, B, ...), y (K, B) int64."""
        for k, (model, images, labels) in enumerate(zip(self.models, x, y, strict=True)):
            model.train()
            parameters: list[torch.Tensor] = list(model.parameters())
            loss = functional.cross_entropy(model(_laid_out(images)).to(self._exact), labels)
            slopes = [slope.to(self._exact) for slope in torch.autograd.grad(loss, parameters)]
            kept = self._kept[k] if self._kept else parameters
            _descend(kept, self._velocities[k], slopes, update)
            if self._kept:
                with torch.no_grad():
                    torch._foreach_copy_(parameters, kept)

    @torch.no_grad()
    def logits(self, x: torch.Tensor) -> torch.Tensor:
        """Return (K, m, classes) for the same m examples x (m, ...) in every model."""
        x = _laid_out(x)
        return torch.stack([model.eval()(x) for model in self.models])


@dataclass(frozen=True)
class ModuleBuilder:
    """Makes banks of the modules make(*arguments); equal ones are equal builders."""

    make: Callable[..., nn.Module]
    arguments: tuple[int, ...] = ()

    def __call__(
        self, generators: Sequence[np.random.Generator], device: torch.device, dtype: torch.dtype
    ) -> ModuleBank:
        """Draw the initial weights of one module per generator."""
        return ModuleBank(generators, device, dtype, make=lambda: self.make(*self.arguments))


def _laid_out(x: torch.Tensor) -> torch.Tensor:
    """Lay out images (m, channels, height, width) as convolutions on a CPU like them best."""
    if x.ndim == 4 and x.device.type == "cpu":
        return x.contiguous(memory_format=torch.channels_last)
    return x


@torch.no_grad()
def _descend(
    parameters: list[torch.Tensor],
    velocities: list[torch.Tensor],
    slopes: list[torch.Tensor],
    update: Update,
) -> None:
    """Apply torch.optim.SGD's rule to all parameters of one model at once; `slopes` may be overwritten."""
    if update.weight_decay:
        torch._foreach_add_(slopes, parameters, alpha=update.weight_decay)
    torch._foreach_mul_(velocities, update.momentum)
    torch._foreach_add_(velocities, slopes)
    if update.nesterov:
        torch._foreach_add_(slopes, velocities, alpha=update.momentum)
    else:
        slopes = velocities
    torch._foreach_add_(parameters, slopes, alpha=-update.rate)


def _round(model: nn.Module, dtype: torch.dtype) -> None:
    """Let a module compute in `dtype`, its batch normalization in the precision it has."""
    for layer in model.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d):
            layer.to(dtype)


@torch.no_grad()
def _initialize(model: nn.Module, generator: np.random.Generator) -> None:
    """Draw the weights from one generator: variance 2 / fan-in, 1 / fan-in in the last layer; biases are 0.

    Batch normalization starts as the identity, as torch makes it.
    """
    layers = [layer for layer in model.modules() if isinstance(layer, nn.Linear | nn.Conv2d)]
    for layer in layers:
        weight = layer.weight
        fan_in = weight[0].numel()
        gain = 1 if layer is layers[-1] else 2
        weight.copy_(torch.from_numpy(generator.standard_normal(weight.shape) * np.sqrt(gain / fan_in)))
        if layer.bias is not None:
            layer.bias.zero_()
