"""Theorem 1: a network with 2n + d weights that fits any n examples, and how well computers can run it."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from backend.figures.panels import Panels
from backend.figures.style import COLORS, NEUTRAL, SERIES, blank, faded, summarize
from backend.studies.kit.figures import Figure, figure
from backend.studies.randomization.facts import FiniteSample, RandomizationFacts
from backend.studies.randomization.found import Randomized
from backend.studies.randomization.params import Part, has

SECTION = "A network of 2n + d weights fits any n examples"
EXACT = 1e-6  # the error up to which we call the labels fit
FLOOR = 0.025  # of the height of the panel, on which the marks of thresholds stand
DECADES = 12  # of an axis; beyond, values grow until they overflow
_QUANTITIES = ("error", "largest_weight", "condition")


@figure(
    "The network of Theorem 1 between neighboring examples",
    "The network's output over the projection of the examples to one direction, near a few of them. It"
    " bends at thresholds, one before each example, and passes through every label. The slider moves the"
    " thresholds within the gaps between examples.",
    section=SECTION,
    of=has(Part.FINITE_SAMPLE),
)
def finite_sample(evidence: Randomized) -> go.Figure | None:
    """Draw the network's output near a few examples, with a slider over the position of its thresholds."""
    facts = evidence.facts
    found = _largest(facts)
    if found is None:
        return None
    active = _asked(found)
    low, high = _heights(found, active)
    heads = [_head(found, place) for place in range(len(found.positions))]
    layout = Panels([heads[active]], height=420).layout(
        [{"title": {"text": "projection of the example, ⟨a, x⟩"}}],
        [[{"title": {"text": "output of the network, c(x)"}, "range": [low, high]}]],
    )
    (note,) = layout["annotations"]
    drawn = blank(
        _title(found),
        "finite-sample",
        **layout,
        sliders=[
            {
                "active": active,
                "currentvalue": {"prefix": "Threshold position: "},
                "pad": {"t": 44},
                "steps": [
                    {
                        "label": f"{position:g}",
                        "method": "update",
                        "args": [
                            {"visible": _visible(place, len(found.positions))},
                            {
                                "annotations": [note | {"text": heads[place]}],
                                "meta.summary": _told(found, place),
                            },
                        ],
                    }
                    for place, position in enumerate(found.positions)
                ],
            }
        ],
    )
    shown = _visible(active, len(found.positions))
    floor = low + FLOOR * (high - low)
    traces = [trace for place in range(len(found.positions)) for trace in _curve(found, place, floor)]
    traces.append(
        go.Scatter(
            x=list(found.points_x),
            y=list(found.points_y),
            mode="markers",
            name="examples",
            marker={"color": COLORS["in_accuracy"], "size": 9},
            hovertemplate="projection %{x:.4g}<br>label %{y}<extra>example</extra>",
        )
    )
    for trace, visible in zip(traces, shown, strict=True):
        trace.visible = visible
    drawn.add_traces(traces)
    summarize(drawn, _told(found, active))
    return drawn


@figure(
    "The triangular matrix behind it",
    "How much each example exceeds each threshold, both in ascending order: 0 above the diagonal and"
    " positive on it, so weights for any labels exist. Some rows and columns of the matrix.",
    section=SECTION,
    of=has(Part.FINITE_SAMPLE),
)
def triangular(evidence: Randomized) -> go.Figure | None:
    """Draw entries of the triangular matrix at the asked position of the thresholds."""
    facts = evidence.facts
    found = _largest(facts)
    if found is None:
        return None
    matrix = np.array(found.matrix, np.float64)
    drawn = blank(
        f"{len(matrix)} rows and columns of the matrix · thresholds at {found.position:g} of each gap",
        "triangular",
        height=440,
        xaxis={"title": {"text": "threshold j"}, "showgrid": False},
        yaxis={"title": {"text": "example i, by projection"}, "autorange": "reversed", "showgrid": False},
    )
    color = COLORS["in_accuracy"]
    drawn.add_heatmap(
        x=np.arange(1, len(matrix) + 1),
        y=np.arange(1, len(matrix) + 1),
        z=np.where(matrix > 0, matrix, np.nan),
        xgap=1,
        ygap=1,
        colorscale=[[0, faded(color, 0.15)], [1, color]],
        colorbar={"title": {"text": "entry"}, "thickness": 12, "outlinewidth": 0},
        hoverongaps=False,
        hovertemplate="example %{y}, threshold %{x}: %{z:.4g}<extra></extra>",
    )
    above = int(np.triu(matrix > 0, 1).sum())
    summarize(
        drawn,
        f"{len(matrix)} of {found.n:,} rows and columns: {above} entries above the diagonal are not 0, and"
        f" those on it are at least {np.diag(matrix).min():.2g}.",
    )
    return drawn


