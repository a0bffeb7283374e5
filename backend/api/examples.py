"""Examples by score: pages, one example, histogram."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request
from sqlalchemy.orm import Session

from backend.api import results
from backend.api.deps import MAX_INDEX, ExperimentDep, SessionDep, SettingsDep
from backend.api.presenting import score_out, size_out
from backend.api.schemas import ExampleOut, HistogramOut, ScoreOut, ScorePage
from backend.api.views import Cursor, ExamplesQuery, HistogramQuery, ViewQuery, choose_size
from backend.core.errors import NotFoundError
from backend.core.models import ScoreRow
from backend.core.queries import results as summaries
from backend.core.queries import scores
from backend.figures.histogram import histogram_counts

router = APIRouter(prefix="/api/experiments/{experiment_id}", tags=["examples"])


@router.get("/examples")
def list_examples(
    request: Request,
    settings: SettingsDep,
    session: SessionDep,
    experiment: ExperimentDep,
    view: Annotated[ExamplesQuery, Query()],
) -> ScorePage:
    """Return the examples that the filters leave, in the order asked for, a page at a time."""
    size = _size(session, experiment.id, view)
    matching = scores.matching(experiment.id, size, view.filters)
    cursor = None if view.after is None else Cursor.decode(view.after, view.sort)
    after = None if cursor is None else (cursor.value, cursor.example)
    rows = scores.page(session, matching, view.order, limit=view.limit + 1, after=after)
    following = _cursor(rows[view.limit - 1], view) if len(rows) > view.limit else None
    known = results.examples_of(settings, session, experiment)
    return ScorePage(
        items=[score_out(row, known) for row in rows[: view.limit]],
        next=following,
        next_url=following and _url_with(request, after=following),
        total=scores.total(session, matching),
    )


def _size(session: Session, experiment_id: str, view: ViewQuery) -> int:
    return choose_size(view.size, summaries.get_summary(session, experiment_id).sizes)


def _cursor(row: ScoreRow, view: ViewQuery) -> str:
    return Cursor(sort=view.sort, value=view.order.value(row), example=row.example).encode()


def _url_with(request: Request, **changed: Any) -> str:
    kept = [(key, value) for key, value in request.query_params.multi_items() if key not in changed]
    return f"{request.url.path}?{urlencode([*kept, *changed.items()])}"


@router.get("/examples/{index}")
def get_example(
    settings: SettingsDep,
    session: SessionDep,
    experiment: ExperimentDep,
    index: Annotated[int, Path(ge=0, le=MAX_INDEX)],
    view: Annotated[ViewQuery, Query()],
) -> ExampleOut:
    """Return one example at every size, with its neighbors in the view's order."""
    size = _size(session, experiment.id, view)
    rows = scores.of_example(session, experiment.id, index)
    if not rows:
        raise NotFoundError(f"This experiment has no training example {index}.")
    known = results.examples_of(settings, session, experiment)
    shown = next(row for row in rows if row.size == size)
    matching = scores.matching(experiment.id, size, view.filters)
    found = results.current(settings, session, experiment.id)
    before, behind = scores.neighbors(session, shown, matching, view.order)
    score: ScoreOut = score_out(shown, known)
    return ExampleOut(
        **score.model_dump(include=set(ExampleOut.model_fields)),
        sizes=[size_out(row, known, found) for row in rows],
        previous=before,
        following=behind,
    )


@router.get("/histogram")
def get_histogram(
    settings: SettingsDep,
    session: SessionDep,
    experiment: ExperimentDep,
    view: Annotated[HistogramQuery, Query()],
) -> HistogramOut:
    """Count all examples that the filters leave by score; the score range itself does not filter."""
    table = results.scores_of(results.current(settings, session, experiment.id))
    size, keep = results.select(session, experiment.id, view, table)
    values = table.memorization[table.sizes.index(size)]
    values = values if keep is None else values[keep]
    return HistogramOut(size=size, **vars(histogram_counts(values, view.bins)))
