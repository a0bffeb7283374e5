"""How quantities of the same networks go together, by rank correlation."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backend.statistics.rank_correlation import spearman
from backend.statistics.ranking import Estimate
from backend.studies.robustness_law.facts import Joint

Floats = npt.NDArray[np.float64]

FEWEST = 10  # networks beyond one of each kind
DIGITS = 12  # of residuals: beyond them equal ones differ by rounding, which would rank them
QUANTITIES = {
    "memorized": "memorized share of flipped labels",
    "output_bits": "I(X;T) of the output",
    "fall": "fall of I(X;T) of the output",
    "slope": "largest gradient",
    "unseen_error": "error on unseen patterns",
}
# Of these the one is a part of the other, so that they go together whatever networks do.
DEPENDENT = ({"output_bits", "fall"}, {"memorized", "unseen_error"})


@dataclass(frozen=True)
class Residuals:
    """Quantities (networks,) less the mean of their kind, and how many networks there are beyond kinds."""

    values: dict[str, Floats]
    kinds: int

    @property
    def free(self) -> int:
        """Networks beyond one of each kind."""
        return len(self.values["slope"]) - self.kinds


def quantities(joints: Sequence[Joint]) -> dict[str, Floats]:
    """Return each of QUANTITIES, (networks,)."""
    return {
        "memorized": np.array([joint.memorized for joint in joints]),
        "output_bits": np.array([joint.input_bits[-1] for joint in joints]),
        "fall": np.array([joint.peak_bits[-1] - joint.input_bits[-1] for joint in joints]),
        "slope": np.log([joint.slope for joint in joints]),
        "unseen_error": np.array([joint.unseen_error for joint in joints]),
    }


def residuals(joints: Sequence[Joint]) -> Residuals | None:
    """Return quantities less the mean of networks of the same share of data and width; None without any."""
    if not joints:
        return None
    names, kind = np.unique([(joint.fraction, joint.width) for joint in joints], axis=0, return_inverse=True)
    counts = np.bincount(kind.ravel())
    left = {
        name: np.round(values - (np.bincount(kind.ravel(), values) / counts)[kind.ravel()], DIGITS)
        for name, values in quantities(joints).items()
    }
    return Residuals(left, len(names))


def between(joints: Sequence[Joint], one: str, other: str, *, equal: bool) -> Estimate:
    """Return the rank correlation of two quantities; `equal`: of what is left when kinds are alike."""
    left = residuals(joints)
    if not equal or left is None:
        values = quantities(joints)
        return spearman(values[one], values[other])
    return spearman(left.values[one], left.values[other], taken=left.kinds - 1)
