"""The randomization study's parameters: which parts of the paper, on which data, with which networks."""

from collections.abc import Callable
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from backend.datasets.base import Shape
from backend.datasets.options import Name, NoiseKind, PixelMode
from backend.networks.architectures import Architecture, is_convolutional, title
from backend.statistics.seeds import Purpose
from backend.studies.kit.params import OnImages, Precision, seed_of

WINDOW = 28  # pixels a side of the center crop that networks see
MOMENTUM = 0.9
DROPOUT = 0.5
ROTATION = 25.0  # degrees to either side

_WHAT: dict[str, Any] = {"group": "What to reproduce"}
_NETWORKS: dict[str, Any] = {"group": "Networks"}
_TRAINING: dict[str, Any] = {"group": "Training"}
_RARE: dict[str, Any] = {"group": "Training", "advanced": True}
_SIZES: dict[str, Any] = {"group": "Sizes of the other parts", "advanced": True}


class Part(StrEnum):
    """A part of the paper that can be run by itself."""

    FITTING = "fitting"
    CORRUPTION = "corruption"
    REGULARIZERS = "regularizers"
    FINITE_SAMPLE = "finite_sample"
    LINEAR = "linear"
    COMPLEXITY = "complexity"
    MEMORIZATION = "memorization"


NETWORK_PARTS = (Part.FITTING, Part.CORRUPTION, Part.REGULARIZERS)
PART_TITLES = {
    Part.FITTING: "Random labels and pixels (Fig. 1a)",
    Part.CORRUPTION: "From true to random labels (Fig. 1b, 1c)",
    Part.REGULARIZERS: "Explicit regularizers, batch norm (Tables 1 and 4, Fig. 2)",
    Part.FINITE_SAMPLE: "A network of 2n + d weights (Theorem 1)",
    Part.LINEAR: "Linear and kernel models (section 5, Table 3)",
    Part.COMPLEXITY: "Rademacher complexity (section 2)",
    Part.MEMORIZATION: "Memorization of corrupted labels",
}
PART_NOTES = {
    Part.FITTING: "Networks fit labels, pixels and noise that nothing can be learned from.",
    Part.CORRUPTION: "How much longer fitting takes, and what it costs on the test set.",
    Part.REGULARIZERS: "Neither needed to generalize nor enough to stop memorization.",
    Part.FINITE_SAMPLE: "Built, not trained: it fits any labels of your examples exactly.",
    Part.LINEAR: "SGD finds the solution of least norm, yet norms do not predict errors.",
    Part.COMPLEXITY: "What fits random signs perfectly leaves bounds with nothing to say.",
    Part.MEMORIZATION: "The same data in the main study: corrupted labels have the highest scores.",
}


def _of(*parts: Part) -> dict[str, Any]:
    """Return that a field is asked for with one of these parts."""
    return {"when": {"parts": [part.value for part in parts]}}


def _of_architectures(*architectures: Architecture) -> dict[str, Any]:
    return {"when": {"architectures": [a.value for a in architectures]}}


