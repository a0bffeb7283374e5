"""Whom memorized examples help: pairs with test examples, beside those that Feldman & Zhang released."""

import numpy as np
import plotly.graph_objects as go

from backend.core.contracts import ClaimVerdict
from backend.figures.style import COLORS, SERIES, blank, summarize
from backend.scores.helping import HELPED, MEMORIZED
from backend.statistics.intervals import newcombe, wilson
from backend.studies.kit.figures import figure
from backend.studies.kit.findings import Finding, Measurement, above, finding, not_run, within
from backend.studies.memorization.facts import INFLUENCE_EDGES, Pairs
from backend.studies.memorization.found import Memorized
from backend.studies.memorization.published import SECTION

# Pairs by influence in bins of 0.05 from 0.15, counted in the released files and, of MNIST, read from a plot.
RELEASED = {
    "CIFAR-100, 1,015 pairs": (509, 196, 101, 48, 26, 20, 19, 24, 11, 12, 10, 10, 4, 7, 7, 5, 6),
    "MNIST, 35 pairs": (18, 9, 6, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0),
}
FEWEST_HELPED, MOST_HELPED = 0.0033, 0.0888  # the paper's shares of test examples, MNIST and CIFAR-100
STRONG = 0.4  # influence from which on pairs look like near-duplicates in the paper's figures
_STRONG_BIN = INFLUENCE_EDGES.index(STRONG)
FEWEST_TESTS = 10  # test examples in pairs, below which a share of them says little
_NONE = "Pairs need scores and answers to test examples"


def _chosen(found: Memorized) -> Pairs | None:
    each = {pairs.size: pairs for pairs in found.facts.pairs}
    return each.get(found.selected.size or 0, found.facts.pairs[-1] if found.facts.pairs else None)


@figure(
    "Whom memorized examples help",
    f"Pairs of a training example with a score of at least {MEMORIZED} and a test example of its class that"
    f" it makes right at least {HELPED:.0%} more often, by that influence; beside those that Feldman & Zhang"
    " 2020 released. Looked at are the test examples that each training example helps most. Where models are"
    " few, only large influences are told from chance: the others are left out. Pairs of near-duplicates may"
    " show that test pictures are among the training pictures rather than that memorizing helps.",
    section=SECTION,
    lacking=_NONE,
)
def influence_pairs(found: Memorized) -> go.Figure | None:
    """Draw the share of pairs by influence at the selected size, and of the released ones."""
    chosen = _chosen(found)
    if chosen is None:
        return None
    total = sum(chosen.influence)
    middles = np.round((np.array(INFLUENCE_EDGES[:-1]) + INFLUENCE_EDGES[1:]) / 2, 9)
    drawn = blank(
        f"{total:,} pairs at {found.size_name} {chosen.size:,}, with {chosen.tests:,} of {chosen.n_test:,}"
        " test examples",
        f"influence-pairs-{chosen.size}",
        xaxis={"title": {"text": "influence of the training on the test example"}, "range": [0.1, 1.02]},
        yaxis={"title": {"text": "share of pairs"}, "tickformat": ".0%", "rangemode": "tozero"},
        bargap=0.04,
        barmode="overlay",
    )
    drawn.add_bar(
        x=middles,
        y=np.array(chosen.influence) / max(total, 1),
        customdata=np.array(chosen.influence)[:, None],
        meta={"columns": ["pairs"]},
        name="here",
        marker={"color": COLORS["memorization"]},
        hovertemplate="%{customdata[0]:,} pairs<br>%{y:.1%}<extra>here</extra>",
    )
    if chosen.alike is not None:
        drawn.add_bar(
            x=middles,
            y=np.array(chosen.alike) / max(total, 1),
            customdata=np.array(chosen.alike)[:, None],
            meta={"columns": ["pairs"]},
            name="near-duplicates by pixels among these",
            marker={"color": COLORS["flipped"]},
            hovertemplate="%{customdata[0]:,} pairs<br>%{y:.1%}<extra>near-duplicates by pixels</extra>",
        )
    for (name, counts), color in zip(RELEASED.items(), SERIES[::2], strict=False):
        drawn.add_scatter(
            x=middles,
            y=np.array(counts) / sum(counts),
            name=f"{name}, released",
            mode="lines+markers",
            line={"color": color, "width": 2},
        )
    summarize(
        drawn,
        f"{total:,} pairs of {chosen.trains:,} training and {chosen.tests:,} test examples, which are"
        f" {chosen.tests / max(chosen.n_test, 1):.1%} of all; {chosen.single:,} of these are helped by one"
        f" training example. {_told_alike(chosen)}Released: 1,015 pairs and 8.9% on CIFAR-100, 35 and 0.3% on"
        " MNIST.",
    )
    return drawn


