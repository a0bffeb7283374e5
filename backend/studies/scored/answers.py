"""What held-out models answer, label by label."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from backend.figures.label_matrix import label_matrix
from backend.studies.kit.figures import figure
from backend.studies.kit.found import Found
from backend.studies.scored.rows import kept, selected_row


@figure(
    "Labels and held-out answers",
    "How many examples of a label most held-out models give an answer, at one size. A click opens a cell.",
)
def answers(found: Found[Any, Any]) -> go.Figure | None:
    """Count the examples that filters leave by label and by what most held-out models say."""
    scores = found.results.scores
    if scores is None:
        return None
    row = selected_row(scores, found.selected)
    said = scores.answers.first(row, scores.n)
    shown = kept(scores, found.selected) & (said >= 0)
    n = max(len(found.classes), int(scores.labels.max(initial=0)) + 1, int(said.max(initial=0)) + 1)
    counts = np.zeros((n, n), np.int64)
    np.add.at(counts, (scores.labels[shown], said[shown]), 1)
    names = [*found.classes, *map(str, range(len(found.classes), n))]
    title = f"Labels and held-out answers at {found.size_name} {scores.sizes[row]:,}"
    return label_matrix(counts, names, title)
