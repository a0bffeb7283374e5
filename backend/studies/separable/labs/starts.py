"""The laboratory of what does not matter: where descent starts, how long its steps are, and which tail."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import plotly.graph_objects as go
from pydantic import Field

from backend.core.contracts import ClaimVerdict
from backend.figures.curves import line
from backend.figures.style import SERIES, blank, summarize
from backend.studies.kit.figures import figure
from backend.studies.kit.findings import Measurement, below, finding, not_run
from backend.studies.kit.found import Found
from backend.studies.kit.labs import Lab, LabParams
from backend.studies.separable.labs.look import LIMIT, STEPS_AXIS, marked, plane, remarked, through
from backend.studies.separable.labs.setting import (
    CLASSES,
    PAPER,
    PER_DECADE,
    STEPS,
    OnSteps,
    Setting,
    TwoClasses,
    setting,
    two_classes,
)
from backend.theory.margin_gaps import direction_error, directions
from backend.theory.margin_loss import Floats, Loss
from backend.theory.separable_flow import gradient_flow

T = STEPS.astype(np.float64)
STARTS = np.array([[0.0, 0.0], [1.0, -1.0], [-1.0, 0.5]])
LARGE = 4.0  # coordinate, beyond which starts come nearer as points go farther
SCALES = (0.3, 1.0, 3.0)  # of the step size
MIDDLE = 1  # of them
DASHES = ("dot", "solid", "dash")
SAME, SAME_LOSS = 5e-3, 1e-2  # of unit vectors
FALLING = 0.95  # of a decade's end to its beginning: even 1 / log t falls by 8 % in the last one


class StartsParams(LabParams):
    """Points, and how far apart the starts are."""

    points: TwoClasses = two_classes(PAPER)
    spread: float = Field(
        1.0,
        ge=0,
        le=5,
        title="How far out they start",
        description="One starts at 0, two at opposite sides of it; nearer to it where points are far away.",
        json_schema_extra={"group": "Start", "step": 0.1},
    )


@dataclass(frozen=True)
class Runs:
    """Gradient flow from `starts` (start, 2) at steps t, with STEPS.

    `weights` (start, scale, t, 2) are under the logistic loss, `exponential` (start, t, 2) under the other
    one with the middle step size.
    """

    setting: Setting
    starts: Floats
    weights: Floats
    exponential: Floats


Here = Found[StartsParams, Runs]


def runs(params: StartsParams) -> Runs:
    """Compute everything at one position of the sliders."""
    own = setting(OnSteps(points=params.points))
    starts = params.spread * STARTS / max(1.0, float(np.abs(own.x).max()) / LARGE)
    weights = [
        [gradient_flow(own.x, scale * own.step * T, Loss.LOGISTIC, start) for scale in SCALES]
        for start in starts
    ]
    other = [gradient_flow(own.x, own.step * T, Loss.EXPONENTIAL, start) for start in starts]
    return Runs(own, starts, np.array(weights), np.array(other))


@figure("Points", "Drag them; a double click adds one. Three starts run on them, each with three step sizes.")
def points_of_starts(found: Here) -> go.Figure:
    own = found.facts.setting
    drawn = blank("Points", "points", **plane(own.at), **remarked("" if own.separator else own.told))
    drawn.add_traces(marked(own.at, own.classes, CLASSES, own.support))
    if own.separator is not None:
        x, y = through(own.separator.weights, own.at)
        drawn.add_trace(line("maximum margin", x, y, LIMIT, dash="dash"))
    summarize(drawn, own.told)
    return drawn


@figure(
    "Directions from three starts",
    "The angle of w over steps: a color for each start, a dash for each step size; thin is the exponential"
    " loss. They part at first and then go the same way. Dashed green: the maximum"
    " margin.",
)
def directions_over_steps(found: Here) -> go.Figure:
    facts, own = found.facts, found.facts.setting
    drawn = blank(
        "Directions from three starts",
        "directions",
        xaxis=STEPS_AXIS,
        yaxis={"title": {"text": "direction of w, degrees"}},
    )
    reference = np.array([1.0, 0.0]) if own.separator is None else own.separator.weights
    middle = np.degrees(np.arctan2(reference[1], reference[0]))
    for at, (start, color) in enumerate(zip(facts.starts, SERIES, strict=False)):
        name = f"start ({start[0]:.2g}, {start[1]:.2g})"
        for scale, dash in enumerate(DASHES):
            angles = middle + _turn(facts.weights[at, scale], reference)
            shown = {"legendgroup": name, "showlegend": scale == MIDDLE}
            hover = f"{name}, step size times {SCALES[scale]:g}: %{{y:.3f}}°<extra></extra>"
            drawn.add_trace(line(name, STEPS, angles, color, dash=dash, hovertemplate=hover, **shown))
        angles = middle + _turn(facts.exponential[at], reference)
        thin = line(f"{name}, exponential", STEPS, angles, color, legendgroup=name, showlegend=False)
        drawn.add_trace(thin.update(line={"width": 1}))
    said = own.told
    if own.separator is not None:
        level = [middle, middle]
        drawn.add_trace(line("maximum margin", STEPS[[0, -1]], level, LIMIT, dash="dash"))
        away = direction_error(facts.weights[0, MIDDLE, -1:], own.separator)[0]
        apart = _apart(facts, -1)
        said = f"In the end they are {apart:.2g} from each other, and {away:.2g} from the maximum margin."
    summarize(drawn, said)
    return drawn


def _turn(weights: Floats, reference: Floats) -> Floats:
    """Return the angles (t,) in degrees by which weights (t, 2) are turned from a direction (2,)."""
    cross = reference[0] * weights[:, 1] - reference[1] * weights[:, 0]
    return np.asarray(np.degrees(np.arctan2(cross, weights @ reference)))


def _apart(facts: Runs, at: int) -> float:
    """Return the largest distance between directions of different starts or step sizes after STEPS[at]."""
    each = directions(facts.weights[:, :, at].reshape(-1, 2))
    return max(float(np.linalg.norm(one - other)) for one, other in combinations(each, 2))


def _by_loss(facts: Runs, at: int) -> float:
    """Return the largest distance between directions under the two losses after STEPS[at]."""
    one, other = (directions(weights[:, at]) for weights in (facts.weights[:, MIDDLE], facts.exponential))
    return float(np.linalg.norm(one - other, axis=-1).max())


def _vanishing(facts: Runs, measure: Callable[[Runs, int], float], tolerance: float) -> Measurement:
    """Judge a distance that is to vanish: undecided while it is too large, but falls."""
    if facts.setting.separator is None:
        return not_run("needs points that a line through the origin separates")
    apart, before = measure(facts, -1), measure(facts, -1 - PER_DECADE)
    verdict = below(tolerance, apart, apart)
    answer = f"at most {apart:.2g} apart"
    if verdict is ClaimVerdict.DIFFERS and apart < FALLING * before:
        return Measurement(ClaimVerdict.UNDECIDED, apart, answer=f"{answer}, and still nearing each other")
    return Measurement(verdict, apart, answer=answer)


@finding(
    "The limit depends neither on the start nor on the step size.",
    "Soudry et al. 2018, Theorem 3",
    "one direction",
    unit="largest distance between directions at 10¹² steps",
    question="Do start and step size leave the direction as it is?",
    rule=(
        "Holds if the directions of three starts with three step sizes differ by less than 0.005 at 10¹²"
        " steps, differs if by more, undecided while they near each other by 5 % a decade. They may all still"
        " be further from the maximum margin."
    ),
)
def same_limit(found: Here) -> Measurement:
    return _vanishing(found.facts, _apart, SAME)


@finding(
    "The logistic loss has the limit of its tail, the exponential loss.",
    "Soudry et al. 2018, Theorem 3",
    "one direction",
    unit="largest distance between directions at 10¹² steps",
    question="Do both losses lead to one direction?",
    rule=(
        "Holds if from the same start with the same steps both losses' directions differ by less than 0.01 at"
        " 10¹² steps, differs if by more, undecided while they near each other by 5 % a decade."
    ),
)
def same_for_both_losses(found: Here) -> Measurement:
    return _vanishing(found.facts, _by_loss, SAME_LOSS)


LAB = Lab(
    "starts",
    "Does the start matter?",
    "Three starts, three step sizes and two losses on the same points.",
    StartsParams,
    runs,
    (points_of_starts, directions_over_steps),
    (same_limit, same_for_both_losses),
)
