"""The information plane: each layer's information about label over that about input, epoch by epoch."""

from typing import Any

import numpy as np
import plotly.graph_objects as go
from pydantic import Field

from backend.figures.panels import Panels
from backend.figures.style import NEUTRAL, blank, faded, plain, summarize
from backend.studies.information_plane.facts import Course
from backend.studies.information_plane.figures.look import (
    EPOCH_AXIS,
    Compared,
    MeasureControls,
    beside,
    color,
    layer_names,
    legend_once,
    line,
    named,
    on_axis,
    rounded,
    told,
)
from backend.studies.information_plane.found import Planes
from backend.studies.information_plane.measured import Measured, measured
from backend.studies.kit.figures import Figure, figure
from backend.theory.layer_information import Estimator

SECTION = "The information plane"
MOST_DOTS = 30  # networks drawn one by one
BITS = {"range": [0, 12.3], "dtick": 3, "title": {"text": "I(X;T), bits about the input"}}
BITS_OF_LABEL = {"range": [0, 1.03], "title": {"text": "I(T;Y), bits about the label"}}
ENTROPY = {"title": {"text": "h(T), bits (differential)"}}


class PlaneControls(MeasureControls):
    """What is measured, and when."""

    moment: int = Field(
        100,
        ge=0,
        le=100,
        title="Moment",
        description="percent of the training, even over the logarithm of epochs",
        json_schema_extra={"step": 1, "play": True},
    )


@figure(
    "Information plane",
    "Each layer is a point: to the right it tells more about its input, upwards more about the label. Small"
    " dots are single networks, large ones their average, and lines behind them the way since epoch 0; gray"
    " joins the layers of one epoch. Press play: do layers first move up and right, then back to the left?"
    " Then choose another estimator.",
    section=SECTION,
    controls=PlaneControls,
)
def plane(found: Planes, controls: PlaneControls) -> go.Figure | None:
    """Draw the plane of every setting at one moment."""
    settings = beside(found, controls.compared)
    if not settings:
        return None
    measure = controls.measure()
    differential = measure.estimator is Estimator.NEIGHBOR
    views = [measured(found, course, measure, controls.measured) for course in settings]
    moments = [round(controls.moment / 100 * (len(again.epochs) - 1)) for again in views]
    titles = [
        f"<b>{named(course.arm, controls.compared)}</b> · epoch {again.epochs[now]:,}{_less(again)}"
        for course, again, now in zip(settings, views, moments, strict=True)
    ]
    panels = Panels(titles, height=540, least_px=300)
    traces: list[dict[str, Any]] = []
    told_of = []
    for column, (course, again, now) in enumerate(zip(settings, views, moments, strict=True)):
        traces += [trace | panels.at(0, column) for trace in _moment(again, now)]
        told_of.append(_told(titles[column], course, again, now))
    drawn = blank(
        f"By {told(measure)}",
        f"plane-{controls.compared}-{controls.method}",
        **panels.layout(
            [ENTROPY if differential else BITS],
            [[{"title": BITS_OF_LABEL["title"]} if differential else BITS_OF_LABEL]],
        ),
    )
    drawn.add_traces([go.Scatter(trace) for trace in legend_once(traces)])
    words = "Differential entropies, whose changes alone mean something. " if differential else ""
    summarize(drawn, f"By {told(measure)}. {words}" + " ".join(told_of))
    return drawn


def _moment(again: Measured, now: int) -> list[dict[str, Any]]:
    """Return the traces of one panel at the checkpoint `now`."""
    means = rounded(again.means)
    layers = means.shape[1]
    names = layer_names(layers)
    joined = line("same epoch", means[now, :, 0], means[now, :, 1], NEUTRAL, width=1, hoverinfo="skip")
    traces = [joined]
    for layer, name in enumerate(names):
        tone = color(layer, layers)
        way = means[: now + 1, layer]
        traces.append(
            line(name, way[:, 0], way[:, 1], tone, width=1.5, showlegend=False)
            | {"customdata": again.epochs[: now + 1], "meta": {"columns": ["epoch"]}}
        )
        single = rounded(again.information[:MOST_DOTS, now, layer])
        dots = {"color": faded(tone, 0.45), "size": 5}
        traces.append(
            {"type": "scatter", "mode": "markers", "x": single[:, 0], "y": single[:, 1], "marker": dots}
            | {"name": name, "legendgroup": name, "showlegend": False, "hoverinfo": "skip"}
        )
        large = {"color": tone, "size": 12, "line": {"color": "rgba(127,127,127,0.9)", "width": 1}}
        traces.append(
            {"type": "scatter", "mode": "markers", "x": means[now : now + 1, layer, 0]}
            | {"y": means[now : now + 1, layer, 1], "marker": large}
            | {"name": name, "legendgroup": name}
        )
    return traces


