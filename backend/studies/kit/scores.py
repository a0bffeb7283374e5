"""What a study says of itself whose examples have scores."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from backend.datasets.base import Shape
from backend.figures.accuracy import Line
from backend.scores.columns import Column
from backend.scores.few import is_few, models_of
from backend.studies.kit.results import Results

P = TypeVar("P")


class Purpose(StrEnum):
    """What a budget of time is spent on."""

    SCORES = "scores"
    SUSPECTS = "suspects"


@dataclass(frozen=True)
class Accuracies:
    """Accuracies of whole models by size: `lines` have one value per size."""

    sizes: Sequence[int]
    models: Sequence[int]
    lines: Sequence[Line]


@dataclass(frozen=True)
class LearningCurve:
    """One quantity over epochs, averaged over the models of one size."""

    size: int
    models: int
    epochs: Sequence[int]
    line: Line


@dataclass(frozen=True)
class Review(Generic[P]):
    """How a study's experiments tell which labels are suspect.

    `column`: the key of the column that is above 0 where models expect another label, up to 1, by which
    labels are reviewed. `steps`: as those of `Scored`, for somebody who looks for wrong labels alone.
    """

    column: str
    steps: Callable[[Shape, P], Sequence[Mapping[str, Any]]]


@dataclass(frozen=True)
class SingleModels(Generic[P]):
    """How the answers of single models are found in what units returned.

    `size`: of the models that a unit with some payload trained on random subsets, None where it did something
    else. `answers`: of parameters, a unit's payload and arrays, and the (n,) labels trained on: which
    examples each of its K models had, and about which it is right, (K, n) each. `confidence`: that of the
    intervals of scores.
    """

    size: Callable[[Mapping[str, Any]], int | None]
    answers: Callable[
        [P, Mapping[str, Any], Mapping[str, npt.NDArray[Any]], npt.NDArray[np.int64]],
        tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]],
    ]
    confidence: Callable[[P], float]


@dataclass(frozen=True)
class Scored(Generic[P]):
    """A study whose examples have memorization scores at several sizes of models.

    `size_name`: what the size of a model is, such as "width". `parameters`: weights and biases of a model, by
    size, of those asked for and those with a name. `half_width`: of a typical score's 95 % interval.
    `accuracies` and `learning_curves` of what was found, which the page that is exported draws by itself.
    `steps`: settings that cost more and more, never less precise than those before, for a whole data set of
    some form and parameters that name what is taken of it; budgets are spent on them. `columns`: further
    numbers of every example, which results keep or scores tell. `influence`: whether results keep who helps
    whom. `single`: how single models' answers are found, if units keep them.
    """

    size_name: Callable[[P], str]
    parameters: Callable[[P, Shape], Mapping[int, int]]
    half_width: Callable[[P, Shape], float]
    accuracies: Callable[[Any], Accuracies]
    learning_curves: Callable[[Any], Sequence[LearningCurve]]
    steps: Callable[[Shape, P], Sequence[Mapping[str, Any]]]
    columns: tuple[Column, ...] = ()
    influence: bool = False
    review: Review[P] | None = None
    single: SingleModels[P] | None = None

    def steps_to(self, purpose: Purpose) -> Callable[[Shape, P], Sequence[Mapping[str, Any]]] | None:
        """Return the steps that a budget for that purpose is spent on; None where it cannot be served."""
        if purpose is Purpose.SCORES:
            return self.steps
        return None if self.review is None else self.review.steps

    def drawn_small(self, results: Results) -> dict[str, Any] | None:
        """Return the histogram of the largest size that has scores, for a card; None before there are any."""
        table = results.table
        if table is None or not table.scores.scored_sizes:
            return None
        size = table.scores.scored_sizes[-1]
        histogram = table.histogram(table.row(size), None, None)
        return {
            "kind": "histogram",
            "size": size,
            "counts": histogram.counts,
            "edges": histogram.edges,
            "models": min(models_of(table.scores, row) for row in table.scored_rows),
            "few": any(is_few(table.scores, row) for row in table.scored_rows),
        }
