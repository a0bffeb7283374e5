"""What Zhang et al. 2017 proved and measured of how much networks can express."""

from itertools import pairwise
from math import erf, hypot, sqrt
from statistics import fmean

from backend.core.contracts import ClaimVerdict
from backend.studies.kit.findings import Finding, Measurement, finding, not_run
from backend.studies.randomization.evidence import FIT, ZHANG
from backend.studies.randomization.facts import Complexity
from backend.studies.randomization.found import Randomized
from backend.studies.randomization.samples import LEAST_RUNS, Sample, each_within, of_many

AS_DERIVED = 0.15  # how far a complexity may lie from what is derived, relative to it
EXACT = 1e-6  # error of a network with outputs 0, 1, 2, ... that counts as none


@finding(
    "A network of two layers and 2n + d weights fits any labels of n examples.",
    f"{ZHANG}, Theorem 1",
    "error 0",
    unit="largest error",
    question="Are any labels fit with 2n + d weights?",
    rule=f"Holds if the largest error is below {EXACT:g}, which is rounding. Differs from 0.5 on, where"
    " another"
    " label is nearer.",
)
def finite_sample(evidence: Randomized) -> Measurement:
    if not evidence.facts.finite_sample:
        return not_run("needs the constructed network")
    found = evidence.facts.finite_sample[-1]
    if found.train_error < EXACT:
        verdict = ClaimVerdict.HOLDS
    else:  # from a half on another label is nearer
        verdict = ClaimVerdict.UNDECIDED if found.train_error < 0.5 else ClaimVerdict.DIFFERS
    note = (
        f"Largest error on {found.n:,} examples of {found.d:,} numbers with {found.weights:,} = 2n + d"
        f" weights; below {EXACT:g} is rounding, below 0.5 the right label is still the nearest. Test"
        f" accuracy {found.test_accuracy:.3f}."
    )
    answer = f"largest error {found.train_error:.2g} on {found.n:,} examples"
    if verdict is ClaimVerdict.UNDECIDED:
        answer += ", by rounding; takes thresholds nearer to the projection before them"
    return Measurement(verdict, found.train_error, note=note, answer=answer)


@finding(
    "Its triangular matrix is regular: the smallest eigenvalue is positive.",
    f"{ZHANG}, Lemma 1",
    "min (z_i - b_i) > 0",
    unit="smallest eigenvalue",
    arithmetic=True,
    question="Is the matrix regular?",
    rule="Holds if the smallest diagonal entry is positive at every position of the thresholds, which their"
    " order"
    " sees to, hence a check.",
)
def eigenvalue(evidence: Randomized) -> Measurement:
    if not evidence.facts.finite_sample:
        return not_run("needs the constructed network")
    found = evidence.facts.finite_sample[-1]
    smallest = min(found.smallest_eigenvalue)
    verdict = ClaimVerdict.HOLDS if smallest > 0 else ClaimVerdict.DIFFERS
    note = "Smallest diagonal entry over all threshold positions."
    return Measurement(verdict, smallest, note=note, answer=f"smallest eigenvalue {smallest:.2g}")


@finding(
    "The empirical Rademacher complexity of networks is about 1, so bounds from it say nothing.",
    f"{ZHANG}, section 2.2",
    "about 1",
    unit="complexity",
    question="Are random signs fit perfectly?",
    rule=f"Holds if at every n the 95 % t-interval of the mean over draws, from {LEAST_RUNS} on, lies above"
    f" {FIT:g}."
    " Training finds a lower limit of the complexity, so that less shows nothing.",
)
def rademacher(evidence: Randomized) -> Measurement:
    found = _complexities(evidence, "perceptron")
    if not found:
        return not_run("needs networks that fit random signs")
    samples = [Sample.of(c.values) for c in found]
    fit = all(sample.interval()[0] > FIT for sample in samples)
    worst = min(samples, key=lambda sample: sample.mean)
    low, high = worst.interval()
    answer = f"at least {worst.mean:.3f} at every n"
    if not fit:
        answer += "; what training finds is a lower limit, and a better fit takes more epochs"
    words = ", ".join(f"{c.n:,}: {sample.mean:.3f}" for c, sample in zip(found, samples, strict=True))
    note = f"Mean of sigma h over draws, least over n, and its interval. By n: {words}."
    verdict = ClaimVerdict.HOLDS if fit else ClaimVerdict.UNDECIDED
    return Measurement(verdict, worst.mean, low, min(high, 1.0), note, answer)


@finding(
    "That of linear models falls with the number of examples.",
    "derived for least squares: erf(sqrt(d / (2 (n - d)))), about sqrt(2 d / (pi n))",
    "not available",
    unit="complexity",
    question="Does that of linear models fall?",
    rule="Holds if the intervals of the fall from the smallest to the largest n lies above 0, and that at the"
    f" largest n within {AS_DERIVED:.0%} of what is derived. Differs if it rises from one n to the next, or"
    " is"
    f" something else. Intervals are 95 % t-intervals over draws, from {LEAST_RUNS} on.",
)
def rademacher_linear(evidence: Randomized) -> Measurement:
    found = _complexities(evidence, "linear")
    if len(found) < 2 or found[-1].n < 4 * found[-1].d:
        return not_run("needs several numbers of examples, the largest four times the numbers per example")
    first, largest = found[0], found[-1]
    expected = erf(sqrt(largest.d / (2 * (largest.n - largest.d))))
    last = Sample.of(largest.values)
    near = each_within([last], expected * (1 - AS_DERIVED), expected * (1 + AS_DERIVED))
    steps = [_fall(a, b, of_many(len(found) - 1)) for a, b in pairwise(found)]
    verdict = near if _fall(first, largest)[0] > 0 else ClaimVerdict.UNDECIDED
    if near is ClaimVerdict.DIFFERS or any(high < 0 for _, high in steps):
        verdict = ClaimVerdict.DIFFERS
    low, high = last.interval()
    answer = f"from {fmean(first.values):.3f} to {last.mean:.3f}, derived {expected:.3f}"
    if verdict is ClaimVerdict.UNDECIDED:
        answer += "; takes more draws"
    note = (
        f"Mean of sigma h at n = {largest.n:,}, d = {largest.d:,}; expected {expected:.3f}, within"
        f" {AS_DERIVED:.0%}. By n: " + ", ".join(f"{c.n:,}: {fmean(c.values):.3f}" for c in found)
    )
    return Measurement(verdict, last.mean, low, high, note, answer)


def _fall(before: Complexity, after: Complexity, confidence: float = 0.95) -> tuple[float, float]:
    """Return the interval of how much a complexity falls, from those of both."""
    first, second = Sample.of(before.values), Sample.of(after.values)
    gap = first.mean - second.mean
    (a_low, a_high), (b_low, b_high) = (s.interval(confidence) for s in (first, second))
    low = gap - hypot(first.mean - a_low, b_high - second.mean)
    return low, gap + hypot(a_high - first.mean, second.mean - b_low)


def _complexities(evidence: Randomized, family: str) -> list[Complexity]:
    return sorted((c for c in evidence.facts.complexities if c.family == family), key=lambda c: c.n)


FINDINGS: tuple[Finding, ...] = (
    finite_sample,
    eigenvalue,
    rademacher,
    rademacher_linear,
)
