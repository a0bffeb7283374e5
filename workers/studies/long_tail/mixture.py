"""Lets learners loose on mixtures of subpopulations, whose examples are alike but not equal."""

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import add
from typing import Any

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from backend.statistics.seeds import generator
from backend.studies.kit.runner import Arrays, Context
from backend.studies.long_tail.facts import Cell
from backend.studies.long_tail.params import MOST, LearnerName, LongTailParams, Purpose
from backend.studies.long_tail.plan import FRESH
from backend.theory.long_tail import tau
from backend.theory.priors import zipf
from backend.theory.subpopulations import LINEAR, NEAREST, Measured, Mixture, measure
from workers.studies.long_tail.samples import packed, unpacked

LEARNERS = {LearnerName.NEAREST: NEAREST, LearnerName.LINEAR: LINEAR}
CLASSES = 10
_GRAIN = 10**9  # of a tightness, as the index of a random stream


def run(payload: Mapping[str, Any], params: LongTailParams, context: Context) -> Arrays:
    """Train one learner on one block of repetitions."""
    learner, n = LearnerName(payload["learner"]), params.subpopulations
    dimensions, tightness = payload["dimensions"], payload["tightness"]
    mixture = Mixture(zipf(n, 1, grouped=False).each(), dimensions, tightness, CLASSES)
    place = tuple(LearnerName).index(learner), dimensions, round(tightness * _GRAIN)
    found: list[Measured] = []
    with threadpool_limits(1):  # on a busy machine two are slower by far
        for repetition in range(payload["first"], payload["first"] + payload["count"]):
            context.progress(len(found) / payload["count"])
            rng = generator(params.seed, Purpose.MIXTURES, *place, repetition)
            found.append(measure(rng, mixture, LEARNERS[learner], n, 1, fresh=FRESH, most=MOST))
    return packed(reduce(add, found).moments)


def facts(params: LongTailParams, blocks: Sequence[tuple[Mapping[str, Any], Arrays]]) -> tuple[Cell, ...]:
    """Add up the blocks of each learner and mixture."""
    found: dict[tuple[str, int, float], Measured] = {}
    for payload, arrays in blocks:
        key = payload["learner"], payload["dimensions"], payload["tightness"]
        block = Measured(unpacked(arrays), MOST)
        found[key] = found[key] + block if key in found else block
    worth = float(tau(zipf(params.subpopulations, 1), params.subpopulations, 1))
    return tuple(
        Cell(
            learner=LearnerName(learner),
            dimensions=dimensions,
            tightness=tightness,
            repetitions=cell.moments.repetitions,
            error=float(cell.error().value[0]),
            train_error=float(cell.train_error().value[0]),
            excess=float(cell.excess().value[0]),
            excess_error=float(cell.excess().error[0]),
            lost=worth * float(cell.errn().value[0]),
            coupling=float(cell.coupling().value[0]),
            memorization=float(cell.memorization().value[0]),
            memorization_error=float(cell.memorization().error[0]),
            gap=float(cell.gap().value[0]),
            gap_error=float(cell.gap().error[0]),
            scores=tuple(cell.memorization_by_multiplicity().value.tolist()),
            score_errors=tuple(cell.memorization_by_multiplicity().error.tolist()),
        )
        for (learner, dimensions, tightness), cell in found.items()
    )
