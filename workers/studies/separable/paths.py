"""Follows optimizers of linear models and holds them against the maximum margin."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from backend.statistics.seeds import generator
from backend.studies.separable.facts import Path
from backend.studies.separable.optimizers import ADAM_RATES, BATCH, LONG, LONG_STEPS, SMOOTH_AFTER, Optimizer
from backend.studies.separable.params import MOMENTUM, Purpose, SeparableParams
from backend.studies.separable.points import Points
from backend.theory.descent import (
    Descent,
    adam,
    gradient_descent,
    log_steps,
    normalized_gradient_descent,
    stochastic_gradient_descent,
)
from backend.theory.margin_gaps import direction_error, directions, margin_gap, training_loss
from backend.theory.max_margin import MaxMargin

PER_DECADE = 8

Floats = npt.NDArray[np.float64]
Report = Callable[[float], None]


def descend(
    x: Floats,
    optimizer: Optimizer,
    params: SeparableParams,
    draw: int,
    report: Report,
    steps: int,
) -> Descent:
    """Run one optimizer on points (n, d) from weights 0, for so many steps where it has to take each."""
    sigma = float(np.linalg.norm(x, 2))
    step = 1 / sigma if params.step_size == "inverse" else 1 / sigma**2
    looks = log_steps(LONG_STEPS if optimizer in LONG else steps, PER_DECADE)
    taken = max(steps, SMOOTH_AFTER)
    if optimizer in (Optimizer.GD, Optimizer.MOMENTUM):
        momentum = MOMENTUM if optimizer is Optimizer.MOMENTUM else 0.0
        return gradient_descent(x, step, looks, momentum=momentum, one_by_one=taken)
    if optimizer is Optimizer.SGD:
        rng = generator(params.seed, Purpose.BATCHES, draw)
        return stochastic_gradient_descent(x, step, looks, rng, batch=BATCH, progress=report)
    if optimizer is Optimizer.NORMALIZED:
        return normalized_gradient_descent(x, 1 / sigma, looks, progress=report)
    return adam(x, ADAM_RATES[optimizer], looks, epsilon=params.epsilon, one_by_one=taken, progress=report)


def path(
    x: Floats,
    found: Descent,
    best: MaxMargin | None,
    optimizer: Optimizer,
    points: Points = Points.PAPER,
    draw: int = 0,
) -> Path:
    """Return what is told of a descent; without a maximum margin, angles and gaps are no numbers."""
    none = np.full(len(found.steps), np.nan)
    error = none if best is None else direction_error(found.weights, best)
    plane = x.shape[1] == 2 and best is not None
    return Path(
        points=points,
        optimizer=optimizer,
        draw=draw,
        steps=found.steps.tolist(),
        angle=rounded(np.degrees(2 * np.arcsin(error / 2))),
        gap=rounded(none if best is None else margin_gap(x, found.weights, best) / best.margin),
        loss=rounded(training_loss(x, found.weights)),
        norm=rounded(np.linalg.norm(found.weights, axis=1)),
        turned=_turned(found),
        end=rounded(directions(found.weights[-1:])[0]) if plane and len(found.steps) else (),
        best=rounded(best.weights / best.norm) if plane and best is not None else (),
    )


def _turned(found: Descent) -> float:
    """Return by how many degrees weights turned within the last half of a decade of steps."""
    if not len(found.steps):
        return float("nan")
    before = int(np.abs(np.log(found.steps / found.steps[-1] * np.sqrt(10))).argmin())
    old, new = directions(found.weights[[before, -1]])
    half = float(np.linalg.norm(new - old)) / 2
    return float(np.degrees(2 * np.arcsin(min(half, 1.0))))


def rounded(values: Floats) -> list[float]:
    """Return values with six digits."""
    return [float(f"{value:.6g}") for value in values]
