"""Figures of the information-plane study, in the order of its page."""

from backend.studies.information_plane.figures import outcomes, plane, training
from backend.studies.kit.figures import Figure

FIGURES: tuple[Figure, ...] = (*plane.FIGURES, *outcomes.FIGURES, *training.FIGURES)
