"""The laboratory of the plane: which separator an optimizer ends in, and how slowly."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import plotly.graph_objects as go
from pydantic import Field

from backend.core.contracts import ClaimVerdict
from backend.figures.curves import line
from backend.figures.panels import Panels
from backend.figures.style import blank, summarize
from backend.statistics.seeds import Purpose, generator
from backend.studies.kit.figures import figure
from backend.studies.kit.findings import Measurement, above, below, finding, near, not_run, within
from backend.studies.kit.found import Found
from backend.studies.kit.labs import Lab
from backend.studies.separable.labs.look import (
    GUIDE,
    LIMIT,
    NOW,
    PLAIN,
    STEPS_AXIS,
    half_decades,
    marked,
    plane,
    powers,
    remarked,
    through,
    told,
)
from backend.studies.separable.labs.setting import CLASSES, STEPS, OnSteps, Setting, setting
from backend.theory.descent import (
    Descent,
    adam,
    gradient_descent,
    normalized_gradient_descent,
    stochastic_gradient_descent,
)
from backend.theory.margin_gaps import (
    angle_gap,
    direction_error,
    directions,
    margin_gap,
    training_error,
    training_loss,
)
from backend.theory.margin_loss import Floats
from backend.theory.separable_flow import gradient_flow, loss_constant, offset

BATCH = 4
BATCHES = 6_000  # of SGD
NORMALIZED_STEPS = 5_000
ONE_BY_ONE, ADAM_STEPS = 5_000, 3_500  # steps taken one by one, at most
BY = (
    1e-2  # so much, at least, a gap falls in every decade: a law of 1 / log t falls by 8 % in the slowest one
)
ARRIVED = 1e-9  # a gap that is rounding
STILL_DEGREES, AWAY_DEGREES = 0.1, 1.0
ADAM_AT = (100_000, 316_228)  # steps between which its direction must stand still


class Optimizer(StrEnum):
    """What takes the steps."""

    GRADIENT_DESCENT = "gradient_descent"
    MOMENTUM = "momentum"
    SGD = "sgd"
    ADAM = "adam"
    NORMALIZED = "normalized"


TITLES = {
    Optimizer.GRADIENT_DESCENT: "gradient descent",
    Optimizer.MOMENTUM: "momentum",
    Optimizer.SGD: "SGD",
    Optimizer.ADAM: "Adam",
    Optimizer.NORMALIZED: "normalized descent",
}


class PlaneParams(OnSteps):
    """Points, and what descends on them."""

    optimizer: Optimizer = Field(
        Optimizer.GRADIENT_DESCENT,
        title="Optimizer",
        description="On the whole loss, but SGD, which takes batches of 4.",
        json_schema_extra={
            "group": "Descent",
            "labels": {
                "gradient_descent": "GD",
                "momentum": "Momentum",
                "sgd": "SGD",
                "adam": "Adam",
                "normalized": "Normalized",
            },
        },
    )
    momentum: float = Field(
        0.9,
        ge=0,
        le=0.95,
        title="Momentum",
        description="Share of the last change that is added to a step.",
        json_schema_extra={"group": "Descent", "step": 0.05, "when": {"optimizer": ["momentum"]}},
    )
    rate: float = Field(
        0.01,
        ge=1e-3,
        le=1,
        title="Rate",
        description="Of Adam; of normalized descent, whose step t has the length rate / √t.",
        json_schema_extra={
            "group": "Descent",
            "scale": "log",
            "when": {"optimizer": ["adam", "normalized"]},
        },
    )
    epsilon: float = Field(
        1e-8,
        ge=1e-12,
        le=1e-2,
        title="Adam's epsilon",
        description="Once gradients are far below it, Adam moves as gradient descent does.",
        json_schema_extra={"group": "Descent", "scale": "log", "when": {"optimizer": ["adam"]}},
    )
    times_rates: bool = Field(
        False,
        title="Multiply by log t",
        description="Or by the power of t or log t with which the theorems say that each stays bounded.",
        json_schema_extra={"group": "Figures"},
    )


@dataclass(frozen=True)
class Courses:
    """The optimizer's way, and beside it that of gradient descent and of gradient flow at STEPS (t, 2).

    `constant` is what t L tends to, None without a formula for it.
    """

    setting: Setting
    chosen: Descent
    plain: Descent
    flow: Floats
    constant: float | None

    def at(self, step: float) -> Floats | None:
        """Return the optimizer's weights nearest to a step, None where it has not come so far."""
        steps = self.chosen.steps
        if len(steps) == 0 or step > 1.01 * steps[-1]:
            return None
        return np.asarray(self.chosen.weights[np.abs(np.log(steps / step)).argmin()])


