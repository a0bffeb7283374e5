"""Which examples are memorized: how much of that is chance of the models, and how much their size."""

from collections.abc import Callable, Sequence
from itertools import permutations

import numpy as np
import plotly.graph_objects as go

from backend.core.contracts import ClaimVerdict
from backend.figures.style import COLORS, SERIES, SYMBOLS, blank, size_axis, summarize
from backend.statistics.agreement import THRESHOLDS, Agreement, of_all
from backend.statistics.intervals import THRESHOLD, newcombe, wilson
from backend.statistics.rank_correlation import relative_ranks
from backend.studies.kit.figures import figure
from backend.studies.kit.findings import Finding, Measurement, above, finding, not_run
from backend.studies.memorization.claims import TOO_FEW_FIT
from backend.studies.memorization.facts import FIT, Halves
from backend.studies.memorization.found import Memorized
from backend.studies.memorization.published import JACCARD, SECTION

AT = THRESHOLDS.index(THRESHOLD)
FEWEST_MEMORIZED = 20  # examples, below which two sets of them say little about each other
FEWEST_SIZES = 5  # of one order out of 4! for four sizes beside the largest, 1 in 24 is below 5 %
_FEW = "Halves need twice as many models as are counted together, 20 at a size"


def _jaccard(found: Agreement, at: int = AT) -> float:
    return found.both[at] / found.either[at] if found.either[at] else float("nan")


@figure(
    "Do half of the models memorize what the other half does?",
    f"Examples with a score of at least {THRESHOLD} by both halves of the models, as a share of those by"
    " either (Jaccard's index), with 95 % limits. Halves of one size differ by chance alone; halves of two"
    " sizes also by size.",
    section=SECTION,
    lacking=_FEW,
)
def halves(found: Memorized) -> go.Figure | None:
    """Draw the index over size: of two halves of a size, and of one half and one of the largest size."""
    each = found.facts.halves
    if not each:
        return None
    sizes = tuple(half.size for half in each)
    drawn = blank(
        f"Agreement of two halves of the models, {each[-1].models:,} each",
        "halves",
        xaxis=size_axis(found.size_name, sizes),
        yaxis={"title": {"text": "examples memorized by both / by either"}, "range": [0, 1.02]},
    )
    lines: Sequence[tuple[str, str, Callable[[Halves], Agreement]]] = (
        ("two halves of this size", COLORS["memorization"], lambda half: half.same),
        (f"this size and {sizes[-1]:,}", SERIES[0], lambda half: half.largest),
    )
    for name, color, of in lines:
        pairs = [of(half) for half in each]
        both, either = (np.array([getattr(pair, side)[AT] for pair in pairs]) for side in ("both", "either"))
        index = np.array([_jaccard(pair) for pair in pairs])
        low, high = wilson(both, either)
        drawn.add_scatter(
            x=sizes,
            y=index,
            error_y={"array": high - index, "arrayminus": index - low, "thickness": 1, "width": 4},
            customdata=np.stack([both, either, [pair.difference for pair in pairs]], axis=1),
            meta={"columns": ["by both", "by either", "mean difference of scores"]},
            name=name,
            mode="lines+markers",
            line={"color": color, "width": 2},
            hovertemplate="%{customdata[0]:,} of %{customdata[1]:,}<br>scores differ by %{customdata[2]:.3f}"
            f" on average<extra>{name}</extra>",
        )
    last = each[-1].same
    told = ""
    if last.correlation is not None:
        told = (
            f" Their scores correlate by {last.correlation:.2f}; those of all models would with"
            f" those of as many others by {of_all(last.correlation):.2f}."
        )
    summarize(
        drawn,
        f"Two halves at size {sizes[-1]:,} share {_jaccard(last):.0%} of the examples that either memorizes;"
        f" size {sizes[0]:,} and size {sizes[-1]:,} share {_jaccard(each[0].largest):.0%}.{told}",
    )
    return drawn


