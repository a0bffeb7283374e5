"""The laboratory of what stays unfitted: by choice, by a limit on memorization, or for privacy."""

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from pydantic import Field

from backend.figures.curves import here, line
from backend.figures.panels import Panels
from backend.figures.style import blank, summarize
from backend.studies.kit.figures import figure
from backend.studies.kit.findings import Measurement, finding, near, not_run, within
from backend.studies.kit.found import Found
from backend.studies.kit.labs import Lab, LabParams
from backend.studies.long_tail.fields import Classes, Gamma, Noise, Samples
from backend.studies.long_tail.labs.look import BEST, EXCESS, GUIDE, Floats
from backend.studies.long_tail.priors import OnPrior
from backend.theory.long_tail import (
    cost,
    error_when_limited,
    error_when_private,
    error_when_unfitted,
    opt,
)

STEPS = 101  # of a line


class UnfittedParams(OnPrior, LabParams):
    """What is sampled, and what a learner may not fit."""

    samples: Samples = 50_000
    classes: Classes = 10
    noise: Noise = 0.0
    fraction: float = Field(
        0.5,
        ge=0,
        le=1,
        title="Fraction unfitted",
        description="Of the points seen once.",
        json_schema_extra={"group": "Limits", "step": 0.01},
    )
    gamma: Gamma = 0.5
    epsilon: float = Field(
        1.8,
        ge=0,
        le=10,
        title="Privacy, epsilon",
        description="How much predictions may tell of one label; 0 is nothing.",
        json_schema_extra={"group": "Limits", "step": 0.05},
    )
    delta: float = Field(
        0.0,
        ge=0,
        le=0.5,
        title="Privacy, delta",
        description="Chance with which that may fail.",
        json_schema_extra={"group": "Limits", "step": 0.01},
    )


@dataclass(frozen=True)
class Prices:
    """Excess errors: of leaving all points seen once or twice unfitted, and under limits, over their range.

    `limited` is over `gammas`, `private` over `epsilons`; `at_gamma` and `at_epsilon` are where the sliders
    stand. `same_gamma` and `same_epsilon` are of limits that should cost the same, `implied` is of the limit
    that the privacy implies. `twice` and `best` are NaN where labels are noisy.
    """

    once: float
    twice: float
    best: float
    gammas: Floats
    limited: Floats
    epsilons: Floats
    private: Floats
    at_gamma: float
    at_epsilon: float
    same_gamma: float
    same_epsilon: float
    implied: float


Here = Found[UnfittedParams, Prices]


def prices(params: UnfittedParams) -> Prices:
    """Compute everything at one position of the sliders."""
    prior, n, classes = params.frequencies(), params.samples, params.classes
    clean = params.noise == 0
    wrong = error_when_unfitted(classes)
    one = float(cost(prior, n, 1.0, confidence=1 - params.noise))  # of being always wrong
    gammas = np.linspace(0, 1, STEPS)
    epsilons = np.linspace(0, max(1.1 * np.log(classes), params.epsilon), STEPS)
    implied = min(np.exp(params.epsilon) - 1 + params.delta, 1)
    return Prices(
        once=one * wrong,
        twice=float(cost(prior, n, wrong, 2)) if clean else np.nan,
        best=float(opt(prior, n, classes)) if clean else np.nan,
        gammas=gammas,
        limited=one * error_when_limited(classes, gammas),
        epsilons=epsilons,
        private=one * error_when_private(classes, epsilons, params.delta),
        at_gamma=one * float(error_when_limited(classes, params.gamma)),
        at_epsilon=one * float(error_when_private(classes, params.epsilon, params.delta)),
        same_gamma=one * float(error_when_limited(classes, 0.5)),
        same_epsilon=one * float(error_when_private(classes, np.log1p(0.5 * classes))),
        implied=one * float(error_when_limited(classes, implied)),
    )


