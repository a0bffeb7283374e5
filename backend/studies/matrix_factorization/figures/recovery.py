"""Figs. 1, 2 and 4, 5: what is found over the initialization, at every depth."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from backend.figures.panels import Panels
from backend.figures.spread import COLUMNS, Spread, runs_told
from backend.figures.style import COLORS, NEUTRAL, SERIES, SYMBOLS, blank, summarize
from backend.studies.kit.figures import Figure, figure
from backend.studies.matrix_factorization.found import Factored
from backend.studies.matrix_factorization.paper import row
from backend.studies.matrix_factorization.params import Part

QUANTITIES = {"error": "reconstruction error", "nuclear": "nuclear norm", "rank": "effective rank"}
LEAST, TRUTH = COLORS["memorization"], NEUTRAL
SECTIONS = {
    Part.COMPLETION: "From some of the entries",
    Part.SENSING: "From random measurements",
}
NUMBERS = {Part.COMPLETION: ("Fig. 1", "Fig. 2"), Part.SENSING: ("Fig. 4", "Fig. 5")}
ENTRIES = {Part.COMPLETION: "entries", Part.SENSING: "measurements"}


def colored(depth: int) -> dict[str, Any]:
    """Return how a depth is drawn everywhere in this study."""
    place = depth - 1
    return {
        "line": {"color": SERIES[place % len(SERIES)], "width": 2},
        "marker": {"symbol": SYMBOLS[place % len(SYMBOLS)], "size": 8},
    }


@dataclass(frozen=True)
class Course:
    """A quantity of one depth and learning rate over initializations, with its spread over problems."""

    depth: int
    lr: float
    inits: tuple[float, ...]
    spread: Spread


def courses(found: Factored, part: Part, observed: int, quantity: str) -> list[Course]:
    """Return the quantity of all depths and learning rates over initializations."""
    table: dict[tuple[int, float], dict[float, list[float]]] = {}
    for fit in found.facts.fits:
        value = getattr(fit, quantity)
        if fit.part is part and fit.observed == observed and np.isfinite(value):
            table.setdefault((fit.depth, fit.lr), {}).setdefault(fit.init, []).append(value)
    return [
        Course(
            depth,
            lr,
            tuple(sorted(by_init)),
            spread_of([by_init[init] for init in sorted(by_init)], quantity),
        )
        for (depth, lr), by_init in sorted(table.items(), key=lambda item: (item[0][0], -item[0][1]))
    ]


def levels(found: Factored, part: Part, observed: int, quantity: str) -> dict[str, tuple[float, int]]:
    """Return the least nuclear norm's mean and the matrices' own, and of how many problems."""
    least = [
        getattr(each, quantity)
        for each in found.facts.least
        if each.part is part and each.observed == observed
    ]
    truth = [getattr(each, quantity) for each in found.facts.truths if quantity != "error"]
    both = {"least nuclear norm": least, "the matrix": truth}
    return {
        name: (float(spread_of([values], quantity).mean[0]), len(values))
        for name, values in both.items()
        if values
    }


def spread_of(values: Sequence[Sequence[float]], quantity: str) -> Spread:
    """Return means, of errors geometric ones, with their range over problems."""
    if quantity != "error":
        return Spread.of(values)
    logs = Spread.of([np.log(np.maximum(each, np.finfo(float).tiny)).tolist() for each in values])
    return Spread(np.exp(logs.mean), np.exp(logs.low), np.exp(logs.high), logs.runs)


def _has(part: Part) -> Callable[[Any], bool]:
    return lambda params: part in params.parts


def _share(found: Factored, observed: int) -> str:
    return f"{observed:,} of {found.params.size**2:,}"


def _inits(found: Factored) -> dict[str, Any]:
    return {
        "title": {"text": "initialization, ‖W(0)‖"},
        "type": "log",
        "exponentformat": "power",
        "tickvals": sorted(found.params.inits),
    }


def _axis(quantity: str, title: str) -> dict[str, Any]:
    shape = {"type": "log", "exponentformat": "power"} if quantity == "error" else {}
    return {"title": {"text": title, "standoff": 4}, **shape}


def _drawn_course(course: Course, lr: bool, **place: Any) -> list[Any]:
    """Return the band and the curve of a depth; `lr` says whether learning rates are told apart."""
    look = colored(course.depth)
    name = f"depth {course.depth}"
    if lr:
        name += f", rate {course.lr:g}"
    line = go.Scatter(
        x=course.inits,
        y=course.spread.mean,
        name=name,
        mode="lines+markers",
        customdata=course.spread.table,
        meta={"columns": COLUMNS},
        hovertemplate=f"{name}<br>start %{{x}}: %{{y:.3g}}<extra></extra>",
        legendgroup=name,
        **look,
        **place,
    )
    bands = course.spread.bands(course.inits, look["line"]["color"], name)
    for band in bands:
        band.update(xaxis=place["xaxis"], yaxis=place["yaxis"])
    return [*bands, line]


def _published(found: Factored, part: Part, observed: int, quantity: str, **place: Any) -> list[Any]:
    """Return the paper's curves of a panel, as open marks; none where the setting is another."""
    known = row(found.params, part, observed)
    if known is None:
        return []
    traces = []
    for (of, depth), course in known.courses.items():
        if of == quantity and depth in found.params.depths:
            look = colored(depth)
            mark = look["marker"]["symbol"] + "-open"
            traces.append(
                go.Scatter(
                    x=course.inits,
                    y=course.values,
                    name=f"paper, depth {depth}",
                    legendgroup=f"paper {depth}",
                    mode="lines+markers",
                    line={"color": look["line"]["color"], "width": 1, "dash": "dot"},
                    marker={"symbol": mark, "size": 10},
                    hovertemplate=f"paper, depth {depth}<br>start %{{x}}: %{{y:.3g}}<extra></extra>",
                    **place,
                )
            )
    for name, at, color in (("least norm", known.least, LEAST), ("matrix", known.truth, TRUTH)):
        if quantity in at:
            traces.append(_level(f"paper, {name}", found, at[quantity], color, "dot", **place))
    return traces


