"""Cuts an experiment of the information-plane study into units: up to ten networks of one setting."""

import numpy as np
import numpy.typing as npt

from backend.core.errors import FieldError, InvalidError
from backend.figures.curves import log_spaced
from backend.statistics.seeds import generator
from backend.studies.information_plane.params import VECTOR, Arm, Optimizer, PlaneParams, Purpose, Rule
from backend.studies.kit.units import Unit
from backend.theory import sphere_patterns
from backend.theory.small_networks import parameter_count

BLOCK = 10  # networks of a unit, whatever their number: more of them repeat the units of fewer
STEP_SECONDS = 1.4e-4  # of each step of a block, and
WEIGHT_SECONDS = 3e-10  # of each weight and pattern, and
ORDER_SECONDS = 5e-5  # of the order of each network's patterns
MEASURED_SECONDS = 1.4e-3  # of one network at one checkpoint
MOST_BYTES = 5e8  # kept of one experiment


def plan(params: PlaneParams, _shape: None) -> list[Unit]:
    """Return all units, one block of every setting after the other.

    InvalidError where their weights would take too much room.
    """
    units = [
        _unit(params, arm, first, min(BLOCK, params.networks - first))
        for first in range(0, params.networks, BLOCK)
        for arm in params.arms()
    ]
    if sum(unit.stored for unit in units) > MOST_BYTES:
        detail = (
            f"must be fewer: the weights of {len(params.arms())} settings with {params.networks} networks at"
            f" {params.checkpoints} checkpoints would take more than {MOST_BYTES / 1e6:.0f} MB"
        )
        raise InvalidError(f"networks: {detail}.", (FieldError("/params/networks", detail),))
    return units


def recorded(params: PlaneParams, arm: Arm) -> list[int]:
    """Return the epochs whose weights are kept: 0, and then evenly over the logarithm."""
    return [0, *log_spaced(1, params.epochs_of(arm), params.checkpoints).tolist()]


def patterns_of(arm: Arm) -> int:
    """Return how many patterns the networks of a setting are trained on, a multiple of `VECTOR`."""
    return max(1, round(arm.percent * sphere_patterns.PATTERNS / 100 / VECTOR)) * VECTOR


def labels_of(params: PlaneParams, rule: Rule) -> npt.NDArray[np.uint8]:
    """Return the labels of all patterns (4096,); chance, where it has a say, is that of the experiment."""
    if rule is Rule.ICOSAHEDRON:
        return sphere_patterns.icosahedron_labels()
    rng = generator(params.seed, Purpose.LABELS, list(Rule).index(rule))
    draw = sphere_patterns.random_labels if rule is Rule.RANDOM else sphere_patterns.committee_labels
    return draw(rng)


def _unit(params: PlaneParams, arm: Arm, first: int, count: int) -> Unit:
    widths, patterns = params.layers(arm), patterns_of(arm)
    weights, epochs, looks = parameter_count(widths), params.epochs_of(arm), len(recorded(params, arm))
    batch = patterns if arm.optimizer is Optimizer.FULL_BATCH else params.batch_size
    steps = epochs * -(-patterns // batch)
    seconds = steps * STEP_SECONDS + epochs * count * (patterns * weights * WEIGHT_SECONDS + ORDER_SECONDS)
    payload = {"arm": [str(part) for part in arm], "first": first, "count": count}
    return Unit(
        key=f"{arm.key}/{first}-{first + count}",
        payload=payload,
        models=count,
        seconds=0.3 + seconds + looks * count * MEASURED_SECONDS * sum(widths) / 43,
        stored=count * looks * 4 * (weights + 4 * len(widths)),
    )
