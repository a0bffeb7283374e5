"""Cheap stand-ins for memorization: they know which examples, and miss what model size does."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Literal, NamedTuple
from urllib.parse import urlencode

import numpy as np
import plotly.graph_objects as go
from pydantic import Field
from scipy.special import stdtrit

from backend.core.contracts import ClaimVerdict
from backend.figures.cells import cells
from backend.figures.panels import Panels
from backend.figures.style import COLORS, NEUTRAL, SERIES, SYMBOLS, blank, size_axis, summarize
from backend.scores.columns import Column
from backend.statistics.rank_correlation import estimate, relative_ranks
from backend.studies.kit.figures import Controls, figure
from backend.studies.kit.findings import Finding, Measurement, above, all_hold, finding, not_run
from backend.studies.memorization.claims import FEWEST_MODELS
from backend.studies.memorization.columns import PREDICTION_DEPTH, PROXIES, SLOWNESS, measured
from backend.studies.memorization.facts import ProxyFacts, SizeFacts
from backend.studies.memorization.found import Memorized
from backend.studies.memorization.params import MemorizationParams
from backend.studies.scored.rows import selected_row

SECTION = "Proxies"
STRONG = 0.5  # Spearman's correlation from which we call it strong; the paper gives no number
CELLS = 20  # of ranks, a side
_NO_EPOCHS = "was run by a version that kept no answers over epochs"
_ALL = (*PROXIES, PREDICTION_DEPTH)
_TITLES = {proxy.key: proxy.title for proxy in _ALL}

Proxied = Literal[
    "slowness", "heldout_error", "low_confidence", "low_certainty", "entropy", "loss", "el2n", "el2n_early",
    "forgetting", "prediction_depth",
]  # fmt: skip


@figure(
    "Proxies of memorization over model size",
    "Left: Spearman's correlation over examples with the memorization score, with 95 % limits. Right:"
    " averages over examples, as shares of each line's largest one, so that trends can be compared. A click"
    " on a name hides its lines, a double click those of all others.",
    section=SECTION,
)
def proxies(found: Memorized) -> go.Figure | None:
    """Draw both panels for every size that has scores."""
    facts, scores = _facts(found), found.results.scores
    if scores is None or not facts:
        return None
    sizes = tuple(scores.scored_sizes)
    panels = Panels(
        ("correlation with memorization", "average, as a share of the largest"), 460, least_px=320
    )
    drawn = blank(
        f"Memorization and its proxies by {found.size_name}",
        "proxies",
        **panels.layout(
            [size_axis(found.size_name, sizes)], [[{"range": [-1.02, 1.02]}, {"range": [0, 1.05]}]]
        ),
    )
    told = []
    for at, (key, own) in enumerate(_by_proxy(facts).items()):
        line = {
            "color": SERIES[at % len(SERIES)],
            "dash": "dot" if at >= len(SERIES) else "solid",
            "width": 2,
        }
        style = {
            "name": _TITLES[key],
            "legendgroup": key,
            "mode": "lines+markers",
            "line": line,
            "marker": {"symbol": SYMBOLS[at % len(SYMBOLS)], "size": 7},
        }
        known = [
            (fact.size, estimate(fact.correlation, fact.n)) for fact in own if fact.correlation is not None
        ]
        drawn.add_scatter(
            x=[size for size, _ in known],
            y=[each.value for _, each in known],
            error_y={
                "array": [each.high - each.value for _, each in known],
                "arrayminus": [each.value - each.low for _, each in known],
                "thickness": 1,
                "width": 4,
            },
            **style,
            **panels.at(0, 0),
        )
        _add_average(drawn, [fact.size for fact in own], [fact.mean for fact in own], panels, style)
        if known:
            told.append(f"{_TITLES[key]} {known[-1][1].value:.2f}")
    rows = [scores.sizes.index(size) for size in sizes]
    means = np.nanmean(scores.memorization[rows], axis=1).tolist()
    line = {"color": COLORS["memorization"], "width": 3}
    memorization = {"name": "memorization", "mode": "lines+markers", "line": line}
    _add_average(drawn, sizes, means, panels, memorization, showlegend=True)
    summarize(
        drawn,
        f"Spearman's correlation with memorization at size {sizes[-1]:,}: {', '.join(told)}. Memorization"
        f" averages {means[0]:.2f} at the smallest and {means[-1]:.2f} at the largest size.",
    )
    return drawn


def _add_average(
    drawn: go.Figure,
    sizes: Sequence[int],
    means: Sequence[float],
    panels: Panels,
    style: Mapping[str, object],
    *,
    showlegend: bool = False,
) -> None:
    most = max(np.abs(means).max(), 1e-12)
    drawn.add_scatter(
        x=sizes,
        y=[mean / most for mean in means],
        customdata=means,
        meta={"columns": ["average"]},
        hovertemplate="size %{x:,}<br>average %{customdata:.3f}",
        showlegend=showlegend,
        **style,
        **panels.at(0, 1),
    )


class RankControls(Controls):
    """Which proxy is looked at."""

    proxy: Proxied = Field(
        "slowness",
        title="Proxy",
        description="which proxy is held against memorization",
        json_schema_extra={"labels": {**_TITLES}},
    )


@figure(
    "Where a proxy and memorization disagree",
    "All examples by their ranks, as shares of the examples that rank lower. On the line both agree; the"
    " links open the examples farthest from it, on either side.",
    section=SECTION,
    controls=RankControls,
    lacking="These results have no such proxy: ask for proxies in a new experiment",
)
def proxy_ranks(found: Memorized, controls: RankControls) -> go.Figure | None:
    """Draw how many examples there are by both ranks, and links to both corners."""
    scores = found.results.scores
    proxy = next(proxy for proxy in _ALL if proxy.key == controls.proxy)
    values = None if scores is None else proxy.values(scores, found.results.columns)
    if scores is None or values is None:
        return None
    row = selected_row(scores, found.selected)
    both = np.isfinite(values[row]) & np.isfinite(scores.memorization[row])
    if not both.any():
        return None
    own, memorized = (
        relative_ranks(of[row][both].astype(np.float64)) for of in (values, scores.memorization)
    )
    edges = np.linspace(0, 1, CELLS + 1)
    size, title = scores.sizes[row], proxy.title
    drawn = blank(
        f"Ranks by memorization and by {title} at {found.size_name} {size:,} · {both.sum():,} examples",
        f"proxy-ranks-{proxy.key}",
        xaxis={"title": {"text": f"rank by {title}"}, "range": [0, 1]},
        yaxis={"title": {"text": "rank by memorization"}, "range": [0, 1]},
        annotations=[
            _link(f"memorized, low by {title}", size, f"-gap:{proxy.key}", 0.02, 0.98),
            _link(f"high by {title}, not memorized", size, f"gap:{proxy.key}", 0.98, 0.02),
        ],
        height=460,
    )
    drawn.add_trace(cells(own, memorized, edges, edges, (title, "memorization")))
    line = {"color": NEUTRAL, "dash": "dot", "width": 1}
    drawn.add_scatter(x=[0, 1], y=[0, 1], mode="lines", line=line, showlegend=False, hoverinfo="skip")
    apart = np.abs(memorized - own)
    summarize(
        drawn,
        f"Half of the examples rank at most {np.median(apart):.0%} apart, {np.mean(apart > 0.5):.1%} more"
        " than 50 %.",
    )
    return drawn


def _link(words: str, size: int, sort: str, x: float, y: float) -> dict[str, object]:
    """Return a link to the gallery in that order, in a corner of the figure."""
    query = urlencode({"tab": "explore", "size": size, "sort": sort})
    corner = ("left", "top") if x < y else ("right", "bottom")
    return {
        "text": f'<a href="?{query}" target="_self"><u>{words}</u></a>',
        "showarrow": False,
        "xref": "paper",
        "yref": "paper",
        "x": x,
        "y": y,
        "xanchor": corner[0],
        "yanchor": corner[1],
    }


def _facts(found: Memorized) -> tuple[ProxyFacts, ...]:
    """Return what was measured; of results of earlier versions, what their scores tell."""
    if found.facts.proxies or found.results.scores is None:
        return found.facts.proxies
    return measured(found.results.scores, found.results.columns, {})


def _by_proxy(facts: Sequence[ProxyFacts]) -> dict[str, list[ProxyFacts]]:
    """Return the facts of each proxy that this version knows, sizes ascending."""
    found = {key: [fact for fact in facts if fact.key == key] for key in _TITLES}
    return {key: own for key, own in found.items() if own}


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
    fact = _by_proxy(_facts(found))[SLOWNESS.key][-1]
    if fact.correlation is None:
        return not_run("needs examples that differ")
    ours = estimate(fact.correlation, fact.n)
    verdict = above(STRONG, ours.low, ours.high)
    more = "; more examples would tell" if verdict == ClaimVerdict.UNDECIDED else ""
    return Measurement(
        verdict,
        ours.value,
        ours.low,
        ours.high,
        note=f"Over {fact.n:,} examples at size {fact.size}; the interval is for their choice.",
        answer=f"their ranks correlate by {ours.value:.2f} at size {fact.size}{more}",
    )


class Mean(NamedTuple):
    """A mean over models, of so many, with their standard deviation."""

    value: float
    sd: float
    models: int


def _move(first: Mean, last: Mean, chance: float) -> tuple[float, float]:
    """Return how far the mean moves, and half of the t-interval that misses it by `chance` on either side."""
    quantile = float(stdtrit(min(first.models, last.models) - 1, 1 - chance))
    error = float(np.hypot(first.sd / np.sqrt(first.models), last.sd / np.sqrt(last.models)))
    return last.value - first.value, quantile * error


class Trend(NamedTuple):
    """Pairs of sizes between which memorization and a proxy both change for certain.

    `apart`: those in which one rises and the other falls, with how far they move apart, half of its
    interval, how far memorization moves, and all in words; `together`: in how many both go the same way.
    """

    apart: list[tuple[float, float, float, str]]
    together: int

    @property
    def verdict(self) -> ClaimVerdict:
        """Whether the proxy misses the trend."""
        if self.apart:
            return ClaimVerdict.HOLDS
        return ClaimVerdict.DIFFERS if self.together else ClaimVerdict.UNDECIDED


def _trend(sizes: Sequence[SizeFacts], proxy: Mapping[int, Mean], name: str, looked_at: int = 1) -> Trend:
    """Compare all pairs of sizes by their means over models.

    Intervals are corrected for the number of pairs and of proxies `looked_at`.
    """
    pairs = list(combinations(sizes, 2))
    found = Trend([], 0)
    for small, large in pairs:
        chance = 0.025 / (2 * len(pairs) * looked_at)
        gaps = [Mean(of.gap_mean, of.gap_sd, of.models) for of in (small, large)]
        memorized, its = _move(gaps[0], gaps[1], chance)
        moved, own = _move(proxy[small.size], proxy[large.size], chance)
        if abs(memorized) <= its or abs(moved) <= own:
            continue
        if memorized * moved > 0:
            found = found._replace(together=found.together + 1)
            continue
        words = (
            f"from size {small.size} to {large.size} memorization changes by {memorized:+.3f}, {name} by"
            f" {moved:+.3f}"
        )
        found.apart.append((memorized - moved, its + own, abs(memorized), words))
    return found


def _too_few(sizes: Sequence[SizeFacts], known: Mapping[int, object]) -> Measurement | None:
    """Return what it takes to compare sizes, None where there is enough."""
    if len(sizes) < 2 or any(size.size not in known for size in sizes):
        return not_run("needs at least two sizes")
    if min(size.models for size in sizes) < FEWEST_MODELS:
        return not_run(f"needs {FEWEST_MODELS} models of each size")
    return None


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
    # Accuracies at several epochs of a model are not independent: their mean varies as much at most.
    slow = {curve.size: Mean(1 - float(np.mean(curve.mean)), float(np.mean(curve.sd)), curve.models)
            for curve in found.facts.curves if curve.name == "train"}  # fmt: skip
    lacking = _too_few(sizes, slow)
    if lacking is not None:
        return lacking
    apart, together = trend = _trend(sizes, slow, "slow learning")
    if trend.verdict is ClaimVerdict.UNDECIDED:
        answer = "no pair of sizes differs in both for certain; more models would tell"
        return Measurement(ClaimVerdict.UNDECIDED, note="No pair of sizes decides.", answer=answer)
    pairs = len(sizes) * (len(sizes) - 1) // 2
    told = f"Of {pairs} pairs of sizes, {len(apart)} move apart and {together} together for certain."
    if not apart:
        answer = f"both move together in all {together} pairs of sizes that tell"
        return Measurement(ClaimVerdict.DIFFERS, note=told, answer=answer)
    value, half, _, words = max(apart, key=lambda each: each[2])
    return Measurement(ClaimVerdict.HOLDS, value, value - half, value + half, note=told, answer=words)


def _followed(params: MemorizationParams) -> bool:
    return params.proxies


def _asked(params: MemorizationParams) -> tuple[Column, ...]:
    """Return the proxies that an experiment measures."""
    return _ALL if params.prediction_depth else PROXIES


@finding(
    "Example by example, all of these proxies tell which examples are memorized.",
    "Lukasik et al. 2023, section 3.5, Fig. 4; Jiang et al. 2021, section 5",
    "not available (strong correlations); learning speed .85 to .9 with the C-score on CIFAR-10, recalled",
    unit="Spearman's correlation",
    needs=_complete,
    question="Do other proxies tell who is memorized?",
    rule="Spearman's correlation of every proxy with the score at the largest size; intervals of 95 % for"
    f" all together. It holds if all lie above {STRONG}, differs if one lies below. The weakest is shown.",
    of=_followed,
)
def proxies_correlate(found: Memorized) -> Measurement:
    last = [own[-1] for own in _by_proxy(found.facts.proxies).values()]
    if len(last) < len(_asked(found.params)) or any(fact.correlation is None for fact in last):
        return not_run("needs every proxy, and examples that differ")
    each = {
        fact.key: estimate(fact.correlation, fact.n, 1 - 0.05 / len(last))
        for fact in last
        if fact.correlation is not None
    }
    verdict = all_hold(*(above(STRONG, one.low, one.high) for one in each.values()))
    ranked = sorted(each, key=lambda key: each[key].value)
    weakest, strongest = each[ranked[0]], each[ranked[-1]]
    more = "; more examples would tell" if verdict == ClaimVerdict.UNDECIDED else ""
    listed = ", ".join(f"{_TITLES[key]} {each[key].value:.2f}" for key in reversed(ranked))
    return Measurement(
        verdict,
        weakest.value,
        weakest.low,
        weakest.high,
        note=f"At size {last[0].size}: {listed}.",
        answer=f"correlations go from {weakest.value:.2f} ({_TITLES[ranked[0]]}) to {strongest.value:.2f}"
        f" ({_TITLES[ranked[-1]]}){more}",
    )


@finding(
    "On average, none of these proxies follows memorization over model size.",
    "Lukasik et al. 2023, abstract and section 3.5, Fig. 4",
    "not available (their averages miss the trend)",
    unit="proxies",
    needs=_complete,
    question="Do all proxies miss what model size does?",
    rule="The rule for slow learning, for every proxy, corrected for the number of proxies as well. It holds"
    " if each moves apart from memorization between some sizes, and differs if one only moves together with"
    f" it. It takes {FEWEST_MODELS} models of each size.",
    of=_followed,
)
def proxies_miss_trend(found: Memorized) -> Measurement:
    sizes, by_proxy = found.facts.sizes, _by_proxy(found.facts.proxies)
    means = {
        key: {fact.size: Mean(fact.mean, fact.sd, fact.models) for fact in own if fact.sd is not None}
        for key, own in by_proxy.items()
    }
    if len(means) < len(_asked(found.params)):
        return not_run("needs every proxy")
    for own in means.values():
        lacking = _too_few(sizes, own)
        if lacking is not None:
            return lacking
    verdicts = {key: _trend(sizes, own, _TITLES[key], len(means)).verdict for key, own in means.items()}
    verdict = all_hold(*verdicts.values())
    missing, following, open_ = (
        [_TITLES[key] for key, own in verdicts.items() if own is wanted]
        for wanted in (ClaimVerdict.HOLDS, ClaimVerdict.DIFFERS, ClaimVerdict.UNDECIDED)
    )
    told = [f"{', '.join(names)} {words}" for names, words in (
        (missing, "move apart from it"), (following, "follow it"), (open_, "stay open"),
    ) if names]  # fmt: skip
    more = "; more models would tell" if verdict == ClaimVerdict.UNDECIDED else ""
    return Measurement(
        verdict,
        float(len(missing)),
        note=f"Between sizes: {'; '.join(told)}.",
        answer=f"{len(missing)} of {len(means)} move apart from memorization between some sizes{more}",
    )


FINDINGS: tuple[Finding, ...] = (
    proxy_correlates,
    proxy_misses_trend,
    proxies_correlate,
    proxies_miss_trend,
)
