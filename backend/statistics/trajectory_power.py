"""How likely a clear case of each type of trajectory is recognized, and how many models that takes.

Simulated with the rule itself, as types depend on several lines at once. A clear case changes by twice the
threshold, around a score of one half: models that had the example always get it right, and of those that had
not every second one, about. There scores are noisiest, so that the same change near 0 or 1 takes fewer.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from backend.statistics.trajectories import CAP, CONSTANT, DECREASING, INCREASING, U, types_by_threshold

STRAIGHT, BENT = (CONSTANT, INCREASING, DECREASING), (CAP, U)
MODELS = (10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000, 1500, 2000, 3000, 4000)
USUALLY = 0.8
_CASES = 300  # of each type: shares are exact to 0.03

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Power:
    """Shares (M, kinds) of clear cases that are recognized with each of M ascending numbers of models.

    `kinds` are the types that this many sizes can have, `change` is how far a clear case rises and falls.
    """

    models: tuple[int, ...]
    kinds: tuple[int, ...]
    recognized: Floats
    change: float

    def needed(self, kind: int) -> int | None:
        """Return the fewest of these models that recognize `USUALLY`, None where none of them do."""
        enough = np.flatnonzero(self.recognized[:, self.kinds.index(kind)] >= USUALLY)
        return self.models[enough[0]] if len(enough) else None


def clear_case(kind: int, sizes: int, change: float) -> Floats:
    """Return (S,) scores of a clear case of a type; bent ones have their top in the middle."""
    place = np.linspace(0, 1, sizes)
    top = (sizes - 1) // 2 / max(sizes - 1, 1)
    tent = np.interp(place, [0, top, 1], [-0.5, 0.5, -0.5])
    shapes = {CONSTANT: 0 * place, INCREASING: place - 0.5, DECREASING: 0.5 - place, CAP: tent, U: -tent}
    return np.asarray(0.5 + change * shapes[kind])


@lru_cache(maxsize=64)
def power(sizes: int, heldout: float, tau: float) -> Power:
    """Simulate clear cases at S sizes of `MODELS` models each; a share `heldout` had not the example."""
    change = min(2 * tau, 1.0)
    kinds = STRAIGHT + BENT * (sizes > 2)
    scores = np.stack([clear_case(kind, sizes, change) for kind in kinds], axis=1)  # (S, kinds)
    wrong = np.repeat(scores, _CASES, axis=1)
    true = np.repeat(kinds, _CASES)
    recognized = []
    for models in MODELS:
        n_out = np.full(wrong.shape, min(max(round(heldout * models), 1), models - 1), np.int32)
        n_in = models - n_out
        k_out = n_out - np.random.default_rng(0).binomial(n_out, wrong).astype(np.int32)
        types = types_by_threshold(n_in, n_in, n_out, k_out).at(tau)
        recognized.append((types == true).reshape(len(kinds), _CASES).mean(axis=1))
    return Power(MODELS, kinds, np.array(recognized), change)
