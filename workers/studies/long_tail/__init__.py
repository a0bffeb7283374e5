"""Runs the units of the long-tail study, and adds up what they found."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.studies.kit.results import Results
from backend.studies.kit.runner import Arrays, Context, Outcome
from backend.studies.long_tail.facts import LongTailFacts
from backend.studies.long_tail.numbers import identities, numbers
from backend.studies.long_tail.params import LongTailParams
from workers.studies.long_tail import elsewhere, mixture, samples


def _closed_forms(_payload: Mapping[str, Any], params: LongTailParams, _context: Context) -> Arrays:
    found = LongTailFacts(numbers=numbers(), identities=identities(params.frequencies(), params.samples))
    return found.to_arrays()


RUN: Mapping[str, Callable[[Mapping[str, Any], LongTailParams, Context], Arrays]] = {
    "closed_forms": _closed_forms,
    "samples": samples.run,
    "mixture": mixture.run,
    "elsewhere": elsewhere.run,
}


# Which facts are whole in the result of one unit.
FOUND = {"closed_forms": ("numbers", "identities"), "elsewhere": ("elsewhere",)}


def run(payload: Mapping[str, Any], params: LongTailParams, context: Context) -> Outcome:
    """Run one part: facts, or sums over a block of repetitions."""
    return Outcome(RUN[payload["part"]](payload, params, context))


def summarize(
    params: LongTailParams,
    examples: None,  # noqa: ARG001 - there are no images
    units: Iterable[tuple[Mapping[str, Any], Arrays]],
) -> Results:
    """Add up the blocks so far, and judge them against the closed forms."""
    parts: dict[str, list[tuple[Mapping[str, Any], Arrays]]] = {}
    for payload, arrays in units:
        parts.setdefault(payload["part"], []).append((payload, arrays))
    whole: dict[str, Any] = {}
    named: dict[str, npt.NDArray[Any]] = {}
    for part, names in FOUND.items():
        for _, arrays in parts.get(part, ()):
            found = LongTailFacts.from_arrays(arrays)
            whole |= {name: getattr(found, name) for name in names}
    if blocks := parts.get("samples"):
        summed = samples.added(params, blocks)
        seen, unfitted = samples.facts(params, summed)
        whole |= {"repetitions": summed.moments.repetitions, "seen": seen, "unfitted": unfitted}
        named |= {"samples_totals": summed.moments.totals, "samples_products": summed.moments.products}
        for name in ("multiplicity", "points", "tau", "tau_error", "tau_expected"):
            named[name] = np.array([getattr(row, name) for row in seen])
    if blocks := parts.get("mixture"):
        whole["cells"] = cells = mixture.facts(params, blocks)
        for name in ("dimensions", "tightness", "excess", "excess_error", "predicted", "coupling", "scores"):
            named[f"mixture_{name}"] = np.array([getattr(cell, name) for cell in cells])
        named["mixture_learner"] = np.array([cell.learner.value for cell in cells])
    return Results(facts=LongTailFacts(**whole), arrays=named)
