"""Figures as Plotly JSON, curves and claims."""

import hashlib
from dataclasses import replace
from functools import lru_cache
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response, status

from backend.api import results
from backend.api.deps import ExperimentDep, SessionDep, SettingsDep
from backend.api.schemas import ClaimOut, CurveOut, FigureInfoOut, Page
from backend.api.views import FigureQuery
from backend.core.errors import NotFoundError
from backend.core.models import Experiment
from backend.core.queries import experiments
from backend.core.queries import results as queries
from backend.core.session import reading
from backend.core.settings import Settings
from backend.studies import get_study
from backend.studies.base import FigureInfo, FigureView

router = APIRouter(prefix="/api/experiments/{experiment_id}", tags=["figures"])


class PlotlyResponse(Response):
    """A figure: `data` and `layout`, made by plotly.py and drawn by plotly.js as it is."""

    media_type = "application/json"


@router.get("/figures")
def list_figures(experiment: ExperimentDep) -> Page[FigureInfoOut]:
    """List the figures of the experiment, in the order of its study."""
    return Page(items=[FigureInfoOut.model_validate(info) for info in _infos(experiment)])


def _infos(experiment: Experiment) -> tuple[FigureInfo, ...]:
    study = get_study(experiment.study)
    return study.shown(study.params.model_validate(experiment.params))


@router.get("/figures/{name}", response_class=PlotlyResponse, responses={304: {"description": "Unchanged"}})
def get_figure(
    request: Request,
    settings: SettingsDep,
    session: SessionDep,
    experiment: ExperimentDep,
    name: str,
    query: Annotated[FigureQuery, Query()],
) -> Response:
    """Draw one figure of the newest results; the ETag changes with results and view."""
    known = [info.name for info in _infos(experiment)]
    if name not in known:
        raise NotFoundError(f"There is no figure {name[:40]!r}; figures are: {', '.join(known)}.")
    version = queries.get_summary(session, experiment.id).version
    key = f"{experiment.id} {version} {name} {request.url.query}"
    headers = {"ETag": f'"{hashlib.sha256(key.encode()).hexdigest()[:32]}"', "Cache-Control": "no-cache"}
    if request.headers.get("If-None-Match") == headers["ETag"]:
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=headers)
    drawn = _drawn(settings, experiment.id, version, name, query.model_dump_json())
    return PlotlyResponse(drawn, headers=headers)


@lru_cache(maxsize=64)  # some tens of kilobytes each
def _drawn(
    settings: Settings,
    experiment_id: str,
    version: int,  # noqa: ARG001 - part of the key
    name: str,
    view: str,
) -> str:
    query = FigureQuery.model_validate_json(view)
    shown = FigureView(bins=query.bins, stack=query.stack, scale=query.scale, tau=query.tau)
    with reading(settings.database) as session:
        experiment = experiments.get(session, experiment_id)
        found = results.current(settings, session, experiment_id)
        if found.table is not None:
            size, _, keep = results.select(query, found.table, with_range=False)
            shown = replace(
                shown,
                size=size if query.size is not None else None,
                example=tuple(index for index in query.example if index < found.table.scores.n),
                classes=results.examples_of(settings, session, experiment).classes,
                keep=keep,
            )
    study: Any = get_study(experiment.study)
    params = study.params.model_validate(experiment.params)
    drawn: str = study.figures(found, params, shown)[name]().to_json()
    return drawn


@router.get("/curves")
def list_curves(session: SessionDep, experiment: ExperimentDep) -> Page[CurveOut]:
    """Return all training curves: mean and spread over models."""
    return Page(items=[CurveOut.model_validate(row) for row in queries.curves(session, experiment.id)])


@router.get("/claims")
def list_claims(session: SessionDep, experiment: ExperimentDep) -> Page[ClaimOut]:
    """Return the paper's findings beside ours."""
    return Page(items=[ClaimOut.model_validate(row) for row in queries.claims(session, experiment.id)])
