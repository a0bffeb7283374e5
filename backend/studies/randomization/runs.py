"""Repeated runs of the same network on the same data, put together for the figures."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from backend.networks.architectures import Architecture
from backend.studies.randomization.conditions import Condition, Regularizer
from backend.studies.randomization.facts import Fit, RandomizationFacts

Runs = Mapping[tuple[Architecture, Condition], Sequence[Fit]]


def runs_of(
    facts: RandomizationFacts, regularizer: Regularizer, conditions: Iterable[Condition] | None = None
) -> Runs:
    """Return the runs with that regularizer by network and condition; without `conditions`, of all."""
    wanted = None if conditions is None else set(conditions)
    found: dict[tuple[Architecture, Condition], list[Fit]] = {}
    for fit in facts.fits:
        if fit.regularizer is regularizer and (wanted is None or fit.condition in wanted):
            found.setdefault((fit.architecture, fit.condition), []).append(fit)
    return found


def slowdowns(slow: Iterable[Fit], fast: Iterable[Fit]) -> dict[tuple[Architecture, int], float]:
    """Return how many times the steps one takes to overfit as the other, by network and run with both."""
    found = {}
    base = {(fit.architecture, fit.run): fit.steps_to_overfit() for fit in fast}
    for fit in slow:
        steps, other = fit.steps_to_overfit(), base.get((fit.architecture, fit.run))
        if steps and other:
            found[fit.architecture, fit.run] = steps / other
    return found


def networks_of(runs: Runs) -> list[Architecture]:
    """Return the networks that have runs, in their usual order."""
    known = {architecture for architecture, _ in runs}
    return [architecture for architecture in Architecture if architecture in known]


def held(rows: Sequence[Sequence[float]]) -> npt.NDArray[np.float64]:
    """Return rows of different lengths as one array, each row going on with its last value."""
    longest = max(map(len, rows))
    return np.array([[*row, *[row[-1]] * (longest - len(row))] for row in rows])
