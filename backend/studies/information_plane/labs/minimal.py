"""The laboratory of the minimal model: one unit, one weight, and the information that binning gives it."""

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from pydantic import Field

from backend.core.contracts import ClaimVerdict
from backend.figures.curves import here, line
from backend.figures.style import COLORS, SERIES, blank, summarize
from backend.studies.information_plane.params import ACTIVATION_TITLES
from backend.studies.kit.figures import figure
from backend.studies.kit.findings import Measurement, above, finding, not_run
from backend.studies.kit.found import Found
from backend.studies.kit.labs import Lab, LabParams
from backend.theory.binned_units import Floats, binned_information, edges_in_activity, net_inputs, shares
from backend.theory.small_networks import Activation

WEIGHTS = np.concatenate([[0.0], np.geomspace(0.02, 50, 240)])
PAPER_BINS = 30
AT_TEN = 10.0
PEAK_AT, PEAK, END = (0.82, 0.92), (4.88, 4.92), (2.02, 2.06)  # for tanh in 30 bins
TINY = 1e-6


class MinimalParams(LabParams):
    """The weight, and the bins."""

    weight: float = Field(
        1.0,
        ge=0.02,
        le=50,
        title="Weight",
        description="Of the one input, which is standard normal.",
        json_schema_extra={"group": "The unit", "scale": "log"},
    )
    activation: Activation = Field(
        Activation.TANH,
        title="Activation",
        description="Of the unit whose histogram is drawn.",
        json_schema_extra={"group": "The unit", "labels": {a.value: t for a, t in ACTIVATION_TITLES.items()}},
    )
    bins: int = Field(
        PAPER_BINS,
        ge=2,
        le=1000,
        title="Bins",
        description="Between activities -1 and 1; unbounded units go on at that width.",
        json_schema_extra={"group": "The estimator", "scale": "log"},
    )


@dataclass(frozen=True)
class Curves:
    """Bits over WEIGHTS for every activation, those at the slider, and the histogram there."""

    bits: dict[Activation, Floats]
    now: dict[Activation, float]
    edges: Floats
    shares: Floats


Here = Found[MinimalParams, Curves]


def curves(params: MinimalParams) -> Curves:
    """Compute everything at one position of the sliders."""
    bits, now = {}, {}
    at = np.append(WEIGHTS, params.weight)
    for activation in Activation:
        # Unbounded units have as many bins as their reach is wide: fewer weights keep an answer quick.
        wanted = at if activation.bounded else np.append(WEIGHTS[::6], params.weight)
        found = binned_information(activation, wanted, params.bins)
        bits[activation] = found[:-1]
        now[activation] = float(found[-1])
    edges = edges_in_activity(params.activation, params.bins, 4 * params.weight + 2 / params.bins)
    return Curves(bits, now, edges, shares(net_inputs(params.activation, edges), params.weight))


def weights_of(activation: Activation) -> Floats:
    """Return the weights at which there are bits."""
    return WEIGHTS if activation.bounded else WEIGHTS[::6]


@figure(
    "Information of one unit over its weight",
    "A larger weight spreads activities over more bins, until a bounded unit saturates and most fall into the"
    " two outermost ones: information falls, though the unit still tells every input apart. An unbounded"
    " unit never does that.",
)
def bits_over_weight(found: Here) -> go.Figure:
    """Draw I(h; x) for every activation."""
    drawn = blank(
        f"Bits of a unit cut into {found.params.bins} bins",
        "minimal",
        xaxis={"type": "log", "title": {"text": "weight"}, "range": [-1.7, 1.7]},
        yaxis={"title": {"text": "I(h; x), bits"}, "rangemode": "tozero"},
    )
    for tone, (activation, bits) in zip(SERIES, found.facts.bits.items(), strict=False):
        x = weights_of(activation)
        drawn.add_trace(line(ACTIVATION_TITLES[activation], x[1:], bits[1:], tone))
    own = found.params.activation
    drawn.add_trace(here("here", found.params.weight, found.facts.now[own], COLORS["memorization"]))
    tanh = found.facts.bits[Activation.TANH]
    summarize(
        drawn,
        f"tanh has {tanh.max():.2f} bits at most, at weight {WEIGHTS[tanh.argmax()]:.2f}, and"
        f" {tanh[-1]:.2f} at weight 50. At weight {found.params.weight:g} {ACTIVATION_TITLES[own]} has"
        f" {found.facts.now[own]:.2f} bits.",
    )
    return drawn


