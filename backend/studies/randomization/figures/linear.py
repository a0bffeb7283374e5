"""Section 5 and Table 3: SGD on linear models finds the least norm, yet norms do not predict test errors."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from backend.figures.grid import NOT_AVAILABLE, Cell, Column, Group, Row, value_grid
from backend.figures.panels import Panels
from backend.figures.style import COLORS, NEUTRAL, SERIES, SYMBOLS, blank, summarize
from backend.studies.kit.figures import Figure, figure
from backend.studies.randomization import paper
from backend.studies.randomization.facts import Descent, Interpolation
from backend.studies.randomization.found import Randomized
from backend.studies.randomization.looks import corrupted
from backend.studies.randomization.params import Part, has
from backend.studies.randomization.plan import GAMMA

SECTION = "Linear and kernel models"
MNIST_EXAMPLES = 60_000  # of the paper's kernel model
COMPARABLE = 1000  # from so many examples on, the paper's model of MNIST is shown beside ours
WIDTH = "\N{GREEK SMALL LETTER GAMMA}"  # of exp(-gamma |x - x'|^2)
_ROUND = [digit * 10**power for power in range(-2, 6) for digit in (1, 2, 5)]
_TICKS = {"tickvals": _ROUND, "ticktext": [f"{value:,g}" for value in _ROUND]}
FLOOR = 1e-17  # what an exact 0 becomes on a logarithmic axis


@figure(
    "Where SGD on a linear model goes",
    "Distance of the weights to the solution of least norm among all that fit the training set (solid),"
    " and to the limit that theory predicts (dashed), over epochs. From zero both are the same.",
    section=SECTION,
    of=has(Part.LINEAR),
)
def minimum_norm(evidence: Randomized) -> go.Figure | None:
    """Draw the distance to the solution of least norm, and to the predicted limit, over epochs."""
    facts = evidence.facts
    if not facts.descents:
        return None
    first = facts.descents[0]
    drawn = blank(
        f"SGD on a linear model of {first.n:,} examples in {first.d:,} dimensions",
        "minimum-norm",
        xaxis={"title": {"text": "epoch"}, "rangemode": "tozero"},
        yaxis={
            "title": {"text": "distance / least norm"},
            "type": "log",
            "exponentformat": "power",
        },
    )
    said = []
    for number, found in enumerate(facts.descents):
        drawn.add_traces(_descent(found, number))
        said.append(
            f"From {found.start}, the norm ends at {found.norm[-1]:.4g}, where the least is"
            f" {found.minimum_norm:.4g}, {found.to_minimum[-1]:.1e} of it from the solution of least norm and"
            f" {found.to_limit[-1]:.1e} from the predicted limit."
        )
    summarize(drawn, " ".join(said))
    return drawn


@figure(
    "Kernel models without regularizer",
    "Test error and norm of the Gaussian-kernel model without regularizer, over the number of training"
    " examples, for several shares p of labels drawn at random. Stars: the paper's MNIST.",
    section=SECTION,
    of=has(Part.LINEAR),
)
def kernel(evidence: Randomized) -> go.Figure | None:
    """Draw test error and norm of the interpolating kernel model over n, a line for each corruption."""
    facts = evidence.facts
    models = [model for model in facts.interpolations if model.ridge == 0 and model.gamma == GAMMA]
    if not models:
        return None
    panels = Panels(["<b>test error</b>", "<b>norm of the solution</b>"], height=400, gap=0.1, least_px=270)
    largest = max(model.n for model in models)
    compared = largest >= COMPARABLE
    counts = sorted({model.n for model in models} | ({MNIST_EXAMPLES} if compared else set()))
    x = {
        "title": {"text": "training examples, n"},
        "type": "log",
        "tickvals": counts,
        "ticktext": [_short(n) for n in counts],
    }
    layout = panels.layout(
        [x],
        [
            [
                {"title": {"text": "test error"}, "tickformat": ".0%", "rangemode": "tozero"},
                {"title": {"text": "norm"}, "type": "log", **_TICKS},
            ]
        ],
    )
    drawn = blank(
        f"Gaussian kernel, {WIDTH} = {GAMMA:g}, no regularizer · every example fit", "kernel", **layout
    )
    said = []
    for corruption in sorted({model.corruption for model in models}):
        found = sorted((m for m in models if m.corruption == corruption), key=lambda m: m.n)
        drawn.add_traces(_growing(found, panels))
        said.append(f"p = {corruption:g}: {found[-1].test_error:.1%}, norm {found[-1].norm:.3g}")
    if compared:
        drawn.add_traces(_paper_mnist(panels))
    worst = max(model.train_error for model in models)
    summarize(
        drawn,
        f"Test error and norm with {largest:,} examples, {'; '.join(said)}. The training error is at most"
        f" {100 * worst:.2g} %. The paper's on MNIST: {_mnist().test_error:g} %, norm {_mnist().norm:g}.",
    )
    return drawn


@figure(
    "Norm and test error",
    "Left: models of this experiment that differ in the width of the kernel or in the ridge, fit to the"
    " same true labels. Right: the paper's two models of MNIST, of which the one with the larger norm has"
    " half the error.",
    section=SECTION,
    of=has(Part.LINEAR),
)
def norms(evidence: Randomized) -> go.Figure | None:
    """Draw norm against test error: ours over widths of the kernel and ridges, and the paper's two."""
    facts = evidence.facts
    true = [model for model in facts.interpolations if model.corruption == 0]
    largest = max((model.n for model in true), default=0)
    widths = sorted((m for m in true if m.n == largest and m.ridge == 0), key=lambda m: m.gamma)
    ridges = sorted(
        (m for m in true if m.n == largest and m.gamma == GAMMA and m.ridge > 0), key=lambda m: m.ridge
    )
    if not widths and not ridges:
        return None
    theirs = [row for row in paper.KERNELS if row.norm is not None]
    panels = Panels(
        ["<b>this experiment</b>", f"<b>paper, {theirs[0].data}</b>"], height=420, gap=0.1, least_px=300
    )
    y = {"title": {"text": "test error"}, "tickformat": ".1~%", "rangemode": "tozero"}
    layout = panels.layout(
        [
            {
                "title": {"text": "norm of the solution"},
                "type": "log",
                **_TICKS,
            },
            {"title": {"text": "norm of the solution"}, "range": [150, 500]},
        ],
        [[y, y | {"range": [0, 0.016]}]],
    )
    drawn = blank(f"Norm and test error · {largest:,} examples, true labels", "norms", **layout)
    lines = (
        ("widths of the kernel", widths, [f"{WIDTH} {m.gamma:g}" for m in widths]),
        ("ridges", ridges, [f"ridge {m.ridge:g}" for m in ridges]),
    )
    for number, (name, found, labels) in enumerate(lines):
        drawn.add_trace(
            _labelled(
                _Points([m.norm for m in found], [m.test_error for m in found], labels), name, number
            ).update(panels.at(0, 0))
        )
    points = _Points(
        [row.norm or 0 for row in theirs],
        [row.test_error / 100 for row in theirs],
        [row.features for row in theirs],
    )
    drawn.add_trace(_labelled(points, "paper", 2).update(panels.at(0, 1)))
    least, best = (min((*widths, *ridges), key=key) for key in (lambda m: m.norm, lambda m: m.test_error))
    summarize(
        drawn,
        f"With {largest:,} examples and true labels the model of least norm ({least.norm:.3g},"
        f" {_called(least)}) has {least.test_error:.2%} test error; the least error is"
        f" {best.test_error:.2%}, of norm {best.norm:.3g} ({_called(best)}). The paper on MNIST: "
        + ", ".join(f"{row.features} norm {row.norm:g}, {row.test_error:g} %" for row in theirs)
        + ".",
    )
    return drawn