@figure(
    "Agreement over the threshold, beside Feldman & Zhang 2020",
    "The same index for other thresholds, at the selected size. Published for CIFAR-100, against ResNet-50"
    " with 2,000 models: ResNet-50 trained again, and other networks (their Fig. 7, read from the plot).",
    section=SECTION,
    lacking=_FEW,
)
def jaccard(found: Memorized) -> go.Figure | None:
    """Draw the index over thresholds for one size, and what was published for other networks."""
    each = {half.size: half for half in found.facts.halves}
    if not each:
        return None
    chosen = each.get(found.selected.size or 0, found.facts.halves[-1])
    largest = found.facts.halves[-1].size
    drawn = blank(
        f"Agreement at {found.size_name} {chosen.size:,}, {chosen.models:,} models a half",
        f"jaccard-{chosen.size}",
        xaxis={"title": {"text": "memorized from this score on"}, "range": [0, 1.03]},
        yaxis={"title": {"text": "examples memorized by both / by either"}, "range": [0, 1.02]},
    )
    own = [("two halves of this size", COLORS["memorization"], chosen.same)]
    if chosen.size != largest:
        own.append((f"this size and {largest:,}", SERIES[0], chosen.largest))
    for name, color, pair in own:
        drawn.add_scatter(
            x=THRESHOLDS,
            y=[_jaccard(pair, at) for at in range(len(THRESHOLDS))],
            customdata=np.stack([pair.both, pair.either], axis=1),
            meta={"columns": ["by both", "by either"]},
            name=name,
            mode="lines+markers",
            line={"color": color, "width": 2},
            hovertemplate=f"%{{customdata[0]:,}} of %{{customdata[1]:,}}<extra>{name}</extra>",
        )
    for (name, points), symbol, color in zip(JACCARD.items(), SYMBOLS[1:], SERIES[1:], strict=False):
        drawn.add_scatter(
            x=list(points),
            y=list(points.values()),
            name=f"{name}, published",
            mode="markers",
            marker={"symbol": f"{symbol}-open", "size": 10, "color": color, "line": {"width": 2}},
        )
    again = JACCARD["ResNet-50 again, 2,000 models each"]
    summarize(
        drawn,
        f"At {THRESHOLD} two halves here share {_jaccard(chosen.same):.0%}; on CIFAR-100 two sets of 2,000"
        f" ResNet-50 shared {again[0.2]:.0%} at 0.2, and DenseNet-100 and ResNet-50"
        f" {JACCARD['DenseNet-100'][0.2]:.0%}.",
    )
    return drawn


def _enough(found: Memorized) -> str:
    if not found.facts.halves:
        return "needs two halves of the models, 20 models at a size"
    if len(found.facts.halves) < 2:
        return "needs two sizes"
    return ""


@finding(
    "Networks of another size memorize other examples: their sets overlap less than those of two halves of"
    " the models of one size.",
    "Feldman & Zhang 2020, Fig. 7 (CIFAR-100)",
    "0.975 for ResNet-50 trained again, 0.855 to 0.725 for other networks, at 0.2",
    unit="Jaccard index",
    needs=_enough,
    question="Does the size decide which examples are memorized?",
    rule=f"Compared are the examples with a score of at least {THRESHOLD} by halves of the models: of the"
    f" smallest size that fits {FIT:.0%} of its subset with the largest size, and of each of the two with"
    " itself. It holds if the 95 % interval"
    " (Newcombe) of either index with itself minus the one between lies above 0, since scores that are known"
    " less agree less by chance alone, and differs if one lies below. It takes"
    f" {FEWEST_MEMORIZED} memorized examples in each.",
)
def sizes_differ(found: Memorized) -> Measurement:
    fit = {size.size for size in found.facts.sizes if size.subset_mean >= FIT}
    each = [half for half in found.facts.halves if half.size in fit]
    if len(each) < 2 or each[-1] is not found.facts.halves[-1]:
        return not_run(f"{TOO_FEW_FIT}, the largest one among them")
    first, last = each[0], each[-1]
    between = first.largest
    if min(pair.either[AT] for pair in (first.same, last.same, between)) < FEWEST_MEMORIZED:
        return not_run(f"needs {FEWEST_MEMORIZED} memorized examples")
    # The one that agrees less with itself decides.
    itself = min(first, last, key=lambda half: _jaccard(half.same)).same
    limits = newcombe(itself.both[AT], itself.either[AT], between.both[AT], between.either[AT])
    low, high = map(float, limits)
    verdict = above(0, low, high)
    more = "; more models would tell" if verdict == ClaimVerdict.UNDECIDED else ""
    told = ", ".join(
        f"{which} {pair.both[AT]:,} of {pair.either[AT]:,}"
        for which, pair in (
            (f"size {first.size} with itself", first.same),
            (f"size {last.size} with itself", last.same),
            ("one with the other", between),
        )
    )
    return Measurement(
        verdict,
        _jaccard(itself) - _jaccard(between),
        low,
        high,
        note=f"Memorized by both of those memorized by either: {told}. {last.models:,} models in a half.",
        answer=f"halves of size {first.size} share {_jaccard(first.same):.0%}, of size {last.size}"
        f" {_jaccard(last.same):.0%}, one of each {_jaccard(between):.0%}{more}",
    )


