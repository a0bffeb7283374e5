"""Pages of a list ordered by a value, each behind the key of the last row of the page before."""

import numpy as np
import numpy.typing as npt

Indices = npt.NDArray[np.int64]


def page(
    walk: Indices,
    values: npt.NDArray[np.float64],
    examples: Indices,
    *,
    descending: bool,
    limit: int,
    after: tuple[float, int] | None = None,
) -> Indices:
    """Return up to `limit` places of an ascending walk, in either direction, behind a (value, example) key.

    walk: (k,) places in `values` and `examples`, (m,) each, by value and then by example. Ties go by example
    in the same direction; equal values must be the same number.
    """
    walk = walk[::-1] if descending else walk
    if after is not None:
        value, example = after
        sign = -1 if descending else 1
        keys, ties = sign * values[walk], sign * examples[walk]
        walk = walk[(keys > sign * value) | ((keys == sign * value) & (ties > sign * example))]
    return walk[:limit]
