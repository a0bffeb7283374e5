"""Where optimizers go from points that a reader moves: what is asked, and their courses."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from pydantic import Field

from backend.statistics.seeds import Purpose, generator
from backend.studies.kit.found import Found
from backend.studies.separable.labs.setting import STEPS, OnSteps, Setting, setting
from backend.theory.descent import (
    Descent,
    adam,
    gradient_descent,
    normalized_gradient_descent,
    stochastic_gradient_descent,
)
from backend.theory.margin_gaps import direction_error
from backend.theory.margin_loss import Floats
from backend.theory.separable_flow import gradient_flow, loss_constant, offset

BATCH = 4
BATCHES = 6_000  # of SGD
NORMALIZED_STEPS = 5_000
ONE_BY_ONE, ADAM_STEPS = 5_000, 3_500  # steps taken one by one, at most


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


def degrees(weights: Floats, own: Setting) -> Floats:
    """Return the angles (t,) between weights (t, 2) and the maximum margin."""
    error = direction_error(weights, own.separator) if own.separator else np.full(len(weights), np.nan)
    return np.asarray(np.degrees(2 * np.arcsin(np.minimum(error / 2, 1))))
