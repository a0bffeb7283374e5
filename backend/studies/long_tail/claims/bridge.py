"""Whether another experiment's real examples are memorized as the long tail has it."""

import numpy as np
from scipy.special import stdtrit

from backend.core.contracts import ClaimVerdict
from backend.statistics.intervals import normal_quantile
from backend.studies.kit.findings import Finding, Measurement, above, finding, not_run
from backend.studies.long_tail.facts import Elsewhere
from backend.studies.long_tail.found import Sampled


def _half_width(seen: Elsewhere) -> float:
    """Return half of the lead's 95 % interval, for few examples, too; NaN with fewer than two on a side.

    Scores pile up at 0 and 1: a few that are all alike have no spread, though the next one may differ by all
    of 1. So each mean is given the error of one such example more, and Student's quantile that of the fewer.
    """
    alone = sum(group.examples for group in seen.neighbors if group.most == 1)
    others = sum(group.examples for group in seen.neighbors) - alone
    if min(alone, others) < 2:
        return float("nan")
    error = (seen.lead_high - seen.lead_low) / (2 * normal_quantile(0.95))
    quantile = stdtrit(min(alone, others) - 1, 0.975)
    return float(quantile * np.sqrt(error**2 + 1 / alone**2 + 1 / others**2))


@finding(
    "Real examples that stand alone are memorized most.",
    "follows from Feldman 2019; our bridge to the experiment that is looked at",
    "not available",
    unit="difference of scores",
    needs=lambda found: "" if found.params.experiment else "needs a finished experiment to look at",
    question="Are real examples that stand alone memorized more?",
    rule=(
        "The mean score of examples with no other of their label within reach minus that of all others, by"
        " its 95 % interval over examples, widened where they are few: holds if it lies above 0, differs if"
        " below."
    ),
)
def alone_memorized(found: Sampled) -> Measurement:
    seen = found.facts.elsewhere
    half = float("nan") if seen is None else _half_width(seen)
    if seen is None or not np.isfinite(seen.lead + half):
        return not_run("waits for scores of examples with and without neighbors")
    low, high = seen.lead - half, seen.lead + half
    verdict = above(0, low, high)
    answer = (
        f"their mean score is {abs(seen.lead):.2f} {'above' if seen.lead > 0 else 'below'} that of others"
    )
    if verdict is ClaimVerdict.UNDECIDED:
        answer = (
            f"their lead is {low:.2f} to {high:.2f}; an experiment with more examples or models would tell"
        )
    words = ", ".join(f"{group.named}: {group.score:.3f}" for group in seen.neighbors if group.examples)
    note = (
        f"Mean score of examples with no other of their label within reach minus that of all others,"
        f" {seen.looked_at:,} examples at size {seen.size:,}. Scores by examples within reach {words}."
    )
    return Measurement(verdict, seen.lead, low, high, note, answer)


FINDINGS: tuple[Finding, ...] = (alone_memorized,)
