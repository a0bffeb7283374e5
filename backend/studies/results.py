"""What `summarize` returns and what figures, claims, rows and exports are made from."""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.scores.answers import Answers
from backend.scores.scores import Scores
from backend.scores.table import ScoreTable

# How the arrays of these are called in the packed form.
_INFLUENCE = "influence_"
_ANSWERS = "answers_"


@dataclass(frozen=True)
class Curve:
    """One quantity over epochs at one size: mean and standard deviation over `models` models."""

    size: int
    name: str
    epochs: Sequence[int]
    mean: Sequence[float]
    sd: Sequence[float]
    models: int


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
    """Everything known about an experiment at one moment."""

    scores: Scores | None = None
    influence: Influence | None = None
    curves: tuple[Curve, ...] = ()
    placebo: npt.NDArray[np.float64] | None = None  # (S, T, types), see `trajectories.placebo`
    facts: dict[str, Any] = field(default_factory=dict)  # JSON: small numbers a figure or claim needs

    @cached_property
    def table(self) -> ScoreTable | None:
        """The scores, ready for browsing."""
        return None if self.scores is None else ScoreTable(self.scores)

    def to_bytes(self) -> bytes:
        """Pack into a compressed npz."""
        header: dict[str, Any] = {"facts": self.facts, "curves": [vars(curve) for curve in self.curves]}
        arrays: dict[str, Any] = {}
        if self.scores is not None:
            kept = ((column.name, getattr(self.scores, column.name)) for column in fields(Scores))
            arrays = {name: value for name, value in kept if value is not None}
            header["sizes"] = arrays.pop("sizes")
            arrays |= {_ANSWERS + name: value for name, value in vars(arrays.pop("answers")).items()}
        if self.influence is not None:
            arrays |= {_INFLUENCE + name: value for name, value in vars(self.influence).items()}
        if self.placebo is not None:
            arrays["placebo"] = self.placebo
        buffer = io.BytesIO()
        arrays["header"] = np.frombuffer(json.dumps(header).encode(), np.uint8)
        np.savez_compressed(buffer, allow_pickle=False, **arrays)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Results":
        """Unpack what `to_bytes` packed."""
        with np.load(io.BytesIO(data)) as npz:
            header = json.loads(npz["header"].tobytes())
            scores = influence = None
            arrays = {name: npz[name] for name in npz.files if name != "header"}
            placebo = arrays.pop("placebo", None)
            influences = _taken(arrays, _INFLUENCE)
            if influences:
                influence = Influence(**influences)
            if "sizes" in header:
                if "answers" in arrays:  # results of earlier versions count every class
                    answers = Answers.of_counts(arrays.pop("answers"))
                else:
                    answers = Answers(**_taken(arrays, _ANSWERS))
                scores = Scores(sizes=tuple(header["sizes"]), answers=answers, **arrays)
        curves = tuple(Curve(**curve) for curve in header["curves"])
        return cls(scores, influence, curves, placebo, header["facts"])


def _taken(arrays: dict[str, npt.NDArray[Any]], prefix: str) -> dict[str, npt.NDArray[Any]]:
    """Take the arrays whose names begin with the prefix out of the others, and drop the prefix."""
    found = [name for name in arrays if name.startswith(prefix)]
    return {name.removeprefix(prefix): arrays.pop(name) for name in found}
