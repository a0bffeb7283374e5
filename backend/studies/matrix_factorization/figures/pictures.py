"""The matrices themselves: the truth, what is known of it, what is found, and where that is wrong."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
from pydantic import Field

from backend.figures.panels import Panels
from backend.figures.style import COLORS, blank, summarize
from backend.studies.kit.figures import Controls, Figure, figure
from backend.studies.matrix_factorization.found import Factored
from backend.studies.matrix_factorization.params import Part

SECTION = "The matrices"
SHOWN = 120  # rows and columns at most: more would be smaller than a pixel

Floats = npt.NDArray[np.float64]


class Finder(StrEnum):
    """What found the matrix."""

    LEAST = "least"
    TWO = "2"
    THREE = "3"
    FOUR = "4"
    FIVE = "5"
    SIX = "6"


class Start(StrEnum):
    """From where descent began."""

    SMALLEST = "smallest"
    LARGEST = "largest"


class Amount(StrEnum):
    """How much was observed."""

    FEWEST = "fewest"
    MOST = "most"


class PictureControls(Controls):
    """Which matrix to look at."""

    finder: Finder = Field(
        Finder.THREE,
        title="Found by",
        description="whose matrix is shown",
        json_schema_extra={
            "labels": {
                finder.value: "least nuclear norm" if finder is Finder.LEAST else f"depth {finder.value}"
                for finder in Finder
            }
        },
    )
    start: Start = Field(
        Start.SMALLEST,
        title="Initialization",
        description="from which descent began",
        json_schema_extra={"labels": {start.value: start.value for start in Start}},
    )
    amount: Amount = Field(
        Amount.FEWEST,
        title="Observed",
        description="how many entries or measurements",
        json_schema_extra={"labels": {amount.value: amount.value for amount in Amount}},
    )


class Picture(NamedTuple):
    """A matrix found (n, n), and what it is called."""

    matrix: Floats
    named: str
    observed: int
    part: Part


def chosen(found: Factored, controls: PictureControls) -> Picture | None:
    """Return the matrix that the controls name, of problem 0; None where it is not there."""
    arrays: Mapping[str, Any] = found.results.arrays
    part = Part.COMPLETION if Part.COMPLETION in found.params.parts else Part.SENSING
    counts = found.params.counts()
    observed = counts[0] if controls.amount is Amount.FEWEST else counts[-1]
    if controls.finder is Finder.LEAST:
        for place, row in enumerate(arrays.get("least_fits", ())):
            least = found.facts.least[row]
            if (least.part, least.observed) == (part, observed):
                return Picture(arrays["least_matrices"][place], "least nuclear norm", observed, part)
        return None
    init = (min if controls.start is Start.SMALLEST else max)(found.params.inits)
    for place, row in enumerate(arrays.get("matrix_fits", ())):
        fit = found.facts.fits[row]
        if (fit.part, fit.observed, fit.depth, fit.init) == (part, observed, int(controls.finder), init):
            return Picture(
                arrays["matrix_matrices"][place], f"depth {fit.depth} from {init:g}", observed, part
            )
    return None


@figure(
    "Truth, observations, what is found, and the error",
    "Problem 1 as pictures: the matrix to be found, the entries that are known (all are seen through random"
    " measurements in sensing), the matrix found, and by how much that is off. The first three share their"
    " colors; the error has its own scale. Choose depth 2 and then depth 3.",
    section=SECTION,
    controls=PictureControls,
    of=lambda params: bool({Part.COMPLETION, Part.SENSING} & set(params.parts)),
    lacking="Not run yet, or not with this depth",
)
def pictures(found: Factored, controls: PictureControls) -> go.Figure | None:
    """Draw four heat maps."""
    picture = chosen(found, controls)
    if picture is None:
        return None
    truth: Floats = found.results.arrays["truth"]
    shape = truth.shape
    known = np.full(truth.size, np.nan)
    if picture.part is not Part.SENSING:
        seen = found.results.arrays["order"][: picture.observed]
        known[seen] = truth.ravel()[seen]
    off = np.abs(picture.matrix - truth)
    panels = Panels(
        [
            "<b>the matrix</b>",
            f"<b>{picture.observed:,} {'measurements' if picture.part is Part.SENSING else 'entries'}</b>",
            f"<b>{picture.named}</b>",
            "<b>error</b>",
        ],
        height=330,
        gap=0.03,
        least_px=230,
    )
    bare = {"showticklabels": False, "ticks": "", "showgrid": False, "zeroline": False}
    drawn = blank(
        f"{picture.named} · mean squared error {np.mean(off**2):.1e}",
        f"pictures-{controls.finder}-{controls.start}-{controls.amount}",
        **panels.layout([bare], [[{**bare, "autorange": "reversed"}]]),
    )
    most = float(np.abs(truth).max())
    signed = [[0, COLORS["in_accuracy"]], [0.5, "rgba(153,153,153,0.1)"], [1, COLORS["memorization"]]]
    errors = [[0, "rgba(213,94,0,0)"], [1, COLORS["memorization"]]]
    for column, (name, values) in enumerate(
        (("truth", truth), ("known", known.reshape(shape)), ("found", picture.matrix), ("error", off))
    ):
        error = name == "error"
        drawn.add_heatmap(
            z=np.round(values[:SHOWN, :SHOWN], 4).astype(np.float32),
            name=name,
            zmin=0 if error else -most,
            zmax=max(float(off.max()), 1e-3) if error else most,
            colorscale=errors if error else signed,
            showscale=error,
            colorbar={"title": {"text": "error"}, "thickness": 10, "outlinewidth": 0},
            hoverongaps=False,
            hovertemplate=f"row %{{y}}, column %{{x}}: %{{z:.3g}}<extra>{name}</extra>",
            **panels.at(0, column),
        )
    corner = f" Shown are the first {SHOWN} rows and columns." if shape[0] > SHOWN else ""
    summarize(
        drawn,
        f"From {picture.observed:,} of {truth.size:,}, {picture.named} finds the matrix with a mean squared"
        f" error of {np.mean(off**2):.1e}; the largest error is {off.max():.2g}, the largest entry"
        f" {most:.2g}."
        f"{corner}",
    )
    return drawn


FIGURES: tuple[Figure, ...] = (pictures,)
