"""Studies: what can be asked, and what it would cost."""

from typing import Any

from fastapi import APIRouter

from backend.api.deps import SessionDep, SettingsDep
from backend.api.experiments import find_study, parse_params
from backend.api.planning import plan
from backend.api.presenting import study_out
from backend.api.schemas import EstimateOut, EstimateRequest, Page, StudyOut
from backend.core.queries import experiments
from backend.studies import STUDIES

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
    seconds = sum(unit.seconds for unit in planned.units)
    equal = experiments.find_equal(session, planned.spec) if planned.spec else None
    shape = planned.shape
    return EstimateOut(
        units=len(planned.units),
        models=models,
        seconds=seconds,
        disk_bytes=sum(unit.stored for unit in planned.units),
        half_width=None if study.scores is None else study.scores.half_width(params, shape),
        parameters={} if study.scores is None else dict(study.scores.parameters(params, shape)),
        notes=list(study.notes(params, shape)),
        warning=_warning(seconds),
        deviations=list(study.departures.of_setting(params)),
        scope=list(study.departures.scope(params)),
        equal_experiment_id=equal and equal.id,
    )


def _warning(seconds: float) -> str | None:
    if seconds < DAY_S:
        return None
    return (
        f"On one two-core worker this would take about {seconds / DAY_S:,.0f} days: use a GPU, more workers,"
        " or fewer models, epochs or sizes."
    )
