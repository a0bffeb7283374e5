"""Which rows and columns of the scores a reader has selected."""

import numpy as np
import numpy.typing as npt

from backend.scores.scores import Scores
from backend.studies.kit.found import Selected


def selected_row(scores: Scores, selected: Selected) -> int:
    """Return the row of the asked size; without one, of the largest size that has scores."""
    if selected.size in scores.sizes:
        return scores.sizes.index(selected.size)
    return scores.sizes.index(scores.scored_sizes[-1]) if scores.scored_sizes else len(scores.sizes) - 1


def kept(scores: Scores, selected: Selected) -> npt.NDArray[np.bool_]:
    """Return which examples the filters leave, (n,)."""
    return np.ones(scores.n, np.bool_) if selected.keep is None else selected.keep