def _level(name: str, found: Factored, value: float, color: str, dash: str, **place: Any) -> go.Scatter:
    ends = [min(found.params.inits), max(found.params.inits)]
    return go.Scatter(
        x=ends,
        y=[value, value],
        name=name,
        legendgroup=name,
        mode="lines",
        line={"color": color, "width": 2 if dash == "dash" else 1.2, "dash": dash},
        hovertemplate=f"{name}: %{{y:.4g}}<extra></extra>",
        **place,
    )


def _in_legend_once(traces: Sequence[Any]) -> Sequence[Any]:
    seen: set[str] = set()
    for trace in traces:
        if trace.showlegend is not False:
            trace.showlegend = trace.name not in seen
            seen.add(trace.name)
    return traces


def _overview(part: Part) -> Figure:
    def recovery(found: Factored) -> go.Figure | None:
        """Draw error, nuclear norm and effective rank over initializations, a row for each observed count."""
        rows = [count for count in found.params.counts() if courses(found, part, count, "error")]
        if not rows:
            return None
        panels = Panels(
            [f"<b>{name}</b>" for name in QUANTITIES.values()],
            height=150 + 250 * len(rows),
            heights=[1.0] * len(rows),
            gap=0.08,
            row_gap=0.07,
            least_px=260,
        )
        y = [
            [_axis(q, f"{_share(found, count)} {ENTRIES[part]}" if q == "error" else "") for q in QUANTITIES]
            for count in rows
        ]
        layout = panels.layout([_inits(found)], y)
        traces: list[Any] = []
        for at, count in enumerate(rows):
            for column, quantity in enumerate(QUANTITIES):
                place = panels.at(at, column)
                for course in courses(found, part, count, quantity):
                    if course.lr == found.params.learning_rates[0]:
                        traces += _drawn_course(course, lr=False, **place)
                for name, (value, _) in levels(found, part, count, quantity).items():
                    color = LEAST if name.startswith("least") else TRUTH
                    traces.append(_level(name, found, value, color, "dash", **place))
                traces += _published(found, part, count, quantity, **place)
        counts = [int(n) for c in courses(found, part, rows[0], "error") for n in c.spread.runs]
        drawn = blank(
            f"What is found from {ENTRIES[part]} · {runs_told(counts, 'bands')}", f"recovery-{part}", **layout
        )
        drawn.add_traces(_in_legend_once(traces))
        summarize(drawn, _told(found, part, rows[0]))
        return drawn

    recovery.__name__ = f"recovery_{part}"
    return figure(
        f"What depth finds from {ENTRIES[part]}",
        f"Layout of {NUMBERS[part][1]}: error, nuclear norm and effective rank of the matrix found, over how"
        " small the start was, with a row for each number observed. Dashed: the matrix of least nuclear norm"
        " that agrees with the observations, and the matrix to be found. Dotted with open marks: read off the"
        " paper's figure, for its own matrices, where the size is the paper's. Errors are geometric means.",
        section=SECTIONS[part],
        of=_has(part),
    )(recovery)


