"""What the findings share: values of each problem, and intervals over problems that are judged together."""

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

MORE = "more problems will tell"
EARLY = "Runs that ended early count with the error that they had."


@dataclass(frozen=True)
class Judged:
    """A quantity of every problem that is judged by the interval of its mean; `name` says which it is."""

    name: str
    values: Sequence[float]

    def interval(self, together: int) -> tuple[float, float, float]:
        """Return mean and 95 % t-interval, widened for so many that are judged together."""
        low, high = t_interval(self.values, 1 - 0.05 / together)
        return float(np.mean(self.values)), low, high


Judge = Callable[[float, float], ClaimVerdict]


def every(judged: Sequence[tuple[Judged, Judge]], missing: str) -> tuple[ClaimVerdict, int]:
    """Judge that all claims hold: the verdict, and which of them decides; the first that fails the worst.

    LookupError with `missing` where there is nothing to judge.
    """
    if not judged:
        raise LookupError(missing)
    verdicts = [judge(*each.interval(len(judged))[1:]) for each, judge in judged]
    for verdict in (ClaimVerdict.DIFFERS, ClaimVerdict.UNDECIDED):
        if verdict in verdicts:
            return verdict, verdicts.index(verdict)
    return ClaimVerdict.HOLDS, 0


def measured(
    judged: Sequence[tuple[Judged, Judge]],
    said: Callable[[float], str],
    missing: str,
    note: str,
    shown: Callable[[float], float] = lambda value: value,
) -> Measurement:
    """Return the measurement of a claim that all of these make; the deciding one is its value.

    `shown` turns a value, such as a logarithm, into what is reported, and `said` that into words.
    """
    try:
        verdict, decides = every(judged, missing)
    except LookupError as error:
        return not_run(str(error))
    each = judged[decides][0]
    mean, low, high = each.interval(len(judged))
    answer = f"{said(shown(mean))} ({each.name})" if each.name else said(shown(mean))
    if verdict is ClaimVerdict.UNDECIDED:
        answer += f"; {MORE}"
    problems = f"{len(each.values)} problem{'s' if len(each.values) > 1 else ''}."
    return Measurement(verdict, shown(mean), shown(low), shown(high), f"{note} {problems}".strip(), answer)


def power(value: float) -> float:
    """Return what a decimal logarithm is of; infinite beyond all bounds."""
    return natural(value * log(10))


def natural(value: float) -> float:
    """Return what a natural logarithm is of; infinite beyond all bounds."""
    with np.errstate(over="ignore"):
        return float(np.exp(value))


def logs(pairs: Iterable[tuple[float, float]]) -> list[float]:
    """Return log10 of ratios."""
    return [log10(above / below) for above, below in pairs]


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
