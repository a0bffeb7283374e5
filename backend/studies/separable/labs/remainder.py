"""The laboratory of what remains of w(t) beside w^ log t, and why the paper's own points are special."""

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from pydantic import Field

from backend.figures.curves import line
from backend.figures.panels import Panels
from backend.figures.style import SERIES, blank, summarize
from backend.studies.kit.figures import figure
from backend.studies.kit.findings import Measurement, above, below, finding, near, not_run
from backend.studies.kit.found import Found
from backend.studies.kit.labs import Lab
from backend.studies.separable.labs.look import (
    GUIDE,
    LIMIT,
    NOW,
    STEPS_AXIS,
    marked,
    plane,
    powers,
    remarked,
    through,
)
from backend.studies.separable.labs.setting import (
    CLASSES,
    PER_DECADE,
    STEPS,
    UNEQUAL,
    OnSteps,
    Setting,
    TwoClasses,
    setting,
    two_classes,
)
from backend.theory.descent import gradient_descent
from backend.theory.margin_gaps import direction_error, remainder
from backend.theory.margin_loss import Floats, Loss
from backend.theory.separable_flow import gradient_flow, offset, residual_rate

T = STEPS.astype(np.float64)
NEAR = 5e-3  # of w~, in weights
SLOWEST = 0.2  # power of t; what falls more slowly has not arrived after 10^12 steps
ONE_RATE = 10**6  # steps after which the slowest part of the remainder rules
RESONANT = 0.9
EARLY = 3.0  # log t at 10^5 is 11.5; what w~ adds to it along w^ must be small beside it
PARALLEL = 0.05  # share of w~ across w^ below which both count as parallel
FLAT = 0.01  # of w^ log t, by which rho may move in the last decade
VISIBLE = 1e-6  # a remainder that is not rounding
TIGHT = 0.9  # share
TIGHT_AT = (10**5, 10**6, 10**12)  # steps
_NOT_SEPARABLE = "needs points that a line through the origin separates"
_NO_FORMULA = "needs support vectors that span the points and all pull"
_BOUND = "needs a step size below its bound"


class RemainderParams(OnSteps):
    """Points, the step size, and where descent starts."""

    points: TwoClasses = two_classes(UNEQUAL)
    start_1: float = Field(
        0.0,
        ge=-5,
        le=5,
        title="Start, first weight",
        description="It changes the limit only where no point reaches.",
        json_schema_extra={"group": "Start", "step": 0.1},
    )
    start_2: float = Field(
        0.0,
        ge=-5,
        le=5,
        title="Start, second weight",
        description="With a single point at (1, 0), it stays as it is.",
        json_schema_extra={"group": "Start", "step": 0.1},
    )


@dataclass(frozen=True)
class Remainder:
    """What is left of weights when w^ log t is taken off, (t, 2) at STEPS.

    `weights` are those of gradient flow from `start` (2,), `descent` those of gradient descent, NaN where its
    steps cannot be followed. `limit` is w~ (2,) and `rate` the power of t with which rho nears it, None and
    NaN where there is no formula.
    """

    setting: Setting
    start: Floats
    weights: Floats
    descent: Floats
    limit: Floats | None
    rate: float

    @property
    def rho(self) -> Floats:
        """The remainder of the flow (t, 2)."""
        if self.setting.separator is None:
            return self.weights
        return remainder(self.weights, T, self.setting.separator)

    @property
    def across(self) -> float:
        """The length of w~ across w^ over that of w^: the limit of direction error times log t."""
        separator, limit = self.setting.separator, self.limit
        if separator is None or limit is None:
            return np.nan
        along = separator.weights / separator.norm
        return float(np.linalg.norm(limit - (limit @ along) * along)) / separator.norm

    @property
    def parallel(self) -> bool:
        """Whether w~ lies along w^, so that the direction errs by a power of t."""
        separator, limit = self.setting.separator, self.limit
        if separator is None or limit is None:
            return False
        return self.across * separator.norm <= PARALLEL * float(np.linalg.norm(limit))

    @property
    def away(self) -> Floats:
        """The distances of rho to w~ (t,), NaN without a formula."""
        if self.limit is None:
            return np.full(len(T), np.nan)
        return np.asarray(np.linalg.norm(self.rho - self.limit, axis=1))

    @property
    def last_visible(self) -> int:
        """The place among STEPS of the last distance to w~ that is above rounding, 0 if none is."""
        return int(np.flatnonzero(self.away > VISIBLE).max(initial=0))


