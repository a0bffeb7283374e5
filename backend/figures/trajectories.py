"""Memorization of single examples over model size."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from backend.figures.style import NEUTRAL, SERIES, SYMBOLS, band, blank, score_axis, size_axis, summarize


@dataclass(frozen=True)
class Trajectory:
    """One example's score and 95 % interval at every size; NaN where it is not defined yet."""

    index: int
    name: str
    score: npt.NDArray[np.float64]
    low: npt.NDArray[np.float64]
    high: npt.NDArray[np.float64]


def trajectories(
    sizes: tuple[int, ...], examples: Sequence[Trajectory], size_name: str, threshold: float
) -> go.Figure:
    """Draw each example's score over model size with a band for its interval.

    Points carry the example's index and interval as `customdata`; the dotted line is the threshold of the
    verdicts.
    """
    shown = f"{len(examples)} example{'' if len(examples) == 1 else 's'}"
    figure = blank(
        f"Memorization over model size · {shown}, bands: 95 % intervals",
        "trajectories",
        xaxis=size_axis(size_name, sizes),
        yaxis=score_axis(min((float(np.nanmin(e.low, initial=0)) for e in examples), default=0)),
        shapes=[
            {
                "type": "line",
                "xref": "x domain",
                "x0": 0,
                "x1": 1,
                "y0": threshold,
                "y1": threshold,
                "line": {"dash": "dot", "color": NEUTRAL, "width": 1},
            }
        ],
        annotations=[
            {
                "text": f"memorized from {threshold:g}",
                "font": {"size": 11},
                "showarrow": False,
                "xref": "x domain",
                "x": 0,
                "xanchor": "left",
                "y": threshold,
                "yanchor": "bottom",
            }
        ],
    )
    traces: list[go.Scatter] = []
    for number, example in enumerate(examples):
        color = SERIES[number % len(SERIES)]
        group = str(example.index)
        known = [i for i, score in enumerate(example.score) if np.isfinite(score)]
        x = [float(sizes[i]) for i in known]
        low, high = ([float(limits[i]) for i in known] for limits in (example.low, example.high))
        traces.append(band(x, low, high, color, group))
        traces.append(
            go.Scatter(
                x=x,
                y=[float(example.score[i]) for i in known],
                customdata=[[example.index, a, b] for a, b in zip(low, high, strict=True)],
                meta={"columns": ["example", "low", "high"]},
                mode="lines+markers",
                name=example.name,
                legendgroup=group,
                line={"color": color, "width": 2},
                marker={"symbol": SYMBOLS[number % len(SYMBOLS)], "size": 8},
                hovertemplate=f"{size_name} %{{x}}<br>score %{{y:.3f}}, "
                f"95 % %{{customdata[1]:.2f}} to %{{customdata[2]:.2f}}<extra>{example.name}</extra>",
            )
        )
    figure.add_traces(traces)
    summarize(
        figure, f"{shown} from {size_name} {sizes[0]:,} to {sizes[-1]:,}. {_ends(sizes, examples, size_name)}"
    )
    return figure


def _ends(sizes: tuple[int, ...], examples: Sequence[Trajectory], size_name: str) -> str:
    """Return in words which scores are reached at the largest size."""
    reached = sorted((float(e.score[-1]), e.name) for e in examples if np.isfinite(e.score[-1]))
    if not reached:
        return f"None has a score at {size_name} {sizes[-1]:,} yet."
    (low, lowest), (high, highest) = reached[0], reached[-1]
    if len(reached) == 1:
        return f"{highest} ends at {high:.2f}."
    return f"They end between {low:.2f} ({lowest}) and {high:.2f} ({highest})."
