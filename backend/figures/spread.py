"""Values of repeated runs: their mean, and how far they reach from the lowest to the highest."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.figures.style import band

COLUMNS = ["lowest", "highest", "runs"]  # of `Spread.table`, as a trace names them


@dataclass(frozen=True)
class Spread:
    """Mean, lowest and highest value at each of k places, and over how many runs, (k,) each."""

    mean: npt.NDArray[np.float64]
    low: npt.NDArray[np.float64]
    high: npt.NDArray[np.float64]
    runs: npt.NDArray[np.int64]

    @classmethod
    def of(cls, values: Iterable[Sequence[float]]) -> "Spread":
        """Return the spread of the runs' values at each place, at least one each."""
        each = [np.asarray(found, np.float64) for found in values]
        mean, low, high = (np.array([getattr(v, name)() for v in each]) for name in ("mean", "min", "max"))
        return cls(mean, low, high, np.array([len(v) for v in each], np.int64))

    @property
    def table(self) -> npt.NDArray[np.float64]:
        """The columns of `COLUMNS` (k, 3), for the customdata of a trace."""
        return np.stack([self.low, self.high, self.runs.astype(float)], axis=1)

    def bars(self) -> dict[str, Any] | None:
        """Return error bars, None where there is one run."""
        if self.runs.max(initial=1) == 1:
            return None
        return {
            "type": "data",
            "symmetric": False,
            "array": self.high - self.mean,
            "arrayminus": self.mean - self.low,
            "thickness": 1,
            "width": 3,
        }

    def bands(self, x: Sequence[float], color: str, group: str) -> list[Any]:
        """Return a band between lowest and highest, nothing where there is one run."""
        if self.runs.max(initial=1) == 1:
            return []
        return [band(list(x), self.low.tolist(), self.high.tolist(), color, group)]


def runs_told(counts: Iterable[int], drawn: str = "") -> str:
    """Say how many runs there are, and what of the figure, such as "bars", reaches over all of them."""
    known = sorted(set(counts)) or [0]
    ends = " to ".join(str(count) for count in dict.fromkeys((known[0], known[-1])))
    if known[-1] <= 1:
        return "1 run"
    return f"mean of {ends} runs" + (f", {drawn}: lowest to highest" if drawn else "")
