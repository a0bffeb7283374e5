"""What Zhang et al. 2017 found, held against an experiment's measurements."""

from backend.studies.kit.findings import Finding
from backend.studies.randomization.claims import bridge, complexity, fitting, linear, regularizers

FINDINGS: tuple[Finding, ...] = (
    *fitting.FINDINGS,
    *regularizers.FINDINGS,
    *linear.FINDINGS,
    *complexity.FINDINGS,
    *bridge.FINDINGS,
)