Here = Found[PlaneParams, Courses]


def courses(params: PlaneParams) -> Courses:
    """Compute everything at one position of the sliders."""
    found = setting(params)
    x, step, loss = found.x, found.step, params.loss
    plain = gradient_descent(x, step, STEPS, loss=loss, one_by_one=ONE_BY_ONE)
    chosen, effective = plain, step
    match params.optimizer:
        case Optimizer.MOMENTUM:
            chosen = gradient_descent(
                x, step, STEPS, loss=loss, momentum=params.momentum, one_by_one=ONE_BY_ONE
            )
            effective = step / (1 - params.momentum)
        case Optimizer.SGD:
            epochs = STEPS[np.ceil(len(x) / BATCH) * STEPS <= BATCHES]
            order = generator(0, Purpose.ORDER)
            chosen = stochastic_gradient_descent(x, step, epochs, order, batch=BATCH, loss=loss)
        case Optimizer.ADAM:
            chosen = adam(x, params.rate, STEPS, epsilon=params.epsilon, loss=loss, one_by_one=ADAM_STEPS)
        case Optimizer.NORMALIZED:
            steps = STEPS[STEPS <= NORMALIZED_STEPS]
            chosen = normalized_gradient_descent(x, params.rate, steps, loss=loss)
    has_limit = found.separator is not None and offset(x, found.separator, effective) is not None
    constant = loss_constant(found.separator, effective) if found.separator and has_limit else None
    if params.optimizer in {Optimizer.ADAM, Optimizer.NORMALIZED}:
        constant = None
    return Courses(found, chosen, plain, gradient_flow(x, step * STEPS.astype(np.float64), loss), constant)


@figure(
    "Points and separators",
    "Drag the points; a double click adds one. The slider above the figure goes from the first step to the"
    " trillionth. Ringed are the support vectors, the points nearest to the separator of maximum margin.",
)
def points_and_separators(found: Here) -> go.Figure:
    facts, params = found.facts, found.params
    own, limit = facts.setting, facts.setting.separator
    weights = own.minimum if limit is None else limit.weights
    traces = marked(own.at, own.classes, CLASSES, own.support)
    if weights is not None and weights.any():
        name = "maximum margin" if limit is not None else "minimizer of the loss"
        traces.append(_line(name, *through(weights, own.at), LIMIT, dash="dash"))
        for side in (-1, 1) if limit is not None else ():
            ends = through(weights, own.at, side)
            traces.append(_line("", *ends, LIMIT, dash="dot", showlegend=False, hoverinfo="skip"))
    name = TITLES[params.optimizer]
    shown = half_decades(facts.chosen.steps)
    traces.append(_line(name, *through(np.zeros(2), own.at), NOW))
    steps: list[dict[str, Any]] = []
    for at in shown:
        x, y = through(facts.chosen.weights[at], own.at)
        after = told(facts.chosen.steps[at])
        summary = f"After {after} steps of {name}: {_state(facts, at)} {own.told}"
        change = [{"x": [x], "y": [y]}, {"meta.summary": summary}, [len(traces) - 1]]
        steps.append({"label": after, "method": "update", "args": change})
    active = min(len(steps) - 1, 6)
    if steps:
        x, y = through(facts.chosen.weights[shown[active]], own.at)
        traces[-1].update(x=x, y=y)
    drawn = blank(
        "Points and separators",
        "points",
        **plane(own.at),
        **remarked("" if limit is not None else own.told),
        sliders=[{"active": active, "currentvalue": {"prefix": "step "}, "steps": steps}] if steps else [],
    )
    drawn.add_traces(traces)
    summarize(drawn, own.told)
    return drawn


def _state(facts: Courses, at: int) -> str:
    weights = facts.chosen.weights[at : at + 1]
    wrong = float(training_error(facts.setting.x, weights)[0])
    if facts.setting.separator is None:
        return f"{wrong:.0%} of the points are on the wrong side."
    degrees = _degrees(weights, facts.setting)[0]
    return f"{degrees:.2g} degrees from the maximum margin, {wrong:.0%} of the points on the wrong side."


def _degrees(weights: Floats, own: Setting) -> Floats:
    """Return the angles (t,) between weights (t, 2) and the maximum margin."""
    error = direction_error(weights, own.separator) if own.separator else np.full(len(weights), np.nan)
    return np.asarray(np.degrees(2 * np.arcsin(np.minimum(error / 2, 1))))


