"""The laboratory of growth: why deep linear networks learn their singular values one after another."""

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from pydantic import Field
from scipy.integrate import solve_ivp

from backend.figures.curves import here, line, log_axis
from backend.figures.style import DATA_COLORS, NEUTRAL, blank, summarize
from backend.studies.kit.figures import figure
from backend.studies.kit.findings import Measurement, below, finding, near, not_run
from backend.studies.kit.found import Found
from backend.studies.kit.labs import Lab, LabParams
from backend.studies.matrix_factorization.figures.recovery import colored
from backend.theory.deep_linear import Floats, Learned, growth_rate, learned, push_to, race

DEPTHS = (1, 2, 3, 4, 5)
TARGETS = (5.0, 4.0, 3.0, 2.0, 1.0)  # of singular values that are learned together
POINTS = 120  # of a line
AHEAD = 1.0  # value of the first at which the second one's is told
AGREE = 1e-4  # relative difference of a closed form and the integrated law


class GrowthParams(LabParams):
    """Where singular values begin, and how strongly the loss pulls the second of two."""

    depth: int = Field(3, ge=1, le=5, title="Depth N", description="How many matrices are multiplied.")
    start: float = Field(
        1e-4,
        ge=1e-6,
        le=0.1,
        title="Initial singular value",
        description="Of the product, the same for all.",
        json_schema_extra={"scale": "log"},
    )
    ratio: float = Field(
        0.8,
        ge=0.1,
        le=1,
        title="Second drive over the first",
        description="How strongly the loss pulls the second value, compared with the first.",
        json_schema_extra={"step": 0.05},
    )


@dataclass(frozen=True)
class Growth:
    """Everything the laboratory shows.

    `first` (POINTS,) and `second` (depths, POINTS): two values with constant drives; `behind` (depths,) is
    the second when the first is 1. `curves`: one value for each of TARGETS at the chosen depth, `until` the
    time at which the largest is half learned. `shares` (depths, targets): how much of each is learned by
    then. `off`: how far the closed form lies from the integrated law, relatively.
    """

    first: Floats
    second: Floats
    behind: Floats
    curves: tuple[Learned, ...]
    until: float
    shares: Floats
    off: float


Here = Found[GrowthParams, Growth]


def growth(params: GrowthParams) -> Growth:
    """Compute everything at one position of the sliders."""
    first = np.geomspace(params.start, 10, POINTS)
    curves = {depth: [learned(params.start, target, depth) for target in TARGETS] for depth in DEPTHS}
    halves = {depth: curves[depth][0].reached(TARGETS[0] / 2) for depth in DEPTHS}
    return Growth(
        first=first,
        second=np.array([race(params.start, params.ratio, depth, first) for depth in DEPTHS]),
        behind=np.array([race(params.start, params.ratio, depth, AHEAD) for depth in DEPTHS]),
        curves=tuple(curves[params.depth]),
        until=halves[params.depth],
        shares=np.array(
            [
                [
                    curve.at(halves[depth]) / target
                    for curve, target in zip(curves[depth], TARGETS, strict=True)
                ]
                for depth in DEPTHS
            ]
        ),
        off=_off(params.start, params.ratio, params.depth),
    )


def _off(start: float, ratio: float, depth: int) -> float:
    """Return how far the second value in closed form is from the integrated law, relatively."""
    path = solve_ivp(
        lambda _, log: growth_rate(np.exp(log), ratio, depth) / np.exp(log),
        (0, float(push_to(start, AHEAD, depth))),
        [np.log(start)],
        method="LSODA",
        rtol=1e-10,
        atol=1e-12,
    )
    return abs(float(np.exp(path.y[0, -1]) / race(start, ratio, depth, AHEAD)) - 1)


@figure(
    "Two singular values in a race",
    "The second value over the first, while the loss pulls both with constant strength, at every depth. With"
    " one matrix the second keeps its share. With two it follows a power law. From three on it stays below a"
    " bound however far the first one gets: depth makes the large larger.",
)
def two_values(found: Here) -> go.Figure:
    """Draw the second value over the first, one line per depth."""
    facts, params = found.facts, found.params
    drawn = blank(
        f"Second value over the first · drives 1 and {params.ratio:g}",
        "two-values",
        xaxis=log_axis("first singular value"),
        yaxis=log_axis("second singular value"),
    )
    drawn.add_trace(line("equal", facts.first, facts.first, NEUTRAL, dash="dot"))
    for depth, values in zip(DEPTHS, facts.second, strict=True):
        chosen, color = depth == params.depth, colored(depth)["line"]["color"]
        drawn.add_trace(line(f"depth {depth}", facts.first, values, color, opacity=1 if chosen else 0.55))
    behind = float(facts.behind[params.depth - 1])
    color = colored(params.depth)["line"]["color"]
    drawn.add_trace(here(f"depth {params.depth}, first at 1", AHEAD, behind, color, showlegend=False))
    told = ", ".join(f"{value:.2g} at depth {n}" for n, value in zip(DEPTHS, facts.behind, strict=True))
    summarize(drawn, f"When the first value is 1, the second is {told}.")
    return drawn


