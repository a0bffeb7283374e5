"""Whom memorized examples help: pairs with test examples, beside those that Feldman & Zhang released."""

import numpy as np
import plotly.graph_objects as go

from backend.core.contracts import ClaimVerdict
from backend.figures.style import COLORS, SERIES, blank, summarize
from backend.statistics.intervals import wilson
from backend.studies.kit.figures import figure
from backend.studies.kit.findings import Finding, Measurement, above, finding, not_run
from backend.studies.memorization.facts import HELPED, INFLUENCE_EDGES, MEMORIZED, Pairs
from backend.studies.memorization.found import Memorized
from backend.studies.memorization.published import SECTION

# Pairs by influence in bins of 0.05 from 0.15, counted in the released files and, of MNIST, read from a plot.
RELEASED = {
    "CIFAR-100, 1,015 pairs": (509, 196, 101, 48, 26, 20, 19, 24, 11, 12, 10, 10, 4, 7, 7, 5, 6),
    "MNIST, 35 pairs": (18, 9, 6, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0),
}
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
    " few, only large influences are told from chance: the others are left out.",
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
        " training example. Released: 1,015 pairs and 8.9% on CIFAR-100, 35 and 0.3% on MNIST.",
    )
    return drawn


@finding(
    "Most test examples that a memorized example helps owe that to one training example.",
    "Feldman & Zhang 2020, section 3.3 (pairs)",
    "774 of 888 on CIFAR-100, 1,298 of 1,462 on ImageNet, 31 of 33 on MNIST",
    unit="share of helped test examples",
    needs=lambda found: "" if found.facts.pairs else _NONE[0].lower() + _NONE[1:],
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
        f" {pairs.tests:,} test examples, {pairs.tests / pairs.n_test:.2%} of all.",
        answer=f"{pairs.single:,} of {pairs.tests:,} helped test examples are helped by one{more}",
    )


FINDINGS: tuple[Finding, ...] = (one_helps,)
