"""The study contract: the four verbs that every paper's study is made of.

A study has two halves of the same name. `backend/studies/<name>.py` holds a `Study` (what can be asked, how
it is cut, drawn and judged; no torch). `workers/studies/<name>.py` holds a `Runner`: the functions `run` and
`summarize`. Nothing else in the system knows which study it serves.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Generic, Literal, Protocol, TypeVar

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
from pydantic import Field

from backend.core.contracts import ClaimVerdict, Scale, Stack
from backend.datasets.base import Shape
from backend.datasets.examples import Examples
from backend.datasets.options import DataOptions
from backend.statistics.trajectories import DEFAULT_TAU
from backend.studies.results import Results

Arrays = Mapping[str, npt.NDArray[Any]]


Precision = Annotated[
    Literal["auto", "float32", "bfloat16"],
    Field(
        title="Precision",
        description="Of products; auto takes bfloat16 for large models on hardware that has it.",
        json_schema_extra={"group": "Training", "advanced": True},
    ),
]


class StudyParams(DataOptions):
    """Base of every study's parameters: what it takes from which data. Defaults are the `quick` preset."""

    @classmethod
    def form_schema(cls) -> dict[str, Any]:
        """Return the JSON schema with every part in its place, as a form reads it, not by reference."""
        schema = cls.model_json_schema()
        known = schema.pop("$defs", {})
        whole: dict[str, Any] = _resolved(schema, known)
        return whole


def _resolved(part: Any, known: Mapping[str, Any]) -> Any:
    """Put what a schema's part refers to in place; what stands beside a reference wins."""
    if isinstance(part, list):
        return [_resolved(item, known) for item in part]
    if not isinstance(part, dict):
        return part
    own = {name: _resolved(value, known) for name, value in part.items() if name != "$ref"}
    return _resolved(known[part["$ref"].rpartition("/")[2]], known) | own if "$ref" in part else own


@dataclass(frozen=True)
class Paper:
    """The paper a study reproduces."""

    title: str
    authors: str
    year: int
    venue: str
    url: str
    bibtex: str


@dataclass(frozen=True)
class Unit:
    """One short, independent, seeded, idempotent piece of an experiment.

    Within one set of parameters the key names the work: equal keys give equal results, so that an extended
    experiment reuses its parent's units. `payload` is JSON for `run`; `models` counts the models trained;
    `seconds` is the expected duration on two CPU cores.
    """

    key: str
    payload: dict[str, Any]
    models: int
    seconds: float


@dataclass(frozen=True)
class Claim:
    """A finding of the paper, stated so that our measurement can hold or fail it."""

    key: str
    statement: str
    source: str
    paper_value: str
    measured: float | None
    low: float | None
    high: float | None
    verdict: ClaimVerdict
    setting: str
    note: str = ""


@dataclass(frozen=True)
class FigureInfo:
    """A figure that a study can draw: its name in the URL, its title, and what a reader sees in it.

    `section`: heading of the overview under which it stands; "" at its top, None where another tab shows it.
    """

    name: str
    title: str
    description: str
    section: str | None = None


@dataclass(frozen=True)
class Extension:
    """What an experiment can be extended by, for the dialog that asks how many; `noun`: of what."""

    label: str
    detail: str
    default: int
    least: int
    most: int
    noun: str = "models"


@dataclass(frozen=True)
class Related:
    """An experiment of a study that shows more of the same data; `params` override that study's defaults."""

    title: str
    detail: str
    study: str
    params: Mapping[str, Any]


@dataclass(frozen=True)
class FigureView:
    """What of the results a figure shows; most fields have the name of their URL parameter."""

    size: int | None = None
    bins: int | None = None
    stack: Stack = Stack.FLIPPED
    scale: Scale = Scale.LINEAR
    tau: float = DEFAULT_TAU
    example: tuple[int, ...] = ()
    classes: tuple[str, ...] = ()  # names of the labels
    keep: npt.NDArray[np.bool_] | None = field(default=None, compare=False)  # (n,) rows the filters leave


P = TypeVar("P", bound=StudyParams)
P_contra = TypeVar("P_contra", bound=StudyParams, contravariant=True)


