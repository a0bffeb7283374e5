"""What an experiment of the randomization study measures."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from backend.datasets.options import PixelMode
from backend.networks.architectures import Architecture
from backend.studies.kit.facts import Facts
from backend.studies.randomization.conditions import Condition, Regularizer

# Training accuracy at which a network has overfit. The paper does not say what it takes; not all examples,
# since its own perceptron stops at 99.34 % of random labels, and the last few would decide.
OVERFIT = 0.98


class Between(NamedTuple):
    """A quantity of which only limits are known, both of them possible."""

    low: float
    high: float


@dataclass(frozen=True)
class Fit:
    """How one network fits its training set.

    Lists have E + 1 entries, before training and after each epoch: `loss`, the average cross-entropy over its
    own training set, accuracy there (`train`) and on the test set with its true labels (`test`). The network
    stops once it has fit, unless it was to go on for all epochs. Within the first epochs, after `early_steps`
    steps, there are `early_loss` and `early_train` too; facts of earlier versions have none.
    """

    architecture: Architecture
    regularizer: Regularizer
    pixels: PixelMode
    corruption: float
    run: int
    steps_per_epoch: int
    loss: Sequence[float]
    train: Sequence[float]
    test: Sequence[float]
    early_steps: Sequence[int] = ()
    early_loss: Sequence[float] = ()
    early_train: Sequence[float] = ()

    @property
    def condition(self) -> Condition:
        """What it was trained on."""
        return Condition(self.pixels, self.corruption)

    @property
    def final(self) -> tuple[float, float]:
        """Train and test accuracy after the last epoch."""
        return self.train[-1], self.test[-1]

    @property
    def steps(self) -> int:
        """How many steps it was trained for."""
        return (len(self.train) - 1) * self.steps_per_epoch

    def steps_to_loss(self, level: float) -> float | None:
        """Return the steps until the loss is at the level, None if it never is.

        Between two epochs the logarithm of the loss is taken to fall linearly.
        """
        loss = np.maximum(self.loss, np.finfo(float).tiny)
        below = np.flatnonzero(loss <= level)
        if len(below) == 0:
            return None
        epoch = int(below[0])
        if epoch == 0:
            return 0.0
        before, after = np.log(loss[epoch - 1]), np.log(loss[epoch])
        return float((epoch - 1 + (before - np.log(level)) / (before - after)) * self.steps_per_epoch)

    def steps_to_fit(self) -> float | None:
        """Return the steps after which every training example is seen to be right, None if never."""
        return _known(self.reached(1.0).high)

    def steps_to_overfit(self) -> float | None:
        """Return the steps after which the training accuracy is seen to be OVERFIT, None if never."""
        return _known(self.reached(OVERFIT).high)

    def reached(self, accuracy: float) -> Between:
        """Return between which steps the training accuracy gets there; if never, from the last one on."""
        steps, early = self._course(self.train, self.early_train)
        return _first(steps, early >= accuracy)

    def halved(self) -> Between:
        """Return between which steps the loss falls to half of what it was before training."""
        steps, loss = self._course(self.loss, self.early_loss)
        return _first(steps, loss <= loss[0] / 2)

    def _course(
        self, ends: Sequence[float], early: Sequence[float]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """Return all steps at which there is a value, ascending, and the values."""
        steps = np.array([*(self.steps_per_epoch * epoch for epoch in range(len(ends))), *self.early_steps])
        order = np.argsort(steps)
        return steps[order], np.array([*ends, *early], np.float64)[order]


def _first(steps: npt.NDArray[np.int64], there: npt.NDArray[np.bool_]) -> Between:
    """Return the last steps before the first that are there, and those; no upper limit where none are."""
    found = np.flatnonzero(there)
    if len(found) == 0:
        return Between(float(steps[-1]), np.inf)
    return Between(float(steps[max(found[0] - 1, 0)]), float(steps[found[0]]))


def _known(steps: float) -> float | None:
    return steps if np.isfinite(steps) else None


@dataclass(frozen=True)
class FiniteSample:
    """The network of Theorem 1 on n examples of d numbers, for each position of the thresholds (P,).

    `train_error` is the largest |c(x) - y| at the position that was asked for, c being summed up in an order
    that loses few digits; `test_accuracy` counts the nearest label. A position is the share of a gap between
    neighboring projections at which the threshold stands. By position: `error`, the largest |c(x) - y| of a
    forward pass, which adds up all units; `largest_weight`; `smallest_eigenvalue` of the triangular
    matrix, which is its smallest diagonal entry; `condition`, the condition number of the matrix of
    `condition_examples` examples. `curve_x` (C,) and `curves` (P, C) draw c over a few neighboring
    projections, `points_x`, `points_y` (S,) the examples there; `matrix` (M, M) is a corner of the matrix at
    the position `position` that was asked for.
    """

    n: int
    d: int
    weights: int
    left_out: int
    position: float
    train_error: float
    test_accuracy: float
    positions: Sequence[float]
    error: Sequence[float]
    largest_weight: Sequence[float]
    smallest_eigenvalue: Sequence[float]
    condition: Sequence[float]
    condition_examples: int
    curve_x: Sequence[float]
    curves: Sequence[Sequence[float]]
    points_x: Sequence[float]
    points_y: Sequence[float]
    matrix: Sequence[Sequence[float]]


@dataclass(frozen=True)
class Descent:
    """One run of SGD on a linear model, (E,) after each of `epochs`.

    `to_minimum` and `to_limit`: distance to the minimum-norm solution and to the predicted limit, relative to
    the norm of the latter; `residual`: the errors on the training set, relative to the labels; `norm` of the
    weights. All are Frobenius norms.
    """

    start: str
    n: int
    d: int
    minimum_norm: float
    epochs: Sequence[int]
    to_minimum: Sequence[float]
    to_limit: Sequence[float]
    residual: Sequence[float]
    norm: Sequence[float]


@dataclass(frozen=True)
class Interpolation:
    """A Gaussian-kernel model exp(-gamma |x - x'|^2) of n examples, with `ridge` added to the diagonal.

    `redrawn`: norms under further draws of labels at that corruption; none in facts of earlier versions.
    """

    n: int
    gamma: float
    ridge: float
    corruption: float
    train_error: float
    test_error: float
    norm: float
    test_examples: int
    redrawn: Sequence[float] = ()


@dataclass(frozen=True)
class Complexity:
    """How well a class fits random signs on n examples of d numbers: mean of sigma h per draw."""

    family: str
    n: int
    d: int
    values: Sequence[float]


@dataclass(frozen=True)
class Bridge:
    """Memorization scores of the same examples at one probability of corruption.

    Of n examples `changed` have another label than before; `found` of them are among the `changed` highest
    scores, where ties count by their share. `edges` (B + 1,), `clean` and `corrupted` (B,) are the histogram
    of scores by whether a label changed. `auroc`: of changed above unchanged labels, None without either.
    """

    corruption: float
    models: int
    n: int
    changed: int
    found: float
    auroc: float | None
    mean: float
    subset_accuracy: float
    heldout_accuracy: float
    edges: Sequence[float]
    clean: Sequence[int]
    corrupted: Sequence[int]


class RandomizationFacts(Facts):
    """Everything measured so far, on data of that form."""

    n_train: int = 0
    n_test: int = 0
    classes: int = 0
    fits: tuple[Fit, ...] = ()
    finite_sample: tuple[FiniteSample, ...] = ()
    descents: tuple[Descent, ...] = ()
    interpolations: tuple[Interpolation, ...] = ()
    complexities: tuple[Complexity, ...] = ()
    bridges: tuple[Bridge, ...] = ()

    @property
    def chance(self) -> float:
        """Accuracy of guessing."""
        return 1 / self.classes

    def trained(
        self, condition: Condition | None = None, regularizer: Regularizer = Regularizer.NONE
    ) -> list[Fit]:
        """Return the networks trained on a condition, or on all, with that regularizer."""
        return [
            fit for fit in self.fits if fit.regularizer is regularizer and condition in {None, fit.condition}
        ]
