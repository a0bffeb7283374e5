"""Laboratories: three panels that show the idea on a line (Fig. 1), and the theorem's setting over n."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from pydantic import Field
from scipy.special import softmax

from backend.figures.curves import line
from backend.figures.panels import Panels
from backend.figures.style import COLORS, NEUTRAL, SERIES, blank, summarize
from backend.studies.kit.figures import figure
from backend.studies.kit.findings import Measurement, above, below, finding, mean_interval, near, not_run
from backend.studies.kit.found import Found
from backend.studies.kit.labs import Lab, LabParams
from backend.theory.residual_memory import Floats, Problem, Risks, rate, risks

BASE, MEMORY, ALONE = SERIES[0], COLORS["memorization"], SERIES[3]
REPETITIONS, QUERIES, STEPS = 4, 200, 7
FEWEST_POINTS = 20
ROUNDING = 1e-9  # share of a mean square, below which two errors differ by rounding alone


class LineParams(LabParams):
    """A wavy function on a line, a polynomial that is too stiff for it, and neighbors for the rest."""

    points: int = Field(
        40, ge=5, le=400, title="Points n", description="That are known.", json_schema_extra={"scale": "log"}
    )
    waves: float = Field(
        2.0,
        ge=0,
        le=6,
        title="Waves",
        description="Of the function, over its slope.",
        json_schema_extra={"step": 0.5},
    )
    degree: int = Field(1, ge=0, le=15, title="Degree", description="Of the polynomial that is learned.")
    noise: float = Field(
        0.1,
        ge=0,
        le=1,
        title="Noise",
        description="Deviation of the known values.",
        json_schema_extra={"step": 0.05},
    )
    k: int = Field(5, ge=1, le=50, title="Neighbors k", description="Whose residuals are averaged.")
    sigma: float = Field(
        0.05,
        ge=0.001,
        le=1,
        title="Bandwidth sigma",
        description="Weights fall as exp(-distance / sigma); points lie between 0 and 1.",
        json_schema_extra={"scale": "log"},
    )


@dataclass(frozen=True)
class OnLine:
    """Known points `x`, `y` (n,); at `grid` the truth, the polynomial, and the neighbors' residual."""

    x: Floats
    y: Floats
    residuals: Floats
    grid: Floats
    truth: Floats
    base: Floats
    recalled: Floats

    def risk(self, guess: Floats) -> float:
        """Return the mean squared error against the truth."""
        return float(np.mean((guess - self.truth) ** 2))


def on_line(params: LineParams) -> OnLine:
    """Fit the polynomial, and look its residuals up."""
    rng = np.random.default_rng(0)
    x = np.sort(rng.random(400)[: params.points])
    grid = np.linspace(0, 1, 201)
    truth, known = (t + 0.5 * np.sin(2 * np.pi * params.waves * t) for t in (grid, x))
    y = known + params.noise * rng.standard_normal(400)[: params.points]
    base = np.polynomial.Polynomial.fit(x, y, min(params.degree, params.points - 1), domain=[0, 1])
    residuals = y - base(x)
    distances = np.abs(grid[:, None] - x)
    near = np.argsort(distances, axis=1)[:, : params.k]
    weights = softmax(-np.take_along_axis(distances, near, 1) / params.sigma, axis=1)
    return OnLine(x, y, residuals, grid, truth, base(grid), (weights * residuals[near]).sum(axis=1))