@figure(
    "Where the thresholds stand decides how exact the fit is",
    "In theory every position fits all labels exactly. On a computer rounding errors grow with the"
    " position: largest error on the training set, largest weight, and condition number of the matrix."
    " Upright line: the position of this experiment.",
    section=SECTION,
    of=has(Part.FINITE_SAMPLE),
)
def conditioning(evidence: Randomized) -> go.Figure | None:
    """Draw error, largest weight and condition number over the position of the thresholds."""
    facts = evidence.facts
    if not facts.finite_sample:
        return None
    panels = Panels(
        [""] * 3,
        height=340,
        gap=0.09,
        least_px=240,
    )
    titles = ("largest error on the training set", "largest weight", "condition number")
    layout = panels.layout(
        [{"title": {"text": "threshold position"}, "range": [-0.03, 1.03], "dtick": 0.25}],
        [
            [
                {
                    "title": {"text": title, "standoff": 4},
                    "type": "log",
                    "exponentformat": "power",
                    "nticks": 8,
                    "range": _decades(
                        [values for found in facts.finite_sample for values in getattr(found, name)]
                    ),
                }
                for title, name in zip(titles, _QUANTITIES, strict=True)
            ]
        ],
    )
    asked = sorted({found.position for found in facts.finite_sample})
    layout["shapes"] = [
        *(_upright(position, panels.at(0, column)) for position in asked for column in range(3)),
        {
            "type": "line",
            "xref": "x domain",
            "x0": 0,
            "x1": 1,
            "y0": EXACT,
            "y1": EXACT,
            "line": {"color": NEUTRAL, "width": 1.5, "dash": "dot"},
        },
    ]
    layout["annotations"].append(
        {
            "text": "one in a million",
            "font": {"size": 11},
            "showarrow": False,
            "xref": "x domain",
            "x": 1,
            "xanchor": "right",
            "y": float(np.log10(EXACT)),
            "yanchor": "bottom",
        }
    )
    drawn = blank("Rounding errors over the position of the thresholds", "conditioning", **layout)
    several = len(facts.finite_sample) > 1
    for number, found in enumerate(facts.finite_sample):
        label = f"n = {found.n:,}"
        for column, values in enumerate(getattr(found, name) for name in _QUANTITIES):
            drawn.add_scatter(
                x=list(found.positions),
                y=_positive(values),
                mode="lines+markers",
                name=label,
                legendgroup=label,
                showlegend=several and column == 0,
                line={
                    "color": SERIES[number % len(SERIES)] if several else COLORS["in_accuracy"],
                    "width": 2,
                },
                marker={"size": 7},
                hovertemplate=f"position %{{x}}: %{{y:.2~e}}<extra>{label}</extra>",
                **panels.at(0, column),
            )
    summarize(drawn, " ".join(_conditioning_told(found) for found in facts.finite_sample))
    return drawn


def _largest(facts: RandomizationFacts) -> FiniteSample | None:
    return max(facts.finite_sample, key=lambda found: found.n, default=None)


def _asked(found: FiniteSample) -> int:
    """Return which of the positions is the one that was asked for."""
    return int(np.argmin(np.abs(np.array(found.positions) - found.position)))


def _title(found: FiniteSample) -> str:
    return f"{found.weights:,} weights fit {found.n:,} examples of {found.d:,} numbers"


def _head(found: FiniteSample, place: int) -> str:
    return f"largest error {_said(found.error[place])}<br>condition number {_said(found.condition[place])}"


