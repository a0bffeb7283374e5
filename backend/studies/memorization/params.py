"""The main study's parameters: which data, which models, how they are trained."""

from enum import IntEnum
from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from backend.networks.ladders import Family
from backend.scores.few import CAUTION, CAUTIOUS_BELOW
from backend.statistics.precision import KNOWN, KNOWN_SHARE, SETTLED_SHARE, confidence, looks
from backend.statistics.seeds import Purpose as Shared
from backend.statistics.surrogate import MOST_EXAMPLES
from backend.studies.kit.params import OnImages, only_with, seed_of
from backend.studies.kit.training import OnLadder, Trained

MOST_MODELS = 4000  # of a size
MOST_REMOVAL = 200  # models in an arm
MOST_DEPTHS, DEPTHS_TOGETHER, MOST_PROBED = 100, 5, 10_000  # models of a size; in a unit; examples
LEAST_PROFILE, MOST_PROFILE = 10, 500  # models at a ratio: ten hold out every example at 90 %
PROXIES_ADD = 0.07  # share of the time of training, measured on perceptrons of 2 to 256 units

_MODELS: dict[str, Any] = {"group": "Models"}
_DISTILLATION: dict[str, Any] = {**_MODELS, "advanced": True, "when": {"distillation": [True]}}


class Purpose(IntEnum):
    """What this study alone draws."""

    REMOVAL = 100


class MemorizationParams(Trained, OnLadder, OnImages):
    """What to train, and on what; the defaults are the quick preset."""

    label_noise: float = Field(
        0.1,
        ge=0,
        le=1,
        title="Label noise",
        description="Fraction of the training labels changed to another class, and flagged as flipped; of"
        " uniform noise, the probability that a label is redrawn.",
        json_schema_extra={"group": "Data", **only_with("digits", otherwise=0.0)},
    )
    hidden_layers: int = Field(
        1,
        ge=1,
        le=8,
        title="Hidden layers",
        description="Of MLPs by width: how many layers of that width.",
        json_schema_extra={**_MODELS, "when": {"family": [Family.MLP_WIDTH.value]}},
    )
    hidden_units: int = Field(
        512,
        ge=1,
        le=4096,
        title="Hidden units",
        description="Of MLPs by depth: the width of every layer.",
        json_schema_extra={**_MODELS, "when": {"family": [Family.MLP_DEPTH.value]}},
    )
    models: int = Field(
        200,
        ge=10,
        le=MOST_MODELS,
        title="Models per size",
        description="Models trained at each size, each on its own subset; more give narrower intervals. The"
        " most that are trained where a target may stop it early.",
        json_schema_extra={**_MODELS, "caution": {"below": CAUTIOUS_BELOW, "text": CAUTION}},
    )
    surrogate: bool = Field(
        False,
        title="Surrogate",
        description="Asks a kernel model about every subset and about 1,000 more, and corrects scores from"
        f" margins by what it errs by. For up to {MOST_EXAMPLES:,} training examples.",
        json_schema_extra={**_MODELS, "advanced": True},
    )
    proxies: bool = Field(
        False,
        title="Proxies",
        description="Keeps of every example how sure models are over training: confidence, entropy, loss,"
        " EL2N and forgetting, which stand in for memorization. Small networks take"
        f" {PROXIES_ADD:.0%} longer.",
        json_schema_extra={**_MODELS, "advanced": True},
    )
    removal: int = Field(
        0,
        ge=0,
        le=MOST_REMOVAL,
        title="Removal",
        description="Once all scores are there: models of the largest size to train on everything, and at"
        " each of nine thresholds without the examples memorized more than that, and without as many others."
        " 0 trains none.",
        json_schema_extra={**_MODELS, "advanced": True},
    )
    prediction_depth: int = Field(
        0,
        ge=0,
        le=MOST_DEPTHS,
        multiple_of=DEPTHS_TOGETHER,
        title="Prediction depth",
        description="Models of each size to look into: in which layer nearest neighbors begin to answer what"
        f" the whole network does. For up to {MOST_PROBED:,} training examples. 0 looks into none.",
        json_schema_extra={**_MODELS, "advanced": True},
    )
    profile: int = Field(
        0,
        ge=0,
        le=MOST_PROFILE,
        title="Consistency profiles",
        description="Models of the largest size to train on each of 10, 30, 50 and 90 % of the training set,"
        f" for the C-score of every example; at least {LEAST_PROFILE}. 0 trains none.",
        json_schema_extra={**_MODELS, "advanced": True},
    )
    distillation: bool = Field(
        False,
        title="Distillation",
        description="Trains as many students of every size, which learn from the answers of the model of the"
        " largest size with the same subset, and are compared with the models that learn from labels.",
        json_schema_extra={**_MODELS, "advanced": True},
    )
    temperature: float = Field(
        3.0,
        ge=1,
        le=100,
        title="Temperature",
        description="Of distillation: logits are divided by it, so that students see which wrong classes the"
        " teacher finds likely.",
        json_schema_extra=_DISTILLATION,
    )
    teacher_weight: float = Field(
        1.0,
        gt=0,
        le=1,
        title="Teacher's weight",
        description="Of distillation: the teacher's share in the loss; labels have the rest.",
        json_schema_extra=_DISTILLATION,
    )
    target: Literal["none", "known", "settled"] = Field(
        "none",
        title="Stop early",
        description="Looks at 50, 100, 200 … models per size and stops once every size is known well enough."
        " Intervals are widened so that several looks mislead no more than one.",
        json_schema_extra={
            **_MODELS,
            "labels": {
                "none": "Never: train all models",
                "known": f"When {KNOWN_SHARE:.0%} of the examples are known to ± {KNOWN}",
                "settled": f"When {SETTLED_SHARE:.0%} of the verdicts are settled",
            },
        },
    )
    subset_fraction: float = Field(
        0.7,
        ge=0.5,
        le=0.9,
        title="Subset fraction",
        description="Fraction of the training set that each model sees; the rest is held out from it.",
        json_schema_extra=_MODELS,
    )
    seed: int = seed_of(
        Shared.SUBSETS,
        Shared.INITIALIZATION,
        Shared.ORDER,
        Shared.AUGMENTATION,
        Purpose.REMOVAL,
        description="Determines subsets, initial weights, batch orders, augmentation, and which examples are"
        " removed at random.",
        group="Training",
    )

    @property
    def looks(self) -> tuple[int, ...]:
        """After how many models per size results are looked at, ascending; without a target once."""
        return (self.models,) if self.target == "none" else looks(self.models)

    @property
    def confidence(self) -> float:
        """That of every score's interval, which is looked at so often."""
        return confidence(len(self.looks))

    @field_validator("profile")
    @classmethod
    def _enough_for_all(cls, profile: int) -> int:
        if 0 < profile < LEAST_PROFILE:
            raise ValueError(f"must be 0 or at least {LEAST_PROFILE}, so that every example is held out")
        return profile

    @field_validator("target")
    @classmethod
    def _whole_before_removal(cls, target: str, info: ValidationInfo) -> str:
        if target != "none" and info.data.get("removal"):
            raise ValueError("must be none, so that all models are trained, where examples are removed")
        return target
