"""Corrected labels: what wrong labels should be, as people suggested, in place of what they are."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backend.core.contracts import Mark
from backend.core.models import MarkChange

Labels = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Corrected:
    """Labels (n_train,) after corrections, and the marks that made a difference."""

    labels: Labels
    marks: tuple[MarkChange, ...]

    @property
    def note(self) -> str:
        """Who said so, and until when."""
        names = ", ".join(sorted({mark.by for mark in self.marks if mark.by}))
        last = f"{max(mark.created_at for mark in self.marks):%Y-%m-%d %H:%M} UTC"
        return f"{len(self.marks):,} corrected by marks until {last}{names and f', by {names}'}."


def correct(labels: Labels, marks: Sequence[MarkChange]) -> Corrected:
    """Return training labels with the suggestions of those marks that judged the very label that is there."""
    corrected, used = labels.copy(), []
    for mark in marks:
        judged = mark.picture < len(labels) and labels[mark.picture] == mark.label
        if mark.mark is Mark.WRONG_LABEL and mark.suggested_label is not None and judged:
            corrected[mark.picture] = mark.suggested_label
            used.append(mark)
    return Corrected(corrected, tuple(used))
