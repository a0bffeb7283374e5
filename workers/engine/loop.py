"""The plain back end: K ordinary modules, one after another, by autograd; what the faster ones must equal."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from workers.engine.bank import BankBuilder, Update


class ModuleBank:
    """K modules of one shape, each with its own weights, velocities and batch statistics.

    Models learn in training mode and answer in evaluation mode: an answer rests on the model's running
    statistics, never on which other examples are asked beside it.
    """

    def __init__(
        self,
        generators: Sequence[np.random.Generator],
        device: torch.device,
        dtype: torch.dtype,
        *,
        make: Callable[[], nn.Module],
    ) -> None:
        self.models = [make().to(device, dtype) for _ in generators]
        for model, generator in zip(self.models, generators, strict=True):
            _initialize(model, generator)
            if device.type == "cpu":  # oneDNN's convolutions are fastest on this layout
                model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._velocities = [[torch.zeros_like(p) for p in model.parameters()] for model in self.models]

    def step(self, x: torch.Tensor, y: torch.Tensor, update: Update) -> None:
        """Take one step of SGD on each model's own batch: x (K, B, ...), y (K, B) int64."""
        for model, velocities, images, labels in zip(self.models, self._velocities, x, y, strict=True):
            model.train()
            parameters: list[torch.Tensor] = list(model.parameters())
            loss = functional.cross_entropy(model(_laid_out(images)), labels)
            _descend(parameters, velocities, torch.autograd.grad(loss, parameters), update)

    @torch.no_grad()
    def logits(self, x: torch.Tensor) -> torch.Tensor:
        """Return (K, m, classes) for the same m examples x (m, ...) in every model."""
        x = _laid_out(x)
        return torch.stack([model.eval()(x) for model in self.models])


def module_builder(make: Callable[[], nn.Module]) -> BankBuilder:
    """Return a builder of banks of the modules that `make` makes."""
    return partial(ModuleBank, make=make)


def _laid_out(x: torch.Tensor) -> torch.Tensor:
    """Lay out images (m, channels, height, width) as convolutions on a CPU like them best."""
    if x.ndim == 4 and x.device.type == "cpu":
        return x.contiguous(memory_format=torch.channels_last)
    return x


@torch.no_grad()
def _descend(
    parameters: list[torch.Tensor],
    velocities: list[torch.Tensor],
    gradients: Sequence[torch.Tensor],
    update: Update,
) -> None:
    """Apply torch.optim.SGD's rule to all parameters of one model at once."""
    slopes = list(gradients)
    if update.weight_decay:
        torch._foreach_add_(slopes, parameters, alpha=update.weight_decay)
    torch._foreach_mul_(velocities, update.momentum)
    torch._foreach_add_(velocities, slopes)
    if update.nesterov:
        torch._foreach_add_(slopes, velocities, alpha=update.momentum)
    else:
        slopes = velocities
    torch._foreach_add_(parameters, slopes, alpha=-update.rate)


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
        # Drawn as (inputs, outputs), the order in which stacked networks keep their weights.
        drawn = generator.standard_normal((fan_in, len(weight))) * np.sqrt(gain / fan_in)
        weight.copy_(torch.from_numpy(np.ascontiguousarray(drawn.T)).reshape(weight.shape))
        if layer.bias is not None:
            layer.bias.zero_()
