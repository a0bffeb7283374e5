"""What an experiment on the law of robustness is asked for."""

from collections.abc import Callable, Iterator, Sequence
from enum import IntEnum, StrEnum
from typing import Annotated, Any

from pydantic import Field, field_validator

from backend.studies.kit.params import OnImages, seed_of

FEWEST_UNITS = 10  # hidden ones, as in the paper
TOGETHER_INPUTS = 10  # binary, so that I(X;T) is at most 10 bits
TOGETHER_FLIPS = 0.2  # of the labels trained on


class Purpose(IntEnum):
    """What is drawn; every index begins with the `Data` a network is trained on."""

    DATA = 100
    START = 101
    FRESH = 102
    CONSTRUCTIONS = 103
    RULE = 104


class Data(StrEnum):
    """What a two-layer network is trained on, and why."""

    LAW = "law"
    AS_MANY = "as_many"
    JUST_ENOUGH = "just_enough"
    NOISE = "noise"
    IMAGES = "images"
    TWINS = "twins"


class Part(StrEnum):
    """A part of the study that can be run by itself."""

    LAW = "law"
    REGIMES = "regimes"
    NOISE = "noise"
    CONSTRUCTIONS = "constructions"
    IMAGES = "images"
    TOGETHER = "together"


PART_TITLES = {
    Part.LAW: "Random labels (Fig. 2)",
    Part.REGIMES: "Two regimes (Fig. 3)",
    Part.NOISE: "The noise threshold",
    Part.CONSTRUCTIONS: "Networks known in closed form",
    Part.IMAGES: "Random labels on your images",
    Part.TOGETHER: "Memorization, compression and smoothness on the same networks",
}
PART_NOTES = {
    Part.LAW: "Do networks of more weights fit the same labels more smoothly?",
    Part.REGIMES: "More dimensions, with as many units as examples, or with just enough.",
    Part.NOISE: "How steep a network gets as it fits below the noise of its labels.",
    Part.CONSTRUCTIONS: "Linear, caps and quadratic: their Lipschitz constants beside the formulas.",
    Part.IMAGES: "The same on images of the data set, beside Gaussian points of that size.",
    Part.TOGETHER: "Three papers' measures at once, over the share of data and the width.",
}

Count = Annotated[int, Field(ge=10, le=10_000)]
_LAW: dict[str, Any] = {"group": "Random labels", "when": {"parts": ["law"]}}
_REGIMES: dict[str, Any] = {"group": "Two regimes", "when": {"parts": ["regimes"]}}
_NOISE: dict[str, Any] = {"group": "Noise threshold", "when": {"parts": ["noise"]}}
_IMAGES: dict[str, Any] = {"group": "Images", "when": {"parts": ["images"]}}
_TOGETHER: dict[str, Any] = {"group": "Together", "when": {"parts": ["together"]}}
_TRAINING: dict[str, Any] = {"group": "Training"}