def _rates(part: Part) -> Figure:
    def errors(found: Factored) -> go.Figure | None:
        """Draw errors over initializations for every learning rate, a column for each depth."""
        rows = [count for count in found.params.counts() if courses(found, part, count, "error")]
        if not rows:
            return None
        depths = sorted({course.depth for count in rows for course in courses(found, part, count, "error")})
        panels = Panels(
            [f"<b>depth {depth}</b>" for depth in depths],
            height=150 + 220 * len(rows),
            heights=[1.0] * len(rows),
            row_gap=0.07,
            least_px=220,
        )
        y = [[_axis("error", f"error, {_share(found, count)}")] for count in rows]
        several = len(found.params.learning_rates) > 1
        traces: list[Any] = []
        for at, count in enumerate(rows):
            for course in courses(found, part, count, "error"):
                place = panels.at(at, depths.index(course.depth))
                drawn = _drawn_course(course, several, **place)
                if course.lr != found.params.learning_rates[0]:
                    drawn[-1].line.dash = "dash"
                traces += drawn
            for depth in depths:
                place = panels.at(at, depths.index(depth))
                traces += [
                    trace
                    for trace in _published(found, part, count, "error", **place)
                    if trace.name == f"paper, depth {depth}"
                ]
        figure_ = blank(
            f"Error over initialization · {ENTRIES[part]}",
            f"errors-{part}",
            **panels.layout([_inits(found)], y),
        )
        figure_.add_traces(_in_legend_once(traces))
        summarize(figure_, _told(found, part, rows[0]))
        return figure_

    errors.__name__ = f"errors_{part}"
    return figure(
        f"Error over the initialization, from {ENTRIES[part]}",
        f"Layout of {NUMBERS[part][0]}: mean squared error over all entries over the norm of the product at"
        " the start, a column for each depth and a row for each number of observations; a dashed curve is a"
        " second learning rate. Deep products do not care how small the start was, depth 2 does.",
        section=SECTIONS[part],
        of=_has(part),
    )(errors)


def _told(found: Factored, part: Part, observed: int) -> str:
    drawn = [
        course
        for course in courses(found, part, observed, "error")
        if course.lr == found.params.learning_rates[0]
    ]
    said = "; ".join(
        f"depth {course.depth}: {course.spread.mean[0]:.1e} from {course.inits[0]:g},"
        f" {course.spread.mean[-1]:.1e} from {course.inits[-1]:g}"
        for course in drawn
    )
    least = levels(found, part, observed, "error").get("least nuclear norm")
    beside = f" The least nuclear norm has {least[0]:.1e}." if least else ""
    return f"Mean errors with {_share(found, observed)} {ENTRIES[part]}: {said}.{beside}"


def preview(found: Factored) -> dict[str, Any] | None:
    """Return errors over initializations as decimal logarithms, for the card."""
    for part in (Part.COMPLETION, Part.SENSING):
        known: Mapping[int, Course] = {
            course.depth: course for course in courses(found, part, found.params.counts()[0], "error")
        }
        if known:
            lines = [
                {
                    "name": f"depth {depth}",
                    "color": colored(depth)["line"]["color"],
                    "x": np.log10(course.inits).tolist(),
                    "y": np.log10(course.spread.mean).tolist(),
                }
                for depth, course in known.items()
            ]
            return {
                "kind": "lines",
                "x_title": "log10 of the initialization",
                "y_title": "log10 of the error",
                "lines": lines,
            }
    return None


COMPLETION: tuple[Figure, ...] = (_overview(Part.COMPLETION), _rates(Part.COMPLETION))
SENSING: tuple[Figure, ...] = (_overview(Part.SENSING), _rates(Part.SENSING))
