"""A few examples that tell what a memorization score means, chosen by rule so that nobody picks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from backend.scores.table import ScoreTable

Kind = Literal["ordinary", "memorized", "mislabeled", "between", "missed"]
KINDS: tuple[Kind, ...] = get_args(Kind)

MISSED_BELOW = 0.5  # of the models that had it are right about an example that counts as missed
BETWEEN = (0.3, 0.7)  # scores that are neither near 0 nor near 1

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Story:
    """An example at one size, as a row of the table, and what it stands for."""

    kind: Kind
    row: int
    example: int


def stories(table: ScoreTable) -> list[Story]:
    """Choose an example of every kind that there is, in the order in which they are best told.

    All at the largest size that has scores, but for one that models miss although they had it: larger models
    often miss none, so it is looked for from the largest size down. Among equals the first example counts.
    """
    largest = table.scored_rows[-1]
    found: list[Story] = []
    for kind in KINDS:
        rows = table.scored_rows[::-1] if kind == "missed" else [largest]
        taken = {story.example for story in found}
        story = next((story for row in rows if (story := _best(table, kind, row, taken)) is not None), None)
        found += [] if story is None else [story]
    return found


def _best(table: ScoreTable, kind: Kind, row: int, taken: set[int]) -> Story | None:
    scores = table.scores
    fit = _FITS[kind](scores.memorization[row], scores.in_accuracy[row], scores.heldout_accuracy[row])
    fit = np.where(scores.flipped == (kind == "mislabeled"), fit, np.nan)
    fit[list(taken)] = np.nan
    return Story(kind, row, int(np.nanargmax(fit))) if np.isfinite(fit).any() else None


def _ordinary(_score: Floats, having: Floats, without: Floats) -> Floats:
    return having + without


def _memorized(score: Floats, _having: Floats, _without: Floats) -> Floats:
    return score


def _between(score: Floats, _having: Floats, _without: Floats) -> Floats:
    low, high = BETWEEN
    return np.where((score >= low) & (score <= high), -np.abs(score - (low + high) / 2), np.nan)


def _missed(_score: Floats, having: Floats, without: Floats) -> Floats:
    return np.where(having < MISSED_BELOW, -having - without, np.nan)


# How well an example fits, from its score and the shares of right answers with and without it; NaN: not.
_FITS: dict[Kind, Callable[[Floats, Floats, Floats], Floats]] = {
    "ordinary": _ordinary,
    "memorized": _memorized,
    "mislabeled": _memorized,
    "between": _between,
    "missed": _missed,
}
