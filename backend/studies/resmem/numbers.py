"""What of an experiment on ResMem is drawn and judged: numbers of each network, paired over runs."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import numpy.typing as npt

from backend.studies.kit.found import Found
from backend.studies.resmem.facts import EDGES, Net, Outcomes, ResMemFacts
from backend.studies.resmem.params import ResMemParams

Remembered = Found[ResMemParams, ResMemFacts]
Floats = npt.NDArray[np.float64]

FITS = 0.999  # training accuracy, as a mean over networks, from which on a size interpolates,
LEAVES = 0.99  # and below which it leaves something to remember
TAIL = 2  # the bins from here on are the tail: memorization from 0.25


def whole(found: Remembered) -> list[Net]:
    """Return the networks that were trained on the whole training set."""
    return [net for net in found.facts.nets if net.share == 1]


def by_size(nets: Iterable[Net]) -> dict[int, list[Net]]:
    """Return networks by size, the smallest first."""
    found: dict[int, list[Net]] = defaultdict(list)
    for net in nets:
        found[net.size].append(net)
    return dict(sorted(found.items()))


def by_examples(found: Remembered) -> dict[int, list[Net]]:
    """Return the smallest networks by how many examples they were trained on, the fewest first."""
    groups: dict[int, list[Net]] = defaultdict(list)
    for net in found.facts.nets:
        if net.size == found.params.sizes[0]:
            groups[net.examples].append(net)
    return dict(sorted(groups.items()))


def sizes_that_fit(found: Remembered, least: float, most: float = 2.0) -> list[list[Net]]:
    """Return the networks of each size whose mean training accuracy is from `least` on and below `most`."""
    groups = by_size(whole(found)).values()
    return [nets for nets in groups if least <= np.mean([net.train.base for net in nets]) < most]


def paired(groups: Sequence[Sequence[Net]], value: Callable[[Net], float]) -> Floats:
    """Return the mean of a value over groups in each run that all of them have, (runs,)."""
    if not groups:
        return np.zeros(0)
    each = [{net.run: value(net) for net in nets} for nets in groups]
    runs = sorted(set.intersection(*(set(values) for values in each)))
    return np.array([np.mean([values[run] for values in each]) for run in runs])


def difference(one: Sequence[Net], other: Sequence[Net], value: Callable[[Net], float]) -> Floats:
    """Return by how much a value of one group exceeds the other's in each run that both have, (runs,)."""
    runs = {net.run for net in one} & {net.run for net in other}
    pick = [[[net for net in nets if net.run in runs]] for nets in (one, other)]
    return np.asarray(paired(pick[0], value) - paired(pick[1], value))


def counted(outcomes: Iterable[Outcomes], score: str) -> npt.NDArray[np.int64]:
    """Return wrong, rescued, right and broken examples by run and bin of a score, (runs, 4, bins)."""
    found: dict[int, npt.NDArray[np.int64]] = {}
    for each in outcomes:
        if each.score == score:
            rows = np.array([each.wrong, each.rescued, each.right, each.broken], np.int64)
            found[each.run] = found.get(each.run, np.zeros_like(rows)) + rows
    nothing = np.zeros((0, 4, len(EDGES[score]) + 1), np.int64)
    return np.stack([found[run] for run in sorted(found)]) if found else nothing


def tail_lead(counts: npt.NDArray[np.int64], rate: Callable[[Floats], Floats]) -> Floats:
    """Return by how much a rate of the tail exceeds that of all others in each run, (runs,).

    `rate` takes wrong, rescued, right and broken examples (4, runs); runs without any in either are left out.
    """
    parts = counts[..., TAIL:].sum(axis=2), counts[..., :TAIL].sum(axis=2)
    with np.errstate(invalid="ignore"):
        lead = rate(parts[0].T.astype(float)) - rate(parts[1].T.astype(float))
    return np.asarray(lead[np.isfinite(lead)])
