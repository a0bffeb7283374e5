"""Trains many models of one shape, each on its own subset of one shared training set."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from backend.statistics.curves import evaluated_epochs
from backend.statistics.margins import MARGIN_UNIT, MOST_MARGIN
from workers.engine.bank import ModelBank
from workers.engine.choice import BackEnds, Choice
from workers.engine.data import DeviceData, Split
from workers.engine.lanes import OnStep
from workers.engine.proxies import Course, expectations
from workers.engine.run import CPU, EVALUATION_CHUNK, Recipe, side_by_side, train_epoch

Look = Callable[[torch.Tensor, slice], None]  # logits (K, m, classes) float32 of a part of the examples


@dataclass(frozen=True)
class TrainedBank:
    """What K trained models answer, and how they got there.

    Predictions are class indices, (K, n_train) and (K, n_test), in the smallest unsigned type. Accuracies are
    (K, E) at the E `epochs`: `subset` on the examples a model trained on, `heldout` on the rest of the
    training set (NaN if there is none), `test` on the test set. `epoch_in` and `epoch_out` are (E, n_train)
    uint16: how many of the models that had an example, and of those that had not, got it right. `margins` are
    (K, n_train) int16, in `MARGIN_UNIT`: the logit of an example's label minus the largest of the others.
    `expected` (n_train, classes) int32 are sums of the probabilities of classes over all models and all
    evaluated epochs, in `SHARE_UNIT`. `course` (P, n_train) int64 are sums of what `COURSE` names over the
    models that had it and over the evaluated epochs, `course_of_models` (K, P) over the examples that a model
    had; None unless they were asked for.
    """

    train_predictions: npt.NDArray[Any]
    margins: npt.NDArray[np.int16]
    test_predictions: npt.NDArray[Any]
    epochs: tuple[int, ...]
    subset_accuracy: npt.NDArray[np.float64]
    heldout_accuracy: npt.NDArray[np.float64]
    test_accuracy: npt.NDArray[np.float64]
    epoch_in: npt.NDArray[np.uint16]
    epoch_out: npt.NDArray[np.uint16]
    expected: npt.NDArray[np.int32]
    course: npt.NDArray[np.int64] | None
    course_of_models: npt.NDArray[np.int64] | None
    choice: Choice


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
    course: bool = False,
) -> TrainedBank:
    """Train model `models[k]` on the examples that masks[k] (K, n_train) selects.

    All masks must select equally many examples. A model's initialization, orders and augmentation depend on
    the seed and its number alone, and its bits on nothing but the device, the back end and `dtype`. Without a
    `choice` a measurement makes it. `on_step` gets the finished fraction after every step and evaluation,
    from any thread but one at a time; what it raises ends the training and is raised here. `course` asks for
    what is known of evaluated epochs beside right answers, which takes time.
    """
    sizes = masks.sum(axis=1)
    if len(masks) != len(models) or len(masks) == 0 or (sizes != sizes[0]).any() or sizes[0] == 0:
        raise ValueError(f"needs one mask per model, all of one size above 0; got sizes {sizes.tolist()}")
    data = DeviceData(split, device, dtype, augmented=recipe.augments)
    batch = (min(recipe.batch_size, int(sizes[0])), *split.seen_shape)

    def train(bank: ModelBank, part: range, report: OnStep) -> _Trained:
        of_part = masks[part.start : part.stop]
        return _Run(bank, data, of_part, [models[k] for k in part], seed, recipe, course).train(report)

    parts, choice = side_by_side(
        train, back_ends, models, seed, batch, split.classes, on_step, device, dtype, choice
    )
    return _joined(parts, recipe, choice)


@dataclass(frozen=True)
class _Trained:
    """What one chunk of models returns: predictions (K, n), accuracies (K, 3, E), counts (2, E, n_train).

    Margins and what is expected are those of `TrainedBank`, `courses` its `course` and that of models.
    """

    train_predictions: npt.NDArray[Any]
    margins: npt.NDArray[np.int16]
    test_predictions: npt.NDArray[Any]
    accuracies: npt.NDArray[np.float64]
    counts: npt.NDArray[np.uint16]
    expected: npt.NDArray[np.int32]
    courses: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]] | None


def _joined(parts: Sequence[_Trained], recipe: Recipe, choice: Choice) -> TrainedBank:
    accuracies = np.concatenate([part.accuracies for part in parts])
    counts, expected = (_added([getattr(part, name) for part in parts]) for name in ("counts", "expected"))
    courses = [part.courses for part in parts if part.courses is not None]
    return TrainedBank(
        train_predictions=np.concatenate([part.train_predictions for part in parts]),
        margins=np.concatenate([part.margins for part in parts]),
        test_predictions=np.concatenate([part.test_predictions for part in parts]),
        epochs=evaluated_epochs(recipe.epochs),
        subset_accuracy=accuracies[:, 0],
        heldout_accuracy=accuracies[:, 1],
        test_accuracy=accuracies[:, 2],
        epoch_in=counts[0],
        epoch_out=counts[1],
        expected=expected,
        course=_added([of_examples for of_examples, _ in courses]) if courses else None,
        course_of_models=np.concatenate([of_models for _, of_models in courses]) if courses else None,
        choice=choice,
    )


def _added(parts: Sequence[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    return sum(parts[1:], start=parts[0])


@dataclass(frozen=True)
class _Ends:
    """What is kept of the last epoch's logits: margins of the parts looked at, in their order."""

    labels: torch.Tensor
    margins: list[torch.Tensor] = field(default_factory=list)

    def look(self, logits: torch.Tensor, part: slice) -> None:
        """Keep a part; the logits are lost."""
        self.margins.append(_margins(logits, self.labels[part]))


