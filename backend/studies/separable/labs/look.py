"""What the laboratories' figures share: points in the plane, lines through the origin, times."""

from textwrap import wrap
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from backend.figures.curves import log_axis
from backend.figures.panels import MARGIN
from backend.figures.style import COLORS, NEUTRAL, SERIES, SYMBOLS
from backend.theory.margin_loss import Floats

REMARK_CHARACTERS = 50  # a line of a narrow screen
GUIDE = NEUTRAL
LIMIT = COLORS["test_accuracy"]  # the maximum margin
NOW = COLORS["memorization"]  # the weights of the optimizer that is looked at
PLAIN = COLORS["in_accuracy"]  # gradient descent beside it
SUPPORT = COLORS["memorized"]
_NICE = np.array([1, 1.5, 2, 3, 4, 5, 6, 8, 10])
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
STEPS_AXIS = {**log_axis("steps, t"), "dtick": 3, "range": [0, 12.1]}


def told(steps: float) -> str:
    """Return a number of steps in print, such as 1,000 or 3.2·10⁷."""
    if steps < 10**6:
        return f"{steps:,.0f}"
    factor, _, exponent = f"{steps:.1e}".partition("e+")
    power = f"10{str(int(exponent)).translate(_SUPERSCRIPTS)}"
    return power if factor == "1.0" else f"{factor}·{power}"


def half_decades(steps: npt.NDArray[np.int64]) -> list[int]:
    """Return the places in ascending steps of those nearest to each half power of ten."""
    if len(steps) == 0:
        return []
    logs = np.log10(steps)
    wanted = np.arange(0, 2 * logs[-1] + 0.01) / 2
    return [int(place) for place in np.unique(np.abs(logs[:, None] - wanted).argmin(axis=0))]


def remarked(text: str) -> dict[str, Any]:
    """Return the layout of a figure with a remark under it, of one without it if there is none."""
    if not text:
        return {}
    lines = wrap(text, REMARK_CHARACTERS)
    place = {"xref": "paper", "yref": "paper", "x": 0, "y": 0, "xanchor": "left", "yanchor": "top"}
    remark = {"text": "<br>".join(lines), "showarrow": False, "yshift": -60, "align": "left", **place}
    return {"margin": MARGIN | {"b": MARGIN["b"] + 8 + 16 * len(lines)}, "annotations": [remark]}


def powers(values: npt.ArrayLike) -> dict[str, Any]:
    """Return a logarithmic axis for values, with ticks at five powers of ten or so where they span many."""
    known = np.asarray(values, np.float64)
    known = np.log10(known[(known > 0) & np.isfinite(known)])
    span = float(np.ptp(known)) if len(known) else 0.0
    axis: dict[str, Any] = {"type": "log", "exponentformat": "power"}
    return axis | ({"dtick": max(1, round(span / 5))} if span > 1.5 else {"nticks": 4})


def plane(at: Floats) -> dict[str, Any]:
    """Return axes around points (n, 2): equal ones, so that right angles look right, unless points are flat.

    Their ends are round, so that moving a point seldom moves them.
    """
    across, upwards = (_round_up(1.15 * max(float(np.abs(at[:, axis]).max()), 0.5)) for axis in (0, 1))
    flat = max(across, upwards) > 4 * min(across, upwards)
    ends = (across, upwards) if flat else (max(across, upwards),) * 2
    axes: list[dict[str, Any]] = [
        {"title": {"text": name}, "range": [-end, end], "constrain": "domain"}
        for name, end in zip(("x₁", "x₂"), ends, strict=True)
    ]
    if not flat:
        axes[1] |= {"scaleanchor": "x"}
    return {"xaxis": axes[0], "yaxis": axes[1], "height": 560, "meta": {"points": ["points"]}}


def marked(
    at: Floats, classes: npt.NDArray[np.int64], names: tuple[str, ...], support: npt.NDArray[np.bool_] | None
) -> list[Any]:
    """Return points (n, 2) by their classes, support vectors in a ring."""
    traces = []
    if support is not None and support.any():
        ring = {"size": 19, "color": "rgba(0,0,0,0)", "line": {"color": SUPPORT, "width": 3}}
        traces.append(
            go.Scatter(
                x=at[support, 0], y=at[support, 1], name="support vectors", mode="markers", marker=ring
            )
        )
    for of, name in enumerate(names):
        own = classes == of
        marker = {"size": 10, "color": SERIES[of], "symbol": SYMBOLS[of]}
        traces.append(
            go.Scatter(x=at[own, 0], y=at[own, 1], name=f"class {name}", mode="markers", marker=marker)
        )
    return traces


def through(weights: Floats, at: Floats, offset: float = 0.0) -> tuple[list[float], list[float]]:
    """Return two ends, outside of any view of the points, of the line on which w^T x = offset."""
    norm = float(np.linalg.norm(weights))
    if norm == 0:
        return [], []
    normal = weights / norm
    along = np.array([-normal[1], normal[0]]) * 20 * max(float(np.abs(at).max()), 1)
    foot = normal * offset / norm
    ends = np.stack([foot - along, foot + along])
    return ends[:, 0].tolist(), ends[:, 1].tolist()


def _round_up(value: float) -> float:
    scale = 10 ** np.floor(np.log10(value))
    return float(scale * _NICE[np.searchsorted(_NICE, value / scale - 1e-9)])
