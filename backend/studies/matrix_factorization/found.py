"""What the matrix factorization study's figures and findings look at."""

from backend.studies.kit.found import Found
from backend.studies.matrix_factorization.facts import MatrixFactorizationFacts
from backend.studies.matrix_factorization.params import MatrixFactorizationParams

Factored = Found[MatrixFactorizationParams, MatrixFactorizationFacts]
