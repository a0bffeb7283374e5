"""What `summarize` returns and what figures, claims, rows and exports are made from."""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.core.contracts import TrajectoryType, Verdict

VERDICTS = tuple(Verdict)
TRAJECTORIES = tuple(TrajectoryType)
_INFLUENCE = "influence_"  # how its arrays are called in the packed form


@dataclass(frozen=True)
class Scores:
    """Memorization of n training examples at S model sizes, kept as counts (DESIGN: counts, not floats).

    Counts are (S, n): models that had the example (`n_in`), got it right with it (`k_in`), had it held out
    (`n_out`) and got it right without it (`k_out`). `answers` is (S, n, classes): what held-out models said.
    `epoch_in` and `epoch_out` are (S, E, n): what k_in and k_out were after each evaluated epoch.
    """

    sizes: tuple[int, ...]
    labels: npt.NDArray[np.int64]  # (n,) the labels trained on
    flipped: npt.NDArray[np.bool_]  # (n,) label changed on purpose
    n_in: npt.NDArray[np.int32]
    k_in: npt.NDArray[np.int32]
    n_out: npt.NDArray[np.int32]
    k_out: npt.NDArray[np.int32]
    low: npt.NDArray[np.float64]  # (S, n) interval of the score, NaN where it is not defined yet
    high: npt.NDArray[np.float64]
    verdicts: npt.NDArray[np.int8]  # (S, n) indices into VERDICTS
    trajectories: npt.NDArray[np.int8]  # (n,) indices into TRAJECTORIES
    answers: npt.NDArray[np.uint16]
    epoch_in: npt.NDArray[np.uint16] | None = None
    epoch_out: npt.NDArray[np.uint16] | None = None

    @property
    def in_accuracy(self) -> npt.NDArray[np.float64]:
        """(S, n) share of models trained with the example that get it right."""
        return _ratio(self.k_in, self.n_in)

    @property
    def heldout_accuracy(self) -> npt.NDArray[np.float64]:
        """(S, n) share of models trained without the example that get it right: the C-score."""
        return _ratio(self.k_out, self.n_out)

    @property
    def cprox(self) -> npt.NDArray[np.float64] | None:
        """(S, n) in-accuracy averaged over evaluated epochs (Jiang et al. 2021, section 5); None if not kept.

        The epochs are about log-spaced, so early learning weighs more than in an average over all of them.
        """
        if self.epoch_in is None:
            return None
        return _ratio(self.epoch_in.mean(axis=1), self.n_in)

    @property
    def memorization(self) -> npt.NDArray[np.float64]:
        """(S, n) in-accuracy minus held-out accuracy (Feldman & Zhang 2020, eq. 1); NaN if undefined."""
        # 1 - 0.8 is a little less than 0.2 in binary: rounding puts equal scores on the same number, so that
        # a bin, a filter and a sort agree about them.
        return np.round(self.in_accuracy - self.heldout_accuracy, 12)


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
    facts: dict[str, Any] = field(default_factory=dict)  # JSON: small numbers a figure or claim needs

    def to_bytes(self) -> bytes:
        """Pack into a compressed npz."""
        header: dict[str, Any] = {"facts": self.facts, "curves": [vars(curve) for curve in self.curves]}
        arrays: dict[str, npt.NDArray[Any]] = {}
        if self.scores is not None:
            kept = vars(self.scores).items()
            arrays = {name: value for name, value in kept if name != "sizes" and value is not None}
            header["sizes"] = self.scores.sizes
        if self.influence is not None:
            arrays |= {_INFLUENCE + name: value for name, value in vars(self.influence).items()}
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
            influences = {name: arrays.pop(name) for name in list(arrays) if name.startswith(_INFLUENCE)}
            if influences:
                influence = Influence(**{name.removeprefix(_INFLUENCE): a for name, a in influences.items()})
            if "sizes" in header:
                scores = Scores(sizes=tuple(header["sizes"]), **arrays)
        curves = tuple(Curve(**curve) for curve in header["curves"])
        return cls(scores=scores, influence=influence, curves=curves, facts=header["facts"])


def _ratio(k: npt.NDArray[Any], n: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
    ratio = np.full(k.shape, np.nan)
    np.divide(k, n, out=ratio, where=n > 0)
    return ratio
