"""The bridge to the main study: memorization scores of examples whose labels were corrupted or not."""

from itertools import pairwise

import numpy as np
import plotly.graph_objects as go

from backend.figures.panels import Panels
from backend.figures.style import COLORS, NEUTRAL, blank, nothing, summarize
from backend.studies.kit.figures import Figure, figure
from backend.studies.randomization.facts import Bridge, RandomizationFacts
from backend.studies.randomization.found import Randomized
from backend.studies.randomization.params import Part, has

SECTION = "The bridge to memorization"


@figure(
    "Memorization scores of clean and changed labels",
    "Histograms of the scores of the same examples, one for each share p of labels drawn at random. An"
    " example scores high if networks get its label right only when they were trained on it.",
    section=SECTION,
    of=has(Part.MEMORIZATION),
)
def bridge(evidence: Randomized) -> go.Figure | None:
    """Draw a histogram of scores for each corruption, changed labels on top of clean ones."""
    facts = evidence.facts
    bridges = _ordered(facts)
    if not bridges:
        return None
    panels = Panels([_heading(found) for found in bridges], height=360, least_px=200)
    layout = panels.layout(
        [{"title": {"text": "memorization score"}, "range": [_lowest(bridges), 1.03]}],
        [[{"title": {"text": "share of examples"}, "tickformat": ".0%"}]],
    )
    drawn = blank(
        f"Memorization scores of {bridges[0].n:,} examples by corruption · {_models(bridges)} models each",
        "bridge",
        barmode="stack",
        **layout,
    )
    for column, found in enumerate(bridges):
        drawn.add_traces(_bars(found, panels.at(0, column), legend=column == 0))
    summarize(
        drawn,
        "Mean memorization score by share of labels drawn at random: "
        + ", ".join(f"{found.mean:.2f} at p = {found.corruption:g}" for found in bridges)
        + f", of {bridges[0].n:,} examples.",
    )
    return drawn


@figure(
    "Changed labels among the highest scores",
    "Found: share of the changed labels among as many examples with the highest scores; dotted is what"
    " guessing would find. AUROC: how often a changed label scores above a clean one, 0.5 by guessing."
    " At p = 1 clean labels are those that were drawn again by chance: nothing tells them apart.",
    section=SECTION,
    of=has(Part.MEMORIZATION),
)
def bridge_found(evidence: Randomized) -> go.Figure:
    """Draw the share of changed labels that the highest scores find, and AUROC, over the corruption."""
    facts = evidence.facts
    bridges = [found for found in _ordered(facts) if found.changed]
    if not bridges:
        return nothing("No results with changed labels yet")
    p = [found.corruption for found in bridges]
    drawn = blank(
        f"Changed labels among the highest scores · {_models(bridges)} models each",
        "bridge-found",
        xaxis={"title": {"text": "p, share of labels drawn at random"}, "range": [-0.04, 1.04], "dtick": 0.2},
        yaxis={"title": {"text": "share found, AUROC"}, "range": [-0.03, 1.03]},
    )
    shares = [found.found / found.changed for found in bridges]
    known = [found for found in bridges if found.auroc is not None]
    drawn.add_traces(
        [
            go.Scatter(
                x=p,
                y=shares,
                customdata=[[found.found, found.changed, found.n] for found in bridges],
                meta={"columns": ["found", "changed", "examples"]},
                mode="lines+markers",
                name="found",
                line={"color": COLORS["flipped"], "width": 2},
                marker={"symbol": "circle", "size": 9},
                hovertemplate="p = %{x}: %{customdata[0]:,} of %{customdata[1]:,} found<extra></extra>",
            ),
            go.Scatter(
                x=[found.corruption for found in known],
                y=[found.auroc for found in known],
                mode="lines+markers",
                name="AUROC",
                line={"color": COLORS["memorization"], "width": 2},
                marker={"symbol": "diamond", "size": 9},
                hovertemplate="p = %{x}: AUROC %{y:.3f}<extra></extra>",
            ),
            go.Scatter(
                x=p,
                y=[found.changed / found.n for found in bridges],
                mode="lines",
                name="found by guessing",
                line={"color": NEUTRAL, "width": 1.5, "dash": "dot"},
                hovertemplate="p = %{x}: %{y:.1%} by guessing<extra></extra>",
            ),
        ]
    )
    said = "; ".join(
        f"p = {found.corruption:g}: {found.found:,} of {found.changed:,} ({share:.1%})"
        + ("" if found.auroc is None else f", AUROC {found.auroc:.3f}")
        for found, share in zip(bridges, shares, strict=True)
    )
    summarize(drawn, f"Changed labels found among as many highest scores, {said}.")
    return drawn


def _ordered(facts: RandomizationFacts) -> list[Bridge]:
    return sorted(facts.bridges, key=lambda found: found.corruption)


def _heading(found: Bridge) -> str:
    auroc = "" if found.auroc is None else f", AUROC {found.auroc:.2f}"
    return f"<b>p = {found.corruption:g}</b><br>mean {found.mean:.2f}{auroc}"


def _lowest(bridges: list[Bridge]) -> float:
    return min(-0.05, *(float(found.edges[0]) - 0.03 for found in bridges))


def _models(bridges: list[Bridge]) -> str:
    known = sorted({found.models for found in bridges})
    return " to ".join(f"{count:,}" for count in dict.fromkeys((known[0], known[-1])))


def _bars(found: Bridge, axes: dict[str, str], *, legend: bool) -> list[go.Bar]:
    edges = np.array(found.edges)
    bounds = [f"score {low:.2f} to {high:.2f}" for low, high in pairwise(found.edges)]
    return [
        go.Bar(
            x=np.round((edges[:-1] + edges[1:]) / 2, 9),
            y=np.array(counts) / max(found.n, 1),
            width=np.diff(edges) * 0.94,
            hovertext=bounds,
            hovertemplate=f"%{{hovertext}}<br>%{{y:.1%}}<extra>{name}</extra>",
            name=name,
            legendgroup=name,
            showlegend=legend,
            marker={"color": COLORS[role]},
            **axes,
        )
        for name, role, counts in (
            ("clean labels", "memorization", found.clean),
            ("changed labels", "flipped", found.corrupted),
        )
    ]


FIGURES: tuple[Figure, ...] = (
    bridge,
    bridge_found,
)
