"""How many wrong labels are left among suspects, by what those that have been looked at turned out to be.

Suspects are cut into bins by margin. All that is assumed is that less suspect ones are wrong no more often
than more suspect ones. So those not looked at are bounded from above by what more suspect ones turned out to
be, and from below by less suspect ones, with Jeffreys' limits: of the same bin those are taken that on
average stand before them, or behind them, and bins bound each other. Somebody who goes through the list from
its top learns an upper limit; only a look at some of every kind tells how many there are at least.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backend.statistics.intervals import jeffreys

EDGES = (1.0, 0.8, 0.6, 0.4, 0.2, 0.0)  # of margins, most suspect first
WINDOW = 25  # suspects that say whether going on pays
WORTH = 0.2  # share of wrong labels below which it does not: one in five


@dataclass(frozen=True)
class Bin:
    """Suspects with a margin above `low`, up to `high`: how many, and the share of wrong ones to expect."""

    low: float
    high: float
    suspects: int
    reviewed: int
    wrong: int
    share: float | None  # of wrong labels; None where nobody has looked
    share_low: float
    share_high: float

    @property
    def left(self) -> int:
        """How many nobody has looked at."""
        return self.suspects - self.reviewed


@dataclass(frozen=True)
class Estimate:
    """The bins, and how many wrong labels are left: limits, and a number where every bin has one."""

    bins: tuple[Bin, ...]
    left: float | None
    left_low: float
    left_high: float
    recent: int  # of the last suspects looked at, in their order
    recent_wrong: int
    stop: bool  # whether less than one in five of such suspects is wrong


def estimate(
    margin: npt.NDArray[np.float64], reviewed: npt.NDArray[np.bool_], wrong: npt.NDArray[np.bool_]
) -> Estimate:
    """Return what is left; all (m,) in the order of the suspects, `wrong` among those reviewed."""
    place = np.searchsorted(-np.array(EDGES[1:-1]), -margin, side="right")
    kinds = len(EDGES) - 1
    everybody = np.ones(len(margin), np.bool_)
    n, looked, found = (
        np.bincount(place[chosen], minlength=kinds) for chosen in (everybody, reviewed, reviewed & wrong)
    )
    # What a whole bin turned out to be bounds the bins on one side of it.
    whole_low, whole_high = jeffreys(found, looked)
    low, high = np.array([_limits(reviewed[place == at], wrong[place == at]) for at in range(kinds)]).T
    high[1:] = np.minimum(high[1:], np.minimum.accumulate(whole_high)[:-1])
    low[:-1] = np.maximum(low[:-1], np.maximum.accumulate(whole_low[::-1])[::-1][1:])
    low = np.minimum(low, high)
    share = np.clip((found + 0.5) / (looked + 1), low, high)
    bins = tuple(
        Bin(
            low=EDGES[at + 1],
            high=EDGES[at],
            suspects=int(n[at]),
            reviewed=int(looked[at]),
            wrong=int(found[at]),
            share=float(share[at]) if looked[at] else None,
            share_low=float(low[at]),
            share_high=float(high[at]),
        )
        for at in range(kinds)
    )
    last = np.flatnonzero(reviewed)[-WINDOW:]
    recent_wrong = int(wrong[last].sum())
    known = all(each.share is not None or each.left == 0 for each in bins)
    return Estimate(
        bins=bins,
        left=sum(each.left * (each.share or 0) for each in bins) if known else None,
        left_low=sum(each.left * each.share_low for each in bins),
        left_high=sum(each.left * each.share_high for each in bins),
        recent=len(last),
        recent_wrong=recent_wrong,
        stop=len(last) == WINDOW and float(jeffreys(recent_wrong, len(last))[1]) < WORTH,
    )


def _limits(reviewed: npt.NDArray[np.bool_], wrong: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Return limits of the share of wrong labels among those of a bin, in order, that nobody looked at.

    Which of the others bound them depends on places alone, not on what was found there.
    """
    (others,), (places,) = np.nonzero(~reviewed), np.nonzero(reviewed)
    found, middle = wrong[places], others.mean() if len(others) else np.nan
    count = np.arange(1, len(places) + 1)
    # The mean place of the first ones grows with their number, and that of the last ones falls.
    before = int((np.cumsum(places) / count <= middle).sum())
    behind = int((np.cumsum(places[::-1]) / count >= middle).sum())
    _, high = jeffreys(found[:before].sum(), before)
    low, _ = jeffreys(found[len(found) - behind :].sum(), behind)
    return float(low), float(high)
