"""The laboratory of three classes: cross-entropy ends in the multi-class support vector machine."""

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from backend.figures.curves import line
from backend.figures.panels import Panels
from backend.figures.style import blank, summarize
from backend.studies.kit.figures import figure
from backend.studies.kit.findings import Measurement, above, finding, near, not_run
from backend.studies.kit.found import Found
from backend.studies.kit.labs import Lab, LabParams
from backend.studies.kit.points import points_field, points_of, readable, written
from backend.studies.separable.labs.look import (
    LIMIT,
    NOW,
    STEPS_AXIS,
    half_decades,
    marked,
    plane,
    powers,
    remarked,
    told,
)
from backend.studies.separable.labs.setting import STEPS
from backend.theory.margin_gaps import direction_error, margin_gap, training_error, training_loss
from backend.theory.margin_loss import Floats, pairs
from backend.theory.max_margin import MaxMargin, NotSeparableError, max_margin
from backend.theory.separable_flow import gradient_flow

T = STEPS.astype(np.float64)
CLASSES = ("A", "B", "C")
SET = written(
    [
        *((0, x, y) for x, y in ((2, 0.5), (3, -0.4), (2.6, 1.2), (3.5, 0.6))),
        *((1, x, y) for x, y in ((-0.5, 1.6), (-1.5, 2.6), (0.2, 2.8), (-2.4, 2.2))),
        *((2, x, y) for x, y in ((-0.9, -1.2), (-2, -2.4), (0.4, -2.5), (-2.8, -1))),
    ]
)
BY = 1e-2
ARRIVED = 1e-9


class ClassesParams(LabParams):
    """Points of three classes."""

    points: Annotated[str, readable(len(CLASSES), least=3)] = points_field(
        SET,
        title="Points",
        description="Each class has weights of its own; the largest of the three products wₖᵀx decides.",
        classes=CLASSES,
        presets={"Three clouds": SET},
        least=3,
        group="Points",
    )


@dataclass(frozen=True)
class Machine:
    """Gradient flow of cross-entropy on points (n, 2) of three classes, weights (t, 6) at STEPS.

    `rows` (n, 2, 6) are the points as margins between classes, `separator` the multi-class machine, None
    where no weights get all points right.
    """

    at: Floats
    classes: npt.NDArray[np.int64]
    rows: Floats
    separator: MaxMargin | None
    weights: Floats

    @property
    def support(self) -> npt.NDArray[np.bool_] | None:
        """(n,) points with a margin of 1 to another class."""
        if self.separator is None:
            return None
        return np.asarray(self.separator.support.reshape(len(self.at), -1).any(axis=1))


Here = Found[ClassesParams, Machine]


def machine(params: ClassesParams) -> Machine:
    """Compute everything at one position of the points."""
    points = points_of(params.points)
    rows = pairs(points.at, points.classes, len(CLASSES))
    try:
        separator = max_margin(rows)
    except NotSeparableError:
        separator = None
    square = float((points.at**2).sum()) or 1.0  # at least sigma^2
    return Machine(points.at, points.classes, rows, separator, gradient_flow(rows, T / square))


def boundaries(weights: Floats, reach: float) -> tuple[list[float], list[float]]:
    """Return the rays on which two classes are equal and the third is below, for weights (6,).

    As x and y of one line, which NaN interrupts.
    """
    each = weights.reshape(3, 2)
    x: list[float] = []
    y: list[float] = []
    for one, other, third in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        normal = each[one] - each[other]
        length = float(np.linalg.norm(normal))
        for way in (1.0, -1.0) if length > 0 else ():
            ray = way * np.array([-normal[1], normal[0]]) / length
            if each[one] @ ray > each[third] @ ray:
                x += [0.0, reach * float(ray[0]), np.nan]
                y += [0.0, reach * float(ray[1]), np.nan]
    return x, y