@figure(
    "Norm, loss and gaps",
    "Over steps on a logarithmic axis. Dotted guides are the theorems' limits: the norm grows like |ŵ| log t,"
    " the loss falls like |ŵ|²/ηt, the angle gap 1 - cos like 1/log² t, the margin gap like 1/log t. Gradient"
    " descent takes its first steps one by one, and later ones many at once, to within 0.001 %; Adam within"
    " 1 %.",
)
def norm_loss_gaps(found: Here) -> go.Figure:
    facts, params = found.facts, found.params
    own = facts.setting
    panels = Panels(["", ""], height=620, heights=(1, 1), row_gap=0.1, gap=0.16, least_px=260)
    lines = [("gradient flow", GUIDE, "solid", STEPS, facts.flow)]
    if params.optimizer is not Optimizer.GRADIENT_DESCENT:
        lines.append(("gradient descent", PLAIN, "dash", facts.plain.steps, facts.plain.weights))
    lines.append((TITLES[params.optimizer], NOW, "solid", facts.chosen.steps, facts.chosen.weights))
    axes, traces = [], []
    some = slice(1, None) if params.times_rates else slice(None)  # log 1 = 0
    for panel, (title, log, measure, guide) in enumerate(_quantities(params, own)):
        place = {**panels.at(*divmod(panel, 2)), "showlegend": panel == 0}
        if (limit := guide(facts)) is not None:
            traces.append(line("limit", STEPS[1:], limit[1:], LIMIT, dash="dot", **place))
        each = [measure(steps[some].astype(float), weights[some]) for _, _, _, steps, weights in lines]
        for values, (name, color, dash, steps, _) in zip(each, lines, strict=True):
            seen = np.where(values > 0, values, np.nan) if log else values
            traces.append(line(name, steps[some], seen, color, dash=dash, legendgroup=name, **place))
        scale = powers(np.concatenate(each)) if log else {"rangemode": "tozero"}
        axes.append({"title": {"text": title}, **scale})
    layout = panels.layout([STEPS_AXIS], [axes[:2], axes[2:]]) | remarked(_steps_told(facts))
    drawn = blank("Norm, loss and gaps", "norm-loss-gaps", **layout)
    drawn.add_traces(traces)
    summarize(drawn, f"{_steps_told(facts)} {_end_told(facts)}")
    return drawn


Measure = Callable[[Floats, Floats], Floats]
Guide = Callable[[Courses], Floats | None]


def _quantities(params: PlaneParams, own: Setting) -> list[tuple[str, bool, Measure, Guide]]:
    """Return of each panel its title, whether it is logarithmic, what it measures, and the limit's curve."""
    x, limit, scaled = own.x, own.separator, params.times_rates
    logs = np.log(np.maximum(STEPS, 2).astype(float))

    def times(exponent: float) -> Measure:
        return lambda t, _w: np.log(t) ** exponent if scaled else np.ones_like(t)

    def norm(t: Floats, w: Floats) -> Floats:
        return np.asarray(np.linalg.norm(w, axis=1) * times(-1)(t, w))

    def loss(t: Floats, w: Floats) -> Floats:
        return training_loss(x, w, params.loss) * (t if scaled else 1)

    def loss_guide(facts: Courses) -> Floats | None:
        if facts.constant is None:
            return None
        return facts.constant / (1 if scaled else STEPS.astype(float)) * np.ones(len(STEPS))

    first: list[tuple[str, bool, Measure, Guide]] = [
        (
            "norm / log t" if scaled else "norm |w|",
            False,
            norm,
            lambda _: None if limit is None else limit.norm * (np.ones_like(logs) if scaled else logs),
        ),
        ("t times the loss" if scaled else "loss", True, loss, loss_guide),
    ]
    if limit is None:
        best = np.zeros(2) if own.minimum is None else own.minimum
        return [
            *first,
            (
                "distance to the minimizer",
                True,
                lambda _t, w: np.asarray(np.linalg.norm(w - best, axis=1)),
                lambda _: None,
            ),
            ("share on the wrong side", False, lambda _t, w: training_error(x, w), lambda _: None),
        ]
    return [
        *first,
        (
            "angle gap times log² t" if scaled else "angle gap, 1 - cos",
            not scaled,
            lambda t, w: angle_gap(w, limit) * times(2)(t, w),
            lambda _: None,
        ),
        (
            "margin gap times log t" if scaled else "margin gap",
            not scaled,
            lambda t, w: margin_gap(x, w, limit) * times(1)(t, w),
            lambda _: None,
        ),
    ]


