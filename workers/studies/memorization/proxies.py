"""Makes the further columns of examples of sums, and tells how far single models differ in their means."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from backend.datasets.examples import Examples
from backend.statistics.curves import evaluated_epochs
from backend.statistics.proxies import AT_EVERY_EPOCH, COURSE, UNIT
from backend.statistics.suspicion import suspicion
from backend.studies.memorization.columns import HELDOUT_ERROR, SLOWNESS, SUSPICION
from backend.studies.memorization.params import MemorizationParams
from workers.studies.memorization.sums import Sums

Floats = npt.NDArray[np.float64]


def further_columns(
    params: MemorizationParams, examples: Examples, sums: Sequence[Sums | None]
) -> dict[str, npt.NDArray[np.float32]]:
    """Return the columns (S, n) that every size with models has sums for; NaN at sizes without models."""
    parts = [None if of_size is None else _of_size(params, examples, of_size) for of_size in sums]
    known = [set(part) for part in parts if part is not None]
    nothing = np.full(examples.n_train, np.nan)
    return {
        key: np.stack([nothing if part is None else part[key] for part in parts]).astype(np.float32)
        for key in sorted(set.intersection(*known) if known else ())
    }


def deviations(
    params: MemorizationParams, examples: Examples, sums: Sequence[Sums | None]
) -> dict[tuple[str, int], tuple[float, int]]:
    """Return the standard deviation over models of each proxy's mean, and of how many, by key and row."""
    found: dict[tuple[str, int], tuple[float, int]] = {}
    for row, of_size in enumerate(sums):
        if of_size is None or len(of_size.numbers) < 2:
            continue
        means = {
            SLOWNESS.key: of_size.accuracy[:, 0].mean(axis=1),
            HELDOUT_ERROR.key: of_size.accuracy[:, 1, -1],
        }
        if of_size.course_of_models is not None:
            examples_had = of_size.n[:, 0].sum() / len(of_size.numbers)  # equally many for every model
            scaled = of_size.course_of_models * _scales(params, examples) / examples_had
            means |= dict(zip(COURSE, scaled.T, strict=True))
        found |= {(key, row): (float(values.std(ddof=1)), len(values)) for key, values in means.items()}
    return found


def _of_size(params: MemorizationParams, examples: Examples, sums: Sums) -> dict[str, Floats]:
    """Return the columns (n,) of one size, by key."""
    found: dict[str, Floats] = {}
    n_in, *_ = sums.counts
    with np.errstate(divide="ignore", invalid="ignore"):  # of an example that all models had, or none
        if sums.course is not None:
            means = sums.course * _scales(params, examples)[:, None] / n_in
            found |= dict(zip(COURSE, means, strict=True))
    if sums.expected is not None:
        found[SUSPICION.key] = suspicion(sums.expected, examples.given)
    return found


def _scales(params: MemorizationParams, examples: Examples) -> Floats:
    """Return what turns the sums of one model into what `COURSE` names, (P,)."""
    epochs = len(evaluated_epochs(params.epochs))
    scales = [UNIT / epochs if name in AT_EVERY_EPOCH else UNIT for name in COURSE]
    scales[COURSE.index("entropy")] /= np.log(len(examples.classes))
    scales[COURSE.index("forgetting")] = 1.0
    return np.array(scales)
