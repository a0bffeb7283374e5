"""What an experiment of the long-tail study is asked for."""

from enum import IntEnum, StrEnum
from typing import Annotated, Any

from pydantic import Field, field_validator

from backend.studies.kit.params import OnExperiment, seed_of
from backend.studies.long_tail.fields import Classes, Samples
from backend.studies.long_tail.priors import Kind, OnPrior, of_kinds

MOST = 4  # multiplicities that are told apart: points seen once to four times
FRACTIONS = (0.0, 0.25, 0.5, 0.75, 1.0)  # of the points of one multiplicity that a learner leaves unfitted

_SAMPLES: dict[str, Any] = {"group": "Samples"}
_MIXTURE: dict[str, Any] = {"group": "Subpopulations"}


class Purpose(IntEnum):
    """What is drawn."""

    SAMPLES = 100
    MIXTURES = 101
    LOOKED_AT = 102


class LearnerName(StrEnum):
    """Who learns from a mixture of subpopulations."""

    NEAREST = "nearest"
    LINEAR = "linear"


LEARNER_TITLES = {LearnerName.NEAREST: "nearest neighbor", LearnerName.LINEAR: "least squares"}


class LongTailParams(OnPrior, OnExperiment):
    """Which samples to draw and measure on; the defaults are the quick preset."""

    points: int = Field(
        2000,
        ge=2,
        le=100_000,
        title="Points N",
        description="How many different points there are.",
        json_schema_extra={**of_kinds(Kind.ZIPF, Kind.UNIFORM, Kind.BIMODAL), "scale": "log"},
    )
    samples: Samples = 2000
    classes: Classes = 10
    redraw: bool = Field(
        False,
        title="Draw frequencies anew",
        description="Each repetition draws its frequencies from the list and normalizes them, as the paper"
        " defines it; the paper's numbers are those of the list itself.",
        json_schema_extra={**_SAMPLES, "advanced": True},
    )
    repetitions: int = Field(
        4000,
        ge=10,
        le=100_000,
        title="Repetitions",
        description="Training sets drawn; more make intervals narrower.",
        json_schema_extra={**_SAMPLES, "scale": "log"},
    )
    subpopulations: int = Field(
        400,
        ge=20,
        le=1000,
        title="Subpopulations",
        description="Of a mixture of alike, not equal examples: that many under Zipf's law with s = 1, and as"
        " many examples to train on.",
        json_schema_extra={**_MIXTURE, "scale": "log"},
    )
    dimensions: tuple[Annotated[int, Field(ge=2, le=5000)], ...] = Field(
        (20, 200, 1000),
        min_length=1,
        max_length=6,
        title="Dimensions",
        description="Numbers that an example has.",
        json_schema_extra=_MIXTURE,
    )
    tightness: tuple[Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)], ...] = Field(
        (0.5, 0.9),
        min_length=1,
        max_length=6,
        title="Tightness",
        description="How closely examples follow their subpopulation: 0 not at all, 1 they are equal.",
        json_schema_extra=_MIXTURE,
    )
    mixture_repetitions: int = Field(
        10,
        ge=2,
        le=1000,
        title="Repetitions of each mixture",
        description="Training sets drawn for each learner, dimension and tightness.",
        json_schema_extra={**_MIXTURE, "scale": "log"},
    )
    seed: int = seed_of(*Purpose, description="Determines all samples.", group="Chance")

    @field_validator("dimensions", "tightness")
    @classmethod
    def _each_once(cls, values: tuple[float, ...]) -> tuple[float, ...]:
        if len(set(values)) < len(values):
            raise ValueError("each value once")
        return tuple(sorted(values))
