"""Tables 1, 2 and 4 beside ours, and Fig. 2: what explicit regularizers and early stopping do."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from backend.figures.grid import NOT_AVAILABLE, NOT_RUN, Cell, Column, Group, Row, value_grid
from backend.figures.panels import Panels
from backend.figures.spread import COLUMNS, Spread, runs_told
from backend.figures.style import COLORS, band, blank, summarize
from backend.networks.architectures import Architecture, is_convolutional, title
from backend.studies.kit.figures import Figure, figure
from backend.studies.randomization import paper
from backend.studies.randomization.conditions import RANDOM_LABELS, REGULARIZER_NAMES, TRUE, Regularizer
from backend.studies.randomization.facts import Fit
from backend.studies.randomization.found import Randomized
from backend.studies.randomization.looks import NETWORKS, heading, thinned
from backend.studies.randomization.params import Part, has
from backend.studies.randomization.runs import held, networks_of, runs_of

SECTION = "Explicit regularizers"

Floats = npt.NDArray[np.float64]
_FACTS = ("training accuracy, %", "test accuracy, %", "runs", "note")
_Ours = Mapping[tuple[Architecture, Regularizer, bool], Sequence[Fit]]  # True: on random labels
_INCEPTIONS = (Architecture.INCEPTION, Architecture.INCEPTION_PLAIN)


@figure(
    "Accuracy with and without explicit regularizers",
    "Accuracy in percent on the training set / on the test set, darker where the training set is fit"
    " better. The paper's numbers (Tables 1 and 4) are for CIFAR-10, ours for this experiment's data."
    " ? stands for a number that the paper does not give, * for longer training with a slower decay of"
    " the learning rate.",
    section=SECTION,
    of=has(Part.REGULARIZERS),
)
def regularizers(found: Randomized) -> go.Figure | None:
    """Draw the paper's accuracies beside ours, one row for each network and regularizer of either."""
    facts, reduction = found.facts, found.params.reduction
    ours = {
        (architecture, regularizer, condition == RANDOM_LABELS): fits
        for regularizer in Regularizer
        for (architecture, condition), fits in runs_of(facts, regularizer, (TRUE, RANDOM_LABELS)).items()
    }
    if not ours:
        return None
    reduced = reduction > 1 and any(is_convolutional(architecture) for architecture, _, _ in ours)
    narrower = f"<br>convolutional: width-reduced to 1/{reduction}" if reduced else ""
    told = runs_told(map(len, ours.values()))
    known = {(architecture, regularizer) for architecture, regularizer, _ in (*ours, *paper.CIFAR10)}
    groups = [
        Group(
            title(architecture),
            [
                Row(REGULARIZER_NAMES[regularizer], _beside(ours, architecture, regularizer))
                for regularizer in Regularizer
                if (architecture, regularizer) in known
            ],
        )
        for architecture in Architecture
    ]
    drawn = value_grid(
        f"Training / test accuracy in percent · ours: this experiment's data, the paper's: CIFAR-10 · {told}",
        "regularizers",
        groups=("network, regularizer", groups),
        columns=(
            "labels, whose numbers",
            [
                Column(f"{labels}, {whose}", f"<b>{labels}</b><br>{whose}{more}")
                for labels in ("true labels", "random labels")
                for whose, more in (("ours", narrower), ("paper", ""))
            ],
        ),
        facts=_FACTS,
        color=COLORS["in_accuracy"],
    )
    summarize(drawn, _regularizers_told(ours, reduction, told))
    return drawn


@figure(
    "ImageNet: the paper's numbers only",
    "Accuracy in percent of Inception V3 (Table 2), in parentheses the best along the way. Not run here:"
    " this needs ImageNet and days of many GPUs.",
    section=SECTION,
    of=has(Part.REGULARIZERS),
)
def imagenet(_found: Randomized) -> go.Figure:
    """Draw the paper's Table 2, of which nothing is run here."""
    columns = (
        ("top-1 train", "top1_train", None),
        ("top-5 train", "top5_train", None),
        ("top-1 test", "top1_test", "best_top1"),
        ("top-5 test", "top5_test", "best_top5"),
    )
    rows = {
        labels: [
            Row(_regularized(row), [_number(row, *names) for _, *names in columns] + [Cell(NOT_RUN)])
            for row in paper.IMAGENET
            if row.labels == labels
        ]
        for labels in dict.fromkeys(row.labels for row in paper.IMAGENET)
    }
    drawn = value_grid(
        "ImageNet, the paper's Table 2 · ours: not run, needs ImageNet and days of many GPUs",
        "imagenet",
        groups=("labels, regularizers", [Group(f"{labels} labels", found) for labels, found in rows.items()]),
        columns=(
            "accuracy in percent",
            [*(Column(f"{name}, paper", f"{name}<br>paper") for name, *_ in columns), Column("ours", "ours")],
        ),
        facts=("accuracy, %", "best along the way, %"),
        color=COLORS["in_accuracy"],
    )
    best, bare, random = paper.IMAGENET[0], paper.IMAGENET[3], paper.IMAGENET[-1]
    summarize(
        drawn,
        "The paper's Inception V3 on ImageNet; nothing of it is run here. Top-1 test accuracy is"
        f" {best.top1_test} % with all regularizers and {bare.top1_test} % without any; without any, random"
        f" labels are fit to {random.top1_train} % top-1 training accuracy.",
    )
    return drawn


