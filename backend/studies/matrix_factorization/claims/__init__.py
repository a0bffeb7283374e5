"""What Arora et al. 2019 state, held against an experiment."""

from backend.studies.kit.findings import Finding
from backend.studies.matrix_factorization.claims import brought, conjecture, dynamics, recovery

FINDINGS: tuple[Finding, ...] = (
    *recovery.FINDINGS,
    *dynamics.FINDINGS,
    *conjecture.FINDINGS,
    *brought.FINDINGS,
)
