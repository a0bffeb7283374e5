"""Which examples training examples help: influence over the same models that give the scores.

The influence of i on j is the share of models right about j among those trained with i, less that among those
trained without (Feldman & Zhang 2020, eq. 2). Where j is a training example, too, only models that had j held
out count: others are right about it because they have seen it.

What models had and got right are bits, (n, ceil(K / 8)) for n examples and K models, as `numpy.packbits`
packs them along the models: a matrix of all pairs, or of floats for every model, would fill the memory.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.statistics.intervals import newcombe, proportion
from backend.statistics.top import Top

CHUNK = 2048  # examples on either side of the pairs looked at together
AFFORDABLE = 1e12  # products of pairs and models; three minutes on a busy core

Bits = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Partners:
    """The P partners of each of r examples whose influence is highest, highest first: arrays (..., r, P).

    Of the models that count, n_in had the training example of the pair and n_out had not; k_in and k_out of
    these are right about the other one. Where n_in or n_out is 0, there is no such partner.
    """

    indices: npt.NDArray[np.int32]
    k_in: npt.NDArray[np.uint16]
    n_in: npt.NDArray[np.uint16]
    k_out: npt.NDArray[np.uint16]
    n_out: npt.NDArray[np.uint16]

    @classmethod
    def stacked(cls, parts: Sequence["Partners"]) -> "Partners":
        """Return several, such as those of all sizes, along a new first axis."""
        return cls(*(np.stack([getattr(part, name) for part in parts]) for name in cls.names()))

    @classmethod
    def nobody(cls, r: int, count: int) -> "Partners":
        """Return that none of r examples is known to have a partner."""
        return cls(np.zeros((r, count), np.int32), *np.zeros((4, r, count), np.uint16))

    @classmethod
    def names(cls) -> list[str]:
        """Return the names of the arrays."""
        return [field.name for field in fields(cls)]

    def __getitem__(self, which: Any) -> "Partners":
        """Return the same of some examples."""
        return Partners(*(getattr(self, name)[which] for name in self.names()))

    @property
    def known(self) -> bool:
        """Whether any example has a partner."""
        return bool(self.n_in.any())

    @property
    def influence(self) -> Floats:
        """The influence of every pair; NaN where there is none."""
        return proportion(self.k_in, self.n_in) - proportion(self.k_out, self.n_out)

    def interval(self, looked_at: int) -> tuple[Floats, Floats]:
        """Return the limits that hold at 95 % for so many pairs together (Bonferroni's)."""
        return newcombe(self.k_in, self.n_in, self.k_out, self.n_out, 1 - 0.05 / max(looked_at, 1))


def told_from_chance(n_in: float, n_out: float, looked_at: int) -> float:
    """Return the least influence whose interval, over that many pairs, lies above 0 whatever j's accuracy.

    That is one around an accuracy of one half, where counts vary most; infinite if there is none.
    """
    values = np.linspace(0, 1, 1001)
    k_in, k_out = n_in * (1 + values) / 2, n_out * (1 - values) / 2
    low, _ = newcombe(k_in, n_in, k_out, n_out, 1 - 0.05 / max(looked_at, 1))
    certain = np.flatnonzero(low > 0)
    return float(values[certain[0]]) if len(certain) else np.inf


def affordable(n: int, m: int, models: int) -> bool:
    """Whether all pairs of n and m examples can be looked at within minutes."""
    return n * m * models <= AFFORDABLE


def by_example(models: Sequence[Bits], n: int) -> Bits:
    """Return bits by example of bits by model: parts (K_part, ceil(n / 8)), packed along n examples."""
    rows = np.concatenate(models)
    turned = np.empty((n, -(-len(rows) // 8)), np.uint8)
    for start in range(0, n, CHUNK):  # a multiple of 8
        count = min(CHUNK, n - start)
        part = np.unpackbits(rows[:, start // 8 : -(-(start + count) // 8)], axis=1, count=count)
        turned[start : start + count] = np.packbits(part.T, axis=1)
    return turned


def strongest(
    has: Bits, counted: Bits | None, right: Bits, models: int, count: int
) -> tuple[Partners, Partners]:
    """Return for each of n training examples whom of m it helps most, and for each of m who helps it most.

    has: (n, K / 8) which of K models had the training examples; counted, right: (m, K / 8) which models count
    for the others, None for all of them, and which of these are right about them. `count` partners each, or
    as many as there are.
    """
    n, m = len(has), len(right)
    helped, helpers = Top(n, min(count, m)), Top(m, min(count, n))
    for at in range(0, m, CHUNK):
        part = slice(at, at + CHUNK)
        out = None if counted is None else _floats(counted[part], models)
        correct = _floats(right[part], models)
        for start in range(0, n, CHUNK):
            had = _floats(has[start : start + CHUNK], models)
            values = _influence(had, out, correct)
            helped.offer(start, at, values)
            helpers.offer(at, start, values.T)
    return (
        counts(has, counted, right, models, np.arange(n)[:, None], helped.indices, helped.indices),
        counts(has, counted, right, models, helpers.indices, np.arange(m)[:, None], helpers.indices),
    )


def counts(
    has: Bits,
    counted: Bits | None,
    right: Bits,
    models: int,
    helper: npt.NDArray[np.integer],
    other: npt.NDArray[np.integer],
    partner: npt.NDArray[np.integer],
) -> Partners:
    """Return the counts of pairs of a training example and another one, (r, P) each or one of a row.

    `partner` (r, P) are the indices to keep.
    """
    found = np.empty((4, *partner.shape), np.uint16)
    helpers, others = (np.broadcast_to(side, partner.shape) for side in (helper, other))
    for rows in _slices(len(partner)):
        had, correct = has[helpers[rows]], right[others[rows]]
        out = np.uint8(255) if counted is None else counted[others[rows]]
        parts = correct & had, out & had, correct & ~had, out & ~had
        found[:, rows] = [np.unpackbits(part, axis=2, count=models).sum(axis=2) for part in parts]
    return Partners(partner.astype(np.int32), *found)


def _slices(n: int) -> Iterator[slice]:
    return (slice(start, start + CHUNK) for start in range(0, n, CHUNK))


def _floats(bits: Bits, models: int) -> npt.NDArray[np.float32]:
    return np.unpackbits(bits, axis=1, count=models).astype(np.float32)


def _influence(
    had: npt.NDArray[np.float32], out: npt.NDArray[np.float32] | None, correct: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Return the influence of every pair, (n, K) against (m, K); 0 where no model had or lacked the example.

    Counts and products of two are exact in float32 up to 4,096 models.
    """
    values = had @ correct.T  # right, and with the example
    if out is None:
        n_in, n = had.sum(axis=1, keepdims=True), np.float32(had.shape[1])
    else:
        n_in, n = had @ out.T, out.sum(axis=1)
    # k_in / n_in - (k - k_in) / (n - n_in), over the common denominator
    values *= n
    values -= correct.sum(axis=1) * n_in
    values /= np.maximum(n_in * (n - n_in), 1)
    return values
