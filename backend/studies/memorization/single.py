"""What single models answered, from the results of the units that trained them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.statistics.subsets import subset_masks
from backend.studies.kit.scores import SingleModels
from backend.studies.memorization.params import MemorizationParams

_PLAIN = {"size", "first", "count"}  # in payloads of units that train on the subsets and do nothing else


def _size(payload: Mapping[str, Any]) -> int | None:
    return int(payload["size"]) if payload.keys() == _PLAIN else None


def _answers(
    params: MemorizationParams,
    payload: Mapping[str, Any],
    arrays: Mapping[str, npt.NDArray[Any]],
    labels: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    first, count = payload["first"], payload["count"]
    had = subset_masks(params.seed, len(labels), params.subset_fraction, first, count)
    return had, arrays["train"] == labels


SINGLE = SingleModels(size=_size, answers=_answers, confidence=lambda params: params.confidence)
