"""Random labels: the largest gradient over sqrt(n / k), its lines, its bounds, its power (Fig. 2)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from backend.figures.curves import line, short_log_axis
from backend.figures.panels import Panels
from backend.figures.style import COLORS, NEUTRAL, SERIES, SYMBOLS, blank, faded, summarize
from backend.studies.kit.figures import Figure, figure
from backend.studies.robustness_law.facts import Kind, Net
from backend.studies.robustness_law.found import Lawful
from backend.studies.robustness_law.numbers import (
    EXPLAINED,
    JUDGED,
    SHARE,
    SLOPES,
    Line,
    cells,
    grouped,
    pooled,
    roomy,
)
from backend.studies.robustness_law.params import Data, Part, has
from backend.theory.robustness import parameters

SECTION = "Random labels: do more weights fit more smoothly?"
OF = has(Part.LAW)
RATIO = "√(n / k)"
STEEPEST = "maximum random gradient"
SLOPE, BOUND, LAW = COLORS["memorization"], COLORS["heldout_accuracy"], COLORS["in_accuracy"]
# d / n, in bands of at most so much; the color tells the band.
BANDS = ((0.125, "d ≤ n/8"), (0.25, "d ≤ n/4"), (0.5, "d ≤ n/2"), (1.0, "d ≤ n"))
COLUMNS = ["n", "d", "k", "p", "network", "steps", "upper bound"]


def counted(nets: Sequence[Net]) -> str:
    """Say how many networks fit, and how many were rejected."""
    fitted = sum(net.fitted for net in nets)
    return f"{fitted} networks fit, {len(nets) - fitted} rejected"


def dots(name: str, nets: Sequence[Net], **marker: Any) -> go.Scatter:
    """Return networks over sqrt(n / k), each with its numbers."""
    return go.Scatter(
        x=[net.ratio for net in nets],
        y=[net.slope for net in nets],
        name=name,
        mode="markers",
        marker={"size": 6} | marker,
        customdata=[
            [net.n, net.d, net.k, parameters(net.k, net.d), net.run, net.steps, net.bound] for net in nets
        ],
        meta={"columns": COLUMNS},
        hovertemplate="%{y:.2f} at n = %{customdata[0]}, d = %{customdata[1]}, k = %{customdata[2]}"
        "<extra></extra>",
    )


def drawn_line(name: str, of: Line, nets: Sequence[Net], color: str, **more: Any) -> go.Scatter:
    """Return a fitted line from the least to the largest sqrt(n / k) of the networks."""
    ratios = [net.ratio for net in nets]
    x = np.array([min(ratios), max(ratios)])
    return line(name, x, of.start + of.slope * x, color, **more)


@figure(
    "The gradient of networks that fit random labels (Fig. 2)",
    "Each dot is a network of k hidden units that fits n random labels in d dimensions. To the right there"
    " are fewer units: the fit gets steeper, along a line. The dashed line is through all with d ≤ n/4;"
    " crosses were rejected, as they did not fit. Hollow ones have fewer weights than examples and enter no"
    " line.",
    section=SECTION,
    of=OF,
)
def law_scatter(found: Lawful) -> go.Figure | None:
    nets = found.facts.of(Data.LAW)
    if not nets:
        return None
    drawn = blank(
        f"Gradients over {RATIO} · {counted(nets)}",
        "law",
        height=480,
        xaxis={"title": {"text": RATIO}, "rangemode": "tozero"},
        yaxis={"title": {"text": STEEPEST}, "rangemode": "tozero"},
    )
    fitted = [net for net in nets if net.fitted]
    enough = roomy(fitted)
    for place, (most, name) in enumerate(BANDS):
        least = BANDS[place - 1][0] if place else 0
        band = [net for net in enough if least < net.d / net.n <= most]
        if band:
            drawn.add_trace(dots(name, band, color=SERIES[place], symbol=SYMBOLS[place]))
    if few := [net for net in fitted if net not in enough]:
        drawn.add_trace(dots("fewer weights than examples", few, color=NEUTRAL, symbol="circle-open"))
    if lost := [net for net in nets if not net.fitted]:
        drawn.add_trace(dots("rejected", lost, color=NEUTRAL, symbol="x"))
    said = ""
    together = pooled(fitted)
    if len({net.ratio for net in together}) > 1:
        one = Line.of(together)
        drawn.add_trace(drawn_line(f"line, d ≤ {SHARE:g} n", one, together, LAW, dash="dash"))
        said = f" With d ≤ n/4: {one.start:.2f} + {one.slope:.2f} {RATIO}, R² = {one.explained:.2f}."
    x = np.array([0, max(net.ratio for net in nets)])
    drawn.add_trace(line(f"1 · {RATIO}", x, x, NEUTRAL, dash="dot", hoverinfo="skip"))
    summarize(drawn, f"{counted(nets)}.{said} The least is {_least(fitted)}.")
    return drawn


def _least(fitted: Sequence[Net]) -> str:
    if not fitted:
        return "not known"
    return f"{min(net.slope / net.ratio for net in fitted):.2f} times {RATIO}"


@figure(
    "The line at each n and d",
    "One line through the networks of each size. Slopes are alike; starts rise with d. The more sizes are"
    " pooled, the less one line explains. Bars are 95 % intervals, the gray band is what the claim asks for.",
    section=SECTION,
    of=OF,
)
def law_lines(found: Lawful) -> go.Figure | None:
    fits = lines(found)
    if not fits:
        return None
    panels = Panels(["start", "slope", "R²"], height=120 + 26 * len(fits), gap=0.04, least_px=170)
    names = list(fits)
    category = {"type": "category", "categoryarray": names[::-1], "range": [-0.5, len(names) - 0.5]}
    drawn = blank(
        "Lines at each n and d",
        "law-lines",
        **panels.layout(
            [{"rangemode": "tozero"}, {"rangemode": "tozero"}, {"range": [0, 1.02]}],
            [[category]],
        )
        | {"margin": {"l": 150, "r": 16, "t": 64, "b": 40}},
        showlegend=False,
        shapes=[_asked("x2", *SLOPES), _asked("x3", EXPLAINED, 1)],
    )
    values: Sequence[tuple[str, list[float], list[tuple[float, float]] | None]] = (
        ("start", [fit.start for fit in fits.values()], None),
        ("slope", [fit.slope for fit in fits.values()], [fit.slope_limits for fit in fits.values()]),
        ("R²", [fit.explained for fit in fits.values()], [fit.explained_limits for fit in fits.values()]),
    )
    for column, (name, value, limits) in enumerate(values):
        drawn.add_scatter(
            x=value,
            y=names,
            name=name,
            mode="markers",
            marker={"color": SLOPE, "size": 8},
            error_x=None if limits is None else _bars(value, limits),
            **panels.at(0, column),
        )
    steepest = max(fits.items(), key=lambda item: item[1].slope)
    summarize(
        drawn,
        f"Slopes lie between {min(fit.slope for fit in fits.values()):.2f} and {steepest[1].slope:.2f},"
        f" starts between {min(fit.start for fit in fits.values()):.1f} and"
        f" {max(fit.start for fit in fits.values()):.1f}.",
    )
    return drawn


def _asked(axis: str, low: float, high: float) -> dict[str, Any]:
    """Return the band of values that the claim about one size asks for."""
    return {
        "type": "rect",
        "layer": "below",
        "xref": axis,
        "yref": "paper",
        "x0": low,
        "x1": high,
        "y0": 0,
        "y1": 1,
        "fillcolor": faded(NEUTRAL),
        "line": {"width": 0},
    }


def lines(found: Lawful) -> dict[str, Line]:
    """Return the line of each n and d with networks of two widths, and those of several sizes together."""
    fitted = found.facts.fitted(Data.LAW)
    groups = {f"n = {n}, d = {d}": roomy(nets) for (n, d), nets in cells(fitted).items()}
    groups |= {"all with d ≤ n/4": pooled(fitted), "all": roomy(fitted)}
    return {name: Line.of(nets) for name, nets in groups.items() if len({net.ratio for net in nets}) > 1}


def _bars(values: Sequence[float], limits: Sequence[tuple[float, float]]) -> dict[str, Any]:
    return {
        "type": "data",
        "symmetric": False,
        "array": [high - value for value, (_, high) in zip(values, limits, strict=True)],
        "arrayminus": [value - low for value, (low, _) in zip(values, limits, strict=True)],
        "thickness": 1,
    }


@figure(
    "Between which bounds the Lipschitz constant lies",
    "The gradient at any point is a lower bound of the Lipschitz constant, and |a| ‖W‖ an upper one, batch"
    f" norm folded into W. Networks at n = {JUDGED[0]}, d = {JUDGED[1]}, or the first size there is. Theorem"
    " 5 bounds the upper one from below by √(n/k); the conjecture says that of the constant itself.",
    section=SECTION,
    of=OF,
)
def law_bounds(found: Lawful) -> go.Figure | None:
    sizes = cells(found.facts.fitted(Data.LAW))
    if not sizes:
        return None
    (n, d), nets = (JUDGED, sizes[JUDGED]) if JUDGED in sizes else next(iter(sizes.items()))
    drawn = blank(
        f"Bounds of the Lipschitz constant · n = {n}, d = {d}, {len(nets)} networks",
        "law-bounds",
        xaxis={"title": {"text": RATIO}, "rangemode": "tozero"},
        yaxis={"title": {"text": "Lipschitz constant"}, "rangemode": "tozero"},
    )
    between = go.Scatter(
        x=[value for net in nets for value in (net.ratio, net.ratio, None)],
        y=[value for net in nets for value in (net.slope, net.bound, None)],
        mode="lines",
        line={"color": NEUTRAL, "width": 1},
        hoverinfo="skip",
        showlegend=False,
    )
    above = dots("upper bound |a| ‖W‖", nets, color=BOUND, symbol="triangle-down").update(
        y=[net.bound for net in nets]
    )
    drawn.add_traces([between, above, dots(STEEPEST, nets, color=SLOPE, symbol="triangle-up")])
    x = np.array([0, max(net.ratio for net in nets)])
    drawn.add_trace(line(RATIO, x, x, LAW, dash="dot"))
    wide = np.mean([net.bound / net.slope for net in nets])
    summarize(drawn, f"The upper bound is {wide:.1f} times the lower one on average.")
    return drawn


@figure(
    "Why logarithms do not show the law",
    "A power law is a straight line here. The quadratic construction starts at 0 and has the slope 1/2 over"
    " n/k. Trained networks follow a line that starts far above 0: it bends, and its slope looks much smaller"
    " although √(n/k) is in it. Dots are means.",
    section=SECTION,
    of=lambda params: {Part.LAW, Part.CONSTRUCTIONS} <= set(params.parts),
)
def law_in_logs(found: Lawful) -> go.Figure | None:
    nets = roomy(cells(found.facts.fitted(Data.LAW)).get(JUDGED, []))
    built = [one for one in found.facts.constructions if one.kind is Kind.QUADRATIC]
    if len({net.k for net in nets}) < 2 or not built:
        return None
    drawn = blank(
        "The same on logarithmic axes",
        "law-in-logs",
        xaxis=short_log_axis("n / k"),
        yaxis=short_log_axis("Lipschitz constant or gradient"),
    )
    means = grouped(nets, lambda net: net.n / net.k)
    drawn.add_scatter(
        x=list(means),
        y=[np.mean([net.slope for net in same]) for same in means.values()],
        name="trained",
        mode="markers",
        marker={"color": SLOPE, "size": 9},
    )
    one, x = Line.of(nets), np.geomspace(min(means), max(means), 40)
    drawn.add_trace(
        line(f"{one.start:.1f} + {one.slope:.2f} √(n/k)", x, one.start + one.slope * np.sqrt(x), SLOPE)
    )
    known = grouped(built, lambda made: made.n / made.d)
    drawn.add_scatter(
        x=list(known),
        y=[np.mean([made.lipschitz for made in same]) for same in known.values()],
        name="quadratic, k = d",
        mode="markers",
        marker={"color": LAW, "size": 9, "symbol": "square"},
    )
    x = np.geomspace(min(known), max(known), 2)
    drawn.add_trace(line("4 √(n/k)", x, 4 * np.sqrt(x), LAW))
    power = Line.of_logs(nets).slope / 2
    summarize(
        drawn, f"Over n / k the exponent of trained networks is {power:.2f}, that of the construction 1/2."
    )
    return drawn


FIGURES: tuple[Figure, ...] = (law_scatter, law_lines, law_bounds, law_in_logs)
