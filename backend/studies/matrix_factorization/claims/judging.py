"""What the findings share: values of each problem, and intervals over problems that are judged together."""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log, log10

import numpy as np

from backend.core.contracts import ClaimVerdict
from backend.statistics.intervals import t_interval
from backend.studies.kit.findings import Measurement, not_run
from backend.studies.matrix_factorization.facts import Fit, Least
from backend.studies.matrix_factorization.found import Factored
from backend.studies.matrix_factorization.params import Part

FEW = 1.5, 3.0  # times what determines a matrix of the rank: the paper has 2.05
WIDENED = "even widened for their number"
MORE = "more problems will tell"
EXCESS = 1e-3  # relative, of nuclear norms: beyond what a training error of 1e-6 leaves open
EARLY = "Runs that ended early count with the error that they had."


@dataclass(frozen=True)
class Judged:
    """A quantity of every problem that is judged by the interval of its mean; `told` has a place for that."""

    told: str
    values: Sequence[float]

    def interval(self, together: int) -> tuple[float, float, float]:
        """Return mean and 95 % t-interval, widened for so many that are judged together."""
        low, high = t_interval(self.values, 1 - 0.05 / together)
        return float(np.mean(self.values)), low, high


Judge = Callable[[float, float], ClaimVerdict]


def every(judged: Sequence[tuple[Judged, Judge]]) -> tuple[ClaimVerdict, Judged, int]:
    """Judge that all of these hold: the verdict, which of them decides, and for how many it is widened.

    That all hold follows from intervals of 95 % each. That one fails is looked for among several, so its
    interval is widened for their number.
    """
    together = len(judged)
    for each, judge in judged:
        if judge(*each.interval(together)[1:]) is ClaimVerdict.DIFFERS:
            return ClaimVerdict.DIFFERS, each, together
    for each, judge in judged:
        if judge(*each.interval(1)[1:]) is not ClaimVerdict.HOLDS:
            return ClaimVerdict.UNDECIDED, each, 1
    return ClaimVerdict.HOLDS, judged[0][0], 1


def measured(
    judged: Sequence[tuple[Judged, Judge]],
    missing: str,
    note: str,
    shown: Callable[[float], float] = lambda value: value,
) -> Measurement:
    """Return the measurement of a claim that all of these make; the deciding one is its value.

    `shown` turns a value, such as a logarithm, into what is reported.
    """
    if not judged:
        return not_run(missing)
    verdict, each, together = every(judged)
    mean, low, high = each.interval(together)
    answer = each.told.format(shown(mean))
    if verdict is ClaimVerdict.UNDECIDED:
        answer += f"; {MORE}"
    problems = f"{len(each.values)} problem{'s' if len(each.values) > 1 else ''}."
    if len(each.values) == 1:  # without limits
        return Measurement(verdict, shown(mean), None, None, f"{note} {problems}".strip(), answer)
    return Measurement(verdict, shown(mean), shown(low), shown(high), f"{note} {problems}".strip(), answer)


def power(value: float) -> float:
    """Return what a decimal logarithm is of; infinite beyond all bounds."""
    return natural(value * log(10))


def natural(value: float) -> float:
    """Return what a natural logarithm is of; infinite beyond all bounds."""
    with np.errstate(over="ignore"):
        return float(np.exp(value))


def logs(pairs: Iterable[tuple[float, float]]) -> list[float]:
    """Return log10 of ratios of values that are not negative."""
    tiny = sys.float_info.min
    return [log10(max(above, tiny)) - log10(max(below, tiny)) for above, below in pairs]


def few(found: Factored) -> str:
    """Return what is missing where the fewest observations are not few in the paper's sense."""
    low, high = FEW
    known = low <= found.params.determined(found.params.counts()[0]) <= high
    return "" if known else f"needs {low:g} to {high:g} times as many observations as determine a matrix"


def least_observed(found: Factored, part: Part) -> int | None:
    """Return the smallest number of observations that has runs of a part."""
    return min((fit.observed for fit in fits(found, part)), default=None)


def fits(found: Factored, part: Part) -> list[Fit]:
    """Return the runs of a part with the first learning rate, but those that left all bounds."""
    lr = found.params.learning_rates[0]
    return [f for f in found.facts.fits if f.part is part and f.lr == lr and np.isfinite(f.error)]


def by_run(found: Factored, part: Part, observed: int) -> Mapping[tuple[int, float], Mapping[int, Fit]]:
    """Return (depth, init) -> problem -> run."""
    table: dict[tuple[int, float], dict[int, Fit]] = {}
    for fit in fits(found, part):
        if fit.observed == observed:
            table.setdefault((fit.depth, fit.init), {})[fit.problem] = fit
    return table


def least_of(found: Factored, part: Part, observed: int) -> Mapping[int, Least]:
    """Return problem -> least nuclear norm."""
    return {
        least.problem: least
        for least in found.facts.least
        if least.part is part and least.observed == observed
    }


def paired(*tables: Mapping[int, Fit] | Mapping[int, Least]) -> list[int]:
    """Return the problems that all tables have."""
    return sorted(set.intersection(*(set(table) for table in tables))) if tables else []
