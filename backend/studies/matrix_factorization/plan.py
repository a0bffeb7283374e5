"""Cuts an experiment of the matrix factorization study into units.

A unit holds all initializations, learning rates and numbers of observations of one depth, which descend
together, for a block of problems. Blocks start at multiples of a length that does not depend on the number of
problems, so an experiment with more of them repeats the keys of all full blocks.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from math import log10
from typing import Any

from backend.datasets.matrix import MatrixShape
from backend.studies.kit.units import Unit
from backend.studies.matrix_factorization.params import (
    CONJECTURE_DEPTHS,
    DYNAMICS_DEPTHS,
    MatrixFactorizationParams,
    Part,
)

BLOCKS = (20, 10, 5, 2, 1)  # problems in a unit
UNIT_SECONDS = 90.0  # at most, of more than one problem
FLOPS = 1.3e11  # of batched products of float32 on two cores, a second; a third of it in float64 on one
READ = 1.8e10  # bytes of measurements a second: products with a few runs wait for memory
STEP_SECONDS = 1e-4  # of a step, whatever is in it
PATH = 4.0  # steps times learning rate until a run has fit, over the root of n
LOOKS_PER_DECADE = 16  # of steps, at a run on its way
LOOKED = 20  # steps between two looks at a training error
FACTS = 250  # bytes of a run's
HARD = 2.0  # times what determines a matrix, below which the least nuclear norm takes long
RECORDS = 400  # of a run's singular values in the dynamics
BROUGHT = "yours"  # beside the parts of the paper: somebody's own matrix
LEAST_SIDE = 400  # of somebody's own matrix, up to which its least nuclear norm is found


class Work(StrEnum):
    """Kinds of units."""

    LEAST = "least"
    DESCENT = "descent"
    DYNAMICS = "dynamics"
    BROUGHT = "brought"
    BROUGHT_LEAST = "brought_least"


def plan(params: MatrixFactorizationParams, shape: MatrixShape | None) -> list[Unit]:
    """Return all units, what says most first; runs are what is counted."""
    own = [] if shape is None else list(_brought(params, shape))
    return own + [unit for part in Part if part in params.parts for unit in _of_part(params, part)]


def observed_in(params: MatrixFactorizationParams, part: Part) -> tuple[int, ...]:
    """Return the numbers of observations of a part."""
    return params.swept() if part is Part.CONJECTURE else params.counts()


def depths_of(params: MatrixFactorizationParams, part: Part) -> tuple[int, ...]:
    """Return the depths of a part."""
    return CONJECTURE_DEPTHS if part is Part.CONJECTURE else params.depths


def inits_of(params: MatrixFactorizationParams, part: Part) -> tuple[float, ...]:
    """Return the norms at the start in a part: the conjecture is about the smallest."""
    return (min(params.inits),) if part is Part.CONJECTURE else params.inits


def rates_of(params: MatrixFactorizationParams, part: Part) -> tuple[float, ...]:
    """Return the learning rates of a part."""
    return params.learning_rates[:1] if part is Part.CONJECTURE else params.learning_rates


def looks(params: MatrixFactorizationParams) -> tuple[int, ...]:
    """Return the steps at which runs are looked at, ever farther apart."""
    exponents = range(LOOKS_PER_DECADE * 2, 1 + int(LOOKS_PER_DECADE * log10(params.most_steps)))
    return tuple(LOOKED * round(10 ** (e / LOOKS_PER_DECADE) / LOOKED) for e in exponents)


def _brought(params: MatrixFactorizationParams, shape: MatrixShape) -> Iterator[Unit]:
    """Yield a unit for each depth on somebody's own matrix, and one for its least nuclear norm if small."""
    size = (shape.rows * shape.columns) ** 0.5
    steps = min(PATH * size**0.5 / params.learning_rates[0], params.most_steps)
    for depth in params.depths:
        flops = 3 * (depth - 1) * 2 * size**2 * min(shape.rows, shape.columns) + 20 * size**2 * depth
        seconds = params.splits * steps * flops / FLOPS + STEP_SECONDS * steps
        yield _brought_unit(params, depth, 0.05 + seconds, shape)
    if min(shape.rows, shape.columns) <= LEAST_SIDE:
        once = 1e-4 + 1e-9 * size**2 * min(shape.rows, shape.columns)
        yield _brought_unit(params, 0, 0.05 + params.splits * 400 * once, shape)


