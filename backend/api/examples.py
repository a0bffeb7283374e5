"""Examples by score: pages, one example, histogram."""

from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

import numpy as np
from fastapi import APIRouter, Path, Query, Request, Response
from sqlalchemy.orm import Session

from backend.api import results
from backend.api.deps import MAX_INDEX, ExperimentDep, SessionDep, SettingsDep
from backend.api.influence import influence_out
from backend.api.mark_schemas import MarkOut, mark_out
from backend.api.paths import asked_path
from backend.api.pictures import PngResponse, png_response
from backend.api.presenting import answers_out, columns_out, picture_fields, score_fields, score_out
from backend.api.schemas import Page
from backend.api.score_schemas import (
    ColumnOut,
    ExampleOut,
    HistogramOut,
    MarkedScoreOut,
    ScorePage,
    SizeOut,
    TestExampleOut,
    TestSizeOut,
)
from backend.api.views import Cursor, ExamplesQuery, HistogramQuery, ViewQuery
from backend.core.errors import NotFoundError
from backend.core.queries import marks
from backend.datasets.examples import Examples
from backend.scores.few import caution, few_models, models_of
from backend.scores.table import Mask, ScoreTable
from backend.statistics.trajectories import DEFAULT_TAU
from backend.studies.kit.results import Results

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
    table = results.table(settings, session, experiment.id, view.estimator)
    _, row, keep = results.select(settings, session, experiment, view, table, with_range=True)
    cursor = None if view.after is None else Cursor.decode(view.after, view.sort)
    after = None if cursor is None else (cursor.value, cursor.example)
    found = table.page(row, view.order, keep, limit=view.limit + 1, after=after)
    shown = found[: view.limit]
    following = None
    if len(found) > view.limit:
        last = shown[-1]
        value = table.value(row, view.order, last)
        following = Cursor(sort=view.sort, value=value, example=last).encode()
    examples = results.examples_of(settings, session, experiment)
    return ScorePage(
        items=marked_scores(session, table, row, shown, examples, view.tau),
        next=following,
        next_url=following and _url_with(request, after=following),
        total=_total(table, keep),
    )


def marked_scores(
    session: Session,
    table: ScoreTable,
    row: int,
    shown: Sequence[int],
    examples: Examples,
    tau: float = DEFAULT_TAU,
) -> list[MarkedScoreOut]:
    """Present examples at one size with the marks of their pictures."""
    return [
        MarkedScoreOut(**vars(score_out(table, row, example, examples, tau)), mark=mark)
        for example, mark in zip(shown, _marks(session, examples, shown), strict=True)
    ]


def _marks(session: Session, examples: Examples, shown: Sequence[int]) -> list[MarkOut | None]:
    """Return what people have decided about the pictures of these examples."""
    pictures = examples.source[list(shown)].tolist()
    known = marks.of(session, examples.dataset.id, pictures)
    return [
        mark_out(examples.dataset.id, examples.dataset, known[picture]) if picture in known else None
        for picture in pictures
    ]


def _total(table: ScoreTable, keep: Mask | None) -> int:
    return table.scores.n if keep is None else int(np.count_nonzero(keep))


def _url_with(request: Request, **changed: Any) -> str:
    kept = [(key, value) for key, value in request.query_params.multi_items() if key not in changed]
    return f"{asked_path(request.scope)}?{urlencode([*kept, *changed.items()])}"


@router.get("/examples/{index}")
def get_example(
    settings: SettingsDep,
    session: SessionDep,
    experiment: ExperimentDep,
    index: Annotated[int, Path(ge=0, le=MAX_INDEX)],
    view: Annotated[ViewQuery, Query()],
) -> ExampleOut | TestExampleOut:
    """Return one example at every size, a training example with its neighbors in the view's order.

    Test examples follow the training examples; of these there is no score.
    """
    found = results.by(view.estimator, results.current(settings, session, experiment.id))
    table = results.table_of(found)
    examples = results.examples_of(settings, session, experiment)
    if index >= len(examples.source):
        raise NotFoundError(f"This experiment has no example {index}.")
    if index >= examples.n_train:
        return _test_example(found, table, index, examples)
    _, row, keep = results.select(settings, session, experiment, view, table, with_range=True)
    before, behind = table.neighbors(row, view.order, keep, index)
    shown = score_out(table, row, index, examples, view.tau)
    sizes = [
        SizeOut(
            **score_fields(table, at, index, examples),
            answers=answers_out(table.scores, at, index, examples),
            influence=influence_out(found, at, index, examples),
        )
        for at in range(len(table.scores.sizes))
    ]
    return ExampleOut(
        **shown.model_dump(include=set(ExampleOut.model_fields) - {"columns"}),
        columns=columns_out(found),
        mark=_marks(session, examples, [index])[0],
        sizes=sizes,
        position=table.position(row, view.order, keep, index),
        total=_total(table, keep),
        previous=before,
        following=behind,
    )


def _test_example(found: Results, table: ScoreTable, index: int, examples: Examples) -> TestExampleOut:
    label = int(examples.labels[index])
    return TestExampleOut(
        index=index,
        name=examples.name(index),
        label=label,
        label_name=examples.classes[label],
        **picture_fields(examples, index),
        sizes=[_test_size(found, table, row, index, examples) for row in range(len(table.scores.sizes))],
    )


def _test_size(found: Results, table: ScoreTable, row: int, index: int, examples: Examples) -> TestSizeOut:
    helpers = None if found.influence is None else found.influence.test_helpers
    # Each helper splits all models into those with and without it.
    first = None if helpers is None else helpers[row, index - examples.n_train, 0]
    return TestSizeOut(
        size=table.scores.sizes[row],
        models=0 if first is None else int(first.n_in) + int(first.n_out),
        right=0 if first is None else int(first.k_in) + int(first.k_out),
        influence=influence_out(found, row, index, examples),
    )


@router.get("/examples/{index}/seen.png", response_class=PngResponse)
def get_seen(
    settings: SettingsDep,
    session: SessionDep,
    experiment: ExperimentDep,
    index: Annotated[int, Path(ge=0, le=MAX_INDEX)],
) -> Response:
    """Return an example as models see it: scaled, gray or with other pixels, as the experiment asks."""
    examples = results.examples_of(settings, session, experiment)
    if index >= examples.n_train:
        raise NotFoundError(f"This experiment has no training example {index}.")
    return png_response(examples.seen(index))


@router.get("/columns")
def list_columns(settings: SettingsDep, session: SessionDep, experiment: ExperimentDep) -> Page[ColumnOut]:
    """List the further numbers of every example, to sort by as `column:` and the key, and to bound."""
    return Page(items=columns_out(results.current(settings, session, experiment.id)))


@router.get("/histogram")
def get_histogram(
    settings: SettingsDep,
    session: SessionDep,
    experiment: ExperimentDep,
    view: Annotated[HistogramQuery, Query()],
) -> HistogramOut:
    """Count all examples that the filters leave by score; the score range itself does not filter."""
    table = results.table(settings, session, experiment.id, view.estimator)
    _, row, keep = results.select(settings, session, experiment, view, table, with_range=False)
    return histogram_out(table, row, view.bins, keep)


def histogram_out(table: ScoreTable, row: int, bins: int | None, keep: Mask | None) -> HistogramOut:
    """Count one size's scores of the examples kept."""
    return HistogramOut(
        size=table.scores.sizes[row],
        few_models=few_models(table.scores, row),
        caution=caution(models_of(table.scores, row)),
        **vars(table.histogram(row, bins, keep)),
    )
