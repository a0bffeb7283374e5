"""Given labels against what held-out models answer: how many examples, for every pair."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from backend.figures.style import COLORS, blank, faded, summarize

PRINTED = 20  # classes up to which every cell has room for its count
SHADES = 12


def label_matrix(counts: npt.NDArray[np.int64], classes: Sequence[str], title: str) -> go.Figure:
    """Draw counts (labels, answers) as shades, on a logarithmic scale: most examples lie on the diagonal."""
    names = list(classes)
    figure = blank(
        title,
        "label-matrix",
        height=max(320, 60 + 22 * min(len(classes), 40)),
        xaxis={"title": {"text": "held-out answer"}, "type": "category"},
        yaxis={"title": {"text": "label"}, "type": "category", "autorange": "reversed"},
    )
    figure.add_heatmap(
        x=names,
        y=names,
        z=counts,
        zmin=0,
        zmax=max(int(counts.max(initial=0)), 1),
        colorscale=_shades(max(int(counts.max(initial=0)), 2)),
        showscale=False,
        xgap=1,
        ygap=1,
        texttemplate="%{z:,}" if len(classes) <= PRINTED else None,
        name="examples",
        hovertemplate="label %{y}, answer %{x}<br>%{z:,} examples<extra></extra>",
    )
    apart = int(counts.sum() - np.trace(counts))
    summarize(figure, f"{title}. Of {int(counts.sum()):,} examples {apart:,} are answered otherwise.")
    return figure


def _shades(top: int) -> list[tuple[float, str]]:
    """Return a scale of colors from 0 to `top` whose shades go by the logarithm of the count."""
    steps = np.linspace(0, 1, SHADES)
    marks = [
        (float(top**step / top), faded(COLORS["heldout_accuracy"], 0.15 + 0.85 * step)) for step in steps
    ]
    least = marks[0][0]
    return [
        (0.0, faded(COLORS["heldout_accuracy"], 0)),
        (least / 2, faded(COLORS["heldout_accuracy"], 0)),
        *marks,
    ]