@figure(
    "Learn, subtract, remember (Fig. 1)",
    "Left: a stiff polynomial learns the trend. In the middle: what it leaves, and the neighbors' mean of"
    " that. Right: both together beside the truth. A polynomial that goes through every point leaves nothing"
    " to remember.",
)
def three_panels(found: Found[LineParams, OnLine]) -> go.Figure:
    facts = found.facts
    panels = Panels(["learned", "left, and remembered", "both together"], height=380, least_px=230, gap=0.06)
    drawn = blank(
        f"{found.params.points} points, degree {found.params.degree}",
        "three-panels",
        **panels.layout([{"title": {"text": "x"}}], [[{"title": {"text": "y"}}, {}, {}]]),
    )
    both = facts.base + facts.recalled
    for column, known, curves in (
        (0, facts.y, [("polynomial", facts.base, BASE)]),
        (1, facts.residuals, [("neighbors' residual", facts.recalled, ALONE)]),
        (2, facts.y, [("truth", facts.truth, NEUTRAL), ("both (ResMem)", both, MEMORY)]),
    ):
        where = panels.at(0, column)
        drawn.add_scatter(
            x=facts.x,
            y=known,
            name="known",
            mode="markers",
            marker={"color": NEUTRAL},
            showlegend=not column,
            **where,
        )
        for name, values, color in curves:
            drawn.add_trace(line(name, facts.grid, values, color).update(where))
    summarize(
        drawn,
        f"Mean squared error against the truth: {facts.risk(facts.base):.4f} of the polynomial,"
        f" {facts.risk(both):.4f} with memory.",
    )
    return drawn


@finding(
    "Memory of what a stiff learner leaves lowers the error.",
    "Yang et al. 2023, Fig. 1",
    "not available",
    unit="fall of the mean squared error",
    question="Does memory lower the error here?",
    rule="Holds if the error of the polynomial minus that with memory is above 0, differs if below. It can"
    f" be below: where the polynomial suffices, neighbors remember noise. Not run where both differ by less"
    f" than {ROUNDING:g} of the error or of the function's mean square: that is rounding.",
)
def memory_helps(found: Found[LineParams, OnLine]) -> Measurement:
    facts = found.facts
    before = facts.risk(facts.base)
    fall = before - facts.risk(facts.base + facts.recalled)
    if abs(fall) <= ROUNDING * max(before, facts.risk(np.zeros_like(facts.truth))):
        return not_run("needs residuals: the polynomial goes through all that neighbors could remember")
    return Measurement(above(0, fall, fall), fall, answer=f"from {before:.4f} to {before - fall:.4f}")


class TheoremParams(LabParams):
    """The theorem's setting: dimensions, points, the learner's limit, noise, and neighbors."""

    d: int = Field(2, ge=1, le=8, title="Dimensions d", description="Of a point.")
    points: int = Field(
        1000, ge=100, le=3000, title="Points n", description="At most.", json_schema_extra={"scale": "log"}
    )
    limit: float = Field(
        0.5,
        ge=0,
        le=1,
        title="Limit",
        description="On the norm of the learner's weights; the truth has 1, and at 1 the learner suffices.",
        json_schema_extra={"step": 0.05},
    )
    noise: float = Field(
        0.0, ge=0, le=1, title="Noise", description="Deviation of targets.", json_schema_extra={"step": 0.05}
    )
    k: int = Field(1, ge=1, le=20, title="Neighbors k", description="The theorem has one.")


@dataclass(frozen=True)
class Theorem:
    """Risks over numbers of points, and what the learner alone keeps however many there are."""

    points: tuple[int, ...]
    risks: Risks
    floor: float


Proved = Found[TheoremParams, Theorem]


def theorem(params: TheoremParams) -> Theorem:
    """Draw training sets and measure the risk of each learner."""
    points = np.unique(np.geomspace(FEWEST_POINTS, params.points, STEPS).round().astype(int))
    problem = Problem(params.d, 1.0, params.limit, params.noise)
    counts = tuple(points.tolist())
    return Theorem(counts, risks(problem, counts, params.k, REPETITIONS, QUERIES), problem.floor)


