"""What an experiment takes from a data set, and under which labels: the part of its parameters about data."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from backend.core.errors import FieldError, InvalidError
from backend.datasets.base import Shape
from backend.statistics.seeds import Purpose, governs

Name = Annotated[str, Field(min_length=1, max_length=200)]


class NoiseKind(StrEnum):
    """How labels are changed on purpose."""

    SYMMETRIC = "symmetric"
    CLASS_DEPENDENT = "class-dependent"
    UNIFORM = "uniform"


class PixelMode(StrEnum):
    """What models see instead of the pictures (Zhang et al. 2017, section 2)."""

    ORIGINAL = "original"
    SHUFFLED = "shuffled"
    RANDOM = "random"
    GAUSSIAN = "gaussian"


class DataOptions(BaseModel):
    """The examples of an experiment; unknown names are refused, defaults take the whole data set as it is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dataset: Name = Field(
        "digits",
        title="Data set",
        description="Images the models are trained on.",
        json_schema_extra={"group": "Data", "format": "dataset"},
    )
    classes: tuple[Name, ...] = Field(
        (),
        max_length=1000,
        title="Classes",
        description="Names of the classes to keep; empty keeps all.",
        json_schema_extra={"group": "Data", "format": "classes"},
    )
    per_class: int | None = Field(
        None,
        ge=2,
        le=1_000_000,
        title="Training examples per class",
        description="Draws that many of each class, or all of a smaller one; empty takes all.",
        json_schema_extra={"group": "Data"},
    )
    image_size: int | None = Field(
        None,
        ge=4,
        le=224,
        title="Image size",
        description="Scales images to a square of that many pixels a side; empty leaves them as they are.",
        json_schema_extra={"group": "Data", "advanced": True},
    )
    grayscale: bool = Field(
        False,
        title="Grayscale",
        description="Turns colors into shades of gray.",
        json_schema_extra={"group": "Data", "advanced": True},
    )
    pixels: PixelMode = Field(
        PixelMode.ORIGINAL,
        title="Pixels",
        description="Shuffled: one order of the pixels for all pictures. Random: an order of its own for each"
        " one. Gaussian: noise with the mean and spread of the data set instead of pictures.",
        json_schema_extra={
            "group": "Data",
            "advanced": True,
            "labels": {
                PixelMode.ORIGINAL: "as they are",
                PixelMode.SHUFFLED: "shuffled, all pictures alike",
                PixelMode.RANDOM: "shuffled, each picture anew",
                PixelMode.GAUSSIAN: "Gaussian noise",
            },
        },
    )
    labels: Name | None = Field(
        None,
        title="Label file",
        description="An uploaded file of training labels to use instead, such as noisy labels from people.",
        json_schema_extra={"group": "Data", "format": "labels", "advanced": True},
    )
    label_noise: float = Field(
        0.0,
        ge=0,
        le=1,
        title="Label noise",
        description="Fraction of the training labels changed to another class, and flagged as flipped; of"
        " uniform noise, the probability that a label is redrawn.",
        json_schema_extra={"group": "Data"},
    )
    noise: NoiseKind = Field(
        NoiseKind.SYMMETRIC,
        title="Kind of label noise",
        description="Symmetric: to any other class. Class-dependent: to the class it is confused with."
        " Uniform: redrawn from all classes, so that a label may stay what it was.",
        json_schema_extra={
            "group": "Data",
            "advanced": True,
            "labels": {
                NoiseKind.SYMMETRIC: "symmetric",
                NoiseKind.CLASS_DEPENDENT: "class-dependent",
                NoiseKind.UNIFORM: "uniform, redrawn from all classes",
            },
        },
    )
    confusions: tuple[Name, ...] = Field(
        (),
        max_length=1000,
        title="Confusions",
        description="Of class-dependent noise: pairs such as cat>dog; empty turns each class into the next.",
        json_schema_extra={"group": "Data", "advanced": True, "when": {"noise": ["class-dependent"]}},
    )
    data_seed: int = Field(
        0,
        ge=0,
        le=2**32 - 1,
        title="Data seed",
        description="Determines which examples are drawn, whose labels are changed and how pixels move.",
        json_schema_extra={
            "group": "Data",
            "advanced": True,
            **governs(Purpose.SUBSAMPLE, Purpose.LABEL_NOISE, Purpose.PIXELS),
        },
    )

    @property
    def relabels(self) -> bool:
        """Whether training labels can be others than the data set's own."""
        return self.label_noise > 0 or self.labels is not None

    def data(self) -> "DataOptions":
        """Return these options without the rest of an experiment's parameters."""
        return DataOptions(**{name: getattr(self, name) for name in DataOptions.model_fields})


def options_among(params: Mapping[str, Any]) -> DataOptions:
    """Return the options among an experiment's stored parameters; a ValidationError names bad ones."""
    names = DataOptions.model_fields.keys() & params.keys()
    return DataOptions(**{name: params[name] for name in names})


def check_classes(classes: Sequence[str], options: DataOptions) -> list[int]:
    """Return the indices of the classes that options keep; InvalidError if one is unknown or alone."""
    unknown = [name for name in options.classes if name not in classes]
    if unknown:
        raise invalid_option("classes", f"has no class {unknown[0]!r}; classes are: {listed(classes)}")
    kept = [index for index, name in enumerate(classes) if not options.classes or name in options.classes]
    if len(kept) < 2:
        raise invalid_option("classes", "needs at least two classes")
    return kept


def listed(names: Sequence[str], most: int = 20) -> str:
    """Return names for a sentence."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def invalid_option(field: str, detail: str) -> InvalidError:
    """Return the error that points at one option."""
    return InvalidError(f"{field}: {detail}.", (FieldError(f"/params/{field}", detail),))


def expected_shape(whole: Shape, options: DataOptions) -> Shape:
    """Return the form that options leave of a data set, as far as its numbers tell: classes of equal size."""
    classes = len(set(options.classes)) or whole.classes
    per_class = whole.n_train // whole.classes
    drawn = min(options.per_class or per_class, per_class)
    taken_all = classes == whole.classes and options.per_class is None
    side = options.image_size
    return Shape(
        n_train=whole.n_train if taken_all else drawn * classes,
        n_test=whole.n_test * classes // whole.classes,
        classes=classes,
        height=side or whole.height,
        width=side or whole.width,
        channels=1 if options.grayscale else whole.channels,
    )


def data_fingerprint(options: DataOptions, dataset: str, labels: str | None) -> str:
    """Hash an experiment's examples: its options, the data set's fingerprint and the label file's."""
    spec = [dataset, labels, options.data().model_dump(mode="json", exclude={"dataset", "labels"})]
    return hashlib.sha256(json.dumps(spec, sort_keys=True).encode()).hexdigest()
