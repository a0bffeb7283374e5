"""The nuclear norm over how much is observed: where it recovers, and where depth does."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from backend.figures.panels import Panels
from backend.figures.spread import COLUMNS, Spread, runs_told
from backend.figures.style import NEUTRAL, blank, summarize
from backend.studies.kit.figures import Figure, figure
from backend.studies.matrix_factorization.claims.conjecture import RECOVERS, crossover, errors, excesses
from backend.studies.matrix_factorization.figures.recovery import LEAST, colored, spread_of
from backend.studies.matrix_factorization.found import Factored
from backend.studies.matrix_factorization.params import CONJECTURE_DEPTHS, Part

ROOM = (-0.01, 0.12)  # of excesses: with too few entries they can lie far above
SECTION = "Is it the nuclear norm?"


class Curve(NamedTuple):
    """A quantity over numbers of observations; `depth` is None for the least nuclear norm."""

    depth: int | None
    observed: tuple[int, ...]
    spread: Spread

    @property
    def name(self) -> str:
        """What it is called."""
        return "least nuclear norm" if self.depth is None else f"depth {self.depth}"


def error_curves(found: Factored) -> list[Curve]:
    """Return errors over observations, geometric means over problems."""
    curves = []
    for depth in (*CONJECTURE_DEPTHS, None):
        by_observed: dict[int, list[float]] = {}
        for by_problem in errors(found, depth).values():
            for observed, error in by_problem.items():
                by_observed.setdefault(observed, []).append(error)
        if by_observed:
            places = tuple(sorted(by_observed))
            curves.append(Curve(depth, places, spread_of([by_observed[p] for p in places], "error")))
    return curves


def norm_curves(found: Factored) -> list[Curve]:
    """Return nuclear norms over the least one, minus 1."""
    curves = []
    for depth in CONJECTURE_DEPTHS:
        by_observed: dict[int, list[float]] = {}
        for (_, observed), excess in excesses(found, depth).items():
            by_observed.setdefault(observed, []).append(excess)
        if by_observed:
            places = tuple(sorted(by_observed))
            curves.append(Curve(depth, places, spread_of([by_observed[p] for p in places], "nuclear")))
    return curves


@figure(
    "Nuclear norm and error over how much is observed",
    "If descent minimized the nuclear norm, its matrix would be that of least nuclear norm. Left: errors; the"
    " dotted line is where a matrix counts as recovered. Right: by how much the nuclear norm of what is found"
    " exceeds the least one. With many observations all find the same matrix; with few the least nuclear norm"
    " fails, and depth 3 has a higher norm and the right matrix."
    " With too few, nothing recovers, and norms can leave the panel; runs that have not fit have none."
    " Errors are geometric means over problems, bands reach from the lowest to the highest.",
    section=SECTION,
    of=lambda params: Part.CONJECTURE in params.parts,
)
def conjecture(found: Factored) -> go.Figure | None:
    """Draw errors, and excesses of nuclear norms, over the number of observations."""
    left, right = error_curves(found), norm_curves(found)
    if not left:
        return None
    panels = Panels(["<b>error</b>", "<b>nuclear norm over the least</b>"], height=420, gap=0.1, least_px=320)
    x = {"title": {"text": f"entries observed, of {found.params.size**2:,}"}}
    layout = panels.layout(
        [x],
        [
            [
                {"title": {"text": "mean squared error"}, "type": "log", "exponentformat": "power"},
                {"title": {"text": "excess"}, "tickformat": ".0%", "range": ROOM},
            ]
        ],
    )
    line = {"type": "line", "xref": "x domain", "x0": 0, "x1": 1, "yref": "y", "y0": RECOVERS, "y1": RECOVERS}
    layout["shapes"] = [line | {"line": {"color": NEUTRAL, "width": 1.5, "dash": "dot"}}]
    drawn = blank(f"Over observations · {runs_told(_counts(left), 'bands')}", "conjecture", **layout)
    drawn.add_traces([t for c in left for t in _traces(c, True, **panels.at(0, 0))])
    drawn.add_traces([t for c in right for t in _traces(c, False, **panels.at(0, 1))])
    summarize(drawn, _told(found))
    return drawn


def _counts(curves: Sequence[Curve]) -> list[int]:
    return [int(runs) for curve in curves for runs in curve.spread.runs]


def _traces(curve: Curve, legend: bool, **place: Any) -> list[Any]:
    look: dict[str, Any] = (
        {"line": {"color": LEAST, "width": 2, "dash": "dash"}, "marker": {"symbol": "star", "size": 9}}
        if curve.depth is None
        else colored(curve.depth)
    )
    bands = curve.spread.bands(curve.observed, look["line"]["color"], curve.name)
    for band in bands:
        band.update(**place)
    return [
        *bands,
        go.Scatter(
            x=curve.observed,
            y=curve.spread.mean,
            name=curve.name,
            legendgroup=curve.name,
            showlegend=legend,
            mode="lines+markers",
            customdata=curve.spread.table,
            meta={"columns": COLUMNS},
            hovertemplate=f"{curve.name}<br>%{{x:,}} entries: %{{y:.3g}}<extra></extra>",
            **look,
            **place,
        ),
    ]


def _told(found: Factored) -> str:
    said = []
    for depth in (*CONJECTURE_DEPTHS, None):
        starts = [crossover(each) for each in errors(found, depth).values()]
        known = [start for start in starts if start is not None]
        name = "the least nuclear norm" if depth is None else f"depth {depth}"
        if known:
            said.append(
                f"{name} from {np.mean(known):,.0f} entries on ({len(known)} of {len(starts)} problems)"
            )
        elif starts:
            said.append(f"{name} nowhere")
    return f"Recovered, on average: {'; '.join(said)}."


FIGURES: tuple[Figure, ...] = (conjecture,)