@figure(
    "Excess error over the fraction unfitted",
    "By how much the error exceeds the smallest possible one, over the fraction of the points seen once that"
    " a learner leaves unfitted. It is a straight line: every point costs the same. Points seen twice cost"
    " more each, but there are fewer.",
)
def over_fraction(found: Here) -> go.Figure:
    facts, params = found.facts, found.params
    drawn = blank(
        f"Excess error over the fraction unfitted · n = {params.samples:,}",
        "over-fraction",
        xaxis={"title": {"text": "fraction unfitted"}, "tickformat": ".0%"},
        yaxis={"title": {"text": "excess error"}, "rangemode": "tozero", "tickformat": ".1%"},
    )
    drawn.add_trace(line("points seen once", [0, 1], [0, facts.once], EXCESS))
    if np.isfinite(facts.twice):
        drawn.add_trace(line("points seen twice", [0, 1], [0, facts.twice], BEST, dash="dash"))
    drawn.add_trace(here("your fraction", params.fraction, params.fraction * facts.once, EXCESS))
    over = f" over {facts.best:.2%}" if np.isfinite(facts.best) else ""
    summarize(
        drawn,
        f"Leaving {params.fraction:.0%} of the points seen once unfitted costs"
        f" {params.fraction * facts.once:.2%}{over}, all of them {facts.once:.2%}.",
    )
    return drawn


@figure(
    "What limits and privacy cost",
    "Left: no memorization score may exceed gamma. Right: predictions are private in labels, with epsilon."
    " Both force a learner to be wrong on points seen once, and both are drawn on one axis of excess error:"
    " marks at one height cost the same. Dotted: fitting none of these points.",
)
def limits(found: Here) -> go.Figure:
    facts, params = found.facts, found.params
    panels = Panels(["Limit on memorization", "Private predictions"], height=380, least_px=230)
    drawn = blank(
        f"What limits and privacy cost · {params.classes} classes",
        "limits",
        **panels.layout(
            [{"title": {"text": "gamma"}}, {"title": {"text": "epsilon"}}],
            [[{"title": {"text": "excess error"}, "rangemode": "tozero", "tickformat": ".1%"}]],
        ),
    )
    left, right = panels.at(0, 0), panels.at(0, 1)
    full = [facts.once] * 2
    drawn.add_traces(
        [
            line("none fitted", [0, 1], full, GUIDE, dash="dot", hoverinfo="skip", **left),
            line(
                "",
                facts.epsilons[[0, -1]],
                full,
                GUIDE,
                dash="dot",
                hoverinfo="skip",
                showlegend=False,
                **right,
            ),
            line("limited", facts.gammas, facts.limited, EXCESS, **left),
            line("private", facts.epsilons, facts.private, BEST, **right),
            here("your gamma", params.gamma, facts.at_gamma, EXCESS, **left),
            here("your epsilon", params.epsilon, facts.at_epsilon, BEST, **right),
        ]
    )
    summarize(
        drawn,
        f"A limit of {params.gamma:g} on memorization costs {facts.at_gamma:.2%}, privacy with epsilon ="
        f" {params.epsilon:g} and delta = {params.delta:g} costs {facts.at_epsilon:.2%}.",
    )
    return drawn


@finding(
    "A limit of 1/2 on memorization costs what privacy with epsilon = ln(1 + m/2) does: ln 6 with m = 10.",
    "Feldman 2019: differential privacy",
    "difference 0",
    arithmetic=True,
    question="Do the limit and privacy cost the same?",
    rule="Holds if both prices differ by at most 1e-12, which rounding can do, differs if by more.",
)
def same_price(found: Here) -> Measurement:
    difference = found.facts.same_gamma - found.facts.same_epsilon
    note = f"Both cost {found.facts.same_gamma:.3%}. It holds by proof, and this checks our formulas."
    answer = f"they differ by {abs(difference):.1g}"
    return Measurement(near(0, 1e-12, difference, difference), difference, note=note, answer=answer)


@finding(
    "Privacy costs at least what the limit e^epsilon - 1 + delta on memorization does, which it implies.",
    "Feldman 2019: differential privacy",
    "difference of at least 0",
    unit="excess error",
    arithmetic=True,
    question="Does privacy cost at least what it implies?",
    rule="Holds if the price of privacy is at least that of the limit, up to 1e-12, differs if it is less.",
)
def privacy_limits(found: Here) -> Measurement:
    difference = found.facts.at_epsilon - found.facts.implied
    if found.facts.once == 0:
        return not_run("no point is seen once")
    note = "It holds by proof, and this checks our formulas."
    verdict = within(-1e-12, 1, difference, difference)
    return Measurement(verdict, difference, note=note, answer=f"{difference:.2g} more")


LAB = Lab(
    "unfitted",
    "What does not memorizing cost?",
    "Leave points unfitted, limit memorization scores or ask for privacy, and read the price.",
    UnfittedParams,
    prices,
    (over_fraction, limits),
    (same_price, privacy_limits),
)
