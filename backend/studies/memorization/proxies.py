"""Cheap stand-ins for memorization: they know which examples, and miss what model size does."""

from itertools import combinations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
from scipy.special import stdtrit

from backend.core.contracts import ClaimVerdict
from backend.figures.panels import Panels
from backend.figures.style import COLORS, SERIES, blank, size_axis, summarize
from backend.scores.columns import Column
from backend.scores.scores import Scores
from backend.statistics.rank_correlation import spearman
from backend.studies.kit.figures import figure
from backend.studies.kit.findings import Finding, Measurement, above, finding, not_run
from backend.studies.memorization.claims import FEWEST_MODELS
from backend.studies.memorization.found import Memorized

Floats = npt.NDArray[np.float64]

SECTION = "Proxies"
STRONG = 0.5  # Spearman's correlation from which we call it strong; the paper gives no number
_NO_EPOCHS = "was run by a version that kept no answers over epochs"


class Proxy(NamedTuple):
    """A number per example that is high where memorization should be."""

    name: str
    color: str
    column: Column


def _slowness(scores: Scores) -> Floats | None:
    cprox = scores.cprox
    return None if cprox is None else 1 - cprox


SLOWNESS = Column(
    "slowness",
    "Slow learning",
    "How often models that had the example got it wrong over training (1 - cprox, Jiang et al. 2021).",
    of=_slowness,
)
HELDOUT_ERROR = Column(
    "heldout_error",
    "Held-out error",
    "How often models without the example get it wrong at the end (1 - C-score, Jiang et al. 2021).",
    of=lambda scores: 1 - scores.heldout_accuracy,
)
COLUMNS = (SLOWNESS, HELDOUT_ERROR)
PROXIES = (
    Proxy("slow learning (1 - cprox)", SERIES[0], SLOWNESS),
    Proxy("held-out error (1 - C-score)", SERIES[2], HELDOUT_ERROR),
)


@figure(
    "Proxies of memorization over model size",
    "Left: Spearman's correlation over examples with the memorization score, with 95 % limits. Right: their"
    " averages. Slow learning is how often models with an example got it wrong over training (1 - cprox,"
    " Jiang et al. 2021); held-out error is how often models without it do at the end (1 - C-score).",
    section=SECTION,
)
def proxies(found: Memorized) -> go.Figure | None:
    """Draw both panels for every size that has scores."""
    scores = found.results.scores
    if scores is None or not scores.scored_sizes:
        return None
    rows = [scores.sizes.index(size) for size in scores.scored_sizes]
    sizes = tuple(scores.scored_sizes)
    panels = Panels(("correlation with memorization", "average over examples"), 420, least_px=320)
    x = size_axis(found.size_name, sizes)
    drawn = blank(
        f"Memorization and its proxies by {found.size_name}",
        "proxies",
        **panels.layout([x], [[{"range": [-1.02, 1.02]}, {"range": [0, 1.02]}]]),
    )
    told = []
    for proxy in PROXIES:
        values = proxy.column.values(scores, found.results.columns)
        if values is None:
            continue
        found_at = [_correlation(values[row], scores.memorization[row]) for row in rows]
        style = {"name": proxy.name, "legendgroup": proxy.name, "line": {"color": proxy.color, "width": 2}}
        drawn.add_scatter(
            x=sizes,
            y=[each[0] for each in found_at],
            error_y={
                "array": [each[2] - each[0] for each in found_at],
                "arrayminus": [each[0] - each[1] for each in found_at],
                "thickness": 1,
                "width": 4,
            },
            mode="lines+markers",
            **style,
            **panels.at(0, 0),
        )
        means = np.nanmean(values[rows], axis=1)
        drawn.add_scatter(
            x=sizes, y=means, mode="lines+markers", showlegend=False, **style, **panels.at(0, 1)
        )
        told.append(
            f"{proxy.name}: correlation {found_at[-1][0]:.2f} at size {sizes[-1]:,}, average {means[0]:.2f}"
            f" at the smallest and {means[-1]:.2f} at the largest size"
        )
    means = np.nanmean(scores.memorization[rows], axis=1)
    drawn.add_scatter(
        x=sizes,
        y=means,
        name="memorization",
        mode="lines+markers",
        line={"color": COLORS["memorization"], "width": 3},
        **panels.at(0, 1),
    )
    summarize(
        drawn,
        f"{'; '.join(told)}. Memorization averages {means[0]:.2f} at the smallest and {means[-1]:.2f} at the"
        " largest size.",
    )
    return drawn


def _correlation(proxy: Floats, memorization: Floats) -> tuple[float, float, float]:
    known = np.isfinite(proxy) & np.isfinite(memorization)
    try:
        estimate = spearman(proxy[known], memorization[known])
    except ValueError:  # too few, or all the same
        return (np.nan,) * 3
    return estimate.value, estimate.low, estimate.high


