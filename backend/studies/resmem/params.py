"""What an experiment on ResMem is asked for."""

from enum import IntEnum
from itertools import pairwise
from typing import Annotated, Any

from pydantic import Field, field_validator

from backend.networks.ladders import Family
from backend.statistics.seeds import Purpose as Shared
from backend.studies.kit.params import OnExperiment, OnImages, seed_of
from backend.studies.kit.training import Epochs, FamilyName, OnLadder, Sizes, Trained

_MODELS: dict[str, Any] = {"group": "Models"}
_MEMORY: dict[str, Any] = {"group": "Memory"}


class Purpose(IntEnum):
    """What this study alone draws."""

    HELD_OUT = 100
    ASKED = 101


class ResMemParams(OnExperiment, Trained, OnLadder, OnImages):
    """Which networks to train and what memory to give them; the defaults are the quick preset."""

    family: FamilyName = Family.CNN_WIDTH
    sizes: Sizes = (2, 4, 8, 16)
    runs: int = Field(
        10,
        ge=1,
        le=100,
        title="Networks",
        description="Of each size, each with examples held out, initial weights and orders of its own.",
        json_schema_extra=_MODELS,
    )
    shares: tuple[Annotated[float, Field(ge=0.02, le=1, allow_inf_nan=False)], ...] = Field(
        (0.25, 0.5, 1.0),
        min_length=1,
        max_length=10,
        title="Shares of the training set",
        description="That the smallest size is trained on, ascending to 1, the whole; other sizes take it"
        " all. Smaller shares are gone through more often, so that all take as many steps.",
        json_schema_extra=_MODELS,
    )
    heldout: float = Field(
        0.2,
        ge=0.02,
        le=0.5,
        title="Held out",
        description="Share of the training set that each network goes without: half of it chooses k, sigma"
        " and T, on the other half rescues are counted by score.",
        json_schema_extra=_MEMORY,
    )
    neighbors: tuple[Annotated[int, Field(ge=1, le=500)], ...] = Field(
        (1, 3, 10, 30),
        min_length=1,
        max_length=12,
        title="Neighbors k",
        description="That are tried; the held-out examples choose. The paper has 53 (recalled).",
        json_schema_extra=_MEMORY,
    )
    bandwidths: tuple[Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)], ...] = Field(
        (0.1, 0.3, 1.0),
        min_length=1,
        max_length=12,
        title="Bandwidths sigma",
        description="That are tried, in units of the median distance from a held-out example to its nearest"
        " neighbor. The paper has 0.7 in the units of its features (recalled).",
        json_schema_extra=_MEMORY,
    )
    temperatures: tuple[Annotated[float, Field(ge=0.1, le=100, allow_inf_nan=False)], ...] = Field(
        (1.0, 1.4, 2.0, 4.0),
        min_length=1,
        max_length=12,
        title="Temperatures T",
        description="Of the softmax, that are tried. The paper has 1.4 (recalled).",
        json_schema_extra=_MEMORY,
    )
    epochs: Epochs = 8  # few leave small networks with something to remember
    seed: int = seed_of(
        Shared.INITIALIZATION,
        Shared.ORDER,
        Shared.AUGMENTATION,
        *Purpose,
        description="Determines what is held out, initial weights, batch orders and augmentation.",
        group="Training",
    )

    @field_validator("shares", "neighbors", "bandwidths", "temperatures")
    @classmethod
    def _ascending(cls, values: tuple[float, ...]) -> tuple[float, ...]:
        if any(a >= b for a, b in pairwise(values)):
            raise ValueError("must be distinct and in ascending order")
        return values

    @field_validator("shares")
    @classmethod
    def _up_to_the_whole(cls, shares: tuple[float, ...]) -> tuple[float, ...]:
        if shares[-1] != 1:
            raise ValueError(f"must end with 1, the whole training set; got {shares[-1]:g}")
        return shares

    def split(self, n_train: int) -> tuple[int, int]:
        """Return how many of n training examples choose, as many as are looked at, and how many are left."""
        each = max(round(n_train * self.heldout / 2), 1)
        return each, n_train - 2 * each
