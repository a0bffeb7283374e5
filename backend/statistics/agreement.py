"""How far two estimates of the same scores agree on which examples are memorized."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# Scores from which an example counts as memorized; Feldman & Zhang 2020, Fig. 7, have 0 to 1.
THRESHOLDS = (0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True)
class Agreement:
    """Two estimates of n scores held against each other.

    `both` and `either`: how many examples reach each of `THRESHOLDS` in both, and in at least one, so that
    their ratio is Jaccard's index of the two sets (Feldman & Zhang 2020, Fig. 7). `difference`: the mean of
    |a - b|; `correlation`: Pearson's, None where one of them is constant.
    """

    both: tuple[int, ...]
    either: tuple[int, ...]
    difference: float
    correlation: float | None


def agreement(a: Floats, b: Floats) -> Agreement | None:
    """Compare scores (n,) and (n,), of which NaN are left out; None where none are left."""
    known = np.isfinite(a) & np.isfinite(b)
    a, b = a[known], b[known]
    if len(a) == 0:
        return None
    above_a, above_b = (values >= np.array(THRESHOLDS)[:, None] for values in (a, b))
    differ = np.ptp(a) > 0 and np.ptp(b) > 0
    return Agreement(
        both=tuple((above_a & above_b).sum(axis=1).tolist()),
        either=tuple((above_a | above_b).sum(axis=1).tolist()),
        difference=float(np.abs(a - b).mean()),
        correlation=float(np.corrcoef(a, b)[0, 1]) if differ else None,
    )


def of_all(correlation: float) -> float:
    """Return the correlation to expect of all models with as many others, from that of their halves.

    Spearman (British Journal of Psychology 3, 1910) and Brown: 2 r / (1 + r).
    """
    return 2 * correlation / (1 + correlation)
