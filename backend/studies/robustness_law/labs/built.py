"""The laboratory of networks that are written down: one unit, d units, one unit for each example."""

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from pydantic import Field

from backend.figures.curves import here, line, log_axis, upright
from backend.figures.style import COLORS, NEUTRAL, SERIES, blank, summarize
from backend.statistics.seeds import generator
from backend.studies.kit.figures import figure
from backend.studies.kit.findings import Measurement, below, finding, near, not_run
from backend.studies.kit.found import Found
from backend.studies.kit.labs import Lab, LabParams
from backend.studies.robustness_law.params import Purpose
from backend.theory.robustness import (
    CAP_SLOPE,
    Built,
    Floats,
    caps,
    caps_network,
    linear,
    points_and_labels,
    quadratic,
)

SOURCE = "Bubeck, Li & Nagaraj 2021, constructions"
FRESH = 200
PLACES = np.linspace(-30, 120, 301)  # degrees along the great circle through two examples
MANY = 5  # examples per dimension from which on the quadratic formula is asked for
NAMES = {"linear": "linear, k = 1", "quadratic": "quadratic, k = d", "caps": "caps, k = n"}
TOLERANCE = 0.15  # of a single draw


class BuiltParams(LabParams):
    """How many examples, in how many dimensions, and which draw of them."""

    examples: int = Field(
        60,
        ge=10,
        le=600,
        title="Examples n",
        description="With random labels.",
        json_schema_extra={"scale": "log"},
    )
    dimensions: int = Field(
        200,
        ge=20,
        le=300,
        title="Dimensions d",
        description="Of a point.",
        json_schema_extra={"scale": "log"},
    )
    draw: int = Field(0, ge=0, le=100, title="Draw", description="Another one has other points and labels.")


@dataclass(frozen=True)
class Networks:
    """The three as measured, by name, without the linear one where n > d - 2; n (N,) and formulas over it.

    `along` are values on the great circle through an example of either label, at PLACES; `apart`: the angle
    between them.
    """

    built: dict[str, Built]
    n: Floats
    formulas: dict[str, Floats]
    along: dict[str, Floats]
    apart: float


Here = Found[BuiltParams, Networks]


def networks(params: BuiltParams) -> Networks:
    """Draw examples and measure the three."""
    n, d = params.examples, params.dimensions
    rng = generator(0, Purpose.CONSTRUCTIONS, n, d, params.draw)
    x, y = points_and_labels(rng, n, d)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    y[:2] = 1, -1
    fresh = rng.standard_normal((FRESH, d))
    fresh /= np.linalg.norm(fresh, axis=1, keepdims=True)
    built = {"quadratic": quadratic(x, y), "caps": caps(x, y, fresh)}
    over = np.geomspace(10, 600, 61)
    low = over[over < d - 1.5]
    formulas = {
        "linear": np.sqrt(low * d / (d - low - 1)),
        "quadratic": 4 * np.sqrt(over / d),
        "caps": np.full(len(over), CAP_SLOPE),
    }
    # The circle through the first two examples, which have different labels.
    side = x[1] - (x[0] @ x[1]) * x[0]
    side /= np.linalg.norm(side)
    angle = np.radians(PLACES)
    circle = np.cos(angle)[:, None] * x[0] + np.sin(angle)[:, None] * side
    along = {
        "quadratic": np.square(circle @ x.T) @ y,
        "caps": caps_network(x, y).values(circle),
    }
    if n <= d - 2:
        built["linear"] = linear(x, y)
        along["linear"] = circle @ (x.T @ np.linalg.solve(x @ x.T, y))
    return Networks(built, over, formulas, along, float(np.degrees(np.arccos(x[0] @ x[1]))))


@figure(
    "Three ways to fit, and what they cost",
    "Lines are formulas, diamonds this draw. One unit does for fewer examples than dimensions, and gets steep"
    " near n = d. One cap for each example is 10 steep whatever n. In between, d units that take squares are"
    " about 4 √(n/d) steep: the trade that the law says nobody can beat by more than a constant.",
)
def constants_over_examples(found: Here) -> go.Figure:
    facts, params = found.facts, found.params
    drawn = blank(
        f"Lipschitz constants over n · d = {params.dimensions}",
        "constants",
        xaxis=log_axis("examples n"),
        yaxis=log_axis("Lipschitz constant"),
    )
    for (key, name), color in zip(NAMES.items(), SERIES, strict=False):
        values = facts.formulas[key]
        drawn.add_trace(line(name, facts.n[: len(values)], values, color))
        if key in facts.built:
            drawn.add_trace(
                here(f"{name}, here", params.examples, facts.built[key].lipschitz, color, showlegend=False)
            )
    told = ", ".join(f"{NAMES[key]}: {one.lipschitz:.2f}" for key, one in facts.built.items())
    summarize(drawn, f"{told}.")
    return drawn


