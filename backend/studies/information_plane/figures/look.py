"""What the figures share: which settings stand side by side, colors of layers, axes."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from pydantic import Field

from backend.figures.curves import log_axis
from backend.figures.style import SERIES
from backend.studies.information_plane.facts import Course, courses
from backend.studies.information_plane.found import Planes
from backend.studies.information_plane.params import ACTIVATION_TITLES, OPTIMIZER_TITLES, RULE_TITLES, Arm
from backend.studies.kit.figures import Controls
from backend.theory.layer_information import Estimator, Measure

FIRST = 0.5  # where the epoch 0 stands on a logarithmic axis
EPOCH_AXIS = log_axis("epoch")
SIGNIFICANT = 5  # digits of drawn numbers

Floats = npt.NDArray[np.float32]
Of = TypeVar("Of")


class Compared(StrEnum):
    """What differs between the settings side by side; the names are those of an `Arm`."""

    ACTIVATION = "activation"
    OPTIMIZER = "optimizer"
    PERCENT = "percent"
    DEPTH = "depth"
    RULE = "rule"


TITLES = {
    Estimator.PAPER: "the papers' bins",
    Estimator.ACTIVITY: "bins of activity",
    Estimator.NET_INPUT: "bins of net input",
    Estimator.EXACT: "full precision",
    Estimator.KERNEL: "kernels",
    Estimator.NEIGHBOR: "neighbors (Kraskov)",
}
_BINNED: dict[str, Any] = {"when": {"method": [Estimator.ACTIVITY.value, Estimator.NET_INPUT.value]}}
_AGAIN: dict[str, Any] = {"when": {"method": [e.value for e in Estimator if e is not Estimator.PAPER]}}


class ComparedControls(Controls):
    """Which settings stand side by side."""

    compared: Compared = Field(
        Compared.ACTIVATION,
        title="Side by side",
        description="what differs between the panels",
        json_schema_extra={
            "labels": {
                Compared.ACTIVATION.value: "activation",
                Compared.OPTIMIZER.value: "optimizer",
                Compared.PERCENT.value: "training patterns",
                Compared.DEPTH.value: "depth",
                Compared.RULE.value: "labels",
            }
        },
    )


class MeasureControls(ComparedControls):
    """How kept weights are measured again."""

    method: Estimator = Field(
        Estimator.PAPER,
        title="Estimator",
        description="of the same networks, without training them again",
        json_schema_extra={"labels": {e.value: title for e, title in TITLES.items()}},
    )
    cuts: int = Field(
        30,
        ge=2,
        le=100_000,
        title="Bins",
        description="edges between -1 and 1, or of net inputs between -50 and 50",
        json_schema_extra={**_BINNED, "scale": "log"},
    )
    variance: float = Field(
        1e-3,
        ge=1e-6,
        le=10,
        title="Variance of the kernels",
        description="0.1 in Saxe et al.'s text, 0.001 in their code",
        json_schema_extra={"when": {"method": [Estimator.KERNEL.value]}, "scale": "log"},
    )
    measured: int = Field(
        5,
        ge=1,
        le=100,
        title="Networks measured",
        description="more take longer; the figure says where checkpoints are left out",
        json_schema_extra=_AGAIN,
    )

    def measure(self) -> Measure:
        """Return the estimator that the controls say."""
        return Measure(self.method, self.cuts, self.variance)


def told(measure: Measure) -> str:
    """Say how something was measured."""
    match measure.estimator:
        case Estimator.ACTIVITY | Estimator.NET_INPUT:
            return f"{measure.bins:,} {TITLES[measure.estimator]}"
        case Estimator.KERNEL:
            return f"kernels of variance {measure.variance:g}"
    return TITLES[measure.estimator]


def beside(found: Planes, compared: Compared) -> list[Course]:
    """Return the courses that differ from the first setting in that alone, the first setting's first."""
    known = courses(found.facts, found.results.arrays)
    center = found.params.arms()[0]
    field = compared.value
    wanted = [arm for arm in found.params.arms() if arm._replace(**{field: getattr(center, field)}) == center]
    return [known[arm] for arm in wanted if arm in known]


def named(arm: Arm, compared: Compared) -> str:
    """Return what a panel is called."""
    match compared:
        case Compared.ACTIVATION:
            return ACTIVATION_TITLES[arm.activation]
        case Compared.OPTIMIZER:
            return OPTIMIZER_TITLES[arm.optimizer]
        case Compared.PERCENT:
            return f"{arm.percent} % of the patterns"
        case Compared.DEPTH:
            return f"{arm.depth} hidden layer{'s' if arm.depth > 1 else ''}"
    return RULE_TITLES[arm.rule]


def label(found: Planes, arm: Arm) -> str:
    """Return a setting in a few words: what it has beside the first one's activation."""
    center = found.params.arms()[0]
    differing = [c for c in Compared if getattr(arm, c.value) != getattr(center, c.value)]
    own = [named(arm, compared) for compared in differing if compared is not Compared.ACTIVATION]
    return ", ".join([ACTIVATION_TITLES[arm.activation], *own])


def layer_names(layers: int) -> list[str]:
    """Return what the layers are called, outputs last."""
    return [*(f"layer {number}" for number in range(1, layers)), "output"]


def color(layer: int, layers: int) -> str:
    """Return the color of a layer: outputs have one of their own in networks of every depth."""
    return SERIES[-1] if layer == layers - 1 else SERIES[layer % (len(SERIES) - 1)]


def on_axis(epochs: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return where epochs stand on a logarithmic axis; 0 has a place left of 1."""
    return np.maximum(epochs, FIRST)


def rounded(values: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
    """Return numbers to the digits that a drawing can show."""
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = 10.0 ** (SIGNIFICANT - 1 - np.floor(np.log10(np.abs(values, dtype=np.float64))))
        return np.where(np.isfinite(scale), np.round(values * scale) / scale, values).astype(np.float32)


def line(name: str, x: npt.ArrayLike, y: npt.ArrayLike, tone: str, **more: Any) -> dict[str, Any]:
    """Return a trace of a line, in the legend's group of its name."""
    style = {"color": tone, "width": more.pop("width", 2), "dash": more.pop("dash", "solid")}
    return {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": y,
        "name": name,
        "legendgroup": name,
        "line": style,
    } | more


def legend_once(traces: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return traces of which the first of each name alone has an entry in the legend."""
    seen: set[str] = set()
    shown = []
    for trace in traces:
        shown.append({"showlegend": trace["name"] not in seen} | trace)
        if shown[-1]["showlegend"]:
            seen.add(trace["name"])
    return shown
