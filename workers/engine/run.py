"""What all trainings of many models have in common: the recipe, one epoch of it, and the lanes."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt
import torch

from backend.statistics.seeds import Purpose, generator
from workers.engine.bank import ModelBank, SoftTargets, Update
from workers.engine.choice import BackEnds, Choice, choose, lanes_of
from workers.engine.lanes import OnStep, Relay, aside, run_lanes
from workers.engine.schedule import Schedule, rate_factor
from workers.engine.views import BatchViews, draw_views

CPU = torch.device("cpu")
EVALUATION_CHUNK = 128  # examples scored at once: activations of a whole bank then stay in the cache

T = TypeVar("T")
# From the examples (K, B) of a batch, and what the models see of them (K, B, ...)
Teach = Callable[[torch.Tensor, torch.Tensor], SoftTargets]


@dataclass(frozen=True)
class Recipe:
    """How every model is trained: SGD in the terms of torch.optim.SGD, its rate over time, and augmentation.

    The rate follows the schedule and is multiplied by `decay` after every epoch. `crop` pads images by that
    many black pixels a side and cuts the old size out at random; `flip` mirrors half of them; `rotation`
    turns them by up to that many degrees. All are drawn anew for each model and epoch.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    momentum: float
    nesterov: bool = False
    weight_decay: float = 0.0
    schedule: Schedule = Schedule.COSINE
    warmup_epochs: int = 0
    crop: int = 0
    flip: bool = False
    decay: float = 1.0
    rotation: float = 0.0

    @property
    def augments(self) -> bool:
        """Whether models see an example differently in each epoch."""
        return self.crop > 0 or self.flip or self.rotation > 0

    def update(self, epoch: int, batch: int, batches: int) -> Update:
        """Return what is done after one of an epoch's batches."""
        steps, warmup = (epochs * batches for epochs in (self.epochs, self.warmup_epochs))
        factor = rate_factor(self.schedule, epoch * batches + batch, steps, warmup)
        rate = self.learning_rate * factor * self.decay**epoch
        return Update(rate, self.momentum, self.nesterov, self.weight_decay)


class Batches(Protocol):
    """What K models learn from, on a device: inputs (K, B, ...) and labels (K, B)."""

    @property
    def device(self) -> torch.device:
        """Where batches are wanted and made."""

    def batch(self, indices: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the examples `indices` (K, B) as they are."""

    def augmented(
        self, indices: torch.Tensor, views: BatchViews, padding: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the examples `indices` (K, B) as they are seen through crops, flips and rotations."""


def epoch_order(seed: int, model: int, epoch: int, mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Return the order in which a model sees its subset in one epoch.

    It is drawn over the full set and then masked: taking one example out of a mask removes that example's
    appearances and leaves the order of all others as it is.
    """
    order = generator(seed, Purpose.ORDER, model, epoch).permutation(len(mask))
    return order[mask[order]]


def train_epoch(
    bank: ModelBank,
    data: Batches,
    models: Sequence[int],
    masks: npt.NDArray[np.bool_],
    seed: int,
    epoch: int,
    recipe: Recipe,
    on_step: OnStep,
    teach: Teach | None = None,
) -> None:
    """Step through every model's subset, masks (K, n), in batches; the last one may be smaller.

    `on_step` gets the finished fraction of all epochs. `teach` tells each model's teacher's targets.
    """
    pairs = list(zip(models, masks, strict=True))
    orders = np.stack([epoch_order(seed, model, epoch, mask) for model, mask in pairs])
    batches = _placed(orders, data.device, recipe)
    views: list[BatchViews] = []
    if recipe.augments:
        views = _views(models, orders, masks.shape[1], seed, epoch, recipe, data.device)
    for number, indices in enumerate(batches):
        if recipe.augments:
            x, y = data.augmented(indices, views[number], recipe.crop)
        else:
            x, y = data.batch(indices)
        update = recipe.update(epoch, number, len(batches))
        if teach is None:
            bank.step(x, y, update)
        else:
            bank.step(x, y, update, teach(indices, x))
        on_step((epoch + (number + 1) / len(batches)) / recipe.epochs)


def _views(
    models: Sequence[int],
    orders: npt.NDArray[np.int64],
    examples: int,
    seed: int,
    epoch: int,
    recipe: Recipe,
    device: torch.device,
) -> list[BatchViews]:
    """Return how each model sees the examples of each batch."""
    drawn = [
        draw_views(seed, model, epoch, examples, recipe.crop, flip=recipe.flip, rotation=recipe.rotation)
        for model in models
    ]
    names = ("offsets", "flips", "turns") if recipe.rotation else ("offsets", "flips")
    of_epoch = []
    for name in names:
        ordered = [getattr(views, name)[order] for views, order in zip(drawn, orders, strict=True)]
        of_epoch.append(_placed(np.stack(ordered), device, recipe))
    return [BatchViews(*of_batch) for of_batch in zip(*of_epoch, strict=True)]


def _placed(array: npt.NDArray[Any], device: torch.device, recipe: Recipe) -> tuple[torch.Tensor, ...]:
    """Return an array (K, n, ...) on a device, cut into batches."""
    batches: tuple[torch.Tensor, ...] = torch.from_numpy(array).to(device).split(recipe.batch_size, dim=1)
    return batches


def side_by_side(
    train: Callable[[ModelBank, range, OnStep], T],
    back_ends: BackEnds,
    models: Sequence[int],
    seed: int,
    batch: tuple[int, ...],
    classes: int,
    on_step: OnStep,
    device: torch.device,
    dtype: torch.dtype,
    choice: Choice | None,
) -> tuple[list[T], Choice]:
    """Train chunks of models in lanes; returns what `train` returns of each, and how it was done.

    `train` gets newly drawn models, their places among all, and what it has to tell the finished fraction
    after every step, which raises what ends the training. Without a `choice` a measurement makes it, on
    batches (B, ...).
    """
    relay = Relay(on_step, len(models))
    if choice is None:
        lanes = lanes_of(device, len(models))
        question = (back_ends, batch, classes, len(models), lanes, device, dtype)
        (choice,) = aside(lambda: choose(*question), 1, device, relay)
    build = dict(back_ends)[choice.back_end]

    def of_chunk(part: range) -> T:
        drawn = [generator(seed, Purpose.INITIALIZATION, models[k]) for k in part]
        return train(build(drawn, device, dtype), part, lambda fraction: relay.report(part, fraction))

    parts = run_lanes(of_chunk, _chunks(len(models), choice), choice.lanes, device, relay)
    longest = max(len(part) for part, _ in parts)
    return [result for _, result in parts], replace(choice, at_once=longest)


def _chunks(models: int, choice: Choice) -> list[range]:
    """Cut 0 .. models - 1 into equal parts, at most `at_once` long, that keep all lanes busy to the end."""
    rounds = math.ceil(models / (choice.at_once * choice.lanes))
    bounds = np.linspace(0, models, min(rounds * choice.lanes, models) + 1).astype(int).tolist()
    return [range(*bound) for bound in pairwise(bounds)]