def _complete(found: Memorized) -> str:
    scores = found.results.scores
    if scores is None or not np.isfinite(scores.memorization).all():
        return "waits until every size has scores for every example"
    return _NO_EPOCHS if scores.cprox is None else ""


@finding(
    "Example by example, slow learning tells which examples are memorized.",
    "Lukasik et al. 2023, section 3.5, Fig. 4; Jiang et al. 2021",
    "not available (a strong correlation); about .85 to .9 with the C-score on CIFAR-10, recalled",
    unit="Spearman's correlation",
    needs=_complete,
    question="Are slowly learned examples the memorized ones?",
    rule="Spearman's correlation of 1 - cprox with the score at the largest size. It holds if its 95 %"
    f" interval lies above {STRONG}, and differs if it lies below.",
)
def proxy_correlates(found: Memorized) -> Measurement:
    scores = found.results.scores
    slow = None if scores is None else _slowness(scores)
    if scores is None or slow is None:
        raise ValueError(_NO_EPOCHS)
    value, low, high = _correlation(slow[-1], scores.memorization[-1])
    if not np.isfinite(value):
        return not_run("needs examples that differ")
    verdict = above(STRONG, low, high)
    more = "; more examples would tell" if verdict == ClaimVerdict.UNDECIDED else ""
    return Measurement(
        verdict,
        value,
        low,
        high,
        note=f"Over {scores.n:,} examples at size {scores.sizes[-1]}; the interval is for their choice.",
        answer=f"their ranks correlate by {value:.2f} at size {scores.sizes[-1]}{more}",
    )


@finding(
    "On average, slow learning does not follow memorization over model size.",
    "Lukasik et al. 2023, abstract and section 3.5, Fig. 4",
    "not available (its average misses the trend)",
    unit="mean score",
    needs=_complete,
    question="Does the proxy miss what model size does?",
    rule="Looked at are all pairs of sizes at which both averages differ for certain, by 95 % t-intervals"
    " over models, corrected for the number of pairs. It holds if in one of them memorization and slow"
    " learning (1 - cprox) move apart, one up and the other down, and differs if there are such pairs and in"
    f" all of them both move together. It takes {FEWEST_MODELS} models of each size.",
)
def proxy_misses_trend(found: Memorized) -> Measurement:
    sizes = found.facts.sizes
    slow = {curve.size: (1 - float(np.mean(curve.mean)), float(np.mean(curve.sd)))
            for curve in found.facts.curves if curve.name == "train"}  # fmt: skip
    if len(sizes) < 2 or any(size.size not in slow for size in sizes):
        return not_run("needs at least two sizes")
    if min(size.models for size in sizes) < FEWEST_MODELS:
        return not_run(f"needs {FEWEST_MODELS} models of each size")
    pairs = list(combinations(sizes, 2))
    apart: list[tuple[float, float, float, str]] = []
    together = 0
    for small, large in pairs:
        quantile = float(stdtrit(min(small.models, large.models) - 1, 1 - 0.025 / (2 * len(pairs))))
        moves = []
        for (first, sd), (last, last_sd) in (
            ((small.gap_mean, small.gap_sd), (large.gap_mean, large.gap_sd)),
            (slow[small.size], slow[large.size]),
        ):
            # Accuracies at several epochs of a model are not independent: their mean varies as much at most.
            half = quantile * float(np.hypot(sd / np.sqrt(small.models), last_sd / np.sqrt(large.models)))
            moves.append((last - first, half))
        (memorized, its), (slower, own) = moves
        if abs(memorized) <= its or abs(slower) <= own:
            continue
        if memorized * slower > 0:
            together += 1
            continue
        words = (
            f"from size {small.size} to {large.size} memorization changes by {memorized:+.3f}, slow learning"
            f" by {slower:+.3f}"
        )
        apart.append((memorized - slower, its + own, abs(memorized), words))
    if not apart and not together:
        answer = "no pair of sizes differs in both for certain; more models would tell"
        return Measurement(ClaimVerdict.UNDECIDED, note="No pair of sizes decides.", answer=answer)
    told = f"Of {len(pairs)} pairs of sizes, {len(apart)} move apart and {together} together for certain."
    if not apart:
        answer = f"both move together in all {together} pairs of sizes that tell"
        return Measurement(ClaimVerdict.DIFFERS, note=told, answer=answer)
    value, half, _, words = max(apart, key=lambda each: each[2])
    return Measurement(ClaimVerdict.HOLDS, value, value - half, value + half, note=told, answer=words)


FINDINGS: tuple[Finding, ...] = (proxy_correlates, proxy_misses_trend)
