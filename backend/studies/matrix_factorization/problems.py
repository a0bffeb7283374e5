"""Problems of the matrix factorization study: what is known of a matrix, and where factors begin.

A problem is a value of its own: the same computation completes a matrix that was drawn here and one that
somebody brought, with or without its truth.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backend.statistics.seeds import generator
from backend.studies.matrix_factorization.params import Purpose

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Entries:
    """Some entries of a matrix: `rows`, `columns` and `values`, (k,) each, no place twice."""

    rows: npt.NDArray[np.int64]
    columns: npt.NDArray[np.int64]
    values: Floats

    def mask(self, shape: tuple[int, int]) -> npt.NDArray[np.bool_]:
        """Return where the entries are, (n, m)."""
        places = np.zeros(shape, bool)
        places[self.rows, self.columns] = True
        return places

    def filled(self, shape: tuple[int, int]) -> Floats:
        """Return the matrix (n, m) with these entries, 0 elsewhere."""
        matrix = np.zeros(shape)
        matrix[self.rows, self.columns] = self.values
        return matrix


@dataclass(frozen=True)
class Completion:
    """A matrix of that shape of which some entries are known; all of it where there is a truth (n, m)."""

    shape: tuple[int, int]
    observed: Entries
    truth: Floats | None = None


@dataclass(frozen=True)
class Sensing:
    """A matrix known by y_i = <A_i, W>: measurements A (k, n, m) of float32, and values y (k,)."""

    measurements: npt.NDArray[np.float32]
    values: Floats
    truth: Floats

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the matrix."""
        n, m = self.truth.shape
        return n, m


Problem = Completion | Sensing


def ground_truth(size: int, rank: int, seed: int, problem: int) -> Floats:
    """Return a matrix (size, size) of that rank with Frobenius norm `size`: entries of mean square 1."""
    rng = generator(seed, Purpose.TRUTH, problem)
    left, right = rng.standard_normal((2, size, rank))
    product = left @ right.T
    return np.asarray(product * (size / np.linalg.norm(product)))


def mask_order(size: int, seed: int, problem: int) -> npt.NDArray[np.int64]:
    """Return the order (size^2,) in which entries, counted row by row, become observed."""
    return generator(seed, Purpose.MASK, problem).permutation(size * size)


def completion(size: int, rank: int, seed: int, problem: int, observed: int) -> Completion:
    """Return a drawn matrix with so many entries observed, uniformly and without replacement.

    More observations of one problem include the fewer.
    """
    truth = ground_truth(size, rank, seed, problem)
    places = mask_order(size, seed, problem)[:observed]
    rows, columns = np.divmod(places, size)
    return Completion(truth.shape, Entries(rows, columns, truth[rows, columns]), truth)


def sensing(size: int, rank: int, seed: int, problem: int, observed: int) -> Sensing:
    """Return a drawn matrix with that many measurements, A_i = N(0, 1) / size; more include the fewer."""
    truth = ground_truth(size, rank, seed, problem)
    rng = generator(seed, Purpose.MEASUREMENTS, problem)
    measurements = rng.standard_normal((observed, size, size), np.float32) / np.float32(size)
    return Sensing(measurements, measurements.reshape(observed, -1) @ truth.ravel(), truth)


def widths(shape: tuple[int, int], depth: int) -> list[int]:
    """Return the sizes of all layers, from the input on; hidden ones do not limit the rank."""
    n, m = shape
    return [m, *[min(n, m)] * (depth - 1), n]


def gaussian_start(
    shape: tuple[int, int], depth: int, norm: float, seed: int, problem: int
) -> Sequence[Floats]:
    """Return factors W_1, ..., W_depth whose product has about that Frobenius norm.

    Entries are N(0, s^(2/depth) / width) with s = norm / sqrt(n), so that E ||W||_F^2 = norm^2 for square
    factors. All norms share one draw.
    """
    sizes = widths(shape, depth)
    rng = generator(seed, Purpose.START, problem, depth)
    scale = norm / np.sqrt(shape[0])
    return [
        rng.standard_normal((after, before)) * (scale ** (1 / depth) / np.sqrt(before))
        for before, after in itertools.pairwise(sizes)
    ]


def identity_start(shape: tuple[int, int], depth: int, scale: float) -> Sequence[Floats]:
    """Return factors s^(1/depth) I, whose product is s I: exactly balanced."""
    sizes = widths(shape, depth)
    return [scale ** (1 / depth) * np.eye(after, before) for before, after in itertools.pairwise(sizes)]