Here = Found[RemainderParams, Remainder]


def remainders(params: RemainderParams) -> Remainder:
    """Compute everything at one position of the sliders."""
    own = setting(params)
    start = np.array([params.start_1, params.start_2])
    weights = gradient_flow(own.x, own.step * T, params.loss, start)
    taken = gradient_descent(own.x, own.step, STEPS, loss=params.loss, start=start, one_by_one=5_000).weights
    descent = np.full_like(weights, np.nan)
    descent[: len(taken)] = taken
    limit, rate = None, np.nan
    if own.separator is not None:
        limit = offset(own.x, own.separator, own.step, start)
        rate = residual_rate(own.x, own.separator) if limit is not None else np.nan
    return Remainder(own, start, weights, descent, limit, rate)


@figure(
    "Points, their separator, and the remainder",
    "The arrow to ŵ is the separator of maximum margin, the arrow to w̃ what the weights keep beside"
    " ŵ log t for ever. Where both lie on one line, the direction arrives fast; else it errs by 1/log t.",
)
def points_and_remainder(found: Here) -> go.Figure:
    facts, own = found.facts, found.facts.setting
    traces = marked(own.at, own.classes, CLASSES, own.support)
    if own.separator is not None:
        x, y = through(own.separator.weights, own.at)
        traces.append(line("maximum margin", x, y, LIMIT, dash="dash"))
        arrows = [("ŵ", own.separator.weights, LIMIT)]
        arrows += [("w̃", facts.limit, NOW)] if facts.limit is not None else []
        for name, weights, color in arrows:
            arrow = line(name, [0, weights[0]], [0, weights[1]], color)
            marker = {"size": [0, 13], "color": color, "symbol": "diamond"}
            traces.append(arrow.update(mode="lines+markers", marker=marker))
    drawn = blank(
        "Points and the remainder",
        "points",
        **plane(own.at),
        **remarked(_told(facts)),
    )
    drawn.add_traces(traces)
    summarize(drawn, f"{own.told} {_told(facts)}")
    return drawn


def _told(facts: Remainder) -> str:
    if facts.setting.separator is None:
        return facts.setting.told
    if facts.limit is None:
        return "The support vectors do not span the points or do not all pull: no formula for w̃."
    a, b = facts.limit
    where = f"w̃ = ({a:.3g}, {b:.3g})"
    if facts.parallel:
        return f"{where} lies along ŵ: the direction errs by a power of t."
    return f"{where} lies across ŵ: the direction errs by {facts.across:.2g} / log t."


@figure(
    "What remains beside ŵ log t",
    "Both components of rho(t) = w(t) - ŵ log t. Dashed is w̃, which the support vectors alone determine:"
    " η exp(-w̃ᵀxₙ) = αₙ.",
)
def components(found: Here) -> go.Figure:
    facts = found.facts
    drawn = blank(
        "What remains beside ŵ log t",
        "components",
        xaxis=STEPS_AXIS,
        yaxis={"title": {"text": "component of rho(t)"}},
    )
    own = facts.setting
    for axis, name in enumerate(("first", "second")):
        color = SERIES[axis]
        if own.separator is not None:
            descent = remainder(facts.descent, T, own.separator)[:, axis]
            drawn.add_trace(line(f"{name}, gradient descent", STEPS, descent, color))
        drawn.add_trace(line(f"{name}, gradient flow", STEPS, facts.rho[:, axis], color, dash="dot"))
        if facts.limit is not None:
            level = [facts.limit[axis]] * 2
            drawn.add_trace(line(f"{name}, w̃", STEPS[[0, -1]], level, GUIDE, dash="dash"))
    a, b = facts.rho[-1]
    summarize(drawn, f"After a trillion steps rho is ({a:.4g}, {b:.4g}). {_told(facts)}")
    return drawn


