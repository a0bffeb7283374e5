"""Parameters of studies: one model is the form, the command line, the URL and what is stored."""

from collections.abc import Mapping
from enum import IntEnum
from functools import cache
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from backend.datasets.options import DataOptions
from backend.statistics.seeds import governs

Precision = Annotated[
    Literal["auto", "float32", "bfloat16"],
    Field(
        title="Precision",
        description="Of products; auto takes bfloat16 for large models on hardware that has it.",
        json_schema_extra={"group": "Training", "advanced": True},
    ),
]


P = TypeVar("P", bound=BaseModel)


class StudyParams(BaseModel):
    """Base of every study's parameters; defaults are the `quick` preset, unknown names are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def form_schema(cls) -> dict[str, Any]:
        """Return the schema of a form for these parameters."""
        return form_schema(cls)


@cache
def form_schema(model: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON schema with every part in its place, as a form reads it, not by reference."""
    schema = model.model_json_schema()
    known = schema.pop("$defs", {})
    whole: dict[str, Any] = _resolved(schema, known)
    return whole


class OnImages(DataOptions, StudyParams):
    """Mixed into the parameters of studies whose models see images: which data set, and what of it.

    A default that is meant for the study's own first data set alone is said by `only_with`.
    """

    @model_validator(mode="before")
    @classmethod
    def _defaults_of_the_data_set(cls, values: Any) -> Any:
        """Take other defaults where another data set is named; what is no data set is refused elsewhere."""
        first = cls.model_fields["dataset"].default
        if not isinstance(values, dict) or values.get("dataset", first) == first:
            return values
        return {**_defaults_elsewhere(cls), **values}


class OnExperiment(StudyParams):
    """Mixed into the parameters of studies that look at a finished experiment's scores of examples."""

    experiment: str | None = Field(
        None,
        pattern=r"^[0-9a-f]{12}$",
        max_length=12,
        title="Finished experiment",
        description="Whose scores are looked at; without one, that part is left out.",
        json_schema_extra={"group": "Beside an experiment", "format": "experiment"},
    )


class OnMatrix(StudyParams):
    """Mixed into the parameters of studies that complete a matrix which somebody has brought."""

    matrix: str | None = Field(
        None,
        pattern=r"^[0-9a-f]{12}$",
        max_length=12,
        title="Your own matrix",
        description="Known entries are fit and the others filled in; without one, that part is left out.",
        json_schema_extra={"group": "Your own matrix", "format": "matrix"},
    )


def only_with(dataset: str, *, otherwise: Any) -> dict[str, Any]:
    """Return a schema's note that a default holds with that data set alone, `otherwise` with all others."""
    return {"only_with": {"dataset": dataset}, "otherwise": otherwise}


@cache
def _defaults_elsewhere(model: type[BaseModel]) -> dict[str, Any]:
    notes = {name: info.json_schema_extra for name, info in model.model_fields.items()}
    return {
        name: note["otherwise"]
        for name, note in notes.items()
        if isinstance(note, dict) and "otherwise" in note
    }


def preset_on(preset: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, Any]:
    """Return a preset changed by parameters; what it says of data, it says of its own data set.

    Who brings another has asked for none of its classes, label noise and so on. How many pictures of each
    class are taken stays: that is about how much work it is.
    """
    if params.get("dataset", preset.get("dataset")) == preset.get("dataset"):
        return {**preset, **params}
    of_data = DataOptions.model_fields.keys() - {"per_class"}
    return {**{name: value for name, value in preset.items() if name not in of_data}, **params}


def named(params: P, data: str) -> P:
    """Return parameters for words about them, in which the data set's title stands for its id."""
    return params.model_copy(update={"dataset": data}) if data and isinstance(params, DataOptions) else params


def seed_of(*purposes: IntEnum, description: str, group: str) -> Any:
    """Return the field of a study's seed, 0 unless it is given; `purposes` are what it draws."""
    return Field(
        0,
        ge=0,
        le=2**32 - 1,
        title="Seed",
        description=description,
        json_schema_extra={"group": group, "advanced": True, **governs(*purposes)},
    )


def _resolved(part: Any, known: Mapping[str, Any]) -> Any:
    """Put what a schema's part refers to in place; what stands beside a reference wins."""
    if isinstance(part, list):
        return [_resolved(item, known) for item in part]
    if not isinstance(part, dict):
        return part
    own = {name: _resolved(value, known) for name, value in part.items() if name != "$ref"}
    return _resolved(known[part["$ref"].rpartition("/")[2]], known) | own if "$ref" in part else own
