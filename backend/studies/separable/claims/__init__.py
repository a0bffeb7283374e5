"""What Soudry et al. 2018 state, held against an experiment's runs."""

from backend.studies.kit.findings import Finding
from backend.studies.separable.claims import linear, networks

FINDINGS: tuple[Finding, ...] = (*linear.FINDINGS, *networks.FINDINGS)
