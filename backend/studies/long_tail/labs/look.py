"""What the laboratories' figures share."""

import numpy as np
import numpy.typing as npt

from backend.figures.curves import log_spaced
from backend.figures.style import COLORS, NEUTRAL
from backend.theory.priors import Prior

POINTS = 200  # of a line, at most
EXCESS, BEST, GUIDE = COLORS["memorization"], COLORS["in_accuracy"], NEUTRAL

Floats = npt.NDArray[np.float64]


def rank_curve(prior: Prior) -> tuple[Floats, Floats]:
    """Return ranks and frequencies of a list for a plot: equal frequencies as a step, long lists thinned."""
    if len(prior.frequencies) <= POINTS // 2:
        last = np.cumsum(prior.counts)
        return np.stack([last - prior.counts + 1, last], axis=1).ravel(), np.repeat(prior.frequencies, 2)
    kept = log_spaced(1, len(prior.frequencies), POINTS) - 1
    return prior.ranks[kept], prior.frequencies[kept]
