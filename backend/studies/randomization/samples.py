"""What repeated runs found of a quantity, and what that decides."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot, inf, isfinite

import numpy as np

from backend.core.contracts import ClaimVerdict
from backend.statistics.intervals import normal_quantile, t_interval

LEAST_RUNS = 3  # with fewer nobody knows how much runs differ
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Sample:
    """A quantity in R runs of one network: `lows` and `highs` (R,) bound it in each, equal where it is known.

    `shared` is the standard error that all runs have in common, such as that of their test examples.
    """

    lows: Sequence[float]
    highs: Sequence[float]
    shared: float = 0.0

    @classmethod
    def of(cls, values: Sequence[float], shared: float = 0.0) -> "Sample":
        """Return a quantity that is known in each run."""
        return cls(values, values, shared)

    @property
    def mean(self) -> float:
        """The mean over runs of what lies in the middle between limits, of the lower one without upper."""
        pairs = zip(self.lows, self.highs, strict=True)
        return float(np.mean([low if not isfinite(high) else (low + high) / 2 for low, high in pairs]))

    def interval(self, confidence: float = CONFIDENCE) -> tuple[float, float]:
        """Return Student's interval of the mean, widened by what runs share; no limits with few runs.

        Limits of runs stand for the runs themselves: their mean bounds that of the quantity, and so does the
        limit of its interval.
        """
        if len(self.lows) < LEAST_RUNS:
            return -inf, inf
        common = normal_quantile(confidence) * self.shared
        return -_upper([-low for low in self.lows], confidence, common), _upper(
            self.highs, confidence, common
        )


def _upper(values: Sequence[float], confidence: float, common: float) -> float:
    if not all(map(isfinite, values)):
        return inf
    mean = float(np.mean(values))
    return mean + hypot(t_interval(values, confidence)[1] - mean, common)


def each_within(samples: Sequence[Sample], least: float, most: float = inf) -> ClaimVerdict:
    """Judge that each quantity exceeds `least` and stays below `most`.

    It holds where each interval lies there. It differs where one lies wholly outside, at a confidence that
    keeps all of them together at 95 %: among many intervals one misses by chance.
    """
    inside = [least < low and (high < most or most == inf) for low, high in (s.interval() for s in samples)]
    if all(inside):
        return ClaimVerdict.HOLDS
    for sample in samples:
        low, high = sample.interval(of_many(len(samples)))
        if high < least or low > most:
            return ClaimVerdict.DIFFERS
    return ClaimVerdict.UNDECIDED


def of_many(count: int) -> float:
    """Return the confidence of each of so many intervals at which all hold together (Bonferroni)."""
    return 1 - (1 - CONFIDENCE) / max(count, 1)


def would_take(samples: Sequence[Sample]) -> str:
    """Say what would decide."""
    runs = min(len(sample.lows) for sample in samples)
    if runs < LEAST_RUNS:
        return f"takes at least {LEAST_RUNS} runs, there {'is' if runs == 1 else 'are'} {runs}"
    shared = any(sample.shared > 0 for sample in samples)
    return f"takes more runs{' or test examples' if shared else ''}"
