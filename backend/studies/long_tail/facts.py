"""What an experiment of the long-tail study measures."""

from dataclasses import dataclass

from backend.studies.kit.facts import Facts
from backend.studies.long_tail.params import LearnerName


@dataclass(frozen=True)
class Number:
    """One of the paper's numbers as we compute it at the paper's own setting; `key` as in `numbers`."""

    key: str
    ours: float


@dataclass(frozen=True)
class Identities:
    """What the closed forms must satisfy, whatever is sampled.

    `floor`: the least tau_1 over its lower bound, on a grid of long tails; `ceiling`: the largest tau_1 over
    its upper bound, on lists without a tail. `turing`: share of singletons among n minus the mass not seen by
    n - 1, under the experiment's own prior. `prices`: cost of gamma = 1/2 minus that of epsilon = ln 6.
    `memorization` and `gap`: over all samples of a few points, with `scores` of points seen l = 1, 2, ...
    times.
    """

    floor: float
    ceiling: float
    turing: float
    prices: float
    memorization: float
    gap: float
    scores: tuple[float, ...]


@dataclass(frozen=True)
class Seen:
    """Points seen `multiplicity` times: how many, their mean frequency tau_l, and what they are worth.

    `excess` is the error of a learner that leaves all of them unfitted, above that of one that fits all.
    Values are means over repetitions with their standard errors, NaN where no such point was seen; `z` is by
    how many of them the sampled mass differs from the expected tau_l for each sampled point.
    """

    multiplicity: int
    points: float
    tau: float
    tau_error: float
    tau_expected: float
    z: float
    excess: float
    excess_error: float
    excess_expected: float


@dataclass(frozen=True)
class Unfitted:
    """The excess error of a learner that leaves a fraction of the points seen once unfitted."""

    fraction: float
    excess: float
    error: float
    expected: float


@dataclass(frozen=True)
class Cell:
    """A learner on mixtures of subpopulations, as means over repetitions with their standard errors.

    `excess`: by how much its error rises if it goes without examples of subpopulations seen once; `lost`:
    tau_1 times the number of these that it then answers wrongly; `coupling`: lambda_1, how often fresh
    examples of a subpopulation seen once get the answer of the one seen. `scores` are mean memorization
    scores of examples whose subpopulation was seen l = 1, 2, ... times, NaN where there are none.
    """

    learner: LearnerName
    dimensions: int
    tightness: float
    repetitions: int
    error: float
    train_error: float
    excess: float
    excess_error: float
    lost: float
    coupling: float
    memorization: float
    memorization_error: float
    gap: float
    gap_error: float
    scores: tuple[float, ...]
    score_errors: tuple[float, ...]

    @property
    def predicted(self) -> float:
        """lambda_1 tau_1 errn_1, by which the theorem has the error rise."""
        return self.coupling * self.lost


@dataclass(frozen=True)
class Neighbors:
    """Examples with `least` to `most` of their label within reach, themselves included; None is no limit."""

    least: int
    most: int | None
    examples: int
    score: float
    low: float
    high: float

    @property
    def named(self) -> str:
        """How many they are, such as "3 to 5"."""
        if self.most is None:
            return f"{self.least} or more"
        return f"{self.least}" if self.most == self.least else f"{self.least} to {self.most}"


@dataclass(frozen=True)
class OfClass:
    """A class of another experiment: its training examples, and the share that is memorized."""

    name: str
    examples: int
    memorized: float
    low: float
    high: float


@dataclass(frozen=True)
class Elsewhere:
    """What another experiment memorizes, at its largest size that has scores.

    `radius` is how far the examples that were looked at reach, `looked_at` how many they are of `scored`.
    `lead` is the mean score of those alone within reach minus that of all others, with its 95 % interval.
    """

    size: int
    scored: int
    looked_at: int
    radius: float
    neighbors: tuple[Neighbors, ...]
    classes: tuple[OfClass, ...]
    lead: float
    lead_low: float
    lead_high: float


class LongTailFacts(Facts):
    """Closed forms, what samples gave so far, and what another experiment memorizes."""

    repetitions: int = 0  # of samples
    numbers: tuple[Number, ...] = ()
    identities: Identities | None = None
    seen: tuple[Seen, ...] = ()
    unfitted: tuple[Unfitted, ...] = ()
    cells: tuple[Cell, ...] = ()
    elsewhere: Elsewhere | None = None
