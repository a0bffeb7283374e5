"""Which marks hold for an experiment's examples: those that judged the very label that was trained on."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from backend.core.contracts import Mark
from backend.datasets.examples import Examples

MARKS = tuple(Mark)
_CODES = {mark.value: code for code, mark in enumerate(MARKS)}


def standing(judgments: Sequence[tuple[int, str, int]], examples: Examples) -> npt.NDArray[np.int8]:
    """Return (n_train,) indices into MARKS, -1 where no mark holds, by (picture, mark, label judged) each."""
    dataset = examples.dataset
    marks, judged = (np.full(len(dataset.names), -1) for _ in range(2))
    for picture, mark, label in judgments:
        marks[picture], judged[picture] = _CODES[mark], label
    classes = np.array([dataset.classes.index(name) for name in examples.classes])
    pictures = examples.source[: examples.n_train]
    return np.where(judged[pictures] == classes[examples.given], marks[pictures], -1).astype(np.int8)
