"""What an experiment on ResMem measures."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.studies.kit.facts import Facts

# Between these, examples of a finished experiment are counted together by their score.
EDGES = {"memorization": (0.05, 0.25, 0.5, 0.75), "c_score": (0.25, 0.5, 0.75, 0.95)}


@dataclass(frozen=True)
class Answered:
    """Accuracies of the network alone, with its memory, and of its neighbors alone."""

    base: float
    resmem: float
    knn: float

    @property
    def gain(self) -> float:
        """What the memory adds."""
        return self.resmem - self.base


@dataclass(frozen=True)
class Net:
    """One network, and what a memory of its residuals makes of it.

    `examples` it was trained on. `residual`: mean of 1 - p(label) on these, at T = 1. `k`, `sigma` and
    `temperature` were chosen on held-out examples, `sigma` in units of `unit`, a distance between features;
    `k_alone` and `sigma_alone` for the neighbors alone. `surface`: accuracies on those examples by
    temperature, k and sigma.
    """

    size: int
    share: float
    run: int
    examples: int
    test: Answered
    train: Answered
    residual: float
    k: int
    sigma: float
    temperature: float
    unit: float
    k_alone: int
    sigma_alone: float
    surface: Sequence[Sequence[Sequence[float]]]


@dataclass(frozen=True)
class Neighbor:
    """A remembered training example: its weight, its residual for what ResMem and what the net says."""

    example: int
    label: int
    weight: float
    raises: float
    lowers: float


@dataclass(frozen=True)
class Case:
    """A test example that the network and ResMem answer differently, of which one is right."""

    size: int
    example: int
    label: int
    base: int
    resmem: int
    neighbors: Sequence[Neighbor]

    @property
    def rescued(self) -> bool:
        """Whether ResMem is right, and the network was not."""
        return self.resmem == self.label


@dataclass(frozen=True)
class Outcomes:
    """Held-out examples of one network by their `score` in a finished experiment, between its `EDGES`.

    In each bin, how many the network gets wrong, how many of these ResMem rescues, how many the network gets
    right, and how many of those ResMem breaks.
    """

    score: str
    size: int
    run: int
    wrong: Sequence[int]
    rescued: Sequence[int]
    right: Sequence[int]
    broken: Sequence[int]


class ResMemFacts(Facts):
    """Everything measured so far; `looked_at`: the size in the finished experiment, 0 without one."""

    nets: tuple[Net, ...] = ()
    cases: tuple[Case, ...] = ()
    outcomes: tuple[Outcomes, ...] = ()
    looked_at: int = 0
