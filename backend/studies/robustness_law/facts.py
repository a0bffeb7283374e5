"""What an experiment on the law of robustness measures."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from backend.studies.kit.facts import Facts
from backend.studies.robustness_law.params import Data

TAILS = (1.5, 2.0, 2.5, 3.0)  # of t sqrt(d), at which a network's values are held against isoperimetry


@dataclass(frozen=True)
class Net:
    """One two-layer network on n examples of d numbers, with k hidden units, after `steps` of Adam.

    slope: the largest gradient at fresh points, below the Lipschitz constant; bound: |a| ||W||_op, above it,
    batch norm folded in. `fitted`: whether its loss got below the threshold. `tails`: at how many of `points`
    fresh points it is further from its mean than TAILS, in units of bound / sqrt(d). `difference`: largest
    relative difference between its gradient and difference quotients.
    """

    data: Data
    n: int
    d: int
    k: int
    run: int
    fitted: bool
    steps: int
    loss: float
    slope: float
    bound: float
    points: int
    tails: Sequence[int]
    difference: float

    @property
    def ratio(self) -> float:
        """sqrt(n / k), which the law says no Lipschitz constant is far below."""
        return float(np.sqrt(self.n / self.k))


@dataclass(frozen=True)
class Course:
    """One network on labels that are right but for noise, while it is fit, (T,) each.

    errors: share of fresh points where it has not the sign of the rule. `crossing`: the first place among
    `steps` with a loss of at most the noise.
    """

    run: int
    n: int
    d: int
    k: int
    noise: float
    fitted: bool
    steps: Sequence[int]
    losses: Sequence[float]
    slopes: Sequence[float]
    errors: Sequence[float]

    @property
    def crossing(self) -> int | None:
        """The first place with a loss of at most the noise, None if there is none before the last."""
        below = np.flatnonzero(np.asarray(self.losses[:-1]) <= self.noise)
        return int(below[0]) if len(below) else None


class Kind(StrEnum):
    """A network known in closed form."""

    LINEAR = "linear"
    CAPS = "caps"
    QUADRATIC = "quadratic"


@dataclass(frozen=True)
class Construction:
    """One draw of a network known in closed form.

    `lipschitz` is its constant, of caps the largest gradient found; `expected` what the formula says.
    `residual`: by how much it misses a label at most; `disjoint`: whether no cap reaches another's example.
    """

    kind: Kind
    n: int
    d: int
    draw: int
    lipschitz: float
    expected: float
    residual: float
    disjoint: bool = True


@dataclass(frozen=True)
class Pictures:
    """The images that got random labels: n of d numbers, with that effective dimension."""

    n: int
    d: int
    effective: float
    fresh: int


@dataclass(frozen=True)
class Joint:
    """One network of three hidden layers, measured as three papers do; layers (4,) from first to output.

    train_error: share of wrong training examples; unseen_error: of patterns not trained on, by the rule.
    `learned`: share of flipped training labels that it gives; `memorized`: that, less what it gives of them
    unseen. Bits: I(X;T) in the end and at its highest, and I(T;Y), of all patterns. slope and bound as in
    `Net`.
    """

    fraction: float
    width: int
    run: int
    train_error: float
    unseen_error: float
    learned: float
    input_bits: Sequence[float]
    peak_bits: Sequence[float]
    label_bits: Sequence[float]
    slope: float
    bound: float

    @property
    def memorized(self) -> float:
        """Share of flipped labels that it knows only because it has seen them."""
        return self.learned - self.unseen_error


class RobustnessFacts(Facts):
    """Everything measured so far."""

    nets: tuple[Net, ...] = ()
    courses: tuple[Course, ...] = ()
    constructions: tuple[Construction, ...] = ()
    pictures: tuple[Pictures, ...] = ()
    joints: tuple[Joint, ...] = ()

    def of(self, *data: Data) -> list[Net]:
        """Return the networks trained on that."""
        return [net for net in self.nets if net.data in data]

    def fitted(self, *data: Data) -> list[Net]:
        """Return those that fit."""
        return [net for net in self.of(*data) if net.fitted]
