"""Experiments: submit, list, look at, cancel, resume, extend, delete."""

import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response, status
from pydantic import ValidationError
from sqlalchemy.orm import Session

from backend.api import cursors, results
from backend.api.behind_proxy import address
from backend.api.deps import ExperimentDep, ExperimentId, SessionDep, SettingsDep
from backend.api.field_words import in_words
from backend.api.opened import opened
from backend.api.planning import Plan, plan
from backend.api.presenting import experiment_out, experiments_out
from backend.api.problems import invalid_params
from backend.api.schemas import (
    EngineOut,
    EventOut,
    ExperimentCreate,
    ExperimentOut,
    ExtendRequest,
    ExtensionEstimateOut,
    Page,
    RenameRequest,
)
from backend.core.contracts import Action, DatasetSource, ExperimentStatus
from backend.core.errors import ConflictError, FieldError, InvalidError, NotFoundError
from backend.core.models import DatasetRow, Experiment
from backend.core.provenance import provenance
from backend.core.queries import datasets, deletion
from backend.core.queries import experiments as queries
from backend.core.queue import posting
from backend.core.settings import Settings
from backend.core.storage import check_room
from backend.datasets.waiting import release
from backend.studies import STUDIES
from backend.studies.kit.params import StudyParams
from backend.studies.kit.study import Extension, Study

router = APIRouter(prefix="/api/experiments", tags=["experiments"])

KeyHeader = Annotated[str | None, Header(pattern=r"^[\x21-\x7e]{1,200}$")]


def find_study(name: str) -> Study[Any, Any]:
    """Return a study or raise NotFoundError that names the known ones."""
    if name not in STUDIES:
        raise NotFoundError(f"There is no study {name[:40]!r}; studies are: {', '.join(STUDIES)}.")
    return STUDIES[name]


def parse_params(study: Study[Any, Any], params: dict[str, Any]) -> StudyParams:
    """Validate parameters; InvalidError points at each offending one."""
    try:
        parsed: StudyParams = study.params.model_validate(params)
    except ValidationError as error:
        raise invalid_params(error, list(study.params.model_fields)) from None
    return parsed


@router.post(
    "",
    status_code=status.HTTP_202_ACCEPTED,
    responses={200: {"model": ExperimentOut, "description": "An equal finished experiment exists already"}},
)
def create_experiment(
    body: ExperimentCreate, settings: SettingsDep, response: Response, idempotency_key: KeyHeader = None
) -> ExperimentOut:
    """Queue an experiment; an equal finished one is answered instead unless `force` is set."""
    if body.study not in STUDIES:
        known = ", ".join(STUDIES)
        raise InvalidError(
            f"There is no study {body.study!r}; studies are: {known}.",
            (FieldError("/study", f"must be one of {known}"),),
        )
    study = STUDIES[body.study]
    params = parse_params(study, body.params)
    request_hash = hashlib.sha256(body.model_dump_json().encode()).hexdigest()
    with posting(settings) as session:
        known_before = idempotency_key and queries.find_idempotent(session, idempotency_key, request_hash)
        experiment = known_before or _find_or_create(session, settings, study, params, body, response)
        if idempotency_key and not known_before:
            queries.remember_key(session, idempotency_key, request_hash, experiment.id)
        answer = experiment_out(session, experiment)
    response.headers["Location"] = address(f"/api/experiments/{answer.id}")
    return answer


def _find_or_create(
    session: Session,
    settings: Settings,
    study: Study[Any, Any],
    params: StudyParams,
    body: ExperimentCreate,
    response: Response,
) -> Experiment:
    planned = plan(settings, session, study, params, hold=True)
    equal = queries.find_equal(session, planned.spec) if planned.spec else None
    if equal is not None and not body.force:
        response.status_code = status.HTTP_200_OK
        return equal
    name = study.name.replace("_", " ").capitalize()
    title = name if planned.dataset is None else f"{name} on {_short(planned.dataset)}"[:200]
    return _create(session, settings, study, params, planned, body.title or title)


