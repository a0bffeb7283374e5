"""Settings that fit a budget of time: of the steps that a study climbs, the last one that can be paid."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.core.errors import InvalidError
from backend.datasets.base import Shape
from backend.datasets.options import DataOptions, expected_shape
from backend.studies.kit.scores import Purpose
from backend.studies.kit.study import Study


@dataclass(frozen=True)
class Budget:
    """Time that somebody wants to spend, in seconds."""

    name: str
    title: str
    seconds: float


BUDGETS = (
    Budget("minutes", "5 minutes", 300),
    Budget("hour", "1 hour", 3600),
    Budget("night", "A night", 8 * 3600),
)
FAR_BEYOND = 2  # rounding makes a later step a little cheaper now and then, but not by so much
CLOSE = 1.15  # neighboring steps differ by that factor in what grows


@dataclass(frozen=True)
class Step:
    """Settings for data of some form: their price in seconds on two CPU cores, and models to train."""

    params: Any
    shape: Shape
    seconds: float
    models: int


def priced_steps(
    study: Study[Any, Any],
    asked: DataOptions,
    whole: Shape,
    most: float,
    purpose: Purpose = Purpose.SCORES,
) -> list[Step]:
    """Price a study's steps on what is `asked` of a `whole` data set, up to one far beyond `most` seconds.

    What neither the steps nor the data say has its default. A step that makes too many units costs for ever.
    A study that does not serve the purpose has no steps.
    """
    found: list[Step] = []
    steps = None if study.scores is None else study.scores.steps_to(purpose)
    if steps is None or study.plan is None:
        return found
    for values in steps(whole, asked):
        params = study.params.model_validate({**asked.data().model_dump(), **values})
        shape = expected_shape(whole, params)
        try:
            units = study.plan.units(params, shape)
            seconds, models = sum(unit.seconds for unit in units), sum(unit.models for unit in units)
        except InvalidError:
            seconds, models = float("inf"), 0
        found.append(Step(params, shape, seconds, models))
        if seconds > FAR_BEYOND * most:
            break
    return found


def fitting(steps: Sequence[Step], seconds: float) -> Step | None:
    """Return the last step that a budget pays; None where it does not pay any.

    As later steps are never less precise, neither is what a larger budget pays.
    """
    return next((step for step in reversed(steps) if step.seconds <= seconds), None)


def close(first: int, last: int) -> Iterator[int]:
    """Go from a whole number to one that is no less, by factors that are close."""
    now = first
    while now < last:
        yield now
        now = max(now + 1, min(round(now * CLOSE), last))
    yield last


def climb(*milestones: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield all values at each milestone and, where whole numbers grow, at close steps on the way to it."""
    now: dict[str, Any] = {}
    for milestone in milestones:
        ways = {
            name: tuple(close(now[name], value))
            for name, value in milestone.items()
            if isinstance(value, int) and isinstance(now.get(name), int)
        }
        for place in range(1, max(map(len, ways.values()), default=0) - 1):
            yield {**now, **{name: way[min(place, len(way) - 1)] for name, way in ways.items()}}
        now = {**now, **milestone}
        yield dict(now)
