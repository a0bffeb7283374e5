"""The laboratory of two tails: as many singletons with a long tail as without, and what they are worth."""

from dataclasses import dataclass

import plotly.graph_objects as go
from pydantic import Field, ValidationInfo, field_validator
from scipy.optimize import brentq

from backend.figures.curves import line, log_axis
from backend.figures.panels import Panels
from backend.figures.style import COLORS, band, blank, summarize
from backend.studies.kit.figures import figure
from backend.studies.kit.findings import Measurement, above, finding
from backend.studies.kit.found import Found
from backend.studies.kit.labs import Lab, LabParams
from backend.studies.long_tail.fields import Classes, Samples
from backend.studies.long_tail.labs.look import BEST, EXCESS, rank_curve
from backend.theory.long_tail import cost, error_when_unfitted, expected_points, tau
from backend.theory.priors import Prior, bimodal, zipf

SHARES = (1e-4, 0.5)  # of singletons, within which two levels can have as many


class TailsParams(LabParams):
    """A long tail, and two levels that are to have as many singletons."""

    points: int = Field(
        50_000,
        ge=100,
        le=1_000_000,
        title="Points N",
        description="Of the long tail.",
        json_schema_extra={"group": "Long tail", "scale": "log"},
    )
    exponent: float = Field(
        1.0,
        ge=0.5,
        le=2,
        title="Exponent s",
        description="The i-th point has a frequency proportional to 1 / i^s.",
        json_schema_extra={"group": "Long tail", "step": 0.05},
    )
    samples: Samples = Field(50_000, ge=1000, validate_default=True)
    heavy: int = Field(
        20,
        ge=1,
        le=50,
        title="Frequent points",
        description="Of the two levels; how much mass they have follows from the singletons.",
        json_schema_extra={"group": "Two levels", "scale": "log"},
    )
    light: int = Field(
        1000,
        ge=10,
        le=1000,
        title="Rare points for each sample",
        description="Of the two levels: with 1,000 of them hardly any comes twice, with 10 a tail begins.",
        json_schema_extra={"group": "Two levels", "scale": "log"},
    )
    classes: Classes = 10

    @field_validator("samples")
    @classmethod
    def _has_singletons(cls, value: int, info: ValidationInfo) -> int:
        if {"points", "exponent"} <= info.data.keys():
            share = _singletons(zipf(info.data["points"], info.data["exponent"]), value)
            low, high = SHARES
            if not low <= share <= high:
                wanted = "more" if share > high else "fewer"
                raise ValueError(
                    f"{share:.2g} of the samples are of points seen once, {low:g} to {high:g} can be matched:"
                    f" take {wanted} samples"
                )
        return value


def _singletons(prior: Prior, n: int) -> float:
    return float(expected_points(prior, n, 1)) / n


def matched(share: float, n: int, heavy: int, light: int) -> Prior:
    """Return two levels, of which that share of n samples is of points seen once."""
    bounds = 1e-9, light / (heavy + light) * (1 - 1e-6)  # of the mass on rare points
    mass = brentq(lambda rare: _singletons(bimodal(heavy, light, 1 - rare), n) - share, *bounds, xtol=1e-14)
    return bimodal(heavy, light, 1 - mass)


@dataclass(frozen=True)
class Tails:
    """Of the long tail and of the two levels: the list, n tau_1, the share of singletons, and their price."""

    priors: tuple[Prior, Prior]
    worth: tuple[float, float]
    singletons: tuple[float, float]
    excess: tuple[float, float]


Here = Found[TailsParams, Tails]
NAMES = ("long tail", "two levels")


def tails(params: TailsParams) -> Tails:
    """Compute everything at one position of the sliders."""
    n = params.samples
    long = zipf(params.points, params.exponent)
    both = long, matched(_singletons(long, n), n, params.heavy, params.light * n)
    wrong = error_when_unfitted(params.classes)
    worth, singletons, excess = (
        (float(one), float(other))
        for one, other in (
            [n * tau(prior, n, 1) for prior in both],
            [_singletons(prior, n) for prior in both],
            [cost(prior, n, wrong) for prior in both],
        )
    )
    return Tails(both, worth, singletons, excess)


