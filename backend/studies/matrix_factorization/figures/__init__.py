"""The matrix factorization study's figures."""

from backend.studies.kit.figures import Figure
from backend.studies.matrix_factorization.figures import (
    brought,
    conjecture,
    dynamics,
    pictures,
    recovery,
    training,
)

FIGURES: tuple[Figure, ...] = (
    *recovery.COMPLETION,
    *pictures.FIGURES,
    *training.FIGURES,
    *dynamics.FIGURES,
    *conjecture.FIGURES,
    *recovery.SENSING,
    *brought.FIGURES,
)
