"""Types of trajectories: how many examples have each, for which threshold, and how they fare over size."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

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
    score_axis,
    size_axis,
    summarize,
)
from backend.statistics.trajectory_power import USUALLY, Power

TYPES = tuple(TRAJECTORY_COLORS)
_DASHES = dict(zip(TYPES, ("solid", "solid", "dash", "longdash", "dashdot", "longdashdot"), strict=True))
_SYMBOLS = dict(zip(TYPES, SYMBOLS, strict=False))
_VERDICTS = (("not memorized", "not_memorized"), ("undecided", "undecided"), ("memorized", "memorized"))

_BAR_WIDTH = 0.16  # of the distance between two sizes

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
        meta={"columns": ["examples"]},
        name="all examples",
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
        + (f"Noise alone gives parts of the models: {noise}." if known else "There is no placebo."),
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


def power_over_models(found: Power, models: int, tau: float) -> go.Figure:
    """Draw the share of clear cases of each type that are recognized over the number of models per size.

    A line marks the number of `models` that there are.
    """
    figure = blank(
        f"Clear cases recognized at threshold {tau:.2f} \u00b7 {models:,} models of each size",
        "trajectory-power",
        xaxis={"title": {"text": "models of each size"}, "type": "log"},
        yaxis={"title": {"text": "share of clear cases"}, "tickformat": ".0%", "range": [-0.02, 1.02]},
        hovermode="x unified",
    )
    told = []
    for kind, share in zip(found.kinds, found.recognized.T, strict=True):
        name = TYPES[kind]
        figure.add_scatter(
            x=list(found.models),
            y=share,
            mode="lines",
            name=name,
            line={"color": TRAJECTORY_COLORS[name], "dash": _DASHES[name], "width": 2},
            hovertemplate="%{y:.0%}",
        )
        here = np.interp(np.log(models), np.log(found.models), share)
        needed = found.needed(kind)
        enough = f"more than {found.models[-1]:,}" if needed is None else f"{needed:,}"
        told.append(f"{name} {here:.0%} ({enough})")
    figure.add_vline(x=models, line={"color": NEUTRAL, "width": 2})
    figure.add_hline(y=USUALLY, line={"color": NEUTRAL, "width": 1, "dash": "dot"})
    summarize(
        figure,
        f"Clear cases, which change by {found.change:.2f} around a score of one half, are recognized with"
        f" {models:,} models of each size in this share, and in {USUALLY:.0%} with the number in brackets: "
        f"{', '.join(told)}.",
    )
    return figure


def type_curves(sizes: tuple[int, ...], curves: Sequence[TypeCurve], size_name: str, tau: float) -> go.Figure:
    """Draw mean memorization over size for every type that has examples; bands hold half of them."""
    shown = [curve for curve in curves if curve.examples > 0]
    figure = blank(
        f"Mean memorization by type at threshold {tau:.2f} · bands: quartiles of the examples",
        "trajectory-curves",
        xaxis=size_axis(size_name, sizes),
        yaxis=score_axis(min((float(np.nanmin(curve.low, initial=0)) for curve in shown), default=0)),
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
    """Draw how examples move between verdicts from each size to the next: bars, with bands between them.

    `flows` is (S - 1, 3, 3): how many examples have one verdict at a size and another at the next, in the
    order not memorized, undecided, memorized. Bars carry their number of examples and where those go.
    """
    counts = np.concatenate([flows.sum(axis=2), flows[-1:].sum(axis=1)])  # (S, 3) examples of each verdict
    total = int(counts[0].sum())
    share = counts / max(total, 1)
    figure = blank(
        f"Verdicts from {size_name} {sizes[0]:,} to {sizes[-1]:,} \u00b7 {total:,} examples",
        "trajectory-flow",
        xaxis={"title": {"text": f"model size ({size_name})"}, "type": "category"},
        yaxis={"title": {"text": "share of examples"}, "tickformat": ".0%", "range": [0, 1]},
        barmode="stack",
        legend={"traceorder": "normal"},
        shapes=_bands(flows / max(total, 1)),
    )
    for verdict, (name, role) in enumerate(_VERDICTS):
        here = f"{size_name} %{{x}}, {name}: %{{y:.1%}}, %{{customdata[0]:,}} examples"
        onward = (
            "<br>at the next size %{customdata[1]:,} not memorized, %{customdata[2]:,} undecided,"
            " %{customdata[3]:,} memorized"
        )
        followed = [*flows[:, verdict].tolist(), [None] * 3]  # the last size has no next
        figure.add_bar(
            x=[f"{size:,}" for size in sizes],
            y=share[:, verdict],
            width=_BAR_WIDTH,
            name=name,
            marker={"color": COLORS[role]},
            customdata=[[n, *to] for n, to in zip(counts[:, verdict].tolist(), followed, strict=True)],
            meta={"columns": ["examples", *(f"{following} at the next size" for following, _ in _VERDICTS)]},
            hovertemplate=[f"{here}{onward}<extra></extra>"] * len(flows) + [f"{here}<extra></extra>"],
        )
    ends = ", ".join(
        f"{name} {share[0, verdict]:.1%} to {share[-1, verdict]:.1%}"
        for verdict, (name, _) in enumerate(_VERDICTS)
    )
    summarize(figure, f"From {size_name} {sizes[0]:,} to {sizes[-1]:,}, {total:,} examples: {ends}.")
    return figure


def _bands(shares: Shares) -> list[dict[str, Any]]:
    """Return a band for each flow of examples, (S - 1, 3, 3) shares of all, in the color it comes from.

    Bars stand at 0, 1, ... and stack verdicts from below. Bands leave and enter a bar in that order too.
    """
    bands = []
    for column, flow in enumerate(shares):
        leave = flow.cumsum().reshape(3, 3)  # where a band ends above
        enter = flow.T.cumsum().reshape(3, 3).T
        left, right = column + _BAR_WIDTH / 2, column + 1 - _BAR_WIDTH / 2
        middle = column + 0.5
        for a, b in np.argwhere(flow > 0).tolist():
            (y0, y1), height = (float(leave[a, b]), float(enter[a, b])), float(flow[a, b])
            path = (
                f"M{left:g},{y0:.5f}C{middle:g},{y0:.5f} {middle:g},{y1:.5f} {right:g},{y1:.5f}"
                f"L{right:g},{y1 - height:.5f}"
                f"C{middle:g},{y1 - height:.5f} {middle:g},{y0 - height:.5f} {left:g},{y0 - height:.5f}Z"
            )
            color = faded(COLORS[_VERDICTS[a][1]], 0.35)
            bands.append(
                {"type": "path", "path": path, "fillcolor": color, "line": {"width": 0}, "layer": "below"}
            )
    return bands
