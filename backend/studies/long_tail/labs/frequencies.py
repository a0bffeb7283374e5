"""The laboratory of frequencies: how long a tail is, and what its points are worth."""

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from backend.figures.curves import here, line, log_axis, log_spaced
from backend.figures.style import COLORS, band, blank, summarize
from backend.studies.kit.figures import figure
from backend.studies.kit.findings import Measurement, finding, near, not_run, within
from backend.studies.kit.found import Found
from backend.studies.kit.labs import Lab, LabParams
from backend.studies.long_tail.fields import Classes, Noise, Samples
from backend.studies.long_tail.labs.look import BEST, EXCESS, GUIDE, Floats, rank_curve
from backend.studies.long_tail.priors import Kind, OnPrior
from backend.theory.long_tail import (
    cost,
    error_when_unfitted,
    expected_points,
    opt,
    tail_weight,
    tau,
    tau_ceiling,
    tau_floor,
    zipf_limit,
)
from backend.theory.priors import Prior

MOST = 10  # multiplicities that are drawn
SIZES = log_spaced(10, 1_000_000, 41)  # of the training set, over which errors are drawn
LIMIT_AT = 4  # the multiplicity at which n tau_l is held against its limit,
LIMIT_EXPONENTS = (0.5, 2.0)  # for exponents of which it is not 0 and the list not all but gone,
LIMIT_SAMPLES = 1000  # with so many samples
LIMIT_RAREST = 0.1  # and the rarest point seen at most so often on average,
LIMIT_HEAD = 50  # the most frequent one at least so often
LIMIT_TOLERANCE = 0.05
PROVED = "It holds by proof, and this checks our formulas."


class FrequenciesParams(OnPrior, LabParams):
    """A list of frequencies, and how much of it is seen."""

    samples: Samples = 50_000
    classes: Classes = 10
    noise: Noise = 0.0


@dataclass(frozen=True)
class Frequencies:
    """Everything the laboratory shows.

    `scaled` is n tau_l for l = 1, 2, ..., `limit` what it tends to for long lists, None without a law.
    `best` and `excess` are errors over SIZES, `best_here` and `excess_here` at n. `floor` and `ceiling` are
    the bounds of tau_1, the second NaN where the list has no gap.
    """

    prior: Prior
    scaled: Floats
    limit: Floats | None
    best: Floats
    excess: Floats
    best_here: float
    excess_here: float
    singletons: float
    tail: float
    floor: float
    ceiling: float


Here = Found[FrequenciesParams, Frequencies]


def frequencies(params: FrequenciesParams) -> Frequencies:
    """Compute everything at one position of the sliders."""
    prior, n = params.frequencies(), params.samples
    seen = np.arange(1, MOST + 1)
    wrong, confidence = error_when_unfitted(params.classes), 1 - params.noise
    of_zipf = params.prior is Kind.ZIPF and params.exponent > 0
    return Frequencies(
        prior=prior,
        scaled=n * tau(prior, n, seen),
        limit=zipf_limit(seen, params.exponent) if of_zipf else None,
        best=opt(prior, SIZES, params.classes),
        excess=cost(prior, SIZES, wrong, confidence=confidence),
        best_here=float(opt(prior, n, params.classes)),
        excess_here=float(cost(prior, n, wrong, confidence=confidence)),
        singletons=float(expected_points(prior, n, 1)) / n,
        tail=tail_weight(prior, 1 / (3 * n), 2 / n),
        floor=tau_floor(prior, n),
        ceiling=tau_ceiling(prior, n),
    )


@figure(
    "How frequent points are",
    "Every point's frequency over its rank, both on logarithmic axes. Shaded: points so rare that n samples"
    " show them about once, from 1/3n to 2/n. The more of the distribution lies there, the more a point seen"
    " once is worth. Look for a line that crosses the shade slowly: that is a long tail.",
)
def ranks(found: Here) -> go.Figure:
    facts, n = found.facts, found.params.samples
    x, y = rank_curve(facts.prior)
    drawn = blank(
        f"{found.params.named} · tail {facts.tail:.1%}",
        "ranks",
        xaxis=log_axis("rank of the point"),
        yaxis=log_axis("frequency"),
    )
    ends = [1.0, float(max(facts.prior.items, 2))]
    shade = band(ends, [1 / (3 * n)] * 2, [2 / n] * 2, COLORS["memorized"], "tail")
    shade.update(name=f"1/3n to 2/n: {facts.tail:.1%} of the mass", showlegend=True)
    drawn.add_traces([shade, line("frequency", x, y, BEST)])
    summarize(
        drawn,
        f"Frequencies go from {y[0]:.3g} to {y[-1]:.3g}; with n = {n:,}, {facts.tail:.1%} of the mass is on"
        f" points seen about once, and {facts.singletons:.1%} of the samples are of points seen once.",
    )
    return drawn


