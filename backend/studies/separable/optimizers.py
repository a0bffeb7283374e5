"""The optimizers that are held against the maximum margin, and on which points each is tried."""

from enum import StrEnum
from typing import NamedTuple

from backend.studies.separable.points import Points


class Optimizer(StrEnum):
    """How weights move."""

    GD = "gd"
    MOMENTUM = "momentum"
    SGD = "sgd"
    NORMALIZED = "normalized"
    ADAM = "adam"
    FAST_ADAM = "fast_adam"


TITLES = {
    Optimizer.GD: "gradient descent",
    Optimizer.MOMENTUM: "momentum 0.9",
    Optimizer.SGD: "SGD, batch 4",
    Optimizer.NORMALIZED: "normalized GD",
    Optimizer.ADAM: "Adam, rate 0.001",
    Optimizer.FAST_ADAM: "Adam, rate 0.01",
}
ADAM_RATES = {Optimizer.ADAM: 1e-3, Optimizer.FAST_ADAM: 1e-2}
# To any step at once, by differential equations that pass through or near their steps
LONG = (Optimizer.GD, Optimizer.MOMENTUM, Optimizer.ADAM, Optimizer.FAST_ADAM)
LONG_STEPS = 10**12
SMOOTH_AFTER = 10_000  # steps that these take one by one, at least, before many at once
BATCH = 4


class Tried(NamedTuple):
    """One optimizer on one kind of points."""

    points: Points
    optimizer: Optimizer

    @property
    def drawn(self) -> bool:
        """Whether draws differ."""
        return self.points is not Points.ASYMMETRIC


TRIED = (
    *(
        Tried(Points.PAPER, optimizer)
        for optimizer in (Optimizer.GD, Optimizer.MOMENTUM, Optimizer.SGD, Optimizer.NORMALIZED)
    ),
    *(
        Tried(Points.ASYMMETRIC, optimizer)
        for optimizer in (Optimizer.GD, Optimizer.MOMENTUM, Optimizer.NORMALIZED)
    ),
    *(Tried(Points.SCALED, optimizer) for optimizer in (Optimizer.GD, Optimizer.ADAM, Optimizer.FAST_ADAM)),
)