@figure(
    "Two lists of frequencies",
    "Frequency over rank of both lists. Shaded: points that n samples show about once, from 1/3n to 2/n. The"
    " two levels jump over the shade, the long tail goes through it.",
)
def two_lists(found: Here) -> go.Figure:
    facts, n = found.facts, found.params.samples
    drawn = blank(
        "A long tail and two levels",
        "two-lists",
        xaxis=log_axis("rank of the point"),
        yaxis=log_axis("frequency"),
    )
    ends = [1.0, float(max(prior.items for prior in facts.priors))]
    shade = band(ends, [1 / (3 * n)] * 2, [2 / n] * 2, COLORS["memorized"], "tail")
    drawn.add_trace(shade.update(name="1/3n to 2/n", showlegend=True))
    for name, prior, color, dash in zip(NAMES, facts.priors, (EXCESS, BEST), ("solid", "dash"), strict=True):
        drawn.add_trace(line(name, *rank_curve(prior), color, dash=dash))
    heavy = facts.priors[1].frequencies[0] * facts.priors[1].counts[0]
    summarize(
        drawn,
        f"The two levels have {heavy:.1%} of the distribution on {found.params.heavy} points, and the rest on"
        f" {found.params.light * n:,}.",
    )
    return drawn


@figure(
    "The same singletons, worth something or nothing",
    "Both lists have the same share of samples whose point is seen once. With a long tail such a point comes"
    " again, without one it does not: so it is the tail that makes memorizing pay, not the singletons.",
)
def worth_of_singletons(found: Here) -> go.Figure:
    facts = found.facts
    panels = Panels(
        ["samples seen once", "worth of one, n tau_1", "price of not fitting"],
        height=340,
        gap=0.12,
        least_px=160,
    )
    drawn = blank(
        "The same singletons under two lists",
        "worth-of-singletons",
        **panels.layout(
            [{"title": {"text": ""}, "type": "category"}],
            [[{"rangemode": "tozero", "tickformat": kind} for kind in (".0%", ".2f", ".1%")]],
        ),
        showlegend=False,
    )
    for column, values in enumerate((facts.singletons, facts.worth, facts.excess)):
        drawn.add_bar(
            x=list(NAMES),
            y=list(values),
            name=panels.titles[column],
            marker={"color": [EXCESS, BEST]},
            hovertemplate="%{x}: %{y:.4g}<extra></extra>",
            **panels.at(0, column),
        )
    summarize(
        drawn,
        f"{facts.singletons[0]:.1%} of the samples are of points seen once under both lists. Not fitting them"
        f" costs {facts.excess[0]:.2%} with a long tail and {facts.excess[1]:.2g} without.",
    )
    return drawn


@finding(
    "At an equal share of singletons, not fitting them costs more with a long tail than without one.",
    "follows from both bounds of Feldman 2019",
    "not available",
    unit="price with a tail over price without",
    question="Is it the tail that makes singletons costly?",
    rule=(
        "Holds if the price with a long tail is above that without at an equal share of singletons, differs"
        " if below. A closed form has no interval."
    ),
)
def tail_matters(found: Here) -> Measurement:
    long, levels = found.facts.excess
    ratio = long / levels
    same = abs(found.facts.singletons[0] - found.facts.singletons[1])
    note = f"Shares of singletons differ by {same:.1g}."
    return Measurement(
        above(1, ratio, ratio), ratio, note=note, answer=f"{ratio:.3g} times the price without"
    )


LAB = Lab(
    "tails",
    "Is it the singletons, or the tail?",
    "Compares a long tail with two levels that leave exactly as many points seen once.",
    TailsParams,
    tails,
    (two_lists, worth_of_singletons),
    (tail_matters,),
)