class Study(ABC, Generic[P]):
    """Backend half of a study."""

    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    paper: ClassVar[Paper]
    figure_infos: ClassVar[tuple[FigureInfo, ...]]
    extension: ClassVar[Extension]
    has_scores: ClassVar[bool] = True  # of each example; else `Results.scores` stays None
    shows_data_modes: ClassVar[bool] = False  # trains on wrong labels and scrambled pixels beside true ones
    params: type[P]
    presets: ClassVar[Mapping[str, Mapping[str, Any]]]  # name -> overrides of the defaults

    @abstractmethod
    def size_name(self, params: P) -> str:
        """Return what the size of a model is, such as "width"."""

    @abstractmethod
    def plan(self, params: P, shape: Shape) -> list[Unit]:
        """Cut the work on data of that shape into units, in the order in which they should run.

        InvalidError names the parameter that makes it more work than can be kept track of.
        """

    @abstractmethod
    def half_width(self, params: P, shape: Shape) -> float | None:
        """Return the half width of a typical score's 95 % interval, or None where a study has no scores."""

    @abstractmethod
    def extended(self, params: P, models: int) -> P:
        """Return the parameters of a child experiment with that many more of what `extension` says.

        A ValidationError or InvalidError says why there cannot be so many.
        """

    @abstractmethod
    def parameters(self, params: P, shape: Shape) -> Mapping[int, int]:
        """Return how many weights and biases a model has, by size: those asked for and those with a name.

        Empty for a study without sizes.
        """

    def disk_bytes(self, units: Sequence[Unit], shape: Shape) -> int:
        """Return about how much is stored of these units: here one byte per model and answer."""
        return sum(unit.models for unit in units) * (shape.n_train + shape.n_test)

    def notes(self, params: P, shape: Shape) -> tuple[str, ...]:  # noqa: ARG002 - part of the contract
        """Say in sentences what else one should know before running this, such as the sizes of networks."""
        return ()

    @abstractmethod
    def deviations(self, params: P) -> tuple[str, ...]:
        """List where these parameters depart from the paper's setting; empty means paper settings."""

    def shown(self, params: P) -> tuple[FigureInfo, ...]:  # noqa: ARG002 - part of the contract
        """Return which of `figure_infos` an experiment with these parameters has."""
        return self.figure_infos

    @abstractmethod
    def figures(self, results: Results, params: P, view: FigureView) -> Mapping[str, Callable[[], go.Figure]]:
        """Return one builder per name in `figure_infos`; the caller draws only what it needs."""

    @abstractmethod
    def claims(self, results: Results, params: P) -> tuple[Claim, ...]:
        """Hold the paper's findings against what has been measured so far."""

    def related(self, params: P) -> tuple[Related, ...]:  # noqa: ARG002 - part of the contract
        """Return what else can be run on the same data to look further."""
        return ()

    def preview(self, results: Results) -> dict[str, Any] | None:
        """Return the small drawing for the experiment's card as JSON, or None while there is nothing to draw.

        Here the scores of the largest size that has any. Without scores: `kind` "lines", `x_title`, `y_title`
        and `lines`, each with `name`, `color` such as "#0072B2", and equally long `x` and `y`.
        """
        table = results.table
        if table is None or not table.scores.scored_sizes:
            return None
        size = table.scores.scored_sizes[-1]
        histogram = table.histogram(table.row(size), None, None)
        return {"kind": "histogram", "size": size, "counts": histogram.counts, "edges": histogram.edges}


class Progress(Protocol):
    """Reports how far a unit is; raises `Cancelled` when the person at the page has cancelled."""

    def __call__(self, fraction: float) -> None:
        """Report the finished fraction of this unit, 0 to 1."""


@dataclass(frozen=True)
class Context:
    """What a unit may use beside its parameters."""

    examples: Examples
    progress: Progress


@dataclass(frozen=True)
class Outcome:
    """What a unit returns: arrays for `summarize`, and how they were made, as JSON for the record."""

    arrays: Arrays
    engine: dict[str, Any] = field(default_factory=dict)


class Runner(Protocol[P_contra]):
    """Worker half of a study: a module with these two functions."""

    def run(self, payload: Mapping[str, Any], params: P_contra, context: Context) -> Outcome:
        """Train or compute one unit."""

    def summarize(
        self, params: P_contra, examples: Examples, units: Iterable[tuple[Mapping[str, Any], Arrays]]
    ) -> Results:
        """Turn all (payload, arrays) so far, in plan order, into results; valid at any moment."""
