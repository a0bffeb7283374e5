"""What memorization scores say of corrupted labels: our bridge between the papers."""

from itertools import pairwise
from math import hypot, sqrt

import numpy as np

from backend.core.contracts import ClaimVerdict
from backend.statistics.intervals import normal_quantile
from backend.studies.kit.findings import Finding, Measurement, above, finding, not_run
from backend.studies.randomization.evidence import binomial, percent
from backend.studies.randomization.facts import OVERFIT, Bridge
from backend.studies.randomization.found import Randomized
from backend.studies.randomization.samples import of_many

_FIT = f"needs models that fit {OVERFIT:.0%} of their subsets: what is not fit cannot be memorized"


def _fit(evidence: Randomized) -> list[Bridge]:
    """Return the scores of models that have fit their subsets, by rising corruption."""
    return sorted(
        (b for b in evidence.facts.bridges if b.subset_accuracy >= OVERFIT), key=lambda b: b.corruption
    )


@finding(
    "Corrupted labels are found among the highest memorization scores.",
    "Feldman & Zhang 2020, section 3; our bridge between both papers",
    "not available",
    unit="share of changed labels",
    question="Do the highest scores find changed labels?",
    rule="Holds if, at the lowest corruption, the 95 % interval of the share of changed labels among as many"
    " top"
    " scores lies above one half and above what chance finds; differs if it lies below. Only models that fit"
    " their subsets count.",
)
def bridge(evidence: Randomized) -> Measurement:
    if not any(0 < b.corruption < 1 for b in evidence.facts.bridges):
        return not_run("needs memorization scores under partly corrupted labels")
    partly = [b for b in _fit(evidence) if 0 < b.corruption < 1 and b.changed > 0]
    if not partly:
        return not_run(_FIT)
    first = partly[0]
    low, high = binomial(first.found / first.changed, first.changed)
    verdict = above(max(0.5, first.changed / first.n), low, high)
    answer = (
        f"{first.found:,.0f} of {first.changed:,} changed labels, chance finds"
        f" {percent(first.changed / first.n)}"
    )
    if verdict is ClaimVerdict.UNDECIDED:
        answer += "; takes more examples or less corruption"
    note = (
        "Changed labels among as many top scores, at the lowest corruption. "
        + ", ".join(f"p = {b.corruption:g}: {b.found:,.0f} of {b.changed:,}" for b in partly)
        + f"; by chance {first.changed / first.n:.2f}."
    )
    return Measurement(verdict, first.found / first.changed, low, high, note, answer)


@finding(
    "The more labels are random, the more networks memorize.",
    "our bridge between both papers",
    "not available",
    unit="mean score",
    question="Do scores rise with random labels?",
    rule="Holds if the 95 % interval of the rise in mean score lies above 0 from each share of random labels"
    " to the"
    " next, differs if one lies below, all together. Intervals count examples. Only models that fit their"
    " subsets count.",
)
def scores_rise(evidence: Randomized) -> Measurement:
    if len(evidence.facts.bridges) < 2 or min(b.corruption for b in evidence.facts.bridges) > 0:
        return not_run("needs scores of true and of corrupted labels")
    bridges = _fit(evidence)
    if len(bridges) < 2 or bridges[0].corruption > 0:
        return not_run(_FIT)
    if all(low > 0 for low, _ in (_rise(a, b) for a, b in pairwise(bridges))):
        verdict = ClaimVerdict.HOLDS
    elif any(_rise(a, b, of_many(len(bridges) - 1))[1] < 0 for a, b in pairwise(bridges)):
        verdict = ClaimVerdict.DIFFERS
    else:
        verdict = ClaimVerdict.UNDECIDED
    low, high = _rise(bridges[0], bridges[-1])
    words = ", ".join(f"p = {b.corruption:g}: {b.mean:.3f}" for b in bridges)
    answer = f"mean score from {bridges[0].mean:.2f} to {bridges[-1].mean:.2f}"
    if verdict is ClaimVerdict.UNDECIDED:
        answer += "; takes more examples"
    note = f"Mean score at the ends apart. {words}."
    return Measurement(verdict, bridges[-1].mean - bridges[0].mean, low, high, note, answer)


def _rise(before: Bridge, after: Bridge, confidence: float = 0.95) -> tuple[float, float]:
    """Return the interval of the difference of mean scores."""
    gap = after.mean - before.mean
    half = normal_quantile(confidence) * hypot(_error(before), _error(after))
    return gap - half, gap + half


def _error(scores: Bridge) -> float:
    """Return the standard error of the mean score, from the histogram.

    Within a bin scores are taken to be spread evenly.
    """
    edges, counts = np.asarray(scores.edges), np.add(scores.clean, scores.corrupted)
    middle, width = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    mean = np.average(middle, weights=counts)
    variance = np.average((middle - mean) ** 2 + width**2 / 12, weights=counts)
    return sqrt(float(variance) / scores.n)


FINDINGS: tuple[Finding, ...] = (
    bridge,
    scores_rise,
)