@figure(
    "What they look like between two examples",
    "Values on the way from one example, at 0 degrees with the label 1, past another with the label -1, at"
    " the dotted line. Caps are 0 almost everywhere; the linear function passes straight; the quadratic one"
    " also feels all other examples, and misses labels by the more, the more examples there are for each pair"
    " of dimensions.",
)
def between_examples(found: Here) -> go.Figure:
    facts = found.facts
    drawn = blank(
        "Values between two examples",
        "between",
        xaxis={"title": {"text": "degrees from the first example"}},
        yaxis={"title": {"text": "value of the network"}},
        shapes=[upright(facts.apart, NEUTRAL)],
    )
    for (key, name), color in zip(NAMES.items(), SERIES, strict=False):
        if key in facts.along:
            drawn.add_trace(line(name, PLACES, facts.along[key], color))
    drawn.add_scatter(
        x=[0, facts.apart],
        y=[1, -1],
        name="examples",
        mode="markers",
        marker={"color": COLORS["memorization"], "size": 10},
    )
    missed = ", ".join(
        f"{NAMES[key]} misses a label by up to {one.residual:.2g}" for key, one in facts.built.items()
    )
    summarize(drawn, f"The two examples are {facts.apart:.0f} degrees apart; {missed}.")
    return drawn


@finding(
    "While n is at most of the order of d, one linear unit fits with a constant of at most √(2n).",
    SOURCE,
    "√(2n)",
    unit="constant over √(2n)",
    question="Is one unit at most √(2n) steep?",
    rule="Holds if the linear fit of this draw is at most √(2n) steep, differs if steeper; asks for n up to"
    " d/3.",
)
def linear_is_bounded(found: Here) -> Measurement:
    """Hold the constant of this draw against the bound."""
    params = found.params
    if 3 * params.examples > params.dimensions:
        return not_run("needs n of at most d/3")
    ratio = found.facts.built["linear"].lipschitz / float(np.sqrt(2 * params.examples))
    return Measurement(below(1, ratio, ratio), ratio, answer=f"{ratio:.2f} times that")


@finding(
    "One cap for each example fits all labels with gradients of at most 10.",
    SOURCE,
    "10",
    unit="largest gradient",
    needs=lambda found: (
        "" if found.facts.built["caps"].disjoint else "needs caps that do not meet: more dimensions"
    ),
    question="Do caps fit every label with gradients of at most 10?",
    rule="It holds by proof where no two caps meet.",
    arithmetic=True,
)
def caps_are_bounded(found: Here) -> Measurement:
    """Check gradient and residual."""
    one = found.facts.built["caps"]
    worst = max(one.lipschitz / CAP_SLOPE, 1 + one.residual)
    return Measurement(below(1 + 1e-9, worst, worst), one.lipschitz, answer=f"at most {one.lipschitz:.2f}")


@finding(
    "The quadratic network of d units is about 4 √(n/d) steep.",
    SOURCE,
    "of the order of √(n/k), k being d",
    unit="constant over 4 √(n/d)",
    question="Are d units about 4 √(n/d) steep?",
    rule=f"Holds if the constant of this draw is within {TOLERANCE:.0%} of the formula, differs if not; asks"
    f" for {MANY} examples per dimension, below which the formula is not reached.",
)
def quadratic_is_near(found: Here) -> Measurement:
    """Hold the constant of this draw against the formula."""
    if found.params.examples < MANY * found.params.dimensions:
        return not_run(f"needs {MANY} examples per dimension")
    one = found.facts.built["quadratic"]
    ratio = one.lipschitz / one.expected
    return Measurement(near(1, TOLERANCE, ratio, ratio), ratio, answer=f"{ratio:.2f} times that")


LAB = Lab(
    "built",
    "What do fits look like that nobody trained?",
    "Three networks are written down at once for examples at hand. Move n across d.",
    BuiltParams,
    networks,
    (constants_over_examples, between_examples),
    (linear_is_bounded, caps_are_bounded, quadratic_is_near),
)
