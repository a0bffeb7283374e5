"""The two estimators of a score beside each other: how well margins are calibrated, and where they differ."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from backend.figures import estimators as drawing
from backend.studies.kit.figures import figure
from backend.studies.kit.found import Found
from backend.studies.scored.rows import kept, selected_row

SECTION = "How well scores are known"
_NO_MARGINS = "No size has margins of enough models yet, or they were not kept"
FARTHEST = 12  # examples that are marked


@figure(
    "Calibration of margins",
    "Points: the share of right answers counted, of examples in twenty groups by where their margins lie."
    " Line: the share that the margins alone tell. Where they part, margins mislead.",
    section=SECTION,
    lacking=_NO_MARGINS,
)
def calibration(found: Found[Any, Any]) -> go.Figure | None:
    """Draw counted shares and the curve over the margins, with and without the examples."""
    scores, margins = found.results.scores, found.results.margins
    if scores is None or margins is None:
        return None
    row = selected_row(scores, found.selected)
    if np.isnan(margins.low[row]).all():
        return None
    title = f"Right answers over margins at {found.size_name} {scores.sizes[row]:,}"
    return drawing.calibration(margins.calibration[row], title)


@figure(
    "Counts against margins",
    "Every example by its score from counts and from margins. Marked are those farthest apart for their"
    " intervals: there one of the two is off, and more models tell which.",
    section=SECTION,
    lacking=_NO_MARGINS,
)
def disagreement(found: Found[Any, Any]) -> go.Figure | None:
    """Draw both scores of the examples that filters leave, and mark the farthest apart."""
    scores, margins = found.results.scores, found.results.margins
    if scores is None or margins is None:
        return None
    row = selected_row(scores, found.selected)
    counted = scores.by_count[row]
    estimated = (margins.in_accuracy[row] - margins.heldout_accuracy[row]).astype(np.float64)
    shown = np.flatnonzero(kept(scores, found.selected) & np.isfinite(counted) & np.isfinite(estimated))
    if len(shown) == 0:
        return None
    width = (margins.high[row] - margins.low[row])[shown]
    apart = np.abs(counted - estimated)[shown] / np.maximum(width, 1e-6)
    farthest = shown[np.argsort(-apart, kind="stable")[:FARTHEST]]
    title = (
        f"Scores from counts and margins at {found.size_name} {scores.sizes[row]:,} · {len(shown):,} examples"
    )
    return drawing.disagreement(counted, estimated, shown, farthest, title)
