"""Types of trajectories: how many examples have each, for which threshold, and how they fare over size."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from backend.figures.style import (
    COLORS,
    NEUTRAL,
    SYMBOLS,
    TRAJECTORY_COLORS,
    band,
    blank,
    faded,
    size_axis,
    summarize,
)

TYPES = tuple(TRAJECTORY_COLORS)
_DASHES = dict(zip(TYPES, ("solid", "solid", "dash", "longdash", "dashdot", "longdashdot"), strict=True))
_SYMBOLS = dict(zip(TYPES, SYMBOLS, strict=False))
_VERDICTS = (("not memorized", "not_memorized"), ("undecided", "undecided"), ("memorized", "memorized"))

_LABELED = 0.03  # share from which on a verdict has room for its percentage

Shares = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Placebo:
    """Share of examples that noise alone gives a type: mean over sizes, lowest and highest of them."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class TypeCurve:
    """Scores over size (S,) of the examples of one type: mean and quartiles, NaN where undefined."""

    name: str
    examples: int
    mean: Shares
    low: Shares
    high: Shares


def type_shares(counts: Sequence[int], placebos: Sequence[Placebo | None], tau: float) -> go.Figure:
    """Draw the share of examples of every type in `TYPES`, beside it the share that noise alone would give.

    Both have one entry per type; a placebo of None is not defined. Bars carry the number of examples.
    """
    total = max(sum(counts), 1)
    shares = [count / total for count in counts]
    figure = blank(
        f"Types of trajectories at threshold {tau:.2f} · {sum(counts):,} examples",
        "trajectory-types",
        xaxis={"title": {"text": "type of trajectory"}, "type": "category"},
        yaxis={"title": {"text": "share of examples"}, "tickformat": ".0%", "rangemode": "tozero"},
        barmode="group",
        bargap=0.3,
        bargroupgap=0.06,
    )
    figure.add_bar(
        x=list(TYPES),
        y=shares,
        customdata=list(counts),
        name="share of examples",
        marker={"color": list(TRAJECTORY_COLORS.values())},
        text=[f"{share:.1%}" for share in shares],
        textposition="outside",
        textangle=0,
        textfont={"size": 10},
        constraintext="none",
        cliponaxis=False,
        showlegend=False,
        hovertemplate="%{x}: %{y:.1%}, %{customdata:,} examples<extra></extra>",
    )
    known = [(name, found) for name, found in zip(TYPES, placebos, strict=True) if found is not None]
    if known:
        figure.add_bar(
            x=[name for name, _ in known],
            y=[found.mean for _, found in known],
            error_y={
                "type": "data",
                "symmetric": False,
                "array": [found.high - found.mean for _, found in known],
                "arrayminus": [found.mean - found.low for _, found in known],
                "thickness": 1,
                "width": 4,
            },
            name="placebo, mean and range over sizes",
            marker={"color": faded(NEUTRAL, 0.25), "line": {"color": NEUTRAL, "width": 1.5}},
            hovertemplate="%{x}, by noise alone: %{y:.1%}<extra></extra>",
        )
    told = ", ".join(f"{name} {share:.1%}" for name, share in zip(TYPES, shares, strict=True))
    noise = ", ".join(f"{name} {found.mean:.1%}" for name, found in known)
    summarize(
        figure,
        f"At threshold {tau:.2f}: {told}. "
        + (f"Noise alone gives two halves of the models: {noise}." if known else "There is no placebo."),
    )
    return figure


def shares_over_threshold(
    taus: Sequence[float], shares: Shares, placebo: Shares | None, tau: float
) -> go.Figure:
    """Draw the share of every type (T, types) over T thresholds, and what noise alone calls a change (T,).

    The layout's only shape is a line at the chosen threshold, which the page moves along.
    """
    figure = blank(
        "Types of trajectories over the threshold",
        "trajectory-thresholds",
        xaxis={"title": {"text": "threshold of a change"}, "range": [0, taus[-1] + 0.02]},
        yaxis={"title": {"text": "share of examples"}, "tickformat": ".0%", "range": [-0.02, 1.02]},
        hovermode="x unified",
    )
    for name, share in zip(TYPES, shares.T, strict=True):
        figure.add_scatter(
            x=list(taus),
            y=share,
            mode="lines",
            name=name,
            line={"color": TRAJECTORY_COLORS[name], "dash": _DASHES[name], "width": 2},
            hovertemplate="%{y:.1%}",
        )
    if placebo is not None:
        figure.add_scatter(
            x=list(taus),
            y=placebo,
            mode="lines",
            name="placebo: any change by noise alone",
            line={"color": NEUTRAL, "dash": "dot", "width": 2},
            hovertemplate="%{y:.2%}",
        )
    figure.add_vline(x=tau, line={"color": NEUTRAL, "width": 2})
    ends = "; ".join(
        f"{name} {share[0]:.0%} to {share[-1]:.0%}" for name, share in zip(TYPES, shares.T, strict=True)
    )
    summarize(figure, f"From threshold {taus[0]:.2f} to {taus[-1]:.2f}: {ends}. Chosen is {tau:.2f}.")
    return figure