class RobustnessParams(OnImages):
    """Which networks to train on what; the defaults are the quick preset."""

    parts: tuple[Part, ...] = Field(
        tuple(Part),
        min_length=1,
        max_length=len(Part),
        title="Parts",
        description="Each part is run, drawn and judged by itself; only one looks at images.",
        json_schema_extra={
            "group": "What is run",
            "labels": {part.value: words for part, words in PART_TITLES.items()},
            "notes": {part.value: words for part, words in PART_NOTES.items()},
        },
    )
    examples: tuple[Count, ...] = Field(
        (200, 400, 800),
        min_length=1,
        max_length=12,
        title="Examples n",
        description="Gaussian points with random labels -1 and 1.",
        json_schema_extra=_LAW,
    )
    dimensions: tuple[Count, ...] = Field(
        (50, 100, 200),
        min_length=1,
        max_length=12,
        validate_default=True,
        title="Dimensions d",
        description="Of a point; no more than there are examples.",
        json_schema_extra=_LAW,
    )
    ratios: tuple[Annotated[float, Field(ge=0.5, le=30, allow_inf_nan=False)], ...] = Field(
        (1.0, 1.5, 2.0, 3.0, 4.0, 5.5, 7.5),
        min_length=1,
        max_length=12,
        validate_default=True,
        title="√(n / k)",
        description=f"Gives the hidden units k: 2 means a quarter as many as examples. Networks of fewer than"
        f" {FEWEST_UNITS} are left out.",
        json_schema_extra=_LAW,
    )
    regime_examples: Count = Field(
        1000,
        title="Examples n of the regimes",
        description="The paper has 10,000.",
        json_schema_extra={**_REGIMES, "scale": "log"},
    )
    regime_dimensions: tuple[Count, ...] = Field(
        (20, 40, 80, 160),
        min_length=1,
        max_length=16,
        validate_default=True,
        title="Dimensions d of the regimes",
        description="No more than there are examples.",
        json_schema_extra=_REGIMES,
    )
    flips: float = Field(
        0.1,
        gt=0,
        lt=0.5,
        title="Flipped labels",
        description="Probability q that a label is the opposite of its rule; the noise is sigma^2 = 4 q (1 -"
        " q).",
        json_schema_extra=_NOISE,
    )
    images: Count = Field(
        500,
        title="Images",
        description="Drawn from the training images, or all if there are fewer; they get random labels.",
        json_schema_extra={**_IMAGES, "scale": "log"},
    )
    fractions: tuple[Annotated[float, Field(ge=0.05, le=0.9, allow_inf_nan=False)], ...] = Field(
        (0.1, 0.3, 0.8),
        min_length=1,
        max_length=8,
        title="Shares of the data",
        description=f"Of all {2**TOGETHER_INPUTS:,} patterns of {TOGETHER_INPUTS} binary inputs, trained on.",
        json_schema_extra=_TOGETHER,
    )
    widths: tuple[Annotated[int, Field(ge=4, le=512)], ...] = Field(
        (8, 16, 32),
        min_length=1,
        max_length=8,
        title="Widths",
        description="Of the first of three layers; the others have a half and a quarter as many units.",
        json_schema_extra=_TOGETHER,
    )
    networks: int = Field(
        8,
        ge=1,
        le=100,
        title="Networks",
        description="Of each kind, each with points, labels and weights of its own.",
        json_schema_extra=_TRAINING,
    )
    threshold: float = Field(
        0.02,
        ge=1e-4,
        le=0.5,
        title="Fit below",
        description="Mean squared error at which training stops; networks that never get there are rejected"
        " and counted. The two regimes have 0.1, as in the paper.",
        json_schema_extra={**_TRAINING, "scale": "log"},
    )
    steps: int = Field(
        2000,
        ge=10,
        le=100_000,
        title="Steps",
        description="At most, of Adam on all examples at once.",
        json_schema_extra={**_TRAINING, "scale": "log"},
    )
    learning_rate: float = Field(
        0.003,
        gt=0,
        le=1,
        title="Learning rate",
        description="Of Adam; the paper does not give its own.",
        json_schema_extra={**_TRAINING, "scale": "log", "advanced": True},
    )
    points: int = Field(
        1000,
        ge=100,
        le=10_000,
        title="Fresh points",
        description="At which gradients are taken; the largest is the maximum random gradient.",
        json_schema_extra={**_TRAINING, "scale": "log", "advanced": True},
    )
    seed: int = seed_of(
        *Purpose, description="Determines points, labels and initial weights.", group="Chance"
    )

    @field_validator("parts")
    @classmethod
    def _in_order(cls, parts: tuple[Part, ...]) -> tuple[Part, ...]:
        if len(set(parts)) < len(parts):
            raise ValueError("must be distinct")
        return tuple(part for part in Part if part in parts)

    @field_validator("examples", "dimensions", "ratios", "regime_dimensions", "fractions", "widths")
    @classmethod
    def _each_once(cls, values: tuple[float, ...]) -> tuple[float, ...]:
        if len(set(values)) < len(values):
            raise ValueError("each value once")
        return tuple(sorted(values))

    @field_validator("ratios")
    @classmethod
    def _some_network(cls, ratios: tuple[float, ...], info: Any) -> tuple[float, ...]:
        if (most := max(info.data.get("examples", (10_000,)))) < FEWEST_UNITS * ratios[0] ** 2:
            raise ValueError(
                f"one must be at most {(most / FEWEST_UNITS) ** 0.5:.2g}: of {most} examples, larger"
                f" ones leave fewer than {FEWEST_UNITS} hidden units"
            )
        return ratios

    @field_validator("dimensions")
    @classmethod
    def _fewer(cls, dimensions: tuple[int, ...], info: Any) -> tuple[int, ...]:
        if (most := max(info.data.get("examples", (10_000,)))) < dimensions[0]:
            raise ValueError(f"one must be at most {most}, the largest number of examples")
        return dimensions

    @field_validator("regime_dimensions")
    @classmethod
    def _fewer_in_regimes(cls, dimensions: tuple[int, ...], info: Any) -> tuple[int, ...]:
        if (most := info.data.get("regime_examples", 10_000)) < dimensions[-1]:
            raise ValueError(f"must be at most {most}, the number of examples")
        return dimensions

    def cells(self) -> Iterator[tuple[int, int]]:
        """Yield (n, d) of the random labels."""
        return ((n, d) for n in self.examples for d in self.dimensions if d <= n)

    def units(self, n: int) -> tuple[int, ...]:
        """Return the numbers of hidden units for n examples, fewest first."""
        return hidden(n, self.ratios)


def hidden(n: int, ratios: Sequence[float]) -> tuple[int, ...]:
    """Return k for each sqrt(n / k), fewest first, where it is no less than FEWEST_UNITS."""
    return tuple(sorted({k for ratio in ratios if (k := round(n / ratio**2)) >= FEWEST_UNITS}))


def has(part: Part) -> Callable[[RobustnessParams], bool]:
    """Return whether parameters ask for a part."""
    return lambda params: part in params.parts
