"""Accuracies over model size and over epochs, beside mean memorization."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from backend.figures.style import COLORS, SYMBOLS, band, blank, dress, plain, size_axis, summarize

COLUMNS = 4
UNIT_RANGE = [-0.03, 1.03]


@dataclass(frozen=True)
class Line:
    """One quantity along x: mean and standard deviation over models; `role` is a name in `COLORS`."""

    name: str
    role: str
    mean: Sequence[float]
    sd: Sequence[float]


def overview(
    sizes: tuple[int, ...], models: Sequence[int], lines: Sequence[Line], size_name: str
) -> go.Figure:
    """Draw accuracies and mean memorization over model size; bars are one standard deviation over models.

    `models` says how many there are of each size.
    """
    each = " to ".join(f"{n:,}" for n in sorted({min(models, default=0), max(models, default=0)}))
    figure = blank(
        f"Accuracy and memorization over model size · ± 1 standard deviation over {each} models per size",
        "overview",
        xaxis=size_axis(size_name, sizes),
        yaxis={"title": {"text": "accuracy, memorization"}, "range": UNIT_RANGE},
        hovermode="x unified",
    )
    for line, symbol in zip(lines, SYMBOLS, strict=False):
        figure.add_scatter(
            x=list(sizes),
            y=list(line.mean),
            error_y={"type": "data", "array": list(line.sd), "thickness": 1, "width": 3},
            customdata=list(line.sd),
            mode="lines+markers",
            name=line.name,
            line={"color": COLORS[line.role], "width": 2},
            marker={"symbol": symbol, "size": 8},
            hovertemplate="%{y:.3f} ± %{customdata:.3f}",
        )
    if sizes:
        ends = ", ".join(f"{line.name} {line.mean[0]:.2f} to {line.mean[-1]:.2f}" for line in lines)
        summarize(figure, f"From {size_name} {sizes[0]:,} to {sizes[-1]:,}, over {each} models each: {ends}.")
    return figure


def learning_curve(epochs: Sequence[int], lines: Sequence[Line], title: str, revision: str) -> go.Figure:
    """Draw one size's accuracies over epochs; bands are one standard deviation over models."""
    figure = blank(
        f"{title} · bands: ± 1 standard deviation over models",
        revision,
        xaxis={"title": {"text": "epoch"}},
        yaxis={"title": {"text": "accuracy"}, "range": UNIT_RANGE},
        hovermode="x unified",
    )
    figure.add_traces(_curve_traces(epochs, lines, legend=True))
    summarize(figure, f"{title}, {_ends(epochs, lines)}.")
    return figure


def learning_curve_grid(panels: Sequence[tuple[str, Sequence[int], Sequence[Line]]], title: str) -> go.Figure:
    """Draw a small learning curve per panel (title, epochs, lines), on shared axes."""
    columns = max(min(COLUMNS, len(panels)), 1)
    rows = max(-(-len(panels) // columns), 1)
    figure = make_subplots(
        rows,
        columns,
        shared_xaxes="all",
        shared_yaxes="all",
        subplot_titles=[name for name, _, _ in panels],
        x_title="epoch",
        y_title="accuracy",
        vertical_spacing=0.2 / rows,
        horizontal_spacing=0.03,
    )
    for number, (_, epochs, lines) in enumerate(panels):
        traces = _curve_traces(epochs, lines, legend=number == 0)
        figure.add_traces(traces, rows=number // columns + 1, cols=number % columns + 1)
    dress(
        figure,
        f"{title} · bands: ± 1 standard deviation over models",
        "curves",
        margin={"l": 68, "r": 16, "t": 96, "b": 64},
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1.08, "yanchor": "bottom"},
    )
    figure.update_yaxes(range=UNIT_RANGE)
    figure.update_annotations(font={"size": 12})
    shown = panels if len(panels) < 3 else (panels[0], panels[-1])
    ends = [f"{plain(name)}, {_ends(epochs, lines)}" for name, epochs, lines in shown]
    summarize(figure, f"{len(panels)} sizes. {'; '.join(ends)}.")
    return figure


def _ends(epochs: Sequence[int], lines: Sequence[Line]) -> str:
    """Return what the curves reach in the end, in words."""
    values = ", ".join(f"{line.name} {line.mean[-1]:.2f}" for line in lines)
    return f"after {epochs[-1]} epochs: {values}"


def _curve_traces(epochs: Sequence[int], lines: Sequence[Line], *, legend: bool) -> list[go.Scatter]:
    traces = []
    for line, symbol in zip(lines, SYMBOLS, strict=False):
        color = COLORS[line.role]
        low = [mean - sd for mean, sd in zip(line.mean, line.sd, strict=True)]
        high = [mean + sd for mean, sd in zip(line.mean, line.sd, strict=True)]
        traces.append(band([float(e) for e in epochs], low, high, color, line.name))
        traces.append(
            go.Scatter(
                x=list(epochs),
                y=list(line.mean),
                customdata=list(line.sd),
                mode="lines+markers",
                name=line.name,
                legendgroup=line.name,
                showlegend=legend,
                line={"color": color, "width": 2},
                marker={"symbol": symbol, "size": 6},
                meta={"columns": ["standard deviation"]},
                hovertemplate="%{y:.3f} ± %{customdata:.3f}",
            )
        )
    return traces