@figure(
    "How fast, and what it does to the direction",
    "Left: the distance of rho to w̃, which falls as a power of t. Right: the direction error times log t. It"
    " tends to a constant, the part of w̃ across ŵ; where that part is 0 it goes to 0, and a mere bound on it"
    " would prove nothing.",
)
def pace(found: Here) -> go.Figure | None:
    facts, separator = found.facts, found.facts.setting.separator
    if separator is None or facts.limit is None:
        return None
    panels = Panels(
        ["distance of rho to w̃", "direction error times log t"], height=380, gap=0.14, least_px=250
    )
    left, right = panels.at(0, 0), panels.at(0, 1)
    away = np.where(facts.away > 0, facts.away, np.nan)
    drawn = blank(
        "Pace of the remainder",
        "pace",
        **panels.layout([STEPS_AXIS], [[powers(away), {"rangemode": "tozero"}]]),
    )
    guide = away[facts.last_visible] * (T / T[facts.last_visible]) ** -facts.rate
    error = direction_error(facts.weights[1:], separator) * np.log(T[1:])
    drawn.add_traces(
        [
            line(f"t to the power -{facts.rate:.3g}", STEPS, guide, GUIDE, dash="dot", **left),
            line("gradient flow", STEPS, away, NOW, **left),
            line("limit", STEPS[[1, -1]], [facts.across] * 2, LIMIT, dash="dash", **right),
            line("", STEPS[1:], error, NOW, showlegend=False, **right),
        ]
    )
    summarize(
        drawn,
        f"The distance falls as t to the power -{facts.rate:.3g} and is {away[-1]:.2g} in the end; direction"
        f" error times log t is {error[-1]:.3g} then and tends to {facts.across:.3g}.",
    )
    return drawn


@finding(
    "w(t) = ŵ log t + rho(t), and rho stays bounded.",
    "Soudry et al. 2018, Theorem 3",
    "bounded, for almost all points",
    unit="move of rho in the last decade, in units of ŵ log t's",
    question="Does rho stay bounded?",
    rule=(
        "Holds if from 10¹¹ to 10¹² steps rho moves by less than 1 % of what ŵ log t moves, differs if by"
        " more. Where a support vector does not pull, rho may grow like log log t."
    ),
)
def bounded(found: Here) -> Measurement:
    separator = found.facts.setting.separator
    if separator is None:
        return not_run(_NOT_SEPARABLE)
    moved = float(np.linalg.norm(found.facts.rho[-1] - found.facts.rho[-11]))
    share = moved / (separator.norm * np.log(10))
    return Measurement(below(FLAT, share, share), share, answer=f"it moves by {share:.2%} of it")


@finding(
    "rho tends to w̃, with η exp(-w̃ᵀxₙ) = αₙ for every support vector.",
    "Soudry et al. 2018, Theorem 4",
    "distance 0",
    unit="distance of rho to w̃ at 10¹² steps",
    question="Does rho tend to w̃?",
    rule="Holds if the distance at 10¹² steps is below 0.005, differs if above.",
)
def tends_to_formula(found: Here) -> Measurement:
    facts = found.facts
    if facts.setting.separator is None:
        return not_run(_NOT_SEPARABLE)
    if facts.limit is None:
        return not_run(_NO_FORMULA)
    if facts.rate < SLOWEST:
        return not_run(f"the distance falls as t to the power -{facts.rate:.2g}: not there at 10¹² steps")
    away = float(np.linalg.norm(facts.rho[-1] - facts.limit))
    return Measurement(below(NEAR, away, away), away, answer=f"{away:.1g} away")


@finding(
    "The distance falls by 10 to the power -r a decade: r is the slowest of the differences between support"
    " vectors, of the next points behind them, and 1.",
    "follows from Soudry et al. 2018, proof of Theorem 4",
    "10 to the power -1/4 for the paper's points",
    unit="factor in the last decade over the predicted one",
    question="Does the distance fall as predicted?",
    rule=(
        "Holds if in the last decade in which the distance is above 10⁻⁶ the factor is within 5 % of the"
        " predicted one, differs if outside."
    ),
)
def falls_by_power(found: Here) -> Measurement:
    facts = found.facts
    if facts.setting.separator is None:
        return not_run(_NOT_SEPARABLE)
    if facts.limit is None:
        return not_run(_NO_FORMULA)
    last = facts.last_visible
    if facts.rate > RESONANT:
        return not_run("near the power -1, a factor log t joins")
    if T[last] < ONE_RATE:
        return not_run("the distance is rounding before only the slowest part is left")
    factor = float(facts.away[last] / facts.away[last - PER_DECADE])
    ratio = factor / 10**-facts.rate
    verdict = near(1, 0.05, ratio, ratio)
    return Measurement(verdict, ratio, answer=f"{factor:.3f} a decade, {ratio:.3f} of it")


