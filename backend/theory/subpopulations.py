"""A mixture of subpopulations (Feldman, STOC 2020): examples of one are alike, not equal.

Each of N subpopulations has a random direction c in d dimensions and one label for all of its examples, drawn
from m classes. An example is rho c + sqrt(1 - rho^2) g with Gaussian c and g of expected squared length 1, so
rho is how closely examples follow their subpopulation: of two of one, the expected inner product is rho^2, of
two of different ones 0 with a spread of 1 / sqrt(d). A learner answers on what it has not seen only as far as
it is coupled to what it has: the theorem's excess appears where dimensions are many and rho is not small.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve

from backend.theory.moments import Estimate, Moments

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

RIDGE = 1e-3  # beside squared lengths of 1: all but interpolates, and equal examples stay solvable
FRESH = 4  # new examples of each subpopulation seen once, to measure the coupling on


class _Column(IntEnum):
    """The columns of a repetition; after them come scores and shares by multiplicity."""

    ERROR = 0
    ERROR_WITHOUT = 1
    EXCESS = 2
    ERRN = 3
    COUPLED = 4
    COUPLINGS = 5
    TRAIN_ERROR = 6
    MEMORIZATION = 7
    GAP = 8


@dataclass(frozen=True)
class Learner:
    """A deterministic learner of examples x (n, d) with labels y (n,) below m.

    `predict(x, y, m, queries)` gives classes (q,) of queries (q, d), `left_out(x, y, m)` for each example the
    class (n,) that the learner gives it after training on all others.
    """

    predict: Callable[[Floats, Ints, int, Floats], Ints]
    left_out: Callable[[Floats, Ints, int], Ints]


@dataclass(frozen=True, eq=False)
class Mixture:
    """Frequencies (N,) of subpopulations, which add up to 1, dimensions d, rho from 0 to 1, classes m."""

    frequencies: Floats
    dimensions: int
    tightness: float
    classes: int

    def __post_init__(self) -> None:
        if not 0 <= self.tightness <= 1:
            raise ValueError(f"tightness lies from 0 to 1, got {self.tightness:g}")
        if self.dimensions < 1 or self.classes < 2:
            raise ValueError("needs at least 1 dimension and 2 classes")


@dataclass(frozen=True, eq=False)
class Measured:
    """Sums over repetitions of one mixture, learner, n and number L of multiplicities; blocks of them add up.

    Every estimate is (1,) unless it says otherwise. Errors are shares of fresh examples of the mixture.
    """

    moments: Moments
    most: int

    def __add__(self, other: "Measured") -> "Measured":
        if self.most != other.most:
            raise ValueError("blocks of different settings do not add up")
        return Measured(self.moments + other.moments, self.most)

    def error(self) -> Estimate:
        """The error after training on all examples."""
        return self._mean(_Column.ERROR)

    def error_without_singletons(self) -> Estimate:
        """The error after training without those whose subpopulation was seen once."""
        return self._mean(_Column.ERROR_WITHOUT)

    def excess(self) -> Estimate:
        """The second minus the first, paired."""
        return self._mean(_Column.EXCESS)

    def errn(self) -> Estimate:
        """The number of examples of subpopulations seen once that a learner without them answers wrongly."""
        return self._mean(_Column.ERRN)

    def coupling(self) -> Estimate:
        """lambda_1: how often fresh examples of a subpopulation seen once get the answer of the one seen."""
        return self.moments.ratio(np.array([_Column.COUPLED]), np.array([_Column.COUPLINGS]))

    def train_error(self) -> Estimate:
        """The error on the examples trained on."""
        return self._mean(_Column.TRAIN_ERROR)

    def memorization(self) -> Estimate:
        """The mean memorization score: chance of the right answer minus the chance with the example left out.

        Its expectation is the expected error after n - 1 examples minus the train error after n.
        """
        return self._mean(_Column.MEMORIZATION)

    def gap(self) -> Estimate:
        """The error minus the train error, both after n."""
        return self._mean(_Column.GAP)

    def memorization_by_multiplicity(self) -> Estimate:
        """(L,) mean scores of examples whose subpopulation was seen l times."""
        return self.moments.ratio(self._multiplicities(0), self._multiplicities(1))

    def share_by_multiplicity(self) -> Estimate:
        """(L,) shares of the examples whose subpopulation was seen l times."""
        return self.moments.mean(self._multiplicities(1))

    def _mean(self, column: _Column) -> Estimate:
        return self.moments.mean(np.array([column]))

    def _multiplicities(self, which: int) -> Ints:
        return len(_Column) + np.arange(which * self.most, (which + 1) * self.most)


def measure(
    rng: np.random.Generator,
    mixture: Mixture,
    learner: Learner,
    n: int,
    repetitions: int,
    *,
    fresh: int = 2000,
    most: int = 4,
) -> Measured:
    """Train on n examples of a new mixture, with and without those seen once, `repetitions` times.

    Directions and labels are drawn anew each time, and errors measured on `fresh` examples. A repetition
    holds some 8 (n + fresh) max(n, d) bytes.
    """
    if min(n, repetitions, fresh, most) < 1:
        raise ValueError("needs at least 1 example, 1 fresh one, 1 repetition and multiplicity 1")
    return Measured(
        Moments.of(
            np.array([_repetition(rng, mixture, learner, n, fresh, most) for _ in range(repetitions)])
        ),
        most,
    )


def _repetition(
    rng: np.random.Generator, mixture: Mixture, learner: Learner, n: int, fresh: int, most: int
) -> Floats:
    """Return the columns (9 + 2 L,): `_Column`, then scores and shares by multiplicity."""
    groups = len(mixture.frequencies)
    centers = rng.standard_normal((groups, mixture.dimensions)) / np.sqrt(mixture.dimensions)
    labels = rng.integers(0, mixture.classes, groups)

    def examples(group: Ints) -> Floats:
        around = rng.standard_normal((len(group), mixture.dimensions)) / np.sqrt(mixture.dimensions)
        return np.asarray(
            mixture.tightness * centers[group] + np.sqrt(1 - mixture.tightness**2) * around, np.float64
        )

    group = rng.choice(groups, n, p=mixture.frequencies)
    x, y = examples(group), labels[group]
    seen = np.bincount(group, minlength=groups)[group]
    once = seen == 1
    tested = rng.choice(groups, fresh, p=mixture.frequencies)
    again = np.repeat(group[once], FRESH)
    queries = np.concatenate([examples(tested), x, examples(again)])
    answers = learner.predict(x, y, mixture.classes, queries)
    answer, fitted, coupled = np.split(answers, [fresh, fresh + n])
    without = learner.predict(x[~once], y[~once], mixture.classes, queries[: fresh + n])
    error = np.mean(answer != labels[tested])
    error_without = np.mean(without[:fresh] != labels[tested])
    train_error = np.mean(fitted != y)
    left_out = learner.left_out(x, y, mixture.classes)
    score = (fitted == y).astype(np.float64) - (left_out == y)
    return np.concatenate(
        [
            [error, error_without, error_without - error],
            [(without[fresh:] != y)[once].sum()],
            [(coupled == np.repeat(fitted[once], FRESH)).sum(), len(coupled)],
            [train_error, score.mean(), error - train_error],
            np.bincount(seen, score, most + 1)[1 : most + 1] / n,
            np.bincount(seen, minlength=most + 1)[1 : most + 1] / n,
        ]
    )


def _nearest(x: Floats, y: Ints, _classes: int, queries: Floats) -> Ints:
    if not len(x):
        return np.zeros(len(queries), np.int64)  # labels are exchangeable, so any class is a guess
    return np.asarray(y[_distances(queries, x).argmin(axis=1)], np.int64)


def _nearest_left_out(x: Floats, y: Ints, _classes: int) -> Ints:
    if len(x) == 1:
        return np.zeros(1, np.int64)
    distances = _distances(x, x)
    np.fill_diagonal(distances, np.inf)
    return np.asarray(y[distances.argmin(axis=1)], np.int64)


def _distances(queries: Floats, x: Floats) -> Floats:
    """Return squared distances (q, n) less the squared length of each query."""
    return np.asarray(np.einsum("ij,ij->i", x, x) - 2 * (queries @ x.T))


def _ridge(x: Floats, y: Ints, classes: int, queries: Floats) -> Ints:
    if not len(x):
        return np.zeros(len(queries), np.int64)
    factor = cho_factor(x @ x.T + RIDGE * np.eye(len(x)))
    weights = x.T @ cho_solve(factor, _targets(y, classes))
    return np.asarray((queries @ weights).argmax(axis=1), np.int64)


def _ridge_left_out(x: Floats, y: Ints, classes: int) -> Ints:
    """Leave out by the exact formula for ridge regression: y_i - alpha_i / G_ii, G = (X X^T + ridge)^-1."""
    inverse = cho_solve(cho_factor(x @ x.T + RIDGE * np.eye(len(x))), np.eye(len(x)))
    targets = _targets(y, classes)
    outputs = targets - inverse @ targets / np.diag(inverse)[:, None]
    # An output that is 0 but for rounding, as of the only example, must not turn into a class by it.
    return np.asarray(np.round(outputs, 9).argmax(axis=1), np.int64)


def _targets(y: Ints, classes: int) -> Floats:
    """Return one column per class, 1 - 1 / m for examples of the class and -1 / m for others."""
    return np.asarray(np.eye(classes)[y] - 1 / classes)


NEAREST = Learner(_nearest, _nearest_left_out)
# Least squares of the classes' indicators on the examples, without an intercept and with a small ridge; where
# n < d it fits all but exactly, with weights close to those of smallest norm. The largest output wins.
LINEAR = Learner(_ridge, _ridge_left_out)
