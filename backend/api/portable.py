"""An experiment as a file for another Memoscope."""

import tempfile
from pathlib import Path

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from backend.api.deps import ExperimentDep, SettingsDep
from backend.portable.manifest import SUFFIX
from backend.portable.writing import check_finished, write

router = APIRouter(prefix="/api/experiments/{experiment_id}", tags=["exports"])


class PortableResponse(Response):
    """A file that another Memoscope imports."""

    media_type = "application/zip"


@router.get("/export.memoscope", response_class=PortableResponse)
def export_memoscope(settings: SettingsDep, experiment: ExperimentDep) -> FileResponse:
    """Download a finished experiment as a file that another Memoscope imports: results, labels, pictures."""
    check_finished(experiment)
    settings.scratch.mkdir(parents=True, exist_ok=True)
    # Not in memory, and not under a name of its own: what is left after a crash is swept with the folder.
    with tempfile.NamedTemporaryFile(dir=settings.scratch, suffix=SUFFIX, delete=False) as file:
        path = Path(file.name)
    try:
        write(settings, experiment.id, path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return FileResponse(
        path,
        media_type=PortableResponse.media_type,
        filename=f"memoscope-{experiment.id}{SUFFIX}",
        background=BackgroundTask(path.unlink, missing_ok=True),
    )
