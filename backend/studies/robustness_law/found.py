"""What the figures and findings of the law of robustness look at."""

from backend.studies.kit.found import Found
from backend.studies.robustness_law.facts import RobustnessFacts
from backend.studies.robustness_law.params import RobustnessParams

Lawful = Found[RobustnessParams, RobustnessFacts]