@finding(
    "The direction errs by a constant over log t: the rate is tight.",
    "Soudry et al. 2018, Theorem 5",
    "O(1/log t), and no faster for almost all points",
    unit="smallest over largest error times log t",
    question="Is 1/log t what the direction errs by?",
    rule=(
        "Holds if direction error times log t at 10⁵, 10⁶ and 10¹² steps are within 10 % of each other,"
        " differs if not. Not run where w̃ lies along ŵ, as for the paper's points: there the product tends to"
        " 0, and being bounded says nothing."
    ),
)
def tight(found: Here) -> Measurement:
    facts, separator = found.facts, found.facts.setting.separator
    if separator is None:
        return not_run(_NOT_SEPARABLE)
    if facts.limit is None:
        return not_run(_NO_FORMULA)
    if facts.parallel:
        return not_run("w̃ lies along ŵ, by symmetry of the support vectors: the error falls as a power of t")
    at = np.searchsorted(STEPS, TIGHT_AT)
    if facts.away[at[0]] > 0.1 * facts.across * separator.norm:
        return not_run("rho is not near w̃ yet at 10⁵ steps")
    if abs(float(facts.limit @ separator.weights)) / separator.norm**2 > EARLY:
        return not_run("w̃ is so long along ŵ that log t is not long beside it yet")
    found_at = direction_error(facts.weights[at], separator) * np.log(T[at])
    share = float(found_at.min() / found_at.max())
    verdict = above(TIGHT, share, share)
    return Measurement(verdict, share, answer=", ".join(f"{value:.3f}" for value in found_at))


@finding(
    "One point under the exponential loss: wᵀx = log(|x|²ηt + e^(wᵀx at the start)), and nothing across it"
    " moves.",
    "Soudry et al. 2018, remark on tight rates",
    "equal",
    unit="largest error from 10⁴ steps on, relative",
    arithmetic=True,
    question="Does one point have its closed form?",
    rule="Holds if the flow is within 1 % of the closed form from 10⁴ steps on, and constant across it.",
)
def closed_form(found: Here) -> Measurement:
    facts, x = found.facts, found.facts.setting.x
    length = float(x[0] @ x[0])
    if len(np.unique(x, axis=0)) > 1 or length == 0 or found.params.loss is not Loss.EXPONENTIAL:
        return not_run("needs one point and the exponential loss")
    late = T >= 10**4
    formula = np.log(length * facts.setting.step * T[late] + np.exp(facts.start @ x[0]))
    off = float(np.abs(facts.weights[late] @ x[0] / formula - 1).max())
    across = np.array([-x[0, 1], x[0, 0]])
    moved = float(np.abs((facts.weights - facts.start) @ across).max() / np.sqrt(length))
    worst = max(off, moved)
    return Measurement(below(0.01, worst, worst), worst, answer=f"within {worst:.1g}")


@finding(
    "Gradient descent keeps to the flow's limit.",
    "Soudry et al. 2018, Theorem 4, for steps below the bound",
    "the same w̃",
    unit="distance of descent's rho to the flow's at 10¹² steps",
    question="Does descent end where the flow does?",
    rule="Holds if both remainders at 10¹² steps are within 0.005 of each other, differs if not.",
)
def descent_is_flow(found: Here) -> Measurement:
    facts = found.facts
    if facts.setting.separator is None:
        return not_run(_NOT_SEPARABLE)
    if not facts.setting.known_to_converge:
        return not_run(_BOUND)
    if facts.limit is None:
        return not_run(_NO_FORMULA)
    if facts.rate < SLOWEST:
        return not_run("both near w̃ too slowly")
    if np.isnan(facts.descent[-1]).any():
        return not_run("the steps were not small enough to be followed to 10¹²")
    away = float(np.linalg.norm(facts.descent[-1] - facts.weights[-1]))
    return Measurement(below(NEAR, away, away), away, answer=f"{away:.1g} apart")


LAB = Lab(
    "remainder",
    "What remains beside log t?",
    "Weights grow along the maximum margin like log t. What they keep beside it decides how long the"
    " direction takes: compare the paper's points with two unequal ones.",
    RemainderParams,
    remainders,
    (points_and_remainder, components, pace),
    (bounded, tends_to_formula, descent_is_flow, falls_by_power, tight, closed_form),
)
