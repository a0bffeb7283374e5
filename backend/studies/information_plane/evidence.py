"""What claims are measured from: falls, rises, times and distances of single networks."""

from typing import Any

import numpy as np
import numpy.typing as npt

from backend.studies.information_plane.facts import Course, courses
from backend.studies.information_plane.found import Planes
from backend.studies.information_plane.params import Arm

LEAST = 3  # networks: with fewer nobody knows how much they differ
COMPRESSES = 1.0  # bits of fall of the last hidden layer
GENERALIZES = 0.875  # of the test patterns: as many as counting lit points gets right

SAME = 1e-3  # bits: entropies are kept in float32, and equal ones may differ by rounding

Floats = npt.NDArray[np.float64]


def center(found: Planes, **changes: Any) -> Arm:
    """Return the first setting of an experiment with those changes."""
    return found.params.arms()[0]._replace(**changes)


def course(found: Planes, arm: Arm) -> Course | None:
    """Return what there is of a setting, if there are networks enough."""
    known = courses(found.facts, found.results.arrays).get(arm)
    return known if known is not None and len(known.weights) >= LEAST else None


def lacking(found: Planes, *arms: Arm) -> str:
    """Say which of the settings have too few networks yet, "" if none has."""
    missing = [arm for arm in arms if course(found, arm) is None]
    if not missing:
        return ""
    words = " and ".join(
        f"{arm.activation}, {arm.optimizer.replace('_', ' ')}, {arm.percent} % of the patterns,"
        f" {arm.depth} hidden layers, {arm.rule} labels"
        for arm in missing
    )
    return f"needs {LEAST} networks with {words}"


def fall(of: Course, layer: int) -> Floats:
    """Return by how many bits each network's layer ends below the most it ever had about its input, (N,)."""
    bits = of.information[:, :, layer, 0].astype(np.float64)
    return np.asarray(bits.max(axis=1) - bits[:, -1])


def peak(of: Course) -> Floats:
    """Return the epoch at which each network's last hidden layer had most bits about its input, (N,)."""
    bits = of.information[:, :, of.last_hidden, 0]
    return np.asarray(of.epochs[bits.argmax(axis=1)], np.float64)


def of_label(of: Course) -> Floats:
    """Return the bits about the label of each network's last hidden layer (N, C)."""
    return np.asarray(of.information[:, :, of.last_hidden, 1], np.float64)


def accuracy(of: Course) -> Floats:
    """Return each network's accuracy on patterns it was not trained on, in the end, (N,)."""
    return np.asarray(of.performance[:, -1, 3], np.float64)


def late_change_of_label(of: Course) -> Floats:
    """Return by how much bits about the label change over the last part of the training, (N,).

    From 15 % of the epochs on, as from 180 to 1,200.
    """
    bits = of_label(of)
    since = int(np.abs(np.log(np.maximum(of.epochs, 1) / (of.epochs[-1] * 0.15))).argmin())
    return without_rounding(bits[:, -1] - bits[:, since])


def without_rounding(change: npt.NDArray[np.floating]) -> Floats:
    """Return changes of bits, those below SAME as 0."""
    return np.where(np.abs(change) < SAME, 0.0, change).astype(np.float64)


def epochs_until(of: Course, bits: float) -> Floats:
    """Return the first epoch at which outputs have so many bits about the label, (N,), 1 or later.

    The last one where they never do. Outputs, for a wide hidden layer has all of it before any training.
    """
    reached = of.information[:, :, -1, 1] >= bits
    place = np.where(reached.any(axis=1), reached.argmax(axis=1), len(of.epochs) - 1)
    return np.maximum(of.epochs[place].astype(np.float64), 1.0)


def shortfall(of: Course, entropy: float) -> Floats:
    """Return how far below the bound min(I(X;T), H(Y)) of fixed labels each layer ends, in bits, (N, L)."""
    end = of.information[:, -1].astype(np.float64)
    return np.asarray(np.minimum(end[..., 0], entropy) - end[..., 1])
