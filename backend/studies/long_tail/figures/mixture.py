"""Mixtures of subpopulations: what is lost without those seen once, and what is memorized."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from pydantic import Field

from backend.figures.panels import Panels
from backend.figures.style import COLORS, NEUTRAL, SERIES, blank, summarize
from backend.studies.kit.figures import Controls, Figure, figure
from backend.studies.long_tail.facts import Cell
from backend.studies.long_tail.figures.samples import dots
from backend.studies.long_tail.found import Sampled
from backend.studies.long_tail.params import LEARNER_TITLES, MOST, LearnerName

SECTION = "Examples that are alike, not equal"
SEEN = ("once", "twice", *(f"{times} times" for times in range(3, MOST + 1)))


class MixtureControls(Controls):
    """Who learns."""

    learner: LearnerName = Field(
        LearnerName.NEAREST,
        title="Learner",
        description="whose errors are shown",
        json_schema_extra={"labels": {name.value: title for name, title in LEARNER_TITLES.items()}},
    )


def cells_of(found: Sampled, learner: LearnerName) -> dict[float, list[Cell]]:
    """Return a learner's mixtures by tightness, each from few to many dimensions."""
    by_tightness: dict[float, list[Cell]] = {}
    cells = sorted(found.facts.cells, key=lambda cell: (cell.tightness, cell.dimensions))
    for cell in cells:
        if cell.learner is learner and np.isfinite(cell.excess_error):
            by_tightness.setdefault(cell.tightness, []).append(cell)
    return by_tightness


@figure(
    "What is lost without the subpopulations seen once",
    "A learner is trained with and without the examples whose subpopulation was seen once; dots are by how"
    " much its error on new examples rises, with 95 % intervals. Dotted: tau_1 for each of them that it then"
    " gets wrong, as if examples of a subpopulation were equal. Dashed: that times lambda_1, how often one"
    " example answers for another of its subpopulation. Where dimensions are few and subpopulations overlap,"
    " the coupling is broken and nothing is lost. The theorem bounds the error over the best possible one, we"
    " measure it over the same learner's, so dots may also lie below the dashes.",
    section=SECTION,
    controls=MixtureControls,
)
def lost(found: Sampled, controls: MixtureControls) -> go.Figure | None:
    """Draw the excess error over dimensions, a panel for each tightness."""
    rows = cells_of(found, controls.learner)
    if not rows:
        return None
    panels = Panels([f"<b>tightness {tightness:g}</b>" for tightness in rows], height=380, least_px=220)
    x = {"title": {"text": "dimensions"}, "type": "log", "tickvals": list(found.params.dimensions)}
    y = {"title": {"text": "excess error"}, "tickformat": ".0%"}
    title = f"Excess without subpopulations seen once · {LEARNER_TITLES[controls.learner]}"
    drawn = blank(title, f"lost-{controls.learner}", **panels.layout([x], [[y]]))
    for column, cells in enumerate(rows.values()):
        place = {**panels.at(0, column), "showlegend": column == 0}
        dimensions = [cell.dimensions for cell in cells]
        measured = dots(
            "measured", dimensions, [c.excess for c in cells], [c.excess_error for c in cells], **place
        )
        drawn.add_traces(
            [
                _guide("tau_1 for each", dimensions, [cell.lost for cell in cells], "dot", NEUTRAL, **place),
                _guide(
                    "lambda_1 tau_1 for each",
                    dimensions,
                    [cell.predicted for cell in cells],
                    "dash",
                    COLORS["in_accuracy"],
                    **place,
                ),
                measured,
            ]
        )
    said = "; ".join(
        f"{cell.dimensions:,} dimensions, tightness {cell.tightness:g}: {cell.excess:.1%} for"
        f" {cell.predicted:.1%}"
        for cells in rows.values()
        for cell in cells
    )
    summarize(drawn, f"Measured and predicted excess error, {LEARNER_TITLES[controls.learner]}. {said}.")
    return drawn


@figure(
    "Memorization by how often a subpopulation is seen",
    "Mean memorization scores of training examples: how much likelier the right answer is with the example"
    " than without it. Where subpopulations are apart, those seen once are memorized and the others need not"
    " be. The mean over all examples is the generalization gap, error on new examples minus error on the"
    " sample: compare the last two groups.",
    section=SECTION,
    controls=MixtureControls,
)
def scores(found: Sampled, controls: MixtureControls) -> go.Figure | None:
    """Draw mean scores by multiplicity, over all examples, and the gap; a panel for each tightness."""
    rows = cells_of(found, controls.learner)
    if not rows:
        return None
    panels = Panels([f"<b>tightness {tightness:g}</b>" for tightness in rows], height=380, least_px=280)
    y = {"title": {"text": "memorization score"}}
    drawn = blank(
        f"Memorization · {LEARNER_TITLES[controls.learner]}",
        f"scores-{controls.learner}",
        **panels.layout([{"title": {"text": "subpopulation seen"}, "type": "category"}], [[y]]),
    )
    for column, cells in enumerate(rows.values()):
        for cell in cells:
            color = SERIES[found.params.dimensions.index(cell.dimensions) % len(SERIES)]
            name = f"{cell.dimensions:,} dimensions"
            bars = dots(
                name,
                [*SEEN, "all", "gap"],
                [*cell.scores, cell.memorization, cell.gap],
                [*cell.score_errors, cell.memorization_error, cell.gap_error],
                color=color,
                legendgroup=name,
                showlegend=column == 0,
                **panels.at(0, column),
            )
            drawn.add_trace(bars)
    best = list(rows.values())[-1][-1]
    summarize(
        drawn,
        f"With {best.dimensions:,} dimensions and tightness {best.tightness:g}, those seen once score"
        f" {best.scores[0]:.2f}; the mean score is {best.memorization:.3f}, the gap {best.gap:.3f}.",
    )
    return drawn


def _guide(
    name: str, x: Sequence[float], y: Sequence[float], dash: str, color: str, **more: Any
) -> go.Scatter:
    return go.Scatter(
        x=x, y=y, name=name, mode="lines", line={"dash": dash, "color": color, "width": 2}, **more
    )


FIGURES: tuple[Figure, ...] = (lost, scores)
