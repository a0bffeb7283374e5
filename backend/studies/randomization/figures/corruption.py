"""Fig. 1b and 1c: how the share of corrupted labels slows fitting and raises the test error."""

from collections.abc import Iterator, Mapping, Sequence
from math import floor

import plotly.graph_objects as go

from backend.datasets.options import PixelMode
from backend.figures.panels import Panels
from backend.figures.spread import Spread, runs_told
from backend.figures.style import COLORS, NEUTRAL, blank, faded, nothing, summarize
from backend.networks.architectures import Architecture, is_convolutional, title
from backend.studies.kit.figures import Figure, figure
from backend.studies.randomization import paper
from backend.studies.randomization.conditions import Regularizer
from backend.studies.randomization.facts import OVERFIT, Fit, RandomizationFacts
from backend.studies.randomization.found import Randomized
from backend.studies.randomization.looks import NETWORKS, PAPER_DASH
from backend.studies.randomization.params import Part, has
from backend.studies.randomization.runs import Ratio, Runs, networks_of, runs_of, slowdowns

SECTION = "From true to random labels"

PAPER = "paper, CIFAR-10"
AT_LEAST = "triangle-up-open"
LEAST_PX = 560  # what the strip's numbers, and long names of networks in the legend, need


@figure(
    "Time to fit corrupted labels",
    f"Steps until {OVERFIT:.0%} of the training set are right, as a multiple of those for true labels"
    " with the same initial weights. Points are means over runs, bars their range; open triangles stand for"
    " at least so much, where a network has not got there by the end. Dashed: the paper's networks on"
    " CIFAR-10, read off its Fig. 1b.",
    section=SECTION,
    of=has(Part.CORRUPTION),
)
def overfit_time(evidence: Randomized) -> go.Figure | None:
    """Draw over the corruption how many times the steps for true labels it takes to fit, paired by run."""
    facts, reduction = evidence.facts, evidence.params.reduction
    runs = _sweep(facts)
    networks = networks_of(runs)
    if not networks:
        return None
    ratios = {architecture: _ratios(runs, architecture) for architecture in networks}
    counts = [len(values) for found in ratios.values() for values in found.values()]
    if not counts:
        return nothing("No network has fit true labels yet")
    told = runs_told(counts, "bars")
    drawn = blank(
        f"Steps to {OVERFIT:.0%} training accuracy, relative to true labels · {told}",
        "overfit-time",
        height=420,
        meta={"least_width": LEAST_PX if any(map(is_convolutional, networks)) else 0},
        xaxis=_corruption_axis(),
        yaxis={"title": {"text": "steps to overfit, relative to p = 0"}, "rangemode": "tozero"},
    )
    said = []
    for architecture, found in ratios.items():
        if found:
            name = title(architecture, reduction)
            spread = Spread.of([ratio.value for ratio in ratios] for ratios in found.values())
            line = _sweep_line(architecture, name, list(found), spread)
            least = [any(ratio.at_least for ratio in ratios) for ratios in found.values()]
            own = NETWORKS[architecture].symbol
            line.marker.symbol = [AT_LEAST if censored else own for censored in least]
            drawn.add_trace(line)
            words = "at least " if least[-1] else ""
            said.append(f"{name} takes {words}{spread.mean[-1]:.2f} times as long at p = {max(found):g}")
    drawn.add_traces(_papers(paper.OVERFIT_TIME, networks))
    never = sum(fit.steps_to_overfit() is None for fits in runs.values() for fit in fits)
    every = sum(map(len, runs.values()))
    unfit = f" {never} of {every} networks do not overfit: they take at least so long." if never else ""
    summarize(drawn, f"{told.capitalize()}. {'; '.join(said)}.{unfit}{_papers_end(networks)}")
    return drawn


