"""How far scores of one half of the models agree with those of the other, within a size and over sizes."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from backend.statistics.agreement import agreement
from backend.statistics.intervals import proportion
from backend.studies.memorization.facts import Halves
from workers.studies.memorization.sums import Sums


def halves(trained: Iterable[tuple[int, Sums]]) -> tuple[Halves, ...]:
    """Compare the halves of the models of (size, sums), sizes ascending; of sizes whose models make two.

    All sizes share their subsets, and so do their first halves: one half is held against the other one of
    another size too, so that both comparisons have equally much noise.
    """
    split = [(size, *_scores(sums)) for size, sums in trained]
    known = [(size, models, scores) for size, models, scores in split if models]
    found = []
    for size, models, (first, second) in known:
        same, largest = agreement(first, second), agreement(first, known[-1][2][1])
        if same is not None and largest is not None:
            found.append(Halves(size, models, same, largest))
    return tuple(found)


def _scores(sums: Sums) -> tuple[int, npt.NDArray[np.float64]]:
    """Return how many models the smaller half has, 0 if there is none, and the scores (2, n) of both."""
    n_in, k_in, n_out, k_out = np.moveaxis(sums.parts(2), 1, 0)
    models = int((n_in + n_out)[:, 0].min())  # every model either had an example or did not
    return models, proportion(k_in, n_in) - proportion(k_out, n_out)
