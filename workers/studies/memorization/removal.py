"""Trains without what is memorized, and without as many examples at random (Feldman & Zhang 2020, Fig. 2)."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.scores.scores import Scores
from backend.statistics.seeds import generator
from backend.studies.kit.runner import Arrays
from backend.studies.memorization.facts import Removed
from backend.studies.memorization.params import MemorizationParams, Purpose
from backend.studies.memorization.plan import REMOVED_FROM

FIRST_MODEL = 1_000_000  # of the models without examples: no other begins with their weights
REMOVALS = "removal"  # under which their accuracies are kept
ARMS = ("all", "memorized", "random")


def masks_without(
    payload: Mapping[str, Any], params: MemorizationParams, n_train: int, before: Callable[[], Scores]
) -> npt.NDArray[np.bool_]:
    """Return (K, n_train) which examples each model keeps; all keep equally many.

    What is memorized is so at the largest size; at random, each model goes without others.
    """
    masks = np.ones((payload["count"], n_train), np.bool_)
    if payload["threshold"] is None:
        return masks
    # Scores are multiples of fractions that binary numbers miss by a little.
    memorized = before().memorization[-1] >= payload["threshold"] - 1e-9
    if payload["removal"] == "memorized":
        masks[:, memorized] = False
        return masks
    for model, mask in enumerate(masks):
        index = (model, REMOVED_FROM.index(payload["threshold"]))
        order = generator(params.seed, Purpose.REMOVAL, *index).permutation(n_train)
        mask[order[: memorized.sum()]] = False
    return masks


def with_removal(before: Arrays | None, payload: Mapping[str, Any], arrays: Arrays) -> Arrays:
    """Return what is kept so far with one more arm: an array of each, under a name of its own."""
    threshold = payload["threshold"]
    place = len(REMOVED_FROM) if threshold is None else REMOVED_FROM.index(threshold)
    name = f"{place}-{ARMS.index(payload['removal'])}"
    return {**(before or {}), name: np.concatenate([arrays["kept"].astype(float), arrays["accuracy"]])}


def removals(kept: Arrays | None) -> tuple[Removed, ...]:
    """Return the arms, thresholds ascending and everything last."""
    found = []
    for name in sorted(kept or {}):
        place, arm = map(int, name.split("-"))
        values = (kept or {})[name]
        threshold = None if place == len(REMOVED_FROM) else REMOVED_FROM[place]
        found.append(Removed(ARMS[arm], threshold, int(values[0]), tuple(values[1:].tolist())))
    return tuple(found)
