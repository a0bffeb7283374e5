"""Networks measured again from their kept weights, with any estimator, without training."""

import hashlib
from dataclasses import dataclass, field
from functools import lru_cache
from threading import Lock

import numpy as np
import numpy.typing as npt

from backend.studies.information_plane.facts import Course
from backend.studies.information_plane.found import Planes
from backend.studies.information_plane.plan import labels_of
from backend.theory.layer_information import Estimator, Measure, layer_information
from backend.theory.small_networks import Activation
from backend.theory.sphere_patterns import patterns

SECONDS = {Estimator.KERNEL: 0.04, Estimator.NEIGHBOR: 0.03}  # of a layer of one network at one checkpoint
QUICK_SECONDS = 4e-4  # where states are discrete
BUDGET = 2.5  # seconds for a setting
LEAST = 8  # checkpoints, if need be of one network

Floats = npt.NDArray[np.float32]

_one_at_a_time = Lock()  # two figures that ask for the same wait for one measurement


@dataclass(frozen=True)
class Measured:
    """What K of a setting's networks tell at the checkpoints `epochs` (T,), layer by layer: (K, T, L, 2)."""

    epochs: npt.NDArray[np.int64]
    information: Floats
    left_out: str  # "" where all networks and checkpoints are there

    @property
    def means(self) -> Floats:
        """Average over networks, (T, L, 2)."""
        return np.asarray(self.information.mean(axis=0))


@dataclass(frozen=True)
class _Kept:
    """Weights of a setting as an argument that can be remembered: equal digests are equal weights."""

    digest: bytes
    weights: Floats = field(compare=False)
    labels: npt.NDArray[np.uint8] = field(compare=False)
    ends: Floats = field(compare=False)


def measured(
    found: Planes,
    course: Course,
    measure: Measure,
    networks: int,
    only: int | None = None,
    budget: float = BUDGET,
) -> Measured:
    """Return what the first so many networks tell by an estimator, at as many checkpoints as seconds allow.

    The papers' own bins are those of the training's record, of all networks at all checkpoints. `only`: the
    place of the one layer that is wanted.
    """
    if measure.estimator is Estimator.PAPER:
        layers = slice(None) if only is None else slice(only, only + 1)
        return Measured(course.epochs, course.information[:, :, layers], "")
    layers_measured = course.layers if only is None else 1
    chosen, places = selection(course, measure, networks, budget / layers_measured)
    weights = np.ascontiguousarray(course.weights[:chosen][:, places])
    labels = labels_of(found.params, course.arm.rule)
    digest = hashlib.blake2b(weights.tobytes() + labels.tobytes() + course.ends[:chosen].tobytes())
    kept = _Kept(digest.digest(), weights, labels, course.ends[:chosen])
    widths = found.params.layers(course.arm)
    all_networks, checkpoints = course.weights.shape[:2]
    left_out = ""
    if (chosen, len(places)) != (all_networks, checkpoints):
        left_out = f"{chosen} of {all_networks} networks at {len(places)} of {checkpoints} checkpoints"
    with _one_at_a_time:
        information = _measured(kept, widths, course.arm.activation, measure, only)
    return Measured(course.epochs[places], information, left_out)


def selection(
    course: Course, measure: Measure, networks: int, seconds: float
) -> tuple[int, npt.NDArray[np.int64]]:
    """Return how many networks are measured, and the places of checkpoints, first and last among them.

    `seconds` is what each layer may take.
    """
    all_networks, checkpoints = course.weights.shape[:2]
    affordable = int(seconds / SECONDS.get(measure.estimator, QUICK_SECONDS))
    chosen = max(1, min(networks, all_networks, affordable // LEAST))
    count = max(2, min(checkpoints, affordable // chosen))
    return chosen, np.unique(np.rint(np.linspace(0, checkpoints - 1, count)).astype(int))


@lru_cache(maxsize=64)
def _measured(
    kept: _Kept, widths: tuple[int, ...], activation: Activation, measure: Measure, only: int | None
) -> Floats:
    found = [
        np.stack(
            layer_information(own, widths, activation, patterns(), kept.labels, measure, tuple(ends), only),
            axis=-1,
        )
        for own, ends in zip(kept.weights, kept.ends.tolist(), strict=True)
    ]
    return np.stack(found).astype(np.float32)
