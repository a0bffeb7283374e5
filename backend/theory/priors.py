"""Frequency priors of Feldman (STOC 2020): lists of how often each of N domain points is sampled.

A list is kept as its values and how many items have each, so that a million equal items cost one number. The
distinct values of a long Zipf list are stood for by few, chosen so that sums over the list keep their values.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

LARGEST_EXPONENT = 10.0  # far beyond any data, and far from where frequencies underflow
EXACT_RANKS = 1000
GROUP_RATIO = 1.01  # between the first ranks of neighboring groups


@dataclass(frozen=True, eq=False)
class Prior:
    """Frequencies (k,) from the most to the least frequent, and how many items have each, `counts` (k,).

    Frequencies are probabilities that add up to 1 over all items, or to the share of a part of a mixture.
    Counts are whole numbers except where frequencies stand for groups (`zipf`).
    """

    frequencies: Floats
    counts: Floats

    @property
    def items(self) -> int:
        """N, the number of items."""
        return round(float(self.counts.sum()))

    @property
    def mass(self) -> float:
        """The sum of all items' frequencies."""
        return float(self.counts @ self.frequencies)

    @property
    def ranks(self) -> Floats:
        """(k,) middle rank, from 1, of the items of each frequency; for plots, within 0.1 % of groups."""
        return np.asarray(np.cumsum(self.counts) - (self.counts - 1) / 2)

    def each(self) -> Floats:
        """Return every item's frequency (N,); ValueError if frequencies stand for groups."""
        whole = np.rint(self.counts)
        if not np.array_equal(whole, self.counts):
            raise ValueError("this prior keeps groups of items: ask for the whole list, grouped=False")
        return np.repeat(self.frequencies, whole.astype(np.int64))

    def scaled(self, share: float) -> "Prior":
        """Return these items as the part of a mixture that holds `share` of its mass, 0 < share <= 1."""
        if not 0 < share <= 1:
            raise ValueError(f"a share of a mixture lies above 0 and is at most 1, got {share:g}")
        return Prior(self.frequencies * share, self.counts)


def uniform(items: int) -> Prior:
    """Return N items of frequency 1 / N; ValueError if fewer than 2."""
    _at_least(items, 2, "a prior needs at least 2 items")
    return Prior(np.array([1 / items]), np.array([items], np.float64))


def zipf(items: int, exponent: float, *, grouped: bool = True) -> Prior:
    """Return N items, the i-th of frequency proportional to i^-s for an exponent s from 0 to 10.

    Beyond rank 1000, a group [a, 1.01 a) of ranks is stood for by the three nodes of the Gauss quadrature
    over its integers, which keeps sums of polynomials of degree 5 in the rank: 3,100 frequencies for N =
    10^6, the last one exact as the first are. Against the whole list, for n up to 10^6, points seen l times
    and tau_l differ relatively by less than 1e-9 (measured, of more than 1e-12 points). `grouped=False`
    gives the whole list, for sampling. ValueError for other N or s.
    """
    _at_least(items, 2, "a prior needs at least 2 items")
    if not 0 <= exponent <= LARGEST_EXPONENT:
        raise ValueError(f"the exponent of Zipf's law lies from 0 to {LARGEST_EXPONENT:g}, got {exponent:g}")
    if exponent == 0:
        return uniform(items)
    if grouped and items > EXACT_RANKS:
        tail, weights = _nodes(EXACT_RANKS + 1, items - 1)
        ranks = np.concatenate([np.arange(1.0, EXACT_RANKS + 1), tail, [items]])
        counts = np.concatenate([np.ones(EXACT_RANKS), weights, [1.0]])
    else:
        ranks, counts = np.arange(1.0, items + 1), np.ones(items)
    return _normalized(ranks**-exponent, counts)


def bimodal(heavy: int, light: int, mass: float) -> Prior:
    """Return `heavy` items that share `mass` equally and `light` ones that share the rest, 0 < mass < 1.

    The prior without a tail: with few heavy and very many light items, nothing lies between. ValueError if a
    heavy item would be less frequent than a light one.
    """
    _at_least(heavy, 1, "at least 1 item must be heavy")
    _at_least(light, 1, "at least 1 item must be light")
    if not 0 < mass < 1:
        raise ValueError(f"the mass on heavy items lies between 0 and 1, got {mass:g}")
    if mass / heavy < (1 - mass) / light:
        raise ValueError("heavy items would be less frequent than light ones: give them more mass")
    return Prior(np.array([mass / heavy, (1 - mass) / light]), np.array([heavy, light], np.float64))


def custom(weights: npt.ArrayLike) -> Prior:
    """Return items whose frequencies are proportional to weights (N,), in any order.

    ValueError unless there are at least 2, all positive and finite, also after division by their sum.
    """
    values = np.asarray(weights, np.float64)
    if values.ndim != 1 or len(values) < 2:
        raise ValueError("a prior is a list of at least 2 frequencies")
    if not (np.isfinite(values).all() and (values > 0).all()):
        raise ValueError("frequencies must be positive numbers")
    distinct, counts = np.unique(values, return_counts=True)
    prior = _normalized(distinct[::-1] / distinct[-1], counts[::-1].astype(np.float64))
    if prior.frequencies[-1] == 0:
        raise ValueError("the smallest frequency is too small beside the largest one")
    return prior


def mixture(parts: Sequence[tuple[float, Prior]]) -> Prior:
    """Return the prior of a population made of parts (share, prior) that have no item in common.

    ValueError unless shares are positive and add up to 1.
    """
    if abs(sum(share for share, _ in parts) - 1) > 1e-9:
        raise ValueError("the shares of a mixture must add up to 1")
    scaled = [prior.scaled(share) for share, prior in parts]
    frequencies = np.concatenate([part.frequencies for part in scaled])
    order = np.argsort(-frequencies, kind="stable")
    return Prior(frequencies[order], np.concatenate([part.counts for part in scaled])[order])


def _normalized(values: Floats, counts: Floats) -> Prior:
    return Prior(values / (values @ counts), counts)


def _at_least(value: int, least: int, words: str) -> None:
    if value < least:
        raise ValueError(f"{words}, got {value}")


def _nodes(first: int, last: int) -> tuple[Floats, Floats]:
    """Return ranks and weights that stand for all ranks from first to last.

    Over m consecutive integers, Gauss's quadrature of degree 5 has its nodes at the middle and at a distance
    r of it with r^2 = mu_4 / mu_2 = (3 m^2 - 7) / 20, mu_2 = (m^2 - 1) / 12 being the integers' variance.
    """
    groups = int(np.ceil(np.log((last + 1) / first) / np.log(GROUP_RATIO)))
    edges = np.unique(np.rint(np.geomspace(first, last + 1, groups + 1)))
    size = np.diff(edges)
    middle = edges[:-1] + (size - 1) / 2
    square = (3 * size**2 - 7) / 20
    distance = np.sqrt(np.maximum(square, 0))  # a group of one rank has no outer nodes
    outer = size * (size**2 - 1) / 24 / square
    ranks = np.stack([middle - distance, middle, middle + distance], axis=1).ravel()
    weights = np.stack([outer, size - 2 * outer, outer], axis=1).ravel()
    kept = weights > 0
    return ranks[kept], weights[kept]
