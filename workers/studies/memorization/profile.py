"""Trains on other shares of the training set (consistency profiles, Jiang et al. 2021, section 2)."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.scores.columns import Values
from backend.scores.scores import Scores
from backend.statistics.intervals import proportion
from backend.statistics.subsets import subset_masks
from backend.studies.kit.runner import Arrays
from backend.studies.memorization.columns import CONSISTENCY
from backend.studies.memorization.facts import PROFILE
from backend.studies.memorization.plan import RATIOS

FIRST_MODEL = 2_000_000  # of the models of the first ratio: no other begins with their weights


def masks_at(payload: Mapping[str, Any], seed: int, n_train: int) -> npt.NDArray[np.bool_]:
    """Return (K, n_train) which examples each model sees, the ratio payload["profile"] of them.

    Below one half, models see what balanced subsets of the other share hold out, so that every example is
    seen equally often.
    """
    ratio, count = payload["profile"], payload["count"]
    if ratio < 0.5:
        return ~subset_masks(seed, n_train, 1 - ratio, 0, count)
    return subset_masks(seed, n_train, ratio, 0, count)


def first_model(payload: Mapping[str, Any]) -> int:
    """Return the number of the unit's first model."""
    return FIRST_MODEL + 1000 * RATIOS.index(payload["profile"])


def counted(
    answers: npt.NDArray[np.integer], given: npt.NDArray[np.int64], masks: npt.NDArray[np.bool_]
) -> npt.NDArray[np.uint16]:
    """Return (2, n) how many models had not an example, and how many of these got it right."""
    return np.stack([(~masks).sum(axis=0), ((answers == given) & ~masks).sum(axis=0)]).astype(np.uint16)


def with_ratio(before: Arrays | None, payload: Mapping[str, Any], arrays: Arrays) -> Arrays:
    """Return what is kept so far with one more ratio, under its place."""
    return {**(before or {}), str(RATIOS.index(payload["profile"])): arrays[PROFILE]}


def profile_arrays(kept: Arrays | None) -> Arrays:
    """Return what the results offer: ratios (R,), ascending, and counts (R, 2, n); nothing without any."""
    places = sorted(kept or {}, key=int)
    if not places:
        return {}
    ratios = np.array([RATIOS[int(place)] for place in places])
    return {f"{PROFILE}_ratios": ratios, f"{PROFILE}_counts": np.stack([(kept or {})[p] for p in places])}


def consistency(kept: Arrays | None, scores: Scores) -> dict[str, Values]:
    """Return the C-score (S, n) of the largest size once all ratios are trained; NaN at the others."""
    if len(kept or {}) < len(RATIOS):
        return {}
    values = np.full(scores.memorization.shape, np.nan, np.float32)
    counts = profile_arrays(kept)[f"{PROFILE}_counts"]
    values[-1] = proportion(counts[:, 1], counts[:, 0]).mean(axis=0)
    return {CONSISTENCY.key: values}
