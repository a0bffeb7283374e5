"""What the memorization study's figures and findings look at."""

from backend.scores.scores import Scores
from backend.studies.kit.found import Found
from backend.studies.memorization.facts import MemorizationFacts
from backend.studies.memorization.params import MemorizationParams

Memorized = Found[MemorizationParams, MemorizationFacts]


def scores_of(found: Memorized) -> Scores:
    """Return the scores; ValueError before there are any."""
    if found.results.scores is None:
        raise ValueError("there are no scores yet")
    return found.results.scores