def _told_alike(pairs: Pairs) -> str:
    """Say how many pairs are near-duplicates by pixels, "" where pictures are not compared."""
    if pairs.alike is None:
        return ""
    total = sum(pairs.influence)
    return f"{sum(pairs.alike):,} of the {total:,} pairs are near-duplicates by pixels. "


def _needed(found: Memorized) -> str:
    return "" if found.facts.pairs else _NONE[0].lower() + _NONE[1:]


@finding(
    "Most test examples that a memorized example helps owe that to one training example.",
    "Feldman & Zhang 2020, section 3.3 (pairs)",
    "774 of 888 on CIFAR-100, 1,298 of 1,462 on ImageNet, 31 of 33 on MNIST",
    unit="share of helped test examples",
    needs=_needed,
    question="Does one memorized example help a test example?",
    rule="Of the test examples in pairs at the largest size, the share in exactly one. It holds if the lower"
    " 95 % limit (Wilson) is above one half, and differs if the upper limit is below. It takes"
    f" {FEWEST_TESTS} such test examples.",
)
def one_helps(found: Memorized) -> Measurement:
    pairs = found.facts.pairs[-1]
    if pairs.tests < FEWEST_TESTS:
        return not_run(
            f"needs {FEWEST_TESTS} test examples that a memorized one helps; {pairs.tests} are told from"
            " chance: more models tell more"
        )
    low, high = map(float, wilson(pairs.single, pairs.tests))
    verdict = above(0.5, low, high)
    more = "; more models would tell" if verdict == ClaimVerdict.UNDECIDED else ""
    return Measurement(
        verdict,
        pairs.single / pairs.tests,
        low,
        high,
        note=f"{sum(pairs.influence):,} pairs at size {pairs.size} of {pairs.trains:,} training and"
        f" {pairs.tests:,} test examples. {_told_alike(pairs)}".strip(),
        answer=f"{pairs.single:,} of {pairs.tests:,} helped test examples are helped by one{more}",
    )


@finding(
    "A small share of all test examples hangs on a memorized example of its class.",
    "Feldman & Zhang 2020, section 3.3 (pairs)",
    "888 of 10,000 on CIFAR-100, 1,462 of 50,000 on ImageNet, 33 of 10,000 on MNIST",
    unit="share of all test examples",
    needs=_needed,
    question="How many test examples hang on a memorized one?",
    rule="The share of test examples in pairs at the largest size. It holds if its 95 % interval (Wilson)"
    f" lies between the paper's {FEWEST_HELPED:.2%} and {MOST_HELPED:.2%}, and differs if it lies outside;"
    f" below, it is undecided while not every influence of {HELPED} is told from chance, and not run"
    " while there is no pair.",
)
def few_helped(found: Memorized) -> Measurement:
    pairs = found.facts.pairs[-1]
    missed = not pairs.least <= HELPED
    if missed and pairs.tests == 0:
        return not_run(_missed(pairs)[0].lower() + _missed(pairs)[1:-1])
    low, high = map(float, wilson(pairs.tests, pairs.n_test))
    verdict = within(FEWEST_HELPED, MOST_HELPED, low, high)
    if missed and verdict == ClaimVerdict.DIFFERS and high < FEWEST_HELPED:
        verdict = ClaimVerdict.UNDECIDED
    return Measurement(
        verdict,
        pairs.tests / pairs.n_test,
        low,
        high,
        note=_missed(pairs) if missed else "",
        answer=f"{pairs.tests:,} of {pairs.n_test:,} test examples"
        + ("; more would tell" if verdict == ClaimVerdict.UNDECIDED else ""),
    )


