"""The separable study's figures."""

from backend.studies.kit.figures import Figure
from backend.studies.separable.figures import linear, networks

FIGURES: tuple[Figure, ...] = (*linear.FIGURES, *networks.FIGURES)
