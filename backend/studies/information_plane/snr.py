"""The signal-to-noise ratio of gradients: the norm of their mean over that of their deviation."""

import numpy as np
import numpy.typing as npt

from backend.studies.information_plane.facts import Course

Floats = npt.NDArray[np.floating]


def ratios(course: Course) -> Floats:
    """Return the ratio of every network, checkpoint and layer (N, C, L).

    Saxe et al. 2018, eq. 26 and 27. The released plotting code of the earlier paper sums over layers and
    takes another root; this does not.
    """
    mean, deviation = course.gradients[..., 0], course.gradients[..., 1]
    return np.asarray(mean / np.maximum(deviation, 1e-30))


def crossing(epochs: npt.NDArray[np.int64], ratio: Floats) -> int | None:
    """Return the first epoch from which a ratio (C,) stays below 1, None if it ends above."""
    above = np.flatnonzero(ratio >= 1)
    last = int(above[-1]) + 1 if len(above) else 0
    return int(epochs[last]) if last < len(epochs) else None
