"""What an experiment of the separable study is asked for."""

from collections.abc import Callable, Mapping
from enum import IntEnum, StrEnum
from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from backend.datasets.options import Name
from backend.networks.ladders import LADDERS, Family
from backend.statistics.seeds import Purpose as Shared
from backend.studies.kit.params import OnImages, seed_of

MOMENTUM = 0.9  # of networks and of heavy-ball gradient descent alike
STEP_SIZES: Mapping[str, str] = {"inverse_square": "1 / sigma^2", "inverse": "1 / sigma"}
UNITS = 512  # of each layer of MLPs by depth


class Purpose(IntEnum):
    """What is drawn beside initial weights and orders of examples."""

    POINTS = 100
    STARTS = 101
    BATCHES = 102
    VALIDATION = 103


class Part(StrEnum):
    """A part of the paper that can be run by itself."""

    OPTIMIZERS = "optimizers"
    FLOW = "flow"
    PAIR = "pair"
    NETWORKS = "networks"


PART_TITLES = {
    Part.OPTIMIZERS: "Optimizers on points (Fig. 1 and appendix)",
    Part.FLOW: "Gradient flow until 10^12 (Theorem 3)",
    Part.PAIR: "Two classes of the data set",
    Part.NETWORKS: "Deep networks (Fig. 2, Table 1)",
}
PART_NOTES = {
    Part.OPTIMIZERS: "Which direction each optimizer ends in, on the paper's points and on scaled ones.",
    Part.FLOW: "Start, step size and loss do not change the limit; the validation loss grows.",
    Part.PAIR: "A linear classifier of pixels beside the classifier of maximum margin.",
    Part.NETWORKS: "Trained long after they are always right: loss, norm and validation.",
}

_WHAT: dict[str, Any] = {"group": "What is run"}
_LINEAR: dict[str, Any] = {"group": "Linear models", "when": {"parts": ["optimizers", "flow", "pair"]}}
_NETWORKS: dict[str, Any] = {"group": "Networks", "when": {"parts": ["networks"]}}
_PAIR: dict[str, Any] = {"group": "Linear models", "when": {"parts": ["pair"]}}


class SeparableParams(OnImages):
    """What to run, and on what; the defaults are the quick preset."""

    per_class: int | None = Field(
        500,
        ge=2,
        le=1_000_000,
        title="Training examples per class",
        description="Draws that many of each class, or all of a smaller one; empty takes all.",
        json_schema_extra={"group": "Data"},
    )
    parts: tuple[Part, ...] = Field(
        tuple(Part),
        min_length=1,
        max_length=len(Part),
        title="Parts",
        description="Each part is run, drawn and judged by itself.",
        json_schema_extra={
            **_WHAT,
            "labels": {part.value: words for part, words in PART_TITLES.items()},
            "notes": {part.value: words for part, words in PART_NOTES.items()},
        },
    )
    steps: int = Field(
        100_000,
        ge=1000,
        le=10_000_000,
        title="Steps",
        description="Of every optimizer on points; two classes of images take a tenth of them.",
        json_schema_extra={**_LINEAR, "scale": "log"},
    )
    draws: int = Field(
        5,
        ge=1,
        le=50,
        title="Draws",
        description="Of the points that are no support vectors, and of mini-batches; claims are decided from"
        " three on.",
        json_schema_extra=_LINEAR,
    )
    step_size: Literal["inverse_square", "inverse"] = Field(
        "inverse_square",
        title="Step size",
        description="By the largest singular value sigma of the points. The paper's text has 1/sigma, with"
        " which momentum overshoots and stalls.",
        json_schema_extra={**_LINEAR, "labels": dict(STEP_SIZES)},
    )
    epsilon: float = Field(
        1e-8,
        gt=0,
        le=1e-3,
        title="Adam's epsilon",
        description="Gradients far below it no longer turn Adam's direction.",
        json_schema_extra={**_LINEAR, "scale": "log", "advanced": True},
    )
    pair: tuple[Name, ...] = Field(
        (),
        max_length=2,
        title="The two classes",
        description="Names of the two that a linear model tells apart; empty takes the first two.",
        json_schema_extra=_PAIR,
    )
    pair_examples: int = Field(
        100,
        ge=2,
        le=1000,
        title="Examples of either class",
        description="At most that many training images of each of the two classes.",
        json_schema_extra=_PAIR,
    )
    family: Family = Field(
        Family.MLP_WIDTH,
        title="Family",
        description="The kind of network, and what its size is.",
        json_schema_extra={**_NETWORKS, "labels": {f.value: ladder.title for f, ladder in LADDERS.items()}},
    )
    size: int = Field(
        64,
        ge=1,
        le=4096,
        validate_default=True,  # the family may have no such size
        title="Size",
        description="Width or depth, as the family says.",
        json_schema_extra=_NETWORKS,
    )
    hidden_layers: int = Field(
        2,
        ge=1,
        le=8,
        title="Hidden layers",
        description="Of MLPs by width.",
        json_schema_extra={"group": "Networks", "when": {"family": [Family.MLP_WIDTH.value]}},
    )
    networks: int = Field(
        5,
        ge=1,
        le=100,
        title="Networks",
        description="Trained with other initial weights and orders; claims are decided from three on.",
        json_schema_extra=_NETWORKS,
    )
    epochs: int = Field(
        1000,
        ge=10,
        le=100_000,
        title="Epochs",
        description="Most of them come after every training example is right.",
        json_schema_extra={**_NETWORKS, "scale": "log"},
    )
    batch_size: int = Field(
        64,
        ge=8,
        le=4096,
        title="Batch size",
        description="Examples per step of SGD with momentum 0.9 and no weight decay.",
        json_schema_extra=_NETWORKS,
    )
    learning_rate: float = Field(
        0.05,
        gt=0,
        le=10,
        title="Learning rate",
        description="Constant over the whole training.",
        json_schema_extra=_NETWORKS,
    )
    augment: bool = Field(
        False,
        title="Crops and flips",
        description="As in the paper's code: crops that move by up to 4 pixels, and mirror images.",
        json_schema_extra={**_NETWORKS, "advanced": True},
    )
    seed: int = seed_of(
        *Purpose,
        Shared.INITIALIZATION,
        Shared.ORDER,
        Shared.AUGMENTATION,
        description="Determines points, starts, batches and initial weights.",
        group="Chance",
    )

    @field_validator("parts")
    @classmethod
    def _in_order(cls, parts: tuple[Part, ...]) -> tuple[Part, ...]:
        if len(set(parts)) < len(parts):
            raise ValueError("must be distinct")
        return tuple(part for part in Part if part in parts)

    @field_validator("pair")
    @classmethod
    def _two(cls, pair: tuple[str, ...]) -> tuple[str, ...]:
        if pair and len(set(pair)) != 2:
            raise ValueError("must be two different classes, or empty")
        return pair

    @field_validator("size")
    @classmethod
    def _on_the_ladder(cls, size: int, info: ValidationInfo) -> int:
        if "family" in info.data and size not in (ladder := LADDERS[info.data["family"]]).allowed:
            raise ValueError(f"{ladder.title} have no {size}; allowed are {ladder.allowed_text}")
        return size


def has(*parts: Part) -> Callable[[SeparableParams], bool]:
    """Return whether parameters ask for any of the parts."""
    return lambda params: not set(parts).isdisjoint(params.parts)
