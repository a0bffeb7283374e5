"""What `summarize` returns and what figures, claims, rows and exports are made from."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.core.contracts import Estimator
from backend.datasets.lookalikes import Lookalikes
from backend.scores.answers import Answers
from backend.scores.columns import Column, Values
from backend.scores.estimates import MarginEstimates
from backend.scores.scores import Scores
from backend.scores.table import ScoreTable
from backend.statistics.influence import Partners
from backend.studies.kit import npz
from backend.studies.kit.facts import Facts

# How the arrays of these are called in the packed form.
_INFLUENCE = "influence_"
_LOOKALIKES = "lookalikes_"
_MARGINS = "margins_"
_ANSWERS = "answers_"
_NAMED = "named_"
_COLUMN = "column_"
_PLACEBO = "placebo_of_parts"


@dataclass(frozen=True)
class Influence:
    """Who helps whom at S sizes: of n training and m test examples, `Partners` (S, n, P) or (S, m, P).

    Of a training example the test and the training examples that it helps most; of a test and of a training
    example the training examples that help it most; `nearest`: the training example that looks most like a
    training example, helpful or not. Partners are indices into the experiment's examples, test behind
    training. What is None was too much to look for.
    """

    helps_test: Partners
    test_helpers: Partners | None = None
    helps_train: Partners | None = None
    train_helpers: Partners | None = None
    nearest: Partners | None = None

    @classmethod
    def kinds(cls) -> list[str]:
        """Return the names of the kinds of partners."""
        return [field.name for field in fields(cls)]


@dataclass(frozen=True)
class Results:
    """Everything known about an experiment at one moment.

    `scores`, `margins`, `influence`, `lookalikes` and `placebo`, (S, T, types) as in `trajectories.placebo`,
    belong to studies whose examples have scores. So do `columns`, further numbers (S, n) of the examples by
    key, and `declared`, those that the study offers, which are not packed. `arrays` are a study's own, under
    names of its own; they are offered as a file.
    """

    facts: Facts = field(default_factory=Facts)
    scores: Scores | None = None
    margins: MarginEstimates | None = None
    influence: Influence | None = None
    lookalikes: Lookalikes | None = None
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
            arrays |= _flat(self.influence)
        if self.lookalikes is not None:
            near = ((column.name, getattr(self.lookalikes, column.name)) for column in fields(Lookalikes))
            arrays |= {_LOOKALIKES + name: np.asarray(value) for name, value in near}
        if self.placebo is not None:
            arrays[_PLACEBO] = self.placebo
        arrays |= {_COLUMN + key: values for key, values in self.columns.items()}
        named = {_NAMED + name: np.asarray(values) for name, values in self.arrays.items()}
        arrays["header"] = np.frombuffer(json.dumps(header).encode(), np.uint8)
        # Partners are many and hardly shrink: compressing those of a large data set takes most of a minute.
        plain = [name for name in arrays if name.startswith((_INFLUENCE, _LOOKALIKES))]
        return npz.pack(arrays | named, stored=[*named, *plain])

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
        lookalikes = _taken(arrays, _LOOKALIKES)
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
            influence=_unflat(influences, scores),
            lookalikes=Lookalikes(int(lookalikes.pop("n_train")), **lookalikes) if lookalikes else None,
            placebo=placebo,
            columns=columns,
            declared=declared,
            arrays=named,
        )


def _taken(arrays: dict[str, npt.NDArray[Any]], prefix: str) -> dict[str, npt.NDArray[Any]]:
    """Take the arrays whose names begin with the prefix out of the others, and drop the prefix."""
    found = [name for name in arrays if name.startswith(prefix)]
    return {name.removeprefix(prefix): arrays.pop(name) for name in found}


def _flat(influence: Influence) -> dict[str, npt.NDArray[Any]]:
    """Name the arrays of all kinds of partners."""
    kinds = {kind: found for kind, found in vars(influence).items() if found is not None}
    return {
        f"{_INFLUENCE}{kind}.{name}": getattr(found, name)
        for kind, found in kinds.items()
        for name in Partners.names()
    }


def _unflat(arrays: dict[str, npt.NDArray[Any]], scores: Scores | None) -> Influence | None:
    """Undo `_flat`; None where there is no influence."""
    kinds = {name.partition(".")[0] for name in arrays if "." in name}
    if kinds:
        return Influence(
            **{kind: Partners(*(arrays[f"{kind}.{name}"] for name in Partners.names())) for kind in kinds}
        )
    if not arrays or scores is None:
        return None
    # Earlier versions knew one kind, and took the numbers of models from the scores.
    n_in, n_out = (
        np.broadcast_to(counts[..., None], arrays["k_in"].shape) for counts in (scores.n_in, scores.n_out)
    )
    counted = (part.astype(np.uint16) for part in (arrays["k_in"], n_in, arrays["k_out"], n_out))
    return Influence(Partners(arrays["partners"], *counted))
