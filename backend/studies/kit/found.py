"""What figures, findings and previews look at: what was asked, and what has been found so far."""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from backend.studies.kit.results import Results

P = TypeVar("P")
F = TypeVar("F")


@dataclass(frozen=True)
class Selected:
    """What of the scores a reader looks at: a size of models, and the examples that filters leave, (n,)."""

    size: int | None = None
    keep: npt.NDArray[np.bool_] | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Found(Generic[P, F]):
    """Parameters and facts of one experiment, or of one position of a laboratory's sliders.

    `results` has the scores and named arrays of an experiment beside its facts; a laboratory has none.
    `classes` are the names of the labels, `data` is the data set's title, `size_name` says what the size of a
    model is; all are empty where there are none.
    """

    params: P
    facts: F
    results: Results = field(default_factory=Results)
    classes: tuple[str, ...] = ()
    size_name: str = ""
    data: str = ""
    selected: Selected = Selected()
