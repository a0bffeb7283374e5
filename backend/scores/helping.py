"""Pairs of a memorized example and a test example that it helps (Feldman & Zhang 2020, section 3.3)."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from backend.statistics.influence import Partners
from backend.statistics.intervals import THRESHOLD

MEMORIZED, HELPED = THRESHOLD, 0.15  # the least score and the least influence in a pair


@dataclass(frozen=True)
class Helping:
    """The q memorized training examples at one size, and the P test examples that each helps most, (q, P).

    low: lower limits of the influence, over all pairs with a memorized example; of_class: whether the test
    example has the label that the training example is trained on.
    """

    trains: npt.NDArray[np.int64]
    partners: Partners
    low: npt.NDArray[np.float64]
    high: npt.NDArray[np.float64]
    of_class: npt.NDArray[np.bool_]

    @cached_property
    def told(self) -> npt.NDArray[np.bool_]:
        """(q, P) whether the influence is told from chance, however many pairs are looked at."""
        return np.asarray(self.low > 0)

    @cached_property
    def pairs(self) -> npt.NDArray[np.bool_]:
        """(q, P) which are pairs: told from chance, of one class, and with enough influence."""
        return self.told & self.of_class & (self.partners.influence >= HELPED)

    @cached_property
    def by_influence(self) -> npt.NDArray[np.int64]:
        """Return those of the q that are in a pair, highest influence first."""
        values = np.where(self.pairs, self.partners.influence, -np.inf).max(axis=1, initial=-np.inf)
        return np.argsort(-values, kind="stable")[: int(np.isfinite(values).sum())]


def helping(
    memorization: npt.NDArray[np.float64],
    labels: npt.NDArray[np.int64],
    helps: Partners,
    test_labels: npt.NDArray[np.int64],
) -> Helping:
    """Return whom memorized examples help; memorization, labels (n,), helps (n, P) and test_labels (m,).

    Partners are indices behind the n training examples.
    """
    trains = np.flatnonzero(memorization >= MEMORIZED)
    partners = helps[trains]
    low, high = partners.interval(looked_at(len(trains), len(test_labels)))
    of_class = test_labels[partners.indices - len(labels)] == labels[trains, None]
    return Helping(trains, partners, low, high, np.asarray(of_class))


def looked_at(memorized: int, n_test: int) -> int:
    """Return how many pairs there are to find those with influence among."""
    return max(memorized * n_test, 1)