@figure("What falls into the bins", "The probability of each bin of activity at the weight chosen.")
def bins_of_activity(found: Here) -> go.Figure:
    """Draw the histogram of the unit."""
    edges, values = found.facts.edges, found.facts.shares
    drawn = blank(
        f"Activities at weight {found.params.weight:g}",
        "bins",
        xaxis={"title": {"text": "activity"}},
        yaxis={"title": {"text": "probability"}, "rangemode": "tozero"},
        bargap=0,
    )
    drawn.add_bar(
        x=(edges[1:] + edges[:-1]) / 2,
        y=values,
        width=np.diff(edges),
        name=ACTIVATION_TITLES[found.params.activation],
        marker={"color": COLORS["in_accuracy"]},
    )
    outer = values[0] + values[-1]
    summarize(drawn, f"The two outermost of {len(values)} bins have {outer:.0%} together.")
    return drawn


@finding(
    "The binned information of a tanh unit rises and falls as its weight grows.",
    "Saxe et al. 2018: Fig. 2C",
    "rises to nearly 5 bits, falls toward 1 (read from the figure)",
    unit="bits at the peak",
    question="Does tanh rise to 4.9 bits and fall again?",
    rule=f"Holds if with 30 bins the peak is {PEAK[0]} to {PEAK[1]} bits at a weight of {PEAK_AT[0]} to"
    f" {PEAK_AT[1]} and {END[0]} to {END[1]} bits are left at weight 10, differs if not.",
)
def tanh_rises_and_falls(found: Here) -> Measurement:
    """Compare height and place of the peak, and what is left, with what 30 bins give."""
    if found.params.bins != PAPER_BINS:
        return not_run("needs 30 bins, as in the paper")
    near = np.linspace(0.5, 1.5, 501)
    bits = binned_information(Activation.TANH, np.append(near, AT_TEN), PAPER_BINS)
    height, place, end = float(bits[:-1].max()), float(near[bits[:-1].argmax()]), float(bits[-1])
    inside = all(
        low <= value <= high for value, (low, high) in ((place, PEAK_AT), (height, PEAK), (end, END))
    )
    verdict = ClaimVerdict.HOLDS if inside else ClaimVerdict.DIFFERS
    answer = f"{height:.2f} bits at weight {place:.2f}, {end:.2f} at weight 10"
    return Measurement(verdict, height, height, height, answer=answer)


@finding(
    "The binned information of a ReLU only rises.",
    "Saxe et al. 2018: Fig. 2D",
    "rises (read from the figure)",
    unit="bits, the least step over weights",
    question="Does ReLU only rise?",
    rule="Holds if no larger weight on the curve has fewer bits, differs if one has.",
)
def relu_rises(found: Here) -> Measurement:
    """Look for a fall anywhere on the curve."""
    least = float(np.diff(found.facts.bits[Activation.RELU]).min())
    answer = "it never falls" if least >= -TINY else f"it falls by {-least:.3f} bits"
    return Measurement(above(-TINY, least, least), least, least, least, answer=answer)


LAB = Lab(
    "minimal",
    "One unit: when does information seem to be lost?",
    "Raise the weight and watch the bins: nothing forgets, the unit only saturates.",
    MinimalParams,
    curves,
    (bits_over_weight, bins_of_activity),
    (tanh_rises_and_falls, relu_rises),
)
