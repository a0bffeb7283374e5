"""What theorems say of points seen a few times, tried on samples of the experiment's own prior."""

import numpy as np

from backend.core.contracts import ClaimVerdict
from backend.studies.kit.findings import Finding, Measurement, finding, near, not_run
from backend.studies.long_tail.found import Sampled
from backend.studies.long_tail.params import MOST

LEAST = 100  # repetitions, for errors that are known well enough


def _needs(found: Sampled) -> str:
    if found.params.redraw:
        return "the closed form is of the list itself; frequencies were drawn anew"
    if found.facts.repetitions < LEAST:
        return f"needs {LEAST} repetitions"
    return ""


def _judged(deviations: list[float], most: float, note: str) -> Measurement:
    """Judge the largest of some deviations in standard errors; one that is just too large is undecided.

    A deviation has an error of 1 itself, so by chance a true statement may be off by a little more.
    """
    known = [abs(z) for z in deviations if np.isfinite(z)]
    if not known:
        return not_run("needs points that are seen so often")
    worst = max(known)
    verdict = near(0, most, worst, worst)
    if verdict is ClaimVerdict.DIFFERS and worst <= most + 1:
        return Measurement(ClaimVerdict.UNDECIDED, worst, note=f"{note} More repetitions will tell.")
    return Measurement(verdict, worst, note=note)


@finding(
    f"A point seen l times has the frequency tau_l on average, for l from 1 to {MOST}.",
    "Feldman 2019: what tau_l is",
    "within 4 standard errors",
    unit="standard errors",
    needs=_needs,
)
def tau_sampled(found: Sampled) -> Measurement:
    n = found.params.samples
    words = ", ".join(
        f"l = {row.multiplicity}: {n * row.tau:.4g} ± {n * row.tau_error:.2g}, expected"
        f" {n * row.tau_expected:.4g}"
        for row in found.facts.seen
        if np.isfinite(row.z)
    )
    note = f"Largest deviation of {found.facts.repetitions:,} repetitions. n tau_l: {words}."
    return _judged([row.z for row in found.facts.seen], 4, note)


@finding(
    "Leaving all points seen l times unfitted costs tau_l for each wrong answer.",
    "Feldman 2019: the main theorem",
    "within 4 standard errors",
    unit="standard errors",
    needs=_needs,
)
def excess_sampled(found: Sampled) -> Measurement:
    rows = [row for row in found.facts.seen if row.excess_error > 0]
    words = ", ".join(
        f"l = {row.multiplicity}: {row.excess:.5f} ± {row.excess_error:.5f}, expected"
        f" {row.excess_expected:.5f}"
        for row in rows
    )
    deviations = [(row.excess - row.excess_expected) / row.excess_error for row in rows]
    return _judged(deviations, 4, f"Largest deviation. Excess error: {words}.")


@finding(
    "The cost is proportional to how many points seen once stay unfitted.",
    "follows from Feldman 2019: the main theorem",
    "within 3 standard errors",
    unit="standard errors",
    needs=_needs,
)
def linear_in_fraction(found: Sampled) -> Measurement:
    rows = [row for row in found.facts.unfitted if row.error > 0]
    words = ", ".join(f"{row.fraction:.0%}: {row.excess:.5f} for {row.expected:.5f}" for row in rows)
    deviations = [(row.excess - row.expected) / row.error for row in rows]
    return _judged(deviations, 3, f"Largest deviation from the line through 0. Fraction unfitted: {words}.")


FINDINGS: tuple[Finding, ...] = (tau_sampled, excess_sampled, linear_in_fraction)
