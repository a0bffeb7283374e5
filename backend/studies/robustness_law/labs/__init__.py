"""The laboratories of the law of robustness."""

from backend.studies.kit.labs import Lab
from backend.studies.robustness_law.labs import built, tails, weights

LABS: tuple[Lab, ...] = (weights.LAB, built.LAB, tails.LAB)
