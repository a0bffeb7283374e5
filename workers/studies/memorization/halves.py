"""What parts of the models tell of the same examples: how far they agree, and what changes over sizes."""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from backend.statistics.agreement import agreement
from backend.statistics.intervals import proportion
from backend.studies.memorization.facts import FIT, MOVED, Halves, Moves, SizeFacts
from workers.studies.memorization.sums import Sums

MOST_PARTS = 6  # smaller ones would count little but noise


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


def moves(trained: Sequence[tuple[SizeFacts, Sums]]) -> Moves | None:
    """Count falls and rises from the smallest to the largest size that fits; None where there are no two.

    Each part of the models is held against the same part at the other size, which has the same subsets and,
    once both are complete, as many models.
    """
    fit = [(facts.size, sums) for facts, sums in trained if facts.subset_mean >= FIT]
    if len(fit) < 2:
        return None
    (first, small), (last, large) = fit[0], fit[-1]
    fell, rose = [], []
    for before, after in zip(small.parts(MOST_PARTS), large.parts(MOST_PARTS), strict=True):
        change = _memorization(after) - _memorization(before)
        same_models = (before[[0, 2]] == after[[0, 2]]).all()  # else one has less noise than the other
        if same_models and np.isfinite(change).all():
            # Shares are multiples of fractions that binary numbers miss by a little.
            fell.append(int((change <= -MOVED + 1e-9).sum()))
            rose.append(int((change >= MOVED - 1e-9).sum()))
    return Moves(first, last, tuple(fell), tuple(rose)) if len(fell) > 1 else None


def _memorization(counts: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
    """Return the scores (n,) that counts n_in, k_in, n_out and k_out (4, n) make."""
    n_in, k_in, n_out, k_out = counts
    return proportion(k_in, n_in) - proportion(k_out, n_out)


def _scores(sums: Sums) -> tuple[int, npt.NDArray[np.float64]]:
    """Return how many models the smaller half has, 0 if there is none, and the scores (2, n) of both."""
    both = sums.parts(2)
    models = int((both[:, 0, 0] + both[:, 2, 0]).min())  # every model either had an example or did not
    return models, np.stack([_memorization(counts) for counts in both])
