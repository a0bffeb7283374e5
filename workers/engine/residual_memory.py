"""What ResMem adds to a trained network: it remembers residuals (Yang et al. 2023, section 4).

A prediction is argmax[softmax(f(x) / T) + sum_i w_i(x) r_i] with r_i = onehot(y_i) - softmax(f(x_i) / T) and
w_i(x) proportional to exp(-||phi(x) - phi(x_i)|| / sigma) over the k nearest training examples.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.special import softmax
from sklearn.neighbors import NearestNeighbors

Floats = npt.NDArray[np.floating]
Indices = npt.NDArray[np.int64]

SMALLEST = 1e-9  # unit of distance, where most features are equal


@dataclass(frozen=True)
class Near:
    """The k nearest of n remembered examples, nearest first: distances and places, (q, k) for q queries."""

    distances: Floats
    places: Indices
    n: int

    @classmethod
    def of(cls, remembered: Floats, queries: Floats, k: int) -> "Near":
        """Look up queries (q, d) among features (n, d), with room for little beside these and the answer."""
        # No tree is faster in so many dimensions; "brute" multiplies block by block.
        search = NearestNeighbors(n_neighbors=min(k, len(remembered)), algorithm="brute").fit(remembered)
        distances, places = search.kneighbors(queries)
        return cls(distances, places, len(remembered))

    def part(self, first: int, stop: int) -> "Near":
        """Return some of the queries."""
        return Near(self.distances[first:stop], self.places[first:stop], self.n)

    def weights(self, k: int, sigma: float) -> csr_array:
        """Return each query's weights (q, n), which sum to 1, of its k nearest; `sigma` is a distance."""
        distances, places = self.distances[:, :k], self.places[:, :k]
        values = softmax(-distances / sigma, axis=1)
        starts = np.arange(len(places) + 1) * places.shape[1]
        return csr_array((values.ravel(), places.ravel(), starts), shape=(len(places), self.n))


@dataclass(frozen=True)
class Memory:
    """Logits (n, classes) and one-hot labels (n, classes) of the examples that a network was trained on."""

    logits: Floats
    targets: Floats

    def residuals(self, temperature: float) -> Floats:
        """Return what the network leaves of each label, (n, classes)."""
        return np.asarray(self.targets - softmax(self.logits / temperature, axis=1))

    def answers(self, weights: csr_array, logits: Floats, temperature: float) -> Indices:
        """Return the network's answers with its memory, (q,), to queries with those logits (q, classes)."""
        scores = softmax(logits / temperature, axis=1) + weights @ self.residuals(temperature)
        return np.asarray(scores.argmax(axis=1))

    def votes(self, weights: csr_array) -> Indices:
        """Return what neighbors alone answer, (q,): their weighted labels, without the network."""
        return np.asarray((weights @ self.targets).argmax(axis=1))


@dataclass(frozen=True)
class Chosen:
    """What gives most right answers to held-out examples; of equals, the least T, then k, then sigma.

    `sigma` in units of `unit`, the median distance to the nearest neighbor; `surface` (T, k, sigma) has the
    accuracies. `k_alone` and `sigma_alone` are the neighbors' without the network.
    """

    k: int
    sigma: float
    temperature: float
    unit: float
    k_alone: int
    sigma_alone: float
    surface: npt.NDArray[np.float64]

    def weights(self, near: Near) -> tuple[csr_array, csr_array]:
        """Return the weights with memory, and those of the neighbors alone."""
        alone = near.weights(self.k_alone, self.sigma_alone * self.unit)
        return near.weights(self.k, self.sigma * self.unit), alone


def choose(
    memory: Memory,
    near: Near,
    logits: Floats,
    labels: Indices,
    ks: Sequence[int],
    sigmas: Sequence[float],
    temperatures: Sequence[float],
) -> Chosen:
    """Try every combination on held-out examples with those logits (q, classes) and labels (q,)."""
    unit = max(float(np.median(near.distances[:, 0])), SMALLEST)
    seen = [softmax(logits / t, axis=1) for t in temperatures]
    residuals = np.hstack([memory.residuals(t) for t in temperatures])
    surface = np.empty((len(temperatures), len(ks), len(sigmas)))
    alone = np.empty(surface.shape[1:])
    for (row, k), (column, sigma) in product(enumerate(ks), enumerate(sigmas)):
        weights = near.weights(k, sigma * unit)
        alone[row, column] = np.mean(memory.votes(weights) == labels)
        recalled = np.split(weights @ residuals, len(temperatures), axis=1)
        answers = [(s + r).argmax(axis=1) for s, r in zip(seen, recalled, strict=True)]
        surface[:, row, column] = [np.mean(answer == labels) for answer in answers]
    best, best_alone = (np.unravel_index(tried.argmax(), tried.shape) for tried in (surface, alone))
    t, i, j = map(int, best)
    i_alone, j_alone = map(int, best_alone)
    return Chosen(ks[i], sigmas[j], temperatures[t], unit, ks[i_alone], sigmas[j_alone], surface)
