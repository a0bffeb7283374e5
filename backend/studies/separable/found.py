"""What the separable study's figures and findings look at."""

from backend.studies.kit.found import Found
from backend.studies.separable.facts import SeparableFacts
from backend.studies.separable.params import SeparableParams

Separated = Found[SeparableParams, SeparableFacts]
