"""How well an experiment's scores are known, and what more models would bring."""

from collections.abc import Sequence

import plotly.graph_objects as go

from backend.figures import convergence as drawing
from backend.scores.few import models_of
from backend.scores.scores import Scores
from backend.statistics.precision import KNOWN, KNOWN_SHARE, SETTLED_SHARE, precision, projected
from backend.studies.kit.figures import figure
from backend.studies.memorization.found import Memorized
from backend.studies.memorization.params import MemorizationParams
from backend.studies.scored.estimators import SECTION

NUMBERS = (25, 50, 100, 200, 400, 800, 1600, 3200)  # of models per size


@figure(
    "How well scores are known over the number of models",
    f"Shares of the examples known to ± {KNOWN} and with a settled verdict, at the size where they are least."
    " Beyond the models there are, it is what to expect if shares of right answers stay what they are."
    f" Dotted: {KNOWN_SHARE:.0%} and {SETTLED_SHARE:.0%}.",
    section=SECTION,
)
def convergence(found: Memorized) -> go.Figure | None:
    """Draw both shares, measured now and projected to more and fewer models."""
    scores = found.results.scores
    if scores is None or not scores.scored_sizes:
        return None
    now = _fewest(scores)
    numbers = sorted({*NUMBERS, now})
    expected = _least(scores, numbers, found.params.confidence)
    known, settled = zip(*expected, strict=True)
    needed = (
        _needed(f"{KNOWN_SHARE:.0%} of the examples known to ± {KNOWN}", numbers, known, KNOWN_SHARE, now),
        _needed(f"{SETTLED_SHARE:.0%} of the verdicts settled", numbers, settled, SETTLED_SHARE, now),
    )
    lines = [
        (f"known to ± {KNOWN}", known, KNOWN_SHARE),
        ("verdict settled", settled, SETTLED_SHARE),
    ]
    return drawing.convergence(numbers, lines, now, needed)


def gains(scores: Scores, child: MemorizationParams) -> tuple[str, ...]:
    """Say what a child experiment with more models would bring, in sentences."""
    now = _fewest(scores)
    rows = _scored(scores)
    before = precision(scores.low[rows], scores.high[rows])
    ((then_known, then_settled),) = _least(scores, [child.models], child.confidence)
    known, settled = before.known.min(), before.settled.min()
    return (
        f"{child.models:,} models per size instead of {now:,}, at the size where scores are known least:",
        f"known to ± {KNOWN}: {known:.0%} of the examples now, about {then_known:.0%} then;",
        f"verdict settled: {settled:.0%} now, about {then_settled:.0%} then.",
    )


def _fewest(scores: Scores) -> int:
    """Return how many models the size with fewest of those that have scores has."""
    return min(models_of(scores, row) for row in _scored(scores))


def _scored(scores: Scores) -> list[int]:
    return [scores.sizes.index(size) for size in scores.scored_sizes]


def _least(scores: Scores, numbers: Sequence[int], confidence: float) -> list[tuple[float, float]]:
    """Return the shares known and settled to expect of each number of models, at the size with fewest."""
    rows = _scored(scores)
    counts = [array[rows] for array in (scores.n_in, scores.k_in, scores.n_out, scores.k_out)]
    expected = projected(counts, [number / _fewest(scores) for number in numbers], confidence)
    return [(float(each.known.min()), float(each.settled.min())) for each in expected]


def _needed(what: str, numbers: Sequence[int], shares: Sequence[float], target: float, now: int) -> str:
    enough = [number for number, share in zip(numbers, shares, strict=True) if share >= target]
    if not enough:
        return f"{what.capitalize()}: not to expect from {numbers[-1]:,} models per size."
    if enough[0] <= now:
        return f"{what.capitalize()}: reached."
    return f"{what.capitalize()}: about {enough[0]:,} models per size."
