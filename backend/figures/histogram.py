"""Histograms of memorization scores: one size in full, or a small one per size."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from backend.figures.style import NEUTRAL, blank, dress, summarize

Floats = npt.NDArray[np.float64]
Shares = tuple[float, float] | None  # of the scores below .1 and above .9; None without scores
COLUMNS = 4
ENDS = ("= 0", "= 1")  # how the ends' panels are named below the axis
FADED = 0.4  # bars of few models
TALLEST = 3  # an end that many times as tall as the tallest bin is cut off; its count is printed
# In small histograms: how wide the columns of exactly 0 and exactly 1 are, and how far beside the bins.
END_WIDTH, END_GAP = 0.14, 0.06
# Where the panels of exactly 0, of what lies between, and of exactly 1 stand, as shares of the width.
DOMAINS = {"xaxis2": (0.0, 0.07), "xaxis": (0.105, 0.895), "xaxis3": (0.93, 1.0)}


@dataclass(frozen=True)
class Bars:
    """One group of examples: counts (B + 2,) in the bins but for scores of exactly 0 and 1, then these."""

    name: str
    color: str
    counts: npt.NDArray[np.int64] | Floats


@dataclass(frozen=True)
class Panel:
    """One small histogram: its heading, the shares at both ends, and its groups' counts (B + 2,).

    `few` is how many models they are of, where these are too few; then it is faded.
    """

    heading: str
    shares: Shares
    groups: Sequence[Bars]
    few: int | None = None


def histogram(
    edges: Floats,
    groups: Sequence[Bars],
    noise: Floats | None,
    title: str,
    revision: str,
    *,
    shares: Shares,
    log: bool = False,
    few: bool = False,
    legend: bool = False,
) -> go.Figure:
    """Draw groups stacked in the bins of `edges` (B + 1,), and the scores of exactly 0 and 1 beside them.

    `noise` (B + 2,) is what sampling noise alone would give, drawn as a line. Both ends share the height of
    the bins; one that is much taller is cut off under its printed count. `shares` are told in words. Bars
    carry their bin's number as `customdata`, and are faded where they are of `few` models; a
    single group has a name in the legend only where it is asked for.
    """
    totals = np.sum([bars.counts for bars in groups], axis=0) if groups else np.zeros(len(edges) + 1)
    top = _top(totals, log=log)
    bounds = [f"score {low:.3g} to {high:.3g}" for low, high in pairwise(edges.tolist())]
    figure = blank(
        title,
        revision,
        barmode="stack",
        bargap=0,
        margin={"t": 84},
        legend={"y": 1.1},
        xaxis={
            "domain": DOMAINS["xaxis"],
            "title": {"text": "memorization score"},
            "range": [float(edges[0]), float(edges[-1])],
        },
        xaxis2={"domain": DOMAINS["xaxis2"], "fixedrange": True, "anchor": "y"},
        xaxis3={"domain": DOMAINS["xaxis3"], "fixedrange": True, "anchor": "y"},
        yaxis={
            "anchor": "x2",
            "title": {"text": "examples"},
            "type": "log" if log else "linear",
            "range": [np.log10(0.7), np.log10(top)] if log else [0, top],
        },
        annotations=[_count_above(place, int(totals[place - 2]), top) for place in range(2)],
    )
    figure.add_traces(
        [trace for bars in groups for trace in _traces(bars, edges, bounds, legend or len(groups) > 1)]
    )
    if few:
        figure.update_traces(marker_opacity=FADED)
    if noise is not None:
        figure.add_traces(_noise_traces(edges, noise))
    summarize(figure, _summary(totals, bounds, shares))
    return figure


def _centers(edges: Floats) -> Floats:
    """Return the middle of each bin, without what binary fractions add: files show these numbers."""
    return np.round((edges[:-1] + edges[1:]) / 2, 9)


def _count_above(place: int, count: int, top: float) -> dict[str, Any]:
    """Return the printed count above an end's panel; an arrow says that the bar is cut off."""
    return {
        "x": ENDS[place],
        "y": 1,
        "xref": ("x2", "x3")[place],
        "yref": "paper",
        "yanchor": "bottom",
        "text": f"{count:,}" + (" ↑" if count > top else ""),
        "showarrow": False,
    }


def _traces(bars: Bars, edges: Floats, bounds: Sequence[str], legend: bool) -> list[go.Bar]:
    shared = {"name": bars.name, "legendgroup": bars.name, "marker": {"color": bars.color}}
    inner = go.Bar(
        x=_centers(edges),
        y=bars.counts[:-2],
        width=np.diff(edges) * 0.94,
        customdata=np.arange(len(edges) - 1, dtype=np.int32),
        hovertext=bounds,
        hovertemplate="%{hovertext}, ends apart<br>%{y:,} examples" + f"<extra>{bars.name}</extra>",
        showlegend=legend,
        **shared,
    )
    ends = [
        go.Bar(
            x=[ENDS[place]],
            y=[bars.counts[place - 2]],
            xaxis=("x2", "x3")[place],
            hovertemplate=f"exactly {place}<br>%{{y:,}} examples" + f"<extra>{bars.name}</extra>",
            showlegend=False,
            **shared,
        )
        for place in range(2)
    ]
    return [inner, *ends]


def _summary(totals: Floats, bounds: Sequence[str], shares: Shares) -> str:
    if totals.sum() == 0:
        return "There are no scores."
    fullest = int(totals[:-2].argmax())
    return (
        f"{int(totals.sum()):,} scores: {_ends(shares)}, {int(totals[-2]):,} exactly 0, {int(totals[-1]):,}"
        f" exactly 1. The fullest bin between holds {int(totals[fullest]):,}, {bounds[fullest]}."
    )


