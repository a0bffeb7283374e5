"""Fig. 3: singular values over the steps of plain gradient descent, and what Theorem 3 makes of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from backend.figures.panels import Panels
from backend.figures.style import COLORS, NEUTRAL, SERIES, blank, faded, summarize
from backend.studies.kit.figures import Figure, figure
from backend.studies.matrix_factorization.found import Factored
from backend.studies.matrix_factorization.params import DYNAMICS_DEPTHS, Part

SECTION = "How singular values grow"
DRAWN = 160  # records of a curve: a pixel or two each
PLACES = 40  # of the scrubber
ALIGNED_DEPTH = 2

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Course:
    """Problem 0 at one depth: values and theory (t, k), alignment (t, 2), over steps (t,)."""

    steps: npt.NDArray[np.int64]
    sigma: Floats
    theory: Floats
    alignment: Floats

    def thinned(self, most: int) -> "Course":
        """Return at most so many records, the last among them."""
        kept = np.unique(np.linspace(0, len(self.steps) - 1, most).round().astype(int))
        return Course(self.steps[kept], self.sigma[kept], self.theory[kept], self.alignment[kept])


def courses(found: Factored) -> dict[int, Course]:
    """Return what is known by depth."""
    arrays: Mapping[str, Any] = found.results.arrays
    return {
        depth: Course(
            *(arrays[f"dynamics_{name}_{depth}"] for name in ("steps", "sigma", "theory", "alignment"))
        )
        for depth in DYNAMICS_DEPTHS
        if f"dynamics_sigma_{depth}" in arrays
    }


def _shade(place: int, rank: int) -> str:
    """Return the color of a singular value: those of the rank apart, the others all alike."""
    return SERIES[place % len(SERIES)] if place < rank else NEUTRAL


@figure(
    "Singular values over steps, by depth",
    "Layout of Fig. 3, problem 1: plain gradient descent from a small multiple of the identity. Lines are the"
    " leading singular values of the product; gray are those beyond the rank of the matrix. Dashed: Theorem 3"
    " with the measured pull of the gradient; it adds up over all steps, so that small differences in time"
    " show where values jump. On the right, for depth 2, how well"
    " singular vectors align with the gradient: entries of |Uᵀ∇V| on and off the diagonal. Move the slider to"
    " follow the run.",
    section=SECTION,
    of=lambda params: Part.DYNAMICS in params.parts,
)
def dynamics(found: Factored) -> go.Figure | None:
    """Draw singular values over steps, a panel for each depth, and the alignment; a slider goes through."""
    known = {depth: course.thinned(DRAWN) for depth, course in courses(found).items()}
    if not known:
        return None
    depths, rank = list(known), found.params.rank
    panels, layout = _panels(known)
    traces = [
        line
        for column, course in enumerate(known.values())
        for line in _values(course, rank, column == 0, **panels.at(0, column))
    ]
    if ALIGNED_DEPTH in known:
        traces += _alignment(known[ALIGNED_DEPTH], **panels.at(0, len(depths)))
    marks = list(range(len(traces), len(traces) + len(depths)))
    traces += [
        go.Scatter(
            x=x,
            y=y,
            name="at the slider",
            mode="markers",
            marker={"color": COLORS["memorization"], "size": 8},
            showlegend=column == 0,
            hovertemplate="step %{x:,}: %{y:.3g}<extra></extra>",
            **panels.at(0, column),
        )
        for column, (x, y) in enumerate(_marked(known, PLACES))
    ]
    slider = {
        "active": PLACES,
        "currentvalue": {"prefix": "Of the run: "},
        "pad": {"t": 44},
        "steps": [_step(known, place, marks) for place in range(PLACES + 1)],
    }
    drawn = blank("Singular values of the product", "dynamics", **layout, sliders=[slider])
    drawn.add_traces(traces)
    said = "; ".join(
        f"depth {depth}: {', '.join(f'{value:.3g}' for value in course.sigma[-1])}"
        for depth, course in known.items()
    )
    summarize(drawn, f"Leading singular values at the end, for a matrix of rank {rank}. {said}.")
    return drawn


def _panels(known: Mapping[int, Course]) -> tuple[Panels, dict[str, Any]]:
    """Return a panel for each depth, and one for the alignment."""
    titles = [f"<b>depth {depth}</b>" for depth in known]
    y: list[dict[str, Any]] = [{"rangemode": "tozero"} for _ in known]
    y[0] = {**y[0], "title": {"text": "singular value"}}
    if ALIGNED_DEPTH in known:
        titles.append(f"<b>alignment, depth {ALIGNED_DEPTH}</b>")
        y.append({"title": {"text": "mean |Uᵀ∇V|", "standoff": 2}, "type": "log", "exponentformat": "power"})
    x = [{"title": {"text": "steps"}, "rangemode": "tozero", "nticks": 5} for _ in titles]
    panels = Panels(titles, height=430, gap=0.07, least_px=230)
    return panels, panels.layout(x, [y])


def _values(course: Course, rank: int, legend: bool, **place: Any) -> list[go.Scatter]:
    """Return the lines of singular values, and of what the theorem makes of those within the rank."""
    lines = []
    for value in range(course.sigma.shape[1]):
        inside = value < rank
        name = f"value {value + 1}" if inside else "beyond the rank"
        shown = legend and value <= rank
        look = {"color": _shade(value, rank), "width": 2}
        lines.append(_line(course.steps, course.sigma[:, value], name, look, showlegend=shown, **place))
        if inside:
            theory = np.minimum(course.theory[1:, value], 1.3 * course.sigma.max())
            look = {"color": NEUTRAL, "width": 1.5, "dash": "dash"}
            shown = legend and value == 0
            lines.append(_line(course.steps[1:], theory, "Theorem 3", look, showlegend=shown, **place))
    return lines


def _alignment(course: Course, **place: Any) -> list[go.Scatter]:
    parts = (("on the diagonal", COLORS["in_accuracy"]), ("off the diagonal", COLORS["memorized"]))
    return [
        _line(
            course.steps[1:],
            np.maximum(course.alignment[1:, at], np.finfo(float).tiny),
            name,
            {"color": color, "width": 2},
            **place,
        )
        for at, (name, color) in enumerate(parts)
    ]


def _step(known: Mapping[int, Course], place: int, marks: list[int]) -> dict[str, Any]:
    """Return a place of the scrubber: it moves the marks of all panels."""
    at = _marked(known, place)
    return {
        "label": f"{place / PLACES:.0%}",
        "method": "restyle",
        "args": [{"x": [x for x, _ in at], "y": [y for _, y in at]}, marks],
    }


def _marked(known: Mapping[int, Course], place: int) -> list[tuple[list[float], list[float]]]:
    """Return the points at one place of the scrubber, for each depth: (steps, values)."""
    points = []
    for course in known.values():
        row = round(place / PLACES * (len(course.steps) - 1))
        values = np.round(course.sigma[row], 4).tolist()
        points.append(([float(course.steps[row])] * len(values), values))
    return points


def _line(x: Any, y: Any, name: str, look: dict[str, Any], **more: Any) -> go.Scatter:
    return go.Scatter(
        x=x,
        y=y,
        name=name,
        legendgroup=name,
        mode="lines",
        line=look,
        hovertemplate=f"{name}<br>step %{{x:,}}: %{{y:.3g}}<extra></extra>",
        **more,
    )


def spectra(found: Factored) -> dict[int, Floats]:
    """Return depth -> leading singular values at the end, relative to the first one, (problems, k)."""
    by_depth: dict[int, list[Floats]] = {}
    for run in found.facts.dynamics:
        by_depth.setdefault(run.depth, []).append(np.array(run.final) / run.final[0])
    return {depth: np.array(rows) for depth, rows in sorted(by_depth.items())}


@figure(
    "The spectrum in the end",
    "Leading singular values at the end of the dynamics over the largest one, all problems: a line is their"
    " geometric mean, the band reaches from the lowest to the highest. Upright: the rank of the matrix. The"
    " deeper the product, the less is left behind it.",
    section=SECTION,
    of=lambda params: Part.DYNAMICS in params.parts,
)
def spectrum(found: Factored) -> go.Figure | None:
    """Draw final singular values by depth."""
    known = spectra(found)
    if not known:
        return None
    rank = found.params.rank
    edge = {"type": "line", "x0": rank + 0.5, "x1": rank + 0.5, "yref": "paper", "y0": 0, "y1": 1}
    drawn = blank(
        "Singular values over the largest",
        "spectrum",
        xaxis={"title": {"text": "singular value"}, "dtick": 1},
        yaxis={"title": {"text": "over the largest"}, "type": "log", "exponentformat": "power"},
        shapes=[edge | {"line": {"color": NEUTRAL, "width": 1.5, "dash": "dot"}}],
    )
    for depth, rows in known.items():
        color, x = SERIES[depth - 1], list(range(1, rows.shape[1] + 1))
        if len(rows) > 1:
            drawn.add_scatter(
                x=[*x, *reversed(x)],
                y=[*rows.max(0), *rows.min(0)[::-1]],
                fill="toself",
                fillcolor=faded(color),
                line={"width": 0},
                mode="lines",
                hoverinfo="skip",
                showlegend=False,
                legendgroup=f"depth {depth}",
            )
        drawn.add_scatter(
            x=x,
            y=np.exp(np.log(rows).mean(0)),
            name=f"depth {depth}",
            legendgroup=f"depth {depth}",
            mode="lines+markers",
            line={"color": color, "width": 2},
            marker={"size": 8},
        )
    said = "; ".join(
        f"depth {depth}: {np.exp(np.log(rows[:, rank] / rows[:, rank - 1]).mean()):.2g}"
        for depth, rows in known.items()
    )
    summarize(drawn, f"The first value beyond the rank over the last within it, on average. {said}.")
    return drawn


FIGURES: tuple[Figure, ...] = (dynamics, spectrum)
