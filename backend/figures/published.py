"""Memorization beside published scores of the same examples."""

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from backend.figures.style import COLORS, blank, faded, summarize

Floats = npt.NDArray[np.float64]

MOST_POINTS = 2000  # more would hide each other, and take the browser a second to draw
CELLS = 25  # along published scores from 0 to 1
# Counts differ by orders of magnitude: every tenth of the largest one gets a shade of its own.
_SHADES = [(0, 0.15), (0.01, 0.35), (0.1, 0.65), (1, 1)]


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
        figure.add_trace(_cells(hardness, memorization, edges))
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


def _cells(hardness: Floats, memorization: Floats, y_edges: Floats) -> go.Heatmap:
    x_edges = np.arange(int(np.floor(min(hardness.min(), 0) * CELLS)), CELLS + 1) / CELLS
    counts = np.histogram2d(memorization, hardness, bins=(y_edges, x_edges))[0]
    return go.Heatmap(
        x=(x_edges[:-1] + x_edges[1:]) / 2,
        y=(y_edges[:-1] + y_edges[1:]) / 2,
        z=np.where(counts > 0, counts, np.nan),
        colorscale=[[place, faded(COLORS["memorization"], alpha)] for place, alpha in _SHADES],
        zmin=0,
        colorbar={"title": {"text": "examples"}, "thickness": 12, "outlinewidth": 0},
        hovertemplate="published about %{x:.2f}<br>here about %{y:.2f}<br>%{z:,} examples<extra></extra>",
    )


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
