"""Samples of a prior, on the lines that theory draws."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from backend.figures.style import COLORS, NEUTRAL, blank, summarize
from backend.statistics.intervals import normal_quantile
from backend.studies.kit.figures import Figure, figure
from backend.studies.long_tail.found import Sampled

SECTION = "What is seen once is worth fitting"
Z = normal_quantile(0.95)


@figure(
    "What a point seen l times is worth",
    "n tau_l: how often a point that was seen l times is to be expected among n new samples. The line is the"
    " closed form, dots are our samples with their 95 % intervals, which are mostly smaller than the dots."
    " Look at l = 1: the more it is, the more it costs to leave such points unfitted.",
    section=SECTION,
)
def worth(found: Sampled) -> go.Figure | None:
    """Draw n tau_l over l."""
    n, rows = found.params.samples, found.facts.seen
    seen = [row for row in rows if np.isfinite(row.tau_error)]
    if not seen:
        return None
    drawn = blank(
        f"Worth of a point · {found.facts.repetitions:,} repetitions",
        "worth",
        xaxis={"title": {"text": "times seen, l"}, "dtick": 1},
        yaxis={"title": {"text": "n tau_l"}, "rangemode": "tozero"},
    )
    drawn.add_traces(
        [
            _line([row.multiplicity for row in rows], [n * row.tau_expected for row in rows]),
            dots(
                "samples",
                [row.multiplicity for row in seen],
                [n * row.tau for row in seen],
                [n * row.tau_error for row in seen],
            ),
        ]
    )
    said = ", ".join(
        f"{n * row.tau:.3f} for {n * row.tau_expected:.3f} at l = {row.multiplicity}" for row in seen
    )
    summarize(drawn, f"Sampled and expected n tau_l: {said}.")
    return drawn


@figure(
    "The price of leaving points seen once unfitted",
    "A learner fits all of the sample but a fraction of the points seen once, and guesses there. Its error"
    " above that of one that fits everything: dots are our samples with 95 % intervals, the line is tau_1 for"
    " each wrong answer. It is straight: every such point costs the same.",
    section=SECTION,
)
def price(found: Sampled) -> go.Figure | None:
    """Draw the excess error over the fraction unfitted."""
    rows = [row for row in found.facts.unfitted if np.isfinite(row.error)]
    if not rows:
        return None
    drawn = blank(
        f"Excess error · {found.params.named}, n = {found.params.samples:,}",
        "price",
        xaxis={"title": {"text": "fraction of the points seen once that is unfitted"}, "tickformat": ".0%"},
        yaxis={"title": {"text": "excess error"}, "rangemode": "tozero", "tickformat": ".1%"},
    )
    x = [row.fraction for row in rows]
    drawn.add_traces(
        [
            _line(x, [row.expected for row in rows]),
            dots("samples", x, [row.excess for row in rows], [row.error for row in rows]),
        ]
    )
    last = rows[-1]
    summarize(drawn, f"Fitting none of them costs {last.excess:.2%}, expected {last.expected:.2%}.")
    return drawn


def preview(found: Sampled) -> dict[str, Any] | None:
    """Return the price over the fraction unfitted, for the card."""
    rows = found.facts.unfitted
    if not rows:
        return None
    x = [row.fraction for row in rows]
    lines = [
        {"name": name, "color": color, "x": x, "y": y}
        for name, color, y in (
            ("expected", NEUTRAL, [row.expected for row in rows]),
            ("sampled", COLORS["memorization"], [row.excess for row in rows]),
        )
    ]
    return {"kind": "lines", "x_title": "fraction unfitted", "y_title": "excess error", "lines": lines}


def dots(name: str, x: Sequence[Any], y: Sequence[float], errors: Sequence[float], **more: Any) -> go.Scatter:
    """Return means with their 95 % intervals, from standard errors."""
    half = Z * np.asarray(errors)
    return go.Scatter(
        x=x,
        y=y,
        name=name,
        mode=more.pop("mode", "markers"),
        error_y={"type": "data", "array": half, "thickness": 1, "width": 3},
        marker={"color": more.pop("color", COLORS["memorization"]), "size": 8},
        customdata=np.stack([np.asarray(y) - half, np.asarray(y) + half], axis=1),
        meta={"columns": ["low", "high"]},
        **more,
    )


def _line(x: Sequence[float], y: Sequence[float]) -> go.Scatter:
    return go.Scatter(x=x, y=y, name="closed form", mode="lines", line={"color": NEUTRAL, "width": 2})


FIGURES: tuple[Figure, ...] = (worth, price)