def _short(row: DatasetRow) -> str:
    """Return what a data set is called within a title; the titles of ours explain themselves after that."""
    ours = row.source in {DatasetSource.BUILTIN, DatasetSource.TORCHVISION}
    return row.title.partition(",")[0] if ours else row.title


def _create(
    session: Session,
    settings: Settings,
    study: Study[Any, Any],
    params: StudyParams,
    planned: Plan,
    title: str,
    parent: Experiment | None = None,
) -> Experiment:
    check_room(settings, sum(unit.stored for unit in planned.units))
    experiment = Experiment(
        study=study.name,
        title=title,
        params=params.model_dump(mode="json"),
        spec_hash=planned.spec,
        dataset_id=planned.dataset and planned.dataset.id,
        parent_id=parent and parent.id,
        provenance=provenance(study.code, planned.data or None),
    )
    if planned.dataset is not None:
        datasets.request(session, planned.dataset)
    units = [
        queries.UnitPlan(unit.key, unit.payload, unit.models, unit.seconds, unit.look)
        for unit in planned.units
    ]
    return queries.create(session, experiment, units, reuse_parent=_current(study, parent))


def _current(study: Study[Any, Any], parent: Experiment | None) -> bool:
    """Whether there is a parent whose units are here, and the code that ran them is the code of today."""
    if parent is None or parent.imported is not None:  # a file brings results, not those of each unit
        return False
    return bool(parent.provenance.get("code") == study.code[:16])


@router.get("")
def list_experiments(
    session: SessionDep,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    after: Annotated[str | None, Query(max_length=200)] = None,
    study: Annotated[str | None, Query(max_length=64, description="only experiments of this study")] = None,
    dataset: Annotated[
        str | None, Query(max_length=64, description="only on this data set, by its id")
    ] = None,
    status: Annotated[list[ExperimentStatus], Query(description="only in one of these states")] = [],  # noqa: B006
    q: Annotated[
        str, Query(max_length=100, description="words of the title, the study or the data set's title")
    ] = "",
) -> Page[ExperimentOut]:
    """List experiments, newest first; also of a study that this version does not have."""
    wanted = queries.Wanted(study, dataset, status, q.split())
    rows = queries.page(session, limit + 1, cursors.decode(after), wanted)
    more = rows[limit - 1] if len(rows) > limit else None
    return Page(items=experiments_out(session, rows[:limit]), next=more and cursors.encode(more))


@router.get("/{experiment_id}")
def get_experiment(session: SessionDep, experiment: ExperimentDep) -> ExperimentOut:
    """Return one experiment with its progress."""
    return experiment_out(session, experiment)


@router.patch("/{experiment_id}")
def rename_experiment(
    settings: SettingsDep, experiment_id: ExperimentId, body: RenameRequest
) -> ExperimentOut:
    """Give an experiment another title; its results stay as they are."""
    with posting(settings) as session:
        return experiment_out(session, queries.rename(session, experiment_id, body.title))


