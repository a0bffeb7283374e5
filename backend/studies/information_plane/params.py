"""What an experiment of the information-plane study is asked for."""

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from itertools import product
from typing import Any, NamedTuple

from pydantic import Field, ValidationInfo, field_validator

from backend.statistics.seeds import Purpose as Shared
from backend.studies.kit.params import StudyParams, seed_of
from backend.theory.small_networks import Activation
from backend.theory.sphere_patterns import POINTS

CLASSES = 2
# Numbers that a processor treats at once. Where rows are no multiple of it, their ends are computed
# otherwise, and which ones are ends depends on how many networks are trained side by side.
VECTOR = 16


class Purpose(IntEnum):
    """What is drawn beside initial weights, orders and splits."""

    LABELS = 100


class Optimizer(StrEnum):
    """How weights descend."""

    ADAM = "adam"
    SGD = "sgd"
    FULL_BATCH = "full_batch"


class Rule(StrEnum):
    """What gives the patterns their labels."""

    ICOSAHEDRON = "icosahedron"
    RANDOM = "random"
    COMMITTEE = "committee"


ACTIVATION_TITLES = {a: "ReLU" if a is Activation.RELU else a.value for a in Activation}
OPTIMIZER_TITLES = {
    Optimizer.ADAM: "Adam in batches",
    Optimizer.SGD: "SGD in batches",
    Optimizer.FULL_BATCH: "full batch",
}
RULE_TITLES = {
    Rule.ICOSAHEDRON: "symmetric rule",
    Rule.RANDOM: "random labels",
    Rule.COMMITTEE: "committee machine",
}
_COMPARED: dict[str, Any] = {"group": "What is compared"}
_TRAINING: dict[str, Any] = {"group": "Training"}


class Arm(NamedTuple):
    """One setting that networks are trained in: percent of the patterns, layers that are hidden."""

    activation: Activation
    optimizer: Optimizer
    percent: int
    depth: int
    rule: Rule

    @property
    def key(self) -> str:
        """Its name in units and arrays."""
        return "-".join(str(part) for part in self)


