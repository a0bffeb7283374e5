"""What Zhang et al. 2017 proved and measured of how much networks can express."""

from math import erf, sqrt
from statistics import fmean

import numpy as np

from backend.core.contracts import ClaimVerdict
from backend.statistics.intervals import normal_quantile
from backend.studies.kit.findings import Finding, Measurement, finding, not_run
from backend.studies.randomization.evidence import FIT, ZHANG
from backend.studies.randomization.facts import Complexity
from backend.studies.randomization.found import Randomized

EXACT = 1e-6  # error of a network with outputs 0, 1, 2, ... that counts as none


@finding(
    "A network of two layers and 2n + d weights fits any labels of n examples.",
    f"{ZHANG}, Theorem 1",
    "error 0",
    unit="largest error",
)
def finite_sample(evidence: Randomized) -> Measurement:
    if not evidence.facts.finite_sample:
        return not_run("needs the constructed network")
    found = evidence.facts.finite_sample[-1]
    if found.train_error < EXACT:
        verdict = ClaimVerdict.HOLDS
    else:  # of a half the label next to it is nearer
        verdict = ClaimVerdict.UNDECIDED if found.train_error < 0.5 else ClaimVerdict.DIFFERS
    note = (
        f"Largest error on {found.n:,} examples of {found.d:,} numbers with {found.weights:,} = 2n + d"
        f" weights; below {EXACT:g} is rounding, below 0.5 the right label is still the nearest. Test"
        f" accuracy {found.test_accuracy:.3f}."
    )
    return Measurement(verdict, found.train_error, note=note)


@finding(
    "Its triangular matrix is regular: the smallest eigenvalue is positive.",
    f"{ZHANG}, Lemma 1",
    "min (z_i - b_i) > 0",
    unit="smallest eigenvalue",
    arithmetic=True,
)
def eigenvalue(evidence: Randomized) -> Measurement:
    if not evidence.facts.finite_sample:
        return not_run("needs the constructed network")
    found = evidence.facts.finite_sample[-1]
    smallest = min(found.smallest_eigenvalue)
    verdict = ClaimVerdict.HOLDS if smallest > 0 else ClaimVerdict.DIFFERS
    return Measurement(verdict, smallest, note="Smallest diagonal entry over all threshold positions.")


@finding(
    "The empirical Rademacher complexity of networks is about 1, so bounds from it say nothing.",
    f"{ZHANG}, section 2.2",
    "about 1",
    unit="complexity",
)
def rademacher(evidence: Randomized) -> Measurement:
    found = _complexities(evidence, "perceptron")
    if not found:
        return not_run("needs networks that fit random signs")
    lowest = min(fmean(c.values) for c in found)
    values = [value for c in found for value in c.values]
    verdict = ClaimVerdict.HOLDS if lowest >= FIT else ClaimVerdict.DIFFERS
    words = ", ".join(f"{c.n:,}: {fmean(c.values):.3f}" for c in found)
    note = f"Mean of sigma h over draws, least over n and range of draws. By n: {words}."
    return Measurement(verdict, lowest, min(values), max(values), note)


@finding(
    "That of linear models falls with the number of examples.",
    "derived for least squares: erf(sqrt(d / (2 (n - d)))), about sqrt(2 d / (pi n))",
    "not available",
    unit="complexity",
)
def rademacher_linear(evidence: Randomized) -> Measurement:
    found = _complexities(evidence, "linear")
    if not found or found[-1].n < 4 * found[-1].d:
        return not_run("needs four times as many examples as numbers per example")
    largest = found[-1]
    mean = fmean(largest.values)
    expected = erf(sqrt(largest.d / (2 * (largest.n - largest.d))))
    half = normal_quantile(0.95) * float(np.std(largest.values, ddof=1)) / np.sqrt(len(largest.values))
    low, high = mean - half, mean + half
    near = abs(mean / expected - 1) <= 0.15
    verdict = ClaimVerdict.HOLDS if near and high < 1 else ClaimVerdict.DIFFERS
    note = f"Mean of sigma h at n = {largest.n:,}, d = {largest.d:,}; expected {expected:.3f}, within 15 %."
    return Measurement(verdict, mean, low, high, note)


def _complexities(evidence: Randomized, family: str) -> list[Complexity]:
    return sorted((c for c in evidence.facts.complexities if c.family == family), key=lambda c: c.n)


FINDINGS: tuple[Finding, ...] = (
    finite_sample,
    eigenvalue,
    rademacher,
    rademacher_linear,
)
