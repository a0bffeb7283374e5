"""What goes on in the networks: losses, gradients, norms of weights, activities."""

from typing import Any

import numpy as np
import plotly.graph_objects as go
from pydantic import Field

from backend.figures.panels import Panels
from backend.figures.style import COLORS, NEUTRAL, blank, summarize
from backend.studies.information_plane.facts import Course
from backend.studies.information_plane.figures.look import (
    EPOCH_AXIS,
    ComparedControls,
    Floats,
    beside,
    color,
    layer_names,
    legend_once,
    line,
    named,
    on_axis,
    rounded,
)
from backend.studies.information_plane.found import Planes
from backend.studies.information_plane.snr import crossing, ratios
from backend.studies.kit.figures import Figure, figure
from backend.theory.small_networks import activities, layers
from backend.theory.sphere_patterns import patterns

SECTION = "Inside the networks"
TRAIN, TEST = COLORS["in_accuracy"], COLORS["test_accuracy"]
LEVELS = 40  # of activity in the heat map
SATURATED = 0.95
LOG = {"type": "log", "exponentformat": "power", "dtick": 1}


class LayerControls(ComparedControls):
    """Which layer's activities are shown."""

    layer: int = Field(
        5,
        ge=1,
        le=8,
        title="Hidden layer",
        description="counted from the input; the last one where there are fewer",
    )


@figure(
    "Loss and accuracy",
    "On training patterns and on all others, averaged over networks. Where only the training loss falls, a"
    " network learns its patterns by heart.",
    section=SECTION,
    controls=ComparedControls,
)
def learning(found: Planes, controls: ComparedControls) -> go.Figure | None:
    """Draw both losses above both accuracies."""
    settings = beside(found, controls.compared)
    if not settings:
        return None
    titles = [f"<b>{named(c.arm, controls.compared)}</b>" for c in settings]
    panels = Panels(titles, height=520, heights=(1, 1), least_px=240, row_gap=0.04)
    drawn = blank(
        "Loss and accuracy over epochs",
        f"learning-{controls.compared}",
        **panels.layout(
            [EPOCH_AXIS],
            [
                [{**LOG, "title": {"text": "mean cross-entropy"}}],
                [{"title": {"text": "accuracy"}, "range": [0.45, 1.02], "tickformat": ".0%"}],
            ],
        ),
    )
    traces = []
    for column, course in enumerate(settings):
        x, means = on_axis(course.epochs), rounded(course.performance.mean(axis=0))
        for place, (name, tone) in enumerate((("training", TRAIN), ("test", TEST))):
            traces.append(line(name, x, means[:, 2 * place], tone) | panels.at(0, column))
            traces.append(line(name, x, means[:, 2 * place + 1], tone) | panels.at(1, column))
    drawn.add_traces([go.Scatter(trace) for trace in legend_once(traces)])
    ends = (
        f"{named(c.arm, controls.compared)}: {end[1]:.1%} of the training and {end[3]:.1%} of the other"
        " patterns are right in the end."
        for c in settings
        for end in (c.performance[:, -1].mean(axis=0),)
    )
    summarize(drawn, " ".join(ends))
    return drawn


@figure(
    "Gradients: from drift to diffusion?",
    "Each layer's gradient by its weights, over the batches of an epoch: norm of the mean above, of the"
    " standard deviation in the middle, both over the norm of the weights; below, their ratio. Below the"
    " dashed line batches disagree by more than they agree. Tishby has compression begin there; look whether"
    " it happens without compression, too.",
    section=SECTION,
    controls=ComparedControls,
)
def gradients(found: Planes, controls: ComparedControls) -> go.Figure | None:
    """Draw mean, deviation and signal-to-noise ratio of every layer's gradient."""
    settings = beside(found, controls.compared)
    if not settings:
        return None
    titles = [f"<b>{named(c.arm, controls.compared)}</b>" for c in settings]
    panels = Panels(titles, height=760, heights=(1, 1, 1), least_px=260, row_gap=0.04)
    names = ("mean / |W|", "deviation / |W|", "signal to noise")
    drawn = blank(
        "Gradients over epochs",
        f"gradients-{controls.compared}",
        **panels.layout([EPOCH_AXIS], [[{**LOG, "title": {"text": name}}] for name in names]),
    )
    traces, said = [], []
    for column, course in enumerate(settings):
        x, norms = on_axis(course.epochs), weight_norms(found, course)
        relative = (course.gradients / np.maximum(norms, 1e-12)[..., None]).mean(axis=0)
        of_layers = ratios(course).mean(axis=0)
        for layer, name in enumerate(layer_names(course.layers)):
            values = (relative[:, layer, 0], relative[:, layer, 1], of_layers[:, layer])
            traces += [
                line(name, x, rounded(value), color(layer, course.layers)) | panels.at(row, column)
                for row, value in enumerate(values)
            ]
        one = line("1", [x[0], x[-1]], [1, 1], NEUTRAL, dash="dash", width=1, hoverinfo="skip")
        traces.append(one | {"showlegend": False} | panels.at(2, column))
        crossed = [crossing(course.epochs, of_layers[:, layer]) for layer in range(course.layers)]
        words = ", ".join("never" if epoch is None else f"{epoch:,}" for epoch in crossed)
        said.append(f"{named(course.arm, controls.compared)}: layers go below 1 for good at epoch {words}.")
    drawn.add_traces([go.Scatter(trace) for trace in legend_once(traces)])
    summarize(drawn, " ".join(said))
    return drawn