def _told(found: FiniteSample, place: int) -> str:
    repeats = f" {found.left_out:,} others equal one of these and are left out." if found.left_out else ""
    return (
        f"A network of {found.weights:,} weights on {found.n:,} examples of {found.d:,} numbers.{repeats}"
        f" With thresholds at {found.positions[place]:g} of each gap the largest error is"
        f" {_said(found.error[place])}, the largest weight {_said(found.largest_weight[place])} and the"
        f" condition number of {found.condition_examples:,} examples {_said(found.condition[place])}. On the"
        f" test set, rounded to a label, it is right on {found.test_accuracy:.1%} at {found.position:g}."
    )


def _heights(found: FiniteSample, active: int) -> tuple[float, float]:
    """Return the range of outputs to show: that of the labels, and as much again if the asked curve does."""
    labels, curve = np.array(found.points_y), np.array(found.curves[active], np.float64)
    span = max(float(np.ptp(labels)), 1.0)
    low, high = float(labels.min()), float(labels.max())
    known = curve[np.isfinite(curve)]
    low = max(float(known.min(initial=low)), low - span) - 0.15 * span
    return low, min(float(known.max(initial=high)), high + span) + 0.1 * span


def _visible(place: int, count: int) -> list[bool]:
    """Return which traces are drawn: at each position curve and thresholds, and last the examples."""
    return [at == place for at in range(count) for _ in range(2)] + [True]


def _curve(found: FiniteSample, place: int, floor: float) -> list[go.Scatter]:
    position = found.positions[place]
    z = np.sort(np.array(found.points_x, np.float64))
    thresholds = z[:-1] + position * np.diff(z)
    line = go.Scatter(
        x=list(found.curve_x),
        y=_finite(found.curves[place]),
        mode="lines",
        name="network",
        line={"color": COLORS["memorization"], "width": 2},
        hovertemplate="projection %{x:.4g}: %{y:.3g}<extra>network</extra>",
    )
    marks = go.Scatter(
        x=thresholds,
        y=[floor] * len(thresholds),
        mode="markers",
        name="thresholds",
        marker={"symbol": "triangle-up", "size": 10, "color": COLORS["test_accuracy"]},
        hovertemplate="threshold at %{x:.4g}<extra></extra>",
    )
    return [line, marks]


def _said(value: float) -> str:
    return f"{value:.1e}" if np.isfinite(value) else "too large for a number"


def _finite(values: Sequence[float]) -> npt.NDArray[np.float64]:
    """Return values with holes where they overflowed."""
    array = np.array(values, np.float64)
    return np.where(np.isfinite(array), array, np.nan)


def _decades(values: Sequence[float]) -> list[float]:
    """Return the exponents between which values are drawn: at most so many decades from the lowest on."""
    known = np.log10(_positive(values))
    low, high = float(np.nanmin(known, initial=0)), float(np.nanmax(known, initial=0))
    return [low - 0.7, min(high, low + DECADES) + 0.7]


def _positive(values: Sequence[float]) -> npt.NDArray[np.float64]:
    """Return values for a logarithmic axis: an exact 0 as the smallest step of a number."""
    return np.maximum(_finite(values), np.finfo(float).eps)


def _upright(position: float, axes: dict[str, str]) -> dict[str, object]:
    return {
        "type": "line",
        "xref": axes["xaxis"],
        "yref": f"{axes['yaxis']} domain",
        "x0": position,
        "x1": position,
        "y0": 0,
        "y1": 1,
        "line": {"color": NEUTRAL, "width": 2},
    }


def _conditioning_told(found: FiniteSample) -> str:
    exact = [p for p, error in zip(found.positions, found.error, strict=True) if error <= EXACT]
    upto = (
        f"stays below one in a million up to position {max(exact):g}"
        if exact
        else "is never below one in a million"
    )
    asked = _asked(found)
    return (
        f"With {found.n:,} examples the largest error {upto}; at {found.positions[asked]:g} it is"
        f" {_said(found.error[asked])}, the largest weight {_said(found.largest_weight[asked])}, the"
        f" condition number of {found.condition_examples:,} examples {_said(found.condition[asked])}."
    )


FIGURES: tuple[Figure, ...] = (
    finite_sample,
    triangular,
    conditioning,
)
