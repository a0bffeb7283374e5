"""The long-tail study's figures."""

from backend.studies.kit.figures import Figure
from backend.studies.long_tail.figures import bridge, mixture, numbers, samples

FIGURES: tuple[Figure, ...] = (
    *numbers.FIGURES,
    *samples.FIGURES,
    *mixture.FIGURES,
    *bridge.FIGURES,
)
