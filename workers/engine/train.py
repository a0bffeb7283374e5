"""Trains many models of one shape, each on its own subset of one shared training set."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from backend.statistics.curves import evaluated_epochs
from backend.statistics.seeds import Purpose, generator
from workers.engine.bank import ModelBank, Update
from workers.engine.choice import BackEnds, Choice, choose, lanes_of
from workers.engine.data import DeviceData, Split, draw_views
from workers.engine.lanes import OnStep, Relay, aside, run_lanes
from workers.engine.schedule import Schedule, rate_factor

CPU = torch.device("cpu")
EVALUATION_CHUNK = 128  # examples scored at once: activations of a whole bank then stay in the cache


@dataclass(frozen=True)
class Recipe:
    """How every model is trained: SGD in the terms of torch.optim.SGD, its rate over time, and augmentation.

    `crop` pads images by that many black pixels a side and cuts the old size out at random; `flip` mirrors
    half of them. Both are drawn anew for each model and epoch.
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

    @property
    def augments(self) -> bool:
        """Whether models see an example differently in each epoch."""
        return self.crop > 0 or self.flip


@dataclass(frozen=True)
class TrainedBank:
    """What K trained models answer, and how they got there.

    Predictions are class indices, (K, n_train) and (K, n_test), in the smallest unsigned type. Accuracies are
    (K, E) at the E `epochs`: `subset` on the examples a model trained on, `heldout` on the rest of the
    training set (NaN if there is none), `test` on the test set. `epoch_in` and `epoch_out` are (E, n_train)
    uint16: how many of the models that had an example, and of those that had not, got it right.
    """

    train_predictions: npt.NDArray[Any]
    test_predictions: npt.NDArray[Any]
    epochs: tuple[int, ...]
    subset_accuracy: npt.NDArray[np.float64]
    heldout_accuracy: npt.NDArray[np.float64]
    test_accuracy: npt.NDArray[np.float64]
    epoch_in: npt.NDArray[np.uint16]
    epoch_out: npt.NDArray[np.uint16]
    choice: Choice


