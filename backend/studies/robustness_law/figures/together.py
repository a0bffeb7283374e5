"""Memorization, compression and smoothness on the same networks, and which of them go together."""

from collections.abc import Callable, Mapping
from itertools import combinations
from typing import Any

import numpy as np
import plotly.graph_objects as go

from backend.figures.curves import short_log_axis
from backend.figures.panels import Panels
from backend.figures.style import COLORS, SERIES, SYMBOLS, blank, summarize
from backend.studies.kit.figures import Figure, figure
from backend.studies.robustness_law.correlations import DEPENDENT, FEWEST, QUANTITIES, between, residuals
from backend.studies.robustness_law.facts import Joint
from backend.studies.robustness_law.found import Lawful
from backend.studies.robustness_law.numbers import grouped
from backend.studies.robustness_law.params import TOGETHER_FLIPS, TOGETHER_INPUTS, Part, has

SECTION = "Memorization, compression and smoothness on the same networks"
OF = has(Part.TOGETHER)
MEASURES: Mapping[str, Callable[[Joint], float]] = {
    "memorized share": lambda joint: joint.memorized,
    "I(X;T) of the output, bits": lambda joint: joint.input_bits[-1],
    "largest gradient": lambda joint: joint.slope,
    "error, unseen patterns": lambda joint: joint.unseen_error,
}
LAYERS = ("first layer", "second", "third", "output")
EQUAL, ALL = COLORS["memorization"], COLORS["heldout_accuracy"]


@figure(
    "Three papers' measures of the same networks",
    f"All patterns of {TOGETHER_INPUTS} binary inputs, labeled by the sign of a quadratic form;"
    f" {TOGETHER_FLIPS:.0%} of the labels trained on are flipped. Memorized (Feldman): flipped labels that a"
    " network gives, less what it gives of them unseen. Bits (Tishby): what the output keeps of the input, of"
    f" at most {TOGETHER_INPUTS}. Gradient (Bubeck): the largest at fresh points. Dots are networks, lines"
    " their means.",
    section=SECTION,
    of=OF,
)
def three_measures(found: Lawful) -> go.Figure | None:
    joints = found.facts.joints
    if not joints:
        return None
    panels = Panels(list(MEASURES), height=380, least_px=210, gap=0.06)
    share = {"title": {"text": "share of the patterns"}, "tickformat": ".0%", "rangemode": "tozero"}
    percent, plain = {"tickformat": ".0%", "rangemode": "tozero"}, {"rangemode": "tozero"}
    drawn = blank(
        f"{len(joints)} networks over the share of data",
        "three-measures",
        **panels.layout([share], [[percent, plain, short_log_axis(), percent]]),
    )
    for place, (width, same) in enumerate(grouped(joints, lambda joint: joint.width).items()):
        look: dict[str, Any] = {
            "color": SERIES[place % len(SERIES)],
            "symbol": SYMBOLS[place % len(SYMBOLS)],
        }
        by = grouped(same, lambda joint: joint.fraction)
        for column, value in enumerate(MEASURES.values()):
            name, where = f"width {width}", panels.at(0, column)
            first = {"legendgroup": name, "showlegend": column == 0}
            drawn.add_scatter(
                x=list(by),
                y=[np.mean([value(joint) for joint in nets]) for nets in by.values()],
                name=name,
                mode="lines+markers",
                line={"color": look["color"]},
                marker={"symbol": look["symbol"], "size": 7},
                **first,
                **where,
            )
            drawn.add_scatter(
                x=[joint.fraction for joint in same],
                y=[value(joint) for joint in same],
                name=f"{name}, each",
                mode="markers",
                marker={"color": look["color"], "size": 4, "opacity": 0.5},
                legendgroup=name,
                showlegend=False,
                **where,
            )
    memorized = [joint.memorized for joint in joints]
    summarize(
        drawn,
        f"Networks memorize {min(memorized):.0%} to {max(memorized):.0%} of the flipped labels, their outputs"
        f" keep {min(joint.input_bits[-1] for joint in joints):.1f} to"
        f" {max(joint.input_bits[-1] for joint in joints):.1f} bits, and gradients reach"
        f" {min(joint.slope for joint in joints):.0f} to {max(joint.slope for joint in joints):.0f}.",
    )
    return drawn


