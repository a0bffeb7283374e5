"""The bridge: what another experiment memorizes, beside what a long tail would have it memorize."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from backend.figures.panels import Panels
from backend.figures.style import COLORS, blank, summarize
from backend.studies.kit.figures import Figure, figure
from backend.studies.long_tail.facts import Neighbors, OfClass
from backend.studies.long_tail.found import Sampled


@figure(
    "What a finished experiment memorizes",
    "Left: mean memorization scores of real examples by how many training examples of their label lie within"
    " reach, themselves included. Reach is the median distance to the nearest other example of the same"
    " label, between pixels, so about half of the examples stand alone. If rare examples are memorized, dots"
    " fall from left to right. Right: share of each class with scores from 0.25 on, over its size. Bars are"
    " 95 % intervals.",
    section="In a finished experiment",
    of=lambda params: params.experiment is not None,
)
def elsewhere(found: Sampled) -> go.Figure | None:
    """Draw scores by neighbors, and shares memorized by class."""
    seen = found.facts.elsewhere
    if seen is None:
        return None
    panels = Panels(["by neighbors of the same label", "by class"], height=400, gap=0.14, least_px=260)
    drawn = blank(
        f"Memorization at size {seen.size:,} · {seen.looked_at:,} of {seen.scored:,} examples",
        "elsewhere",
        **panels.layout(
            [
                {"title": {"text": "examples within reach"}, "type": "category"},
                {"title": {"text": "training examples of the class"}},
            ],
            [
                [
                    {"title": {"text": "mean score"}},
                    {"title": {"text": "share memorized"}, "tickformat": ".0%"},
                ]
            ],
        ),
        showlegend=False,
    )
    groups = [group for group in seen.neighbors if group.examples]
    drawn.add_traces(
        [
            _dots(
                [group.named for group in groups], groups, [group.score for group in groups], "by neighbors"
            ),
            _dots(
                [of.examples for of in seen.classes],
                seen.classes,
                [of.memorized for of in seen.classes],
                "by class",
                text=[of.name for of in seen.classes],
            ),
        ]
    )
    for trace, column in zip(drawn.data, (0, 1), strict=True):
        trace.update(panels.at(0, column))
    said = ", ".join(f"{group.named}: {group.score:.3f}" for group in groups)
    summarize(drawn, f"Mean score by examples of the same label within reach {said}.")
    return drawn


def _dots(
    x: Sequence[str] | Sequence[int],
    rows: Sequence[Neighbors | OfClass],
    y: list[float],
    name: str,
    text: list[str] | None = None,
) -> go.Scatter:
    # A single example has a mean without an interval.
    low, high = (
        np.where(np.isfinite(ends), ends, y)
        for ends in ([row.low for row in rows], [row.high for row in rows])
    )
    return go.Scatter(
        x=x,
        y=y,
        name=name,
        text=text,
        mode="markers",
        marker={"color": COLORS["memorization"], "size": 8},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": high - y,
            "arrayminus": y - low,
            "thickness": 1,
            "width": 3,
        },
        customdata=[[row.examples, float(a), float(b)] for row, a, b in zip(rows, low, high, strict=True)],
        meta={"columns": ["examples", "low", "high"]},
    )


FIGURES: tuple[Figure, ...] = (elsewhere,)
