"""Studies: what can be asked, and what it would cost."""

from typing import Any

from fastapi import APIRouter

from backend.api.deps import SessionDep
from backend.api.experiments import find_study, parse_params, spec_hash
from backend.api.presenting import study_out
from backend.api.schemas import EstimateOut, EstimateRequest, Page, StudyOut
from backend.core.queries import experiments
from backend.studies import STUDIES

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
def estimate(session: SessionDep, name: str, body: EstimateRequest) -> EstimateOut:
    """Price an experiment without starting it, and look for an equal finished one."""
    study: Any = find_study(name)
    params = parse_params(study, body.params)
    plan = study.plan(params)
    models = sum(unit.models for unit in plan)
    dataset = experiments.dataset_of(session, params.dataset)
    equal = experiments.find_equal(session, spec_hash(name, params, dataset.fingerprint))
    return EstimateOut(
        units=len(plan),
        models=models,
        seconds=sum(unit.seconds for unit in plan),
        disk_bytes=models * (dataset.n_train + dataset.n_test),  # one byte per model and answer
        half_width=study.half_width(params),
        deviations=list(study.deviations(params)),
        equal_experiment_id=equal and equal.id,
    )