def _top(totals: Floats, *, log: bool) -> float:
    """Return where the axis of counts ends."""
    bins, ends = float(totals[:-2].max(initial=0)), float(totals[-2:].max())
    if log:
        return max(bins, ends, 1) * 1.3
    if bins and ends > TALLEST * bins:
        return bins * 1.3
    return (max(bins, ends) or 1) * 1.08


def _noise_traces(edges: Floats, noise: Floats) -> list[go.Scatter]:
    name = "sampling noise alone"
    shared = {
        "name": name,
        "legendgroup": "noise",
        "hovertemplate": f"%{{y:,.1f}} examples to expect<extra>{name}</extra>",
    }
    line = go.Scatter(
        x=_centers(edges),
        y=noise[:-2],
        mode="lines",
        line={"color": NEUTRAL, "width": 1.5, "dash": "dot", "shape": "hvh"},
        **shared,
    )
    marks = [
        go.Scatter(
            x=[ENDS[place]],
            y=[noise[place - 2]],
            xaxis=("x2", "x3")[place],
            mode="markers",
            marker={"symbol": "line-ew-open", "size": 26, "color": NEUTRAL, "line": {"width": 2}},
            showlegend=False,
            **shared,
        )
        for place in range(2)
    ]
    return [line, *marks]


def histogram_grid(edges: Floats, panels: Sequence[Panel], title: str, revision: str) -> go.Figure:
    """Draw a small histogram per panel on shared axes, in shares, with the shares at both ends."""
    columns = min(COLUMNS, max(len(panels), 1))
    rows = max(-(-len(panels) // columns), 1)
    figure = make_subplots(
        rows,
        columns,
        shared_xaxes="all",
        shared_yaxes="all",
        subplot_titles=[f"<b>{panel.heading}</b>{_few(panel)}<br>{_ends(panel.shares)}" for panel in panels],
        x_title="memorization score",
        y_title="share of examples",
        vertical_spacing=0.3 / rows,
        horizontal_spacing=0.03,
    )
    bounds = [f"score {low:.3g} to {high:.3g}" for low, high in pairwise(edges.tolist())]
    outside = END_GAP + END_WIDTH / 2
    ends = [float(edges[0]) - outside, float(edges[-1]) + outside]
    shares = [_shares_of(panel, len(edges) + 1) for panel in panels]
    top = max((_top(of, log=False) for of in shares if of.any()), default=1.0)
    for number, (panel, of) in enumerate(zip(panels, shares, strict=True)):
        place = {"row": number // columns + 1, "col": number % columns + 1}
        total = max(int(sum(bars.counts.sum() for bars in panel.groups)), 1)
        for bars in panel.groups:
            shared = {
                "name": bars.name,
                "legendgroup": bars.name,
                "marker": {"color": bars.color, "opacity": 1 if panel.few is None else FADED},
                "hovertemplate": "%{hovertext}<br>%{y:.1%}" + f"<extra>{bars.name}</extra>",
            }
            figure.add_bar(
                x=_centers(edges),
                y=bars.counts[:-2] / total,
                width=np.diff(edges) * 0.94,
                hovertext=bounds,
                showlegend=number == 0 and len(panel.groups) > 1,
                **shared,
                **place,
            )
            figure.add_bar(
                x=ends,
                y=bars.counts[-2:] / total,
                width=END_WIDTH,
                hovertext=["exactly 0", "exactly 1"],
                showlegend=False,
                meta={"apart": True},
                **shared,
                **place,
            )
        for end, share in zip(ends, of[-2:].tolist(), strict=True):
            figure.add_annotation(
                x=end,
                y=min(share, top),
                text=f"{share:.0%}" + (" ↑" if share > top else "") if of.any() else "",
                showarrow=False,
                yanchor="bottom",
                **place,
            )
    dress(
        figure,
        title,
        revision,
        barmode="stack",
        margin={"l": 68, "r": 16, "t": 96, "b": 64},
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1.12, "yanchor": "bottom"},
    )
    room = END_WIDTH / 2 + END_GAP / 2
    figure.update_xaxes(
        range=[ends[0] - room, ends[1] + room],
        tickvals=[ends[0], 0, 0.5, ends[1]],
        ticktext=[ENDS[0], "0", "0.5", ENDS[1]],
    )
    figure.update_yaxes(range=[0, top * 1.1])
    figure.update_yaxes(tickformat=".0%")
    figure.update_annotations(font={"size": 11})
    shown = panels if len(panels) < 3 else (panels[0], panels[-1])
    summarize(
        figure,
        f"{title}. {'; '.join(f'{panel.heading}{_few(panel)}: {_ends(panel.shares)}' for panel in shown)}.",
    )
    return figure


def _shares_of(panel: Panel, places: int) -> Floats:
    """Return the shares (places,) of all examples of a panel in the bins, and of exactly 0 and exactly 1."""
    counts = np.sum([bars.counts for bars in panel.groups], axis=0) if panel.groups else np.zeros(places)
    return np.asarray(counts / max(counts.sum(), 1), np.float64)


def _few(panel: Panel) -> str:
    """Return of how few models a panel with scores is."""
    return "" if panel.few is None or panel.shares is None else f" · only {panel.few:,} models"


def _ends(shares: Shares) -> str:
    if shares is None:
        return "no scores yet"
    return f"{shares[0]:.1%} below 0.1 · {shares[1]:.1%} above 0.9"
