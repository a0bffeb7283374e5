"""The laboratory of solutions: the same training loss, and which of many solutions a method picks."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
from pydantic import Field

from backend.figures.curves import here, line, log_axis
from backend.figures.panels import Panels
from backend.figures.style import COLORS, NEUTRAL, blank, summarize
from backend.statistics.seeds import generator, governs
from backend.studies.kit.figures import figure
from backend.studies.kit.findings import Measurement, above, below, finding, mean_interval, not_run
from backend.studies.kit.found import Found
from backend.studies.kit.labs import Lab, LabParams
from backend.theory.descent import adam, gradient_descent, largest_step, log_steps
from backend.theory.margin_gaps import directions
from backend.theory.max_margin import MaxMargin, max_margin
from backend.theory.minimum_norm import minimum_norm
from backend.theory.solutions import (
    MOMENTUM,
    Completed,
    Interpolated,
    Method,
    complete_two_by_two,
    least_squares_path,
    through,
)

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

EQUATION, TARGET = np.array([2.0, 1.0]), 2.0  # one equation for two weights
AWAY = np.array([-0.6, 1.2])  # the start at scale 1, across the equation but for its length
POINTS = np.array([[0.5, 6.0], [1.5, 2.0]])  # labels absorbed; coordinates of unequal size, as Adam sees them
KNOWN = np.array([[1.0, 0.5], [0.5, 0.0]])  # but for its last entry,
RANK_ONE = 0.25  # which this makes a matrix of rank one
SCALES = np.geomspace(1e-3, 1, 13)
SMALL = 0.01  # largest scale about which the statement on low rank is
RANDOM = 30  # draws of random labels
RATES = {  # of least squares, and of the factors of a matrix
    Method.GRADIENT_DESCENT: (0.05, 0.2),
    Method.MOMENTUM: (0.02, 0.04),
    Method.ADAM: (0.02, 0.01),
}
STEPS, LOGISTIC_STEPS, ADAM_STEPS = 800, 1_000_000, 100_000
FIT = np.linspace(-1, 1, 12)[:, None]  # where labels are given
ASKED = np.linspace(-1, 1, 201)[:, None]
NEAREST, CLOSE, ANGLE = 0.01, 0.05, 5.0  # relative distances, and degrees, that count as there
PICKED, REFERENCE = COLORS["memorization"], COLORS["in_accuracy"]


class Purpose(IntEnum):
    """What is drawn here."""

    LABELS = 150


class SolutionsParams(LabParams):
    """How a model is trained, and from where."""

    method: Method = Field(
        Method.GRADIENT_DESCENT,
        title="Optimizer",
        description="Of the first three problems.",
        json_schema_extra={
            "labels": {
                "gradient descent": "Gradient descent",
                "momentum": "Gradient descent with momentum 0.9",
                "Adam": "Adam",
            }
        },
    )
    depth: int = Field(
        2, ge=1, le=4, title="Depth", description="Matrices multiplied; hidden layers on the right."
    )
    scale: float = Field(
        1e-3,
        ge=1e-3,
        le=1,
        title="Initial scale",
        description="How large weights are in the beginning.",
        json_schema_extra={"scale": "log"},
    )
    seed: int = Field(
        0,
        ge=0,
        le=99,
        title="Random labels",
        description="Which ones are drawn.",
        json_schema_extra=governs(Purpose.LABELS),
    )


@dataclass(frozen=True)
class Solutions:
    """Everything the laboratory shows, of four problems.

    Least squares: `squares` (t, 2) is the way, `smallest` (2,) the solution of smallest norm. Logistic:
    `logistic` (t, 2) is the way over `steps` (t,), `separator` the maximum margin. Matrix: `completed`, whose
    first scale is the chosen one. Labels: `labels` (1 + RANDOM, 12), first the true ones, then random draws,
    and `functions` through each.
    """

    squares: Floats
    smallest: Floats
    steps: Indices
    logistic: Floats
    separator: MaxMargin
    completed: Completed
    labels: Floats
    functions: Interpolated

    @property
    def off_smallest(self) -> float:
        """Distance to the solution of smallest norm, relative to that norm."""
        return float(np.linalg.norm(self.squares[-1] - self.smallest) / np.linalg.norm(self.smallest))

    @property
    def off_nearest(self) -> float:
        """Distance to the solution nearest to the start, relative to the smallest norm."""
        start = self.squares[0]
        nearest = start + EQUATION * (TARGET - EQUATION @ start) / (EQUATION @ EQUATION)
        return float(np.linalg.norm(self.squares[-1] - nearest) / np.linalg.norm(self.smallest))

    @property
    def angles(self) -> Floats:
        """Degrees (t,) between the weights and the maximum margin."""
        cosines = directions(self.logistic) @ self.separator.weights / self.separator.norm
        return np.degrees(np.arccos(np.clip(cosines, -1, 1)))

    @property
    def off_rank_one(self) -> Floats:
        """How far missing entries (scales,) are from that of rank one, relatively."""
        return np.abs(self.completed.entry - RANK_ONE) / RANK_ONE

    @property
    def wrong(self) -> tuple[float, float]:
        """Share of new inputs that functions get wrong, by the true labels: through true, and random ones."""
        off = (np.sign(self.functions.values) != _true(ASKED[:, 0])).mean(axis=1)
        return float(off[0]), float(off[1:].mean())


Here = Found[SolutionsParams, Solutions]


def _true(x: Floats) -> Floats:
    return np.where(np.sin(3 * x + 0.3) > 0, 1.0, -1.0)


def solutions(params: SolutionsParams) -> Solutions:
    """Solve the four problems at one position of the sliders."""
    rate, factor_rate = RATES[params.method]
    steps, logistic = _logistic(params)
    random = generator(params.seed, Purpose.LABELS).choice([-1.0, 1.0], size=(RANDOM, len(FIT)))
    labels = np.vstack([_true(FIT[:, 0]), random])
    return Solutions(
        squares=least_squares_path(EQUATION, TARGET, params.scale * AWAY, params.method, rate, STEPS),
        smallest=minimum_norm(EQUATION[None, :], np.array([[TARGET]]))[:, 0],
        steps=steps,
        logistic=logistic,
        separator=max_margin(POINTS),
        completed=complete_two_by_two(
            KNOWN, params.depth, np.append(params.scale, SCALES), params.method, factor_rate, STEPS
        ),
        labels=labels,
        functions=through(FIT, labels, ASKED, params.depth),
    )


def _logistic(params: SolutionsParams) -> tuple[Indices, Floats]:
    """Return steps (t,) and weights (t, 2) of logistic regression."""
    start = params.scale * AWAY
    if params.method is Method.ADAM:
        found = adam(POINTS, 0.05, log_steps(ADAM_STEPS, 10), start=start, one_by_one=4000)
    else:
        momentum = MOMENTUM if params.method is Method.MOMENTUM else 0.0
        step = (1 - momentum) * largest_step(POINTS) / 4
        found = gradient_descent(POINTS, step, log_steps(LOGISTIC_STEPS, 10), momentum=momentum, start=start)
    return found.steps, found.weights


PANELS = Panels(
    [
        "<b>least squares</b><br>the two weights",
        "<b>logistic regression</b><br>angle to the largest margin",
        "<b>matrix completion</b><br>the missing entry",
        "<b>labels by heart</b><br>the function",
    ],
    height=430,
    gap=0.065,
    least_px=230,
)
X_AXES = (
    {"title": {"text": "first weight"}, "range": [-0.8, 1.6]},
    log_axis("step"),
    log_axis("initial scale"),
    {"title": {"text": "input"}},
)
Y_AXES = (
    {"title": {"text": ""}, "range": [-0.6, 1.8]},
    {"title": {"text": ""}, "rangemode": "tozero", "ticksuffix": "°"},
    {"title": {"text": ""}, "rangemode": "tozero"},
    {"title": {"text": ""}},
)


@figure(
    "Four problems side by side",
    "Orange is what is found, blue the reference: the solution of smallest norm, the direction of largest"
    " margin, the entry that makes rank one, the function through true labels. Every orange solution has no"
    " training loss. In the first panel all points of the dashed line solve the equation, and the way from"
    " the start is drawn; in the last one, orange goes through random labels.",
)
def side_by_side(found: Here) -> go.Figure:
    """Draw what is found beside its reference, a panel for each problem."""
    facts, params = found.facts, found.params
    drawn = blank(
        f"Same loss, different solutions · {params.method}, depth {params.depth}, scale {params.scale:.2g}",
        "side-by-side",
        **PANELS.layout(X_AXES, [Y_AXES]),
    )
    drawn.add_traces([*_least_squares(facts), *_logistic_panel(facts), *_entry(found), *_by_heart(facts)])
    end, wrong = facts.squares[-1], facts.wrong
    summarize(
        drawn,
        f"Least squares finds ({end[0]:.2f}, {end[1]:.2f}), the smallest is ({facts.smallest[0]:.2f},"
        f" {facts.smallest[1]:.2f}). Logistic regression is {facts.angles[-1]:.1f} degrees from the largest"
        f" margin after {facts.steps[-1]:,} steps. The missing entry becomes {facts.completed.entry[0]:.3f},"
        f" rank one has {RANK_ONE}. Of new inputs {wrong[0]:.0%} are wrong with true labels and"
        f" {wrong[1]:.0%} with random ones.",
    )
    return drawn


def _least_squares(facts: Solutions) -> list[go.Scatter]:
    place = PANELS.at(0, 0)
    across = np.array([-0.8, 1.6])
    solved = TARGET - EQUATION[0] * across
    way = facts.squares[np.unique(np.rint(np.geomspace(1, STEPS, 60)).astype(int)) - 1]
    end, reference = facts.squares[-1], facts.smallest
    return [
        line("no training loss", across, solved, NEUTRAL, dash="dash", showlegend=False, **place),
        line("way", way[:, 0], way[:, 1], PICKED, showlegend=False, **place),
        here("reference", reference[0], reference[1], REFERENCE, legendgroup="reference", **place),
        here("found", end[0], end[1], PICKED, legendgroup="found", **place).update(
            marker={"symbol": "circle"}
        ),
    ]


def _logistic_panel(facts: Solutions) -> list[go.Scatter]:
    place = PANELS.at(0, 1)
    ends = facts.steps[[0, -1]]
    return [
        line("largest margin", ends, [0, 0], REFERENCE, dash="dash", showlegend=False, **place),
        line("angle", facts.steps, facts.angles, PICKED, showlegend=False, **place),
    ]


def _entry(found: Here) -> list[go.Scatter]:
    place, facts = PANELS.at(0, 2), found.facts
    entry = float(facts.completed.entry[0])
    return [
        line("rank one", SCALES[[0, -1]], [RANK_ONE] * 2, REFERENCE, dash="dash", showlegend=False, **place),
        line("missing entry", SCALES, facts.completed.entry[1:], PICKED, showlegend=False, **place),
        here("entry here", found.params.scale, entry, PICKED, showlegend=False, **place),
    ]


def _by_heart(facts: Solutions) -> list[go.Scatter]:
    place = PANELS.at(0, 3)
    traces = []
    for row, (name, color) in enumerate((("true labels", REFERENCE), ("random labels", PICKED))):
        values = facts.functions.values[row]
        marker = {"color": color, "size": 7, "symbol": "circle" if row else "diamond-open"}
        traces += [
            line(name, ASKED[:, 0], values, color, showlegend=False, **place),
            go.Scatter(
                x=FIT[:, 0],
                y=facts.labels[row],
                name=f"{name}, given",
                mode="markers",
                marker=marker,
                showlegend=False,
                **place,
            ),
        ]
    return traces


@finding(
    "Of all solutions of least squares, gradient descent finds the nearest: from 0, that of smallest norm.",
    "Zhang et al. 2017, section 5",
    "distance 0",
    unit="distance to the nearest, relative to the smallest norm",
    question="The nearest solution?",
    rule=(
        "Holds if what is found is less than 1 % of the smallest norm away from the solution nearest to the"
        " start, differs if more."
    ),
)
def smallest_norm(found: Here) -> Measurement:
    """Measure the distance to the solution nearest to the start, and tell that to the smallest."""
    off, beyond = found.facts.off_smallest, found.facts.off_nearest
    if found.params.method is Method.ADAM:
        return not_run(f"it is about gradient descent; Adam ends {off:.0%} of the smallest norm away from it")
    answer = f"{beyond:.1g} away from it, and {off:.1%} from that of smallest norm"
    return Measurement(below(NEAREST, beyond, beyond), beyond, answer=answer)


@finding(
    "Of all separators, gradient descent on the logistic loss turns to that of largest margin.",
    "Soudry et al. 2018, Theorem 3",
    "angle 0 in the limit",
    unit="degrees",
    question="Largest margin?",
    rule=(
        "Holds if the angle falls and is less than 5 degrees in the end, differs if it is more and grows over"
        " the last tenfold steps; else undecided: the limit takes very long."
    ),
)
def largest_margin(found: Here) -> Measurement:
    """Measure the angle to the largest margin, now and a tenth of the steps ago."""
    facts = found.facts
    now = float(facts.angles[-1])
    before = float(np.interp(np.log(facts.steps[-1] / 10), np.log(facts.steps), facts.angles))
    answer = f"{now:.1f} degrees after {facts.steps[-1]:,} steps, {before:.1f} after a tenth of them"
    if found.params.method is Method.ADAM:
        return not_run(f"it is about gradient descent; Adam's angle is {answer}")
    low, high = (0.0, now) if now < before else (now, np.inf)  # in the limit
    return Measurement(below(ANGLE, low, high), now, low, high, answer=answer)


@finding(
    "Of all completions, a product of matrices finds that of low rank if it starts small.",
    "Arora et al. 2019, sections 2 and 3",
    "rank one from small starts at depth 2 and above",
    unit="distance of the missing entry, relative",
    question="Low rank?",
    rule="Holds if the missing entry is less than 5 % away from that of rank one, differs if it is more.",
)
def low_rank(found: Here) -> Measurement:
    """Measure the distance of the missing entry to that of rank one."""
    off = float(found.facts.off_rank_one[0])
    if found.params.depth == 1 or found.params.scale > SMALL:
        return not_run(f"it is about products that start at {SMALL:g} or less; here it is {off:.0%} away")
    return Measurement(
        below(CLOSE, off, off), off, note=f"By {found.params.method}.", answer=f"{off:.1%} away"
    )


@finding(
    "Random labels are fit as well as true ones, by a larger function.",
    "Zhang et al. 2017, section 5",
    "norm about 220 for true labels of MNIST; not available for random ones",
    unit="norm through random labels over norm through true ones",
    question="Larger through random labels?",
    rule=(
        "Holds if the 95 % interval of the ratio of norms, over draws of random labels, lies above 1, differs"
        " if below."
    ),
)
def larger_by_heart(found: Here) -> Measurement:
    """Compare the norms through random labels with that through the true ones."""
    norms, wrong = found.facts.functions.norms, found.facts.wrong
    ratio, low, high = mean_interval((norms[1:] / norms[0]).tolist())
    note = (
        f"{RANDOM} draws. Of new inputs {wrong[0]:.0%} are wrong with true labels, {wrong[1]:.0%} with random"
        " ones on average."
    )
    return Measurement(above(1, low, high), ratio, low, high, note, f"{ratio:.2f} times as large")


LAB = Lab(
    "solutions",
    "Same training loss, different solution",
    "Four models with more freedom than data, all trained to no loss. Which of the many solutions they find"
    " is decided by the optimizer, the depth and the start, not by the loss. Change each and watch what is"
    " picked against the reference.",
    SolutionsParams,
    solutions,
    (side_by_side,),
    (smallest_norm, largest_margin, low_rank, larger_by_heart),
)
