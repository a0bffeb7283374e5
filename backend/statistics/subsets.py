"""Balanced training subsets: every example is held out equally often, however many models there are.

The held-out sets are consecutive chunks of one endless stream of random permutations of the examples, each
permutation seeded by (seed, its index). Chunk k belongs to model k at every model size. After any number of
models, two examples' held-out counts differ by at most one, and no chunk depends on how many follow.
"""

import numpy as np
import numpy.typing as npt

from backend.statistics.seeds import Purpose, generator


def heldout_count(n: int, fraction: float) -> int:
    """Return how many of n examples each model holds out when it trains on that fraction of them.

    At most half of the examples can be held out, so that a chunk reaches into two permutations at most.
    """
    if not 0.5 <= fraction < 1:
        raise ValueError(f"the subset fraction must be at least 0.5 and below 1, got {fraction}")
    if n < 2:
        raise ValueError(f"subsets need at least two examples, got {n}")
    return min(max(round((1 - fraction) * n), 1), n // 2)


def subset_masks(seed: int, n: int, fraction: float, first: int, count: int) -> npt.NDArray[np.bool_]:
    """Return the (count, n) training masks of models first .. first + count - 1; False is held out.

    Costs one permutation of n per n / heldout_count models asked for, independent of `first`.
    """
    size = heldout_count(n, fraction)
    masks = np.ones((count, n), dtype=np.bool_)
    if count == 0:
        return masks
    start, stop = first * size, (first + count) * size
    stream = np.concatenate([_permutation(seed, n, size, i) for i in range(start // n, -(-stop // n))])
    chunks = stream[start % n :][: count * size].reshape(count, size)
    np.put_along_axis(masks, chunks, values=False, axis=1)
    return masks


def _permutation(seed: int, n: int, size: int, index: int) -> npt.NDArray[np.int64]:
    """Return permutation `index` of the stream, its head cleared of the examples its first chunk already has.

    The chunk that straddles permutations index - 1 and index has a tail of the former; the head is filled
    with the first examples of the raw permutation that are not in that tail. Only the first `size` places can
    change, and a tail starts no earlier than n - size >= size, so a tail is the same raw or cleared and every
    permutation can be computed without its predecessors.
    """
    raw = generator(seed, Purpose.SUBSETS, index).permutation(n)
    tail_size = index * n % size
    if tail_size == 0:
        return raw
    taken = np.zeros(n, dtype=np.bool_)
    taken[generator(seed, Purpose.SUBSETS, index - 1).permutation(n)[n - tail_size :]] = True
    front = raw[:size]
    head = front[~taken[front]][: size - tail_size]
    moved = np.zeros(n, dtype=np.bool_)
    moved[head] = True
    return np.concatenate([head, raw[~moved[raw]]])
