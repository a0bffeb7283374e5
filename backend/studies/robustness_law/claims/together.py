"""What goes together on the same networks: memorization, compression and smoothness."""

from backend.studies.kit.findings import Finding, Measurement, above, finding
from backend.studies.robustness_law.correlations import FEWEST, between, residuals
from backend.studies.robustness_law.found import Lawful

SETTING = "ours, on a task of ours"


def _needed(found: Lawful) -> str:
    left = residuals(found.facts.joints)
    if left is not None and left.free >= FEWEST:
        return ""
    return f"needs {FEWEST} networks more than kinds, a kind being a share of the data and a width"


def _goes_with_memorizing(found: Lawful, quantity: str) -> Measurement:
    """Judge that networks of one kind have more of it where they memorize more."""
    joints = found.facts.joints
    got = between(joints, "memorized", quantity, equal=True)
    kinds = len({(joint.fraction, joint.width) for joint in joints})
    note = f"{len(joints)} networks of {kinds} kinds; more of them make the interval narrower."
    answer = f"a correlation of {got.value:+.2f}"
    return Measurement(above(0, got.low, got.high), got.value, got.low, got.high, note, answer)


@finding(
    "Networks that memorize more flipped labels are steeper, share of data and width being equal.",
    "Bubeck & Sellke 2021, Theorem 1, read across networks",
    "not available",
    unit="rank correlation",
    needs=_needed,
    setting=SETTING,
    question="Does memorizing go with steepness among equal networks?",
    rule="Holds if the rank correlation of memorized share and largest gradient, each less the mean of its"
    " kind, is above 0 by its 95 % interval, differs if below.",
)
def memorizing_is_steep(found: Lawful) -> Measurement:
    """Judge the correlation among networks of one kind."""
    return _goes_with_memorizing(found, "slope")


@finding(
    "Networks that memorize more keep more bits of their input at the output.",
    "Shwartz-Ziv & Tishby 2017, read across networks",
    "not available",
    unit="rank correlation",
    needs=_needed,
    setting=SETTING,
    question="Does compressing go with memorizing less among equal networks?",
    rule="Holds if the rank correlation of memorized share and I(X;T) of the output, each less the mean of"
    " its kind, is above 0 by its 95 % interval, differs if below.",
)
def memorizing_keeps_bits(found: Lawful) -> Measurement:
    """Judge the correlation among networks of one kind."""
    return _goes_with_memorizing(found, "output_bits")


FINDINGS: tuple[Finding, ...] = (memorizing_is_steep, memorizing_keeps_bits)
