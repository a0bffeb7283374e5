"""What an experiment of the matrix factorization study is asked for."""

from enum import IntEnum, StrEnum
from typing import Annotated, Any, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from backend.studies.kit.params import OnMatrix, seed_of

TOLERANCE = 1e-6  # training error at which a run ends, as in the paper
DYNAMICS_DEPTHS = (1, 2, 3)
DYNAMICS_SCALE = 1e-3  # of s I, from which the dynamics begin
CONJECTURE_DEPTHS = (2, 3)

_MATRIX: dict[str, Any] = {"group": "Matrix"}
_DESCENT: dict[str, Any] = {"group": "Descent"}
_PARTS: dict[str, Any] = {"group": "Parts"}
_YOURS: dict[str, Any] = {"group": "Your own matrix"}
Fractions = tuple[Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)], ...]


class Purpose(IntEnum):
    """What is drawn."""

    TRUTH = 100
    MASK = 101
    MEASUREMENTS = 102
    START = 103
    HELD_OUT = 104


class Part(StrEnum):
    """What of the paper is run."""

    COMPLETION = "completion"
    SENSING = "sensing"
    DYNAMICS = "dynamics"
    CONJECTURE = "conjecture"


PART_TITLES = {
    Part.COMPLETION: "From some entries (Figs. 1 and 2)",
    Part.SENSING: "From measurements (Figs. 4 and 5)",
    Part.DYNAMICS: "How singular values grow (Fig. 3)",
    Part.CONJECTURE: "Over how much is observed",
}
PART_NOTES = {
    Part.COMPLETION: "Error, nuclear norm and rank at every depth and initialization.",
    Part.SENSING: "The same, where random weighted sums of all entries are known.",
    Part.DYNAMICS: "Plain descent at depths 1 to 3, beside what theory says.",
    Part.CONJECTURE: "From how many entries on does each depth recover, and the least nuclear norm?",
}


class MatrixFactorizationParams(OnMatrix):
    """Which matrices to recover, from what, and how; the defaults are the quick preset."""

    parts: tuple[Part, ...] = Field(
        (Part.COMPLETION, Part.DYNAMICS, Part.CONJECTURE),
        max_length=len(Part),
        title="Parts",
        validate_default=True,
        description="Each is run, drawn and judged by itself.",
        json_schema_extra={
            **_PARTS,
            "labels": {part.value: words for part, words in PART_TITLES.items()},
            "notes": {part.value: words for part, words in PART_NOTES.items()},
        },
    )
    size: int = Field(
        50,
        ge=4,
        le=400,
        title="Rows and columns n",
        description="The matrix is square; hidden layers are as wide.",
        json_schema_extra={**_MATRIX, "scale": "log"},
    )
    rank: int = Field(
        2, ge=1, le=50, title="Rank", description="Of the matrix drawn.", json_schema_extra=_MATRIX
    )
    observed: Fractions = Field(
        (0.22, 0.5),
        min_length=1,
        max_length=6,
        title="Observed",
        description="Entries, or measurements, as shares of n x n; the paper has 0.2 and 0.5. The smallest is"
        " where depths differ.",
        json_schema_extra=_MATRIX,
    )
    problems: int = Field(
        7,
        ge=1,
        le=200,
        title="Problems",
        description="Matrices, masks and starts drawn; intervals are over them, and one decides nothing.",
        json_schema_extra={**_MATRIX, "scale": "log"},
    )
    depths: tuple[Annotated[int, Field(ge=1, le=6)], ...] = Field(
        (2, 3, 4),
        min_length=1,
        max_length=5,
        title="Depths",
        description="Factors whose product is fit; a single one leaves what is not observed as it began.",
        json_schema_extra=_DESCENT,
    )
    inits: tuple[Annotated[float, Field(ge=1e-9, le=10, allow_inf_nan=False)], ...] = Field(
        (1e-5, 1e-4, 1e-3, 1e-2),
        min_length=1,
        max_length=8,
        title="Initialization",
        description="Frobenius norm of the product at the start, the horizontal axis of Figs. 1 and 2.",
        json_schema_extra=_DESCENT,
    )
    learning_rates: tuple[Annotated[float, Field(ge=1e-5, le=0.1, allow_inf_nan=False)], ...] = Field(
        (3e-3,),
        min_length=1,
        max_length=3,
        title="Learning rates",
        description="Step over the root mean square of gradients; the paper has 0.001 and 0.0003.",
        json_schema_extra=_DESCENT,
    )
    most_steps: int = Field(
        12_000,
        ge=100,
        le=1_000_000,
        title="Most steps",
        description="A run ends here if its training error is not 1e-6 before.",
        json_schema_extra={**_DESCENT, "scale": "log", "advanced": True},
    )
    sweep: Fractions = Field(
        (0.1, 0.2, 0.3, 0.4, 0.5, 0.6),
        min_length=2,
        max_length=12,
        title="Observed in the conjecture",
        description="Shares of n x n at which depths 2 and 3 are held against the least nuclear norm.",
        json_schema_extra={**_PARTS, "advanced": True},
    )
    dynamics_rate: float = Field(
        0.1,
        ge=1e-3,
        le=1,
        title="Learning rate of the dynamics",
        description="Of plain gradient descent.",
        json_schema_extra={**_PARTS, "advanced": True},
    )
    dynamics_steps: int = Field(
        12_000,
        ge=300,
        le=300_000,
        title="Steps of the dynamics",
        description="At depth 1; depth 2 takes half as many and depth 3 two thirds, as in Fig. 3.",
        json_schema_extra={**_PARTS, "scale": "log", "advanced": True},
    )
    held_out: float = Field(
        0.1,
        ge=0.01,
        le=0.5,
        title="Held out",
        description="Share of the known entries that is not trained on: how well are they filled in?",
        json_schema_extra={**_YOURS, "step": 0.01},
    )
    splits: int = Field(
        3,
        ge=1,
        le=20,
        title="Splits",
        description="Choices of what is held out; intervals are over them.",
        json_schema_extra=_YOURS,
    )
    seed: int = seed_of(*Purpose, description="Determines matrices, masks and starts.", group="Chance")

    @field_validator("parts")
    @classmethod
    def _something(cls, parts: tuple[Part, ...], info: ValidationInfo) -> tuple[Part, ...]:
        if not parts and info.data.get("matrix") is None:
            raise ValueError("choose at least one, or a matrix of your own")
        return parts

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for name in ("parts", "observed", "depths", "inits", "learning_rates", "sweep"):
            values = getattr(self, name)
            if len(set(values)) < len(values):
                raise ValueError(f"{name}: each value once")
        if self.rank > self.size // 2:
            raise ValueError(f"rank: at most half of n, {self.size // 2}")
        return self

    def count(self, fraction: float) -> int:
        """Return how many entries or measurements that share of the matrix is."""
        return max(1, round(fraction * self.size**2))

    def determined(self, count: int) -> float:
        """Return how many times the degrees of freedom of a matrix of the rank so many observations are."""
        return count / (self.rank * (2 * self.size - self.rank))

    def counts(self) -> tuple[int, ...]:
        """Return the numbers of observations, ascending."""
        return tuple(sorted(map(self.count, self.observed)))

    def swept(self) -> tuple[int, ...]:
        """Return the numbers of observations of the conjecture, ascending."""
        return tuple(sorted(map(self.count, self.sweep)))

    def steps_at(self, depth: int) -> int:
        """Return how many steps the dynamics of that depth take."""
        return round(self.dynamics_steps * {1: 1, 2: 1 / 2, 3: 2 / 3}[depth])
