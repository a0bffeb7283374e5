"""Asks the surrogate about the subsets of networks, and about further ones on which no network is trained."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from backend.datasets.examples import Examples
from backend.statistics.subsets import subset_masks
from backend.statistics.surrogate import Surrogate
from backend.studies.kit.runner import Arrays, Context, Progress
from backend.studies.memorization.params import MemorizationParams

FURTHER = "surrogate"  # under which sums over further subsets are kept


def asked(
    params: MemorizationParams, examples: Examples, first: int, count: int, progress: Progress
) -> npt.NDArray[np.int32]:
    """Return the surrogate's margins (count, n_train) on the subsets of those models, in units."""
    x = examples.images[: examples.n_train].reshape(examples.n_train, -1).astype(np.float64)
    x = (x - x.mean()) / (x.std() or 1.0)
    masks = subset_masks(params.seed, examples.n_train, params.subset_fraction, first, count)
    found = np.empty(masks.shape, np.int32)
    with threadpool_limits(1):  # of systems this small, several threads are slower on a busy machine
        surrogate = Surrogate.of(x, examples.given, len(examples.classes))
        for row, mask in enumerate(masks):
            found[row] = surrogate.margins(mask)
            progress((row + 1) / count)
    return found


def further(payload: Mapping[str, Any], params: MemorizationParams, context: Context) -> Arrays:
    """Return over further subsets (2, n_train), with an example and without it: their number `n`, and the
    `total` and the `squares` of the surrogate's margins."""
    first, count, examples = payload["first"], payload["count"], context.examples
    margins = asked(params, examples, first, count, context.progress).astype(np.int64)
    masks = subset_masks(params.seed, examples.n_train, params.subset_fraction, first, count)
    sides = [(had, margins * had) for had in (masks, ~masks)]
    return {
        "n": np.array([had.sum(axis=0) for had, _ in sides]),
        "total": np.array([own.sum(axis=0) for _, own in sides]),
        "squares": np.array([(own * own).sum(axis=0) for _, own in sides]),
    }


def plus(before: Arrays | None, more: Arrays) -> Arrays:
    """Return the sums of both."""
    return more if before is None else {name: values + more[name] for name, values in before.items()}
