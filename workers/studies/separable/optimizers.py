"""Runs one optimizer on draws of points of the plane (Soudry et al. 2018, Fig. 1 and appendix)."""

from collections.abc import Mapping
from typing import Any

from backend.studies.kit.runner import Context
from backend.studies.separable.facts import SeparableFacts
from backend.studies.separable.optimizers import Optimizer
from backend.studies.separable.params import SeparableParams
from backend.studies.separable.points import Points, points
from backend.theory.max_margin import max_margin
from workers.studies.separable.paths import descend, path


def run(
    payload: Mapping[str, Any], params: SeparableParams, context: Context
) -> tuple[SeparableFacts, dict[str, Any]]:
    """Run payload["optimizer"] on the draws of one block."""
    which, optimizer = Points(payload["points"]), Optimizer(payload["optimizer"])
    first, count = payload["first"], payload["count"]
    found = []
    for draw in range(first, first + count):

        def report(done: float, before: int = draw - first) -> None:
            context.progress((before + done) / count)

        x = points(which, params.seed, draw)
        weights = descend(x, optimizer, params, draw, report, params.steps)
        found.append(path(x, weights, max_margin(x), optimizer, which, draw))
    return SeparableFacts(paths=tuple(found)), {}
