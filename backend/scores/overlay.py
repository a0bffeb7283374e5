"""An experiment's scores beside published scores of the same examples."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from backend.core.contracts import PublishedMeaning
from backend.scores import keyset
from backend.statistics.rank_correlation import relative_ranks, spearman
from backend.statistics.ranking import Estimate

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Overlay:
    """The m examples that have both scores, in the experiment's order.

    examples: (m,) indices; ours: (m,) scores of which high means memorized; published: (m,) as published.
    """

    examples: Indices
    ours: Floats
    published: Floats
    meaning: PublishedMeaning

    @classmethod
    def of(
        cls, ours: Floats, published: Floats, meaning: PublishedMeaning, keep: npt.NDArray[np.bool_]
    ) -> "Overlay":
        """Pair (n,) scores of all examples where `keep` is set and both are defined."""
        examples = np.flatnonzero(keep & np.isfinite(ours) & np.isfinite(published))
        return cls(examples, ours[examples], published[examples], meaning)

    @property
    def hardness(self) -> Floats:
        """(m,) the published scores turned so that high means memorized: 1 - C-score."""
        return 1 - self.published if self.meaning is PublishedMeaning.CONSISTENCY else self.published

    @cached_property
    def agreement(self) -> Estimate | None:
        """Spearman's rank correlation, None where it is not defined."""
        try:
            return spearman(self.ours, self.hardness)
        except ValueError:
            return None

    @cached_property
    def ranks(self) -> Floats:
        """(m,) share of the examples compared that score lower here."""
        return relative_ranks(self.ours)

    @cached_property
    def published_ranks(self) -> Floats:
        """(m,) share of the examples compared that are less hard by the published scores."""
        return relative_ranks(self.hardness)

    @cached_property
    def rank_differences(self) -> Floats:
        """(m,) from -1 to 1, positive where an example ranks higher here than by the published scores."""
        # Rounded, so that equal differences are the same number and their ties go by example.
        return np.round(self.ranks - self.published_ranks, 9)

    @cached_property
    def _ascending(self) -> Indices:
        return np.argsort(self.rank_differences, kind="stable")

    def page(self, *, descending: bool, limit: int, after: tuple[float, int] | None = None) -> Indices:
        """Return up to `limit` places in these arrays by rank difference, behind a (difference, example) key.

        Ties go by example in the same direction.
        """
        return keyset.page(
            self._ascending,
            self.rank_differences,
            self.examples,
            descending=descending,
            limit=limit,
            after=after,
        )
