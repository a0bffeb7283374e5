"""What Zhang et al. 2017 found, held against an experiment's measurements."""

from backend.networks.architectures import Architecture, title
from backend.studies.base import Claim
from backend.studies.findings import Finding
from backend.studies.randomization import (
    claims_bridge,
    claims_complexity,
    claims_fitting,
    claims_linear,
    claims_regularizers,
)
from backend.studies.randomization.evidence import Evidence
from backend.studies.randomization.facts import Facts

FINDINGS: tuple[Finding[Evidence], ...] = (
    *claims_fitting.FINDINGS,
    *claims_regularizers.FINDINGS,
    *claims_linear.FINDINGS,
    *claims_complexity.FINDINGS,
    *claims_bridge.FINDINGS,
)


def claims(facts: Facts, dataset: str, reduction: int, setting: str) -> tuple[Claim, ...]:
    """Hold every finding against the facts; `not run` where they say nothing about it."""
    evidence = Evidence(facts, {a: title(a, reduction) for a in Architecture}, dataset)
    return tuple(finding.claim(finding.measure(evidence), setting) for finding in FINDINGS)
