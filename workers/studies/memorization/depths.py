"""Looks into the layers of some models of each size, and adds up in which of them answers are settled."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from backend.scores.columns import Values
from backend.statistics.subsets import subset_masks
from backend.studies.kit.runner import Arrays, Context, Outcome
from backend.studies.memorization.columns import PREDICTION_DEPTH
from backend.studies.memorization.params import MemorizationParams
from workers.engine.prediction_depth import train_depths
from workers.studies.memorization.networks import trained


def probed(payload: Mapping[str, Any], params: MemorizationParams, context: Context) -> Outcome:
    """Train models payload["first"] .. first + count - 1 of one size again, and probe their layers.

    Returns how many models had each example, `count` (n_train,), the sum of their depths, `total` (n_train,),
    and `mean` (K,), that of each model over the examples it had.
    """
    n_train = context.examples.n_train
    first, count, size = payload["first"], payload["count"], payload["size"]
    masks = subset_masks(params.seed, n_train, params.subset_fraction, first, count)
    found = trained(train_depths, params, size, masks, first, context)
    had = np.where(masks, found.depth, 0).astype(np.int64)
    arrays = {
        "count": masks.sum(axis=0, dtype=np.int64),
        "total": had.sum(axis=0),
        "mean": had.sum(axis=1) / masks.sum(axis=1),
    }
    return Outcome(arrays, asdict(found.choice))


def with_depths(before: Arrays | None, payload: Mapping[str, Any], arrays: Arrays) -> Arrays:
    """Return what is kept of a size so far with more models; `first` tells the order of their means."""
    first = np.full(len(arrays["mean"]), payload["first"])
    if before is None:
        return {**arrays, "first": first}
    order = np.argsort(firsts := np.concatenate([before["first"], first]), kind="stable")
    return {
        "count": before["count"] + arrays["count"],
        "total": before["total"] + arrays["total"],
        "mean": np.concatenate([before["mean"], arrays["mean"]])[order],
        "first": firsts[order],
    }


def depth_column(depths: Sequence[Arrays | None]) -> dict[str, Values]:
    """Return the column (S, n) once every size has models; NaN of examples that none of them had."""
    known = [each for each in depths if each is not None]
    if not known or len(known) < len(depths):
        return {}
    with np.errstate(invalid="ignore"):
        values = np.stack([each["total"] / each["count"] for each in known])
    return {PREDICTION_DEPTH.key: values.astype(np.float32)}


def depth_deviations(depths: Sequence[Arrays | None]) -> dict[tuple[str, int], tuple[float, int]]:
    """Return the standard deviation of the mean depths of models, and of how many, by key and row."""
    return {
        (PREDICTION_DEPTH.key, row): (float(each["mean"].std(ddof=1)), len(each["mean"]))
        for row, each in enumerate(depths)
        if each is not None and len(each["mean"]) > 1
    }
