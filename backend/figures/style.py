"""The look all figures share: one meaning per color everywhere, and nothing that depends on the page's theme.

Backgrounds are transparent and no font or grid color is set; the browser sets those from its theme.

The page also tells every figure in words (`summarize`) and writes its data as a table. Traces with
`hoverinfo="skip"` are bands and guides, which that table leaves out; a trace names its columns of
`customdata` in `meta`, as in `meta={"columns": ["example", "low", "high"]}`, else they stay out too.
A layout with `meta={"least_width": 700}` scrolls sideways on a page that is narrower than so many pixels.
"""

import re
from typing import Any

import plotly.graph_objects as go

# Okabe & Ito's palette, which stays apart under color blindness and reads on light and dark pages.
COLORS = {
    "in_accuracy": "#0072B2",
    "heldout_accuracy": "#56B4E9",
    "test_accuracy": "#009E73",
    "memorization": "#D55E00",
    "memorized": "#E69F00",
    "not_memorized": "#8C7AE6",
    "undecided": "#999999",
    "flipped": "#CC79A7",
    # Two experiments side by side, and what is higher in either; olive and plum of equal lightness.
    "compared_a": "#6B7B00",
    "compared_b": "#A8509A",
}
TRAJECTORY_COLORS = {
    "constant": "#219BC5",
    "increasing": "#C92D00",
    "decreasing": "#0666EE",
    "cap-shaped": "#B58F0F",
    "u-shaped": "#6D62AA",
    "unresolved": "#7E6467",
}
# For what is only to be told apart: five of Tol's light palette and a brown; lines get a marker symbol too.
SERIES = ("#77AADD", "#EE8866", "#44BB99", "#BBCC33", "#AA4499", "#8A5A2B")
# Trained networks, and what they are trained on: two palettes, so that neither is taken for the other.
NETWORK_COLORS = ("#4A9B95", "#5659E4", "#B07A00", "#C52F5F", "#8F7EBE")
DATA_COLORS = ("#3571C0", "#B98B04", "#CA2C26", "#1EA783", "#9D69FD", "#B65454")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "star", "cross", "triangle-down")
NEUTRAL = COLORS["undecided"]


def blank(title: str, revision: str, **layout: Any) -> go.Figure:
    """Return an empty figure in the shared look.

    While `revision` stays the same, a redraw with new data keeps the reader's zoom and selection.
    """
    # At once: every later update of a layout costs milliseconds.
    return go.Figure(layout=_look(title, revision, layout))


def nothing(text: str) -> go.Figure:
    """Return a figure without axes that says why there is nothing to draw, such as "No results yet"."""
    figure = blank(
        text,
        "empty",
        xaxis={"visible": False},
        yaxis={"visible": False},
        annotations=[
            {"text": text, "showarrow": False, "xref": "paper", "yref": "paper", "x": 0.5, "y": 0.5}
        ],
    )
    summarize(figure, f"{text}.")
    return figure


def dress(figure: go.Figure, title: str, revision: str, **layout: Any) -> None:
    """Give a figure the shared look."""
    figure.update_layout(_look(title, revision, layout))


def _look(title: str, revision: str, layout: dict[str, Any]) -> dict[str, Any]:
    """Return the layout of the shared look, with `layout` over it."""
    look: dict[str, Any] = {
        "template": go.layout.Template(),  # an empty one: plotly's own would bring colors for a light page
        "title": {"text": title, "x": 0, "xref": "paper", "font": {"size": 15}},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 60, "r": 16, "t": 64, "b": 52},
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
        "hoverlabel": {"align": "left"},
        "uirevision": revision,
        "selectionrevision": revision,
    }
    for name, value in layout.items():
        both = isinstance(value, dict) and isinstance(look.get(name), dict)
        look[name] = look[name] | value if both else value
    return look


def summarize(figure: go.Figure, summary: str) -> None:
    """Say in one or two plain sentences, with the numbers that matter, what the figure shows."""
    figure.layout.meta = {**(figure.layout.meta or {}), "summary": summary}


def plain(text: str) -> str:
    """Return a text of a figure without the little HTML that plotly.js reads."""
    return re.sub("<[^>]*>", "", text)


def faded(color: str, alpha: float = 0.18) -> str:
    """Return a color such as "#0072B2" with that opacity, for bands."""
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"


def band(x: list[float], low: list[float], high: list[float], color: str, group: str) -> go.Scatter:
    """Return a filled band between two curves, which the legend entry `group` shows and hides."""
    return go.Scatter(
        x=[*x, *reversed(x)],
        y=[*high, *reversed(low)],
        fill="toself",
        fillcolor=faded(color),
        line={"width": 0},
        mode="lines",
        hoverinfo="skip",
        showlegend=False,
        legendgroup=group,
    )


def score_axis(lowest: float) -> dict[str, Any]:
    """Return an axis for scores from -0.35 to 1, or from the lowest one drawn if that lies below."""
    return {"title": {"text": "memorization score"}, "range": [min(-0.35, lowest - 0.05), 1.05]}


def size_axis(size_name: str, sizes: tuple[int, ...]) -> dict[str, Any]:
    """Return a logarithmic axis with one tick per model size."""
    return {
        "type": "log",
        "title": {"text": f"model size ({size_name})"},
        "tickvals": list(sizes),
        "ticktext": [f"{size:,}" for size in sizes],
    }