@figure(
    "Bits of the input by layer",
    "Bars are means in the end, whiskers reach to the highest on the way: what lies between was compressed. A"
    " wide layer tells all patterns apart, whatever else happens; compression shows in narrow ones and at the"
    " output.",
    section=SECTION,
    of=OF,
)
def bits_by_layer(found: Lawful) -> go.Figure | None:
    joints = found.facts.joints
    if not joints:
        return None
    widths = grouped(joints, lambda joint: joint.width)
    panels = Panels([f"width {width}" for width in widths], height=340, least_px=200)
    drawn = blank(
        "I(X;T) by layer",
        "bits-by-layer",
        **panels.layout(
            [{"type": "category"}], [[{"title": {"text": "bits"}, "range": [0, TOGETHER_INPUTS + 0.3]}]]
        ),
        barmode="group",
    )
    fractions = sorted({joint.fraction for joint in joints})
    for column, same in enumerate(widths.values()):
        for place, fraction in enumerate(fractions):
            nets = [joint for joint in same if joint.fraction == fraction]
            if not nets:
                continue
            name = f"{fraction:.0%} of the patterns"
            ends, peaks = (
                np.mean([getattr(joint, which) for joint in nets], axis=0)
                for which in ("input_bits", "peak_bits")
            )
            drawn.add_bar(
                x=LAYERS,
                y=ends,
                name=name,
                legendgroup=name,
                offsetgroup=name,
                showlegend=column == 0,
                marker={"color": SERIES[place % len(SERIES)]},
                error_y={
                    "type": "data",
                    "symmetric": False,
                    "array": peaks - ends,
                    "arrayminus": [0] * len(ends),
                    "thickness": 1.2,
                },
                customdata=peaks[:, None],
                meta={"columns": ["highest"]},
                **panels.at(0, column),
            )
    falls = [joint.peak_bits[-1] - joint.input_bits[-1] for joint in joints]
    summarize(drawn, f"The output falls by {np.mean(falls):.1f} bits from its highest, on average.")
    return drawn


@figure(
    "What goes together",
    "Rank correlations of each two quantities, with 95 % intervals. Light: over all networks, where share of"
    " data and width move everything at once. Strong: among networks of the same share and width, which"
    " differ by chance alone. Only what stays away from 0 there goes together by itself.",
    section=SECTION,
    of=OF,
    lacking="Not enough networks of one kind yet",
)
def goes_together(found: Lawful) -> go.Figure | None:
    pairs = correlations(found.facts.joints)
    if not pairs:
        return None
    names = list(pairs)
    rows = list(range(len(names)))
    drawn = blank(
        f"Rank correlations over {len(found.facts.joints)} networks",
        "goes-together",
        height=130 + 34 * len(names),
        margin={"l": 260, "r": 16, "t": 64, "b": 48},
        meta={"least_width": 620},
        xaxis={"range": [-1.05, 1.05], "title": {"text": "rank correlation"}, "zeroline": True},
        yaxis={"tickvals": rows, "ticktext": names, "range": [len(names) - 0.5, -0.5]},
    )
    for place, (name, color) in enumerate((("all networks", ALL), ("equal share and width", EQUAL))):
        found_here = [pair[place] for pair in pairs.values()]
        drawn.add_scatter(
            x=[one.value for one in found_here],
            y=[row + 0.3 * place - 0.15 for row in rows],
            name=name,
            mode="markers",
            marker={"color": color, "size": 9, "symbol": SYMBOLS[place]},
            customdata=[
                [name.replace("<br>", " and "), one.low, one.high]
                for name, one in zip(names, found_here, strict=True)
            ],
            meta={"columns": ["quantities", "low", "high"]},
            hovertemplate="%{customdata[0]}: %{x:.2f}",
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [one.high - one.value for one in found_here],
                "arrayminus": [one.value - one.low for one in found_here],
                "thickness": 1.5,
            },
        )
    sure = [name for name, (_, one) in pairs.items() if one.low > 0 or one.high < 0]
    told = "; ".join(f"{name.replace('<br>', ' and ')}: {pairs[name][1].value:+.2f}" for name in sure)
    summarize(drawn, f"Among equal networks these go together: {told or 'none'}.")
    return drawn


def correlations(joints: tuple[Joint, ...]) -> dict[str, tuple[Any, Any]]:
    """Return for each two quantities their correlation over all, and among equal networks; {} of too few."""
    left = residuals(joints)
    if left is None or left.free < FEWEST:
        return {}
    found = {}
    for one, other in combinations(QUANTITIES, 2):
        if {one, other} in DEPENDENT:
            continue
        if min(np.ptp(left.values[name]) for name in (one, other)) == 0:
            continue
        found[f"{QUANTITIES[one]}<br>{QUANTITIES[other]}"] = (
            between(joints, one, other, equal=False),
            between(joints, one, other, equal=True),
        )
    return found


FIGURES: tuple[Figure, ...] = (three_measures, bits_by_layer, goes_together)
