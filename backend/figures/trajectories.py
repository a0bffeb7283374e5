"""Memorization of single examples over model size."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from backend.figures.style import NEUTRAL, SERIES, SYMBOLS, band, blank, size_axis


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

    Points carry the example's index as `customdata`; the dotted line is the threshold of the verdicts.
    """
    figure = blank(
        f"Memorization over model size · {len(examples)} examples, bands: 95 % intervals",
        "trajectories",
        xaxis=size_axis(size_name, sizes),
        yaxis={"title": {"text": "memorization score"}, "range": [-0.35, 1.05]},
    )
    figure.add_hline(
        y=threshold,
        line={"dash": "dot", "color": NEUTRAL, "width": 1},
        annotation={"text": f"memorized from {threshold:g}", "font": {"size": 11, "color": NEUTRAL}},
        annotation_position="top left",
    )
    for number, example in enumerate(examples):
        color = SERIES[number % len(SERIES)]
        group = str(example.index)
        known = [i for i, score in enumerate(example.score) if np.isfinite(score)]
        x = [float(sizes[i]) for i in known]
        low, high = ([float(limits[i]) for i in known] for limits in (example.low, example.high))
        figure.add_trace(band(x, low, high, color, group))
        figure.add_scatter(
            x=x,
            y=[float(example.score[i]) for i in known],
            customdata=np.full(len(known), example.index, np.int32),
            hovertext=[f"{a:.2f} to {b:.2f}" for a, b in zip(low, high, strict=True)],
            mode="lines+markers",
            name=example.name,
            legendgroup=group,
            line={"color": color, "width": 2},
            marker={"symbol": SYMBOLS[number % len(SYMBOLS)], "size": 8},
            hovertemplate=f"{size_name} %{{x}}<br>score %{{y:.3f}}, 95 % %{{hovertext}}"
            f"<extra>{example.name}</extra>",
        )
    return figure
