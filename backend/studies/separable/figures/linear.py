"""Linear models over the logarithm of time: optimizers, gradient flow, two classes of images."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from pydantic import Field

from backend.figures.panels import Panels
from backend.figures.spread import COLUMNS, Spread, runs_told
from backend.figures.style import COLORS, NEUTRAL, SERIES, SYMBOLS, blank, summarize
from backend.studies.kit.figures import Controls, Figure, figure
from backend.studies.separable.facts import Path
from backend.studies.separable.found import Separated
from backend.studies.separable.optimizers import TITLES, TRIED, Optimizer
from backend.studies.separable.params import Part, has
from backend.studies.separable.points import TITLES as POINT_TITLES
from backend.studies.separable.points import Points

SECTION = "Which separator optimizers choose"
FLOW_SECTION = "Gradient flow, until a trillion"
PAIR_SECTION = "Two classes of the data set"
LOOKS = {
    optimizer: (color, symbol) for optimizer, color, symbol in zip(Optimizer, SERIES, SYMBOLS, strict=False)
}
STEPS = {"type": "log", "title": {"text": "steps (of SGD: epochs)"}, "exponentformat": "power"}
MARKS_EVERY = 8


class PointControls(Controls):
    """Whose points are looked at."""

    points: Points = Field(
        Points.PAPER,
        title="Points",
        description="Those of the paper's Fig. 1, those of its comparison with Adam, or two unequal ones.",
        json_schema_extra={"labels": {which.value: words for which, words in POINT_TITLES.items()}},
    )


def by_optimizer(paths: Iterable[Path]) -> dict[Optimizer, list[Path]]:
    """Return paths by their optimizer, in the usual order, without those that diverged at once."""
    found: dict[Optimizer, list[Path]] = {}
    for path in paths:
        if path.steps:
            found.setdefault(path.optimizer, []).append(path)
    return {optimizer: found[optimizer] for optimizer in Optimizer if optimizer in found}


def together(paths: Sequence[Path], name: str) -> tuple[list[int], Spread]:
    """Return the steps that all these draws have, and the spread of a quantity over them."""
    length = min(len(path.steps) for path in paths)
    values = np.array([getattr(path, name)[:length] for path in paths])
    return list(paths[0].steps[:length]), Spread.of(values.T.tolist())


def _lines(paths: Iterable[Path], name: str, *, legend: bool, **where: str) -> list[Any]:
    traces: list[Any] = []
    for optimizer, of_one in by_optimizer(paths).items():
        color, symbol = LOOKS[optimizer]
        steps, spread = together(of_one, name)
        label = TITLES[optimizer]
        traces += [trace.update(where) for trace in spread.bands(steps, color, label)]
        traces.append(
            go.Scatter(
                x=steps,
                y=spread.mean,
                name=label,
                legendgroup=label,
                showlegend=legend,
                mode="lines+markers",
                line={"color": color, "width": 2},
                marker={"symbol": symbol, "size": 6, "maxdisplayed": MARKS_EVERY},
                customdata=spread.table,
                meta={"columns": COLUMNS},
                **where,
            )
        )
    return traces


def _guide(paths: Sequence[Path], **where: str) -> list[Any]:
    """Return 1 / t through the late losses of gradient descent."""
    of_gd = by_optimizer(paths).get(Optimizer.GD)
    if not of_gd:
        return []
    steps, spread = together(of_gd, "loss")
    x = np.array([10, steps[-1]])
    line = {"color": NEUTRAL, "dash": "dash"}
    y = spread.mean[-1] * x[-1] / x
    return [go.Scatter(x=x, y=y, name="1 / t", mode="lines", line=line, hoverinfo="skip", **where)]


def _log(title: str) -> dict[str, Any]:
    return {"type": "log", "title": {"text": title}, "exponentformat": "power"}


@figure(
    "Optimizers over time",
    "Weights grow like the logarithm of time and turn toward the maximum margin, each optimizer at a pace of"
    " its own: angle and margin gap fall on logarithmic axes. The loss falls as 1 / t, the dashed line;"
    " normalized gradient descent goes far ahead. Gradient descent and Adam go on to 10^12 by differential"
    " equations that their steps follow; Adam's is right to 0.2 degrees. The paper's points are a special"
    " case: by their symmetry the angle falls as a power of time, which two unequal points do not let it.",
    section=SECTION,
    controls=PointControls,
    of=has(Part.OPTIMIZERS),
)
def optimizers(found: Separated, controls: PointControls) -> go.Figure | None:
    """Draw angle, margin gap, loss and norm over steps."""
    paths = [path for path in found.facts.paths if path.points is controls.points and path.steps]
    if not paths:
        return None
    panels = Panels(["", ""], height=680, heights=(1, 1), gap=0.13, row_gap=0.09, least_px=300)
    layout = panels.layout(
        [STEPS],
        [
            [_log("angle, degrees"), _log("margin gap, share")],
            [_log("loss"), {"title": {"text": "norm of the weights"}}],
        ],
    )
    told = runs_told([len(of_one) for of_one in by_optimizer(paths).values()], "bands")
    title = f"{POINT_TITLES[controls.points].capitalize()} · {told}"
    drawn = blank(title, f"optimizers-{controls.points}", **layout)
    for number, name in enumerate(("angle", "gap", "loss", "norm")):
        place = panels.at(*divmod(number, 2))
        drawn.add_traces(_lines(paths, name, legend=number == 0, **place))
        if name == "loss":
            drawn.add_traces(_guide(paths, **place))
    ends = "; ".join(
        f"{TITLES[optimizer]} {np.mean([path.angle[-1] for path in of_one]):.2g}"
        f" after {of_one[0].steps[-1]:.0e}"
        for optimizer, of_one in by_optimizer(paths).items()
    )
    summarize(drawn, f"Degrees from the maximum margin in the end: {ends}.")
    return drawn


@figure(
    "Where optimizers point in the end",
    "Degrees between the last weights and the maximum margin, a mark for each draw of points. The margin does"
    " not depend on how coordinates are scaled as Adam does: on stretched points it ends at the maximum"
    " margin of some draws and far from that of others.",
    section=SECTION,
    of=has(Part.OPTIMIZERS),
)
def ends(found: Separated) -> go.Figure | None:
    """Draw the last angle of every path."""
    rows = [
        (tried, [path for path in found.facts.paths if (path.points, path.optimizer) == tried and path.steps])
        for tried in TRIED
    ]
    rows = [(tried, paths) for tried, paths in rows if paths]
    if not rows:
        return None
    names = [f"{TITLES[tried.optimizer]}, {_SHORT[tried.points]}" for tried, _ in rows]
    drawn = blank(
        "Degrees from the maximum margin in the end",
        "ends",
        height=90 + 34 * len(rows) + 60,
        margin={"l": 210, "t": 44},
        xaxis={**_log("degrees"), "dtick": 2},
        yaxis={"type": "category", "categoryarray": names, "autorange": "reversed"},
        showlegend=False,
    )
    for name, (tried, paths) in zip(names, rows, strict=True):
        color, symbol = LOOKS[tried.optimizer]
        drawn.add_scatter(
            x=[max(path.angle[-1], 1e-9) for path in paths],
            y=[name] * len(paths),
            name=name,
            mode="markers",
            marker={"color": color, "symbol": symbol, "size": 10, "opacity": 0.75},
            customdata=[[path.draw, path.steps[-1]] for path in paths],
            meta={"columns": ["draw", "steps"]},
        )
    said = "; ".join(
        f"{name} {min(p.angle[-1] for p in paths):.2g} to {max(p.angle[-1] for p in paths):.2g}"
        for name, (_, paths) in zip(names, rows, strict=True)
    )
    summarize(drawn, f"Degrees from the maximum margin: {said}.")
    return drawn


_SHORT = {Points.PAPER: "the paper's", Points.SCALED: "stretched", Points.ASYMMETRIC: "two unequal"}


@figure(
    "The validation loss of one wrong point",
    "Validation points of which the maximum margin gets just one wrong. Its loss grows with the norm of"
    " the weights, as log t, whatever the error does: the line is what Theorem 3 has the loss tend to.",
    section=FLOW_SECTION,
    of=has(Part.FLOW),
)
def flow_validation(found: Separated) -> go.Figure | None:
    """Draw validation loss above validation error over t."""
    flows = found.facts.flows
    if not flows:
        return None
    panels = Panels([""], height=460, heights=(2, 1), row_gap=0.1)
    layout = panels.layout(
        [{**STEPS, "title": {"text": "t"}}],
        [
            [{"title": {"text": "validation loss"}}],
            [{"title": {"text": "validation error"}, "tickformat": ".0%", "rangemode": "tozero"}],
        ],
    )
    told = runs_told([len(flows)], "bands")
    drawn = blank(f"Validation along gradient flow · {told}", "flow-validation", **layout)
    times = list(flows[0].times)
    for row, (name, color) in enumerate(
        (("validation_loss", COLORS["test_accuracy"]), ("validation_error", COLORS["memorization"]))
    ):
        spread = Spread.of(np.array([getattr(flow, name) for flow in flows]).T.tolist())
        label, place = name.replace("_", " "), panels.at(row, 0)
        drawn.add_traces([trace.update(place) for trace in spread.bands(times, color, label)])
        drawn.add_scatter(
            x=times,
            y=spread.mean,
            name=label,
            legendgroup=label,
            mode="lines",
            line={"color": color, "width": 2},
            customdata=spread.table,
            meta={"columns": COLUMNS},
            **place,
        )
    loss = float(np.mean([flow.validation_loss[-1] for flow in flows]))
    x = np.array([1e3, times[-1]])
    drawn.add_scatter(
        x=x,
        y=loss + flows[0].expected * np.log(x / x[-1]),
        name=f"slope {flows[0].expected:g}",
        mode="lines",
        line={"color": NEUTRAL, "dash": "dash"},
        **panels.at(0, 0),
    )
    slope = float(np.mean([flow.slope for flow in flows]))
    summarize(
        drawn,
        f"The validation loss is {loss:.2f} at 10^12 and grows by {slope:.3f} for each factor of e, where its"
        f" limit is {flows[0].expected:g}; the validation error is {flows[0].validation_error[-1]:.1%} in the"
        " end.",
    )
    return drawn


@figure(
    "Optimizers on two classes",
    "Each image is a point of its pixels, from 0 to 1, and of a constant 1. Where the two classes can be told"
    " apart, angles are to the maximum margin. Where they overlap there is none: gradient descent then ends"
    " at the weights of least loss, and their norm stops growing.",
    section=PAIR_SECTION,
    of=has(Part.PAIR),
)
def pair_paths(found: Separated) -> go.Figure | None:
    """Draw angle, loss and norm over steps."""
    if not found.facts.pairs:
        return None
    pair = found.facts.pairs[0]
    quantities = [("loss", _log("loss")), ("norm", {"title": {"text": "norm"}, "rangemode": "tozero"})]
    if pair.separable:
        quantities.insert(0, ("angle", {"title": {"text": "angle, degrees"}, "rangemode": "tozero"}))
    panels = Panels([""], height=200 + 170 * len(quantities), heights=(1,) * len(quantities))
    drawn = blank(
        f"{pair.names[0]} and {pair.names[1]} · {pair.n} images"
        + ("" if pair.separable else ", which no such model separates"),
        "pair-paths",
        **panels.layout([STEPS], [[axis] for _, axis in quantities]),
    )
    for row, (name, _) in enumerate(quantities):
        drawn.add_traces(_lines(pair.paths, name, legend=row == 0, **panels.at(row, 0)))
        if name == "loss" and pair.separable:
            drawn.add_traces(_guide(pair.paths, **panels.at(row, 0)))
    of_gd = by_optimizer(pair.paths).get(Optimizer.GD, [])
    said = "".join(
        f" Gradient descent is {path.angle[-1]:.2g} degrees from the maximum margin after"
        f" {path.steps[-1]:.0e} steps."
        for path in of_gd
        if pair.separable
    )
    words = f"Some linear model is right about all {pair.n} images"
    summarize(drawn, f"{words if pair.separable else pair.instead.capitalize()}.{said}")
    return drawn


@figure(
    "Weights as pictures",
    "The weights of pixels, all of one norm: blue speaks for the second class, red for the first. Gradient"
    " descent after ever more steps, and last what it tends to. Early weights are the difference of both"
    " classes' means; late ones rest on few examples.",
    section=PAIR_SECTION,
    of=has(Part.PAIR),
)
def pair_weights(found: Separated) -> go.Figure | None:
    """Draw gradient descent's weights at some steps, and their limit."""
    if not found.facts.pairs or not found.facts.pairs[0].pictures:
        return None
    pair = found.facts.pairs[0]
    titles = [f"step {step:,}" if step < 10**6 else f"step 10^{np.log10(step):.0f}" for step in pair.shown]
    if len(pair.pictures) > len(titles):
        titles.append("maximum margin" if pair.separable else "least loss")
    drawn = _pictures(
        f"Weights · {pair.names[0]} against {pair.names[1]}", "pair-weights", pair.pictures, titles
    )
    most = max(float(np.abs(picture).max()) for picture in pair.pictures)
    drawn.update_traces(zmin=-most, zmax=most, colorscale=_RED_TO_BLUE)
    summarize(drawn, f"Weights of {pair.d - 1} numbers as pictures: {', '.join(titles)}.")
    return drawn