@figure(
    "Three classes in the plane",
    "Rays part the plane into three regions. Drag the points; the slider goes from the first step to the"
    " trillionth. Dashed is the multi-class support vector machine, ringed are its support vectors.",
)
def three_classes(found: Here) -> go.Figure:
    facts = found.facts
    reach = 20 * max(float(np.abs(facts.at).max()), 1)
    traces = marked(facts.at, facts.classes, CLASSES, facts.support)
    if facts.separator is not None:
        traces.append(
            line("support vector machine", *boundaries(facts.separator.weights, reach), LIMIT, dash="dash")
        )
    traces.append(line("gradient flow", [], [], NOW))
    steps: list[dict[str, Any]] = []
    shown = half_decades(STEPS)
    for at in shown:
        x, y = boundaries(facts.weights[at], reach)
        wrong = float(training_error(facts.rows, facts.weights[at : at + 1])[0])
        said = f"After {told(STEPS[at])} steps, {wrong:.0%} of the points are wrong. {_told(facts)}"
        change = [{"x": [x], "y": [y]}, {"meta.summary": said}, [len(traces) - 1]]
        steps.append({"label": told(STEPS[at]), "method": "update", "args": change})
    active = 6
    x, y = boundaries(facts.weights[shown[active]], reach)
    traces[-1].update(x=x, y=y)
    drawn = blank(
        "Three classes in the plane",
        "points",
        **plane(facts.at),
        **remarked("" if facts.separator else _told(facts)),
        sliders=[{"active": active, "currentvalue": {"prefix": "step "}, "steps": steps}],
    )
    drawn.add_traces(traces)
    summarize(drawn, _told(facts))
    return drawn


def _told(facts: Machine) -> str:
    if facts.separator is None:
        return "No weights get all of these points right: there is no machine to go to."
    return f"The machine has a margin of {facts.separator.margin:.3g}."


@figure(
    "How near the machine",
    "Over steps of gradient flow: the distance of the direction of all six weights to the machine's, the"
    " margin gap, and the loss, which falls like 1/t.",
)
def nearness(found: Here) -> go.Figure | None:
    facts, separator = found.facts, found.facts.separator
    if separator is None:
        return None
    panels = Panels(["direction error", "margin gap", "loss"], height=360, gap=0.12, least_px=210)
    error = direction_error(facts.weights, separator)
    gap = margin_gap(facts.rows, facts.weights, separator)
    loss = training_loss(facts.rows, facts.weights)
    layout = panels.layout([STEPS_AXIS], [[powers(values) for values in (error, gap, loss)]])
    drawn = blank("How near the machine", "nearness", **layout, showlegend=False)
    for column, values in enumerate((error, gap, loss)):
        positive = np.where(values > 0, values, np.nan)
        drawn.add_trace(line(panels.titles[column], STEPS, positive, NOW, **panels.at(0, column)))
    summarize(
        drawn,
        f"In the end the direction is {error[-1]:.2g} from the machine's, and the loss is {loss[-1]:.2g}.",
    )
    return drawn


@finding(
    "Cross-entropy goes to the direction of the multi-class support vector machine.",
    "Soudry et al. 2018, Theorem on cross-entropy",
    "the error falls to 0",
    unit="least the error falls in a decade of steps",
    question="Does the direction go to the multi-class machine?",
    rule=(
        "Holds if the direction error falls by at least 1 % in every decade of steps from 10² on, or is 10⁻⁹"
        " already; differs if less in any."
    ),
)
def goes_to_machine(found: Here) -> Measurement:
    facts = found.facts
    if facts.separator is None:
        return not_run("needs points that some weights get all right")
    at = np.searchsorted(STEPS, 10 ** np.arange(2, 13))
    error = direction_error(facts.weights[at], facts.separator)
    moving = error[:-1] > ARRIVED
    if not moving.any():
        return not_run("it points there from the start")
    least = float((1 - error[1:] / np.maximum(error[:-1], ARRIVED))[moving].min())
    answer = f"by at least {least:.1%} in each" if least > 0 else "in one decade the error rises"
    return Measurement(above(BY, least, least), least, answer=answer)


@finding(
    "Its loss falls like 1/t as well.",
    "Soudry et al. 2018, Theorem on cross-entropy",
    "slope -1 on logarithmic axes",
    unit="slope",
    question="Does cross-entropy fall like 1/t?",
    rule="Holds if the slope of log loss over log t from 10⁶ to 10¹² steps is -1 ± 0.02, differs if outside.",
)
def cross_entropy_falls(found: Here) -> Measurement:
    facts = found.facts
    if facts.separator is None:
        return not_run("needs points that some weights get all right")
    late = T >= 10**6
    loss = training_loss(facts.rows, facts.weights[late])
    slope = float(np.polyfit(np.log(T[late]), np.log(loss), 1)[0])
    return Measurement(near(-1, 0.02, slope, slope), slope, answer=f"a slope of {slope:.3f}")


LAB = Lab(
    "classes",
    "And with three classes?",
    "Softmax and cross-entropy on points that can be moved: the regions of the classes go to those of the"
    " multi-class support vector machine.",
    ClassesParams,
    machine,
    (three_classes, nearness),
    (goes_to_machine, cross_entropy_falls),
)
