"""An experiment as one HTML file that needs no server."""

from threading import Lock
from typing import Annotated

from fastapi import APIRouter, Query, Response

from backend.api import results
from backend.api.deps import ExperimentDep, SessionDep, SettingsDep
from backend.api.opened import opened
from backend.api.presenting import experiment_out, study_out
from backend.api.schemas import ClaimOut
from backend.core import clock
from backend.core.errors import NotFoundError
from backend.core.queries import datasets
from backend.core.queries import results as queries
from backend.export import page

# One at a time: a large page keeps a core busy for seconds, and the others' pages must not wait for many.
_making = Lock()

router = APIRouter(prefix="/api/experiments/{experiment_id}", tags=["exports"])


class HtmlResponse(Response):
    """A page that is opened from disk: it loads nothing."""

    media_type = "text/html; charset=utf-8"


@router.get("/export.html", response_class=HtmlResponse)
def export_page(
    settings: SettingsDep,
    session: SessionDep,
    experiment: ExperimentDep,
    budget_mb: Annotated[
        int, Query(ge=page.MIN_BUDGET_MB, le=page.MAX_BUDGET_MB, description="largest size of the file")
    ] = page.DEFAULT_BUDGET_MB,
) -> Response:
    """Download the experiment as one HTML file, with all scores and as many pictures as fit."""
    study, _ = opened(experiment)
    if study.scores is None or experiment.dataset_id is None:
        raise NotFoundError(results.NO_SCORES)
    found = results.found_of(settings, session, experiment)
    row = datasets.get(session, experiment.dataset_id)
    record = page.Record(
        experiment=experiment_out(session, experiment).model_dump(mode="json"),
        study=study_out(study).model_dump(mode="json", include={"title", "paper"}),
        dataset={"id": row.id, "title": row.title, "fingerprint": row.fingerprint},
        accuracies=study.scores.accuracies(found),
        learning_curves=study.scores.learning_curves(found),
        claims=[
            ClaimOut.model_validate(row).model_dump(mode="json")
            for row in queries.claims(session, experiment.id)
        ],
        exported_at=clock.now(session),
    )
    examples = results.examples_of(settings, session, experiment)
    with _making:
        scores = results.scores_of(found.results)
        content = page.make(found.results, scores, examples, record, budget_mb * page.MB)
    name = f"memoscope-{experiment.id}.html"
    return HtmlResponse(content, headers={"Content-Disposition": f'attachment; filename="{name}"'})
