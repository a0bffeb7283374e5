"""Which networks to train and how, for parameters to mix in: sizes of a family, and the recipe of SGD."""

from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from backend.networks.ladders import LADDERS, Family
from backend.studies.kit.params import Precision, StudyParams

_TRAINING: dict[str, Any] = {"group": "Training"}
_RARE: dict[str, Any] = {"group": "Training", "advanced": True}

FamilyName = Annotated[
    Family,
    Field(
        title="Family",
        description="The kind of network, and what makes it larger.",
        json_schema_extra={
            "group": "Models",
            "labels": {family.value: ladder.title for family, ladder in LADDERS.items()},
        },
    ),
]
Sizes = Annotated[
    tuple[Annotated[int, Field(ge=1, le=4096)], ...],
    Field(
        min_length=1,
        max_length=12,
        title="Sizes",
        description="Model sizes in ascending order: widths or depths of the family's networks.",
        json_schema_extra={
            "group": "Models",
            "ladders": {
                family.value: {
                    "title": ladder.title,
                    "size_name": ladder.size_name,
                    "prefix": ladder.prefix,
                    "sizes": list(ladder.sizes),
                }
                for family, ladder in LADDERS.items()
            },
        },
    ),
]


class OnLadder(StudyParams):
    """Mixed into the parameters of studies that train sizes of a family; they may have other defaults."""

    family: FamilyName = Family.MLP_WIDTH
    sizes: Sizes = LADDERS[Family.MLP_WIDTH].sizes

    @model_validator(mode="before")
    @classmethod
    def _ladder_of_the_family(cls, values: Any) -> Any:
        """Take the family's own ladder where no sizes are given; an unknown family is refused elsewhere."""
        if isinstance(values, dict) and "sizes" not in values and values.get("family") in list(Family):
            return {**values, "sizes": LADDERS[Family(values["family"])].sizes}
        return values

    @field_validator("sizes")
    @classmethod
    def _on_the_ladder(cls, sizes: tuple[int, ...], info: ValidationInfo) -> tuple[int, ...]:
        if any(a >= b for a, b in pairwise(sizes)):
            raise ValueError("must be distinct and in ascending order")
        ladder = LADDERS[info.data["family"]] if "family" in info.data else None
        wrong = [] if ladder is None else [size for size in sizes if size not in ladder.allowed]
        if ladder is not None and wrong:
            raise ValueError(f"{ladder.title} have no {wrong[0]}; allowed are {ladder.allowed_text}")
        return sizes


Epochs = Annotated[
    int,
    Field(
        ge=1,
        le=1000,
        title="Epochs",
        description="Passes over each model's training examples.",
        json_schema_extra=_TRAINING,
    ),
]


class Trained(StudyParams):
    """Mixed into the parameters of studies that train by SGD; they may have other defaults."""

    epochs: Epochs = 40
    batch_size: int = Field(
        64,
        ge=8,
        le=4096,
        title="Batch size",
        description="Examples per step of SGD.",
        json_schema_extra=_TRAINING,
    )
    learning_rate: float = Field(
        0.1,
        gt=0,
        le=10,
        title="Learning rate",
        description="Highest rate; the schedule says how it changes over the training.",
        json_schema_extra=_TRAINING,
    )
    schedule: Literal["constant", "cosine", "step", "one_cycle"] = Field(
        "cosine",
        title="Schedule",
        description="How the rate falls: along a half cosine, by 10 at 4/9, 6/9 and 8/9, or not.",
        json_schema_extra=_TRAINING,
    )
    warmup_epochs: int = Field(
        0,
        ge=0,
        le=100,
        title="Warm-up epochs",
        description="Epochs over which the rate first rises.",
        json_schema_extra=_RARE,
    )
    momentum: float = Field(
        0.9, ge=0, le=0.99, title="Momentum", description="Momentum of SGD.", json_schema_extra=_RARE
    )
    nesterov: bool = Field(
        False, title="Nesterov", description="Looks ahead along the momentum.", json_schema_extra=_RARE
    )
    weight_decay: float = Field(
        0.0,
        ge=0,
        le=1,
        title="Weight decay",
        description="Pulls weights toward 0, as in torch.optim.SGD.",
        json_schema_extra=_RARE,
    )
    crop: int = Field(
        0,
        ge=0,
        le=16,
        title="Random crops",
        description="Pads images by that many black pixels a side and cuts the old size out at random.",
        json_schema_extra=_RARE,
    )
    flip: bool = Field(
        False,
        title="Random flips",
        description="Mirrors half of the images from left to right, drawn anew each epoch.",
        json_schema_extra=_RARE,
    )
    precision: Precision = "auto"

    @field_validator("warmup_epochs")
    @classmethod
    def _shorter_than_the_training(cls, warmup: int, info: ValidationInfo) -> int:
        if warmup >= info.data.get("epochs", warmup + 1):
            raise ValueError(f"must be fewer than the {info.data['epochs']} epochs")
        return warmup
