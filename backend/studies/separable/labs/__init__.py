"""The separable study's laboratories."""

from backend.studies.kit.labs import Lab
from backend.studies.separable.labs import plane

LABS: tuple[Lab, ...] = (plane.LAB,)
