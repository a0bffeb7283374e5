"""The laboratory of a validation loss that rises while the validation error does not."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from backend.figures.curves import line
from backend.figures.panels import Panels
from backend.figures.style import COLORS, blank, summarize
from backend.studies.kit.figures import figure
from backend.studies.kit.findings import Measurement, finding, near, not_run, within
from backend.studies.kit.found import Found
from backend.studies.kit.labs import Lab
from backend.studies.kit.points import points_field, points_of, readable, written
from backend.studies.separable.labs.look import (
    LIMIT,
    NOW,
    STEPS_AXIS,
    marked,
    plane,
    powers,
    remarked,
    through,
)
from backend.studies.separable.labs.setting import CLASSES, STEPS, OnSteps, Setting, absorbed, setting
from backend.theory.margin_gaps import training_error, training_loss
from backend.theory.margin_loss import Floats, Loss
from backend.theory.separable_flow import gradient_flow

T = STEPS.astype(np.float64)
VALIDATION = written([(0, 1.2, -1.8), (0, 2.5, 1), (0, 0.6, 2.4), (1, -2, -1.5), (1, -1, -2.2)])
MOST = 20
LATE = T >= 10**9
SURE = 3.0  # a margin so far below 0 makes the loss's slope 95 % of the margin's
CLOSE = 0.05


class ValidationParams(OnSteps):
    """Training points, the step size, and validation points."""

    validation: Annotated[str, readable(len(CLASSES), most=MOST)] = points_field(
        VALIDATION,
        title="Validation points",
        description="Drawn hollow. They are not trained on.",
        classes=CLASSES,
        most=MOST,
        group="Validation points",
    )


@dataclass(frozen=True)
class Validated:
    """Losses, summed, and errors (t,) of training and of validation points over STEPS.

    `margins` (n,) are those of the validation points at the maximum margin, empty without one; `late` (n,)
    those at the first of the LATE steps.
    """

    setting: Setting
    at: Floats
    classes: npt.NDArray[np.int64]
    losses: tuple[Floats, Floats]
    errors: tuple[Floats, Floats]
    margins: Floats
    late: Floats

    @property
    def predicted(self) -> float:
        """The limit of the slope of the validation loss over log t."""
        return float(np.maximum(0, -self.margins).sum())


Here = Found[ValidationParams, Validated]


def validated(params: ValidationParams) -> Validated:
    """Compute everything at one position of the sliders."""
    own, points = setting(params), points_of(params.validation)
    other = absorbed(points)
    weights = gradient_flow(own.x, own.step * T, params.loss)
    # The loss that people look at: exponential ones of wrong points leave every scale.
    losses = training_loss(own.x, weights, params.loss), training_loss(other, weights, Loss.LOGISTIC)
    errors = training_error(own.x, weights), training_error(other, weights)
    margins = np.empty(0) if own.separator is None else other @ own.separator.weights
    late = other @ weights[np.flatnonzero(LATE)[0]]
    return Validated(own, points.at, points.classes, losses, errors, margins, late)


@figure(
    "Training and validation points",
    "Full points are trained on, hollow ones validate; drag either. A double click adds a training point."
    " Look for a hollow point on the wrong side of the dashed line.",
)
def training_and_validation(found: Here) -> go.Figure:
    facts, own = found.facts, found.facts.setting
    axes = plane(np.vstack([own.at, facts.at]))
    drawn = blank(
        "Training and validation points",
        "points",
        **axes | {"meta": {"points": ["points", "validation"]}},
        **remarked("" if own.separator else own.told),
    )
    drawn.add_traces(marked(own.at, own.classes, CLASSES, own.support))
    for trace in marked(facts.at, facts.classes, CLASSES, None):
        symbol, color = f"{trace.marker.symbol}-open", trace.marker.color
        trace.update(name=f"validation, {trace.name}", marker={"symbol": symbol, "color": color, "size": 12})
        drawn.add_trace(trace.update(marker={"line": {"width": 2.5}}))
    if own.separator is None:
        summarize(drawn, own.told)
        return drawn
    x, y = through(own.separator.weights, np.vstack([own.at, facts.at]))
    drawn.add_trace(line("maximum margin", x, y, LIMIT, dash="dash"))
    other = absorbed(points_of(found.params.validation))
    wrong = round(len(other) * float(training_error(other, own.separator.weights)))
    summarize(drawn, f"{own.told} It gets {wrong} of {len(other)} validation points wrong.")
    return drawn


@figure(
    "Loss and error",
    "Of gradient flow over steps. As |w| grows, every point that stays wrong is wrong with ever more"
    " confidence: its loss grows like log t, although no prediction changes. The training loss goes to 0.",
)
def loss_and_error(found: Here) -> go.Figure:
    facts = found.facts
    panels = Panels(["training loss", "validation loss", "error"], height=360, gap=0.11, least_px=220)
    drawn = blank(
        "Loss and error",
        "loss-and-error",
        **panels.layout(
            [STEPS_AXIS],
            [
                [
                    powers(facts.losses[0]),
                    {"rangemode": "tozero"},
                    {"rangemode": "tozero", "tickformat": ".0%"},
                ]
            ],
        ),
    )
    validation = COLORS["heldout_accuracy"]
    drawn.add_trace(line("training", STEPS, facts.losses[0], NOW, **panels.at(0, 0)))
    drawn.add_trace(line("validation", STEPS, facts.losses[1], validation, **panels.at(0, 1)))
    if facts.predicted > 0:
        guide = facts.losses[1][-1] + facts.predicted * (np.log(T) - np.log(T[-1]))
        shown = guide >= 0
        drawn.add_trace(
            line("slope of the theorem", STEPS[shown], guide[shown], LIMIT, dash="dot", **panels.at(0, 1))
        )
    for errors, color in zip(facts.errors, (NOW, validation), strict=True):
        drawn.add_trace(line("", STEPS, errors, color, showlegend=False, **panels.at(0, 2)))
    summarize(
        drawn,
        f"In the end the training loss is {facts.losses[0][-1]:.2g}, the validation loss"
        f" {facts.losses[1][-1]:.3g} and the validation error {facts.errors[1][-1]:.0%}.",
    )
    return drawn


@finding(
    "The validation loss grows like |ŵᵀx| log t for each point x that ŵ gets wrong.",
    "Soudry et al. 2018, Corollary on validation loss",
    "at least of the order of log t",
    unit="slope over log t from 10⁹ steps, over the sum of |ŵᵀx|",
    question="Does the validation loss grow like log t?",
    rule=(
        "Holds if the slope from 10⁹ to 10¹² steps is within 5 % of the sum of |ŵᵀx| over wrong points,"
        " differs if outside. It asks for points whose margin is below -3 by then: the loss is bent before."
    ),
)
def validation_loss_grows(found: Here) -> Measurement:
    facts = found.facts
    if facts.setting.separator is None:
        return not_run("needs training points that a line through the origin separates")
    wrong = facts.margins < 0
    if not wrong.any():
        return not_run("needs a validation point on the wrong side of the maximum margin")
    if (facts.late[wrong] > -SURE).any():
        return not_run("needs points further on the wrong side: 10⁹ steps leave the model unsure of one")
    slope = float(np.polyfit(np.log(T[LATE]), facts.losses[1][LATE], 1)[0])
    ratio = slope / facts.predicted
    return Measurement(
        near(1, CLOSE, ratio, ratio), ratio, answer=f"a slope of {slope:.4f}, {ratio:.3f} of it"
    )


@finding(
    "Meanwhile the validation error does not rise.",
    "Soudry et al. 2018, Section 5 and Fig. 2",
    "constant or falling",
    unit="change of the validation error once training points are right",
    question="Does the validation error stay or fall?",
    rule=(
        "Holds if the validation error at 10¹² steps is at most what it was when all training points were"
        " first right, differs if above."
    ),
)
def validation_error_stays(found: Here) -> Measurement:
    facts = found.facts
    if facts.setting.separator is None:
        return not_run("needs training points that a line through the origin separates")
    right = np.flatnonzero(facts.errors[0] == 0)
    if len(right) == 0:
        return not_run("training points are not all right by 10¹² steps")
    change = float(facts.errors[1][-1] - facts.errors[1][right[0]])
    answer = "it stays as it is" if change == 0 else f"it changes by {100 * change:+.0f} points"
    return Measurement(within(-1, 0, change, change), change, answer=answer)


LAB = Lab(
    "validation",
    "Why does validation loss rise?",
    "A point that the maximum margin gets wrong has a loss that grows for ever, while the error stays: it is"
    " no sign of overfitting.",
    ValidationParams,
    validated,
    (training_and_validation, loss_and_error),
    (validation_loss_grows, validation_error_stays),
)