def _brought_unit(params: MatrixFactorizationParams, depth: int, seconds: float, shape: MatrixShape) -> Unit:
    work = Work.BROUGHT if depth else Work.BROUGHT_LEAST
    payload = {"work": work.value, "part": BROUGHT, "depth": depth, "matrix": params.matrix}
    stored = 4 * shape.rows * shape.columns + params.splits * 24 * len(looks(params))
    return Unit(f"{BROUGHT}/{params.matrix}/{work}/depth={depth}", payload, params.splits, seconds, stored)


def _of_part(params: MatrixFactorizationParams, part: Part) -> Iterator[Unit]:
    if part is Part.DYNAMICS:
        stored = 8 * RECORDS * (4 * params.rank + 3)
        for depth in DYNAMICS_DEPTHS:
            named = f"{part}/depth={depth}"
            payload = {"work": Work.DYNAMICS.value, "part": part.value, "depth": depth}
            yield from _blocks(params, named, payload, 1, _dynamics_seconds(params, depth), FACTS, stored)
        return
    observed, rates, inits = observed_in(params, part), rates_of(params, part), len(inits_of(params, part))
    pictured = 4 * params.size**2
    seconds = sum(_least_seconds(params, part, count) for count in observed)
    payload = {"work": Work.LEAST.value, "part": part.value, "observed": observed}
    yield from _blocks(
        params, f"{part}/least", payload, len(observed), seconds, FACTS, len(observed) * pictured
    )
    history = 32 * len(looks(params)) + FACTS
    for depth in depths_of(params, part):
        pieces = [(f"{part}/depth={depth}", observed, rates)]
        if _descent_seconds(params, part, depth, observed, rates) > UNIT_SECONDS:
            pieces = [
                (f"{part}/depth={depth}/observed={count}/rate={rate:g}", (count,), (rate,))
                for rate in rates
                for count in observed
            ]
        for named, counts, own in pieces:
            payload = {
                "work": Work.DESCENT.value,
                "part": part.value,
                "depth": depth,
                "observed": counts,
                "rates": own,
            }
            seconds = _descent_seconds(params, part, depth, counts, own)
            runs = len(counts) * len(own) * inits
            stored = len(counts) * inits * pictured if rates[0] in own else 0
            yield from _blocks(params, named, payload, runs, seconds, history, stored)


def _blocks(
    params: MatrixFactorizationParams,
    named: str,
    payload: Mapping[str, Any],
    runs: int,
    seconds: float,
    kept: int,
    stored: int,
) -> Iterator[Unit]:
    """Yield units of at most so many problems as take no longer than they should.

    A problem has so many runs and takes so many seconds; of each run so many bytes are `kept`, and of problem
    0 those that are drawn are `stored`.
    """
    length = next((length for length in BLOCKS if length * seconds <= UNIT_SECONDS), BLOCKS[-1])
    for first in range(0, params.problems, length):
        count = min(length, params.problems - first)
        yield Unit(
            key=f"{named}/problems={first}-{first + count}",
            payload={**payload, "first": first, "count": count},
            models=runs * count,
            seconds=0.05 + count * seconds,
            stored=runs * count * kept + (0 if first else stored),
        )


def _descent_seconds(
    params: MatrixFactorizationParams,
    part: Part,
    depth: int,
    observed: Sequence[int],
    rates: Sequence[float],
) -> float:
    """Return the expected time of one problem: products of factors, and of measurements."""
    n, inits = params.size, len(inits_of(params, part))
    products = (3 * (depth - 1) * 2 * n**3 + 20 * n**2 * depth) / FLOPS
    measured = [8 * count * n**2 / READ if part is Part.SENSING else 0 for count in observed]
    steps = sum(min(PATH * n**0.5 / rate, params.most_steps) for rate in rates)
    step = sum(inits * products + own for own in measured) + STEP_SECONDS / BLOCKS[0]
    return float(steps * step)


def _least_seconds(params: MatrixFactorizationParams, part: Part, count: int) -> float:
    """Return the expected time of one minimum of the nuclear norm: decompositions, and projections."""
    n = params.size
    once = 1e-4 + 1e-9 * n**3
    if part is Part.SENSING:
        return 150 * (once + 1.6e-9 * count * n**2) + 1e-11 * count**2 * n**2
    return (1200 if params.determined(count) < HARD else 300) * once


def _dynamics_seconds(params: MatrixFactorizationParams, depth: int) -> float:
    """Return the expected time of one problem's dynamics, in float64, and of its decompositions."""
    n = params.size
    step = 5e-6 + (3 * (depth - 1) * 2 * n**3 + 20 * n**2) * 3 / FLOPS
    return params.steps_at(depth) * step + RECORDS * (5e-5 + 1.5e-9 * n**3)
