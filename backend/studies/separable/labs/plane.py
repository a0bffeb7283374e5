"""The laboratory of the plane: which separator an optimizer ends in, and how slowly."""

from collections.abc import Callable
from typing import Any

import numpy as np
import plotly.graph_objects as go

from backend.figures.curves import line
from backend.figures.panels import Panels
from backend.figures.style import blank, summarize
from backend.studies.kit.figures import figure
from backend.studies.kit.labs import Lab
from backend.studies.separable.labs.courses import (
    TITLES,
    Courses,
    Here,
    Optimizer,
    PlaneParams,
    courses,
    degrees,
)
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
from backend.studies.separable.labs.plane_claims import FINDINGS
from backend.studies.separable.labs.setting import CLASSES, STEPS, Setting
from backend.theory.margin_gaps import (
    angle_gap,
    margin_gap,
    training_error,
    training_loss,
)
from backend.theory.margin_loss import Floats


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
    away = degrees(weights, facts.setting)[0]
    return f"{away:.2g} degrees from the maximum margin, {wrong:.0%} of the points on the wrong side."


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
        f" {degrees(weights, facts.setting)[0]:.2g} degrees from the maximum margin."
    )


def _line(name: str, x: list[float], y: list[float], color: str, **more: Any) -> go.Scatter:
    return line(name, x, y, color, **more)


LAB = Lab(
    "plane",
    "Where does descent go?",
    "Move points and choose an optimizer. Of all lines that separate them, gradient descent ends in the one"
    " of maximum margin; how near it is after a trillion steps depends on the points.",
    PlaneParams,
    courses,
    (points_and_separators, norm_loss_gaps),
    FINDINGS,
)
