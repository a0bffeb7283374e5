"""Fig. 1a: how networks fit true labels, random labels, and pictures that carry no information."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from backend.figures.panels import Panels
from backend.figures.spread import COLUMNS, Spread, runs_told
from backend.figures.style import COLORS, NEUTRAL, blank, summarize
from backend.networks.architectures import Architecture, title
from backend.studies.kit.figures import Figure, figure
from backend.studies.randomization.conditions import MODES, Condition, Regularizer
from backend.studies.randomization.facts import Fit
from backend.studies.randomization.found import Randomized
from backend.studies.randomization.looks import DATA, Look, heading, thinned
from backend.studies.randomization.params import Part, has
from backend.studies.randomization.runs import Runs, held, networks_of, runs_of

SECTION = "Networks fit anything"
LEVELS = (0.1, 0.01)  # of the loss, which are marked
LEAST_LOSS = 1e-4
PREVIEW_POINTS = 40


@figure(
    "Fitting true labels, random labels and noise",
    "Training loss, on a logarithmic axis, and accuracy over steps of SGD. Circles mark where the loss"
    " passes 0.1, diamonds 0.01, and stars where every training example is right. Lines are means over"
    " runs, bands their range. On randomized data a network stops once every example is right with a"
    " loss of 0.01; its last values then go on.",
    section=SECTION,
    of=has(Part.FITTING),
)
def fitting(found: Randomized) -> go.Figure | None:
    """Draw loss and accuracy on the training set over steps, one column for each network."""
    facts, reduction = found.facts, found.params.reduction
    runs = runs_of(facts, Regularizer.NONE, MODES)
    networks = networks_of(runs)
    if not networks:
        return None
    panels = Panels([heading(a, reduction) for a in networks], height=620, heights=(3, 2), least_px=230)
    told = runs_told(map(len, runs.values()), "bands")
    layout = panels.layout(
        [{"title": {"text": "step"}, "rangemode": "tozero"}],
        [
            [
                {
                    "title": {"text": "training loss"},
                    "type": "log",
                    "dtick": 1,
                    "exponentformat": "none",
                    "range": _loss_range(runs),
                }
            ],
            [{"title": {"text": "training accuracy"}, "range": [-0.03, 1.06]}],
        ],
    )
    layout["meta"]["least_width"] = max(layout["meta"]["least_width"], 600)  # the legend is needed
    drawn = blank(f"Fitting true and random data · {told}", "fitting", **layout)
    traces: list[go.Scatter] = []
    listed: set[Condition] = set()
    for column, architecture in enumerate(networks):
        for mode in MODES:
            if fits := runs.get((architecture, mode)):
                traces += _curves(mode, fits, panels, column, legend=mode not in listed)
                listed.add(mode)
    drawn.add_traces(traces)
    summarize(drawn, f"{_steps_told(runs, networks)} {told.capitalize()}.")
    return drawn


@figure(
    "Accuracy on the training set and on the test set",
    "After training: how well each kind of data is fit, and what of it carries over to pictures that the"
    " network has not seen. The dotted line is chance. Points are means over runs, bars their range.",
    section=SECTION,
    of=has(Part.FITTING),
)
def fitting_test(evidence: Randomized) -> go.Figure | None:
    """Draw accuracy on training and test set after training, one column for each network."""
    facts, reduction, classes = evidence.facts, evidence.params.reduction, evidence.facts.classes
    runs = runs_of(facts, Regularizer.NONE, MODES)
    networks = networks_of(runs)
    if not networks:
        return None
    modes = [mode for mode in MODES if any((a, mode) in runs for a in networks)]
    panels = Panels([heading(a, reduction) for a in networks], height=170 + 34 * len(modes), least_px=230)
    told = runs_told(map(len, runs.values()), "bars")
    names = [mode.name for mode in modes]
    layout = panels.layout(
        [{"title": {"text": "accuracy"}, "range": [-0.04, 1.04]}],
        [
            [
                {
                    "title": {"text": "trained on", "standoff": 8},
                    "type": "category",
                    "categoryarray": names,
                    "range": [len(names) - 0.5, -0.5],
                }
            ]
        ],
    )
    layout["shapes"] = [
        _chance(classes, panels.at(0, column)["xaxis"], panels.at(0, column)["yaxis"])
        for column in range(len(networks))
    ]
    drawn = blank(f"Training and test accuracy · dotted: chance · {told}", "fitting-test", **layout)
    said = []
    for column, architecture in enumerate(networks):
        found = [mode for mode in modes if (architecture, mode) in runs]
        ends = [[fit.final for fit in runs[architecture, mode]] for mode in found]
        train, test = (Spread.of([pair[which] for pair in pairs] for pairs in ends) for which in (0, 1))
        words = [mode.name for mode in found]
        drawn.add_traces(_dumbbells(words, train, test, panels.at(0, column), legend=column == 0))
        pairs = zip(words, train.mean, test.mean, strict=True)
        told_of = ", ".join(f"{name} {on_train:.1%} and {on_test:.1%}" for name, on_train, on_test in pairs)
        said.append(f"{title(architecture, reduction)}: {told_of}")
    summarize(
        drawn, f"Accuracy on training and test set, where chance is {1 / classes:.1%}. {'; '.join(said)}."
    )
    return drawn


def _loss_range(runs: Runs) -> list[float]:
    """Return the exponents between which losses are drawn: what falls further no longer matters."""
    losses = [loss for fits in runs.values() for fit in fits for loss in fit.loss if 0 < loss < np.inf]
    return [np.log10(max(min(losses, default=1), LEAST_LOSS) * 0.8), np.log10(max(losses, default=1) * 1.5)]


def preview(found: Randomized) -> dict[str, Any] | None:
    """Return the training accuracy of the first network over steps on each kind of data, for its card."""
    runs = runs_of(found.facts, Regularizer.NONE, MODES)
    networks = networks_of(runs)
    if not networks:
        return None
    lines = []
    for mode in MODES:
        if fits := runs.get((networks[0], mode)):
            mean = held([fit.train for fit in fits]).mean(axis=0)
            kept = thinned(len(mean), PREVIEW_POINTS)
            lines.append(
                {
                    "name": mode.name,
                    "color": DATA[mode].color,
                    "x": (kept * fits[0].steps_per_epoch).tolist(),
                    "y": mean[kept].tolist(),
                }
            )
    return {"kind": "lines", "x_title": "step", "y_title": "training accuracy", "lines": lines}


def _curves(
    mode: Condition, fits: Sequence[Fit], panels: Panels, column: int, *, legend: bool
) -> list[go.Scatter]:
    look, traces = DATA[mode], []
    for row, values in enumerate((held([fit.loss for fit in fits]), held([fit.train for fit in fits]))):
        kept = thinned(values.shape[1])
        steps, spread = kept * fits[0].steps_per_epoch, Spread.of(values[:, kept].T)
        axes = panels.at(row, column)
        traces += [trace.update(axes) for trace in spread.bands(steps.tolist(), look.color, mode.name)]
        line = go.Scatter(
            x=steps,
            y=spread.mean,
            customdata=spread.table,
            meta={"columns": COLUMNS},
            mode="lines",
            name=mode.name,
            legendgroup=mode.name,
            showlegend=legend and row == 0,
            line={"color": look.color, "dash": look.dash, "width": 2},
            hovertemplate=f"step %{{x:,}}: %{{y:.4~g}}<extra>{mode.name}</extra>",
            **axes,
        )
        traces.append(line)
    return traces + _marks(mode, look, fits, panels, column)


def _marks(mode: Condition, look: Look, fits: Sequence[Fit], panels: Panels, column: int) -> list[go.Scatter]:
    """Mark where all runs have passed the levels of the loss, and where they have fit."""
    levels = [(_mean([fit.steps_to_loss(level) for fit in fits]), level) for level in LEVELS]
    passed = [
        (steps, level, symbol)
        for (steps, level), symbol in zip(levels, ("circle", "diamond"), strict=True)
        if steps is not None
    ]
    fitted = _mean([fit.steps_to_fit() for fit in fits])
    every = [] if fitted is None else [(fitted, 1.0, "star")]
    return [
        go.Scatter(
            x=[steps for steps, _, _ in marks],
            y=[level for _, level, _ in marks],
            mode="markers",
            name=f"{mode.name}, {words}",
            legendgroup=mode.name,
            showlegend=False,
            marker={
                "symbol": [symbol for _, _, symbol in marks],
                "color": look.color,
                "size": 10,
                "line": {"color": NEUTRAL, "width": 1},
            },
            hovertemplate=f"%{{x:,.0f}} steps to {hover}<extra>{mode.name}</extra>",
            **panels.at(row, column),
        )
        for row, marks, words, hover in (
            (0, passed, "passing a loss", "a loss of %{y}"),
            (1, every, "every example right", "every example right"),
        )
        if marks
    ]


def _mean(steps: Sequence[float | None]) -> float | None:
    """Return the mean over runs, None unless all have got there."""
    known = [count for count in steps if count is not None]
    return float(np.mean(known)) if len(known) == len(steps) else None


def _steps_told(runs: Runs, networks: Sequence[Architecture]) -> str:
    told = []
    for architecture in networks:
        words = []
        for mode in MODES:
            if fits := runs.get((architecture, mode)):
                steps = _mean([fit.steps_to_fit() for fit in fits])
                words.append(f"{mode.name} {'not yet' if steps is None else f'{steps:,.0f}'}")
        told.append(f"{title(architecture)}: {', '.join(words)}")
    return f"Steps until every training example is right, {'; '.join(told)}."


def _dumbbells(
    names: Sequence[str], train: Spread, test: Spread, axes: Mapping[str, str], *, legend: bool
) -> list[go.Scatter]:
    """Draw train and test accuracy of each name, joined by a line."""
    ends = zip(train.mean.tolist(), test.mean.tolist(), strict=True)
    joined = go.Scatter(
        x=[value for pair in ends for value in (*pair, None)],
        y=[value for name in names for value in (name, name, None)],
        mode="lines",
        line={"color": NEUTRAL, "width": 2},
        showlegend=False,
        hoverinfo="skip",
        **axes,
    )
    points = [
        go.Scatter(
            x=spread.mean,
            y=list(names),
            error_x=spread.bars(),
            customdata=spread.table,
            meta={"columns": COLUMNS},
            mode="markers",
            name=name,
            legendgroup=name,
            showlegend=legend,
            marker={"symbol": symbol, "size": 10, "color": COLORS[role]},
            hovertemplate=f"%{{y}}: %{{x:.1%}}<extra>{name}</extra>",
            **axes,
        )
        for name, role, symbol, spread in (
            ("training set", "in_accuracy", "circle", train),
            ("test set", "test_accuracy", "diamond", test),
        )
    ]
    return [joined, *points]


def _chance(classes: int, x: str, y: str) -> dict[str, object]:
    return {
        "type": "line",
        "xref": x,
        "yref": f"{y} domain",
        "x0": 1 / classes,
        "x1": 1 / classes,
        "y0": 0,
        "y1": 1,
        "line": {"color": NEUTRAL, "width": 1.5, "dash": "dot"},
    }


FIGURES: tuple[Figure, ...] = (
    fitting,
    fitting_test,
)
