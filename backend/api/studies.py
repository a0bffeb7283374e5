"""Studies: what can be asked, and what it would cost."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from fastapi import APIRouter

from backend.api.deps import SessionDep, SettingsDep
from backend.api.experiments import find_study, parse_params
from backend.api.planning import named_dataset, plan, shape_of
from backend.api.presenting import study_out
from backend.api.schemas import (
    BudgetOut,
    BudgetsOut,
    BudgetsRequest,
    EstimateOut,
    EstimateRequest,
    Page,
    StudyOut,
)
from backend.core.queries import experiments, workers
from backend.datasets.options import DataOptions, check_classes
from backend.studies import STUDIES
from backend.studies.kit.budgets import BUDGETS, Budget, Step, fitting, priced_steps
from backend.studies.kit.params import named
from backend.studies.kit.scores import Purpose
from backend.studies.kit.study import Study

DAY_S = 24 * 3600

router = APIRouter(prefix="/api/studies", tags=["studies"])


@router.get("")
def list_studies() -> Page[StudyOut]:
    """List all studies with their papers, forms and presets."""
    return Page(items=[study_out(study) for study in STUDIES.values()])


@router.get("/{name}")
def get_study(name: str) -> StudyOut:
    """Return one study."""
    return study_out(find_study(name))


@router.post("/{name}/estimate")
def estimate(settings: SettingsDep, session: SessionDep, name: str, body: EstimateRequest) -> EstimateOut:
    """Price an experiment without starting it, and look for an equal finished one."""
    study: Any = find_study(name)
    params = parse_params(study, body.params)
    planned = plan(settings, session, study, params)
    models = sum(unit.models for unit in planned.units)
    pace = workers.pace(session, study.name)
    seconds = sum(unit.seconds for unit in planned.units) * (pace or 1)
    equal = experiments.find_equal(session, planned.spec) if planned.spec else None
    shape = planned.shape
    title = "" if planned.dataset is None else planned.dataset.title
    return EstimateOut(
        units=len(planned.units),
        models=models,
        seconds=seconds,
        measured=pace is not None,
        disk_bytes=sum(unit.stored for unit in planned.units),
        half_width=None if study.scores is None else study.scores.half_width(params, shape),
        parameters={} if study.scores is None else dict(study.scores.parameters(params, shape)),
        notes=list(study.notes(params, shape)),
        warning=_warning(seconds),
        deviations=list(study.departures.of_setting(named(params, title))),
        scope=list(study.departures.scope(params)),
        equal_experiment_id=equal and equal.id,
    )


@router.post("/{name}/budgets")
def budgets(session: SessionDep, name: str, body: BudgetsRequest) -> BudgetsOut:
    """Propose settings that fit budgets of time, on the data that the parameters name."""
    study: Any = find_study(name)
    params = parse_params(study, body.params)
    if (
        study.scores is None
        or study.scores.steps_to(body.purpose) is None
        or not isinstance(params, DataOptions)
    ):
        return BudgetsOut(items=[], measured=False)
    row = named_dataset(session, params.dataset)
    check_classes(row.classes, params)
    pace = workers.pace(session, study.name)
    per_second = pace or 1
    whole = shape_of(row)
    steps = priced_steps(study, params, whole, BUDGETS[-1].seconds / per_second, body.purpose)
    told = _bought if body.purpose is Purpose.SCORES else partial(_looked_at, whole.n_train)
    items = [_proposal(study, budget, steps, per_second, told) for budget in BUDGETS]
    return BudgetsOut(items=items, measured=pace is not None)


def _proposal(
    study: Study[Any, Any],
    budget: Budget,
    steps: Sequence[Step],
    pace: float,
    told: Callable[[Step, float], str],
) -> BudgetOut:
    found = fitting(steps, budget.seconds / pace)
    shown = found or min(steps, key=lambda step: step.seconds)
    half_width = None if study.scores is None else study.scores.half_width(shown.params, shown.shape)
    return BudgetOut(
        name=budget.name,
        title=budget.title,
        seconds=budget.seconds,
        params=found and found.params.model_dump(mode="json"),
        expected_s=shown.seconds * pace,
        half_width=found and half_width,
        words=told(found, half_width or 0.0) if found else _too_much(shown.seconds * pace),
    )


def _bought(step: Step, half_width: float) -> str:
    return f"A typical score of {step.shape.n_train:,} pictures is known to ±{half_width:.2f}."


def _looked_at(whole: int, step: Step, _half_width: float) -> str:
    """Say how many of a data set's `whole` training pictures are looked at, by how many models."""
    n = step.shape.n_train
    if n == whole:
        return f"Looks at the labels of all {n:,} training pictures, by {step.models:,} models."
    return (
        f"Looks at the labels of {n:,} of {whole:,} training pictures, by {step.models:,} models; those of"
        " the others take a larger budget."
    )


def _too_much(seconds: float) -> str:
    return f"Even the smallest experiment on this data takes about {seconds / 60:,.0f} minutes here."


def _warning(seconds: float) -> str | None:
    if seconds < DAY_S:
        return None
    return (
        f"On one worker this would take about {seconds / DAY_S:,.0f} days: use a GPU, more workers,"
        " or fewer models, epochs or sizes."
    )
