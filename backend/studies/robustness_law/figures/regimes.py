"""Two regimes over the dimension (Fig. 3), courses past the noise, and random labels on images."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from backend.figures.curves import short_log_axis, upright
from backend.figures.panels import Panels
from backend.figures.spread import COLUMNS, Spread, runs_told
from backend.figures.style import COLORS, NEUTRAL, blank, summarize
from backend.studies.kit.figures import Figure, figure
from backend.studies.robustness_law.facts import Net
from backend.studies.robustness_law.figures.law import RATIO, STEEPEST
from backend.studies.robustness_law.found import Lawful
from backend.studies.robustness_law.numbers import Past, grouped
from backend.studies.robustness_law.params import Data, Part, has

MANY, ENOUGH = COLORS["in_accuracy"], COLORS["memorization"]
IMAGES, TWINS = COLORS["memorization"], COLORS["heldout_accuracy"]


def means(name: str, groups: Sequence[tuple[float, list[Net]]], color: str, symbol: str) -> list[go.Scatter]:
    """Return mean gradients of groups at their x, with a band from lowest to highest."""
    x = [at for at, _ in groups]
    spread = Spread.of([[net.slope for net in nets] for _, nets in groups])
    drawn = go.Scatter(
        x=x,
        y=spread.mean,
        name=name,
        legendgroup=name,
        mode="lines+markers",
        line={"color": color, "width": 2},
        marker={"symbol": symbol, "size": 7},
        customdata=spread.table,
        meta={"columns": COLUMNS},
    )
    return [*spread.bands(x, color, name), drawn]


@figure(
    "Two regimes (Fig. 3)",
    "All networks fit as many random labels; to the right, in more dimensions. With as many units as examples"
    " there are ever more weights, and the gradient hardly grows. With just enough units, k = 10 n/d, the"
    " number of weights stays, and it grows as √d. The paper has n = 10,000.",
    section="Two regimes: what more dimensions do",
    of=has(Part.REGIMES),
)
def two_regimes(found: Lawful) -> go.Figure | None:
    facts = found.facts
    kinds = [(Data.AS_MANY, "k = n", MANY, "circle"), (Data.JUST_ENOUGH, "k = 10 n/d", ENOUGH, "square")]
    groups = {data: grouped(facts.fitted(data), lambda net: net.d) for data, *_ in kinds}
    if not any(groups.values()):
        return None
    nets = facts.of(Data.AS_MANY, Data.JUST_ENOUGH)
    lost = sum(not net.fitted for net in nets)
    counts = [len(same) for by in groups.values() for same in by.values()]
    drawn = blank(
        f"Gradients over √d, n = {nets[0].n:,} · {runs_told(counts, 'bands')}, {lost} rejected",
        "two-regimes",
        xaxis={"title": {"text": "√d"}, "rangemode": "tozero"},
        yaxis={"title": {"text": STEEPEST}, "rangemode": "tozero"},
    )
    said = []
    for data, name, color, symbol in kinds:
        if by := groups[data]:
            drawn.add_traces(means(name, [(np.sqrt(d), same) for d, same in by.items()], color, symbol))
            first, last = (np.mean([net.slope for net in by[d]]) for d in (min(by), max(by)))
            said.append(f"{name}: from {first:.1f} at d = {min(by)} to {last:.1f} at d = {max(by)}")
    summarize(drawn, f"{'. '.join(said)}.")
    return drawn


@figure(
    "Past the noise of the labels",
    "Some labels are flipped, so that no network can be right below σ² without learning noise by heart. Each"
    " line is a network while it is trained, from the left to the right: its error falls, past the dotted"
    " line at σ², to the fit. Is a network that stops at the line smoother, and more often right?",
    section="The noise threshold: what it costs to fit the noise",
    of=has(Part.NOISE),
)
def past_the_noise(found: Lawful) -> go.Figure | None:
    courses = found.facts.courses
    if not courses:
        return None
    panels = Panels([""], height=520, heights=(3, 2), row_gap=0.06)
    noise = courses[0].noise
    lowest = min(loss for course in courses for loss in course.losses)
    highest = max(loss for course in courses for loss in course.losses)
    axis = short_log_axis("training error (MSE), falling") | {
        "range": [np.log10(highest) + 0.05, np.log10(lowest) - 0.05]
    }
    drawn = blank(
        f"{len(courses)} networks · n = {courses[0].n}, d = {courses[0].d}, k = {courses[0].k}",
        "past-the-noise",
        **panels.layout(
            [axis],
            [
                [{"title": {"text": STEEPEST}, "rangemode": "tozero"}],
                [
                    {
                        "title": {"text": "wrong signs, fresh points"},
                        "tickformat": ".0%",
                        "rangemode": "tozero",
                    }
                ],
            ],
        ),
        shapes=[upright(noise, NEUTRAL)],
        showlegend=False,
    )
    for row, name, color in ((0, "slopes", ENOUGH), (1, "errors", COLORS["test_accuracy"])):
        for course in courses:
            drawn.add_scatter(
                x=course.losses,
                y=getattr(course, name),
                name=f"network {course.run}",
                mode="lines",
                line={"color": color, "width": 1.5},
                opacity=0.7,
                customdata=[[step] for step in course.steps],
                meta={"columns": ["step"]},
                **panels.at(row, 0),
            )
    past = Past.of(courses)
    said = "None has passed σ² and fits."
    if len(past):
        slope, error = ([values.mean() for values in both] for both in (past.slopes, past.errors))
        said = (
            f"At σ² = {noise:.2f} the gradient is {slope[0]:.1f} and {error[0]:.0%} of the signs are wrong,"
            f" at the fit {slope[1]:.1f} and {error[1]:.0%}."
        )
    summarize(drawn, said)
    return drawn


@figure(
    "Random labels on images",
    "Networks fit random labels of your images, scaled to the average length of Gaussian points; gradients"
    " are taken at test images. Beside them the same number of Gaussian points of as many dimensions. Images"
    " vary in fewer directions, which leaves less room between unlike labels: is the fit steeper?",
    section="Random labels on your images",
    of=has(Part.IMAGES),
)
def images_beside_gaussians(found: Lawful) -> go.Figure | None:
    facts = found.facts
    nets = facts.of(Data.IMAGES, Data.TWINS)
    if not nets:
        return None
    lost = sum(not net.fitted for net in nets)
    drawn = blank(
        f"Gradients over {RATIO} · n = {nets[0].n:,}, d = {nets[0].d:,}, {lost} rejected",
        "images",
        xaxis={"title": {"text": RATIO}, "rangemode": "tozero"},
        yaxis=short_log_axis(STEEPEST),
    )
    said = []
    for data, name, color, symbol in (
        (Data.IMAGES, "images", IMAGES, "circle"),
        (Data.TWINS, "Gaussian points", TWINS, "square"),
    ):
        if by := grouped(facts.fitted(data), lambda net: net.ratio):
            drawn.add_traces(means(name, list(by.items()), color, symbol))
            first, last = (np.mean([net.slope for net in by[at]]) for at in (min(by), max(by)))
            said.append(f"{name}: {first:.1f} to {last:.1f}")
        elif facts.of(data):
            said.append(f"{name}: none fits")
    dimension = (
        f" The images have {facts.pictures[0].effective:.1f} effective dimensions." if facts.pictures else ""
    )
    summarize(drawn, f"{'; '.join(said)}.{dimension}")
    return drawn


FIGURES: tuple[Figure, ...] = (two_regimes, past_the_noise, images_beside_gaussians)
