"""Whether another experiment's real examples are memorized as the long tail has it."""

import numpy as np

from backend.studies.kit.findings import Finding, Measurement, above, finding, not_run
from backend.studies.long_tail.found import Sampled


@finding(
    "Real examples that stand alone are memorized most.",
    "follows from Feldman 2019; our bridge to the experiment that is looked at",
    "not available",
    unit="difference of scores",
    needs=lambda found: "" if found.params.experiment else "needs a finished experiment to look at",
)
def alone_memorized(found: Sampled) -> Measurement:
    seen = found.facts.elsewhere
    if seen is None or not np.isfinite(seen.lead):
        return not_run("waits for scores of examples with and without neighbors")
    words = ", ".join(f"{group.named}: {group.score:.3f}" for group in seen.neighbors if group.examples)
    note = (
        f"Mean score of examples with no other of their label within reach minus that of all others,"
        f" {seen.looked_at:,} examples at size {seen.size:,}. Scores by examples within reach {words}."
    )
    return Measurement(
        above(0, seen.lead_low, seen.lead_high), seen.lead, seen.lead_low, seen.lead_high, note
    )


FINDINGS: tuple[Finding, ...] = (alone_memorized,)
