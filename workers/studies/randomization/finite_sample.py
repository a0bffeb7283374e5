"""Builds the network of Theorem 1 on the experiment's own examples, with thresholds in several places."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.statistics.seeds import Purpose, generator
from backend.studies.kit.runner import Context
from backend.studies.randomization.facts import FiniteSample, RandomizationFacts
from backend.studies.randomization.params import RandomizationParams
from backend.theory import finite_sample as theorem
from workers.studies.randomization.data import drawn, labels, numbers

POSITIONS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7)
SHOWN = 12  # neighboring examples whose outputs are drawn
POINTS = 40  # of the drawn curve between two of them
CORNER = 40  # rows and columns of the matrix that are drawn


def run(
    payload: Mapping[str, Any],  # noqa: ARG001 - part of the contract
    params: RandomizationParams,
    context: Context,
) -> tuple[RandomizationFacts, dict[str, Any]]:
    """Fit true or random labels, as real numbers 0, 1, 2, ..., at every position of the thresholds."""
    examples = context.examples
    chosen = drawn(examples, params.network_examples)
    x, x_test = numbers(examples, chosen), numbers(examples, slice(examples.n_train, None))
    corruption = 1.0 if params.network_labels == "random" else 0.0
    y = labels(examples, corruption)[chosen].astype(np.float64)
    direction = generator(params.seed, Purpose.DIRECTION).standard_normal((x.shape[1],))
    network = theorem.build(x, y, direction, params.position)
    positions = np.unique(np.round([*POSITIONS, params.position], 6))
    found = theorem.conditioning(network.z, network.y, positions, context.progress)
    answers = np.clip(np.rint(network(x_test)), 0, len(examples.classes) - 1)
    start = max((len(network.z) - SHOWN) // 2, 0)
    points = network.z[start : start + SHOWN]
    # Every point of the curve lies between the same neighbors, with the examples among them.
    curve_x = np.unique(np.concatenate([np.linspace(a, b, POINTS) for a, b in pairwise(points)]))
    curves = [_curve(network, position, curve_x) for position in positions.tolist()]
    fact = FiniteSample(
        n=len(network.weights),
        d=x.shape[1],
        weights=network.parameters,
        left_out=network.repeats,
        position=params.position,
        train_error=float(
            np.abs(theorem.outputs(network.z, network.thresholds, network.weights) - network.y).max()
        ),
        test_accuracy=float((answers == examples.labels[examples.n_train :]).mean()),
        positions=positions.tolist(),
        error=found.fit_error.tolist(),
        largest_weight=found.largest_weight.tolist(),
        smallest_eigenvalue=found.smallest_diagonal.tolist(),
        condition=found.condition.tolist(),
        condition_examples=found.points,
        curve_x=curve_x.tolist(),
        curves=curves,
        points_x=points.tolist(),
        points_y=network.y[start : start + SHOWN].tolist(),
        matrix=theorem.triangular(network, CORNER).tolist(),
    )
    return RandomizationFacts(finite_sample=(fact,)), {}


def _curve(network: theorem.Network, position: float, z: npt.NDArray[np.float64]) -> list[float]:
    """Return the outputs at projections z with the thresholds elsewhere; NaN where the weights overflow."""
    try:
        moved = theorem.build(network.z[:, None], network.y, np.ones(1), position)
    except ValueError:
        return [float("nan")] * len(z)
    return [float(value) for value in moved(z[:, None])]
