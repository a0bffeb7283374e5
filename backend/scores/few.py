"""How many models it takes until scores, and numbers about all of them, say something.

A score is not worth much as long as not even the surest example could be told apart: one that every model
gets right scores 0, but its interval reaches up to z^2 / (n_out + z^2), which lies below the threshold of
what is memorized only from 12 held-out models on: 40 models in all where each holds 30 % out. Up to there
shares such as "47 % above 0.9" are mostly made by how coarse scores still are.
"""

from backend.scores.scores import Scores
from backend.statistics.intervals import THRESHOLD, newcombe

CAUTIOUS_BELOW = 50  # models of a size
CAUTION = (
    f"With fewer than {CAUTIOUS_BELOW} models of each size, 95 % intervals of scores near 1 are too narrow:"
    " at 25 models they hold the true score in 85 to 90 % of cases only."
)


def models_of(scores: Scores, row: int) -> int:
    """Return how many models there are of a size."""
    return int((scores.n_in[row] + scores.n_out[row]).max(initial=0))


def is_few(scores: Scores, row: int) -> bool:
    """Tell whether an example that every model gets right could still count as memorized, on average."""
    n_in, n_out = (float(counts[row].mean()) for counts in (scores.n_in, scores.n_out))
    _, high = newcombe(n_in, n_in, n_out, n_out)
    return not high < THRESHOLD  # without any held-out model there is no limit at all


def few_models(scores: Scores, row: int) -> int | None:
    """Return how many models there are of a size if they are too few, else None."""
    return models_of(scores, row) if is_few(scores, row) else None


def caution(models: int | None) -> str | None:
    """Return what to know of the intervals of scores of so many models of a size; None if nothing."""
    return CAUTION if models is not None and models < CAUTIOUS_BELOW else None
