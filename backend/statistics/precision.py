"""How well scores are known, how well more models would know them, and when to stop training more.

Stopping as soon as intervals are narrow enough means looking at them several times, and each look is a chance
to be wrong. Looks are planned beforehand, and with k of them every interval has the confidence 1 - .05 / k
(Bonferroni): all k intervals of an example hold at once with 95 %, and so does the one at which it stops.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backend.statistics.intervals import newcombe, proportion, verdict

FIRST_LOOK = 50  # models per size; before, intervals are too narrow near the ends
KNOWN = 0.1  # half-width of the interval of an example that counts as known
KNOWN_SHARE = 0.95  # of the examples
SETTLED_SHARE = 0.99
MOST_EXAMPLES = 4096  # looked at for a projection: shares of more are no better known

Counts = npt.NDArray[np.integer]


def looks(models: int) -> tuple[int, ...]:
    """Return after how many models per size to look, doubling from `FIRST_LOOK` up to the budget."""
    found = []
    look = FIRST_LOOK
    while look < models:
        found.append(look)
        look *= 2
    return (*found, models)


def confidence(number_of_looks: int) -> float:
    """Return that of intervals that are looked at so often."""
    return 1 - 0.05 / number_of_looks


@dataclass(frozen=True)
class Precision:
    """Shares of examples, (S,) each: known to within `KNOWN`, and with a settled verdict."""

    known: npt.NDArray[np.float64]
    settled: npt.NDArray[np.float64]


def precision(low: npt.NDArray[np.float64], high: npt.NDArray[np.float64]) -> Precision:
    """Return what intervals (S, n) tell; an example without one is neither known nor settled."""
    with np.errstate(invalid="ignore"):
        known = (high - low) / 2 <= KNOWN
    return Precision(known.mean(axis=1), (verdict(low, high) != 2).mean(axis=1))


def projected(
    counts: Sequence[Counts], factors: Sequence[float], confidence_: float = 0.95
) -> list[Precision]:
    """Return the precision to expect of that many times as many models, if shares stay what they are.

    counts: n_in, k_in, n_out, k_out, (S, n) each.
    """
    every = -(-counts[0].shape[1] // MOST_EXAMPLES)
    n_in, k_in, n_out, k_out = (np.asarray(values[:, ::every], np.float64) for values in counts)
    # A share of 0 or 1 in few models is not that share in many: as if one of two more had been otherwise.
    p_in, p_out = proportion(k_in + 0.5, n_in + 1), proportion(k_out + 0.5, n_out + 1)
    found = []
    for factor in factors:
        more_in, more_out = n_in * factor, n_out * factor
        grown_in = k_in + p_in * (more_in - n_in)
        grown_out = k_out + p_out * (more_out - n_out)
        found.append(precision(*newcombe(grown_in, more_in, grown_out, more_out, confidence_)))
    return found
