"""Trains K models of one shape side by side, each on its own subset of one shared training set."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from backend.statistics.seeds import Purpose, generator
from workers.engine.bank import BankBuilder, ModelBank, Update
from workers.engine.schedule import Schedule, rate_factor

CURVE_POINTS = 8
EVALUATION_CHUNK = 128  # examples scored at once: activations of a whole bank then stay in the cache

OnStep = Callable[[float], None]


@dataclass(frozen=True)
class Split:
    """Inputs (n, ...) as floats and labels (n,) as indices of the train and the test set."""

    x: npt.NDArray[Any]
    y: npt.NDArray[np.int64]
    x_test: npt.NDArray[Any]
    y_test: npt.NDArray[np.int64]
    classes: int


@dataclass(frozen=True)
class Recipe:
    """How every model is trained: SGD in the terms of torch.optim.SGD, and its learning rate over time."""

    epochs: int
    batch_size: int
    learning_rate: float
    momentum: float
    nesterov: bool = False
    weight_decay: float = 0.0
    schedule: Schedule = Schedule.COSINE
    warmup_epochs: int = 0


@dataclass(frozen=True)
class TrainedBank:
    """What K trained models answer, and how they got there.

    Predictions are class indices, (K, n_train) and (K, n_test), in the smallest unsigned type. Accuracies are
    (K, E) at the E `epochs`: `subset` on the examples a model trained on, `heldout` on the rest of the
    training set (NaN if there is none), `test` on the test set.
    """

    train_predictions: npt.NDArray[Any]
    test_predictions: npt.NDArray[Any]
    epochs: tuple[int, ...]
    subset_accuracy: npt.NDArray[np.float64]
    heldout_accuracy: npt.NDArray[np.float64]
    test_accuracy: npt.NDArray[np.float64]


def evaluated_epochs(epochs: int) -> tuple[int, ...]:
    """Return the epochs after which accuracies are taken: about log-spaced, the first and last among them."""
    return tuple(int(e) for e in np.unique(np.rint(np.geomspace(1, epochs, CURVE_POINTS)).astype(int)))


def epoch_order(seed: int, model: int, epoch: int, mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Return the order in which a model sees its subset in one epoch.

    It is drawn over the full set and then masked: taking one example out of a mask removes that example's
    appearances and leaves the order of all others as it is.
    """
    order = generator(seed, Purpose.ORDER, model, epoch).permutation(len(mask))
    return order[mask[order]]


def train_models(
    build: BankBuilder,
    split: Split,
    masks: npt.NDArray[np.bool_],
    models: Sequence[int],
    seed: int,
    recipe: Recipe,
    on_step: OnStep,
    *,
    device: str = "cpu",
    dtype: torch.dtype = torch.float32,
) -> TrainedBank:
    """Train model `models[k]` on the examples that masks[k] (K, n_train) selects, all K at once.

    All masks must select equally many examples. A model's initialization and orders depend on the seed and
    its number alone, so its result does not depend on its neighbors beyond float rounding. `on_step` gets the
    finished fraction after every step and evaluation; what it raises ends the training and passes through.
    """
    sizes = masks.sum(axis=1)
    if len(masks) != len(models) or len(masks) == 0 or (sizes != sizes[0]).any() or sizes[0] == 0:
        raise ValueError(f"needs one mask per model, all of one size above 0; got sizes {sizes.tolist()}")
    place = torch.device(device)
    bank = build([generator(seed, Purpose.INITIALIZATION, model) for model in models], place, dtype)
    x, x_test = (torch.from_numpy(part).to(place, dtype) for part in (split.x, split.x_test))
    y = torch.from_numpy(split.y).to(place)
    points = evaluated_epochs(recipe.epochs)
    accuracies: list[tuple[npt.NDArray[np.float64], ...]] = []
    for epoch in range(recipe.epochs):
        orders = np.stack([epoch_order(seed, m, epoch, mask) for m, mask in zip(models, masks, strict=True)])
        _train_epoch(bank, x, y, torch.from_numpy(orders).to(place), epoch, recipe, on_step)
        if epoch + 1 in points:
            train_predictions = _predict(bank, x, split.classes)
            test_predictions = _predict(bank, x_test, split.classes)
            accuracies.append(_accuracies(train_predictions, test_predictions, split, masks))
            on_step((epoch + 1) / recipe.epochs)
    subset, heldout, test = (np.stack(parts, axis=1) for parts in zip(*accuracies, strict=True))
    return TrainedBank(train_predictions, test_predictions, points, subset, heldout, test)


def _train_epoch(
    bank: ModelBank,
    x: torch.Tensor,
    y: torch.Tensor,
    orders: torch.Tensor,
    epoch: int,
    recipe: Recipe,
    on_step: OnStep,
) -> None:
    """Step through orders (K, n_in) in batches; the last one may be smaller."""
    batches = orders.split(recipe.batch_size, dim=1)
    steps, warmup = (epochs * len(batches) for epochs in (recipe.epochs, recipe.warmup_epochs))
    for number, batch in enumerate(batches):
        factor = rate_factor(recipe.schedule, epoch * len(batches) + number, steps, warmup)
        rate = recipe.learning_rate * factor
        update = Update(rate, recipe.momentum, recipe.nesterov, recipe.weight_decay)
        bank.step(x[batch], y[batch], update)
        on_step((epoch + (number + 1) / len(batches)) / recipe.epochs)


def _predict(bank: ModelBank, x: torch.Tensor, classes: int) -> npt.NDArray[Any]:
    """Return every model's answers (K, n) to x (n, ...)."""
    answers = torch.cat([bank.logits(part).argmax(dim=2) for part in x.split(EVALUATION_CHUNK)], dim=1)
    return answers.cpu().numpy().astype(np.min_scalar_type(classes - 1))


def _accuracies(
    train_predictions: npt.NDArray[Any],
    test_predictions: npt.NDArray[Any],
    split: Split,
    masks: npt.NDArray[np.bool_],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return each model's accuracy (K,) on its subset, on what it held out and on the test set."""
    correct = train_predictions == split.y
    subset = (correct & masks).sum(axis=1) / masks.sum(axis=1)
    n_out = (~masks).sum(axis=1)
    heldout = np.divide(
        (correct & ~masks).sum(axis=1), n_out, out=np.full(len(masks), np.nan), where=n_out > 0
    )
    return subset, heldout, (test_predictions == split.y_test).mean(axis=1)
