"""Runs the parts of the study on the law of robustness and joins what they measured."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, fields
from itertools import product
from typing import Any

import numpy as np

from backend.datasets.examples import Examples
from backend.statistics.seeds import generator
from backend.studies.kit.results import Results
from backend.studies.kit.runner import Arrays, Context, Outcome
from backend.studies.robustness_law.facts import Construction, Joint, Kind, Net, RobustnessFacts
from backend.studies.robustness_law.params import Purpose, RobustnessParams
from backend.theory.robustness import Built, caps, linear, points_and_labels, quadratic
from workers.studies.robustness_law import nets, together

FRESH = 1000  # points at which gradients of caps are taken
BUILT = {  # draws for each network asked for, and n and d, of the networks known in closed form
    Kind.LINEAR: (25, ((20, 200), (50, 200), (66, 200), (100, 200))),
    Kind.CAPS: (2, ((100, 100), (300, 100), (600, 100))),
    Kind.QUADRATIC: (10, ((1000, 100), (2000, 100), (4000, 100))),
}


def _constructions(
    payload: Mapping[str, Any], params: RobustnessParams, context: Context
) -> tuple[RobustnessFacts, dict[str, Any]]:
    """Draw examples for the networks that are written down."""
    found = []
    for place, (kind, (draws, cells)) in enumerate(BUILT.items()):
        context.progress(place / len(BUILT))
        first, count = draws * payload["first"], draws * payload["count"]
        for draw, (n, d) in product(range(first, first + count), cells):
            built = _built(kind, generator(params.seed, Purpose.CONSTRUCTIONS, place, n, d, draw), n, d)
            found.append(Construction(kind, n, d, draw, **asdict(built)))
    return RobustnessFacts(constructions=tuple(found)), {}


def _built(kind: Kind, rng: np.random.Generator, n: int, d: int) -> Built:
    x, y = points_and_labels(rng, n, d)
    if kind is Kind.CAPS:
        fresh = rng.standard_normal((FRESH, d))
        return caps(x, y, fresh / np.linalg.norm(fresh, axis=1, keepdims=True))
    return linear(x, y) if kind is Kind.LINEAR else quadratic(x, y)


RunPart = Callable[[Mapping[str, Any], RobustnessParams, Context], tuple[RobustnessFacts, dict[str, Any]]]
PARTS: Mapping[str, RunPart] = {
    "nets": nets.run,
    "noise": nets.follow,
    "constructions": _constructions,
    "together": together.run,
}


def run(payload: Mapping[str, Any], params: RobustnessParams, context: Context) -> Outcome:
    """Run one unit; the arrays are the facts it found."""
    facts, engine = PARTS[payload["part"]](payload, params, context)
    return Outcome(facts.to_arrays(), engine)


def summarize(
    params: RobustnessParams,  # noqa: ARG001 - part of the contract
    examples: Examples,  # noqa: ARG001
    units: Iterable[tuple[Mapping[str, Any], Arrays]],
) -> Results:
    """Join all facts so far; files have a row for each network."""
    facts = RobustnessFacts.joined(RobustnessFacts.from_arrays(arrays) for _, arrays in units)
    arrays = {}
    for prefix, kind, rows in (("nets", Net, facts.nets), ("together", Joint, facts.joints)):
        if rows:
            for field in fields(kind):
                arrays[f"{prefix}_{field.name}"] = np.array([getattr(row, field.name) for row in rows])
    return Results(facts=facts, arrays=arrays)
