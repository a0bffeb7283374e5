"""Pairs of a memorized training example and a test example of its class that it helps."""

import numpy as np

from backend.datasets.examples import Examples
from backend.scores.scores import Scores
from backend.statistics.intervals import newcombe, proportion
from backend.studies.kit.results import Influence
from backend.studies.memorization.facts import HELPED, INFLUENCE_EDGES, MEMORIZED, Pairs


def pairs(scores: Scores, influence: Influence, examples: Examples) -> tuple[Pairs, ...]:
    """Count the pairs at every size that has scores, among the test examples that each one helps most."""
    found = []
    for row, size in enumerate(scores.sizes):
        memorized = np.flatnonzero(scores.memorization[row] >= MEMORIZED)
        if size not in scores.scored_sizes:
            continue
        n_in, n_out = (counts[row, memorized, None] for counts in (scores.n_in, scores.n_out))
        partners, k_in, k_out = (
            array[row, memorized] for array in (influence.partners, influence.k_in, influence.k_out)
        )
        values = proportion(k_in, n_in) - proportion(k_out, n_out)
        # Bonferroni's, over all pairs that were looked at to find these.
        looked_at = max(len(memorized) * examples.n_test, 1)
        low, _ = newcombe(k_in, n_in, k_out, n_out, confidence=1 - 0.05 / looked_at)
        same = examples.labels[partners] == scores.labels[memorized, None]
        helped = same & (values >= HELPED) & (low > 0)
        tests, times = np.unique(partners[helped], return_counts=True)
        counts = np.histogram(values[helped], INFLUENCE_EDGES)[0]
        found.append(
            Pairs(
                size=size,
                influence=tuple(counts.tolist()),
                tests=len(tests),
                single=int((times == 1).sum()),
                trains=int(helped.any(axis=1).sum()),
                n_test=examples.n_test,
            )
        )
    return tuple(found)
