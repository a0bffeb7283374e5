"""What networks gain by a memory of their residuals: over size, examples, k, sigma, T and scores."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import plotly.graph_objects as go

from backend.figures.panels import Panels
from backend.figures.spread import COLUMNS, Spread, runs_told
from backend.figures.style import COLORS, NEUTRAL, SERIES, SYMBOLS, blank, faded, size_axis, summarize
from backend.networks.ladders import LADDERS
from backend.statistics.intervals import wilson
from backend.studies.kit.figures import Figure, figure
from backend.studies.resmem.facts import EDGES, Net
from backend.studies.resmem.numbers import Remembered, by_examples, by_size, counted, whole

WHO = {"base": "network alone", "resmem": "with memory (ResMem)", "knn": "neighbors alone"}
LOOKS = dict(
    zip(WHO, zip((SERIES[0], COLORS["memorization"], SERIES[3]), SYMBOLS, strict=False), strict=True)
)
PERCENT = {"tickformat": ".1%"}
GAIN = {"title": {"text": "gain by memory"}, "tickformat": "+.1%", "zeroline": True}


def _size_name(found: Remembered) -> str:
    return LADDERS[found.params.family].size_name


def _lines(groups: Mapping[Any, Sequence[Net]], part: str, **where: Any) -> list[go.Scatter]:
    """Return accuracies of all three over what groups networks, with bars from lowest to highest."""
    drawn = []
    for who, name in WHO.items():
        color, symbol = LOOKS[who]
        spread = Spread.of([[getattr(getattr(net, part), who) for net in nets] for nets in groups.values()])
        drawn.append(_points(list(groups), spread, name, color, symbol, **where))
    return drawn


def _points(x: list[Any], spread: Spread, name: str, color: str, symbol: str, **where: Any) -> go.Scatter:
    return go.Scatter(
        x=x,
        y=spread.mean,
        name=name,
        legendgroup=name,
        mode="lines+markers",
        line={"color": color, "width": 2},
        marker={"symbol": symbol, "size": 8},
        error_y=spread.bars(),
        customdata=spread.table,
        meta={"columns": COLUMNS},
        **where,
    )


def _gains(groups: Mapping[Any, Sequence[Net]], **where: Any) -> go.Scatter:
    spread = Spread.of([[net.test.gain for net in nets] for nets in groups.values()])
    return _points(
        list(groups),
        spread,
        "gain of each network",
        COLORS["memorized"],
        "diamond",
        showlegend=False,
        **where,
    )


def _told(groups: Mapping[Any, Sequence[Net]], name: str) -> str:
    def mean(nets: Sequence[Net], value: Callable[[Net], float]) -> float:
        return float(np.mean([value(net) for net in nets]))

    said = [
        f"{name} {at:,}: {mean(nets, lambda net: net.test.base):.1%} alone,"
        f" {mean(nets, lambda net: net.test.resmem):.1%} with memory,"
        f" {mean(nets, lambda net: net.test.knn):.1%} by neighbors alone"
        for at, nets in groups.items()
    ]
    return f"{'; '.join(said if len(said) < 4 else (said[0], said[-1]))}."


@figure(
    "Accuracy over size (Fig. 2 right)",
    "Left: of test examples, by the network alone, with a memory of its residuals, and by its neighbors"
    " alone. In the middle: what memory adds to each network. Right: of training examples, which a memory"
    " should get right without exception. Where a network fits them by itself, nothing is left to remember.",
    section="Over the size of networks",
)
def accuracy_over_size(found: Remembered) -> go.Figure | None:
    groups = by_size(whole(found))
    if not groups:
        return None
    panels = Panels(
        ["test examples", "gain on test examples", "training examples"], height=420, least_px=250, gap=0.08
    )
    axis = size_axis(_size_name(found), tuple(groups))
    accuracy = {"title": {"text": "accuracy"}, **PERCENT}
    drawn = blank(
        f"Accuracy over {_size_name(found)} · {runs_told(map(len, groups.values()), 'bars')}",
        "accuracy-over-size",
        **panels.layout([axis], [[accuracy, GAIN, PERCENT]]),
    )
    drawn.add_traces([*_lines(groups, "test", **panels.at(0, 0)), _gains(groups, **panels.at(0, 1))])
    drawn.add_traces(_lines(groups, "train", showlegend=False, **panels.at(0, 2)))
    summarize(drawn, _told(groups, _size_name(found)))
    return drawn


@figure(
    "What is left, and what memory adds",
    "Each point is a network: the mean residual of its training examples, 1 minus the probability of their"
    " labels, and what its memory adds on test examples. The paper has it that both vanish together.",
    section="Over the size of networks",
)
def gain_over_residual(found: Remembered) -> go.Figure | None:
    groups = by_size(whole(found))
    if not groups:
        return None
    drawn = blank(
        f"{sum(map(len, groups.values()))} networks",
        "gain-over-residual",
        xaxis={"title": {"text": "mean residual in training"}, "rangemode": "tozero"},
        yaxis=GAIN,
    )
    for number, (size, nets) in enumerate(groups.items()):
        drawn.add_scatter(
            x=[net.residual for net in nets],
            y=[net.test.gain for net in nets],
            name=f"{_size_name(found)} {size:,}",
            mode="markers",
            marker={
                "color": SERIES[number % len(SERIES)],
                "symbol": SYMBOLS[number % len(SYMBOLS)],
                "size": 8,
            },
            customdata=[[net.run, net.train.base] for net in nets],
            meta={"columns": ["network", "training accuracy"]},
        )
    ends = [next(iter(groups.values())), list(groups.values())[-1]]
    said = [
        f"size {nets[0].size:,}: {np.mean([n.residual for n in nets]):.3f} left,"
        f" {100 * np.mean([n.test.gain for n in nets]):+.2f} points"
        for nets in ends
    ]
    summarize(drawn, f"{'; '.join(said)}.")
    return drawn


@figure(
    "Accuracy over examples (Fig. 2 left)",
    "The smallest network on shares of the training set, for as many steps each. With few examples no"
    " neighbor is near, so the paper has memory add more the more there are.",
    section="Over the number of examples",
    of=lambda params: len(params.shares) > 1,
)
def accuracy_over_examples(found: Remembered) -> go.Figure | None:
    groups = by_examples(found)
    if not groups:
        return None
    panels = Panels(["test examples", "gain on test examples"], height=400, least_px=280, gap=0.1)
    axis = {
        "title": {"text": "training examples"},
        "type": "log",
        "tickvals": list(groups),
        "ticktext": [f"{n:,}" for n in groups],
    }
    drawn = blank(
        f"Accuracy at {_size_name(found)} {found.params.sizes[0]:,} ·"
        f" {runs_told(map(len, groups.values()), 'bars')}",
        "accuracy-over-examples",
        **panels.layout([axis], [[{"title": {"text": "accuracy"}, **PERCENT}, GAIN]]),
    )
    drawn.add_traces([*_lines(groups, "test", **panels.at(0, 0)), _gains(groups, **panels.at(0, 1))])
    summarize(drawn, _told(groups, "examples"))
    return drawn


@figure(
    "The choice of k and sigma",
    "Accuracy with memory on the held-out examples that choose, at the temperature that most networks have;"
    " mean over networks. Rings: what networks chose, the larger the more of them. Test examples have no"
    " say.",
    section="The choice of k, sigma and T",
)
def surface(found: Remembered) -> go.Figure | None:
    groups = by_size(whole(found))
    if not groups:
        return None
    params = found.params
    panels = Panels([f"{_size_name(found)} {size:,}" for size in groups], height=380, least_px=210)
    x = {"title": {"text": "sigma"}, "type": "category"}
    drawn = blank(
        "Accuracy on held-out examples",
        "surface",
        **panels.layout([x], [[{"title": {"text": "neighbors k"}, "type": "category"}]]),
    )
    sigmas, ks = [f"{s:g}" for s in params.bandwidths], [str(k) for k in params.neighbors]
    said = []
    for column, (size, nets) in enumerate(groups.items()):
        temperature, _ = Counter(net.temperature for net in nets).most_common(1)[0]
        mean = np.mean([net.surface[params.temperatures.index(temperature)] for net in nets], axis=0)
        chosen = Counter((net.sigma, net.k) for net in nets)
        drawn.add_heatmap(
            x=sigmas,
            y=ks,
            z=mean,
            name=f"T = {temperature:g}",
            colorscale=[[0, faded(COLORS["memorization"], 0.05)], [1, COLORS["memorization"]]],
            showscale=False,
            hovertemplate=f"sigma %{{x}}, k %{{y}}: %{{z:.2%}}<extra>T = {temperature:g}</extra>",
            **panels.at(0, column),
        )
        drawn.add_scatter(
            x=[f"{sigma:g}" for sigma, _ in chosen],
            y=[str(k) for _, k in chosen],
            name="chosen",
            mode="markers",
            marker={
                "symbol": "circle-open",
                "size": [8 + 20 * count / len(nets) for count in chosen.values()],
                "color": SERIES[4],
                "line": {"width": 2},
            },
            customdata=[[count] for count in chosen.values()],
            meta={"columns": ["networks"]},
            showlegend=False,
            **panels.at(0, column),
        )
        (sigma, k), count = chosen.most_common(1)[0]
        units = np.median([net.unit for net in nets])
        said.append(
            f"{_size_name(found)} {size:,}: {count} of {len(nets)} chose k = {k}, sigma = {sigma:g}, which is"
            f" {sigma * units:.2g} between features"
        )
    summarize(drawn, f"{'; '.join(said)}.")
    return drawn


@figure(
    "The choice of T",
    "The best accuracy on held-out examples over all k and sigma at each temperature; mean over networks."
    " The higher T, the more is left to the neighbors, and in the end they decide alone.",
    section="The choice of k, sigma and T",
)
def temperatures(found: Remembered) -> go.Figure | None:
    groups = by_size(whole(found))
    if not groups:
        return None
    x = [f"{t:g}" for t in found.params.temperatures]
    drawn = blank(
        "Accuracy on held-out examples over T",
        "temperatures",
        xaxis={"title": {"text": "temperature T"}, "type": "category"},
        yaxis={"title": {"text": "best accuracy"}, **PERCENT},
    )
    said = []
    for number, (size, nets) in enumerate(groups.items()):
        best = np.mean([np.max(net.surface, axis=(1, 2)) for net in nets], axis=0)
        chosen = Counter(net.temperature for net in nets)
        drawn.add_scatter(
            x=x,
            y=best,
            name=f"{_size_name(found)} {size:,}",
            mode="lines+markers",
            line={"color": SERIES[number % len(SERIES)], "width": 2},
            marker={"symbol": SYMBOLS[number % len(SYMBOLS)], "size": 8},
            customdata=[[chosen[t]] for t in found.params.temperatures],
            meta={"columns": ["networks that chose it"]},
        )
        said.append(f"{size:,}: T = {chosen.most_common(1)[0][0]:g}")
    summarize(drawn, f"Most frequent choice by size {', '.join(said)}.")
    return drawn


@figure(
    "Whom memory rescues",
    "Held-out training examples by their score in the finished experiment; the tail, memorized examples with"
    " low C-scores, is to the right on the left and to the left on the right. Of those that networks get"
    " wrong, the share that memory rescues; of those they get right, the share that it breaks. All networks"
    " together, bars are 95 % intervals.",
    section="In a finished experiment",
    of=lambda params: params.experiment is not None,
    lacking="Waits for the experiment's scores and for networks on the whole training set",
)
def rescues_by_score(found: Remembered) -> go.Figure | None:
    if not found.facts.outcomes:
        return None
    panels = Panels(["by memorization", "by C-score"], height=420, least_px=300)
    y = {"title": {"text": "share of examples"}, "tickformat": ".0%", "rangemode": "tozero"}
    drawn = blank(
        f"Held-out examples by their scores at size {found.facts.looked_at:,}",
        "rescues-by-score",
        **panels.layout(
            [{"title": {"text": name}, "type": "category"} for name in ("memorization score", "C-score")],
            [[y]],
        ),
    )
    said = []
    for column, score in enumerate(EDGES):
        wrong, rescued, right, broken = counted(found.facts.outcomes, score).sum(axis=0)
        for name, part, of, color, symbol in (
            ("rescued of errors", rescued, wrong, COLORS["memorization"], "circle"),
            ("broken of right ones", broken, right, NEUTRAL, "x"),
        ):
            known = of > 0
            share, (low, high) = (part / np.maximum(of, 1))[known], wilson(part[known], of[known])
            drawn.add_scatter(
                x=np.array(_bins(score))[known],
                y=share,
                name=name,
                legendgroup=name,
                showlegend=column == 0,
                mode="lines+markers",
                line={"color": color, "width": 2},
                marker={"symbol": symbol, "size": 8},
                error_y={
                    "type": "data",
                    "symmetric": False,
                    "array": high - share,
                    "arrayminus": share - low,
                },
                customdata=np.stack([of[known], low, high], axis=1),
                meta={"columns": ["examples", "low", "high"]},
                **panels.at(0, column),
            )
        each = ","
        " ".join(f"{r} of {w} {name}" for name, r, w in zip(_bins(score), rescued, wrong, strict=True))
        said.append(f"Rescued by {score.replace('_', '-')}: {each}")
    summarize(drawn, f"{'. '.join(said)}.")
    return drawn


def _bins(score: str) -> list[str]:
    edges = EDGES[score]
    between = [f"{low:g} to {high:g}" for low, high in pairwise(edges)]
    return [f"below {edges[0]:g}", *between, f"from {edges[-1]:g}"]


def preview(found: Remembered) -> dict[str, Any] | None:
    """Return test accuracies over size for the experiment's card."""
    groups = by_size(whole(found))
    if not groups:
        return None
    lines = [
        {
            "name": name,
            "color": LOOKS[who][0],
            "x": list(groups),
            "y": [float(np.mean([getattr(net.test, who) for net in nets])) for nets in groups.values()],
        }
        for who, name in WHO.items()
    ]
    return {"kind": "lines", "x_title": _size_name(found), "y_title": "test accuracy", "lines": lines}


FIGURES: tuple[Figure, ...] = (
    accuracy_over_size,
    gain_over_residual,
    accuracy_over_examples,
    surface,
    temperatures,
    rescues_by_score,
)
