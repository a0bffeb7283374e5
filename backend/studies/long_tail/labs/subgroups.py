"""The laboratory of subgroups: who pays when memorization is limited for all alike."""

from enum import StrEnum
from typing import Any

import plotly.graph_objects as go
from pydantic import Field

from backend.figures.style import blank, summarize
from backend.studies.kit.figures import figure
from backend.studies.kit.findings import Measurement, above, finding, not_run
from backend.studies.kit.found import Found
from backend.studies.kit.labs import Lab, LabParams
from backend.studies.long_tail.fields import Classes, Gamma, Samples
from backend.studies.long_tail.labs.look import BEST, EXCESS
from backend.theory.long_tail import Disparity, by_subgroup, error_when_limited
from backend.theory.priors import zipf


class Mixed(StrEnum):
    """Which two subgroups make up the population."""

    SMALLER = "smaller"
    HARDER = "harder"
    OWN = "own"


# Share, points and points of both groups, and the samples of all: the paper's two examples.
PAPER = {Mixed.SMALLER: (1 / 6, 5000, 5000, 60_000), Mixed.HARDER: (1 / 2, 5000, 25_000, 100_000)}
_OWN: dict[str, Any] = {"group": "Groups", "when": {"mixture": [Mixed.OWN.value]}}


class SubgroupsParams(LabParams):
    """Two groups without a point in common, and one limit for both."""

    mixture: Mixed = Field(
        Mixed.SMALLER,
        title="Groups",
        description="The second one is smaller, or has more points, or is as you say.",
        json_schema_extra={
            "group": "Groups",
            "labels": {
                Mixed.SMALLER: "a smaller group: 1/6 of the population",
                Mixed.HARDER: "a harder group: five times the points",
                Mixed.OWN: "groups of your own",
            },
        },
    )
    share: float = Field(
        0.1,
        ge=0.01,
        le=0.99,
        title="Share of the second group",
        description="Of the population, and so of the samples.",
        json_schema_extra={**_OWN, "step": 0.01},
    )
    first: int = Field(
        5000,
        ge=2,
        le=1_000_000,
        title="Points of the first group",
        description="Under Zipf's law.",
        json_schema_extra={**_OWN, "scale": "log"},
    )
    second: int = Field(
        5000,
        ge=2,
        le=1_000_000,
        title="Points of the second group",
        description="Under Zipf's law.",
        json_schema_extra={**_OWN, "scale": "log"},
    )
    exponent: float = Field(
        1.0,
        ge=0,
        le=3,
        title="Exponent s",
        description="Of both groups.",
        json_schema_extra={**_OWN, "step": 0.05},
    )
    samples: Samples = Field(60_000, json_schema_extra={**_OWN, "scale": "log"})
    classes: Classes = 10
    gamma: Gamma = 0.5

    @property
    def chosen(self) -> tuple[float, int, int, int]:
        """Share of the second group, points of both, and samples."""
        return PAPER.get(self.mixture, (self.share, self.first, self.second, self.samples))


Here = Found[SubgroupsParams, Disparity]


def disparity(params: SubgroupsParams) -> Disparity:
    """Compute what the limit does to each group."""
    share, first, second, n = params.chosen
    exponent = params.exponent if params.mixture is Mixed.OWN else 1.0
    groups = [(1 - share, zipf(first, exponent)), (share, zipf(second, exponent))]
    return by_subgroup(groups, n, params.classes, float(error_when_limited(params.classes, params.gamma)))


@figure(
    "Errors of both groups",
    "The error of each group under its own points: below, the smallest possible one, above, what a limit on"
    " memorization adds. The limit is the same for both, but a group of which little is seen has more points"
    " seen once, and pays more for it.",
)
def errors_of_groups(found: Here) -> go.Figure:
    facts, (share, first, second, n) = found.facts, found.params.chosen
    names = [
        f"{name}: {part:.0%}, {points:,} points"
        for name, part, points in (("first", 1 - share, first), ("second", share, second))
    ]
    drawn = blank(
        f"Errors of two groups · n = {n:,}, gamma = {found.params.gamma:g}",
        "groups",
        barmode="stack",
        xaxis={"type": "category"},
        yaxis={"title": {"text": "error"}, "rangemode": "tozero", "tickformat": ".1%"},
    )
    hover = "%{x}: %{y:.2%}<extra>%{fullData.name}</extra>"
    for name, values, color in (
        ("smallest possible", facts.opt, BEST),
        ("price of the limit", facts.cost, EXCESS),
    ):
        drawn.add_bar(x=names, y=values, name=name, marker={"color": color}, hovertemplate=hover)
    summarize(
        drawn,
        f"The limit costs the first group {facts.cost[0]:.2%} over {facts.opt[0]:.2%}, the second"
        f" {facts.cost[1]:.2%} over {facts.opt[1]:.2%}.",
    )
    return drawn


@finding(
    "The second group of the paper's examples pays more than twice as much.",
    "Feldman 2019, examples under Zipf's law",
    "more than twice as much",
    unit="price of the second over the first group",
    question="Does the second group pay more than twice as much?",
    rule="Holds if it pays above twice what the first does, differs if below. A closed form has no interval.",
)
def second_pays_more(found: Here) -> Measurement:
    if found.params.mixture is Mixed.OWN:
        return not_run("the paper says so of its own examples")
    first, second = map(float, found.facts.cost)
    if first == 0:
        return not_run("so mild a limit costs nothing")
    ratio = second / first
    return Measurement(above(2, ratio, ratio), ratio, answer=f"{ratio:.2f} times as much")


LAB = Lab(
    "subgroups",
    "Who pays?",
    "Two groups, one limit on memorization: the smaller or harder one loses more.",
    SubgroupsParams,
    disparity,
    (errors_of_groups,),
    (second_pays_more,),
)