def _steps_told(facts: Courses) -> str:
    own = facts.setting
    if own.known_to_converge:
        return f"Step size {own.step:.3g}; below {own.bound:.3g} it is sure to converge."
    return f"Caution: step size {own.step:.3g} is above its bound {own.bound:.3g}; nothing is sure."


def _end_told(facts: Courses) -> str:
    if len(facts.chosen.steps) == 0:
        return "It diverges at once."
    weights, last = facts.chosen.weights[-1:], facts.chosen.steps[-1]
    if facts.setting.separator is None:
        return facts.setting.told
    return (
        f"After {told(last)} steps the norm is {np.linalg.norm(weights):.3g}, and the direction is"
        f" {_degrees(weights, facts.setting)[0]:.2g} degrees from the maximum margin."
    )


def _line(name: str, x: list[float], y: list[float], color: str, **more: Any) -> go.Scatter:
    return line(name, x, y, color, **more)


def _unfit(found: Here, *optimizers: Optimizer, exact: bool = True) -> str:
    """Say why a theorem says nothing here, "" where it does; `exact` asks for a course up to 10^12 steps."""
    facts = found.facts
    if facts.setting.separator is None:
        return "needs points that a line through the origin separates"
    if found.params.optimizer not in optimizers:
        return f"is about {', '.join(TITLES[one] for one in optimizers)}"
    if not facts.setting.known_to_converge and found.params.optimizer is not Optimizer.ADAM:
        return "needs a step size below its bound"
    if exact and facts.at(1e12) is None:
        return "the optimizer's steps were not small enough to be followed to 10¹²"
    return ""


_EXACT = (Optimizer.GRADIENT_DESCENT, Optimizer.MOMENTUM)


@finding(
    "The reference is the hard-margin support vector machine.",
    "Soudry et al. 2018, equation 4",
    "no violation",
    unit="largest violation of its conditions",
    arithmetic=True,
    question="Does the reference meet the conditions of Karush, Kuhn and Tucker?",
    rule="Holds if no condition is violated by 1e-8 or more and the smallest margin is 1, differs otherwise.",
)
def separator_is_exact(found: Here) -> Measurement:
    limit = found.facts.setting.separator
    if limit is None:
        return not_run("needs points that a line through the origin separates")
    off = abs(float((found.facts.setting.x @ limit.weights).min()) - 1)
    worst = max(limit.residual, off)
    return Measurement(below(1e-8, worst, worst), worst, answer=f"violated by at most {worst:.1g}")


@finding(
    "The loss falls like 1/t.",
    "Soudry et al. 2018, Theorem 5 and Fig. 1C",
    "slope -1 on logarithmic axes",
    unit="slope",
    question="Does the loss fall like 1/t?",
    rule="Holds if the slope of log loss over log t from 10⁶ to 10¹² steps is -1 ± 0.02, differs if outside.",
)
def loss_falls(found: Here) -> Measurement:
    if why := _unfit(found, *_EXACT):
        return not_run(why)
    facts = found.facts
    chosen, late = facts.chosen, facts.chosen.steps >= 10**6
    loss = training_loss(facts.setting.x, chosen.weights[late], found.params.loss)
    slope = float(np.polyfit(np.log(chosen.steps[late]), np.log(loss), 1)[0])
    return Measurement(near(-1, 0.02, slope, slope), slope, answer=f"a slope of {slope:.3f}")


@finding(
    "t times the loss tends to |ŵ|²/η.",
    "follows from Soudry et al. 2018, Theorem 4",
    "ratio of 1; with momentum m, 1 - m times as much",
    unit="t L at 10¹² steps over its limit",
    question="Does t times the loss tend to its constant?",
    rule="Holds if t L at 10¹² steps is within 1 % of the constant, differs if outside.",
)
def constant_of_loss(found: Here) -> Measurement:
    if why := _unfit(found, *_EXACT):
        return not_run(why)
    facts = found.facts
    weights = facts.at(1e12)
    if facts.constant is None or weights is None:
        return not_run("needs support vectors that span the points and all pull")
    ratio = 1e12 * float(training_loss(facts.setting.x, weights, found.params.loss)) / facts.constant
    return Measurement(near(1, 0.01, ratio, ratio), ratio, answer=f"{ratio:.4f} of it")


