"""The long-tail study's figures."""

from backend.studies.kit.figures import Figure

FIGURES: tuple[Figure, ...] = ()
