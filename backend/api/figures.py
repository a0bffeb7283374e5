"""Figures as Plotly JSON, and claims."""

from dataclasses import replace
from functools import lru_cache
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from backend.api import results
from backend.api.deps import ExperimentDep, SessionDep, SettingsDep
from backend.api.drawings import etag, unless_known
from backend.api.opened import opened
from backend.api.presenting import figure_out
from backend.api.problems import invalid_query
from backend.api.schemas import ClaimOut, FigureInfoOut, Page
from backend.api.study_views import given, view_of
from backend.api.views import ViewQuery
from backend.core.errors import NotFoundError
from backend.core.queries import experiments, marks
from backend.core.queries import results as queries
from backend.core.session import reading
from backend.core.settings import Settings
from backend.studies.kit.found import Selected

router = APIRouter(prefix="/api/experiments/{experiment_id}", tags=["figures"])


class PlotlyResponse(Response):
    """A figure: `data` and `layout`, made by plotly.py and drawn by plotly.js as it is."""

    media_type = "application/json"


@router.get("/figures")
def list_figures(experiment: ExperimentDep) -> Page[FigureInfoOut]:
    """List the figures of the experiment, in the order of its study."""
    study, params = opened(experiment)
    return Page(items=[figure_out(figure) for figure in study.shown(params)])


# As far as a client need know: traces and layout are as plotly.js documents them.
_FIGURE = {
    "type": "object",
    "required": ["data", "layout"],
    "properties": {
        "data": {"type": "array", "items": {"type": "object", "properties": {"type": {"type": "string"}}}},
        "layout": {"type": "object"},
    },
}
FIGURE_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"description": "The figure", "content": {"application/json": {"schema": _FIGURE}}},
}


@router.get(
    "/figures/{name}",
    response_class=PlotlyResponse,
    responses=FIGURE_ANSWER | {304: {"description": "Unchanged"}},
)
def get_figure(
    request: Request, settings: SettingsDep, session: SessionDep, experiment: ExperimentDep, name: str
) -> Response:
    """Draw one figure of the newest results; the query is the view and what the figures' controls say.

    The ETag changes with results, view and the code that draws.
    """
    study, params = opened(experiment)
    known = [figure.name for figure in study.shown(params)]
    if name not in known:
        raise NotFoundError(f"There is no figure {name[:40]!r}; figures are: {', '.join(known)}.")
    version = queries.get_summary(session, experiment.id).version
    model = view_of(study)
    try:
        view = model.model_validate(given(model, request.query_params.multi_items()))
    except ValidationError as error:
        raise invalid_query(error, list(model.model_fields)) from None
    # Marks change without a new version of the results.
    by_mark = isinstance(view, ViewQuery) and view.mark and experiment.dataset_id
    marked = marks.last_change(session, by_mark) if by_mark else 0
    key = settings, experiment.id, version, marked, name, view.model_dump_json()
    return unless_known(request, etag(*key[1:]), lambda: PlotlyResponse(_drawn(*key)))


@lru_cache(maxsize=64)  # some tens of kilobytes each
def _drawn(
    settings: Settings,
    experiment_id: str,
    version: int,  # noqa: ARG001 - part of the key
    marked: int,  # noqa: ARG001 - part of the key
    name: str,
    view: str,
) -> str:
    with reading(settings.database) as session:
        experiment = experiments.get(session, experiment_id)
        study, _ = opened(experiment)
        asked = view_of(study).model_validate_json(view)
        found = results.found_of(settings, session, experiment)
        if isinstance(asked, ViewQuery) and found.results.table is not None:
            found = replace(found, results=results.by(asked.estimator, found.results))
            table = results.table_of(found.results)
            size, _, keep = results.select(settings, session, experiment, asked, table, with_range=False)
            found = replace(found, selected=Selected(None if asked.size is None else size, keep))
    figure = next(figure for figure in study.figures if figure.name == name)
    controls = {control: getattr(asked, control) for control in figure.controls.model_fields}
    drawn: str = figure.drawn(found, figure.controls.model_validate(controls)).to_json()
    return drawn


@router.get("/claims")
def list_claims(session: SessionDep, experiment: ExperimentDep) -> Page[ClaimOut]:
    """Return the paper's findings beside ours."""
    return Page(items=[ClaimOut.model_validate(row) for row in queries.claims(session, experiment.id)])
