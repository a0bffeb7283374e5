"""What memorization scores say of corrupted labels: our bridge between the papers."""

from backend.core.contracts import ClaimVerdict
from backend.studies.kit.findings import Finding, Measurement, above, finding, not_run
from backend.studies.randomization.evidence import binomial
from backend.studies.randomization.facts import Bridge
from backend.studies.randomization.found import Randomized


@finding(
    "Corrupted labels are found among the highest memorization scores.",
    "Feldman & Zhang 2020, section 3; our bridge between both papers",
    "not available",
    unit="share of changed labels",
)
def bridge(evidence: Randomized) -> Measurement:
    partly = [b for b in evidence.facts.bridges if 0 < b.corruption < 1 and b.changed > 0]
    if not partly:
        return not_run("needs memorization scores under partly corrupted labels")
    first = min(partly, key=lambda b: b.corruption)
    low, high = binomial(first.found / first.changed, first.changed)
    note = (
        "Changed labels among as many top scores, at the lowest corruption. "
        + ", ".join(f"p = {b.corruption:g}: {b.found:,.0f} of {b.changed:,}" for b in partly)
        + f"; by chance {first.changed / first.n:.2f}."
    )
    return Measurement(above(0.5, low, high), first.found / first.changed, low, high, note)


@finding(
    "The more labels are random, the more networks memorize.",
    "our bridge between both papers",
    "not available",
    unit="mean score",
)
def scores_rise(evidence: Randomized) -> Measurement:
    bridges: list[Bridge] = sorted(evidence.facts.bridges, key=lambda b: b.corruption)
    if len(bridges) < 2 or bridges[0].corruption > 0:
        return not_run("needs scores of true and of corrupted labels")
    means = [b.mean for b in bridges]
    verdict = ClaimVerdict.HOLDS if means == sorted(means) else ClaimVerdict.DIFFERS
    words = ", ".join(f"p = {b.corruption:g}: {b.mean:.3f}" for b in bridges)
    return Measurement(verdict, means[-1] - means[0], note=f"Mean score at the ends apart. {words}.")


FINDINGS: tuple[Finding, ...] = (
    bridge,
    scores_rise,
)
