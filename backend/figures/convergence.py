"""How well scores are known over the number of models: now, and to expect of more."""

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from backend.figures.style import COLORS, NEUTRAL, SERIES, blank, summarize


def convergence(
    models: Sequence[int],
    lines: Sequence[tuple[str, Sequence[float], float]],
    now: int,
    needed: Sequence[str],
) -> go.Figure:
    """Draw shares over the number of models per size, each with the share that is aimed at, dotted.

    lines: name, share at each number, target. `now` is how many models there are; `needed` says in sentences
    what is still missing.
    """
    figure = blank(
        "<br>".join(needed),
        f"convergence-{now}",
        margin={"b": 100},
        xaxis={
            "title": {"text": "<br>".join(["models per size", *needed])},
            "type": "log",
            "tickvals": list(models),
        },
        yaxis={"title": {"text": "share of examples"}, "range": [-0.03, 1.03], "tickformat": ".0%"},
        hovermode="x unified",
        shapes=[
            {
                "type": "line",
                "x0": now,
                "x1": now,
                "yref": "paper",
                "y0": 0,
                "y1": 1,
                "line": {"color": NEUTRAL, "width": 1.5},
            }
        ],
        annotations=[
            {
                # A logarithmic axis takes annotations by exponent, shapes by value.
                "x": math.log10(now),
                "xref": "x",
                "y": 1,
                "yref": "paper",
                "yanchor": "bottom",
                "text": f"now: {now:,}",
                "showarrow": False,
            }
        ],
    )
    for (name, shares, target), color in zip(lines, (COLORS["memorization"], SERIES[0]), strict=True):
        figure.add_scatter(
            x=list(models),
            y=list(shares),
            mode="lines+markers",
            name=name,
            line={"color": color, "width": 2},
            hovertemplate="%{y:.1%}",
        )
        figure.add_scatter(
            x=[models[0], models[-1]],
            y=[target, target],
            mode="lines",
            line={"color": color, "width": 1, "dash": "dot"},
            showlegend=False,
            hoverinfo="skip",
        )
    summarize(figure, " ".join(needed))
    return figure
