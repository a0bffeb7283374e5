"""Bins for scores, which live on a lattice: with 19 held-out models a score moves in steps of 1/19."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]

TARGET = 20  # bins between 0 and 1, about


@dataclass(frozen=True)
class Bins:
    """Equal bins by their edges (B + 1,); scores of exactly 0 and exactly 1 are told apart from the rest.

    A score on an inner edge belongs to the bin above it. `step` is the lattice that the bins respect: each
    holds as many of its points as the next; None for bins of a given number.
    """

    edges: Values
    step: float | None

    @property
    def kinds(self) -> int:
        """How many codes there are: B bins, exactly 0, exactly 1, undefined."""
        return len(self.edges) + 2

    def codes(self, values: Values) -> npt.NDArray[np.int16]:
        """Return (n,) codes: the bin, then B for exactly 0, B + 1 for exactly 1, B + 2 for undefined."""
        bins = len(self.edges) - 1
        found = np.searchsorted(self.edges, values, "right") - 1
        codes = np.clip(found, 0, bins - 1).astype(np.int16)
        codes[values == 0] = bins
        codes[values == 1] = bins + 1
        codes[np.isnan(values)] = bins + 2
        return codes

    def with_ends(self, counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return (B,) counts of all defined scores from (kinds,) counts by code."""
        bins = len(self.edges) - 1
        whole = counts[:bins].copy()
        homes = np.clip(np.searchsorted(self.edges, [0.0, 1.0], "right") - 1, 0, bins - 1)
        np.add.at(whole, homes, counts[bins : bins + 2])
        return whole


@dataclass(frozen=True)
class Histogram:
    """Counts of the defined scores between consecutive edges, and the shares at both ends.

    `zero` and `one` of them are exactly that; the counts include them. Shares are None without any score.
    """

    edges: tuple[float, ...]
    step: float | None
    counts: tuple[int, ...]
    zero: int
    one: int
    n: int
    undefined: int
    below_01: float | None
    above_09: float | None


def equal_bins(values: Values, bins: int) -> Bins:
    """Return `bins` equal bins from 0 to 1, and as many more below 0 as negative scores need.

    So 0 is always an edge and all bins have the same width, 1 / bins. NaN are ignored.
    """
    lowest = min(np.nanmin(values), 0.0) if np.isfinite(values).any() else 0.0
    # Division rounds correctly: the edge 3 / 20 is the same number as a filter's 0.15.
    return Bins(np.arange(int(np.floor(lowest * bins)), bins + 1) / bins, None)


def lattice_bins(values: Values, n_out: npt.NDArray[np.int32], target: int = TARGET) -> Bins:
    """Return at most about `target` bins that hold equally many points of the lattice of scores.

    The lattice is that of an example which models always get right when they had it: multiples of one over
    the number of held-out models, the median of n_out (n,). Edges lie half-way between its points, rounded so
    that they are short to write and still lie between the same points.
    """
    heldout = n_out[n_out > 0]
    if len(heldout) == 0:
        return equal_bins(values, target)
    points = max(round(float(np.median(heldout))), 1)
    each = -(-points // target)
    lowest = min(np.nanmin(values), 0.0) if np.isfinite(values).any() else 0.0
    first = int(np.floor((lowest * points + 0.5) / each))
    last = points // each  # the bin that 1 is in
    edges = (np.arange(first, last + 2) * each - 0.5) / points
    edges[-1] = (points + 0.5) / points
    return Bins(np.round(edges, len(str(points)) + 2), 1 / points)
