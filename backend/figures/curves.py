"""Curves of closed forms, and the mark of where a slider stands on them."""

from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go


def log_spaced(low: float, high: float, count: int) -> npt.NDArray[np.int64]:
    """Return whole numbers between the ends, both included, in about equal ratios."""
    return np.unique(np.rint(np.geomspace(low, high, count)).astype(np.int64))


def line(name: str, x: npt.ArrayLike, y: npt.ArrayLike, color: str, **more: Any) -> go.Scatter:
    """Return a line of a closed form; `dash` among `more` is its style."""
    style = {"color": color, "width": 2, "dash": more.pop("dash", "solid")}
    return go.Scatter(x=x, y=y, name=name, mode="lines", line=style, **more)


def here(name: str, x: float, y: float, color: str, **more: Any) -> go.Scatter:
    """Return the mark of where a slider stands."""
    marker = {"color": color, "size": 11, "symbol": "diamond"}
    return go.Scatter(x=[x], y=[y], name=name, mode="markers", marker=marker, **more)


def upright(x: float, color: str) -> dict[str, Any]:
    """Return a dotted line across all rows of a figure, for its `shapes`."""
    style = {"color": color, "width": 1, "dash": "dot"}
    return {"type": "line", "x0": x, "x1": x, "yref": "paper", "y0": 0, "y1": 1, "line": style}


def log_axis(title: str) -> dict[str, Any]:
    """Return a logarithmic axis with a tick at each power of ten."""
    return {"title": {"text": title}, "type": "log", "dtick": 1, "exponentformat": "power"}


def short_log_axis(title: str = "") -> dict[str, Any]:
    """Return a logarithmic axis of few decades around 1, with ticks at 1, 2 and 5 of each."""
    ticks = [float(f"{digit}e{power}") for power in range(-3, 5) for digit in (1, 2, 5)]
    return {"title": {"text": title}, "type": "log", "tickvals": ticks, "ticktext": [f"{t:g}" for t in ticks]}
