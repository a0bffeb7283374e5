"""The laboratory of isoperimetry: how thin tails of smooth functions are in many dimensions."""

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from pydantic import Field

from backend.core.contracts import ClaimVerdict
from backend.figures.curves import here, line
from backend.figures.style import COLORS, SERIES, blank, summarize
from backend.studies.kit.figures import figure
from backend.studies.kit.findings import Measurement, finding
from backend.studies.kit.found import Found
from backend.studies.kit.labs import Lab, LabParams
from backend.theory.robustness import Floats, coordinate_tail, isoperimetry, maximum_tail, norm_tail

FUNCTIONS = {
    "one coordinate": coordinate_tail,
    "norm": norm_tail,
    "largest coordinate": maximum_tail,
}
POINTS = 121
FARTHEST = 5.0  # of t, in units of 1 / sqrt(d)
FLOOR = 1e-7  # of the axis


class TailsParams(LabParams):
    """How many dimensions, and how far from the mean."""

    dimensions: int = Field(
        100,
        ge=2,
        le=10_000,
        title="Dimensions d",
        description="Of points from N(0, I/d), whose length is about 1.",
        json_schema_extra={"scale": "log"},
    )
    distance: float = Field(
        2.0,
        ge=0.1,
        le=FARTHEST,
        title="Distance t √d",
        description="How far a value lies from its mean, in units of 1/√d.",
        json_schema_extra={"step": 0.1},
    )


@dataclass(frozen=True)
class Tails:
    """Probabilities over `t` (POINTS,) by function, what bounds them, and all at the slider's distance."""

    t: Floats
    tails: dict[str, Floats]
    bound: Floats
    tails_here: dict[str, float]
    bound_here: float


Here = Found[TailsParams, Tails]


def tails(params: TailsParams) -> Tails:
    """Compute every tail in closed form."""
    d = params.dimensions
    t = np.linspace(0, FARTHEST, POINTS) / np.sqrt(d)
    at = params.distance / np.sqrt(d)
    return Tails(
        t=t,
        tails={name: tail(t, d) for name, tail in FUNCTIONS.items()},
        bound=isoperimetry(t, d),
        tails_here={name: float(tail(at, d)) for name, tail in FUNCTIONS.items()},
        bound_here=float(isoperimetry(at, d)),
    )


@figure(
    "How rarely a smooth function is far from its mean",
    "Three functions that change by at most as much as the point moves. In d dimensions none of them strays"
    " further than a few times 1/√d: the dashed bound holds for every such function. A network that fits"
    " noise has to be far from its mean at n points, so it cannot be smooth unless there are very many"
    " networks to choose from.",
)
def tails_and_bound(found: Here) -> go.Figure:
    params, facts = found.params, found.facts
    drawn = blank(
        f"Tails in {params.dimensions:,} dimensions",
        "tails",
        xaxis={"title": {"text": "distance t from the mean"}, "rangemode": "tozero"},
        yaxis={
            "type": "log",
            "title": {"text": "probability"},
            "range": [np.log10(FLOOR), 0.4],
            "exponentformat": "power",
        },
    )
    for (name, values), color in zip(facts.tails.items(), SERIES, strict=False):
        drawn.add_trace(line(name, facts.t, np.maximum(values, FLOOR / 100), color))
    bound = COLORS["memorization"]
    drawn.add_trace(line("2 exp(-t² d / 2)", facts.t, facts.bound, bound, dash="dash"))
    at = params.distance / np.sqrt(params.dimensions)
    drawn.add_trace(here("bound, here", at, facts.bound_here, bound, showlegend=False))
    told = ", ".join(f"{name} {value:.2g}" for name, value in facts.tails_here.items())
    summarize(drawn, f"At t = {at:.3f}: {told}, and the bound {facts.bound_here:.2g}.")
    return drawn


@finding(
    "Tails of 1-Lipschitz functions are at most 2 exp(-d t² / 2).",
    "Bubeck & Sellke 2021, Definition 1.1, c = 1",
    "2 exp(-d t² / 2)",
    unit="largest tail over the bound",
    question="Do all three keep below the bound?",
    rule="It holds by proof for Gaussian points: each of the three is 1-Lipschitz.",
    arithmetic=True,
)
def below_bound(found: Here) -> Measurement:
    """Check all distances."""
    ratio = max(float((values / found.facts.bound).max()) for values in found.facts.tails.values())
    verdict = ClaimVerdict.HOLDS if ratio <= 1 else ClaimVerdict.DIFFERS
    return Measurement(verdict, ratio, answer=f"at most {ratio:.2f} of it at any distance")


LAB = Lab(
    "tails",
    "Why can a smooth function not fit noise?",
    "Move the dimensions: the more there are, the closer to its mean every smooth function stays.",
    TailsParams,
    tails,
    (tails_and_bound,),
    (below_bound,),
)
