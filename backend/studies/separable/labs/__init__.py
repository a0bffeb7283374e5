"""The separable study's laboratories."""

from backend.studies.kit.labs import Lab
from backend.studies.separable.labs import classes, plane, remainder, solutions, starts, validation

LABS: tuple[Lab, ...] = (plane.LAB, remainder.LAB, starts.LAB, validation.LAB, classes.LAB, solutions.LAB)