class _Expected:
    """Adds up what models expect of n examples: `sums` (n, classes) in `SHARE_UNIT`."""

    def __init__(self, labels: torch.Tensor, classes: int) -> None:
        self.sums = torch.zeros(len(labels), classes, dtype=torch.int64, device=labels.device)

    def look(self, logits: torch.Tensor, part: slice) -> None:
        """Add what is answered to a part."""
        self.sums[part] += expectations(logits)


@dataclass(frozen=True)
class _Run:
    """One chunk of models on their way through all epochs."""

    bank: ModelBank
    data: DeviceData
    masks: npt.NDArray[np.bool_]
    models: Sequence[int]
    seed: int
    recipe: Recipe
    follows: bool

    def train(self, on_step: OnStep) -> _Trained:
        points, labels = evaluated_epochs(self.recipe.epochs), self.data.labels
        course = Course(self.masks, labels, points) if self.follows else None
        expected, ends = _Expected(labels, self.data.split.classes), _Ends(labels)
        accuracies, counts = [], []
        for epoch in range(self.recipe.epochs):
            train_epoch(self.bank, self.data, self.models, self.masks, self.seed, epoch, self.recipe, on_step)
            if epoch + 1 in points:
                looks: list[Look] = [expected.look]
                if course is not None:
                    looks.append(partial(course.look, epoch + 1))
                if epoch + 1 == points[-1]:
                    looks.append(ends.look)
                train = self._predict(epoch, on_step, test=False, looks=looks)
                test = self._predict(epoch, on_step, test=True)
                accuracies.append(_accuracies(train, test, self.data.split, self.masks))
                correct = train == self.data.split.y
                if course is not None:
                    course.answered(correct)
                kinds = (correct & self.masks, correct & ~self.masks)
                counts.append([kind.sum(axis=0, dtype=np.uint16) for kind in kinds])
                on_step((epoch + 1) / self.recipe.epochs)
        return _Trained(
            train,
            torch.cat(ends.margins, dim=1).cpu().numpy(),
            test,
            np.stack(accuracies, axis=2),
            np.stack(counts, axis=1),
            expected.sums.to(torch.int32).cpu().numpy(),
            None if course is None else course.sums(),
        )

    def _predict(
        self, epoch: int, on_step: OnStep, *, test: bool, looks: Sequence[Look] = ()
    ) -> npt.NDArray[Any]:
        """Return every model's answers (K, n), and let the logits be looked at in turn, part by part."""
        answers, start = [], 0
        for part in self.data.chunks(EVALUATION_CHUNK, test=test):
            logits = self.bank.logits(part)
            # Twelve times faster than argmax, which is slow across the layout of perceptrons.
            answers.append(logits.max(dim=2).indices)
            for look in looks:
                look(logits.float(), slice(start, start + len(part)))
            start += len(part)
            on_step((epoch + 1) / self.recipe.epochs)
        smallest = np.min_scalar_type(self.data.split.classes - 1)
        return torch.cat(answers, dim=1).cpu().numpy().astype(smallest)


def _margins(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Return margins (K, m) int16 in `MARGIN_UNIT` of labels (m,); logits (K, m, classes) are lost.

    They are cut off at what int16 holds; those of a model that broke down, which has no numbers, are 0.
    """
    own = labels.expand(len(logits), -1).unsqueeze(2)
    margins = logits.gather(2, own)[..., 0]
    margins -= logits.scatter_(2, own, -torch.inf).amax(dim=2)
    units = (margins / MARGIN_UNIT).round_().nan_to_num_(0.0).clamp_(-MOST_MARGIN, MOST_MARGIN)
    return units.to(torch.int16)


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
