"""Follows many models of one shape far beyond the epoch at which they fit one common training set."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from workers.engine.bank import ModelBank
from workers.engine.choice import BackEnds, Choice
from workers.engine.data import DeviceData, Split
from workers.engine.lanes import OnStep
from workers.engine.run import CPU, EVALUATION_CHUNK, Recipe, side_by_side, train_epoch

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Tracked:
    """K models after each of E epochs, (K, E) each.

    last_norm: Euclidean norm of the weights of the last layer, without biases; losses: average cross-entropy
    over the whole set; errors: share of wrong answers. All in evaluation mode and without augmentation.
    """

    last_norm: Floats
    train_loss: Floats
    train_error: Floats
    test_loss: Floats
    test_error: Floats
    choice: Choice


def track_models(
    back_ends: BackEnds,
    split: Split,
    models: Sequence[int],
    seed: int,
    recipe: Recipe,
    epochs: Sequence[int],
    on_step: OnStep,
    *,
    device: torch.device = CPU,
    dtype: torch.dtype = torch.float32,
    choice: Choice | None = None,
) -> Tracked:
    """Train each model on all training examples and ask it after each of the `epochs`, from 1, ascending.

    A model's numbers depend on the seed, its own number, the device, the back end and `dtype`, and never on
    which epochs are asked for. `choice` and `on_step` are those of `train_models`. ValueError unless epochs
    ascend from at least 1 to at most the recipe's.
    """
    asked = np.asarray(epochs)
    if (
        not len(models)
        or not len(asked)
        or asked[0] < 1
        or asked[-1] > recipe.epochs
        or (np.diff(asked) < 1).any()
    ):
        raise ValueError(f"needs models and ascending epochs from 1 to {recipe.epochs}, got {list(epochs)}")
    data = DeviceData(split, device, dtype, augmented=recipe.augments)
    test_labels = torch.as_tensor(split.y_test).to(device)
    batch = (min(recipe.batch_size, len(split.y)), *split.seen_shape)

    def train(bank: ModelBank, part: range, report: OnStep) -> Floats:
        numbers = [models[k] for k in part]
        masks = np.ones((len(part), len(split.y)), np.bool_)
        found = []
        for epoch in range(int(asked[-1])):
            train_epoch(bank, data, numbers, masks, seed, epoch, recipe, report)
            if epoch + 1 in asked:
                norm = bank.last_norms().cpu().numpy()
                train_set = _asked(bank, data, data.labels, test=False)
                found.append(np.stack([norm, *train_set, *_asked(bank, data, test_labels, test=True)]))
        report(1.0)
        return np.stack(found, axis=2)

    parts, choice = side_by_side(
        train, back_ends, models, seed, batch, split.classes, on_step, device, dtype, choice
    )
    norm, train_loss, train_error, test_loss, test_error = np.concatenate(parts, axis=1)
    return Tracked(norm, train_loss, train_error, test_loss, test_error, choice)


def _asked(bank: ModelBank, data: DeviceData, labels: torch.Tensor, *, test: bool) -> tuple[Floats, Floats]:
    """Return each model's average cross-entropy and share of wrong answers (K,) against labels (n,).

    Losses are of a double's precision: that of a right answer is soon below what a float adds to 1.
    """
    losses, wrong, start = [], [], 0
    for part in data.chunks(EVALUATION_CHUNK, test=test):
        logits = bank.logits(part).double().mT
        y = labels[start : start + len(part)].expand(len(logits), -1)
        losses.append(functional.cross_entropy(logits, y, reduction="none").sum(dim=1))
        wrong.append((logits.max(dim=1).indices != y).sum(dim=1))
        start += len(part)
    loss, errors = (torch.stack(parts).sum(dim=0).cpu().numpy() / len(labels) for parts in (losses, wrong))
    return loss, errors
