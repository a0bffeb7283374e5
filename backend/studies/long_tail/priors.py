"""How often each point is sampled, as a form asks for it: shared by the experiment and its laboratories."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, ValidationInfo, field_validator

from backend.studies.kit.params import StudyParams
from backend.theory.priors import Prior, bimodal, custom, uniform, zipf


class Kind(StrEnum):
    """The shape of a list of frequencies."""

    ZIPF = "zipf"
    UNIFORM = "uniform"
    BIMODAL = "bimodal"
    CUSTOM = "custom"


def of_kinds(*kinds: Kind) -> dict[str, Any]:
    """Return the place of a field in the form, which asks for it with one of these shapes."""
    return {"group": "Frequencies", "when": {"prior": [kind.value for kind in kinds]}}


class OnPrior(StudyParams):
    """Mixed into parameters that begin with a list of frequencies, the paper's prior."""

    prior: Kind = Field(
        Kind.ZIPF,
        title="Shape",
        description="Of the list of frequencies; Zipf's law has a long tail, two levels have none.",
        json_schema_extra={
            "group": "Frequencies",
            "labels": {
                Kind.ZIPF: "Zipf's law",
                Kind.UNIFORM: "all equal",
                Kind.BIMODAL: "two levels",
                Kind.CUSTOM: "a list of your own",
            },
        },
    )
    points: int = Field(
        50_000,
        ge=2,
        le=1_000_000,
        title="Points N",
        description="How many different points, or subpopulations, there are.",
        json_schema_extra={**of_kinds(Kind.ZIPF, Kind.UNIFORM, Kind.BIMODAL), "scale": "log"},
    )
    exponent: float = Field(
        1.0,
        ge=0,
        le=3,
        title="Exponent s",
        description="The i-th point has a frequency proportional to 1 / i^s.",
        json_schema_extra={**of_kinds(Kind.ZIPF), "step": 0.05},
    )
    heavy: int = Field(
        20,
        ge=1,
        le=1000,
        validate_default=True,
        title="Frequent points",
        description="They share the mass below equally, and all other points share the rest.",
        json_schema_extra={**of_kinds(Kind.BIMODAL), "scale": "log"},
    )
    mass: float = Field(
        0.5,
        ge=0.01,
        le=0.99,
        validate_default=True,
        title="Mass of the frequent points",
        description="The share of the distribution that is on them.",
        json_schema_extra={**of_kinds(Kind.BIMODAL), "step": 0.01},
    )
    weights: tuple[Annotated[float, Field(ge=1e-6, le=1e6, allow_inf_nan=False)], ...] = Field(
        (16, 8, 4, 4, 2, 2, 1, 1, 1, 1),
        min_length=2,
        max_length=200,
        title="Frequencies",
        description="One number per point, in any order and of any sum.",
        json_schema_extra=of_kinds(Kind.CUSTOM),
    )

    @field_validator("heavy")
    @classmethod
    def _some_are_light(cls, value: int, info: ValidationInfo) -> int:
        points = info.data.get("points", value + 1)
        if info.data.get("prior") is Kind.BIMODAL and value >= points:
            raise ValueError(f"must be fewer than the {points:,} points")
        return value

    @field_validator("mass")
    @classmethod
    def _heavy_are_heavier(cls, value: float, info: ValidationInfo) -> float:
        points, heavy = info.data.get("points"), info.data.get("heavy")
        if info.data.get("prior") is Kind.BIMODAL and points and heavy and value < heavy / points:
            raise ValueError(
                f"{heavy:,} of {points:,} points are frequent with a mass from {heavy / points:.3g}"
            )
        return value

    def frequencies(self, *, grouped: bool = True) -> Prior:
        """Return the list; `grouped` stands for a long one by fewer frequencies (`zipf`)."""
        match self.prior:
            case Kind.ZIPF:
                return zipf(self.points, self.exponent, grouped=grouped)
            case Kind.UNIFORM:
                return uniform(self.points)
            case Kind.BIMODAL:
                return bimodal(self.heavy, self.points - self.heavy, self.mass)
        return custom(self.weights)

    @property
    def named(self) -> str:
        """The list in a few words."""
        return {
            Kind.ZIPF: f"Zipf's law with s = {self.exponent:g}, N = {self.points:,}",
            Kind.UNIFORM: f"{self.points:,} points of equal frequency",
            Kind.BIMODAL: f"{self.heavy:,} frequent points of N = {self.points:,}",
            Kind.CUSTOM: f"{len(self.weights)} points of given frequencies",
        }[self.prior]
