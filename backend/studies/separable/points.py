"""Points of the plane on which optimizers are tried, with labels absorbed: each is y x."""

from enum import StrEnum

import numpy as np
import numpy.typing as npt

from backend.statistics.seeds import generator
from backend.studies.separable.params import Purpose

Floats = npt.NDArray[np.float64]

SUPPORT = np.array([[0.5, 1.5], [1.5, 0.5]])  # of the paper's Fig. 1, mirrored for the other class
FURTHER = 12  # points off the margin
LEAST = 1.3  # their value of w^T x; from 1.25 on they change no rate
REACH = 4.0  # of the square around 0 that they are drawn from
SCALE = np.array([1.0, 20.0])
ASYMMETRIC = np.array([[1.0, 0.2], [0.2, 2.0]])
WRONG = -0.15  # value of w^T x at the one validation point that the maximum margin gets wrong
VALIDATION = 20


class Points(StrEnum):
    """A set of points."""

    PAPER = "paper"
    SCALED = "scaled"
    ASYMMETRIC = "asymmetric"


TITLES = {
    Points.PAPER: "the paper's points",
    Points.SCALED: "the same, second coordinate times 20",
    Points.ASYMMETRIC: "two unequal points",
}


def points(which: Points, seed: int, draw: int) -> Floats:
    """Return a set (n, 2): support vectors as in Fig. 1, and further points of that draw."""
    if which is Points.ASYMMETRIC:
        return ASYMMETRIC
    further = _beyond(generator(seed, Purpose.POINTS, draw), FURTHER)
    found = np.vstack([SUPPORT, SUPPORT, further])
    return found * SCALE if which is Points.SCALED else found


def validation(seed: int, draw: int) -> Floats:
    """Return validation points (VALIDATION + 1, 2) for the paper's, the last of them on the wrong side."""
    rng = generator(seed, Purpose.VALIDATION, draw)
    right = _beyond(rng, VALIDATION)
    along = rng.uniform(-1, 1)
    return np.vstack([right, [WRONG + along, WRONG - along]])


def _beyond(rng: np.random.Generator, count: int) -> Floats:
    """Draw points of the square that are clearly beyond the margin."""
    found = np.empty((0, 2))
    while len(found) < count:
        drawn = rng.uniform(-REACH, REACH, (4 * count, 2))
        found = np.vstack([found, drawn[drawn.sum(axis=1) / 2 >= LEAST]])
    return found[:count]