def _missed(pairs: Pairs) -> str:
    only = f"only an influence of {pairs.least:.2f}" if pairs.least <= 1 else "no influence"
    return f"With so few models {only} is told from chance for certain, so that pairs may be missed."


@finding(
    "Most pairs have little influence, and few a great deal.",
    "Feldman & Zhang 2020, released pairs and influence histograms",
    f"below {STRONG}: 880 of 1,015 on CIFAR-100, 1,525 of 1,641 on ImageNet, 34 of 35 on MNIST",
    unit="share of pairs",
    needs=_needed,
    question="Do most pairs have little influence?",
    rule=f"Of the pairs at the largest size, the share with an influence below {STRONG}. It holds if the"
    " lower 95 % limit (Wilson) is above one half, and differs if the upper limit is below. It takes"
    f" {FEWEST_TESTS} pairs, and models enough to tell every influence of {HELPED} from chance: few models"
    " see only the strong ones.",
)
def little_influence(found: Memorized) -> Measurement:
    pairs = found.facts.pairs[-1]
    if not pairs.least <= HELPED:
        return not_run(_missed(pairs)[0].lower() + _missed(pairs)[1:-1])
    total, weak = sum(pairs.influence), sum(pairs.influence[:_STRONG_BIN])
    if total < FEWEST_TESTS:
        return not_run(f"needs {FEWEST_TESTS} pairs; there are {total}")
    low, high = map(float, wilson(weak, total))
    return Measurement(
        above(0.5, low, high),
        weak / total,
        low,
        high,
        answer=f"{weak:,} of {total:,} pairs are below {STRONG}",
    )


@finding(
    "Pairs with much influence are near-duplicates more often than the others.",
    "Feldman & Zhang 2020, Figs. 4 to 6",
    f"not available: pictures only; above {STRONG} they show near-duplicates or one series of photographs",
    unit="difference of shares",
    needs=_needed,
    question="Are pairs with much influence near-duplicates?",
    rule=f"The share of near-duplicates by pixels among pairs with an influence of {STRONG} or more, less"
    " that among the others, at the largest size. It holds if the 95 % interval (Newcombe) lies above 0, and"
    f" differs if it lies below. It takes {FEWEST_TESTS} pairs of both kinds.",
)
def strong_look_alike(found: Memorized) -> Measurement:
    pairs = found.facts.pairs[-1]
    if pairs.alike is None:
        return not_run("needs pictures that are compared, which so many are not")
    strong, weak = sum(pairs.influence[_STRONG_BIN:]), sum(pairs.influence[:_STRONG_BIN])
    if min(strong, weak) < FEWEST_TESTS:
        return not_run(
            f"needs {FEWEST_TESTS} pairs on either side of {STRONG}; there are {strong} and {weak}"
        )
    alike, others = sum(pairs.alike[_STRONG_BIN:]), sum(pairs.alike[:_STRONG_BIN])
    low, high = map(float, newcombe(alike, strong, others, weak))
    return Measurement(
        above(0, low, high),
        alike / strong - others / weak,
        low,
        high,
        answer=f"{alike:,} of {strong:,} strong pairs and {others:,} of {weak:,} others are near-duplicates",
    )


FINDINGS: tuple[Finding, ...] = (one_helps, few_helped, little_influence, strong_look_alike)
