"""What an experiment of the separable study measures."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from backend.studies.kit.facts import Facts
from backend.studies.separable.optimizers import Optimizer
from backend.studies.separable.points import Points


@dataclass(frozen=True)
class Network:
    """One network after each of its `epochs`, (E,) each, in evaluation mode.

    norm: of the weights of its last layer; losses: average cross-entropy over the training and the test set;
    errors: share of wrong answers there.
    """

    run: int
    epochs: Sequence[int]
    norm: Sequence[float]
    train_loss: Sequence[float]
    train_error: Sequence[float]
    test_loss: Sequence[float]
    test_error: Sequence[float]

    @cached_property
    def fitted(self) -> int:
        """The place among `epochs` from which on it is right on all of its training set; E if never."""
        wrong = np.flatnonzero(np.asarray(self.train_error) > 0)
        return int(wrong[-1]) + 1 if len(wrong) else 0


@dataclass(frozen=True)
class Path:
    """One optimizer on one draw of points, after each of `steps` (T,); of SGD, after epochs.

    angle: between weights and maximum margin, in degrees; gap: by how much the margin falls short of the
    largest one, as a share of it; loss: the sum over all points; norm: of the weights.
    `turned`: by how many degrees they turned within the last half of a decade of steps. `end` is where
    weights point in the end, `best` the maximum margin, both (2,) of length 1.
    """

    points: Points
    optimizer: Optimizer
    draw: int
    steps: Sequence[int]
    angle: Sequence[float]
    gap: Sequence[float]
    loss: Sequence[float]
    norm: Sequence[float]
    turned: float
    end: Sequence[float] = ()
    best: Sequence[float] = ()

    def at(self, step: float) -> int:
        """Return the place of the look nearest to that step, on a logarithmic scale."""
        return int(np.abs(np.log(np.asarray(self.steps, np.float64) / step)).argmin())


@dataclass(frozen=True)
class Flow:
    """Gradient flow on one draw of points until `times` (T,) end.

    spread: the largest distance between directions from several starts and step sizes in the end;
    `between_losses`: that between the directions of logistic and exponential loss. `validation_loss` and
    `validation_error` (T,) are of points of which one lies on the wrong side of the maximum margin by
    `expected`; `slope` is that of the loss over log t, late.
    """

    draw: int
    spread: float
    between_losses: float
    times: Sequence[float]
    validation_loss: Sequence[float]
    validation_error: Sequence[float]
    slope: float
    expected: float


@dataclass(frozen=True)
class Pair:
    """Two classes of images as points, raw pixels from 0 to 1 and a constant 1, told apart by linear models.

    n examples of d numbers. `separable`: whether some weights are right about all. `paths` are those of
    optimizers; angles and gaps are NaN where there is no margin. `pictures` (P, H, W) are weights of pixels,
    summed over colors, of unit norm: gradient descent after each of `shown` (P - 1,) steps, and last what it
    tends to: the maximum margin, or where classes overlap the least loss. `support` (S, H, W) are up to
    SUPPORTS examples that the margin rests on, as brightness from 0 to 1, with their class in `of` (S,);
    `supports` counts all. `left`: distance to the least loss relative to its norm, None where there is none.
    """

    names: tuple[str, str]
    n: int
    d: int
    separable: bool
    supports: int
    paths: Sequence[Path]
    shown: Sequence[int]
    pictures: Sequence[Sequence[Sequence[float]]]
    support: Sequence[Sequence[Sequence[float]]]
    of: Sequence[str]
    left: float | None = None

    @property
    def instead(self) -> str:
        """What gradient descent does where no weights are right about all."""
        if self.left is None:
            return (
                "no weights are right about all, yet some lower the loss for ever, so that the norm grows on"
            )
        return "gradient descent ends at the weights of least loss, and their norm stops growing"


class SeparableFacts(Facts):
    """Everything measured so far, on data of that form."""

    n_train: int = 0
    n_test: int = 0
    networks: tuple[Network, ...] = ()
    paths: tuple[Path, ...] = ()
    flows: tuple[Flow, ...] = ()
    pairs: tuple[Pair, ...] = ()
