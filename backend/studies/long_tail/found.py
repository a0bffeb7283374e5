"""What the long-tail study's figures and findings look at."""

from backend.studies.kit.found import Found
from backend.studies.long_tail.facts import LongTailFacts
from backend.studies.long_tail.params import LongTailParams

Sampled = Found[LongTailParams, LongTailFacts]