def epoch_order(seed: int, model: int, epoch: int, mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Return the order in which a model sees its subset in one epoch.

    It is drawn over the full set and then masked: taking one example out of a mask removes that example's
    appearances and leaves the order of all others as it is.
    """
    order = generator(seed, Purpose.ORDER, model, epoch).permutation(len(mask))
    return order[mask[order]]


def train_models(
    back_ends: BackEnds,
    split: Split,
    masks: npt.NDArray[np.bool_],
    models: Sequence[int],
    seed: int,
    recipe: Recipe,
    on_step: OnStep,
    *,
    device: torch.device = CPU,
    dtype: torch.dtype = torch.float32,
    choice: Choice | None = None,
) -> TrainedBank:
    """Train model `models[k]` on the examples that masks[k] (K, n_train) selects.

    All masks must select equally many examples. A model's initialization, orders and augmentation depend on
    the seed and its number alone, and its bits on nothing but the device, the back end and `dtype`. Without a
    `choice` a measurement makes it. `on_step` gets the finished fraction after every step and evaluation,
    from any thread but one at a time; what it raises ends the training and is raised here.
    """
    sizes = masks.sum(axis=1)
    if len(masks) != len(models) or len(masks) == 0 or (sizes != sizes[0]).any() or sizes[0] == 0:
        raise ValueError(f"needs one mask per model, all of one size above 0; got sizes {sizes.tolist()}")
    data = DeviceData(split, device, dtype, augmented=recipe.augments)
    batch = (min(recipe.batch_size, int(sizes[0])), *split.seen_shape)
    relay = Relay(on_step, len(models))
    if choice is None:
        question = (
            back_ends,
            batch,
            split.classes,
            len(models),
            lanes_of(device, len(models)),
            device,
            dtype,
        )
        (choice,) = aside(lambda: choose(*question), 1, device, relay)
    build = dict(back_ends)[choice.back_end]

    def train(part: range) -> _Trained:
        numbers = [models[k] for k in part]
        bank = build([generator(seed, Purpose.INITIALIZATION, model) for model in numbers], device, dtype)
        run = _Run(bank, data, masks[part.start : part.stop], numbers, seed, recipe)
        return run.train(lambda fraction: relay.report(part, fraction))

    parts = run_lanes(train, _chunks(len(models), choice), choice.lanes, device, relay)
    longest = max(len(part) for part, _ in parts)
    return _joined([trained for _, trained in parts], recipe, replace(choice, at_once=longest))


def _chunks(models: int, choice: Choice) -> list[range]:
    """Cut 0 .. models - 1 into equal parts, at most `at_once` long, that keep all lanes busy to the end."""
    rounds = math.ceil(models / (choice.at_once * choice.lanes))
    bounds = np.linspace(0, models, min(rounds * choice.lanes, models) + 1).astype(int).tolist()
    return [range(*bound) for bound in pairwise(bounds)]


@dataclass(frozen=True)
class _Trained:
    """What one chunk of models returns: predictions (K, n), accuracies (K, 3, E), counts (2, E, n_train)."""

    train_predictions: npt.NDArray[Any]
    test_predictions: npt.NDArray[Any]
    accuracies: npt.NDArray[np.float64]
    counts: npt.NDArray[np.uint16]


def _joined(parts: Sequence[_Trained], recipe: Recipe, choice: Choice) -> TrainedBank:
    accuracies = np.concatenate([part.accuracies for part in parts])
    counts = sum((part.counts for part in parts[1:]), start=parts[0].counts)
    return TrainedBank(
        train_predictions=np.concatenate([part.train_predictions for part in parts]),
        test_predictions=np.concatenate([part.test_predictions for part in parts]),
        epochs=evaluated_epochs(recipe.epochs),
        subset_accuracy=accuracies[:, 0],
        heldout_accuracy=accuracies[:, 1],
        test_accuracy=accuracies[:, 2],
        epoch_in=counts[0],
        epoch_out=counts[1],
        choice=choice,
    )


@dataclass(frozen=True)
class _Run:
    """One chunk of models on their way through all epochs."""

    bank: ModelBank
    data: DeviceData
    masks: npt.NDArray[np.bool_]
    models: Sequence[int]
    seed: int
    recipe: Recipe

    def train(self, on_step: OnStep) -> _Trained:
        points = evaluated_epochs(self.recipe.epochs)
        accuracies, counts = [], []
        for epoch in range(self.recipe.epochs):
            self._epoch(epoch, on_step)
            if epoch + 1 in points:
                train, test = (self._predict(epoch, on_step, test=test) for test in (False, True))
                accuracies.append(_accuracies(train, test, self.data.split, self.masks))
                correct = train == self.data.split.y
                kinds = (correct & self.masks, correct & ~self.masks)
                counts.append([kind.sum(axis=0, dtype=np.uint16) for kind in kinds])
                on_step((epoch + 1) / self.recipe.epochs)
        return _Trained(train, test, np.stack(accuracies, axis=2), np.stack(counts, axis=1))

    def _epoch(self, epoch: int, on_step: OnStep) -> None:
        """Step through every model's subset in batches; the last one may be smaller."""
        recipe = self.recipe
        pairs = list(zip(self.models, self.masks, strict=True))
        orders = np.stack([epoch_order(self.seed, model, epoch, mask) for model, mask in pairs])
        batches = self._place(orders).split(recipe.batch_size, dim=1)
        views = self._views(epoch, orders) if recipe.augments else None
        steps, warmup = (epochs * len(batches) for epochs in (recipe.epochs, recipe.warmup_epochs))
        for number, batch in enumerate(batches):
            factor = rate_factor(recipe.schedule, epoch * len(batches) + number, steps, warmup)
            rate = recipe.learning_rate * factor
            if views is None:
                x, y = self.data.batch(batch)
            else:
                offsets, flips = (view[number] for view in views)
                x, y = self.data.augmented(batch, offsets, flips, recipe.crop)
            self.bank.step(x, y, Update(rate, recipe.momentum, recipe.nesterov, recipe.weight_decay))
            on_step((epoch + (number + 1) / len(batches)) / recipe.epochs)

    def _views(self, epoch: int, orders: npt.NDArray[np.int64]) -> list[tuple[torch.Tensor, ...]]:
        """Return the crops (K, B, 2) of all batches, and the flips (K, B) of all."""
        recipe, examples = self.recipe, self.masks.shape[1]
        drawn = [
            draw_views(self.seed, model, epoch, examples, recipe.crop, flip=recipe.flip)
            for model in self.models
        ]
        offsets = np.stack([views.offsets[order] for views, order in zip(drawn, orders, strict=True)])
        flips = np.stack([views.flips[order] for views, order in zip(drawn, orders, strict=True)])
        return [self._place(array).split(recipe.batch_size, dim=1) for array in (offsets, flips)]

    def _place(self, array: npt.NDArray[Any]) -> torch.Tensor:
        return torch.from_numpy(array).to(self.data.device)

    def _predict(self, epoch: int, on_step: OnStep, *, test: bool) -> npt.NDArray[Any]:
        """Return every model's answers (K, n)."""
        answers = []
        for part in self.data.chunks(EVALUATION_CHUNK, test=test):
            # Twelve times faster than argmax, which is slow across the layout of perceptrons.
            answers.append(self.bank.logits(part).max(dim=2).indices)
            on_step((epoch + 1) / self.recipe.epochs)
        smallest = np.min_scalar_type(self.data.split.classes - 1)
        return torch.cat(answers, dim=1).cpu().numpy().astype(smallest)


def _accuracies(
    train_predictions: npt.NDArray[Any],
    test_predictions: npt.NDArray[Any],
    split: Split,
    masks: npt.NDArray[np.bool_],
) -> npt.NDArray[np.float64]:
    """Return each model's accuracy (K, 3) on its subset, on what it held out and on the test set."""
    correct = train_predictions == split.y
    subset = (correct & masks).sum(axis=1) / masks.sum(axis=1)
    n_out = (~masks).sum(axis=1)
    heldout = np.divide(
        (correct & ~masks).sum(axis=1), n_out, out=np.full(len(masks), np.nan), where=n_out > 0
    )
    return np.column_stack([subset, heldout, (test_predictions == split.y_test).mean(axis=1)])
