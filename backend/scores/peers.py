"""Pairs of training examples of which one helps the other, beside how far their pictures are apart."""

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from backend.datasets.lookalikes import Lookalikes
from backend.statistics.influence import Partners

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Peers:
    """Pairs (c,) of a training example and one that it may help, with limits of its influence.

    margin: the strongest influence on the helped example minus the next one (after Meeus et al. 2025): small
    where several near-duplicates stand in for each other. rank, distance, near as in `Lookalikes`.
    """

    helper: npt.NDArray[np.int32]
    helped: npt.NDArray[np.int64]
    influence: Floats
    low: Floats
    high: Floats
    margin: Floats
    rank: npt.NDArray[np.int64]
    distance: Floats
    near: npt.NDArray[np.bool_]

    def __getitem__(self, which: npt.NDArray[np.integer] | npt.NDArray[np.bool_]) -> "Peers":
        """Return some of the pairs."""
        return Peers(*(getattr(self, field.name)[which] for field in fields(self)))


def helpers(strongest: Partners, near: Lookalikes | None) -> Peers:
    """Return those of each example's helpers (n, P) that are told from chance, highest influence first."""
    n = len(strongest.indices)
    found = _pairs(strongest, strongest, near, n * (n - 1))
    order = np.argsort(-found.influence, kind="stable")
    return found[order[found.low[order] > 0]]


def nearest(pictures: Partners, strongest: Partners | None, near: Lookalikes | None) -> Peers:
    """Return each example with the one that looks most like it, pictures (n, 1), nearest first."""
    found = _pairs(pictures, strongest, near, len(pictures.indices))
    return found[np.argsort(found.distance, kind="stable")]


def _pairs(partners: Partners, strongest: Partners | None, near: Lookalikes | None, looked_at: int) -> Peers:
    n, count = partners.indices.shape
    helper, helped = partners.indices.ravel(), np.repeat(np.arange(n), count)
    low, high = partners.interval(looked_at)
    margin = np.full(n, np.nan) if strongest is None else margins(strongest)
    rank, distance, alike = apart(near, helper, helped)
    influence = partners.influence.ravel()
    return Peers(helper, helped, influence, low.ravel(), high.ravel(), margin[helped], rank, distance, alike)


def margins(strongest: Partners) -> Floats:
    """Return the highest influence minus the second highest, (r,) of (r, P); NaN with one partner."""
    influence = strongest.influence
    if influence.shape[-1] < 2:
        return np.full(len(influence), np.nan)
    return np.asarray(influence[..., 0] - influence[..., 1])


def apart(
    near: Lookalikes | None, helper: npt.NDArray[np.integer], helped: npt.NDArray[np.integer]
) -> tuple[npt.NDArray[np.int64], Floats, npt.NDArray[np.bool_]]:
    """Return rank, distance and nearness of pairs (c,); 0, NaN and False where pictures are not compared."""
    if near is None:
        return np.zeros(len(helper), np.int64), np.full(len(helper), np.nan), np.zeros(len(helper), np.bool_)
    return near.rank(helper, helped), near.distance(helper, helped), near.near(helper, helped)
