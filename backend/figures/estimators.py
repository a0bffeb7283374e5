"""Two estimators of the same scores."""

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from backend.figures.cells import cells
from backend.figures.panels import Panels
from backend.figures.style import COLORS, NEUTRAL, SERIES, blank, summarize

Floats = npt.NDArray[np.float64]

CELLS = 50


def calibration(bins: npt.NDArray[np.floating], title: str) -> go.Figure:
    """Draw (2, 3, B): with and without the examples, mean z of a bin, its counted share, and the curve's."""
    panels = Panels(["models that had the examples", "models that had not"], 340)
    x = {"title": {"text": "margin: mean over deviation"}}
    y = {"title": {"text": "share of right answers"}, "range": [-0.03, 1.03], "tickformat": ".0%"}
    figure = blank(title, f"calibration-{title}", **panels.layout([x], [[y]]))
    worst = []
    for column, (color, (z, counted, curve)) in enumerate(
        zip((COLORS["in_accuracy"], COLORS["heldout_accuracy"]), bins, strict=True)
    ):
        axes = panels.at(0, column)
        figure.add_scatter(
            x=z,
            y=curve,
            mode="lines",
            line={"color": NEUTRAL, "width": 1.5},
            name="told by margins",
            showlegend=column == 0,
            hovertemplate="%{y:.1%} told by margins<extra></extra>",
            **axes,
        )
        figure.add_scatter(
            x=z,
            y=counted,
            mode="markers",
            marker={"color": color, "size": 7},
            name=f"counted, {panels.titles[column].removeprefix('models that ')}",
            hovertemplate="%{y:.1%} counted<extra></extra>",
            **axes,
        )
        worst.append(float(np.nanmax(np.abs(counted - curve))))
    summarize(
        figure,
        f"Counted shares lie at most {worst[0]:.1%} off the curve with the examples, {worst[1]:.1%} without.",
    )
    return figure


def disagreement(
    counted: Floats,
    estimated: Floats,
    shown: npt.NDArray[np.intp],
    farthest: npt.NDArray[np.intp],
    title: str,
) -> go.Figure:
    """Draw counts of the examples `shown` by both scores (n,), and a mark for each of the `farthest`."""
    axis = {"range": [-1.02 if min(counted[shown].min(), estimated[shown].min()) < -0.3 else -0.32, 1.02]}
    figure = blank(
        title,
        f"disagreement-{title}",
        height=460,
        xaxis={"title": {"text": "score from counts"}, **axis},
        yaxis={"title": {"text": "score from margins"}, **axis},
    )
    edges = np.linspace(-1.02, 1.02, 2 * CELLS + 2)
    figure.add_trace(cells(counted[shown], estimated[shown], edges, edges, ("counts", "margins")))
    figure.add_scatter(
        x=[-1, 1],
        y=[-1, 1],
        mode="lines",
        line={"color": NEUTRAL, "width": 1, "dash": "dot"},
        name="equal",
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=counted[farthest],
        y=estimated[farthest],
        customdata=farthest.astype(np.int32),
        meta={"columns": ["example"]},
        mode="markers",
        marker={"color": SERIES[1], "size": 9, "symbol": "circle-open", "line": {"width": 2}},
        name="farthest apart",
        hovertemplate="counts %{x:.3f}<br>margins %{y:.3f}<extra>example %{customdata}</extra>",
    )
    difference = estimated[shown] - counted[shown]
    summarize(
        figure,
        f"Margins and counts differ by {np.abs(difference).mean():.3f} on average, by"
        f" {difference.mean():+.3f} with their sign; the farthest examples are"
        f" {', '.join(f'#{index}' for index in farthest[:3])}.",
    )
    return figure
