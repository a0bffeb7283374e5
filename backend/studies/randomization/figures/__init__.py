"""The randomization study's figures, by the part of the paper that each belongs to."""

from backend.studies.kit.figures import Figure
from backend.studies.randomization.figures import (
    bridge,
    complexity,
    corruption,
    finite_sample,
    fitting,
    linear,
    regularizers,
)

FIGURES: tuple[Figure, ...] = (
    *fitting.FIGURES,
    *corruption.FIGURES,
    *regularizers.FIGURES,
    *finite_sample.FIGURES,
    *linear.FIGURES,
    *complexity.FIGURES,
    *bridge.FIGURES,
)
