"""What the papers on the law of robustness state, held against an experiment."""

from backend.studies.kit.findings import Finding
from backend.studies.robustness_law.claims import closed_forms, together, trained

FINDINGS: tuple[Finding, ...] = (*trained.FINDINGS, *together.FINDINGS, *closed_forms.FINDINGS)