@figure(
    "Learned one after another",
    "Five singular values that are pulled to 5, 4, 3, 2 and 1, over time in units of that in which the"
    " largest is half learned. With one matrix all rise together. The deeper the network and the smaller the"
    " start, the longer each one waits and the faster it then rises.",
)
def one_by_one(found: Here) -> go.Figure:
    """Draw singular values over time at the chosen depth."""
    facts, depth = found.facts, found.params.depth
    end = 1.15 * max(
        curve.reached(0.99 * target) for curve, target in zip(facts.curves, TARGETS, strict=True)
    )
    drawn = blank(
        f"Singular values over time · depth {depth}",
        "one-by-one",
        xaxis={"title": {"text": "time / time until the largest is half learned"}},
        yaxis={"title": {"text": "singular value"}, "rangemode": "tozero"},
    )
    times = np.linspace(0, end, POINTS)
    for curve, target, color in zip(facts.curves, TARGETS, DATA_COLORS, strict=False):
        drawn.add_trace(line(f"to {target:g}", times / facts.until, curve.at(times), color))
    shares = ", ".join(f"{share:.0%}" for share in facts.shares[depth - 1])
    summarize(drawn, f"When the largest is half learned, the five have reached {shares} of their targets.")
    return drawn


@figure(
    "How much of each is learned when the largest is half learned",
    "At every depth, the share of its target that each of the five values has reached by then. Lines that"
    " fall from left to right say: the deeper, the more one after another.",
)
def shares_over_depth(found: Here) -> go.Figure:
    """Draw the share learned of each value over depth."""
    facts = found.facts
    drawn = blank(
        "Learned when the largest is half learned",
        "shares-over-depth",
        xaxis={"title": {"text": "depth N"}, "dtick": 1},
        yaxis={"title": {"text": "share of its target"}, "rangemode": "tozero", "tickformat": ".0%"},
    )
    for row, (target, color) in enumerate(zip(TARGETS, DATA_COLORS, strict=False)):
        curve = line(f"to {target:g}", DEPTHS, facts.shares[:, row], color)
        drawn.add_trace(curve.update(mode="lines+markers", marker={"size": 7}))
    second = ", ".join(
        f"{share:.0%} at depth {n}" for n, share in zip(DEPTHS, facts.shares[:, 1], strict=True)
    )
    summarize(drawn, f"Of the second largest, {second} is learned by then.")
    return drawn


@finding(
    "Under constant drives the second singular value is where the closed form says when the first one is 1.",
    "Arora et al. 2019, Theorem 3 and section 3.2",
    "0",
    unit="relative difference from the integrated law",
    arithmetic=True,
    question="Do the closed forms solve the growth law?",
    rule=f"Holds if the closed form and the integrated law are less than {AGREE:g} apart, differs if more.",
)
def closed_form(found: Here) -> Measurement:
    """Hold the closed form against the integrated law at the position of the sliders."""
    off = found.facts.off
    behind = found.facts.behind[found.params.depth - 1]
    return Measurement(
        near(0, AGREE, off, off), off, note=f"The second value is {behind:.4g}.", answer=f"up to {off:.1g}"
    )


@finding(
    "Depth makes singular values be learned one after another.",
    "Arora et al. 2019, section 3.2 and Figure 3",
    "depths 2 and 3 learn them in turn, depth 1 together",
    unit="share of the second that is learned when the first is half learned",
    question="One after another?",
    rule=(
        "Holds if, when the largest value is half learned, less is learned of the second largest than with"
        " one matrix, differs if more. A closed form has no interval."
    ),
)
def in_turn(found: Here) -> Measurement:
    """Compare how much of the second value is learned by then with one matrix and with the chosen depth."""
    depth, second = found.params.depth, found.facts.shares[:, 1]
    if depth == 1:
        return not_run("compares a deeper network with one matrix: choose a depth of 2 or more")
    ours, single = float(second[depth - 1]), float(second[0])
    return Measurement(
        below(single, ours, ours),
        ours,
        note="Targets 5 and 4, both from the same start.",
        answer=f"{ours:.2g} of the second is learned by then at depth {depth}, {single:.2g} with one matrix",
    )


LAB = Lab(
    "growth",
    "How singular values grow",
    "The speed of a singular value is proportional to a power of the value itself, and the deeper the"
    " network, the higher the power. Start at depth 1, go to 3, then make the start smaller.",
    GrowthParams,
    growth,
    (two_values, one_by_one, shares_over_depth),
    (closed_form, in_turn),
)
