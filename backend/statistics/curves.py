"""Which epochs a training curve has points at."""

from functools import cache

import numpy as np

MOST_POINTS = 8
EPOCHS_PER_POINT = 3  # to ask all examples takes about as long as an epoch


@cache  # prices ask for it again and again
def evaluated_epochs(epochs: int) -> tuple[int, ...]:
    """Return the epochs, from 1, after which a training is evaluated: log-spaced, first and last too."""
    points = min(max(round(epochs / EPOCHS_PER_POINT), 2), MOST_POINTS)
    return tuple(int(epoch) for epoch in np.unique(np.rint(np.geomspace(1, epochs, points)).astype(int)))