@figure(
    "Kernel models: the paper's beside ours",
    "Test error and norm from Table 3 and the text around it, and of this experiment's data with the same"
    " kernel on pixels. Gabor wavelets and random filters are not run here.",
    section=SECTION,
    of=has(Part.LINEAR),
)
def kernel_table(found: Randomized) -> go.Figure | None:
    """Draw the paper's kernel models as a table, and ours on this experiment's data below."""
    facts = found.facts
    true = [model for model in facts.interpolations if model.corruption == 0 and model.gamma == GAMMA]
    largest = max((model.n for model in true), default=0)
    ours = sorted((model for model in true if model.n == largest), key=lambda model: model.ridge)
    if not ours:
        return None
    groups = [
        Group(f"paper, {data}", [_paper_row(row) for row in paper.KERNELS if row.data == data])
        for data in dict.fromkeys(row.data for row in paper.KERNELS)
    ]
    drawn = value_grid(
        f"Kernel models on true labels · ours: this experiment's data, {WIDTH} = {GAMMA:g}",
        "kernel-table",
        groups=(
            "whose, data, features",
            [*groups, Group("ours, this experiment's data", [_our_row(model) for model in ours])],
        ),
        columns=("", [Column("test error, %", "test error"), Column("norm", "norm")]),
        facts=("value",),
        color=COLORS["memorization"],
    )
    summarize(
        drawn,
        "Test error and norm. Ours: "
        + "; ".join(f"{_ours_called(model)}: {model.test_error:.2%}, {model.norm:.3g}" for model in ours)
        + ". The paper's: "
        + "; ".join(
            f"{row.data}, {row.features}: {row.test_error:g} %" + (f", {row.norm:g}" if row.norm else "")
            for row in paper.KERNELS
        )
        + ".",
    )
    return drawn


