"""Trains the networks of the information-plane study, keeps their weights and measures their layers."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from backend.studies.information_plane.facts import Block, Course, PlaneFacts
from backend.studies.information_plane.params import PlaneParams
from backend.studies.information_plane.plan import recorded
from backend.studies.kit.results import Results
from backend.studies.kit.runner import Arrays, Context, Outcome
from workers.studies.information_plane.training import train


def run(payload: Mapping[str, Any], params: PlaneParams, context: Context) -> Outcome:
    """Train one block of one setting."""
    arm = next(arm for arm in params.arms() if [str(part) for part in arm] == payload["arm"])
    first, count = payload["first"], payload["count"]
    trained = train(params, arm, range(first, first + count), context.progress)
    block = Block(arm, first, count, recorded(params, arm))
    found = {name: getattr(trained, name) for name in Course.ARRAYS}
    return Outcome(PlaneFacts(blocks=(block,)).to_arrays() | found, {"lanes": trained.lanes})


def summarize(
    params: PlaneParams,  # noqa: ARG001 - part of the contract
    examples: None,  # noqa: ARG001 - there are no images
    units: Iterable[tuple[Mapping[str, Any], Arrays]],
) -> Results:
    """Join the blocks of each setting."""
    parts: dict[str, list[Any]] = {}
    blocks = []
    for _, arrays in units:
        (block,) = PlaneFacts.from_arrays(arrays).blocks
        blocks.append(block)
        for name in Course.ARRAYS:
            parts.setdefault(f"{block.arm.key}-{name}", []).append(arrays[name])
        parts.setdefault(f"{block.arm.key}-epochs", [np.array(block.epochs)])
    return Results(
        facts=PlaneFacts(blocks=tuple(blocks)),
        arrays={name: np.concatenate(found) for name, found in parts.items()},
    )
