"""The matrix factorization study's laboratories."""

from backend.studies.kit.labs import Lab
from backend.studies.matrix_factorization.labs import commuting, growth

LABS: tuple[Lab, ...] = (growth.LAB, commuting.LAB)
