"""Runs the parts of the separable study and joins what they measured."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from backend.datasets.examples import Examples
from backend.studies.kit.results import Results
from backend.studies.kit.runner import Arrays, Context, Outcome
from backend.studies.separable.facts import SeparableFacts
from backend.studies.separable.params import Part, SeparableParams
from workers.studies.separable import flow, networks, optimizers, pair

RunPart = Callable[[Mapping[str, Any], SeparableParams, Context], tuple[SeparableFacts, dict[str, Any]]]
PARTS: Mapping[str, RunPart] = {
    Part.OPTIMIZERS: optimizers.run,
    Part.FLOW: flow.run,
    Part.PAIR: pair.run,
    Part.NETWORKS: networks.run,
}


def run(payload: Mapping[str, Any], params: SeparableParams, context: Context) -> Outcome:
    """Run one part; the arrays are the facts it found."""
    part = Part(payload["part"])
    # Networks have lanes of their own; products of a few hundred numbers are slower on two threads.
    with nullcontext() if part is Part.NETWORKS else threadpool_limits(1):
        facts, engine = PARTS[part](payload, params, context)
    return Outcome(facts.to_arrays(), engine)


def summarize(
    params: SeparableParams,  # noqa: ARG001 - part of the contract
    examples: Examples,
    units: Iterable[tuple[Mapping[str, Any], Arrays]],
) -> Results:
    """Join all facts so far."""
    facts = SeparableFacts.joined(
        (SeparableFacts.from_arrays(arrays) for _, arrays in units),
        n_train=examples.n_train,
        n_test=examples.n_test,
    )
    return Results(facts=facts, arrays=_arrays(facts))


def _arrays(facts: SeparableFacts) -> dict[str, npt.NDArray[Any]]:
    """Return what is offered as a file: a row for each network, path and flow, short ones filled with NaN."""
    found: dict[str, npt.NDArray[Any]] = {}
    if facts.networks:
        found["networks_epochs"] = np.array(facts.networks[0].epochs)
        for name in networks.COURSES:
            found[f"networks_{name}"] = _table([getattr(network, name) for network in facts.networks])
    if facts.paths:
        for name in ("points", "optimizer", "draw", "turned"):
            found[f"paths_{name}"] = np.array([getattr(path, name) for path in facts.paths])
        for name in ("steps", "angle", "gap", "loss", "norm", "end", "best"):
            found[f"paths_{name}"] = _table([getattr(path, name) for path in facts.paths])
    if facts.flows:
        for name in ("spread", "between_losses", "slope"):
            found[f"flows_{name}"] = np.array([getattr(flow, name) for flow in facts.flows])
        for name in ("times", "validation_loss", "validation_error"):
            found[f"flows_{name}"] = _table([getattr(flow, name) for flow in facts.flows])
    return found


def _table(rows: Sequence[Sequence[float]]) -> npt.NDArray[np.float64]:
    longest = max(map(len, rows))
    return np.array([[*row, *[np.nan] * (longest - len(row))] for row in rows], np.float64)
