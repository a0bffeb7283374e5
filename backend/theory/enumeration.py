"""Memorization and the generalization gap over all samples of a small domain, without randomness."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from math import factorial, prod

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Learner = Callable[[Ints], Floats]

MOST_SAMPLES = 200_000


@dataclass(frozen=True, eq=False)
class Enumerated:
    """Exact expectations over samples of n: the gap and what it is made of.

    `gap` is the expected error on the distribution after n - 1 samples minus that on the n samples
    themselves after n. `by_multiplicity` (n,) is the part of the mean memorization score that comes from
    points seen l = 1..n times, `share` (n,) how many of the samples are of such points.
    """

    gap: float
    by_multiplicity: Floats
    share: Floats

    @property
    def memorization(self) -> float:
        """The mean memorization score of a sample."""
        return float(self.by_multiplicity.sum())


def enumerate_samples(frequencies: Floats, n: int, learner: Learner) -> Enumerated:
    """Return exact expectations for points with frequencies (N,) and a learner of their counts (N,).

    A learner gives for each point the chance (N,) of a right answer. The score of a sample of x is that
    chance minus the one with the sample left out, and its mean equals the gap for every learner:
    that is what this computes two ways. Of C(n + N - 1, n) samples; ValueError for more than 200,000.
    """
    points = len(frequencies)
    if n < 1 or points < 1:
        raise ValueError("needs at least 1 sample and 1 point")
    if prod(range(n + 1, n + points)) // factorial(points - 1) > MOST_SAMPLES:
        raise ValueError(f"{n} samples of {points} points are too many to go through")
    by_multiplicity, share = np.zeros(n), np.zeros(n)
    train_error = 0.0
    for counts, chance in _samples(frequencies, n):
        right = learner(counts)
        train_error += chance * float(counts @ (1 - right)) / n
        for point in np.flatnonzero(counts):
            seen = counts[point]
            without = counts.copy()
            without[point] -= 1
            score = float(right[point] - learner(without)[point])
            by_multiplicity[seen - 1] += chance * seen / n * score
            share[seen - 1] += chance * seen / n
    test_error = sum(
        chance * float(frequencies @ (1 - learner(counts))) for counts, chance in _samples(frequencies, n - 1)
    )
    return Enumerated(gap=test_error - train_error, by_multiplicity=by_multiplicity, share=share)


def _samples(frequencies: Floats, n: int) -> Iterator[tuple[Ints, float]]:
    """Yield all counts (N,) of n samples with their probabilities."""
    points = len(frequencies)
    for bars in combinations(range(n + points - 1), points - 1):
        edges = np.array([-1, *bars, n + points - 1], np.int64)
        counts = edges[1:] - edges[:-1] - 1
        orders = factorial(n) // prod(factorial(int(count)) for count in counts)
        yield counts, orders * float(np.prod(frequencies**counts))
