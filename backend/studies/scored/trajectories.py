"""The scores of single examples over model size."""

from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
from pydantic import Field

from backend.figures import trajectories as drawing
from backend.scores.scores import Scores
from backend.statistics.intervals import THRESHOLD
from backend.studies.kit.figures import Controls, figure
from backend.studies.kit.found import Found
from backend.studies.scored.rows import kept, selected_row

DEFAULT_EXAMPLES = 6


class TrajectoryControls(Controls):
    """Whose trajectories are drawn."""

    example: tuple[Annotated[int, Field(ge=0, le=2**31 - 1)], ...] = Field(
        (), max_length=50, description="indices of examples; the most memorized ones if empty"
    )


@figure(
    "Memorization of single examples over model size",
    "The score of each chosen example at every size, with its 95 % interval.",
    controls=TrajectoryControls,
)
def trajectories(found: Found[Any, Any], controls: TrajectoryControls) -> go.Figure | None:
    """Draw the chosen examples, or those most memorized at the selected size."""
    scores = found.results.scores
    if scores is None:
        return None
    values = scores.memorization
    known = tuple(index for index in controls.example if index < scores.n)
    chosen = known or _most_memorized(
        values[selected_row(scores, found.selected)], kept(scores, found.selected)
    )
    examples = [
        drawing.Trajectory(
            i, _example_name(scores, i, found.classes), values[:, i], scores.low[:, i], scores.high[:, i]
        )
        for i in chosen
    ]
    return drawing.trajectories(scores.sizes, examples, found.size_name, THRESHOLD)


def _most_memorized(values: npt.NDArray[np.float64], keep: npt.NDArray[np.bool_]) -> tuple[int, ...]:
    ranked = np.argsort(-np.where(keep, values, np.nan), kind="stable")  # NaN come last
    return tuple(int(i) for i in ranked[:DEFAULT_EXAMPLES] if keep[i] and np.isfinite(values[i]))


def _example_name(scores: Scores, index: int, classes: tuple[str, ...]) -> str:
    flipped = " (flipped)" if scores.flipped[index] else ""
    label = int(scores.labels[index])
    return f"#{index}, label {classes[label] if classes else label}{flipped}"