def _less(again: Measured) -> str:
    """Return the second line of a panel's title: what of the setting is left out."""
    return f"<br>{again.left_out}" if again.left_out else ""


def _told(title: str, course: Course, again: Measured, now: int) -> str:
    name = plain(title.replace("<br>", ", "))
    x, y = again.means[now, course.last_hidden]
    most = again.means[: now + 1, course.last_hidden, 0].max()
    return (
        f"{name}: the last hidden layer stands at {x:.2f} bits across, {most:.2f} at most so far, and at"
        f" {y:.2f} bits about the label."
    )


@figure(
    "Information over epochs",
    "The same by itself: bits about the input above, about the label below, averaged over networks; bands"
    " reach from the lowest network to the highest. Compression is a fall of the upper curves.",
    section=SECTION,
    controls=MeasureControls,
)
def over_epochs(found: Planes, controls: MeasureControls) -> go.Figure | None:
    """Draw I(X;T) and I(T;Y) of every layer over the logarithm of epochs."""
    settings = beside(found, controls.compared)
    if not settings:
        return None
    measure = controls.measure()
    views = [measured(found, course, measure, controls.measured) for course in settings]
    titles = [
        f"<b>{named(c.arm, controls.compared)}</b>{_less(again)}"
        for c, again in zip(settings, views, strict=True)
    ]
    panels = Panels(titles, height=620, heights=(3, 2), least_px=260, row_gap=0.04)
    differential = measure.estimator is Estimator.NEIGHBOR
    upper: dict[str, Any] = {"title": {"text": "h(T), bits" if differential else "I(X;T), bits"}}
    lower: dict[str, Any] = {"title": {"text": "I(T;Y), bits"}}
    if not differential:
        upper, lower = upper | {"range": [0, 12.3]}, lower | {"range": [0, 1.03]}
    traces: list[dict[str, Any]] = []
    summaries = []
    for column, (course, again) in enumerate(zip(settings, views, strict=True)):
        x = on_axis(again.epochs)
        for layer, name in enumerate(layer_names(course.layers)):
            for row in (0, 1):
                values = again.information[:, :, layer, row]
                place = panels.at(row, column)
                tone = color(layer, course.layers)
                if len(values) > 1 and layer == course.last_hidden:
                    traces.append(_band(name, x, values, tone) | place)
                traces.append(line(name, x, rounded(values.mean(axis=0)), tone) | place)
        fall = _fall(again, course.last_hidden)
        summaries.append(
            f"{named(course.arm, controls.compared)}: the last hidden layer falls by {fall:.2f} bits from"
            " its peak to the end."
        )
    drawn = blank(
        f"By {told(measure)}",
        f"over-epochs-{controls.compared}-{controls.method}",
        **panels.layout([EPOCH_AXIS], [[upper], [lower]]),
    )
    lines = [trace for trace in traces if trace.get("fill") is None]
    bands = [trace for trace in traces if trace.get("fill") is not None]
    drawn.add_traces([go.Scatter(trace) for trace in (*bands, *legend_once(lines))])
    summarize(drawn, f"By {told(measure)}. " + " ".join(summaries))
    return drawn


def _fall(again: Measured, layer: int) -> float:
    """Return the mean over networks of each one's fall from its peak to the end."""
    values = again.information[:, :, layer, 0]
    return float((values.max(axis=1) - values[:, -1]).mean())


def _band(name: str, x: Any, values: Any, tone: str) -> dict[str, Any]:
    low, high = rounded(values.min(axis=0)), rounded(values.max(axis=0))
    ends = {"x": np.concatenate([x, x[::-1]]), "y": np.concatenate([high, low[::-1]])}
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "legendgroup": name,
        "fill": "toself",
        "fillcolor": faded(tone),
        "line": {"width": 0},
        "hoverinfo": "skip",
        "showlegend": False,
    } | ends


FIGURES: tuple[Figure, ...] = (plane, over_epochs)


def preview(found: Planes) -> dict[str, Any] | None:
    """Return I(X;T) of the last hidden layer of every activation over log epochs, for the card."""
    settings = beside(found, Compared.ACTIVATION)
    if not settings:
        return None
    lines = [
        {
            "name": named(course.arm, Compared.ACTIVATION),
            "color": color(place, len(settings) + 2),
            "x": np.log10(on_axis(course.epochs)).tolist(),
            "y": rounded(course.information[:, :, course.last_hidden, 0].mean(axis=0)).tolist(),
        }
        for place, course in enumerate(settings)
    ]
    return {"kind": "lines", "x_title": "log10 of epochs", "y_title": "I(X;T), bits", "lines": lines}
