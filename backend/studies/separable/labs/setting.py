"""What the laboratories have in common: points of two classes, and the step size on them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from pydantic import Field

from backend.studies.kit.labs import LabParams
from backend.studies.kit.points import Points, points_field, points_of, readable, written
from backend.theory.descent import largest_step, log_steps
from backend.theory.margin_loss import Floats, Loss
from backend.theory.max_margin import MaxMargin, NotSeparableError, max_margin, minimizer

PER_DECADE = 10
STEPS = log_steps(10**12, PER_DECADE)
CLASSES = ("+1", "-1")

# The paper's four support vectors, and twelve points drawn once, six of each class, clearly off the margin.
_FURTHER = (
    (0, ((0.3, 3.7), (3.5, 3.3), (1.3, 3.6), (2.4, 3.7), (3.6, 3.4), (-0.7, 3.7))),
    (1, ((-2.2, -3.4), (-3.0, -2.3), (-2.9, 0), (0.9, -3.7), (0.1, -2.9), (-3.6, -2.6))),
)
_PAPER = [
    *((0, 0.5, 1.5), (0, 1.5, 0.5), (1, -0.5, -1.5), (1, -1.5, -0.5)),
    *((of, x, y) for of, points in _FURTHER for x, y in points),
]
PAPER = written(_PAPER)
UNEQUAL = written([(0, 1, 0.2), (0, 0.2, 2)])
ONE = written([(0, 1, 0)])
SETS = {
    "The paper's": PAPER,
    "Two unequal": UNEQUAL,
    "One": ONE,
    "y times 20": written([(of, x, 20 * y) for of, x, y in _PAPER]),
    "Not separable": written([*_PAPER, (1, 1.2, 0.4), (0, -0.8, -0.3)]),
}


class StepRule(StrEnum):
    """How large a step is, by the largest singular value sigma of the points."""

    INVERSE_SQUARE = "inverse_square"
    INVERSE = "inverse"
    CUSTOM = "custom"


TwoClasses = Annotated[str, readable(len(CLASSES))]


def two_classes(text: str) -> Any:
    """Return the field of points of two classes, which are `text` unless they are given."""
    return points_field(
        text,
        title="Points",
        description="A line through the origin shall separate them.",
        classes=CLASSES,
        presets=SETS,
        group="Points",
    )


class OnSteps(LabParams):
    """Points of two classes, and how long a step is."""

    points: TwoClasses = two_classes(PAPER)
    loss: Loss = Field(
        Loss.LOGISTIC,
        title="Loss",
        description="Both fall like exp(-margin); their limits are the same.",
        json_schema_extra={"group": "Descent"},
    )
    step_size: StepRule = Field(
        StepRule.INVERSE_SQUARE,
        title="Step size",
        description="sigma is the points' largest singular value. The paper prints 1/sigma, with which"
        " momentum overshoots.",
        json_schema_extra={
            "group": "Descent",
            "labels": {"inverse_square": "1/sigma^2", "inverse": "1/sigma", "custom": "own"},
        },
    )
    step: float = Field(
        0.2,
        ge=1e-4,
        le=100,
        title="Own step size",
        description="Below its bound, gradient descent is sure to converge.",
        json_schema_extra={"group": "Descent", "scale": "log", "when": {"step_size": ["custom"]}},
    )


@dataclass(frozen=True)
class Setting:
    """Points (n, 2) with labels absorbed, what separates them, and the step size.

    `separator` is None where nothing separates them, `minimum` the weights that minimize the loss, None where
    no finite ones do. `bound` is what the step size must stay below by theory, under the logistic loss.
    """

    at: Floats
    classes: npt.NDArray[np.int64]
    x: Floats
    separator: MaxMargin | None
    minimum: Floats | None
    step: float
    bound: float

    @property
    def support(self) -> npt.NDArray[np.bool_] | None:
        """(n,) the points at the margin, None without a separator."""
        return None if self.separator is None else self.separator.support

    @property
    def known_to_converge(self) -> bool:
        """Whether the theorems hold for this step size."""
        return self.step < self.bound

    @property
    def told(self) -> str:
        """What separates the points, or what descent does without."""
        if self.separator is not None:
            a, b = self.separator.weights
            return f"The maximum margin is {self.separator.margin:.3g}, at w^ = ({a:.3g}, {b:.3g})."
        no_line = "No line through the origin separates these points"
        if self.minimum is None:
            return f"{no_line}, and yet no finite weights are best: descent goes on for ever."
        a, b = self.minimum
        return f"{no_line}: descent ends at the finite minimizer of the loss, ({a:.3g}, {b:.3g})."


def absorbed(points: Points) -> Floats:
    """Return points of two classes with labels absorbed (n, 2): the second class at its opposites."""
    return points.at * np.where(points.classes == 0, 1.0, -1.0)[:, None]


def setting(params: OnSteps) -> Setting:
    """Work out what the laboratories' figures and findings stand on."""
    points = points_of(params.points)
    x = absorbed(points)
    try:
        separator = max_margin(x)
    except NotSeparableError:
        separator = None
    return Setting(
        at=points.at,
        classes=points.classes,
        x=x,
        separator=separator,
        minimum=minimizer(x, params.loss) if separator is None else None,
        step=step_of(params, x),
        bound=largest_step(x) if x.any() else np.inf,
    )


def step_of(params: OnSteps, x: Floats) -> float:
    """Return the step size on points with labels absorbed."""
    sigma = float(np.linalg.norm(x, 2))
    if params.step_size is StepRule.CUSTOM or sigma == 0:
        return params.step
    return 1 / sigma**2 if params.step_size is StepRule.INVERSE_SQUARE else 1 / sigma
