"""What Feldman 2019 states, held against closed forms and an experiment's samples."""

from backend.studies.kit.findings import Finding
from backend.studies.long_tail.claims import bridge, identities, mixture, numbers, samples

FINDINGS: tuple[Finding, ...] = (
    *numbers.FINDINGS,
    *samples.FINDINGS,
    *identities.FINDINGS,
    *mixture.FINDINGS,
    *bridge.FINDINGS,
)