def _descent(found: Descent, number: int) -> list[go.Scatter]:
    color = SERIES[number % len(SERIES)]
    group = f"from {found.start}"
    name = f"{group} · norm {found.norm[-1]:.3g}, least {found.minimum_norm:.3g}"
    return [
        go.Scatter(
            x=list(found.epochs),
            y=np.maximum(values, FLOOR),
            customdata=list(zip(found.residual, found.norm, strict=True)),
            meta={"columns": ["largest training error", "norm"]},
            mode="lines",
            name=words,
            legendgroup=group,
            showlegend=shown,
            line={"color": color, "dash": dash, "width": width},
            hovertemplate=f"epoch %{{x:,}}: %{{y:.2~e}}<extra>{words}</extra>",
        )
        for values, words, dash, width, shown in (
            (found.to_minimum, name, "solid", 2, True),
            (found.to_limit, f"{group}, to the predicted limit", "dash", 1.5, False),
        )
    ]


def _growing(found: Sequence[Interpolation], panels: Panels) -> list[go.Scatter]:
    """Draw test error and norm over n at one corruption."""
    corruption = found[0].corruption
    look, name = corrupted(corruption), f"p = {corruption:g}"
    shared = {
        "x": [model.n for model in found],
        "mode": "lines+markers",
        "name": name,
        "legendgroup": name,
        "line": {"color": look.color, "width": 2},
        "marker": {"symbol": look.symbol, "size": 8},
    }
    errors = go.Scatter(
        y=[model.test_error for model in found],
        customdata=[[model.train_error, model.test_examples] for model in found],
        meta={"columns": ["training error", "test examples"]},
        hovertemplate=f"n = %{{x:,}}: test error %{{y:.1%}}<extra>{name}</extra>",
        **shared,
        **panels.at(0, 0),
    )
    lengths = go.Scatter(
        y=[model.norm for model in found],
        hovertemplate=f"n = %{{x:,}}: norm %{{y:.3g}}<extra>{name}</extra>",
        showlegend=False,
        **shared,
        **panels.at(0, 1),
    )
    return [errors, lengths]


def _paper_mnist(panels: Panels) -> list[go.Scatter]:
    name = f"paper, MNIST, n = {MNIST_EXAMPLES:,}"
    return [
        go.Scatter(
            x=[MNIST_EXAMPLES],
            y=[value],
            mode="markers",
            name=name,
            legendgroup=name,
            showlegend=column == 0,
            marker={"symbol": "star", "size": 12, "color": NEUTRAL},
            cliponaxis=False,
            hovertemplate=f"{said}<extra>{name}</extra>",
            **panels.at(0, column),
        )
        for column, (value, said) in enumerate(
            (
                (_mnist().test_error / 100, f"test error {_mnist().test_error:g} %"),
                (_mnist().norm, f"norm {_mnist().norm:g}"),
            )
        )
    ]


def _mnist() -> paper.KernelRow:
    return next(row for row in paper.KERNELS if (row.data, row.features) == ("MNIST", "pixels"))


@dataclass(frozen=True)
class _Points:
    """Norms, test errors and what to call each."""

    norm: Sequence[float]
    error: Sequence[float]
    labels: Sequence[str]


def _labelled(points: _Points, name: str, number: int) -> go.Scatter:
    color = (SERIES[0], SERIES[1], NEUTRAL)[number]
    return go.Scatter(
        x=list(points.norm),
        y=list(points.error),
        text=list(points.labels),
        customdata=list(points.labels),
        meta={"columns": ["model"]},
        mode="lines+markers+text",
        # Neighbors are often close: their names go above and below in turn.
        textposition=[("top center", "bottom center")[(at + number) % 2] for at in range(len(points.labels))],
        textfont={"size": 11},
        cliponaxis=False,
        name=name,
        line={"color": color, "width": 1.5, "dash": "dot"},
        marker={"symbol": (*SYMBOLS[:2], "star")[number], "size": 9, "color": color},
        hovertemplate=f"%{{text}}: norm %{{x:.3g}}, test error %{{y:.2%}}<extra>{name}</extra>",
    )


def _called(model: Interpolation) -> str:
    return f"{WIDTH} = {model.gamma:g}" + (f", ridge {model.ridge:g}" if model.ridge else "")


def _ours_called(model: Interpolation) -> str:
    ridge = f"ridge {model.ridge:g}" if model.ridge else "no regularizer"
    return f"pixels, {model.n:,} examples, {ridge}"


def _paper_row(row: paper.KernelRow) -> Row:
    error = Cell(f"{row.test_error:g} %", row.test_error / 100, (row.test_error,))
    norm = (
        Cell(NOT_AVAILABLE, None, (None,)) if row.norm is None else Cell(f"{row.norm:g}", None, (row.norm,))
    )
    return Row(row.features, (error, norm))


def _our_row(model: Interpolation) -> Row:
    error = Cell(f"{100 * model.test_error:.2f} %", model.test_error, (100 * model.test_error,))
    return Row(_ours_called(model), (error, Cell(f"{model.norm:.1f}", None, (model.norm,))))


def _short(n: int) -> str:
    return f"{n / 1000:g}k" if n >= 10_000 else f"{n:,}"


FIGURES: tuple[Figure, ...] = (
    minimum_norm,
    kernel,
    norms,
    kernel_table,
)