@figure(
    "What stopping early could gain",
    "Test accuracy over epochs on true labels without regularizer; shaded up to the best so far. A gap"
    " at the end is what stopping at the best epoch would have gained. Lines are means over runs.",
    section=SECTION,
    of=has(Part.REGULARIZERS),
)
def early_stopping(found: Randomized) -> go.Figure | None:
    """Draw test accuracy over epochs with the best so far, both Inceptions in one panel."""
    facts, reduction = found.facts, found.params.reduction
    runs = runs_of(facts, Regularizer.NONE, (TRUE,))
    networks = networks_of(runs)
    if not networks:
        return None
    groups = [[a] for a in networks]
    if set(_INCEPTIONS) <= set(networks):
        groups = [[a] for a in networks if a not in _INCEPTIONS] + [list(_INCEPTIONS)]
    panels = Panels(
        [
            heading(group[0], reduction) + ("<br>with and without batch norm" if len(group) > 1 else "")
            for group in groups
        ],
        height=400,
        least_px=230,
    )
    told = runs_told(map(len, runs.values()))
    layout = panels.layout(
        [{"title": {"text": "epoch"}, "rangemode": "tozero"}], [[{"title": {"text": "test accuracy"}}]]
    )
    drawn = blank(
        f"Test accuracy on true labels · shaded: up to the best so far · {told}", "early-stopping", **layout
    )
    said = []
    for column, group in enumerate(groups):
        for architecture in group:
            values = held([fit.test for fit in runs[architecture, TRUE]])
            best = np.maximum.accumulate(values, axis=1).mean(axis=0)
            drawn.add_traces(
                _course(title(architecture, reduction), architecture, values, best, panels.at(0, column))
            )
            last = float(values[:, -1].mean())
            said.append(f"{title(architecture, reduction)} ends at {last:.1%}, its best is {best[-1]:.1%}")
    summarize(drawn, f"{'; '.join(said)}.")
    return drawn


def _beside(ours: _Ours, architecture: Architecture, regularizer: Regularizer) -> list[Cell]:
    """Return our cell and the paper's, for true and for random labels."""
    keys = [(architecture, regularizer, random) for random in (False, True)]
    return [cell for key in keys for cell in (_ours(ours.get(key, ())), _papers(paper.CIFAR10.get(key)))]


def _ours(fits: Sequence[Fit]) -> Cell:
    if not fits:
        return Cell(NOT_RUN, None, (None, None, 0, "not run"))
    train, test = np.mean([fit.final for fit in fits], axis=0).tolist()
    return Cell(
        f"{100 * train:.2f} / {100 * test:.2f}",
        train,
        (round(100 * train, 4), round(100 * test, 4), len(fits), ""),
    )


def _papers(cell: paper.Cell | None) -> Cell:
    if cell is None:
        return Cell(NOT_AVAILABLE, None, (None, None, None, "not available"))
    note = f"{cell.source}{cell.note and ', '}{cell.note}"
    if cell.train is None:
        return Cell(f"<i>{cell.note}</i>", None, (None, cell.test, None, note))
    test = "?" if cell.test is None else f"{cell.test:.2f}"
    text = f"{cell.train:.2f} / {test}{' *' if cell.note else ''}"
    return Cell(text, cell.train / 100, (cell.train, cell.test, None, note))


def _regularizers_told(ours: _Ours, reduction: int, told: str) -> str:
    said = []
    for (architecture, regularizer, random), fits in ours.items():
        if regularizer is Regularizer.NONE:
            train, test = np.mean([fit.final for fit in fits], axis=0)
            labels = "random labels" if random else "true labels"
            said.append(f"{title(architecture, reduction)} on {labels} {train:.2%} and {test:.2%}")
    bare = f"Without regularizer, training and test accuracy: {'; '.join(said)}. " if said else ""
    return f"{bare}{len(ours)} of our cells are filled, {told}; the paper's are for CIFAR-10."


def _regularized(row: paper.ImageNetRow) -> str:
    used = {"augmentation": row.augmentation, "dropout": row.dropout, "weight decay": row.weight_decay}
    if all(on is None for on in used.values()):
        return row.model
    return ", ".join(name for name, on in used.items() if on) or "no regularizer"


def _number(row: paper.ImageNetRow, name: str, best_name: str | None) -> Cell:
    value, best = getattr(row, name), best_name and getattr(row, best_name)
    if value is None:
        return Cell(NOT_AVAILABLE, None, (None, None))
    beside = "" if best is None else f" ({best:.2f})"
    return Cell(f"{value:.2f}{beside}", value / 100, (value, best))


def _course(
    name: str, architecture: Architecture, values: Floats, best: Floats, axes: Mapping[str, str]
) -> list[go.Scatter]:
    """Draw one network's test accuracy (runs, epochs) and shade up to the best so far (epochs,)."""
    look, kept = NETWORKS[architecture], thinned(values.shape[1])
    mean = values.mean(axis=0)[kept]
    shade = band(kept.tolist(), mean.tolist(), best[kept].tolist(), look.color, name).update(axes)
    line = go.Scatter(
        x=kept,
        y=mean,
        customdata=np.column_stack([best[kept], Spread.of(values[:, kept].T).table]),
        meta={"columns": ["best so far", *COLUMNS]},
        mode="lines",
        name=name,
        legendgroup=name,
        line={"color": look.color, "width": 2},
        hovertemplate=f"epoch %{{x}}: %{{y:.1%}}, best so far %{{customdata[0]:.1%}}<extra>{name}</extra>",
        **axes,
    )
    return [shade, line]


FIGURES: tuple[Figure, ...] = (
    regularizers,
    imagenet,
    early_stopping,
)