@finding(
    "The nearer two sizes are in held-out accuracy, the more of the same examples they memorize.",
    "Feldman & Zhang 2020, section 3.2, Fig. 7",
    "the order of accuracy (72, 70, 67, 65 %) is that of the overlap",
    unit="Spearman's correlation",
    needs=_enough,
    question="Does the overlap follow accuracy?",
    rule="Over all sizes but the largest: the correlation of the difference in held-out accuracy from the"
    " largest with the overlap with it. It holds if so low a correlation comes about in fewer than 5 % of all"
    f" orders of the sizes, and differs if so high a one does. It takes {FEWEST_SIZES} sizes.",
)
def overlap_follows_accuracy(found: Memorized) -> Measurement:
    each = found.facts.halves
    if len(each) < FEWEST_SIZES:
        return not_run(f"needs {FEWEST_SIZES} sizes")
    accuracy = {size.size: size.heldout_mean for size in found.facts.sizes}
    apart = np.array([abs(accuracy[half.size] - accuracy[each[-1].size]) for half in each[:-1]])
    shared = np.array([_jaccard(half.largest) for half in each[:-1]])
    if not np.isfinite(shared).all() or np.ptp(shared) == 0 or np.ptp(apart) == 0:
        return not_run("needs memorized examples at every size, and sizes that differ")
    value, lower, upper = _by_order(apart, shared)
    verdict = ClaimVerdict.UNDECIDED
    if lower < 0.05:
        verdict = ClaimVerdict.HOLDS
    elif upper < 0.05:
        verdict = ClaimVerdict.DIFFERS
    listed = "; ".join(
        f"{half.size}: {gap:.3f} apart, {index:.0%} shared"
        for half, gap, index in zip(each[:-1], apart, shared, strict=True)
    )
    more = "; more sizes would tell" if verdict == ClaimVerdict.UNDECIDED else ""
    return Measurement(
        verdict,
        value,
        note=f"Of all orders, {lower:.1%} give so low a correlation or a lower one. By size: {listed}.",
        answer=f"the further apart in accuracy, the {'less' if value < 0 else 'more'} is shared, with a"
        f" correlation of {value:.2f}{more}",
    )


def _by_order(x: np.ndarray, y: np.ndarray) -> tuple[float, float, float]:
    """Return Spearman's correlation of (k,) values, and the shares of all orders with one as low, as high."""
    ranks = [relative_ranks(values) - 0.5 for values in (x, y)]  # equal values share theirs
    value = float(ranks[0] @ ranks[1])
    drawn = np.array(list(permutations(ranks[1]))) if len(x) <= 8 else _shuffled(ranks[1])
    products = drawn @ ranks[0]
    scale = float(np.linalg.norm(ranks[0]) * np.linalg.norm(ranks[1]))
    lower, upper = (float(np.mean(side)) for side in (products <= value + 1e-9, products >= value - 1e-9))
    return value / scale, lower, upper


def _shuffled(ranks: np.ndarray) -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.permuted(np.tile(ranks, (20_000, 1)), axis=1)


FINDINGS: tuple[Finding, ...] = (sizes_differ, overlap_follows_accuracy)
