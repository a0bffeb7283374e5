"""What `summarize` returns and what figures, claims, rows and exports are made from."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.core.contracts import Estimator
from backend.scores.answers import Answers
from backend.scores.columns import Column, Values
from backend.scores.estimates import MarginEstimates
from backend.scores.scores import Scores
from backend.scores.table import ScoreTable
from backend.studies.kit import npz
from backend.studies.kit.facts import Facts

# How the arrays of these are called in the packed form.
_INFLUENCE = "influence_"
_MARGINS = "margins_"
_ANSWERS = "answers_"
_NAMED = "named_"
_COLUMN = "column_"
_PLACEBO = "placebo_of_parts"


@dataclass(frozen=True)
class Influence:
    """The P test examples that each training example helps most, highest influence first, all (S, n, P).

    `partners` are indices into the data set; `k_in` and `k_out` count the models trained with and without the
    training example that get the partner right. `Scores` has the numbers of models.
    """

    partners: npt.NDArray[np.int32]
    k_in: npt.NDArray[np.int32]
    k_out: npt.NDArray[np.int32]


@dataclass(frozen=True)
class Results:
    """Everything known about an experiment at one moment.

    `scores`, `margins`, `influence` and `placebo`, (S, T, types) as in `trajectories.placebo`, belong to
    studies whose examples have scores. So do `columns`, further numbers (S, n) of the examples by key, and
    `declared`, those that the study offers, which are not packed. `arrays` are a study's own, under names of
    its own; they are offered as a file.
    """

    facts: Facts = field(default_factory=Facts)
    scores: Scores | None = None
    margins: MarginEstimates | None = None
    influence: Influence | None = None
    placebo: npt.NDArray[np.float64] | None = None
    columns: Mapping[str, npt.NDArray[np.float32]] = field(default_factory=dict)
    declared: tuple[Column, ...] = ()
    arrays: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)

    def by(self, estimator: Estimator) -> "Results":
        """Return the same with scores by that estimator; LookupError says why there are none by margins."""
        if estimator is Estimator.COUNTS:
            return self
        if self._by_margins is None:
            raise LookupError("no size has margins of enough models yet, or they were not kept")
        return self._by_margins

    @cached_property
    def _by_margins(self) -> "Results | None":
        if self.scores is None or self.margins is None:
            return None
        return replace(self, scores=self.scores.by_margins(self.margins))

    @cached_property
    def table(self) -> ScoreTable | None:
        """The scores, ready for browsing."""
        return None if self.scores is None else ScoreTable(self.scores, self.further)

    @cached_property
    def further(self) -> Mapping[str, Values]:
        """The columns declared that these results have, (S, n) by key in the study's order."""
        if self.scores is None:
            return {}
        found = ((column.key, column.values(self.scores, self.columns)) for column in self.declared)
        return {key: values for key, values in found if values is not None}

    def to_bytes(self) -> bytes:
        """Pack into an npz."""
        header: dict[str, Any] = {"facts": self.facts.model_dump(mode="json")}
        arrays: dict[str, Any] = {}
        if self.scores is not None:
            kept = ((column.name, getattr(self.scores, column.name)) for column in fields(Scores))
            arrays = {name: value for name, value in kept if value is not None}
            header["sizes"] = arrays.pop("sizes")
            arrays |= {_ANSWERS + name: value for name, value in vars(arrays.pop("answers")).items()}
        if self.margins is not None:
            arrays |= {_MARGINS + name: value for name, value in vars(self.margins).items()}
        if self.influence is not None:
            arrays |= {_INFLUENCE + name: value for name, value in vars(self.influence).items()}
        if self.placebo is not None:
            arrays[_PLACEBO] = self.placebo
        arrays |= {_COLUMN + key: values for key, values in self.columns.items()}
        named = {_NAMED + name: np.asarray(values) for name, values in self.arrays.items()}
        arrays["header"] = np.frombuffer(json.dumps(header).encode(), np.uint8)
        return npz.pack(arrays | named, stored=named)

    @classmethod
    def from_bytes(cls, data: bytes, facts: type[Facts], declared: tuple[Column, ...] = ()) -> "Results":
        """Unpack what `to_bytes` packed, in this version or an earlier one.

        `facts` is the study's model, `declared` are the columns that it offers.
        """
        arrays = npz.unpack(data)
        header = json.loads(arrays.pop("header").tobytes())
        arrays.pop("placebo", None)  # earlier versions had another rule for types, and its placebo
        placebo = arrays.pop(_PLACEBO, None)
        named = _taken(arrays, _NAMED)
        columns = _taken(arrays, _COLUMN)
        influences = _taken(arrays, _INFLUENCE)
        margins = _taken(arrays, _MARGINS)
        scores = None
        if "sizes" in header:
            if "answers" in arrays:  # results of earlier versions count every class
                answers = Answers.of_counts(arrays.pop("answers"))
            else:
                answers = Answers(**_taken(arrays, _ANSWERS))
            scores = Scores(sizes=tuple(header["sizes"]), answers=answers, **arrays)
        # Earlier versions kept curves beside the facts, which now hold them.
        beside = {"curves": header["curves"]} if "curves" in header else {}
        return cls(
            facts=facts.model_validate(beside | header["facts"]),
            scores=scores,
            margins=MarginEstimates(**margins) if margins else None,
            influence=Influence(**influences) if influences else None,
            placebo=placebo,
            columns=columns,
            declared=declared,
            arrays=named,
        )


def _taken(arrays: dict[str, npt.NDArray[Any]], prefix: str) -> dict[str, npt.NDArray[Any]]:
    """Take the arrays whose names begin with the prefix out of the others, and drop the prefix."""
    found = [name for name in arrays if name.startswith(prefix)]
    return {name.removeprefix(prefix): arrays.pop(name) for name in found}