class RandomizationParams(OnImages):
    """What to run, and on what; the defaults are the quick preset.

    The study disguises pixels and corrupts labels itself, so those data options are fixed.
    """

    # Digits are fit so fast that any wrong label multiplies the time; pieces of photographs are not.
    dataset: Name = Field(
        "photographs",
        title="Data set",
        description="Images the models are trained on.",
        json_schema_extra={"group": "Data", "format": "dataset"},
    )
    pixels: Literal[PixelMode.ORIGINAL] = PixelMode.ORIGINAL
    label_noise: Literal[0] = 0
    noise: Literal[NoiseKind.SYMMETRIC] = NoiseKind.SYMMETRIC
    confusions: tuple[()] = ()
    labels: None = None
    per_class: int | None = Field(
        60,
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
        description="Each part of the paper is run, drawn and judged by itself.",
        json_schema_extra={
            **_WHAT,
            "labels": {part.value: words for part, words in PART_TITLES.items()},
            "notes": {part.value: words for part, words in PART_NOTES.items()},
        },
    )
    architectures: tuple[Architecture, ...] = Field(
        (Architecture.MLP_1X512,),
        min_length=1,
        max_length=len(Architecture),
        title="Architectures",
        description="The paper's networks; the convolutional ones want a GPU or a width reduction.",
        json_schema_extra={
            **_NETWORKS,
            **_of(*NETWORK_PARTS),
            "labels": {a.value: title(a) for a in Architecture},
        },
    )
    reduction: Literal[1, 2, 4, 8] = Field(
        1,
        title="Width reduction",
        description="Divides the channels of the convolutional networks; results say so everywhere.",
        json_schema_extra={
            **_NETWORKS,
            **_of_architectures(*filter(is_convolutional, Architecture)),
            "labels": {"1": "full width", "2": "1/2", "4": "1/4", "8": "1/8"},
        },
    )
    corruptions: tuple[Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)], ...] = Field(
        (0.0, 0.2, 0.4, 0.6, 0.8, 1.0),
        min_length=2,
        max_length=21,
        title="Corruption",
        description="Probabilities with which a label is redrawn among all classes, from 0 on.",
        json_schema_extra={**_WHAT, **_of(Part.CORRUPTION)},
    )
    runs: int = Field(
        5,
        ge=1,
        le=100,
        title="Runs per curve",
        description="Repetitions with other initial weights and orders; claims are decided from three on.",
        json_schema_extra={**_NETWORKS, **_of(*NETWORK_PARTS)},
    )
    epochs: int = Field(
        80,
        ge=1,
        le=2000,
        title="Epochs",
        description="At most; a network on randomized data stops once it has fit.",
        json_schema_extra=_TRAINING,
    )
    batch_size: int = Field(
        32,
        ge=8,
        le=4096,
        title="Batch size",
        description="Examples per step of SGD with momentum 0.9.",
        json_schema_extra=_TRAINING,
    )
    learning_rate: float = Field(
        0.03,
        gt=0,
        le=10,
        title="Learning rate",
        description="Of perceptrons and AlexNet; the same for true and random labels.",
        json_schema_extra=_TRAINING,
    )
    inception_learning_rate: float = Field(
        0.1,
        gt=0,
        le=10,
        title="Learning rate of Inception",
        description="With and without batch norm.",
        json_schema_extra={
            **_RARE,
            **_of_architectures(Architecture.INCEPTION, Architecture.INCEPTION_PLAIN),
        },
    )
    decay: float = Field(
        0.98,
        gt=0,
        le=1,
        title="Decay of the rate",
        description="The learning rate is multiplied by this after every epoch.",
        json_schema_extra=_TRAINING,
    )
    weight_decay: float = Field(
        5e-4,
        gt=0,
        le=1,
        title="Weight decay",
        description="Where it is tried as a regularizer; the paper does not give its value.",
        json_schema_extra={**_RARE, **_of(Part.REGULARIZERS)},
    )
    network_examples: int = Field(
        50_000,
        ge=10,
        le=50_000,
        title="Examples of the constructed network",
        description="At most that many; Theorem 1 needs a threshold and a weight for each.",
        json_schema_extra={**_SIZES, **_of(Part.FINITE_SAMPLE)},
    )
    network_labels: Literal["random", "true"] = Field(
        "random",
        title="Labels of the constructed network",
        description="Random: redrawn among all classes. It fits either kind as exactly.",
        json_schema_extra={**_SIZES, **_of(Part.FINITE_SAMPLE)},
    )
    position: float = Field(
        0.1,
        ge=0.01,
        le=0.9,
        title="Threshold position",
        description="Where between two neighboring projections its thresholds stand; above 0.5 errors grow.",
        json_schema_extra={**_SIZES, **_of(Part.FINITE_SAMPLE)},
    )
    kernel_examples: int = Field(
        2000,
        ge=50,
        le=20_000,
        title="Examples of the kernel models",
        description="At most that many; memory grows with the square, time with the cube.",
        json_schema_extra={**_SIZES, **_of(Part.LINEAR)},
    )
    draws: int = Field(
        5,
        ge=2,
        le=100,
        title="Draws of random signs",
        description="For the Rademacher complexity, at every number of examples.",
        json_schema_extra={**_SIZES, **_of(Part.COMPLEXITY)},
    )
    models: int = Field(
        40,
        ge=10,
        le=1000,
        title="Models for memorization",
        description="Trained on subsets at each probability of corruption, to score every example.",
        json_schema_extra={**_SIZES, **_of(Part.MEMORIZATION)},
    )
    precision: Precision = "auto"
    seed: int = seed_of(
        Purpose.SUBSETS,
        Purpose.INITIALIZATION,
        Purpose.ORDER,
        Purpose.AUGMENTATION,
        Purpose.RANDOM_SIGNS,
        Purpose.DIRECTION,
        description="Determines initial weights, batch orders, augmentation, subsets and random signs.",
        group="Training",
    )

    @field_validator("parts", "architectures")
    @classmethod
    def _in_order(cls, chosen: tuple[Any, ...]) -> tuple[Any, ...]:
        """Equal choices are equal requests, in whatever order they came."""
        if len(set(chosen)) < len(chosen):
            raise ValueError("must be distinct")
        return tuple(kind for kind in type(chosen[0]) if kind in chosen)

    @field_validator("corruptions")
    @classmethod
    def _from_zero(cls, corruptions: tuple[float, ...]) -> tuple[float, ...]:
        if corruptions[0] != 0 or any(a >= b for a, b in pairwise(corruptions)):
            raise ValueError("must be distinct, in ascending order, and start at 0")
        return corruptions

    def rate(self, architecture: Architecture) -> float:
        """Return the learning rate of an architecture."""
        inception = architecture in {Architecture.INCEPTION, Architecture.INCEPTION_PLAIN}
        return self.inception_learning_rate if inception else self.learning_rate


def has(*parts: Part) -> Callable[[RandomizationParams], bool]:
    """Return whether parameters ask for any of the parts."""
    return lambda params: not set(parts).isdisjoint(params.parts)


def border(shape: Shape) -> int:
    """Return how many pixels around the center crop a random crop may reach into."""
    return max(min(shape.height - WINDOW, shape.width - WINDOW, 4) // 2, 0)


def seen(shape: Shape) -> Shape:
    """Return the form in which networks see images: their center crop."""
    return Shape(
        shape.n_train,
        shape.n_test,
        shape.classes,
        min(shape.height, WINDOW),
        min(shape.width, WINDOW),
        shape.channels,
    )


def crop_reach(shape: Shape) -> int:
    """Return by how many pixels a random crop moves to either side: 2 of 28, as from 32 x 32."""
    return max(round(2 * min(seen(shape).height, seen(shape).width) / WINDOW), 1)
