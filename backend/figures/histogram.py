"""Histograms of memorization scores, and the counts they share with the API."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from backend.figures.style import COLORS, blank, dress

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
COLUMNS = 4


@dataclass(frozen=True)
class Histogram:
    """Counts of the defined scores between consecutive edges, and the shares at both ends.

    A score on an inner edge belongs to the bin above it; the last bin has both its edges. Shares are None
    without any score.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    n: int
    undefined: int
    below_01: float | None
    above_09: float | None


def bin_edges(values: Floats, bins: int) -> Floats:
    """Return the edges of `bins` equal bins from 0 to 1, and as many more below 0 as negative scores need.

    So 0 is always an edge and all bins have the same width, 1 / bins. NaN are ignored.
    """
    lowest = min(np.nanmin(values), 0.0) if np.isfinite(values).any() else 0.0
    # Division rounds correctly: the edge 3 / 20 is the same number as a filter's 0.15.
    return np.arange(int(np.floor(lowest * bins)), bins + 1) / bins


def histogram_counts(values: Floats, bins: int) -> Histogram:
    """Count (n,) scores within -1 and 1 in the bins of `bin_edges`; NaN are scores not defined yet."""
    edges = bin_edges(values, bins)
    defined = values[np.isfinite(values)]
    counts = np.histogram(defined, edges)[0]
    return Histogram(
        edges=tuple(edges.tolist()),
        counts=tuple(counts.tolist()),
        n=len(defined),
        undefined=len(values) - len(defined),
        below_01=float((defined < 0.1).mean()) if len(defined) else None,
        above_09=float((defined > 0.9).mean()) if len(defined) else None,
    )


def histogram(
    values: Floats, flipped: Mask, keep: Mask, bins: int, *, size: int, size_name: str
) -> go.Figure:
    """Draw one size's scores (n,), flipped labels on top of clean ones; dragging selects a range of scores.

    `keep` (n,) says which examples the filters leave. Bars carry their bin's number as `customdata`.
    """
    edges = bin_edges(values, bins)
    shown = keep & np.isfinite(values)
    title = f"Memorization at {size_name} {size:,} · {shown.sum():,} of {len(values):,} examples"
    figure = blank(
        title,
        f"histogram-{size}-{bins}",
        barmode="stack",
        dragmode="select",
        selectdirection="h",
        xaxis={"title": {"text": "memorization score"}, "range": [float(edges[0]) - 0.02, 1.02]},
        yaxis={"title": {"text": "examples"}},
    )
    figure.add_traces(_bars(values, flipped, shown, edges, share=False))
    return figure


def histogram_grid(
    values: Floats, flipped: Mask, keep: Mask, bins: int, *, sizes: tuple[int, ...], size_name: str
) -> go.Figure:
    """Draw a small histogram of scores (S, n) per size, on shared axes, with the shares at both ends."""
    edges = bin_edges(values, bins)
    columns = min(COLUMNS, len(sizes))
    rows = -(-len(sizes) // columns)
    figure = make_subplots(
        rows,
        columns,
        shared_xaxes="all",
        shared_yaxes="all",
        subplot_titles=[_panel_title(v[keep], size_name, s) for v, s in zip(values, sizes, strict=True)],
        x_title="memorization score",
        y_title="share of examples",
        vertical_spacing=0.3 / rows,
        horizontal_spacing=0.03,
    )
    for panel, scores in enumerate(values):
        place = {"rows": panel // columns + 1, "cols": panel % columns + 1}
        for bars in _bars(scores, flipped, keep & np.isfinite(scores), edges, share=True):
            bars.showlegend = panel == 0 and bars.showlegend
            figure.add_traces([bars], **place)
    dress(
        figure,
        f"Memorization by {size_name} · {keep.sum():,} of {len(keep):,} examples",
        f"histograms-{bins}",
        barmode="stack",
        margin={"l": 68, "r": 16, "t": 96, "b": 64},
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1.12, "yanchor": "bottom"},
    )
    figure.update_yaxes(tickformat=".0%")
    figure.update_annotations(font={"size": 12})
    return figure


def _panel_title(values: Floats, size_name: str, size: int) -> str:
    found = histogram_counts(values, 10)
    if found.below_01 is None or found.above_09 is None:
        return f"<b>{size_name} {size:,}</b><br>no scores yet"
    return f"<b>{size_name} {size:,}</b><br>{found.below_01:.1%} below 0.1 · {found.above_09:.1%} above 0.9"


def _bars(values: Floats, flipped: Mask, shown: Mask, edges: Floats, *, share: bool) -> list[go.Bar]:
    """Return the stacked bars of clean and, if there are any, flipped labels."""
    groups = [("clean labels", "memorization", shown & ~flipped)]
    if flipped.any():
        groups.append(("flipped labels", "flipped", shown & flipped))
    scale = 1 / max(int(shown.sum()), 1) if share else 1
    ranges = [f"score {low:.2f} to {high:.2f}" for low, high in pairwise(edges)]
    height = "%{y:.1%}" if share else "%{y:,} examples"
    return [
        go.Bar(
            x=(edges[:-1] + edges[1:]) / 2,
            y=np.histogram(values[chosen], edges)[0] * scale,
            width=np.diff(edges) * 0.94,
            customdata=np.arange(len(edges) - 1, dtype=np.int32),
            hovertext=ranges,
            hovertemplate="%{hovertext}<br>" + height + f"<extra>{name}</extra>",
            name=name,
            legendgroup=name,
            showlegend=len(groups) > 1,
            marker={"color": COLORS[role]},
        )
        for name, role, chosen in groups
    ]
