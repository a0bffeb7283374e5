"""What an experiment on the law of robustness shows."""

from backend.studies.kit.figures import Figure
from backend.studies.robustness_law.figures import closed_forms, law, regimes, together

FIGURES: tuple[Figure, ...] = (*law.FIGURES, *regimes.FIGURES, *closed_forms.FIGURES, *together.FIGURES)