@figure(
    "What the maximum margin rests on",
    "The examples with the largest shares in the maximum margin, each with its label. All others could be"
    " left out, and the separator would be the same.",
    section=PAIR_SECTION,
    of=has(Part.PAIR),
    lacking="No margin, so no support vectors",
)
def pair_support(found: Separated) -> go.Figure | None:
    """Draw support vectors as pictures."""
    if not found.facts.pairs or not found.facts.pairs[0].support:
        return None
    pair = found.facts.pairs[0]
    title = f"{len(pair.support)} of {pair.supports} support vectors among {pair.n} images"
    drawn = _pictures(title, "pair-support", pair.support, list(pair.of))
    drawn.update_traces(zmin=0, zmax=1, colorscale=[[0, "#000000"], [1, "#ffffff"]])
    summarize(drawn, f"{title}; labels: {', '.join(pair.of)}.")
    return drawn


_RED_TO_BLUE = [[0, "#B2182B"], [0.5, "#F7F7F7"], [1, "#2166AC"]]


def _pictures(
    title: str, revision: str, pictures: Sequence[Sequence[Sequence[float]]], titles: Sequence[str]
) -> go.Figure:
    """Draw pictures (H, W) side by side under their titles."""
    panels = Panels(titles, height=200, gap=0.02, least_px=90)
    axis = {"visible": False, "constrain": "domain"}
    columns = range(len(pictures))
    layout = panels.layout([axis], [[{**axis, "autorange": "reversed"} for _ in columns]])
    for column in columns:
        key = f"yaxis{column + 1}" if column else "yaxis"
        layout[key] |= {"scaleanchor": panels.at(0, column)["xaxis"]}
    layout["margin"] = {"l": 8, "r": 8, "t": 44, "b": 8}
    drawn = blank(title, revision, **layout)
    for column, (picture, name) in enumerate(zip(pictures, titles, strict=True)):
        drawn.add_heatmap(z=picture, name=name, showscale=False, hoverinfo="skip", **panels.at(0, column))
    return drawn


FIGURES: tuple[Figure, ...] = (
    optimizers,
    ends,
    flow_validation,
    pair_paths,
    pair_weights,
    pair_support,
)