@figure(
    "Risk over the number of points",
    "A linear learner whose weights must stay too small keeps a constant risk, the dotted line. With"
    " neighbors for its residuals the risk falls to 0, at a rate (dashed, through the first point) that is"
    " slower in more dimensions. The theorem has no noise: with it, one neighbor brings the noise along.",
)
def risk_over_points(found: Proved) -> go.Figure:
    facts = found.facts
    drawn = blank(
        f"Risk in {found.params.d} dimensions · mean of {REPETITIONS} training sets",
        "risk-over-points",
        xaxis={"title": {"text": "points n"}, "type": "log"},
        yaxis={"title": {"text": "mean squared error"}, "type": "log", "exponentformat": "power"},
    )
    named = (
        ("linear alone", "base", BASE),
        ("with memory (ResMem)", "resmem", MEMORY),
        ("neighbors alone", "knn", ALONE),
    )
    ends = []
    for name, who, color in named:
        mean = getattr(facts.risks, who).mean(axis=1)
        drawn.add_trace(line(name, facts.points, np.maximum(mean, 1e-9), color))
        ends.append(f"{name} {mean[0]:.2g} to {mean[-1]:.2g}")
    shape = rate(facts.points, found.params.d)
    scaled = shape * facts.risks.resmem.mean(axis=1)[0] / shape[0]
    drawn.add_trace(line("rate (recalled)", facts.points, np.maximum(scaled, 1e-9), MEMORY, dash="dash"))
    if facts.floor > 0:
        drawn.add_trace(
            line(
                "(1 \N{MINUS SIGN} limit)²",
                facts.points,
                [facts.floor] * len(facts.points),
                NEUTRAL,
                dash="dot",
            )
        )
    summarize(drawn, f"From {facts.points[0]:,} to {facts.points[-1]:,} points: {'; '.join(ends)}.")
    return drawn


def _as_proved(found: Proved) -> str:
    return (
        "the theorem has no noise and a limit below 1"
        if found.params.noise or found.facts.floor <= ROUNDING
        else ""
    )


@finding(
    "A linear learner that is kept too small keeps a constant risk.",
    "Yang et al. 2023, the theorem (recalled)",
    "(1 \N{MINUS SIGN} limit)²",
    unit="risk over (1 \N{MINUS SIGN} limit)²",
    needs=_as_proved,
    question="Does the learner alone keep its risk?",
    rule="Holds if the 95 % interval over training sets, at most points, lies within a third of 1, differs"
    " if outside.",
)
def base_keeps(found: Proved) -> Measurement:
    mean, low, high = mean_interval(found.facts.risks.base[-1] / found.facts.floor)
    return Measurement(near(1, 1 / 3, low, high), mean, low, high, answer=f"{mean:.2f} of what is expected")


@finding(
    "With memory the risk goes to 0, no slower than the rate.",
    "Yang et al. 2023, the theorem (recalled)",
    "n^(-2/3) + (log(n^(1/d)) / n)^(1/d)",
    unit="exponent of n, less that of the rate",
    needs=_as_proved,
    question="Does ResMem's risk fall at least at the rate?",
    rule="The slope of log risk over log n from the fewest to the most points minus that of the rate, by the"
    " 95 % interval over training sets: holds if it lies below 0, differs if above.",
)
def falls(found: Proved) -> Measurement:
    points: Sequence[int] = found.facts.points
    if len(points) < 2:
        return not_run("needs two numbers of points")
    ends = [np.log(found.facts.risks.resmem[at]) for at in (0, -1)]
    expected = np.log(rate(points, found.params.d))
    slopes = (ends[1] - ends[0] - (expected[-1] - expected[0])) / np.log(points[-1] / points[0])
    mean, low, high = mean_interval(slopes)
    return Measurement(
        below(0, low, high),
        mean,
        low,
        high,
        answer=f"its exponent is {abs(mean):.2f} {'below' if mean < 0 else 'above'} the rate's",
    )


LABS = (
    Lab(
        "line",
        "What is learned, and what is remembered?",
        "Raise the degree: the more is learned, the less is left to remember.",
        LineParams,
        on_line,
        (three_panels,),
        (memory_helps,),
    ),
    Lab(
        "theorem",
        "How fast does the risk fall?",
        "Move the limit to 1, and there is nothing to remember; move the dimensions, and neighbors are far.",
        TheoremParams,
        theorem,
        (risk_over_points,),
        (base_keeps, falls),
    ),
)
