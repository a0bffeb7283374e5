"""Experiments that come in as files: from another Memoscope, or with this one as samples."""

from pathlib import Path

import anyio.to_thread
from fastapi import APIRouter, Request, Response, status

from backend.api.behind_proxy import address
from backend.api.deps import SettingsDep
from backend.api.presenting import experiment_out, experiments_out
from backend.api.schemas import ExperimentOut, Page
from backend.api.uploads import FILE_BODY, received
from backend.core.queries import experiments
from backend.core.session import reading
from backend.core.settings import Settings
from backend.portable.samples import take_samples
from backend.portable.taking import take_in

router = APIRouter(prefix="/api", tags=["experiments"])


@router.post(
    "/experiments/import",
    status_code=status.HTTP_201_CREATED,
    openapi_extra=FILE_BODY,
    responses={200: {"model": ExperimentOut, "description": "It is here already"}},
)
async def import_experiment(request: Request, settings: SettingsDep, response: Response) -> ExperimentOut:
    """Take in a file of `export.memoscope`: the experiment is here with its results, finished, marked so."""
    async with received(request, settings) as path:
        answer, new = await anyio.to_thread.run_sync(_take, settings, path)
    if not new:
        response.status_code = status.HTTP_200_OK
    response.headers["Location"] = address(f"/api/experiments/{answer.id}")
    return answer


def _take(settings: Settings, path: Path) -> tuple[ExperimentOut, bool]:
    taken = take_in(settings, path)
    with reading(settings.database) as session:
        return experiment_out(session, experiments.get(session, taken.experiment_id)), taken.new


@router.post("/samples", status_code=status.HTTP_201_CREATED)
def import_samples(settings: SettingsDep) -> Page[ExperimentOut]:
    """Take in the finished experiments that come with Memoscope, one of each study."""
    taken = take_samples(settings)
    with reading(settings.database) as session:
        rows = [experiments.get(session, each.experiment_id) for each in taken]
        return Page(items=experiments_out(session, rows), next=None)
