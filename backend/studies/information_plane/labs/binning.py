"""The laboratory of estimators: one Gaussian unit, and how many bits each way of measuring finds in it."""

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from pydantic import Field

from backend.figures.curves import here, line, log_spaced
from backend.figures.style import COLORS, NEUTRAL, blank, summarize
from backend.studies.information_plane.params import ACTIVATION_TITLES
from backend.studies.kit.figures import figure
from backend.studies.kit.findings import Measurement, above, finding
from backend.studies.kit.found import Found
from backend.studies.kit.labs import Lab, LabParams
from backend.theory.binned_units import (
    Floats,
    binned_information,
    edges_in_net_input,
    entropy,
    noisy_information,
    shares,
)
from backend.theory.small_networks import Activation

SCALES = np.geomspace(0.1, 20, 36)
FARTHEST = 50.0
ACTIVITY, NET_INPUT, KERNEL = COLORS["memorization"], COLORS["in_accuracy"], COLORS["test_accuracy"]
COUNTS = log_spaced(2, 3000, 30)


class BinningParams(LabParams):
    """The unit's net input, and the estimators."""

    scale: float = Field(
        2.0,
        ge=0.1,
        le=20,
        title="Deviation of the net input",
        description="It grows with the weights.",
        json_schema_extra={"group": "The unit", "scale": "log"},
    )
    mean: float = Field(
        0.0,
        ge=-5,
        le=5,
        title="Mean of the net input",
        description="Set by the bias.",
        json_schema_extra={"group": "The unit", "step": 0.1},
    )
    activation: Activation = Field(
        Activation.TANH,
        title="Activation",
        description="Of the unit.",
        json_schema_extra={"group": "The unit", "labels": {a.value: t for a, t in ACTIVATION_TITLES.items()}},
    )
    bins: int = Field(
        30,
        ge=2,
        le=1000,
        title="Bins",
        description="Of activity between -1 and 1, and of net input between -50 and 50.",
        json_schema_extra={"group": "The estimators", "scale": "log"},
    )
    variance: float = Field(
        1e-3,
        ge=1e-5,
        le=1,
        title="Variance of the kernels",
        description="Of the noise that is thought to lie on activities.",
        json_schema_extra={"group": "The estimators", "scale": "log"},
    )


@dataclass(frozen=True)
class Bits:
    """Bits over SCALES by three estimators, those at the slider, and over COUNTS of bins there."""

    activity: Floats
    net_input: Floats
    kernels: Floats
    now: tuple[float, float, float]
    by_count: tuple[Floats, Floats]


Here = Found[BinningParams, Bits]


def bits(params: BinningParams) -> Bits:
    """Compute everything at one position of the sliders."""
    scales = np.append(SCALES, params.scale)
    activity = binned_information(params.activation, scales, params.bins, params.mean)
    net = np.array([_net(scale, params.bins, params.mean) for scale in scales])
    kernels = noisy_information(params.activation, scales, params.variance, params.mean)
    own = np.array([params.scale])
    counts = (
        [binned_information(params.activation, own, int(count), params.mean)[0] for count in COUNTS],
        [_net(params.scale, int(count), params.mean) for count in COUNTS],
    )
    return Bits(
        activity[:-1],
        net[:-1],
        kernels[:-1],
        (float(activity[-1]), float(net[-1]), float(kernels[-1])),
        (np.array(counts[0]), np.array(counts[1])),
    )


def _net(scale: float, bins: int, mean: float) -> float:
    return entropy(shares(edges_in_net_input(bins, FARTHEST), scale, mean))


@figure(
    "Bits over the spread of the net input",
    "The same unit, measured three ways. Whether it compresses as its weights grow is a matter of how it is"
    " cut: equal bins of what comes out saturate, equal bins of what goes in never do.",
)
def bits_over_scale(found: Here) -> go.Figure:
    """Draw three estimators over the deviation of the net input."""
    facts, params = found.facts, found.params
    drawn = blank(
        f"One {ACTIVATION_TITLES[params.activation]} unit, three estimators",
        "binning",
        xaxis={"type": "log", "title": {"text": "deviation of the net input"}},
        yaxis={"title": {"text": "bits"}, "rangemode": "tozero"},
    )
    drawn.add_trace(line(f"{params.bins} bins of activity", SCALES, facts.activity, ACTIVITY))
    drawn.add_trace(line(f"{params.bins} bins of net input", SCALES, facts.net_input, NET_INPUT))
    drawn.add_trace(line(f"kernels of variance {params.variance:g}", SCALES, facts.kernels, KERNEL))
    for value, tone in zip(facts.now, (ACTIVITY, NET_INPUT, KERNEL), strict=True):
        drawn.add_trace(here("here", params.scale, value, tone, showlegend=False))
    one, two, three = facts.now
    summarize(
        drawn,
        f"At a deviation of {params.scale:g}: {one:.2f} bits by bins of activity, {two:.2f} by bins of net"
        f" input, {three:.2f} by kernels.",
    )
    return drawn


@figure(
    "Bits over the number of bins",
    "More bins find more bits, without end: each doubling adds one where no two values fall together. A"
    " number of bits says nothing without its bins; that of a unit without noise is infinite.",
)
def bits_over_bins(found: Here) -> go.Figure:
    """Draw both kinds of bins over their number."""
    by_activity, by_net = found.facts.by_count
    drawn = blank(
        "Bits over the number of bins",
        "counts",
        xaxis={"type": "log", "title": {"text": "bins"}},
        yaxis={"title": {"text": "bits"}, "rangemode": "tozero"},
    )
    drawn.add_trace(line("bins of activity", COUNTS, by_activity, ACTIVITY))
    drawn.add_trace(line("bins of net input", COUNTS, by_net, NET_INPUT))
    drawn.add_trace(line("all bins alike", COUNTS, np.log2(COUNTS), NEUTRAL, dash="dash"))
    summarize(
        drawn,
        f"From {COUNTS[0]} to {COUNTS[-1]:,} bins of activity the unit has {by_activity[0]:.2f} to"
        f" {by_activity[-1]:.2f} bits.",
    )
    return drawn


@finding(
    "Bins of equal net input show no compression where weights grow.",
    "Saxe et al. 2018: Fig. 13",
    "rises (read from the figure)",
    unit="bits, the least step over deviations",
    question="Do bins of net input only gain bits?",
    rule="Holds if a larger deviation of the net input never has fewer bits, differs if one has.",
)
def net_input_rises(found: Here) -> Measurement:
    """Look for a fall; beyond 50 / 3 deviations the ends of the bins begin to count."""
    least = float(np.diff(found.facts.net_input).min())
    answer = "they never fall" if least >= -1e-6 else f"they fall by {-least:.3f} bits"
    return Measurement(above(-1e-6, least, least), least, least, least, answer=answer)


LAB = Lab(
    "binning",
    "Three ways to measure one unit",
    "Raise the deviation as training does: one estimator sees compression, another growth.",
    BinningParams,
    bits,
    (bits_over_scale, bits_over_bins),
    (net_input_rises,),
)