@router.get("/{experiment_id}/log")
def get_log(
    session: SessionDep,
    experiment: ExperimentDep,
    after: Annotated[int, Query(ge=0, le=2**53)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 1000,
) -> Page[EventOut]:
    """Return the log, oldest line first."""
    rows = queries.events(session, experiment.id, after, limit + 1)
    more = str(rows[limit - 1].id) if len(rows) > limit else None
    return Page(items=[EventOut.model_validate(row) for row in rows[:limit]], next=more)


@router.get("/{experiment_id}/engines")
def list_engines(session: SessionDep, experiment: ExperimentDep) -> Page[EngineOut]:
    """Return how the finished units were computed, the most frequent way first."""
    found = queries.engines(session, experiment.id)
    return Page(items=[EngineOut(engine=e, units=units, models=models) for e, units, models in found])


@router.post("/{experiment_id}/cancel", status_code=status.HTTP_202_ACCEPTED)
def cancel_experiment(settings: SettingsDep, experiment_id: ExperimentId) -> ExperimentOut:
    """Stop an experiment; units that run stop within seconds, finished ones are kept."""
    with posting(settings) as session:
        return experiment_out(session, queries.cancel(session, experiment_id))


@router.post("/{experiment_id}/resume", status_code=status.HTTP_202_ACCEPTED)
def resume_experiment(settings: SettingsDep, experiment_id: ExperimentId) -> ExperimentOut:
    """Run again what was cancelled or has failed, and only that."""
    check_room(settings)
    with posting(settings) as session:
        experiment = queries.resume(session, experiment_id)
        opened(experiment)
        if experiment.dataset_id is None:
            return experiment_out(session, experiment)
        dataset = datasets.lock(session, experiment.dataset_id)
        datasets.request(session, dataset)
        if dataset.fingerprint is None:
            experiment.summary_due = False  # there is nothing to summarize with
        elif not experiment.spec_hash:
            release(settings, session, experiment)
        return experiment_out(session, experiment)


@router.post("/{experiment_id}/extend", status_code=status.HTTP_202_ACCEPTED)
def extend_experiment(
    settings: SettingsDep, experiment_id: ExperimentId, body: ExtendRequest, response: Response
) -> ExperimentOut:
    """Make a child experiment with more models per size that reuses every unit of this one."""
    with posting(settings) as session:
        parent = queries.get_for(session, experiment_id, Action.EXTEND)
        child = _extend(session, settings, parent, body.models)
        answer = experiment_out(session, child)
    response.headers["Location"] = address(f"/api/experiments/{answer.id}")
    return answer


@router.get("/{experiment_id}/extend")
def estimate_extension(
    settings: SettingsDep,
    session: SessionDep,
    experiment_id: ExperimentId,
    models: Annotated[int, Query(ge=1, le=1_000_000)],
) -> ExtensionEstimateOut:
    """Price that many more models per size without training them, and say what they would bring."""
    parent = queries.get_for(session, experiment_id, Action.EXTEND)
    study, extension, params = _extended(parent, models)
    planned = plan(settings, session, study, params)
    done = queries.done_keys(session, parent.id) if _current(study, parent) else frozenset()
    new = [unit for unit in planned.units if unit.key not in done]
    count = sum(unit.models for unit in new)
    return ExtensionEstimateOut(
        models=count,
        reused=sum(unit.models for unit in planned.units) - count,
        seconds=sum(unit.seconds for unit in new),
        disk_bytes=sum(unit.stored for unit in new),
        gains=list(extension.gains(results.current(settings, session, parent.id), params)),
    )


def _extend(session: Session, settings: Settings, parent: Experiment, models: int) -> Experiment:
    study, extension, params = _extended(parent, models)
    planned = plan(settings, session, study, params, hold=True)
    return _create(
        session,
        settings,
        study,
        params,
        planned,
        f"{parent.title} (+{models} {extension.noun})"[:200],
        parent,
    )


def _extended(parent: Experiment, models: int) -> tuple[Study[Any, Any], Extension[Any], StudyParams]:
    """Return the parameters of a child with that many more; InvalidError says how many there can be."""
    study, asked = opened(parent)
    extension = study.extension
    if extension is None:
        raise ConflictError(f"Experiments of the study {study.name} cannot be extended.")
    if not extension.least <= models <= extension.most:
        detail = f"must be from {extension.least:,} to {extension.most:,}"
        raise InvalidError(f"models: {detail}.", (FieldError("/models", detail),))
    try:
        return study, extension, extension.extended(asked, models)
    except ValidationError as error:
        fields = (FieldError("/models", in_words(error.errors()[0])),)
        raise InvalidError(f"models: {fields[0].detail}", fields) from None


@router.delete("/{experiment_id}", status_code=status.HTTP_204_NO_CONTENT)
def delete_experiment(settings: SettingsDep, experiment_id: ExperimentId) -> None:
    """Delete an experiment and all its results; for a day it can be brought back."""
    with posting(settings) as session:
        deletion.remove(session, experiment_id)
