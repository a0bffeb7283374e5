"""Networks over the logarithm of epochs: losses, the last layer, validation, Table 1."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from backend.figures.curves import upright
from backend.figures.panels import Panels
from backend.figures.spread import COLUMNS, Spread, runs_told
from backend.figures.style import COLORS, NEUTRAL, blank, summarize
from backend.studies.kit.figures import Figure, figure
from backend.studies.separable.facts import Network
from backend.studies.separable.found import Separated
from backend.studies.separable.late import lates
from backend.studies.separable.params import Part, has
from backend.studies.separable.table import EPOCHS, QUANTITIES

SECTION = "Deep networks, long after they are right"
TRAIN, TEST, PAPER = COLORS["in_accuracy"], COLORS["test_accuracy"], COLORS["memorization"]
EPOCH_AXIS = {"type": "log", "title": {"text": "epoch"}, "dtick": 1}
OF = has(Part.NETWORKS)


class Course(NamedTuple):
    """A quantity of all networks over their epochs (E,)."""

    epochs: npt.NDArray[np.int64]
    spread: Spread


def course(networks: Sequence[Network], name: str) -> Course:
    """Return mean and spread of a quantity over networks, which all have the same epochs."""
    values = np.array([getattr(network, name) for network in networks])
    return Course(np.array(networks[0].epochs), Spread.of(values.T.tolist()))


def fitted_after(networks: Sequence[Network]) -> float | None:
    """Return the epoch from which on every network is right on its training set; None if one never is."""
    since = [
        network.epochs[n] if (n := network.fitted) < len(network.epochs) else None for network in networks
    ]
    return None if None in since else float(max(epoch for epoch in since if epoch is not None))


def _line(networks: Sequence[Network], name: str, color: str, **where: str) -> list[Any]:
    found, label = course(networks, name), QUANTITIES[name].title
    x = found.epochs.tolist()
    line = go.Scatter(
        x=x,
        y=found.spread.mean,
        name=label,
        legendgroup=label,
        mode="lines+markers",
        line={"color": color, "width": 2},
        marker={"size": 4},
        customdata=found.spread.table,
        meta={"columns": COLUMNS},
        **where,
    )
    return [*(trace.update(where) for trace in found.spread.bands(x, color, label)), line]


def _since(networks: Sequence[Network]) -> list[dict[str, Any]]:
    """Mark from where on all networks are always right."""
    epoch = fitted_after(networks)
    return [] if epoch is None else [upright(epoch, NEUTRAL)]


def _told(networks: Sequence[Network]) -> str:
    epoch = fitted_after(networks)
    right = "not all are ever always right" if epoch is None else f"all are right from epoch {epoch:.0f} on"
    return f"{runs_told([len(networks)], 'bands')}; {right}"


@figure(
    "Losses, long after every training example is right",
    "Both axes are logarithmic: a power of time is a straight line, and 1 / t is the dashed one. To the right"
    " of the dotted line no network makes a training error any more. Does its training loss go on falling, as"
    " the theorem says of linear models, and what does the validation loss do?",
    section=SECTION,
    of=OF,
)
def network_losses(found: Separated) -> go.Figure | None:
    """Draw training and validation loss over epochs."""
    networks = found.facts.networks
    if not networks:
        return None
    drawn = blank(
        f"Losses over epochs · {_told(networks)}",
        "network-losses",
        xaxis=EPOCH_AXIS,
        yaxis={
            "type": "log",
            "title": {"text": "average cross-entropy"},
            "exponentformat": "power",
            "dtick": 1,
        },
        shapes=_since(networks),
    )
    drawn.add_traces([*_line(networks, "train_loss", TRAIN), *_line(networks, "test_loss", TEST)])
    loss = course(networks, "train_loss")
    if (epoch := fitted_after(networks)) is not None:
        at = int(np.searchsorted(loss.epochs, epoch))
        x = loss.epochs[at:]
        drawn.add_scatter(
            x=x,
            y=loss.spread.mean[-1] * x[-1] / x,
            name="1 / t",
            mode="lines",
            line={"color": NEUTRAL, "dash": "dash"},
            hoverinfo="skip",
        )
    validation = course(networks, "test_loss").spread.mean
    summarize(
        drawn,
        f"{_told(networks)}. Training loss {loss.spread.mean[-1]:.2g} after {loss.epochs[-1]:,} epochs;"
        f" validation loss {validation.min():.3f} at least and {validation[-1]:.3f} in the end.",
    )
    return drawn


@figure(
    "The norm of the last layer",
    "A straight line over the logarithm of epochs: the norm grows by about as much from epoch 100 to 1,000 as"
    " from 10 to 100. The dashed line is fitted from where all networks are always right.",
    section=SECTION,
    of=OF,
)
def network_norm(found: Separated) -> go.Figure | None:
    """Draw the norm over log epochs, with the line through it."""
    networks = found.facts.networks
    if not networks:
        return None
    drawn = blank(
        f"Norm of the last layer over epochs · {_told(networks)}",
        "network-norm",
        xaxis=EPOCH_AXIS,
        yaxis={"title": {"text": "Euclidean norm"}},
        shapes=_since(networks),
    )
    drawn.add_traces(_line(networks, "norm", TRAIN))
    norm = course(networks, "norm")
    said = ""
    if late := lates(networks):
        slope, start = (
            float(np.mean([getattr(one.norm, name) for one in late])) for name in ("slope", "start")
        )
        x = np.array([min(one.since for one in late), norm.epochs[-1]])
        drawn.add_scatter(
            x=x,
            y=start + slope * np.log(x),
            name="line over log epochs",
            mode="lines",
            line={"color": NEUTRAL, "dash": "dash"},
        )
        explained = float(np.mean([one.norm.explained for one in late]))
        said = (
            f" A line over log epochs grows by {slope * np.log(10):.2f} a decade and has"
            f" R^2 = {explained:.3f}."
        )
    summarize(
        drawn,
        f"{_told(networks)}. Norm {norm.spread.mean[0]:.2f} after one epoch and"
        f" {norm.spread.mean[-1]:.2f} after {norm.epochs[-1]:,}.{said}",
    )
    return drawn


@figure(
    "Validation loss against validation error",
    "Who watches the validation loss stops early. Where it rises and the error does not, the few examples"
    " that stay wrong are more and more surely wrong as weights grow; which ones they are does not change.",
    section=SECTION,
    of=OF,
)
def network_paradox(found: Separated) -> go.Figure | None:
    """Draw validation loss above validation error."""
    networks = found.facts.networks
    if not networks:
        return None
    panels = Panels([""], height=460, heights=(1, 1), row_gap=0.1)
    layout = panels.layout(
        [EPOCH_AXIS],
        [
            [{"title": {"text": "validation loss"}}],
            [{"title": {"text": "validation error"}, "tickformat": ".1%"}],
        ],
    )
    drawn = blank(
        f"Validation over epochs · {_told(networks)}",
        "network-paradox",
        **layout,
        shapes=_since(networks),
    )
    drawn.add_traces(
        [
            *_line(networks, "test_loss", TEST, **panels.at(0, 0)),
            *_line(networks, "test_error", PAPER, **panels.at(1, 0)),
        ]
    )
    late = lates(networks)
    loss, error = (
        (np.mean([getattr(one, name) for one in late]) for name in ("loss_rise", "error_rise"))
        if late
        else (0, 0)
    )
    said = (
        f"From the fit to the end the loss changes by {loss:+.3f}, the error by {100 * error:+.2f} points."
        if late
        else "Too little of the training comes after the fit."
    )
    summarize(drawn, f"{_told(networks)}. {said}")
    return drawn


@figure(
    "Table 1, the paper's beside ours",
    "The paper's residual network on CIFAR-10 and our networks, each on scales of its own but over the same"
    " epochs. Values differ with the data; look at the shapes. Of the paper's values only the last validation"
    " error could be checked against the source.",
    section=SECTION,
    of=OF,
)
def network_table(found: Separated) -> go.Figure | None:
    """Draw the five rows of Table 1 in two columns."""
    networks = found.facts.networks
    if not networks:
        return None
    panels = Panels(
        ["Paper: ResNet, CIFAR-10", f"Ours: {_ours(found)}"], height=860, heights=(1,) * 5, gap=0.14
    )
    axes = [
        [
            {
                **q.axis,
                "title": {"text": q.title.replace(" of the ", "<br>of the ").replace("ion ", "ion<br>")},
            },
            dict(q.axis),
        ]
        for q in QUANTITIES.values()
    ]
    axis = {**EPOCH_AXIS, "range": [0, np.log10(max(*EPOCHS, *networks[0].epochs)) + 0.1]}
    drawn = blank(
        "Table 1 over epochs", "network-table", **panels.layout([axis, axis], axes), showlegend=False
    )
    for row, (name, quantity) in enumerate(QUANTITIES.items()):
        shown = (
            [value if value > 0 else None for value in quantity.paper]
            if quantity.axis.get("type") == "log"
            else quantity.paper
        )
        drawn.add_scatter(
            x=EPOCHS,
            y=shown,
            name=f"paper, {quantity.title}",
            mode="lines+markers",
            marker={"color": PAPER, "symbol": "diamond", "size": 7},
            line={"color": PAPER, "dash": "dot"},
            **panels.at(row, 0),
        )
        drawn.add_traces(_line(networks, name, TRAIN, **panels.at(row, 1)))
    last = {name: course(networks, name).spread.mean[-1] for name in QUANTITIES}
    summarize(
        drawn,
        f"After {networks[0].epochs[-1]:,} epochs ours have norm {last['norm']:.1f}, training loss"
        f" {last['train_loss']:.1g}, validation loss {last['test_loss']:.2f} and error"
        f" {last['test_error']:.1%}; the paper's after 4,000 epochs 27.5, 3e-05, 1.18 and 8.9%.",
    )
    return drawn


def _ours(found: Separated) -> str:
    return f"{found.data or found.params.dataset}, {found.facts.n_train:,} examples"


FIGURES: tuple[Figure, ...] = (network_losses, network_norm, network_paradox, network_table)


def preview(found: Separated) -> dict[str, Any] | None:
    """Return the validation loss and error of the networks over the logarithm of epochs, for the card."""
    networks = found.facts.networks
    if not networks:
        return None
    lines = []
    for name, color in (("test_loss", TEST), ("test_error", PAPER)):
        found_course = course(networks, name)
        lines.append(
            {
                "name": QUANTITIES[name].title,
                "color": color,
                "x": np.log10(found_course.epochs).tolist(),
                "y": found_course.spread.mean.tolist(),
            }
        )
    return {"kind": "lines", "x_title": "log10 of epochs", "y_title": "validation", "lines": lines}
