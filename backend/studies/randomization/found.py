"""What the randomization study's figures and findings look at."""

from backend.studies.kit.found import Found
from backend.studies.randomization.facts import RandomizationFacts
from backend.studies.randomization.params import RandomizationParams

Randomized = Found[RandomizationParams, RandomizationFacts]