class PlaneParams(StudyParams):
    """Which networks to follow; the defaults are the quick preset."""

    activations: tuple[Activation, ...] = Field(
        (Activation.TANH, Activation.RELU),
        min_length=1,
        max_length=len(Activation),
        title="Activations",
        description="Of hidden units. The first one is that of all other comparisons.",
        json_schema_extra={**_COMPARED, "labels": {a.value: t for a, t in ACTIVATION_TITLES.items()}},
    )
    optimizers: tuple[Optimizer, ...] = Field(
        (Optimizer.ADAM, Optimizer.FULL_BATCH),
        min_length=1,
        max_length=len(Optimizer),
        title="Optimizers",
        description="Full batch: Adam on the gradient of all training patterns. The first one is that of all"
        " other comparisons.",
        json_schema_extra={**_COMPARED, "labels": {o.value: t for o, t in OPTIMIZER_TITLES.items()}},
    )
    percents: tuple[int, ...] = Field(
        (80, 5),
        min_length=1,
        max_length=8,
        title="Training patterns, percent",
        description="Of all 4,096; the others are for testing. The first one is that of all other"
        " comparisons.",
        json_schema_extra=_COMPARED,
    )
    rules: tuple[Rule, ...] = Field(
        (Rule.ICOSAHEDRON, Rule.RANDOM),
        min_length=1,
        max_length=len(Rule),
        title="Labels",
        description="The symmetric rule is the paper's; a committee is the vote of five random perceptrons.",
        json_schema_extra={**_COMPARED, "labels": {r.value: t for r, t in RULE_TITLES.items()}},
    )
    widths: tuple[int, ...] = Field(
        (10, 7, 5, 4, 3),
        min_length=1,
        max_length=8,
        title="Units of the hidden layers",
        description="From the first one on; 12 inputs lie before them and 2 outputs behind them.",
        json_schema_extra=_COMPARED,
    )
    depths: tuple[int, ...] = Field(
        (),
        max_length=8,
        validate_default=True,
        title="Further depths",
        description="Networks with only the first so many hidden layers, beside those with all.",
        json_schema_extra=_COMPARED,
    )
    crossed: bool = Field(
        False,
        title="Every combination",
        description="Of all that is compared. Else one thing at a time is other than the first of each.",
        json_schema_extra={**_COMPARED, "advanced": True},
    )
    networks: int = Field(
        10,
        ge=1,
        le=100,
        title="Networks",
        description="In each setting, with other initial weights and training patterns; claims are decided"
        " from three on.",
        json_schema_extra=_TRAINING,
    )
    epochs: int = Field(
        1500,
        ge=10,
        le=20_000,
        title="Epochs",
        description="Through all training patterns, in batches.",
        json_schema_extra={**_TRAINING, "scale": "log"},
    )
    full_batch_epochs: int = Field(
        3000,
        ge=10,
        le=20_000,
        title="Epochs of full batch",
        description="One step each.",
        json_schema_extra={**_TRAINING, "scale": "log"},
    )
    batch_size: int = Field(
        256,
        ge=VECTOR,
        le=4096,
        multiple_of=VECTOR,
        title="Batch size",
        description=f"Patterns in a step, a multiple of {VECTOR}.",
        json_schema_extra={**_TRAINING, "step": VECTOR},
    )
    adam_rate: float = Field(
        2e-3,
        gt=0,
        le=1,
        title="Adam's learning rate",
        description="The authors' code has 0.0004.",
        json_schema_extra={**_TRAINING, "scale": "log"},
    )
    full_batch_rate: float = Field(
        4e-3,
        gt=0,
        le=1,
        title="Learning rate of full batch",
        description="Of Adam, too.",
        json_schema_extra={**_TRAINING, "scale": "log"},
    )
    sgd_rate: float = Field(
        0.1,
        gt=0,
        le=10,
        title="SGD's learning rate",
        description="Without momentum.",
        json_schema_extra={**_TRAINING, "scale": "log"},
    )
    checkpoints: int = Field(
        100,
        ge=5,
        le=300,
        title="Checkpoints",
        description="About so many epochs, evenly over the logarithm, whose weights are kept to be measured"
        " again.",
        json_schema_extra={**_TRAINING, "advanced": True},
    )
    seed: int = seed_of(
        *Purpose,
        Shared.INITIALIZATION,
        Shared.ORDER,
        Shared.SPLIT,
        description="Determines initial weights, training patterns, their order and random labels.",
        group="Chance",
    )

    @field_validator("activations", "optimizers", "percents", "rules", "depths")
    @classmethod
    def _distinct(cls, values: tuple[Any, ...]) -> tuple[Any, ...]:
        if len(set(values)) < len(values):
            raise ValueError("must be distinct")
        return values

    @field_validator("percents")
    @classmethod
    def _some_are_left(cls, percents: tuple[int, ...]) -> tuple[int, ...]:
        if not all(1 <= percent <= 95 for percent in percents):
            raise ValueError("must be from 1 to 95, so that patterns are left for testing")
        return percents

    @field_validator("widths")
    @classmethod
    def _small(cls, widths: tuple[int, ...]) -> tuple[int, ...]:
        if not all(1 <= width <= 64 for width in widths):
            raise ValueError("must be from 1 to 64")
        return widths

    @field_validator("depths")
    @classmethod
    def _shallower(cls, depths: tuple[int, ...], info: ValidationInfo) -> tuple[int, ...]:
        most = len(info.data.get("widths", ())) - 1
        if not all(1 <= depth <= most for depth in depths):
            allowed = f"from 1 to {most}" if most > 0 else "empty"
            raise ValueError(f"must be {allowed}: fewer than there are hidden layers")
        return depths

    def arms(self) -> tuple[Arm, ...]:
        """Return all settings, the first of everything first."""
        choices: tuple[tuple[Any, ...], ...] = (
            self.activations,
            self.optimizers,
            self.percents,
            (len(self.widths), *self.depths),
            self.rules,
        )
        if self.crossed:
            return tuple(Arm(*chosen) for chosen in product(*choices))
        center = Arm(*(values[0] for values in choices))
        varied = (
            center._replace(**{name: value})
            for name, values in zip(Arm._fields, choices, strict=True)
            for value in values[1:]
        )
        return (center, *varied)

    def layers(self, arm: Arm) -> tuple[int, ...]:
        """Return the widths of its networks, inputs first and outputs last."""
        return (POINTS, *self.widths[: arm.depth], CLASSES)

    def epochs_of(self, arm: Arm) -> int:
        """Return for how many epochs its networks are trained."""
        return self.full_batch_epochs if arm.optimizer is Optimizer.FULL_BATCH else self.epochs

    def rate_of(self, arm: Arm) -> float:
        """Return the learning rate of its networks."""
        rates: Mapping[Optimizer, float] = {
            Optimizer.ADAM: self.adam_rate,
            Optimizer.SGD: self.sgd_rate,
            Optimizer.FULL_BATCH: self.full_batch_rate,
        }
        return rates[arm.optimizer]