def type_curves(sizes: tuple[int, ...], curves: Sequence[TypeCurve], size_name: str, tau: float) -> go.Figure:
    """Draw mean memorization over size for every type that has examples; bands hold half of them."""
    shown = [curve for curve in curves if curve.examples > 0]
    figure = blank(
        f"Mean memorization by type at threshold {tau:.2f} · bands: quartiles of the examples",
        "trajectory-curves",
        xaxis=size_axis(size_name, sizes),
        yaxis={"title": {"text": "memorization score"}, "range": [-0.35, 1.05]},
    )
    for curve in shown:
        known = np.flatnonzero(np.isfinite(curve.mean))
        x = [float(sizes[i]) for i in known]
        low, mean, high = (values[known].tolist() for values in (curve.low, curve.mean, curve.high))
        color = TRAJECTORY_COLORS[curve.name]
        figure.add_trace(band(x, low, high, color, curve.name))
        figure.add_scatter(
            x=x,
            y=mean,
            customdata=[[curve.examples, a, b] for a, b in zip(low, high, strict=True)],
            meta={"columns": ["examples", "lower quartile", "upper quartile"]},
            mode="lines+markers",
            name=f"{curve.name} ({curve.examples:,})",
            legendgroup=curve.name,
            line={"color": color, "dash": _DASHES[curve.name], "width": 2},
            marker={"symbol": _SYMBOLS[curve.name], "size": 8},
            hovertemplate=f"{size_name} %{{x}}: mean %{{y:.3f}}, middle half"
            f" %{{customdata[1]:.2f}} to %{{customdata[2]:.2f}}<extra>{curve.name}</extra>",
        )
    told = "; ".join(f"{c.name} {_known(c.mean)[0]:.2f} to {_known(c.mean)[-1]:.2f}" for c in shown)
    summarize(figure, f"Mean memorization from {size_name} {sizes[0]:,} to {sizes[-1]:,}: {told}.")
    return figure


def _known(values: Shares) -> Shares:
    return values[np.isfinite(values)]


def verdict_flow(sizes: tuple[int, ...], flows: npt.NDArray[np.int64], size_name: str) -> go.Figure:
    """Draw how examples move between verdicts from each size to the next.

    `flows` is (S - 1, 3, 3): how many examples have one verdict at a size and another at the next, in the
    order not memorized, undecided, memorized. Columns run from the smallest to the largest size.
    """
    at = np.concatenate([flows.sum(axis=2), flows[-1:].sum(axis=1)])  # (S, 3) examples of each verdict
    total = int(at[0].sum())
    figure = blank(
        f"Verdicts from {size_name} {sizes[0]:,} to {sizes[-1]:,} · {total:,} examples",
        "trajectory-flow",
        margin={"l": 16, "r": 16, "t": 104, "b": 16},
    )
    # Plotly lets links leave and enter a node in the order of the lists: memorized first, as on screen.
    nodes = [(column, v) for column in range(len(sizes)) for v in (2, 1, 0) if at[column, v] > 0]
    place = {node: i for i, node in enumerate(nodes)}
    moved = [(column, a, b) for column, a, b in np.argwhere(flows > 0).tolist()]  # verdict a, then b
    links = sorted(moved, key=lambda link: (link[0], -link[1], -link[2]))
    share = at / max(total, 1)
    # A node's place is that of its middle, memorized on top; plotly takes 0 for not given.
    below = np.cumsum(share[:, ::-1], axis=1)[:, ::-1] - share / 2
    across = np.linspace(0.001, 0.999, len(sizes))
    colors = [COLORS[role] for _, role in _VERDICTS]
    figure.add_sankey(
        arrangement="fixed",
        textfont={"color": "rgba(0,0,0,0)", "shadow": "none"},  # names are for hovering and for the table
        node={
            "label": [f"{_VERDICTS[v][0]} at {size_name} {sizes[column]:,}" for column, v in nodes],
            "customdata": [f"{at[column, v]:,} examples, {share[column, v]:.1%}" for column, v in nodes],
            "x": [float(across[column]) for column, _ in nodes],
            "y": [float(np.clip(below[column, v], 0.001, 0.999)) for column, v in nodes],
            "color": [colors[v] for _, v in nodes],
            "line": {"width": 0},
            "pad": 6,
            "thickness": 14,
            "hovertemplate": "%{label}: %{customdata}<extra></extra>",
        },
        link={
            "source": [place[column, a] for column, a, _ in links],
            "target": [place[column + 1, b] for column, _, b in links],
            "value": [int(flows[column, a, b]) for column, a, b in links],
            "color": [faded(colors[a], 0.35) for _, a, _ in links],
            "hovertemplate": "%{source.label} to %{target.label}: %{value:,} examples<extra></extra>",
        },
    )
    key = "   ".join(
        f'<span style="color:{color}">\u25a0</span> {name}'
        for (name, _), color in zip(_VERDICTS, colors, strict=True)
    )
    _note(figure, key, 0, 1, xanchor="left", yanchor="bottom", yshift=20)
    last = len(sizes) - 1
    for column, size in enumerate(sizes):
        name = f"{size_name} {size:,}" if column == 0 else f"{size:,}"
        anchor = "left" if column == 0 else "right" if column == last else "center"
        _note(figure, name, column / last, 1, xanchor=anchor, yanchor="bottom")
    for column, verdict in nodes:
        if column in (0, last) and share[column, verdict] > _LABELED:
            anchor, shift = ("left", 18) if column == 0 else ("right", -18)
            y = 1 - below[column, verdict]
            _note(figure, f"{share[column, verdict]:.0%}", column / last, y, xanchor=anchor, xshift=shift)
    ends = ", ".join(
        f"{name} {share[0, v]:.1%} to {share[-1, v]:.1%}" for v, (name, _) in enumerate(_VERDICTS)
    )
    summarize(figure, f"From {size_name} {sizes[0]:,} to {sizes[-1]:,}, {total:,} examples: {ends}.")
    return figure


def _note(figure: go.Figure, text: str, x: float, y: float, **place: str | int) -> None:
    """Write a text at a place of the drawing, (0, 0) to (1, 1)."""
    figure.add_annotation(text=text, x=x, y=y, xref="paper", yref="paper", showarrow=False, **place)
