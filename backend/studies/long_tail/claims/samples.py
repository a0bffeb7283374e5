"""What theorems say of points seen a few times, tried on samples of the experiment's own prior."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import binom

from backend.core.contracts import ClaimVerdict
from backend.studies.kit.findings import Finding, Measurement, finding, not_run
from backend.studies.long_tail.found import Sampled
from backend.studies.long_tail.params import MOST
from backend.theory.long_tail import error_when_unfitted

LEAST = 100  # repetitions, for errors that are known well enough
ERRORS = 4  # standard errors on either side of a ratio: several are judged together, by one rule
ROUNDING = 1e-9  # of a ratio: where all frequencies are equal, nothing but rounding tells two from each other
BAND = 0.05  # of a ratio around 1, in which it must be known to lie

RULE = (
    f"Each ratio of a sampled to an expected value has an interval of {ERRORS} standard errors on either"
    " side, the error being that of the samples or the one that the list of frequencies has them have,"
    f" whichever is larger. Holds if every interval contains 1 and lies within {100 * BAND:.0f} % of it,"
    " differs if any leaves 1 out, and is undecided while any is wider."
)

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Ratio:
    """A sampled over an expected value, and its standard error; NaN where nothing was sampled."""

    named: str
    value: float
    error: float

    @property
    def low(self) -> float:
        """Lower limit of its interval."""
        return self.value - ERRORS * self.error - ROUNDING

    @property
    def high(self) -> float:
        """Upper limit of its interval."""
        return self.value + ERRORS * self.error + ROUNDING

    @property
    def verdict(self) -> ClaimVerdict:
        """What it says of the claim that sampled and expected are equal."""
        if self.low > 1 or self.high < 1:
            return ClaimVerdict.DIFFERS
        known = self.low >= 1 - BAND and self.high <= 1 + BAND
        return ClaimVerdict.HOLDS if known else ClaimVerdict.UNDECIDED


def _needs(found: Sampled) -> str:
    if found.params.redraw:
        return "the closed form is of the list itself; frequencies were drawn anew"
    if found.facts.repetitions < LEAST:
        return f"needs {LEAST} repetitions"
    return ""


def _spread(found: Sampled, multiplicity: int, around: float, share: float = 1.0) -> float:
    """Return the error of a mean mass that the list itself implies, over the repetitions.

    Of points seen so often, each counted with that chance as its frequency minus `around`. Where a rare event
    has most of the variance, samples that do not show it look far more certain than they are. Points are
    taken to be independent, which multinomial counts all but are.
    """
    prior = found.params.frequencies()
    chance = share * binom.pmf(multiplicity, found.params.samples, prior.frequencies)
    variance = prior.counts @ ((prior.frequencies - around) ** 2 * chance)
    return float(np.sqrt(variance / found.facts.repetitions))


def _judged(ratios: Sequence[Ratio], what: str, note: str) -> Measurement:
    """Judge ratios that should all be 1, by the one that says most against it."""
    if not any(np.isfinite(ratio.value) for ratio in ratios):
        return not_run("needs points that are seen so often")
    for verdict in (ClaimVerdict.DIFFERS, ClaimVerdict.UNDECIDED, ClaimVerdict.HOLDS):
        if found := [ratio for ratio in ratios if ratio.verdict is verdict]:
            break
    names = ", ".join(ratio.named for ratio in found)
    known = [ratio for ratio in found if np.isfinite(ratio.value)]
    if not known:
        answer = f"nothing was sampled for {names}; more repetitions may show some"
        return Measurement(verdict, note=note, answer=answer)
    worst = max(known, key=lambda ratio: max(abs(ratio.low - 1), abs(ratio.high - 1)))
    answer = {
        ClaimVerdict.HOLDS: f"every {what} is within {100 * _largest(ratios):.1f} % of what is expected",
        ClaimVerdict.DIFFERS: f"{what} is {worst.value:.3g} of what is expected for {worst.named}",
        ClaimVerdict.UNDECIDED: f"{names} not known to {100 * BAND:.0f} % yet; more repetitions will tell",
    }[verdict]
    return Measurement(verdict, worst.value, worst.low, worst.high, note, answer)


def _largest(ratios: Sequence[Ratio]) -> float:
    return max(max(abs(ratio.low - 1), abs(ratio.high - 1)) for ratio in ratios)


@finding(
    f"A point seen l times has the frequency tau_l on average, for l from 1 to {MOST}.",
    "Feldman 2019: what tau_l is",
    "ratio 1",
    unit="sampled over expected",
    needs=_needs,
    question="Are points seen l times as frequent as tau_l says?",
    rule=RULE,
)
def tau_sampled(found: Sampled) -> Measurement:
    ratios = []
    for row in found.facts.seen:
        least = np.divide(_spread(found, row.multiplicity, row.tau_expected), row.points or np.nan)
        error = max(row.tau_error, float(least)) / row.tau_expected
        ratios.append(Ratio(f"l = {row.multiplicity}", row.tau / row.tau_expected, error))
    n = found.params.samples
    words = ", ".join(
        f"l = {row.multiplicity}: {n * row.tau:.4g} ± {n * row.tau_error:.2g}, expected"
        f" {n * row.tau_expected:.4g}"
        for row in found.facts.seen
        if np.isfinite(row.tau)
    )
    note = f"The ratio farthest from 1, of {found.facts.repetitions:,} repetitions. n tau_l: {words}."
    return _judged(ratios, "frequency", note)


@finding(
    "Leaving all points seen l times unfitted costs tau_l for each wrong answer.",
    "Feldman 2019: the main theorem",
    "ratio 1",
    unit="sampled over expected",
    needs=_needs,
    question="Does each wrong answer cost tau_l?",
    rule=RULE,
)
def excess_sampled(found: Sampled) -> Measurement:
    wrong = error_when_unfitted(found.params.classes)
    rows = [row for row in found.facts.seen if row.excess_expected > 0]
    ratios = []
    for row in rows:
        error = max(row.excess_error, _spread(found, row.multiplicity, 0, wrong))
        ratio = row.excess / row.excess_expected
        ratios.append(Ratio(f"l = {row.multiplicity}", ratio, error / row.excess_expected))
    words = ", ".join(
        f"l = {row.multiplicity}: {row.excess:.5f} ± {row.excess_error:.5f}, expected"
        f" {row.excess_expected:.5f}"
        for row in rows
    )
    return _judged(ratios, "cost", f"The ratio farthest from 1. Excess error: {words}.")


@finding(
    "The cost is proportional to how many points seen once stay unfitted.",
    "follows from Feldman 2019: the main theorem",
    "ratio 1",
    unit="cost over its share of the cost of all",
    needs=_needs,
    question="Twice as many unfitted, twice the cost?",
    rule=f"Ratios are of the cost of a fraction to that fraction of the cost of all. {RULE}",
)
def linear_in_fraction(found: Sampled) -> Measurement:
    wrong = error_when_unfitted(found.params.classes)

    def error(fraction: float, own: float) -> float:
        return max(own, _spread(found, 1, 0, wrong * fraction))

    rows = [row for row in found.facts.unfitted if row.fraction > 0]
    whole = next((row for row in rows if row.fraction == 1), None)
    if whole is None or whole.excess <= 0 or len(rows) < 2:
        return not_run("needs points seen once, some of them and all of them left unfitted")
    ratios = []
    for row in rows:
        if row is not whole:
            ratio = row.excess / (row.fraction * whole.excess)
            # Both costs rise and fall together: as if they did not, the error is larger than it is.
            parts = (
                error(row.fraction, row.error) / (row.fraction * whole.excess),
                ratio * error(1, whole.error) / whole.excess,
            )
            ratios.append(Ratio(f"{100 * row.fraction:.0f} %", ratio, float(np.hypot(*parts))))
    words = ", ".join(f"{row.fraction:.0%}: {row.excess:.5f} for {row.expected:.5f}" for row in rows)
    return _judged(ratios, "share", f"The ratio farthest from 1. Excess error by fraction unfitted: {words}.")


FINDINGS: tuple[Finding, ...] = (tau_sampled, excess_sampled, linear_in_fraction)