@figure(
    "Test error over corrupted labels",
    "Error on the test set, whose labels stay true. Points are means over runs, bars their range. Dashed:"
    " the paper's networks on CIFAR-10 (Fig. 1c); dotted: chance. Numbers below are the training accuracy"
    " in percent, rounded down.",
    section=SECTION,
    of=has(Part.CORRUPTION),
)
def test_error(evidence: Randomized) -> go.Figure | None:
    """Draw test error over the corruption, and below it the training accuracy of each network in numbers."""
    facts, reduction, classes = evidence.facts, evidence.params.reduction, evidence.facts.classes
    runs = _sweep(facts)
    networks = networks_of(runs)
    if not networks:
        return None
    chance = 1 - 1 / classes
    names = {architecture: title(architecture, reduction) for architecture in networks}
    strip = 32 * len(networks)
    panels = Panels([""], height=480 + strip, heights=(340, strip), row_gap=0.03)
    layout = panels.layout(
        [_corruption_axis()],
        [
            [{"title": {"text": "test error"}, "tickformat": ".0%", "range": [0, 1.02]}],
            [_strip_axis(names)],
        ],
    )
    layout["meta"]["least_width"] = LEAST_PX
    layout["shapes"] = [
        {
            "type": "line",
            "xref": "x domain",
            "x0": 0,
            "x1": 1,
            "y0": chance,
            "y1": chance,
            "line": {"color": NEUTRAL, "width": 1.5, "dash": "dot"},
        }
    ]
    layout["annotations"] += [
        {
            "text": f"chance, {chance:.0%}",
            "font": {"size": 11},
            "showarrow": False,
            "xref": "x domain",
            "x": 0,
            "xanchor": "left",
            "y": chance,
            "yanchor": "bottom",
        }
    ]
    told = runs_told(map(len, runs.values()), "bars")
    drawn = blank(f"Test error over corrupted labels · {told}", "test-error", **layout)
    said = []
    for architecture, name in names.items():
        found = dict(_of(runs, architecture))
        errors = Spread.of([1 - fit.final[1] for fit in fits] for fits in found.values())
        train = Spread.of([fit.final[0] for fit in fits] for fits in found.values())
        drawn.add_trace(_sweep_line(architecture, name, list(found), errors, train))
        said.append(
            f"{name}: {errors.mean[0]:.1%} at p = {min(found):g} to {errors.mean[-1]:.1%} at p ="
            f" {max(found):g}, training accuracy at least {_percent_down(train.low.min())} %"
        )
    drawn.add_traces(_papers(paper.TEST_ERROR, networks))
    drawn.add_traces(_strip(runs, names, panels.at(1, 0)))
    summarize(drawn, f"Test error, where chance is {chance:.1%}. {'; '.join(said)}. {told.capitalize()}.")
    return drawn


def _sweep(facts: RandomizationFacts) -> Runs:
    """Return the networks without regularizer on pictures as they are, however many labels are corrupted."""
    runs = runs_of(facts, Regularizer.NONE)
    return {key: fits for key, fits in runs.items() if key[1].pixels is PixelMode.ORIGINAL}


def _of(runs: Runs, architecture: Architecture) -> Iterator[tuple[float, Sequence[Fit]]]:
    """Go through the runs of one network by ascending corruption."""
    keys = sorted((key for key in runs if key[0] is architecture), key=lambda key: key[1].corruption)
    return ((key[1].corruption, runs[key]) for key in keys)


def _ratios(runs: Runs, architecture: Architecture) -> dict[float, list[Ratio]]:
    """Return the steps to overfit relative to true labels by corruption, of all runs that have both."""
    found = dict(_of(runs, architecture))
    ratios = {p: [*slowdowns(fits, found.get(0, ())).values()] for p, fits in found.items()}
    return {p: values for p, values in ratios.items() if values}


def _corruption_axis() -> dict[str, object]:
    return {"title": {"text": "p, share of labels drawn at random"}, "range": [-0.04, 1.04], "dtick": 0.2}


def _strip_axis(names: Mapping[Architecture, str]) -> dict[str, object]:
    return {
        "type": "category",
        "categoryarray": list(names.values()),
        "tickvals": list(names.values()),
        "ticktext": [title(architecture).replace(" without", "<br>without") for architecture in names],
        "range": [len(names) - 0.5, -0.5],
        "showgrid": False,
        "ticks": "",
    }


