"""What learning from a teacher changes: average memorization, test accuracy, and for which examples."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from pydantic import Field

from backend.figures.cells import cells
from backend.figures.panels import Panels
from backend.figures.style import (
    COLORS,
    NEUTRAL,
    TRAJECTORY_COLORS,
    blank,
    nothing,
    size_axis,
    summarize,
)
from backend.scores.columns import Column
from backend.scores.scores import TRAJECTORIES
from backend.statistics.joint import Limits
from backend.statistics.trajectories import DEFAULT_TAU, INCREASING
from backend.studies.kit.figures import Controls, figure
from backend.studies.memorization.facts import DISTILLED
from backend.studies.memorization.found import Memorized
from backend.studies.memorization.params import MemorizationParams
from backend.studies.scored.placebo import placebos

SECTION = "Distillation"
DIGITS = 6  # that columns, which are in single precision, have for certain
CELLS = 20  # along either score, as in Lukasik et al. 2023, Fig. 5
_WAITS = "Students wait until there are models of every size, two of each, with which to compare them"
_METHODS = (("from labels", "solid", "circle"), ("from a teacher", "dash", "circle-open"))


def asked(params: MemorizationParams) -> bool:
    """Return whether an experiment has students."""
    return params.distillation


def _bars(limits: Sequence[Limits]) -> dict[str, object]:
    """Return error bars of values with their limits."""
    return {
        "array": [high - value for value, _, high in limits],
        "arrayminus": [value - low for value, low, _ in limits],
        "thickness": 1,
        "width": 4,
    }


@figure(
    "Average memorization of students and of models that learn from labels",
    "Left: average memorization, accuracy on the subset minus held-out accuracy. Right: these accuracies and"
    " that on the test set. A student has the subset, the first weights and the order of batches of the model"
    " that learns from labels; its teacher, of the largest size, has the same subset. Limits are 95 % over"
    " models.",
    section=SECTION,
    of=asked,
    lacking=_WAITS,
)
def distillation(found: Memorized) -> go.Figure | None:
    """Draw memorization beside the accuracies that it comes of, both ways of learning."""
    d = found.facts.distillation
    if d is None:
        return None
    count = len(d.sizes)
    panels = Panels(("average memorization", "accuracy"), 440, least_px=320)
    drawn = blank(
        f"Students and models that learn from labels, {d.models:,} of each",
        "distillation",
        **panels.layout(
            [size_axis(found.size_name, d.sizes)], [[{"rangemode": "tozero"}, {"range": [-0.02, 1.02]}]]
        ),
    )
    for method, (name, dash, symbol) in enumerate(_METHODS):
        limits = [d.memorization.contrast({method * count + s: 1}) for s in range(count)]
        look = {"mode": "lines+markers", "marker": {"symbol": symbol, "size": 8}}
        drawn.add_scatter(
            x=d.sizes,
            y=[value for value, _, _ in limits],
            error_y=_bars(limits),
            name=f"memorization, {name}",
            line={"color": COLORS["memorization"], "width": 2, "dash": dash},
            hovertemplate=f"%{{y:.3f}}<extra>{name}</extra>",
            **look,
            **panels.at(0, 0),
        )
        accuracies = np.array((d.by_labels, d.distilled)[method])
        for column, (what, role) in enumerate(
            (("subset", "in_accuracy"), ("held out", "heldout_accuracy"), ("test", "test_accuracy"))
        ):
            drawn.add_scatter(
                x=d.sizes,
                y=accuracies[:, column],
                name=f"{what}, {name}",
                line={"color": COLORS[role], "width": 2, "dash": dash},
                hovertemplate=f"%{{y:.3f}}<extra>{what}, {name}</extra>",
                **look,
                **panels.at(0, 1),
            )
    means = np.array(d.memorization.mean).reshape(2, count)
    summarize(
        drawn,
        "Average memorization "
        + "; ".join(
            f"{means[0, s]:.3f} from labels and {means[1, s]:.3f} from a teacher at size {d.sizes[s]:,}"
            for s in sorted({0, count - 1, int(means[0].argmax())})
        )
        + ".",
    )
    return drawn


@figure(
    "What students gain in accuracy",
    "Test accuracy of a student minus that of the model of its size that learns from labels, with 95 % limits"
    " over pairs of models that have the same subset and begin alike.",
    section=SECTION,
    of=asked,
    lacking=_WAITS,
)
def distillation_gain(found: Memorized) -> go.Figure | None:
    """Draw the paired difference over size."""
    d = found.facts.distillation
    if d is None:
        return None
    count = len(d.sizes)
    limits = [d.test.contrast({s: -1, count + s: 1}) for s in range(count)]
    drawn = blank(
        f"Gain in test accuracy by a teacher of size {d.sizes[-1]:,}, {d.models:,} pairs",
        "distillation-gain",
        xaxis=size_axis(found.size_name, d.sizes),
        yaxis={"title": {"text": "change in test accuracy"}, "tickformat": "+.1%", "zeroline": True},
    )
    drawn.add_scatter(
        x=d.sizes,
        y=[value for value, _, _ in limits],
        error_y=_bars(limits),
        customdata=[[row[2], other[2]] for row, other in zip(d.by_labels, d.distilled, strict=True)],
        meta={"columns": ["from labels", "from a teacher"]},
        name="students minus models that learn from labels",
        mode="lines+markers",
        line={"color": COLORS["test_accuracy"], "width": 2},
        hovertemplate="%{y:+.2%}<br>%{customdata[0]:.2%} from labels, %{customdata[1]:.2%} from a teacher"
        "<extra></extra>",
    )
    told = ", ".join(
        f"{value:+.2%} ({low:+.2%} to {high:+.2%}) at size {size:,}"
        for size, (value, low, high) in zip(d.sizes, limits, strict=True)
    )
    summarize(drawn, f"Students gain {told}.")
    return drawn


BY_STUDENTS = Column(
    DISTILLED,
    "Memorization with a teacher",
    "The score by students that learn from a model of the largest size, where the memorization score is that"
    " of models that learn from labels.",
    low=-1.0,
)


class StudentControls(Controls):
    """Which students are looked at."""

    students: int | None = Field(
        None, ge=1, le=4096, description="size of the students; else the largest below the teacher's"
    )


@figure(
    "One score against the other",
    "How many examples have which score by models that learn from labels, and by students of the same size:"
    " 20 by 20 cells, scores below 0 in the lowest. On the dotted line both are equal; below it students"
    " memorize more, above it less. A click on a cell shows its examples in the gallery.",
    section=SECTION,
    controls=StudentControls,
    of=asked,
    lacking="Students wait until every example has a score by them and by models that learn from labels",
)
def distillation_scores(found: Memorized, view: StudentControls) -> go.Figure | None:
    """Draw counts of examples by both scores."""
    scores, by_students = found.results.scores, found.results.columns.get(DISTILLED)
    if scores is None or by_students is None:
        return None
    size = view.students or scores.sizes[max(len(scores.sizes) - 2, 0)]
    if size not in scores.sizes:
        sizes = ", ".join(f"{size:,}" for size in scores.sizes)
        return nothing(f"There are no students of size {size:,}; sizes are {sizes}")
    row = scores.sizes.index(size)
    both = np.stack([scores.memorization[row], by_students[row]])
    both = np.clip(np.round(both[:, np.isfinite(both).all(axis=0)], DIGITS), 0, 1)
    if both.shape[1] == 0:
        return None
    by_labels, distilled = both
    edges = np.round(np.linspace(0, 1, CELLS + 1), DIGITS)
    axis = {"range": [-0.02, 1.02], "constrain": "domain"}
    drawn = blank(
        f"Scores of {len(distilled):,} examples at {found.size_name} {size:,}",
        f"distillation-scores-{size}",
        height=520,
        meta={
            "cells": {
                "x": "column",
                "y": "memorization",
                "edges": edges.tolist(),
                "view": {"size": size, "column": DISTILLED, "sort": f"-column:{DISTILLED}"},
            }
        },
        xaxis={"title": {"text": f"score by students of {found.size_name} {size:,}"}, **axis},
        yaxis={"title": {"text": "score by models that learn from labels"}, **axis, "scaleanchor": "x"},
    )
    drawn.add_trace(cells(distilled, by_labels, edges, edges, ("students", "from labels")))
    drawn.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        line={"color": NEUTRAL, "width": 1.5, "dash": "dot"},
        name="equal",
        showlegend=False,
        hoverinfo="skip",
    )
    less, more = (distilled < by_labels - 0.1).mean(), (distilled > by_labels + 0.1).mean()
    summarize(
        drawn,
        f"At size {size:,} students' scores are lower by more than 0.1 for {less:.1%} of the examples and"
        f" higher by more than 0.1 for {more:.1%}, of which much is noise; they average"
        f" {distilled.mean():.3f} instead of {by_labels.mean():.3f}.",
    )
    return drawn


@figure(
    "Change by type of trajectory",
    "Average score by students minus that by models that learn from labels, over the sizes below the"
    " teacher's, with 95 % limits. Types are those of trajectories without a teacher. One half of the models"
    " tells the type and the other half the change, both ways: who seems to increase by noise alone changes"
    " like its equals.",
    section=SECTION,
    of=asked,
    lacking="Types need students below the teacher's size, and models of both halves with which to compare"
    " them: 20 of each size",
)
def distillation_types(found: Memorized) -> go.Figure | None:
    """Draw the mean change of the examples of every type."""
    d = found.facts.distillation
    types = None if d is None else d.types
    if d is None or types is None:
        return None
    shown = [kind for kind, number in enumerate(types.examples) if number >= 1]
    limits = [types.change.contrast({kind: 1}) for kind in shown]
    noise = placebos(found.results, DEFAULT_TAU)
    names = [f"{TRAJECTORIES[kind]}<br>{types.examples[kind]:,.0f} examples" for kind in shown]
    drawn = blank(
        f"Change of scores by a teacher of size {d.sizes[-1]:,} · {types.models:,} models in two halves",
        "distillation-types",
        xaxis={"type": "category", "title": {"text": "type without a teacher, by half of the models"}},
        yaxis={"title": {"text": "change in memorization"}, "tickformat": "+.2f", "zeroline": True},
        showlegend=False,
    )
    drawn.add_bar(
        x=names,
        y=[value for value, _, _ in limits],
        error_y=_bars(limits),
        customdata=[
            [types.examples[kind], None if (by_noise := noise[kind]) is None else by_noise.mean]
            for kind in shown
        ],
        meta={"columns": ["examples", "share of all that noise alone gives"]},
        marker={"color": [TRAJECTORY_COLORS[TRAJECTORIES[kind]] for kind in shown]},
        hovertemplate="%{y:+.3f}, %{customdata[0]:,.0f} examples<extra></extra>",
    )
    by_noise = noise[INCREASING]
    n = sum(types.examples)
    summarize(
        drawn,
        "; ".join(
            f"{TRAJECTORIES[kind]} {value:+.3f} ({low:+.3f} to {high:+.3f}, {types.examples[kind]:,.0f})"
            for kind, (value, low, high) in zip(shown, limits, strict=True)
        )
        + "."
        + (
            ""
            if by_noise is None
            else f" Noise alone would call about {by_noise.mean * n:,.0f} of {n:,.0f} examples increasing."
        ),
    )
    return drawn
