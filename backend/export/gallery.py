"""Which pictures a file of limited size holds: those nearest to either end of the scores, at every size."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from backend.datasets import sprites

SPRITE_WIDTH = 4096  # pixels
COMPRESSION = 6  # the highest one takes ten times as long for a few percent


@dataclass(frozen=True)
class Ends:
    """Examples in the order in which a growing gallery takes them in.

    examples: those with a score at any size; ranks: how far each is from the nearer end of the scores at the
    size where it is nearest, ascending. So `up_to(m)` are the m most and the m least memorized at every size.
    """

    examples: npt.NDArray[np.int64]
    ranks: npt.NDArray[np.int64]

    @classmethod
    def of(cls, memorization: npt.NDArray[np.float64]) -> "Ends":
        """Rank (S, n) scores; equal ones by index, as everywhere; NaN have no rank."""
        n = memorization.shape[1]
        nearest = np.full(n, n)
        for scores in memorization:
            order = np.argsort(scores, kind="stable")[: np.isfinite(scores).sum()]
            rank = np.arange(len(order))
            nearest[order] = np.minimum(nearest[order], np.minimum(rank, rank[::-1]))
        examples = np.argsort(nearest, kind="stable")[: (nearest < n).sum()]
        return cls(examples, nearest[examples])

    @property
    def most(self) -> int:
        """The number per end at which every example is in."""
        return int(self.ranks[-1]) + 1 if len(self.ranks) else 0

    def up_to(self, per_end: int) -> npt.NDArray[np.int64]:
        """Return the examples among the first `per_end` from either end at any size."""
        return self.examples[: np.searchsorted(self.ranks, per_end)]


@dataclass
class Sprites:
    """Strips of the chosen pictures as data URIs; full strips are made once."""

    images: npt.NDArray[np.uint8]
    order: npt.NDArray[np.int64]  # of images
    _full: list[str] = field(default_factory=list)

    @property
    def tile(self) -> tuple[int, int]:
        """Height and width of a picture in a strip."""
        height, width = sprites.strip(self.images, [0]).shape[:2]
        return height, width

    @property
    def columns(self) -> int:
        """How many pictures a full strip has."""
        return max(1, SPRITE_WIDTH // self.tile[1])

    def first(self, count: int) -> list[str]:
        """Return strips of the first `count` pictures in the order."""
        full, rest = divmod(count, self.columns)
        for number in range(len(self._full), full):
            self._full.append(self._strip(number * self.columns, (number + 1) * self.columns))
        last = [self._strip(count - rest, count)] if rest else []
        return self._full[:full] + last

    def _strip(self, start: int, stop: int) -> str:
        data = sprites.png(sprites.strip(self.images, self.order[start:stop]), COMPRESSION)
        return "data:image/png;base64," + base64.b64encode(data).decode()


def largest(most: int, fits: Callable[[int], bool]) -> int:
    """Return the largest number from 0 to `most` that fits, where none above one that does not fit does."""
    low, high = 0, 1
    while high <= most and fits(high):
        low, high = high, 2 * high
    high = min(high, most + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low
