"""Follows many models of one shape as each fits a training set of its own (Zhang et al. 2017, Fig. 1, 2)."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from workers.engine.bank import ModelBank
from workers.engine.choice import BackEnds, Choice
from workers.engine.data import MADE_AT_ONCE, MADE_BYTES
from workers.engine.lanes import OnStep
from workers.engine.run import CPU, EVALUATION_CHUNK, Recipe, side_by_side, train_epoch
from workers.engine.views import BatchViews, seen_through

FITTED_LOSS = 0.01  # average over the training set, at which a model that is always right counts as fitted
RESOLUTION = 10  # looks at the first epoch; so many epochs later one look in each is as fine

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class FitData:
    """V versions of the same n training and m test examples, such as with pixels as they are and shuffled.

    x: (V, n, C, H, W) and x_test: (V, m, C, H, W) uint8; y_test: (m,) labels as indices. Models see
    (H - 2 border, W - 2 border) pixels from the middle, each image whitened; only random crops move into the
    border. `flat` turns each example into one row of numbers, after any augmentation.
    """

    x: npt.NDArray[np.uint8]
    x_test: npt.NDArray[np.uint8]
    y_test: npt.NDArray[np.int64]
    classes: int
    border: int = 0
    flat: bool = False

    @property
    def seen_shape(self) -> tuple[int, ...]:
        """The shape in which models see one example."""
        channels, height, width = self.x.shape[2:]
        shape = (channels, height - 2 * self.border, width - 2 * self.border)
        return (math.prod(shape),) if self.flat else shape


@dataclass(frozen=True)
class Fits:
    """How K models fitted, (K, E + 1): before training, then after each epoch; NaN after a model's own end.

    loss: average cross-entropy over a model's own training set; train_accuracy: on the same; test_accuracy:
    on its version of the test images. All in evaluation mode and without augmentation.
    Within the first epochs, after `early_steps` (S,) steps: `early_loss` and `early_accuracy` (K, S) on a
    model's own training set, NaN after its end.
    """

    loss: Floats
    train_accuracy: Floats
    test_accuracy: Floats
    steps_per_epoch: int
    early_steps: npt.NDArray[np.int64]
    early_loss: Floats
    early_accuracy: Floats
    choice: Choice


def early_looks(batches: int, epochs: int) -> list[int]:
    """Return after which steps, inside of the first epochs, models are asked as at the ends of epochs.

    Two looks are about a tenth of the time apart that has passed: what is fit within a few epochs is timed as
    well as what takes many, for 23 passes over the training set without a step.
    """
    steps: list[int] = []
    for epoch in range(min(epochs, RESOLUTION)):
        parts = min(math.ceil(RESOLUTION / (epoch + 1)), batches)
        steps += [epoch * batches + batches * part // parts for part in range(1, parts)]
    return steps


def fit_models(
    back_ends: BackEnds,
    data: FitData,
    versions: npt.NDArray[np.int64],
    labels: npt.NDArray[np.int64],
    models: Sequence[int],
    seed: int,
    recipe: Recipe,
    whole: npt.NDArray[np.bool_],
    on_step: OnStep,
    *,
    device: torch.device = CPU,
    dtype: torch.dtype = torch.float32,
    choice: Choice | None = None,
) -> Fits:
    """Train model `models[k]` on all examples of version versions[k] with labels[k] (K, n).

    A model ends after the first epoch at which it is right on all of its training set with a loss of at most
    FITTED_LOSS, unless whole[k]; with a loss that is not finite; and at the latest after the recipe's epochs.

    A model's initialization, orders, dropout and augmentation depend on the seed and its number alone, and
    its bits on nothing but the device, the back end and `dtype`. Numbers may repeat: two models of one number
    start from equal weights and see their examples in equal orders. `choice` and `on_step` are those of
    `train_models`.
    """
    examples = data.x.shape[1]
    if not len(models) == len(versions) == len(labels) == len(whole) > 0 or labels.shape[1:] != (examples,):
        raise ValueError(
            f"needs a version, {examples} labels and an end per model; got {len(versions)} versions, labels "
            f"{labels.shape} and {len(whole)} ends for {len(models)} models"
        )
    train_images, test_images = (
        _Versions(x, data.border, device, dtype, flat=data.flat) for x in (data.x, data.x_test)
    )
    y_test = torch.as_tensor(data.y_test).to(device)

    batches = math.ceil(examples / recipe.batch_size)
    looks = early_looks(batches, recipe.epochs)

    def train(bank: ModelBank, part: range, report: OnStep) -> tuple[Floats, Floats]:
        chosen = slice(part.start, part.stop)
        own = _OwnExamples(train_images, torch.as_tensor(versions[chosen]), torch.as_tensor(labels[chosen]))
        numbers = [models[k] for k in part]
        run = _Run(bank, own, test_images, y_test, numbers, whole[chosen], seed, recipe, looks)
        return run.train(report)

    batch = (min(recipe.batch_size, examples), *data.seen_shape)
    parts, choice = side_by_side(
        train, back_ends, models, seed, batch, data.classes, on_step, device, dtype, choice
    )
    loss, train_accuracy, test_accuracy = _joined([curves for curves, _ in parts])
    early_loss, early_accuracy = np.concatenate([early for _, early in parts], axis=1)
    return Fits(
        loss,
        train_accuracy,
        test_accuracy,
        batches,
        np.array(looks, np.int64),
        early_loss,
        early_accuracy,
        choice,
    )


def whitened(images: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """Return pixels / 255 of images (..., C, H, W), less their mean and over their deviation, image by image.

    The deviation counts as at least 1 / sqrt(C H W), so that an image of one color becomes 0: TensorFlow's
    whitening of single images.
    """
    rows = images.flatten(-3).to(dtype) / 255
    rows -= rows.mean(-1, keepdim=True)
    deviations = rows.square().mean(-1, keepdim=True).sqrt_()
    rows /= deviations.clamp_(min=rows.shape[-1] ** -0.5)
    result: torch.Tensor = rows.unflatten(-1, images.shape[-3:])
    return result


class _Versions:
    """V versions of images (V, n, C, H, W) on a device; one copy serves all models and lanes.

    Inputs without augmentation are made once where they take little memory, else for each batch.
    """

    def __init__(
        self,
        pixels: npt.NDArray[np.uint8],
        border: int,
        device: torch.device,
        dtype: torch.dtype,
        *,
        flat: bool,
    ) -> None:
        self.device = device
        self._pixels = torch.from_numpy(np.require(pixels, requirements=["C", "W"])).to(device)
        self._border, self._dtype, self._flat = border, dtype, flat
        middle = self._middle(self._pixels)
        self._made: torch.Tensor | None = None
        if middle.numel() * dtype.itemsize <= MADE_BYTES:
            parts = middle.flatten(0, 1).split(MADE_AT_ONCE)
            made = torch.cat([self._inputs(part) for part in parts])
            self._made = made.unflatten(0, self._pixels.shape[:2])

    def batch(self, versions: torch.Tensor, indices: torch.Tensor) -> torch.Tensor:
        """Return inputs (K, B, ...) of the examples `indices` (K, B) in the versions (K,)."""
        x = self._taken(self._pixels if self._made is None else self._made, versions, indices)
        return self._inputs(self._middle(x)) if self._made is None else x

    def augmented(
        self, versions: torch.Tensor, indices: torch.Tensor, views: BatchViews, padding: int
    ) -> torch.Tensor:
        """Return what `batch` does, seen through crops, flips and rotations."""
        images = self._taken(self._pixels, versions, indices)
        return self._inputs(seen_through(images, views, padding, self._border))

    def part(self, versions: torch.Tensor, places: slice) -> torch.Tensor:
        """Return inputs (K, m, ...) of the same examples in the versions (K,)."""
        used, own = versions.unique(return_inverse=True)
        if self._made is None:
            x = self._inputs(self._middle(self._pixels[used, places]))
        else:
            x = self._made[used, places]
        return x.expand(len(versions), *x.shape[1:]) if len(used) == 1 else x.index_select(0, own)

    def _taken(self, of_all: torch.Tensor, versions: torch.Tensor, indices: torch.Tensor) -> torch.Tensor:
        rows = (versions[:, None] * of_all.shape[1] + indices).flatten()
        taken: torch.Tensor = of_all.flatten(0, 1).index_select(0, rows).unflatten(0, indices.shape)
        return taken

    def _middle(self, images: torch.Tensor) -> torch.Tensor:
        height, width = images.shape[-2:]
        return images[..., self._border : height - self._border, self._border : width - self._border]

    def _inputs(self, images: torch.Tensor) -> torch.Tensor:
        exact = torch.float64 if self._dtype is torch.float64 else torch.float32
        seen = whitened(images, exact).to(self._dtype)
        return seen.flatten(-3) if self._flat else seen


class _OwnExamples:
    """The training sets of K models: a version (K,) of the images each, with labels (K, n) of its own."""

    def __init__(self, images: _Versions, versions: torch.Tensor, labels: torch.Tensor) -> None:
        self.device = images.device
        self.images = images
        self.versions = versions.to(self.device)
        self.labels = labels.to(self.device)

    def batch(self, indices: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return inputs (K, B, ...) and labels (K, B) of the examples `indices` (K, B)."""
        return self.images.batch(self.versions, indices), self.labels.gather(1, indices)

    def augmented(
        self, indices: torch.Tensor, views: BatchViews, padding: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return what `batch` does, seen through crops, flips and rotations."""
        x = self.images.augmented(self.versions, indices, views, padding)
        return x, self.labels.gather(1, indices)

    def keep(self, models: Sequence[int]) -> None:
        """Go on with those of the K models alone."""
        places = torch.tensor(models, device=self.device)
        self.versions, self.labels = (part.index_select(0, places) for part in (self.versions, self.labels))


@dataclass
class _Run:
    """One chunk of models on their way, from which those that end are taken."""

    bank: ModelBank
    own: _OwnExamples
    test_images: _Versions
    y_test: torch.Tensor
    models: list[int]
    whole: npt.NDArray[np.bool_]
    seed: int
    recipe: Recipe
    looks: Sequence[int]

    def train(self, on_step: OnStep) -> tuple[Floats, Floats]:
        """Return losses and accuracies on training and test set, (3, K, E + 1), and early ones, (2, K, S)."""
        chunk = len(self.models)
        going = np.arange(chunk)
        early = np.full((2, chunk, len(self.looks)), np.nan)
        place_of = {step: place for place, step in enumerate(self.looks)}
        steps = count(1)

        def report(fraction: float) -> None:
            on_step((chunk - len(going) + len(going) * fraction) / chunk)

        def stepped(fraction: float) -> None:
            report(fraction)
            place = place_of.get(next(steps))
            if place is not None:  # answers leave no trace in a model: its bits stay the same
                early[:, going, place] = self._on_own(partial(report, fraction))

        curves = [self._measured(lambda: report(0.0))]
        for epoch in range(self.recipe.epochs):
            masks = np.ones((len(going), self.own.labels.shape[1]), np.bool_)
            train_epoch(self.bank, self.own, self.models, masks, self.seed, epoch, self.recipe, stepped)
            measured = self._measured(partial(report, (epoch + 1) / self.recipe.epochs))
            curves.append(np.full((3, chunk), np.nan))
            curves[-1][:, going] = measured
            loss, accuracy, _ = measured
            fitted = (accuracy == 1) & (loss <= FITTED_LOSS) & ~self.whole
            on = np.isfinite(loss) & ~fitted
            going = going[on]
            if len(going) == 0:
                break
            if not on.all():
                self._keep(np.flatnonzero(on).tolist())
        report(1.0)
        return np.stack(curves, axis=2), early

    def _keep(self, places: list[int]) -> None:
        self.bank.keep(places)
        self.own.keep(places)
        self.models = [self.models[place] for place in places]
        self.whole = self.whole[places]

    def _measured(self, on_chunk: Callable[[], None]) -> Floats:
        """Return each model's loss and accuracy on its training set, and its accuracy on the test set."""
        y_test = self.y_test.expand(len(self.models), -1)
        of_test = self._asked(self.test_images, y_test, on_chunk)[1]
        return np.stack([*self._on_own(on_chunk), of_test])

    def _on_own(self, on_chunk: Callable[[], None]) -> tuple[Floats, Floats]:
        """Return each model's loss and accuracy on its own training set."""
        return self._asked(self.own.images, self.own.labels, on_chunk)

    def _asked(
        self, images: _Versions, labels: torch.Tensor, on_chunk: Callable[[], None]
    ) -> tuple[Floats, Floats]:
        """Return the average cross-entropy and the accuracy of each model, (K,), against labels (K, m)."""
        loss = torch.zeros(len(labels), dtype=torch.float64, device=images.device)
        right = torch.zeros(len(labels), dtype=torch.int64, device=images.device)
        examples = labels.shape[1]
        for start in range(0, examples, EVALUATION_CHUNK):
            places = slice(start, start + EVALUATION_CHUNK)
            y = labels[:, places]
            logits = self.bank.own_logits(images.part(self.own.versions, places)).mT
            exact = logits.float() if logits.dtype is torch.bfloat16 else logits
            loss += functional.cross_entropy(exact, y, reduction="none").double().sum(dim=1)
            right += (logits.max(dim=1).indices == y).sum(dim=1)
            on_chunk()
        return loss.cpu().numpy() / examples, right.cpu().numpy() / examples


def _joined(parts: Sequence[Floats]) -> Floats:
    """Return all models' curves (3, K, E + 1) from those of chunks, each as long as its longest model's."""
    longest = max(part.shape[2] for part in parts)
    padded = [
        np.pad(part, ((0, 0), (0, 0), (0, longest - part.shape[2])), constant_values=np.nan) for part in parts
    ]
    return np.concatenate(padded, axis=1)
