"""Gradient flow until 10^12: what it depends on, and what it does to validation (Theorem 3, section 5)."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.statistics.seeds import generator
from backend.studies.kit.runner import Context
from backend.studies.separable.facts import Flow, SeparableFacts
from backend.studies.separable.params import Purpose, SeparableParams
from backend.studies.separable.points import WRONG, Points, points, validation
from backend.theory.margin_gaps import directions, training_error, training_loss
from backend.theory.margin_loss import Loss
from backend.theory.separable_flow import gradient_flow
from workers.studies.separable.paths import rounded

END = 1e12
LATE = 1e9  # from here on the validation loss is a straight line over log t
SCALES = (0.5, 1.0, 2.0)  # step sizes, as multiples of 1 / sigma^2
STARTS = 3
FAR = 2.0  # deviation of the numbers of a start

Floats = npt.NDArray[np.float64]


def run(
    payload: Mapping[str, Any], params: SeparableParams, context: Context
) -> tuple[SeparableFacts, dict[str, Any]]:
    """Follow the flow on the draws of one block."""
    first, count = payload["first"], payload["count"]
    found = []
    for draw in range(first, first + count):
        context.progress((draw - first) / count)
        found.append(_of_draw(params, draw))
    return SeparableFacts(flows=tuple(found)), {}


def _of_draw(params: SeparableParams, draw: int) -> Flow:
    x = points(Points.PAPER, params.seed, draw)
    step = 1 / float(np.linalg.norm(x, 2)) ** 2
    rng = generator(params.seed, Purpose.STARTS, draw)
    starts = [np.zeros(2), *(FAR * rng.standard_normal((STARTS - 1, 2)))]
    spread = max(_spread(of, starts) for of in (x, points(Points.ASYMMETRIC, params.seed, draw)))
    end = np.array([step * END])
    ends = [directions(gradient_flow(x, end, loss))[0] for loss in Loss]
    times = np.geomspace(1, END, 97)
    weights = gradient_flow(x, step * times)
    held_out = validation(params.seed, draw)
    loss = training_loss(held_out, weights)
    late = times >= LATE
    return Flow(
        draw=draw,
        spread=spread,
        between_losses=float(np.linalg.norm(ends[0] - ends[1])),
        times=rounded(times),
        validation_loss=rounded(loss),
        validation_error=rounded(training_error(held_out, weights)),
        slope=float(np.polyfit(np.log(times[late]), loss[late], 1)[0]),
        expected=-WRONG,
    )


def _spread(x: Floats, starts: list[Floats]) -> float:
    """Return the largest distance between directions at END over all starts and step sizes."""
    step = 1 / float(np.linalg.norm(x, 2)) ** 2
    times = step * END * np.array(SCALES)
    ends = np.concatenate([directions(gradient_flow(x, times, start=start)) for start in starts])
    return max(float(np.linalg.norm(a - b)) for a, b in combinations(ends, 2))
