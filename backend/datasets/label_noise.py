"""Labels changed on purpose: the examples a model can only get right by memorizing them."""

import numpy as np
import numpy.typing as npt

from backend.statistics.seeds import Purpose, generator


def flip_labels(
    labels: npt.NDArray[np.int64], classes: int, fraction: float, seed: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Change exactly round(fraction * n) of the (n,) labels, each to a uniformly drawn other class.

    Returns the new labels and the (n,) mask of the changed ones.
    """
    if not 0 <= fraction <= 1:
        raise ValueError(f"the fraction of flipped labels must lie within 0 and 1, got {fraction}")
    if classes < 2:
        raise ValueError(f"flipping labels needs at least two classes, got {classes}")
    rng = generator(seed, Purpose.LABEL_NOISE)
    chosen = rng.permutation(len(labels))[: round(fraction * len(labels))]
    noisy = labels.copy()
    noisy[chosen] = (labels[chosen] + rng.integers(1, classes, size=len(chosen))) % classes
    flipped = np.zeros(len(labels), dtype=np.bool_)
    flipped[chosen] = True
    return noisy, flipped
