"""Trains models and keeps what goes into their last layers: features, beside the logits that come out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import torch

from workers.engine.bank import ModelBank
from workers.engine.choice import BackEnds, Choice
from workers.engine.data import DeviceData, Split
from workers.engine.lanes import OnStep
from workers.engine.run import CPU, EVALUATION_CHUNK, Recipe, side_by_side, train_epoch

Floats = npt.NDArray[np.float32]
T = TypeVar("T")


@dataclass(frozen=True)
class Featured:
    """What K trained models make of all n examples, training examples first.

    `features` (K, n, d) float32 go into a model's last layer, `logits` (K, n, classes) float32 come out: in
    evaluation mode and without augmentation.
    """

    features: Floats
    logits: Floats
    choice: Choice


def train_featured(
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
) -> Featured:
    """Train model `models[k]` on the examples that masks[k] (K, n_train) selects, equally many for each.

    Takes what `train_models` takes, and trains the same models bit by bit.
    """

    def look(bank: ModelBank, data: DeviceData, _part: range, report: OnStep) -> tuple[Floats, Floats]:
        seen = []
        for test in (False, True):
            for x in data.chunks(EVALUATION_CHUNK, test=test):
                seen.append([of_all.float().cpu().numpy() for of_all in (bank.features(x), bank.logits(x))])
                report(1.0)
        features, logits = (np.concatenate(parts, axis=1) for parts in zip(*seen, strict=True))
        return features, logits

    parts, choice = train_and_look(
        look, back_ends, split, masks, models, seed, recipe, on_step, device=device, dtype=dtype
    )
    features, logits = (np.concatenate(of_all) for of_all in zip(*parts, strict=True))
    return Featured(features, logits, choice)


def train_and_look(
    look: Callable[[ModelBank, DeviceData, range, OnStep], T],
    back_ends: BackEnds,
    split: Split,
    masks: npt.NDArray[np.bool_],
    models: Sequence[int],
    seed: int,
    recipe: Recipe,
    on_step: OnStep,
    *,
    device: torch.device,
    dtype: torch.dtype,
) -> tuple[list[T], Choice]:
    """Train models as `train_models` does and return what `look` sees of each part of them in the end.

    `look` gets the trained bank, the data, which of all models they are, and what to tell while it works.
    """
    data = DeviceData(split, device, dtype, augmented=recipe.augments)
    batch = (min(recipe.batch_size, int(masks[0].sum())), *split.seen_shape)

    def train(bank: ModelBank, part: range, report: OnStep) -> T:
        numbers, of_part = [models[k] for k in part], masks[part.start : part.stop]
        for epoch in range(recipe.epochs):
            train_epoch(bank, data, numbers, of_part, seed, epoch, recipe, report)
        return look(bank, data, part, report)

    return side_by_side(train, back_ends, models, seed, batch, split.classes, on_step, device, dtype, None)
