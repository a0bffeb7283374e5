"""Counts pairs of a memorized training example and a test example of its class that it helps."""

import numpy as np

from backend.datasets.examples import Examples
from backend.datasets.lookalikes import Lookalikes
from backend.scores.helping import helping, looked_at
from backend.scores.scores import Scores
from backend.statistics.influence import told_from_chance
from backend.studies.kit.results import Influence
from backend.studies.memorization.facts import INFLUENCE_EDGES, Pairs


def pairs(
    scores: Scores, influence: Influence, near: Lookalikes | None, examples: Examples
) -> tuple[Pairs, ...]:
    """Count the pairs at every size with influence, among the test examples that each one helps most."""
    found = []
    for row, size in enumerate(scores.sizes):
        helps = influence.helps_test[row]
        if not helps.known:
            continue
        test = examples.labels[examples.n_train :]
        memorized = helping(scores.memorization[row], scores.labels, helps, test)
        paired = memorized.pairs
        values, partners = memorized.partners.influence[paired], memorized.partners.indices[paired]
        trains = np.broadcast_to(memorized.trains[:, None], paired.shape)[paired]
        tests, times = np.unique(partners, return_counts=True)
        alike = (
            None if near is None else np.histogram(values[near.near(trains, partners)], INFLUENCE_EDGES)[0]
        )
        n_in, n_out = (float(counts.max(axis=1).mean()) for counts in (helps.n_in, helps.n_out))
        found.append(
            Pairs(
                size=size,
                influence=tuple(np.histogram(values, INFLUENCE_EDGES)[0].tolist()),
                tests=len(tests),
                single=int((times == 1).sum()),
                trains=len(np.unique(trains)),
                n_test=examples.n_test,
                least=told_from_chance(n_in, n_out, looked_at(len(memorized.trains), examples.n_test)),
                alike=None if alike is None else tuple(alike.tolist()),
            )
        )
    return tuple(found)
