"""Samples of a long tail: what `long_tail` gives in closed form, measured on repeated draws.

A repetition draws n samples of N points and counts how often each was seen. Learners are simulated point by
point: of the points seen l times they leave a random fraction unfitted, and guess there. Repetitions are
summed up (`Moments`), so blocks of them, each from its own generator, are joined by adding.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backend.theory.long_tail import error_when_unfitted
from backend.theory.moments import Estimate, Moments

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ENTRIES = 1_000_000  # counts held at once: repetitions times points


@dataclass(frozen=True, eq=False)
class Sampled:
    """What a block of repetitions gave: multiplicities 1..L, `fractions` (Q,) left unfitted, and sums.

    Blocks with equal settings add up. Estimates of singletons are per sample, of masses and errors shares of
    the distribution, each with the standard error over repetitions.
    """

    moments: Moments
    n: int
    most: int
    fractions: tuple[float, ...]

    def __add__(self, other: "Sampled") -> "Sampled":
        if (self.n, self.most, self.fractions) != (other.n, other.most, other.fractions):
            raise ValueError("blocks of different settings do not add up")
        return Sampled(self.moments + other.moments, self.n, self.most, self.fractions)

    def points(self) -> Estimate:
        """(L,) numbers of points seen l times."""
        return self.moments.mean(self._columns(0))

    def singletons(self) -> Estimate:
        """(1,) share of the samples that are of points seen once."""
        once = self.moments.mean(self._columns(0)[:1])
        return Estimate(once.value / self.n, once.error / self.n)

    def tau(self) -> Estimate:
        """(L,) mean mass of points seen l times over their mean number."""
        return self.moments.ratio(self._columns(1), self._columns(0))

    def tau_z(self, expected: Floats) -> Floats:
        """Return (L,) by how many standard errors the mass differs from expected tau_l times the number."""
        return self.moments.z(self._columns(1), self._columns(0), expected)

    def unseen(self) -> Estimate:
        """(1,) mass of points not seen."""
        return self.moments.mean(np.array([2 * self.most]))

    def errn(self) -> Estimate:
        """(L, Q) numbers of points seen l times that are answered wrongly if a fraction is left unfitted."""
        return self.moments.mean(self._learners(0))

    def excess(self) -> Estimate:
        """(L, Q) mass of these points: by how much the learner's error exceeds that of fitting everything."""
        return self.moments.mean(self._learners(1))

    def _columns(self, which: int) -> Ints:
        return np.arange(which * self.most, (which + 1) * self.most)

    def _learners(self, which: int) -> Ints:
        size = self.most * len(self.fractions)
        start = 2 * self.most + 1 + which * size
        return np.arange(start, start + size).reshape(self.most, -1)


def sample(
    rng: np.random.Generator,
    frequencies: Floats,
    n: int,
    repetitions: int,
    *,
    most: int = 4,
    fractions: Sequence[float] = (1.0,),
    classes: int = 10,
    redraw: bool = False,
) -> Sampled:
    """Draw n samples of points with frequencies (N,) that add up to 1, `repetitions` times.

    For each multiplicity up to `most` and each fraction, a learner leaves that fraction of these points
    unfitted and guesses among the classes. Samples do not depend on fractions or classes, and wrong answers
    of a smaller fraction are among those of a larger one. With `redraw`, each repetition draws its own
    frequencies as the paper defines them: N times from the list, then normalized. Holds ENTRIES counts at
    once, or those of one repetition.
    """
    wrong = error_when_unfitted(classes) * np.asarray(fractions, np.float64)
    if not 1 <= most <= n or repetitions < 1:
        raise ValueError("needs a repetition, and multiplicities from 1 to the number of samples")
    if ((wrong < 0) | (wrong > 1)).any() or min(fractions) < 0 or max(fractions) > 1:
        raise ValueError("fractions left unfitted lie from 0 to 1")
    draws, answers = rng.spawn(2)
    rows = max(ENTRIES // len(frequencies), 1)
    columns = [
        _repetitions(draws, answers, frequencies, n, min(rows, repetitions - start), most, wrong, redraw)
        for start in range(0, repetitions, rows)
    ]
    return Sampled(
        Moments.of(np.concatenate(columns)), n, most, tuple(float(fraction) for fraction in fractions)
    )


def _repetitions(
    draws: np.random.Generator,
    answers: np.random.Generator,
    frequencies: Floats,
    n: int,
    rows: int,
    most: int,
    wrong: Floats,
    redraw: bool,
) -> Floats:
    """Return the columns (rows, 2 L + 1 + 2 L Q) in the order of `Sampled`."""
    if redraw:
        drawn = frequencies[draws.integers(0, len(frequencies), (rows, len(frequencies)))]
        mass = drawn / drawn.sum(axis=1, keepdims=True)
        counts = draws.multinomial(n, mass)
    else:
        mass = np.broadcast_to(frequencies, (rows, len(frequencies)))
        counts = draws.multinomial(n, frequencies, rows)
    points, masses = np.empty((rows, most)), np.empty((rows, most))
    errn, excess = np.empty((rows, most, len(wrong))), np.empty((rows, most, len(wrong)))
    for column in range(most):
        row, point = np.nonzero(counts == column + 1)
        weight = mass[row, point]
        points[:, column] = np.bincount(row, minlength=rows)
        masses[:, column] = np.bincount(row, weight, rows)
        luck = answers.random(len(row))
        for learner, chance in enumerate(wrong):
            missed = luck < chance
            errn[:, column, learner] = np.bincount(row[missed], minlength=rows)
            excess[:, column, learner] = np.bincount(row[missed], weight[missed], rows)
    unseen = np.where(counts == 0, mass, 0).sum(axis=1)
    return np.concatenate(
        [points, masses, unseen[:, None], errn.reshape(rows, -1), excess.reshape(rows, -1)], axis=1
    )
