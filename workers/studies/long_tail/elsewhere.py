"""Looks at a finished experiment's scores: are examples that stand alone memorized most?

How often a real example's subpopulation was seen nobody knows. We count how many training examples of the
same label lie within a radius of it, the example included; the radius is the median distance of the examples
looked at to the nearest other one of their label, so half of them stand alone. Distances are between pixels
as models see them.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from backend.statistics.intervals import THRESHOLD, normal_quantile, t_interval, wilson
from backend.statistics.seeds import generator
from backend.studies.kit.runner import Arrays, Context, Finished
from backend.studies.long_tail.facts import Elsewhere, LongTailFacts, Neighbors, OfClass
from backend.studies.long_tail.params import LongTailParams, Purpose

LOOKED_AT = 2000  # examples at most, whose distances to all of their label are taken
CHUNK = 4096  # others at once
BOUNDS = ((1, 1), (2, 2), (3, 5), (6, 20), (21, None))

Floats = npt.NDArray[np.float64]


def run(payload: Mapping[str, Any], params: LongTailParams, context: Context) -> Arrays:
    """Look at the largest size that has scores."""
    finished = context.finished(payload["experiment"])
    scores = finished.scores
    row = scores.sizes.index(scores.scored_sizes[-1])
    score = scores.memorization[row]
    known = np.flatnonzero(np.isfinite(score))
    rng = generator(params.seed, Purpose.LOOKED_AT)
    chosen = np.sort(rng.permutation(known)[:LOOKED_AT])
    with threadpool_limits(1):
        radius, within = neighbors(finished, chosen, context)
    alone = within == 1
    lead, half = _difference(score[chosen[alone]], score[chosen[~alone]])
    found = Elsewhere(
        size=scores.sizes[row],
        scored=len(known),
        looked_at=len(chosen),
        radius=radius,
        neighbors=tuple(
            _group(low, high, score[chosen[(within >= low) & (within <= (high or np.inf))]])
            for low, high in BOUNDS
        ),
        classes=_classes(finished, known, score),
        lead=lead,
        lead_low=lead - half,
        lead_high=lead + half,
    )
    return LongTailFacts(elsewhere=found).to_arrays()


def neighbors(
    finished: Finished, chosen: npt.NDArray[np.int64], context: Context
) -> tuple[float, npt.NDArray[np.int64]]:
    """Return the radius, and for each chosen example (c,) how many of its label lie within it."""
    labels = finished.scores.labels
    images = finished.examples.images[: len(labels)].reshape(len(labels), -1)
    distances: list[npt.NDArray[np.float32]] = []
    places: list[npt.NDArray[np.int64]] = []
    nearest = np.full(len(chosen), np.inf)
    kinds = np.unique(labels[chosen])
    for number, label in enumerate(kinds):
        context.progress(number / len(kinds))
        mine = np.flatnonzero(labels[chosen] == label)
        others = np.flatnonzero(labels == label)
        found = _distances(images, chosen[mine], others)
        found[others[None, :] == chosen[mine][:, None]] = np.inf  # an example is no neighbor of its own
        nearest[mine] = found.min(axis=1)
        distances.append(found)
        places.append(mine)
    radius = float(np.median(nearest))
    within = np.ones(len(chosen), np.int64)
    for mine, found in zip(places, distances, strict=True):
        within[mine] += (found <= radius).sum(axis=1)
    return radius, within


def _distances(
    images: npt.NDArray[np.uint8], mine: npt.NDArray[np.int64], others: npt.NDArray[np.int64]
) -> npt.NDArray[np.float32]:
    """Return root mean square differences (c, o) of pixels from 0 to 1.

    Sums of whole numbers are exact in any order, so neither machine nor direction changes a distance.
    """
    queries = images[mine].astype(np.float64)
    squares = np.einsum("ij,ij->i", queries, queries)
    found = np.empty((len(mine), len(others)), np.float32)
    for start in range(0, len(others), CHUNK):
        part = images[others[start : start + CHUNK]].astype(np.float64)
        lengths = np.einsum("ij,ij->i", part, part)
        sums = squares[:, None] + lengths - 2 * (queries @ part.T)
        found[:, start : start + CHUNK] = np.sqrt(sums / images.shape[1]) / 255
    return found


def _group(least: int, most: int | None, scores: Floats) -> Neighbors:
    if not len(scores):
        return Neighbors(least, most, 0, float("nan"), float("nan"), float("nan"))
    low, high = t_interval(scores)
    return Neighbors(least, most, len(scores), float(scores.mean()), low, high)


def _difference(one: Floats, other: Floats) -> tuple[float, float]:
    """Return the difference of means and half of its 95 % interval; NaN without two values on each side."""
    if min(len(one), len(other)) < 2:
        return float("nan"), float("nan")
    error = np.sqrt(one.var(ddof=1) / len(one) + other.var(ddof=1) / len(other))
    return float(one.mean() - other.mean()), float(normal_quantile(0.95) * error)


def _classes(finished: Finished, known: npt.NDArray[np.int64], score: Floats) -> tuple[OfClass, ...]:
    labels, names = finished.scores.labels, finished.examples.classes
    total = np.bincount(labels[known], minlength=len(names))
    memorized = np.bincount(labels[known[score[known] >= THRESHOLD]], minlength=len(names))
    low, high = wilson(memorized, total)
    return tuple(
        OfClass(name, int(total[i]), float(memorized[i] / total[i]), float(low[i]), float(high[i]))
        for i, name in enumerate(names)
        if total[i]
    )
