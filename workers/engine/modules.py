"""Back ends for ordinary modules by autograd: one model after another, or many in one module of groups.

One by one is the plain loop that the faster back ends must equal. A module of K groups holds the weights of K
models side by side and keeps them apart by grouped convolutions, so that one kernel serves all of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from workers.engine.bank import SoftTargets, Update

PLACES = 4  # along either side of a map that is looked at


class ModuleBank:
    """K models of one shape, each with its own weights, velocities and batch statistics.

    `make(g)` returns a module of g models: from images (B, g * channels, ...) to logits (B, g * classes), and
    with the parameters of one model times g along the first axis. The K models are cut into modules of
    `together` each, the last one filled up with idle models: how a kernel computes depends on the size of the
    module, and a model's bits must not depend on how many are beside it.

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
        make: Callable[[int], nn.Module],
        together: int = 1,
    ) -> None:
        exact = torch.float32 if dtype is torch.bfloat16 else dtype
        parts = [generators[first : first + together] for first in range(0, len(generators), together)]
        self.modules = [_drawn(make, part, together, exact).to(device) for part in parts]
        self._places = [list(range(len(part))) for part in parts]
        self._together = together
        self._kept: list[list[torch.Tensor]] = []
        for module in self.modules:
            if dtype is not exact:
                self._kept.append([p.detach().clone() for p in module.parameters()])
                _round(module, dtype)
            if device.type == "cpu":  # oneDNN's convolutions are fastest on this layout
                module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._velocities = [
            [torch.zeros_like(p, dtype=exact) for p in module.parameters()] for module in self.modules
        ]
        self._exact = exact

    def step(self, x: torch.Tensor, y: torch.Tensor, update: Update, soft: SoftTargets | None = None) -> None:
        """Take one step of SGD on each model's own batch: x (K, B, ...), y (K, B) int64."""
        said = [] if soft is None else self._filled(soft.probabilities)
        for number, (module, images, labels) in enumerate(
            zip(self.modules, self._filled(x), self._filled(y), strict=True)
        ):
            module.train()
            parameters: list[torch.Tensor] = list(module.parameters())
            logits = module(_side_by_side(images)).to(self._exact)
            logits = logits.unflatten(1, (len(images), -1)).flatten(0, 1)
            # The sum of each model's mean: its gradient is that of every model alone.
            loss = functional.cross_entropy(logits, labels.T.flatten(), reduction="sum") / labels.shape[1]
            if soft is not None:
                targets = said[number].transpose(0, 1).flatten(0, 1).to(self._exact)
                cooled = functional.log_softmax(logits / soft.temperature, dim=1)
                apart = functional.kl_div(cooled, targets, reduction="sum") / labels.shape[1]
                loss = (1 - soft.weight) * loss + soft.weight * soft.temperature**2 * apart
            slopes = [slope.to(self._exact) for slope in torch.autograd.grad(loss, parameters)]
            kept = self._kept[number] if self._kept else parameters
            _descend(kept, self._velocities[number], slopes, update)
            if self._kept:
                with torch.no_grad():
                    torch._foreach_copy_(parameters, kept)

    @torch.no_grad()
    def logits(self, x: torch.Tensor) -> torch.Tensor:
        """Return (K, m, classes) for the same m examples x (m, ...) in every model."""
        images = _laid_out(x.unsqueeze(1).expand(-1, self._together, *x.shape[1:]).flatten(1, 2))
        answers = [module.eval()(images).unflatten(1, (self._together, -1)) for module in self.modules]
        return self._without_idle(answers)

    @torch.no_grad()
    def own_logits(self, x: torch.Tensor) -> torch.Tensor:
        """Return (K, m, classes) for m examples of each model's own, x (K, m, ...)."""
        answers = [
            module.eval()(_side_by_side(images)).unflatten(1, (self._together, -1))
            for module, images in zip(self.modules, self._filled(x), strict=True)
        ]
        return self._without_idle(answers)

    @torch.no_grad()
    def layers(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Return what goes into every layer behind the first, (K, m, d) each, for the same m examples x.

        Maps are averaged to at most `PLACES` x `PLACES` places.
        """
        seen: list[list[torch.Tensor]] = []
        hooks = []
        for module in self.modules:
            own: list[torch.Tensor] = []
            seen.append(own)
            for layer in [each for each in module.modules() if isinstance(each, nn.Linear | nn.Conv2d)][1:]:
                hook = layer.register_forward_pre_hook(partial(_keep, own, self._together))
                hooks.append(hook)
        self.logits(x)
        for hook in hooks:
            hook.remove()
        return [self._without_idle(list(parts)) for parts in zip(*seen, strict=True)]

    @torch.no_grad()
    def features(self, x: torch.Tensor) -> torch.Tensor:
        """Return what goes into the last linear layers, (K, m, d), for the same m examples x (m, ...)."""
        seen: list[torch.Tensor] = []
        hooks = []
        for module in self.modules:
            last = [layer for layer in module.modules() if isinstance(layer, nn.Linear)][-1]
            hooks.append(last.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0])))
        self.logits(x)
        for hook in hooks:
            hook.remove()
        return self._without_idle([inputs.unflatten(1, (self._together, -1)) for inputs in seen])

    def last_norms(self) -> torch.Tensor:
        """Return the norm of each model's weights in its last layer, (K,) float64."""
        norms = []
        for number, (module, places) in enumerate(zip(self.modules, self._places, strict=True)):
            kept = self._kept[number] if self._kept else list(module.parameters())
            last = [parameter for parameter in kept if parameter.ndim > 1][-1]  # biases are vectors
            of_each = last.detach().double().reshape(self._together, -1).norm(dim=1)
            norms.append(of_each[places])
        return torch.cat(norms)

    def keep(self, models: Sequence[int]) -> None:
        """Go on with those of the K models alone; a module stays, cut nowhere, while it holds one of them."""
        number, going = count(), set(models)
        kept = [[place for place in places if next(number) in going] for places in self._places]
        left = [number for number, places in enumerate(kept) if places]
        self._places = [kept[number] for number in left]
        self.modules = [self.modules[number] for number in left]
        self._velocities = [self._velocities[number] for number in left]
        self._kept = [self._kept[number] for number in left] if self._kept else []

    def _filled(self, of_models: torch.Tensor) -> list[torch.Tensor]:
        """Return what belongs to the models of each module, the last one's again for its idle ones."""
        parts = of_models.split([len(places) for places in self._places])
        return [
            part if len(part) == self._together else part[self._served(places)]
            for places, part in zip(self._places, parts, strict=True)
        ]

    def _served(self, places: list[int]) -> list[int]:
        """Return which of the models in those places of a module each of its places stands for."""
        return [places.index(place) if place in places else -1 for place in range(self._together)]

    def _without_idle(self, answers: list[torch.Tensor]) -> torch.Tensor:
        """Return logits (K, m, classes) of answers (m, together, classes) of all modules."""
        parts = [answer[:, places] for answer, places in zip(answers, self._places, strict=True)]
        return torch.cat(parts, dim=1).transpose(0, 1)


@dataclass(frozen=True)
class ModuleBuilder:
    """Makes banks of the modules make(*arguments, models=together); equal ones are equal builders."""

    make: Callable[..., nn.Module]
    arguments: tuple[int, ...] = ()
    together: int = 1

    def __call__(
        self, generators: Sequence[np.random.Generator], device: torch.device, dtype: torch.dtype
    ) -> ModuleBank:
        """Draw the initial weights of one model per generator."""
        return ModuleBank(
            generators,
            device,
            dtype,
            make=lambda models: self.make(*self.arguments, models=models),
            together=self.together,
        )


@torch.no_grad()
def _drawn(
    make: Callable[[int], nn.Module],
    generators: Sequence[np.random.Generator],
    together: int,
    dtype: torch.dtype,
) -> nn.Module:
    """Return a module of that many models, drawn as they would be alone; idle ones repeat the last."""
    module = make(together).to(dtype)
    alone = make(1).to(dtype)
    for number in range(together):
        if number < len(generators):
            _initialize(alone, generators[number])
        for whole, part in zip(module.parameters(), alone.parameters(), strict=True):
            whole.view(together, *part.shape)[number] = part
    return module


def _side_by_side(images: torch.Tensor) -> torch.Tensor:
    """Return what a module of g models takes: images (g, B, channels, ...) as (B, g * channels, ...)."""
    return _laid_out(images.transpose(0, 1).flatten(1, 2))


def _keep(kept: list[torch.Tensor], together: int, _layer: nn.Module, inputs: tuple[torch.Tensor]) -> None:
    """Keep what goes into a layer of so many models, (m, together, d)."""
    (x,) = inputs
    if x.ndim == 4 and max(x.shape[2:]) > PLACES:
        x = functional.adaptive_avg_pool2d(x, PLACES)
    kept.append(x.unflatten(1, (together, -1)).flatten(2))


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
