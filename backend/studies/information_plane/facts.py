"""What an experiment of the information-plane study measures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from backend.studies.information_plane.params import Arm
from backend.studies.kit.facts import Facts


@dataclass(frozen=True)
class Block:
    """Networks `first` to `first + count - 1` of one setting, and after which epochs they are looked at."""

    arm: Arm
    first: int
    count: int
    epochs: Sequence[int]


class PlaneFacts(Facts):
    """Which networks have been trained; what was measured of them are arrays, see `Course`."""

    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True)
class Course:
    """The N networks of one setting after each of `epochs` (C,), the first of which is 0.

    weights (N, C, Q) as in `theory.small_networks`; information (N, C, L, 2): bits about input and label by
    the papers' bins, layer by layer; performance (N, C, 4): loss and accuracy on training patterns, then on
    all others; gradients (N, C, L, 2): norm of the mean over training patterns, and of the deviation from one
    pattern to another; ends (N, 2): least and greatest activity of hidden units.
    """

    arm: Arm
    epochs: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float32]
    information: npt.NDArray[np.float32]
    performance: npt.NDArray[np.float32]
    gradients: npt.NDArray[np.float32]
    ends: npt.NDArray[np.float32]

    ARRAYS: ClassVar[tuple[str, ...]] = ("weights", "information", "performance", "gradients", "ends")

    @property
    def layers(self) -> int:
        """How many layers it has, outputs included."""
        return int(self.information.shape[2])

    @property
    def last_hidden(self) -> int:
        """The place of the last hidden layer."""
        return self.layers - 2

    def at(self, share: float) -> int:
        """Return the checkpoint at that share of the way, which is even over the logarithm of epochs."""
        return round(share * (len(self.epochs) - 1))


def courses(facts: PlaneFacts, arrays: Mapping[str, npt.NDArray[Any]]) -> dict[Arm, Course]:
    """Return what there is of each setting."""
    found = {}
    for block in facts.blocks:
        if block.arm not in found:
            own = {name: arrays[f"{block.arm.key}-{name}"] for name in Course.ARRAYS}
            found[block.arm] = Course(arm=block.arm, epochs=np.array(block.epochs), **own)
    return found