@figure(
    "Weights and saturation",
    "Norms of each layer's weights above. Below, the share of activities near the ends of what a unit can"
    " do: beyond 0.95 in size where it is bounded, exactly 0 in a ReLU. Weights grow, bounded units"
    " saturate, and equal bins then see fewer values.",
    section=SECTION,
    controls=ComparedControls,
)
def weights(found: Planes, controls: ComparedControls) -> go.Figure | None:
    """Draw norms of weights above shares of saturated activities."""
    settings = beside(found, controls.compared)
    if not settings:
        return None
    titles = [f"<b>{named(c.arm, controls.compared)}</b>" for c in settings]
    panels = Panels(titles, height=520, heights=(1, 1), least_px=240, row_gap=0.04)
    drawn = blank(
        "Weights and saturation over epochs",
        f"weights-{controls.compared}",
        **panels.layout(
            [EPOCH_AXIS],
            [
                [{**LOG, "title": {"text": "norm of the weights"}}],
                [{"title": {"text": "at the ends"}, "range": [-0.02, 1.02], "tickformat": ".0%"}],
            ],
        ),
    )
    traces, said = [], []
    for column, course in enumerate(settings):
        x, norms = on_axis(course.epochs), weight_norms(found, course).mean(axis=0)
        shares = saturation(found, course)
        for layer, name in enumerate(layer_names(course.layers)):
            tone = color(layer, course.layers)
            traces.append(line(name, x, rounded(norms[:, layer]), tone) | panels.at(0, column))
            if layer < shares.shape[1]:
                traces.append(line(name, x, rounded(shares[:, layer]), tone) | panels.at(1, column))
        said.append(
            f"{named(course.arm, controls.compared)}: norms end at {norms[-1].min():.1f} to"
            f" {norms[-1].max():.1f}; {shares[-1, -1]:.0%} of the last hidden layer's activities are at the"
            " ends."
        )
    drawn.add_traces([go.Scatter(trace) for trace in legend_once(traces)])
    summarize(drawn, " ".join(said))
    return drawn


@figure(
    "What units do: histograms of activity",
    "Each column is a histogram of one hidden layer's activities over all patterns, after that epoch, of the"
    " first network of each setting. Bounded units move to their ends; a ReLU has no upper end.",
    section=SECTION,
    controls=LayerControls,
)
def histograms(found: Planes, controls: LayerControls) -> go.Figure | None:
    """Draw a heat map of activities over epochs."""
    settings = beside(found, controls.compared)
    if not settings:
        return None
    titles = [f"<b>{named(c.arm, controls.compared)}</b>" for c in settings]
    panels = Panels(titles, height=420, least_px=260, gap=0.07)
    axes = [{"title": {"text": "activity"}} if column == 0 else {} for column in range(len(settings))]
    layer = min(controls.layer, max(c.last_hidden for c in settings) + 1)
    drawn = blank(
        f"Activities of hidden layer {layer}",
        f"histograms-{controls.compared}-{controls.layer}",
        **panels.layout([EPOCH_AXIS], [axes]),
    )
    for column, course in enumerate(settings):
        own = min(layer, course.last_hidden + 1) - 1
        centers, shares = histogram(found, course, own)
        drawn.add_heatmap(
            x=on_axis(course.epochs),
            y=rounded(centers),
            z=rounded(np.sqrt(shares)).T,
            customdata=rounded(shares).T,
            name=named(course.arm, controls.compared),
            colorscale=[[0, "rgba(0,114,178,0)"], [1, COLORS["in_accuracy"]]],
            showscale=False,
            hovertemplate="epoch %{x}, activity %{y:.2f}: %{customdata:.1%}<extra></extra>",
            **panels.at(0, column),
        )
    summarize(drawn, f"Histograms of hidden layer {layer} over epochs; darker is more, by the root of it.")
    return drawn


def weight_norms(found: Planes, course: Course) -> Floats:
    """Return the norm of each layer's weights (N, C, L), biases apart."""
    own = layers(course.weights, found.params.layers(course.arm))
    return np.stack([np.linalg.norm(weights, axis=(-2, -1)) for weights, _ in own], axis=-1)


def saturation(found: Planes, course: Course) -> Floats:
    """Return the share of each hidden layer's activities at an end (C, L - 1), of the first network."""
    hidden = activities(
        course.weights[0], found.params.layers(course.arm), course.arm.activation, patterns()
    )[:-1]
    ends = [np.abs(h) > SATURATED if course.arm.activation.bounded else h == 0 for h in hidden]
    return np.stack([at_end.mean(axis=(-2, -1)) for at_end in ends], axis=-1).astype(np.float32)


def histogram(found: Planes, course: Course, layer: int) -> tuple[Any, Any]:
    """Return centers of activity (LEVELS,) and their shares (C, LEVELS), of the first network's layer."""
    hidden = activities(course.weights[0], found.params.layers(course.arm), course.arm.activation, patterns())
    values = hidden[layer].reshape(len(course.epochs), -1)
    low, high = (-1.0, 1.0) if course.arm.activation.bounded else (float(values.min()), float(values.max()))
    edges = np.linspace(low, max(high, low + 1e-6), LEVELS + 1)
    counts = np.stack([np.histogram(row, edges)[0] for row in values])
    return (edges[1:] + edges[:-1]) / 2, counts / values.shape[1]


FIGURES: tuple[Figure, ...] = (learning, gradients, weights, histograms)
