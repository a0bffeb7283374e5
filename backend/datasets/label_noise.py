"""Labels changed on purpose: the examples a model can only get right by memorizing them."""

import numpy as np
import numpy.typing as npt

from backend.statistics.seeds import Purpose, generator


def flip_labels(
    labels: npt.NDArray[np.int64],
    classes: int,
    fraction: float,
    seed: int,
    confusions: npt.NDArray[np.int64] | None = None,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Change round(fraction * n) of the (n,) labels; return the new labels and the mask of the changed ones.

    Without `confusions` the noise is symmetric: each chosen label becomes a uniformly drawn other class. With
    them, (classes,) indices, it depends on the class: label c becomes confusions[c], the examples are drawn
    among those of the classes that are confused with another (confusions[c] != c), and it is the fraction of
    these that changes.
    """
    if not 0 <= fraction <= 1:
        raise ValueError(f"the fraction of flipped labels must lie within 0 and 1, got {fraction}")
    if classes < 2:
        raise ValueError(f"flipping labels needs at least two classes, got {classes}")
    rng = generator(seed, Purpose.LABEL_NOISE)
    order = rng.permutation(len(labels))
    noisy = labels.copy()
    if confusions is None:
        chosen = order[: round(fraction * len(labels))]
        noisy[chosen] = (labels[chosen] + rng.integers(1, classes, size=len(chosen))) % classes
    else:
        candidates = order[confusions[labels[order]] != labels[order]]
        chosen = candidates[: round(fraction * len(candidates))]
        noisy[chosen] = confusions[labels[chosen]]
    flipped = np.zeros(len(labels), dtype=np.bool_)
    flipped[chosen] = True
    return noisy, flipped


def corrupt_labels(
    labels: npt.NDArray[np.int64], classes: int, probability: float, seed: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Redraw each of the (n,) labels with a probability; return the new labels and which are redrawn, (n,).

    A redrawn label is uniform over all classes, so it may stay what it was (Zhang et al. 2017, section 2).
    Two numbers, a function of the seed and the place in `labels`, decide whether a label is redrawn and to
    which class, so that what is redrawn at one probability is redrawn alike at every higher one.
    """
    if not 0 <= probability <= 1:
        raise ValueError(f"the probability of redrawing labels must lie within 0 and 1, got {probability}")
    if classes < 2:
        raise ValueError(f"redrawing labels needs at least two classes, got {classes}")
    whether, which = generator(seed, Purpose.LABEL_NOISE).random((len(labels), 2)).T
    redrawn = whether < probability
    return np.where(redrawn, (which * classes).astype(np.int64), labels), redrawn
