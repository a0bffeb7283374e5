"""The worker half of a study: runs one unit, and summarizes all results so far."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, runtime_checkable

import numpy.typing as npt

from backend.datasets.examples import Examples
from backend.datasets.matrix import Matrix
from backend.scores.scores import Scores
from backend.studies.kit.results import Results

Arrays = Mapping[str, npt.NDArray[Any]]
P_contra = TypeVar("P_contra", contravariant=True)


class Progress(Protocol):
    """Reports how far a unit is; raises `Cancelled` when the person at the page has cancelled."""

    def __call__(self, fraction: float) -> None:
        """Report the finished fraction of this unit, 0 to 1."""


@dataclass(frozen=True)
class Finished:
    """A finished experiment whose examples have scores; `examples` are those that the scores count in."""

    scores: Scores
    examples: Examples


def _no_matrix(matrix: str) -> Matrix:
    raise LookupError(f"matrix {matrix} cannot be read from here")


def _no_other(experiment: str) -> Finished:
    raise LookupError(f"experiment {experiment} cannot be looked at from here")


def _nothing_before() -> Scores:
    raise LookupError("there are no scores of earlier looks here")


@dataclass(frozen=True)
class Context:
    """What a unit may use beside its parameters; `given` are its examples, None in a study without images.

    `finished` returns the finished experiment of an id, `matrix` the matrix of an id; LookupError where there
    is none any more. `before` returns the scores that all units of earlier looks have given, to a unit of
    look 1 and on.
    """

    progress: Progress
    given: Examples | None = None
    finished: Callable[[str], Finished] = _no_other
    matrix: Callable[[str], Matrix] = _no_matrix
    before: Callable[[], Scores] = _nothing_before

    @property
    def examples(self) -> Examples:
        """The examples that the parameters name; TypeError where the parameters name no data set."""
        if self.given is None:
            raise TypeError("this study takes no data set")
        return self.given


@dataclass(frozen=True)
class Outcome:
    """What a unit returns: arrays for `summarize`, and how they were made, as JSON for the record."""

    arrays: Arrays
    engine: dict[str, Any] = field(default_factory=dict)


Units = Iterable[tuple[Mapping[str, Any], Arrays]]  # payloads and what came of them


class Runner(Protocol[P_contra]):
    """Worker half of a study: a module with these two functions, and with those of `Adding` if it can."""

    def run(self, payload: Mapping[str, Any], params: P_contra, context: Context) -> Outcome:
        """Train or compute one unit."""

    def summarize(self, params: P_contra, examples: Any, units: Units) -> Results:
        """Turn all units so far, in plan order, into results; valid at any moment.

        `examples` are those that the parameters name, None in a study without images.
        """


@runtime_checkable
class Adding(Protocol[P_contra]):
    """Worker half of a study whose units add up: a new one costs the same however many came before.

    Sums come in parts, under names of the study's; `kept` are those of all units so far.
    """

    def add(
        self, params: P_contra, examples: Any, kept: Mapping[str, Arrays], units: Units
    ) -> Mapping[str, Arrays]:
        """Return the parts that change when units, in any order, are added."""

    def of_sums(self, params: P_contra, examples: Any, kept: Mapping[str, Arrays]) -> Results:
        """Return what `summarize` does of all the units added."""
