"""Repeated runs of the same network on the same data, put together for the figures."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from backend.networks.architectures import Architecture
from backend.studies.randomization.conditions import Condition, Regularizer
from backend.studies.randomization.facts import OVERFIT, Fit, RandomizationFacts

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


class Ratio(NamedTuple):
    """How many times the steps one network takes to overfit as another, and between which limits it lies.

    Accuracies are known at some steps only, hence the limits. `at_least`: the first network never overfits,
    so that the value is a lower limit, and there is no upper one.
    """

    value: float
    low: float
    high: float
    at_least: bool


def slowdowns(slow: Iterable[Fit], fast: Iterable[Fit]) -> dict[tuple[Architecture, int], Ratio]:
    """Return how many times the steps one takes to overfit as the other, by network and run with both.

    There is no ratio to a network that never overfits.
    """
    found = {}
    base = {(fit.architecture, fit.run): fit.reached(OVERFIT) for fit in fast}
    for fit in slow:
        steps, other = fit.reached(OVERFIT), base.get((fit.architecture, fit.run))
        if other and 0 < other.high < np.inf:
            never = not np.isfinite(steps.high)
            value = (steps.low if never else steps.high) / other.high
            high = steps.high / other.low if other.low > 0 else np.inf
            found[fit.architecture, fit.run] = Ratio(value, steps.low / other.high, high, never)
    return found


def networks_of(runs: Runs) -> list[Architecture]:
    """Return the networks that have runs, in their usual order."""
    known = {architecture for architecture, _ in runs}
    return [architecture for architecture in Architecture if architecture in known]


def held(rows: Sequence[Sequence[float]]) -> npt.NDArray[np.float64]:
    """Return rows of different lengths as one array, each row going on with its last value."""
    longest = max(map(len, rows))
    return np.array([[*row, *[row[-1]] * (longest - len(row))] for row in rows])
