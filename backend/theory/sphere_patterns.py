"""Which of 12 points of a sphere are lit: the 4,096 patterns of Shwartz-Ziv & Tishby 2017, and rules on them.

The points are the vertices of a regular icosahedron. The label of a pattern depends on how many points are
lit and on how many lit pairs there are at each of the three distances, so no rotation changes it. The rule
gives the labels of the data set that the authors published, all 4,096 of them.
"""

from functools import cache
from itertools import product

import numpy as np
import numpy.typing as npt

POINTS = 12
PATTERNS: int = 2**POINTS
WEIGHTS = (23, 1, -5, -8)  # of lit points, adjacent pairs, pairs once removed, opposite pairs
THRESHOLD = 99  # scores from here on have label 1; the next one below is 98
MIDDLE = THRESHOLD - 0.5

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.uint8]


@cache
def vertices() -> Floats:
    """Return the vertices of an icosahedron around the origin, (12, 3) of length 1."""
    golden = (1 + 5**0.5) / 2
    plane = [(0.0, a, b * golden) for a, b in product((1, -1), repeat=2)]
    points = np.array([np.roll(point, turn) for turn in range(3) for point in plane])
    return np.asarray(points / np.linalg.norm(points[0]))


@cache
def patterns() -> npt.NDArray[np.float32]:
    """Return all patterns in binary counting order, (4096, 12) of 0 and 1."""
    return ((np.arange(PATTERNS)[:, None] >> np.arange(POINTS)[::-1]) & 1).astype(np.float32)


@cache
def scores() -> npt.NDArray[np.int64]:
    """Return 23 k + e+ - 5 e- - 8 a of every pattern (4096,): k points are lit, of them so many pairs."""
    lit = patterns().astype(np.int64)
    cosines = vertices() @ vertices().T
    counts = [lit.sum(axis=1)]
    for cosine in (5**-0.5, -(5**-0.5), -1.0):
        pairs = np.triu(np.abs(cosines - cosine) < 1e-9).astype(np.int64)
        counts.append(np.einsum("pi,ij,pj->p", lit, pairs, lit))
    return np.asarray(np.tensordot(WEIGHTS, counts, axes=1))


def icosahedron_labels() -> Labels:
    """Return the labels of the published data set, (4096,)."""
    return (scores() >= THRESHOLD).astype(np.uint8)


def random_labels(rng: np.random.Generator) -> Labels:
    """Return as many ones as the rule gives, on patterns drawn at random, (4096,)."""
    return np.asarray(rng.permutation(icosahedron_labels()))


def committee_labels(rng: np.random.Generator, members: int = 5) -> Labels:
    """Return the vote of an odd number of random perceptrons that see points as -1 and 1, (4096,).

    Each one's threshold is the median of its sums, so that about half of the patterns have label 1.
    """
    sums = (2 * patterns() - 1) @ rng.standard_normal((POINTS, members))
    votes = (sums > np.median(sums, axis=0)).sum(axis=1)
    return np.asarray(2 * votes > members, np.uint8)


def softened(sharpness: float) -> Floats:
    """Return p(y = 1 | pattern) of the paper's stochastic rule, (4096,): a logistic function of the score."""
    return np.asarray(1 / (1 + np.exp(-np.clip(sharpness * (scores() - MIDDLE), -500, 500))))