def _sweep_line(
    architecture: Architecture, name: str, x: Sequence[float], values: Spread, train: Spread | None = None
) -> go.Scatter:
    look = NETWORKS[architecture]
    facts = [values.runs.tolist(), *([] if train is None else [train.mean.tolist()])]
    return go.Scatter(
        x=list(x),
        y=values.mean,
        error_y=values.bars(),
        customdata=list(zip(*facts, strict=True)),
        meta={"columns": ["runs", *([] if train is None else ["training accuracy"])]},
        mode="lines+markers",
        name=name,
        legendgroup=name,
        line={"color": look.color, "width": 2},
        marker={"symbol": look.symbol, "size": 8},
        hovertemplate=f"p = %{{x}}: %{{y:.3f}}<extra>{name}</extra>",
    )


def _papers(
    curves: Mapping[Architecture, Sequence[float]], networks: Sequence[Architecture]
) -> list[go.Scatter]:
    """Return the paper's curve of every network that has one here, and one entry of the legend for all."""
    traces = [
        go.Scatter(
            x=list(paper.CORRUPTIONS),
            y=list(curves[architecture]),
            mode="lines",
            name=f"{title(architecture)}, {PAPER}",
            legendgroup=PAPER,
            showlegend=False,
            line={"color": NETWORKS[architecture].color, "width": 1.5, "dash": PAPER_DASH},
            hovertemplate=f"p = %{{x}}: %{{y:.2f}}<extra>{title(architecture)}, {PAPER}</extra>",
        )
        for architecture in networks
        if architecture in curves
    ]
    if not traces:
        return []
    entry = go.Scatter(
        x=[None],
        y=[None],
        mode="lines",
        name=PAPER,
        legendgroup=PAPER,
        line={"color": NEUTRAL, "width": 1.5, "dash": PAPER_DASH},
        hoverinfo="skip",
    )
    return [*traces, entry]


def _papers_end(networks: Sequence[Architecture]) -> str:
    ends = [
        f"{title(architecture)} {paper.OVERFIT_TIME[architecture][-1]:g}"
        for architecture in networks
        if architecture in paper.OVERFIT_TIME
    ]
    return f" The paper's on CIFAR-10 at p = 1: {', '.join(ends)}." if ends else ""


def _strip(runs: Runs, names: Mapping[Architecture, str], axes: Mapping[str, str]) -> list[go.Scatter]:
    """Print training accuracies in percent on shades; the curves above carry them for the table."""
    cells = [
        (p, name, Spread.of([[fit.final[0] for fit in fits]]).mean[0])
        for architecture, name in names.items()
        for p, fits in _of(runs, architecture)
    ]
    xs = sorted({p for p, _, _ in cells})
    found = {(p, name): accuracy for p, name, accuracy in cells}
    shades = go.Heatmap(
        x=xs,
        y=list(names.values()),
        z=[[found.get((p, name)) for p in xs] for name in names.values()],
        zmin=0,
        zmax=1,
        colorscale=[[0, faded(COLORS["in_accuracy"], 0.06)], [1, faded(COLORS["in_accuracy"], 0.45)]],
        showscale=False,
        xgap=1,
        ygap=2,
        hoverinfo="skip",
        **axes,
    )
    texts = go.Scatter(
        x=[p for p, _, _ in cells],
        y=[name for _, name, _ in cells],
        text=[_percent_down(accuracy) for _, _, accuracy in cells],
        textfont={"size": 10},
        mode="text",
        showlegend=False,
        hoverinfo="skip",
        **axes,
    )
    return [shades, texts]


def _percent_down(share: float) -> str:
    """Return percent, rounded down so that 100 means all."""
    return f"{floor(share * 1000 + 1e-9) / 10:g}"


FIGURES: tuple[Figure, ...] = (
    overfit_time,
    test_error,
)
