"""Further numbers of every example beside its scores; only the study that declares them knows their names."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backend.scores.scores import Scores

KEY = "[a-z][a-z0-9_]{0,39}"

Values = npt.NDArray[np.floating]


@dataclass(frozen=True)
class Column:
    """A number of every example at every size: to sort and filter by, on the example's page, and in files.

    `key` names it in addresses and files, `title` and `description` on pages. Values lie between `low` and
    `high`. `of` computes them, (S, n), or None where the scores lack what it takes; without it they are kept
    in the results under the key. ValueError for a key that cannot stand in an address.
    """

    key: str
    title: str
    description: str
    low: float = 0.0
    high: float = 1.0
    of: Callable[[Scores], Values | None] | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(KEY, self.key):
            raise ValueError(f"the key of a column must match {KEY}, got {self.key!r}")

    def values(self, scores: Scores, kept: Mapping[str, Values]) -> Values | None:
        """Return its values (S, n), NaN where undefined; None of results that have none."""
        return kept.get(self.key) if self.of is None else self.of(scores)