@figure(
    "What a point seen l times is worth",
    "n tau_l: how often a point that the training set shows l times is to be expected among n new samples."
    " Dotted is l, what one would guess from counting; dashed is what Zipf's law tends to for long lists,"
    " l - 1/s.",
)
def worth(found: Here) -> go.Figure:
    facts, n = found.facts, found.params.samples
    seen = np.arange(1, MOST + 1)
    drawn = blank(
        f"Worth of a point by how often it is seen · n = {n:,}",
        "worth",
        xaxis={"title": {"text": "times seen, l"}, "dtick": 1},
        yaxis={"title": {"text": "n tau_l"}, "rangemode": "tozero"},
    )
    drawn.add_trace(line("counting, l", seen, seen, GUIDE, dash="dot"))
    if facts.limit is not None:
        drawn.add_trace(line("limit, l - 1/s", seen, facts.limit, BEST, dash="dash"))
    curve = line("n tau_l", seen, facts.scaled, EXCESS)
    drawn.add_trace(curve.update(mode="lines+markers", marker={"size": 7}))
    summarize(
        drawn,
        f"A point seen once is worth {facts.scaled[0]:.3g} of 1/n, one seen twice {facts.scaled[1]:.3g},"
        f" one seen {MOST} times {facts.scaled[-1]:.3g}.",
    )
    return drawn


@figure(
    "Smallest error, and the price of not memorizing",
    "Over the size n of the training set: the smallest possible error, which guesses on points not seen,"
    " and what is added to it when no point seen once is fitted. Both go down with n, but while the tail"
    " lasts the price stays a good part of the error. With noisy labels the theory gives the price alone.",
)
def over_samples(found: Here) -> go.Figure:
    facts, params = found.facts, found.params
    drawn = blank(
        f"Errors over n · {params.classes} classes",
        "over-samples",
        xaxis=log_axis("samples, n"),
        yaxis={"title": {"text": "error"}, "rangemode": "tozero", "tickformat": ".0%"},
    )
    said = f"With n = {params.samples:,}, not fitting points seen once adds {facts.excess_here:.2%}"
    if params.noise == 0:
        drawn.add_trace(line("smallest possible error", SIZES, facts.best, BEST))
        drawn.add_trace(here("smallest at n", params.samples, facts.best_here, BEST, showlegend=False))
        said += f" to a smallest possible error of {facts.best_here:.2%}"
    drawn.add_trace(line("price of not memorizing", SIZES, facts.excess, EXCESS, dash="dash"))
    drawn.add_trace(here("price at n", params.samples, facts.excess_here, EXCESS, showlegend=False))
    summarize(drawn, f"{said}.")
    return drawn


@finding(
    "With a long tail, tau_1 is at least the tail's weight over 5 n.",
    "Feldman 2019: the bound for long tails",
    "ratio of at least 1",
    unit="tau_1 over its bound",
    arithmetic=True,
    question="Is a point seen once worth at least its bound?",
    rule="Holds if tau_1 is at least the tail's weight over 5 n, differs if it is less.",
)
def tail_floor(found: Here) -> Measurement:
    facts = found.facts
    if facts.floor == 0:
        return not_run("no point has a frequency from 1/3n to 2/n, so the bound says nothing")
    ratio = float(facts.scaled[0]) / found.params.samples / facts.floor
    verdict = within(1, float("inf"), ratio, ratio)
    note = f"Weight {facts.tail:.1%}. {PROVED}"
    return Measurement(verdict, ratio, note=note, answer=f"{ratio:.3g} times the bound")


@finding(
    "Without a tail, tau_1 is at most twice the frequency of rare points.",
    "Feldman 2019: the bound for lists without a tail",
    "ratio of at most 1",
    unit="tau_1 over its bound",
    arithmetic=True,
    question="Is a point seen once worth at most its bound?",
    rule="Holds if tau_1 is at most twice the frequency of rare points, differs if it is more.",
)
def gap_ceiling(found: Here) -> Measurement:
    facts = found.facts
    if not np.isfinite(facts.ceiling):
        return not_run("the list has no wide gap around 1/n")
    ratio = float(facts.scaled[0]) / found.params.samples / facts.ceiling
    verdict = within(0, 1 + 1e-9, ratio, ratio)
    note = f"2 theta = {facts.ceiling:.3g}. {PROVED}"
    return Measurement(verdict, ratio, note=note, answer=f"{ratio:.3g} times the bound")


@finding(
    f"Under Zipf's law n tau_l tends to l - 1/s, here for l = {LIMIT_AT}.",
    "follows from Feldman 2019",
    f"difference of at most {LIMIT_TOLERANCE:g}",
    question=f"Is n tau_{LIMIT_AT} near its limit?",
    rule=(
        f"Holds if both differ by at most {LIMIT_TOLERANCE:g}, differs if by more. A closed form has no"
        " interval."
    ),
)
def zipf_asymptote(found: Here) -> Measurement:
    facts, params = found.facts, found.params
    low, high = LIMIT_EXPONENTS
    if facts.limit is None or not low <= params.exponent <= high or params.samples < LIMIT_SAMPLES:
        return not_run(f"needs Zipf's law with s from {low:g} to {high:g} and {LIMIT_SAMPLES:,} samples")
    often, rarely = params.samples * facts.prior.frequencies[[0, -1]]
    if often < LIMIT_HEAD or rarely > LIMIT_RAREST:
        return not_run("needs a list whose first point is seen often and whose last hardly ever")
    difference = float(facts.scaled[LIMIT_AT - 1] - facts.limit[LIMIT_AT - 1])
    verdict = near(0, LIMIT_TOLERANCE, difference, difference)
    return Measurement(verdict, difference, answer=f"{abs(difference):.2g} away from it")


LAB = Lab(
    "frequencies",
    "How long is the tail?",
    "Choose how frequent points are and how many samples are drawn, and see what a point seen once is worth.",
    FrequenciesParams,
    frequencies,
    (ranks, worth, over_samples),
    (tail_floor, gap_ceiling, zipf_asymptote),
)
