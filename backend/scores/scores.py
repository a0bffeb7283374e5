"""Memorization of every training example at every model size, as counts."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from backend.core.contracts import TrajectoryType, Verdict
from backend.scores.answers import Answers
from backend.scores.estimates import MarginEstimates
from backend.statistics.intervals import newcombe, verdict
from backend.statistics.trajectories import classify

VERDICTS = tuple(Verdict)
TRAJECTORIES = tuple(TrajectoryType)


@dataclass(frozen=True)
class Scores:
    """Memorization of n training examples at S model sizes, kept as counts (DESIGN: counts, not floats).

    Counts are (S, n): models that had the example (`n_in`), got it right with it (`k_in`), had it held out
    (`n_out`) and got it right without it (`k_out`). `epoch_in` and `epoch_out` are (S, E, n): what k_in and
    k_out were after each evaluated epoch.
    """

    counted: ClassVar[bool] = True  # scores move in steps, with noise that is known

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
    answers: Answers  # what held-out models said
    epoch_in: npt.NDArray[np.uint16] | None = None
    epoch_out: npt.NDArray[np.uint16] | None = None

    @classmethod
    def of_counts(
        cls,
        sizes: tuple[int, ...],
        labels: npt.NDArray[np.int64],
        flipped: npt.NDArray[np.bool_],
        counts: Sequence[npt.NDArray[np.int32]],
        answers: Answers,
        epochs: tuple[npt.NDArray[np.uint16] | None, npt.NDArray[np.uint16] | None] = (None, None),
        confidence: float = 0.95,
    ) -> "Scores":
        """Return the scores that counts n_in, k_in, n_out, k_out, (S, n) each, make: intervals to types."""
        n_in, k_in, n_out, k_out = counts
        low, high = newcombe(k_in, n_in, k_out, n_out, confidence)
        return cls(
            sizes=sizes,
            labels=labels,
            flipped=flipped,
            n_in=n_in,
            k_in=k_in,
            n_out=n_out,
            k_out=k_out,
            low=low,
            high=high,
            verdicts=verdict(low, high),
            trajectories=classify(n_in, k_in, n_out, k_out),
            answers=answers,
            epoch_in=epochs[0],
            epoch_out=epochs[1],
        )

    def by_margins(self, found: MarginEstimates) -> "Scores":
        """Return the same examples with scores, intervals and verdicts that margins tell."""
        columns = {field.name: getattr(self, field.name) for field in fields(Scores)}
        low, high, in_share, heldout_share = (
            np.asarray(values, np.float64)
            for values in (found.low, found.high, found.in_accuracy, found.heldout_accuracy)
        )
        columns |= {"low": low, "high": high, "verdicts": verdict(low, high)}
        return EstimatedScores(**columns, in_share=in_share, heldout_share=heldout_share)

    @property
    def n(self) -> int:
        """Number of training examples."""
        return len(self.labels)

    @cached_property
    def scored_sizes(self) -> list[int]:
        """The sizes at which any example has a score, ascending."""
        defined = np.isfinite(self.low).any(axis=1)
        return [self.sizes[row] for row in np.flatnonzero(defined)]

    @cached_property
    def in_accuracy(self) -> npt.NDArray[np.float64]:
        """(S, n) share of models trained with the example that get it right."""
        return _ratio(self.k_in, self.n_in)

    @cached_property
    def heldout_accuracy(self) -> npt.NDArray[np.float64]:
        """(S, n) share of models trained without the example that get it right: the C-score."""
        return _ratio(self.k_out, self.n_out)

    @cached_property
    def by_count(self) -> npt.NDArray[np.float64]:
        """(S, n) memorization by counts, which is the definition, whatever the scores are taken from."""
        return np.round(_ratio(self.k_in, self.n_in) - _ratio(self.k_out, self.n_out), 12)

    @cached_property
    def memorization(self) -> npt.NDArray[np.float64]:
        """(S, n) in-accuracy minus held-out accuracy (Feldman & Zhang 2020, eq. 1); NaN if undefined."""
        # 1 - 0.8 is a little less than 0.2 in binary: rounding puts equal scores on the same number, so that
        # a bin, a filter and a sort agree about them.
        return np.round(self.in_accuracy - self.heldout_accuracy, 12)

    @property
    def cprox(self) -> npt.NDArray[np.float64] | None:
        """(S, n) in-accuracy averaged over evaluated epochs (Jiang et al. 2021, section 5); None if not kept.

        The epochs are about log-spaced, so early learning weighs more than in an average over all of them.
        """
        if self.epoch_in is None:
            return None
        return _ratio(self.epoch_in.mean(axis=1), self.n_in)


@dataclass(frozen=True, kw_only=True)
class EstimatedScores(Scores):
    """Scores of shares of right answers, (S, n), that are estimated rather than counted.

    Trajectories are typed by counts all the same.
    """

    counted: ClassVar[bool] = False

    in_share: npt.NDArray[np.float64]
    heldout_share: npt.NDArray[np.float64]

    @cached_property
    def in_accuracy(self) -> npt.NDArray[np.float64]:
        """(S, n) estimated share of models trained with the example that get it right."""
        return self.in_share

    @cached_property
    def heldout_accuracy(self) -> npt.NDArray[np.float64]:
        """(S, n) estimated share of models trained without the example that get it right."""
        return self.heldout_share


def _ratio(k: npt.NDArray[np.number], n: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
    ratio = np.full(k.shape, np.nan)
    np.divide(k, n, out=ratio, where=n > 0)
    return ratio
