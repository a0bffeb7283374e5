"""Memorization beside published scores of the same examples."""

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from backend.figures.cells import cells
from backend.figures.style import COLORS, blank, summarize

Floats = npt.NDArray[np.float64]

MOST_POINTS = 2000  # more would hide each other, and take the browser a second to draw
CELLS = 25  # along published scores from 0 to 1


def published_scores(
    hardness: Floats,
    memorization: Floats,
    examples: npt.NDArray[np.int64],
    *,
    edges: Floats,
    published_name: str,
    axis: str,
    size: int,
    size_name: str,
    agreement: str,
) -> go.Figure:
    """Draw memorization over published scores, (m,) each: points up to `MOST_POINTS`, else counts in cells.

    `edges` are those of the cells along memorization; `axis` says what the published scores are, high meaning
    memorized; `agreement` is their correlation in words. Points carry their example as `customdata`.
    """
    dense = len(examples) > MOST_POINTS
    figure = blank(
        f"{published_name} and memorization at {size_name} {size:,} · {len(examples):,} examples",
        f"published-{size}-{dense}",
        xaxis={"title": {"text": axis}},
        yaxis={"title": {"text": f"memorization at {size_name} {size:,}"}},
    )
    summarize(figure, _summary(hardness, memorization, agreement, dense))
    if dense:
        across = np.arange(int(np.floor(min(hardness.min(), 0) * CELLS)), CELLS + 1) / CELLS
        figure.add_trace(cells(hardness, memorization, across, edges, ("published", "here")))
    else:
        figure.add_scatter(
            x=hardness,
            y=memorization,
            customdata=examples.astype(np.int32),
            meta={"columns": ["example"]},
            mode="markers",
            name="examples",
            marker={"color": COLORS["memorization"], "opacity": 0.5, "size": 6},
            hovertemplate="published %{x:.3f}<br>here %{y:.3f}<extra>example %{customdata}</extra>",
        )
    return figure


def _summary(hardness: Floats, memorization: Floats, agreement: str, dense: bool) -> str:
    if len(hardness) == 0:
        return "No example has both scores."
    form = "Counts of examples in cells" if dense else "A point for each example"
    middle = np.median(hardness)
    low, high = (float(np.median(memorization[half])) for half in (hardness <= middle, hardness >= middle))
    return (
        f"{form}: published scores across, memorization here upwards. {agreement} Median memorization is"
        f" {low:.2f} in the half that is easier by the published scores, and {high:.2f} in the other."
    )
