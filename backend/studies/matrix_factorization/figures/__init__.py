"""The matrix factorization study's figures."""

from backend.studies.kit.figures import Figure
from backend.studies.matrix_factorization.figures import brought, recovery

FIGURES: tuple[Figure, ...] = (*recovery.COMPLETION, *recovery.SENSING, *brought.FIGURES)
