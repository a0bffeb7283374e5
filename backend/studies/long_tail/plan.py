"""Cuts an experiment of the long-tail study into units: closed forms, samples, mixtures, a look elsewhere.

Blocks of repetitions start at multiples of a length that does not depend on their number, so an experiment
with more of them repeats the keys of all full blocks.
"""

from collections.abc import Iterator

from backend.studies.kit.units import Unit
from backend.studies.long_tail.params import LearnerName, LongTailParams
from backend.theory.long_tail import expected_points

SAMPLE_BLOCKS = (1000, 500, 200, 100, 50, 20, 10)
MIXTURE_BLOCKS = (100, 50, 20, 10, 5, 2, 1)
UNIT_SECONDS = 3.0  # at most, of more than the least repetitions: results come in soon
FRESH = 2000  # examples that errors in a mixture are measured on
FLOPS = 3e10  # of products on one core, a second
LOOK_SECONDS = 3.0  # a middling data set: which one it is is not known here


def plan(params: LongTailParams, _shape: None) -> list[Unit]:
    """Return all units, quick ones first; their numbers of repetitions are what is counted."""
    units = [Unit("closed-forms", {"part": "closed_forms"}, 0, 0.1, 4000)]
    if params.experiment is not None:
        payload = {"part": "elsewhere", "experiment": params.experiment}
        units.append(Unit(f"elsewhere/{params.experiment}", payload, 0, LOOK_SECONDS, 20_000))
    units += _samples(params)
    cells = [
        (learner, dimensions, tightness)
        for dimensions in params.dimensions
        for tightness in params.tightness
        for learner in LearnerName
    ]
    return [*units, *(unit for cell in cells for unit in _mixture(params, *cell))]


def sample_seconds(params: LongTailParams) -> float:
    """Return the expected time of one repetition: every point is drawn, and those seen are looked at."""
    prior = params.frequencies()
    seen = prior.items - float(expected_points(prior, params.samples, 0))
    return (5e-6 + 4e-8 * prior.items + 2e-7 * seen) * (1.4 if params.redraw else 1)


def mixture_seconds(params: LongTailParams, learner: LearnerName, dimensions: int) -> float:
    """Return the expected time of one repetition of a mixture: draws, and the products of a learner."""
    n = params.subpopulations
    asked = n + FRESH + n  # about a quarter is seen once, and asked for four times
    if learner is LearnerName.NEAREST:
        products = 3.5 * asked * n * dimensions
    else:
        products = 6 * n**2 * dimensions + 3 * n**3
    return 5e-3 + 1.5e-8 * (n + asked) * dimensions + products / FLOPS


def _samples(params: LongTailParams) -> Iterator[Unit]:
    each = sample_seconds(params)
    for first, count in _blocks(params.repetitions, SAMPLE_BLOCKS, each):
        payload = {"part": "samples", "first": first, "count": count}
        yield Unit(f"samples/{first}-{first + count}", payload, count, 0.01 + count * each, 25_000)


def _mixture(
    params: LongTailParams, learner: LearnerName, dimensions: int, tightness: float
) -> Iterator[Unit]:
    each = mixture_seconds(params, learner, dimensions)
    for first, count in _blocks(params.mixture_repetitions, MIXTURE_BLOCKS, each):
        payload = {
            "part": "mixture",
            "learner": learner.value,
            "dimensions": dimensions,
            "tightness": tightness,
            "first": first,
            "count": count,
        }
        key = f"mixture/{learner}/dimensions={dimensions}/tightness={tightness}/{first}-{first + count}"
        yield Unit(key, payload, count, count * each, 5000)


def _blocks(repetitions: int, lengths: tuple[int, ...], each: float) -> Iterator[tuple[int, int]]:
    """Yield (first, count) of blocks of one length, the longest that does not take too long."""
    length = next((length for length in lengths if length * each <= UNIT_SECONDS), lengths[-1])
    for first in range(0, repetitions, length):
        yield first, min(length, repetitions - first)
