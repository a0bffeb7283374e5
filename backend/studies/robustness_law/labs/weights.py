"""The laboratory that counts weights: how many a smooth fit of MNIST, ImageNet or other data takes."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import plotly.graph_objects as go
from pydantic import Field

from backend.figures.curves import here, line, log_axis
from backend.figures.style import COLORS, NEUTRAL, blank, summarize
from backend.studies.kit.figures import figure
from backend.studies.kit.findings import Measurement, above, finding, within
from backend.studies.kit.found import Found
from backend.studies.kit.labs import Lab, LabParams
from backend.theory.robustness import Floats, literal_bound, parameters, rate

SOURCE = "Bubeck & Sellke 2021, remarks on MNIST and ImageNet"
LAW, NAIVE, LITERAL = COLORS["memorization"], COLORS["heldout_accuracy"], NEUTRAL
P = np.geomspace(1e2, 1e13, 111)
EPSILON = 0.1  # below the noise, of the literal bound
SIZE = 1e6  # W J


class DataSet(StrEnum):
    """Whose numbers are taken."""

    MNIST = "mnist"
    IMAGENET = "imagenet"
    OWN = "own"


@dataclass(frozen=True)
class Known:
    """Images, numbers of each, what the paper says it takes, and networks there were, as (p, words)."""

    name: str
    n: int
    d: int
    predicted: tuple[float, float]
    seen: tuple[tuple[float, str], ...]


KNOWN = {
    DataSet.MNIST: Known(
        "MNIST",
        60_000,
        784,
        (1e6, 1e7),
        ((2e5, "robust accuracy jumps to 90 %"), (3e6, "robust accuracy 95 %")),
    ),
    DataSet.IMAGENET: Known(
        "ImageNet",
        14_000_000,
        200_000,
        (1e10, 1e11),
        ((1e8, "networks in use"), (1e9, "networks in use")),
    ),
}
OWN: dict[str, Any] = {"when": {"data": ["own"]}}


class WeightsParams(LabParams):
    """Of which data, and how smooth a fit is wanted."""

    data: DataSet = Field(
        DataSet.MNIST,
        title="Data",
        description="Two from the paper, or your own numbers.",
        json_schema_extra={"labels": {"mnist": "MNIST", "imagenet": "ImageNet", "own": "own"}},
    )
    examples: int = Field(
        50_000,
        ge=10,
        le=1_000_000_000,
        title="Examples n",
        description="With noisy labels.",
        json_schema_extra={**OWN, "scale": "log"},
    )
    inputs: int = Field(
        3072,
        ge=2,
        le=1_000_000,
        title="Numbers of an example",
        description="As they are stored.",
        json_schema_extra={**OWN, "scale": "log"},
    )
    effective: int = Field(
        50,
        ge=2,
        le=200_000,
        title="Effective dimension d",
        description="In how many directions examples differ much. The paper takes 15 to 150 for MNIST; a"
        " thousand or more for ImageNet.",
        json_schema_extra={"scale": "log"},
    )
    lipschitz: float = Field(
        1.0,
        ge=0.1,
        le=100,
        title="Lipschitz constant",
        description="That the fit shall not exceed.",
        json_schema_extra={"scale": "log"},
    )


@dataclass(frozen=True)
class Counted:
    """How many weights it takes; curves over P of the law, of counting by stored numbers, and of Theorem 3.

    `units`: of a two-layer network with so many weights; `fit`: weights that already fit, one per example.
    """

    name: str
    n: int
    d: int
    needed: float
    units: float
    law: Floats
    stored: Floats
    literal: Floats
    predicted: tuple[float, float] | None
    seen: tuple[tuple[float, str], ...]


Here = Found[WeightsParams, Counted]


def counted(params: WeightsParams) -> Counted:
    """Compute everything at one position of the sliders."""
    known = KNOWN.get(params.data)
    n, d = (params.examples, params.inputs) if known is None else (known.n, known.d)
    needed = n * params.effective / params.lipschitz**2
    return Counted(
        name="your data" if known is None else known.name,
        n=n,
        d=d,
        needed=needed,
        units=max(1.0, needed / (parameters(1, d) - 1)),
        law=rate(n, params.effective, P),
        stored=rate(n, d, P),
        literal=literal_bound(n, params.effective, P, epsilon=EPSILON, size=SIZE),
        predicted=None if known is None else known.predicted,
        seen=() if known is None else known.seen,
    )


@figure(
    "How smooth a network of p weights can be",
    "By the law, whoever fits below the noise with p weights is about √(nd/p) steep or more, d being the"
    " effective dimension. n weights suffice to fit, nd to fit smoothly. Diamonds are networks of others. The"
    " dotted line is Theorem 3 with all of its constants (W J = 10⁶, ε = 0.1), which says nothing at sizes"
    " like these.",
)
def smoothness_over_weights(found: Here) -> go.Figure:
    facts, params = found.facts, found.params
    drawn = blank(
        f"Lipschitz constants over weights · {facts.name}",
        "weights",
        height=460,
        xaxis=log_axis("weights p") | {"range": [2, 13]},
        yaxis=log_axis("Lipschitz constant, at least about") | {"range": [-4.2, 4.2]},
    )
    drawn.add_trace(line("law, effective dimension", P, facts.law, LAW))
    drawn.add_trace(line("law, every stored number", P, facts.stored, NAIVE, dash="dash"))
    drawn.add_trace(line("Theorem 3, literally", P, facts.literal, LITERAL, dash="dot"))
    drawn.add_trace(here("needed", facts.needed, params.lipschitz, LAW))
    drawn.add_trace(line("a fit takes p = n", [facts.n] * 2, [1e-4, 1e4], NEUTRAL, dash="dashdot"))
    if facts.seen:
        drawn.add_scatter(
            x=[p for p, _ in facts.seen],
            y=[float(rate(facts.n, params.effective, p)) for p, _ in facts.seen],
            text=[words for _, words in facts.seen],
            name="networks of others",
            mode="markers",
            marker={
                "symbol": "diamond-open",
                "size": 11,
                "color": COLORS["in_accuracy"],
                "line": {"width": 2},
            },
            hovertemplate="%{text}: %{x:.2g} weights<extra></extra>",
        )
    summarize(
        drawn,
        f"A fit of {facts.n:,} examples with a Lipschitz constant of {params.lipschitz:g} takes about"
        f" {facts.needed:.2g} weights: two layers of {facts.units:,.0f} hidden units.",
    )
    return drawn


@finding(
    "By the law, a robust fit takes n times the effective dimension.",
    SOURCE,
    "10⁶ to 10⁷ weights for MNIST, 10¹⁰ to 10¹¹ for ImageNet",
    unit="log10 of weights",
    needs=lambda found: "" if found.facts.predicted else "the paper speaks of MNIST and ImageNet",
    question="Is that as many weights as the paper says?",
    rule="It holds by counting where the effective dimension is the paper's, and the constant 1; compared are"
    " orders of magnitude.",
    arithmetic=True,
)
def as_many_as_predicted(found: Here) -> Measurement:
    """Hold n d / L^2, to the nearest power of ten, against the paper's range."""
    low, high = np.log10(found.facts.predicted or (np.nan, np.nan))
    power = float(np.log10(found.facts.needed))
    order = float(np.rint(power))
    return Measurement(within(low, high, order, order), power, answer=f"{found.facts.needed:.2g} weights")


@finding(
    "Networks that are used on ImageNet have too few weights to be robust.",
    SOURCE,
    "10⁸ to 10⁹ in use",
    unit="weights needed over the most in use",
    needs=lambda found: "" if found.params.data is DataSet.IMAGENET else "the paper says so of ImageNet",
    question="Does the law ask for more than networks in use have?",
    rule="Holds if more weights are needed than the largest network in use has, differs if fewer. The authors"
    " call this highly speculative: constants are unknown, and distances are measured otherwise.",
)
def more_than_in_use(found: Here) -> Measurement:
    """Hold what is needed against the largest network."""
    ratio = found.facts.needed / max(p for p, _ in found.facts.seen)
    return Measurement(above(1, ratio, ratio), ratio, answer=f"{ratio:.2g} times as many")


LAB = Lab(
    "weights",
    "How many weights does a smooth fit take?",
    "Choose data, and move the effective dimension: it decides by how much a smooth fit outgrows a mere one.",
    WeightsParams,
    counted,
    (smoothness_over_weights,),
    (as_many_as_predicted, more_than_in_use),
)