@finding(
    "The norm grows like |ŵ| log t.",
    "Soudry et al. 2018, Theorem 3 and Fig. 1B",
    "slope of |ŵ|",
    unit="slope of |w| over log t, in units of |ŵ|",
    question="Does the norm grow like |ŵ| log t?",
    rule="Holds if the slope from 10³ to 10¹² steps is 0.9 to 1.1 of |ŵ|, differs if outside.",
)
def norm_grows(found: Here) -> Measurement:
    if why := _unfit(found, *_EXACT):
        return not_run(why)
    facts, limit = found.facts, found.facts.setting.separator
    if limit is None:
        return not_run("")
    late = facts.chosen.steps >= 10**3
    norms = np.linalg.norm(facts.chosen.weights[late], axis=1)
    slope = float(np.polyfit(np.log(facts.chosen.steps[late]), norms, 1)[0]) / limit.norm
    return Measurement(within(0.9, 1.1, slope, slope), slope, answer=f"{slope:.3f} times |ŵ|")


@finding(
    "The direction goes to the maximum margin, whatever momentum or batches do.",
    "Soudry et al. 2018, Theorem 3, Figs. 1D and 1E, appendix on SGD",
    "both gaps fall",
    unit="least a gap falls in a decade of steps",
    question="Do the gaps of angle and margin fall in every decade?",
    rule=(
        "Holds if each gap falls by at least 1 % in every decade of steps from 10² on, or is 10⁻⁹ already;"
        " differs if less in any. A gap like 1/log t falls by 8 % in the last decade."
    ),
)
def gaps_fall(found: Here) -> Measurement:
    kinds = tuple(one for one in Optimizer if one is not Optimizer.ADAM)
    if why := _unfit(found, *kinds, exact=False):
        return not_run(why)
    facts, limit = found.facts, found.facts.setting.separator
    at = [facts.at(float(10**k)) for k in range(2, 13)]
    weights = np.array([one for one in at if one is not None])
    if limit is None or len(weights) < 2:
        return not_run("needs two decades of steps")
    worst = np.inf
    for gap in (angle_gap(weights, limit), np.abs(margin_gap(facts.setting.x, weights, limit))):
        moving = gap[:-1] > ARRIVED
        if moving.any():
            worst = min(worst, float((1 - gap[1:] / np.maximum(gap[:-1], ARRIVED))[moving].min()))
    if not np.isfinite(worst):
        return not_run("it points along the maximum margin from the start")
    last = min(int(facts.chosen.steps[-1]), 10**12)
    answer = f"by at least {worst:.1%} in each, to {told(last)} steps" if worst > 0 else "one of them rises"
    return Measurement(above(BY, worst, worst), worst, answer=answer)


@finding(
    "Adam ends in another direction.",
    "Soudry et al. 2018, appendix on Adam",
    "not the maximum margin",
    unit="degrees from the maximum margin",
    question="Does Adam come to rest away from the maximum margin?",
    rule=(
        "Holds if from 10⁵ to 3·10⁵ steps it turns by less than 0.1° and is more than 1° away, differs if it"
        " rests nearer; undecided while it turns. At finite t it may well be nearer than gradient descent:"
        " only the limit differs."
    ),
)
def adam_elsewhere(found: Here) -> Measurement:
    if why := _unfit(found, Optimizer.ADAM, exact=False):
        return not_run(why)
    facts = found.facts
    before, after = (facts.at(step) for step in ADAM_AT)
    if before is None or after is None:
        return not_run("Adam's steps were not smooth enough to be followed so far")
    ends = np.stack([before, after])
    away = float(_degrees(ends, facts.setting)[1])
    between = float(np.linalg.norm(np.diff(directions(ends), axis=0)))
    turned = float(np.degrees(2 * np.arcsin(min(between / 2, 1))))
    verdict = above(AWAY_DEGREES, away, away)
    if turned >= STILL_DEGREES:
        verdict = ClaimVerdict.UNDECIDED
    note = (
        f"It turns by {turned:.2g}° in this half-decade. How far away it rests depends on the points. Once"
        " gradients are far below epsilon, it becomes gradient descent with step size rate / epsilon, and"
        " turns again."
    )
    return Measurement(verdict, away, note=note, answer=f"{away:.2f}° away, turning by {turned:.2g}°")


LAB = Lab(
    "plane",
    "Where does descent go?",
    "Move points and choose an optimizer. Of all lines that separate them, gradient descent ends in the one"
    " of maximum margin; how near it is after a trillion steps depends on the points.",
    PlaneParams,
    courses,
    (points_and_separators, norm_loss_gaps),
    (
        loss_falls,
        constant_of_loss,
        norm_grows,
        gaps_fall,
        adam_elsewhere,
        separator_is_exact,
    ),
)
