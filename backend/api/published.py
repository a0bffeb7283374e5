"""Published scores of a data set, and an experiment's scores beside them."""

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import anyio.to_thread
import numpy as np
from fastapi import APIRouter, Query, Request, Response, status
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from backend.api import results
from backend.api.deps import MAX_INDEX, DatasetDep, ExperimentDep, SessionDep, SettingsDep
from backend.api.figures import FIGURE_ANSWER, PlotlyResponse
from backend.api.opened import opened
from backend.api.presenting import score_out
from backend.api.schemas import Page, PublishedOut
from backend.api.score_schemas import (
    CorrelationOut,
    DisagreementOut,
    DisagreementPage,
    OverlayOut,
)
from backend.api.uploads import FILE_BODY, MAX_COLUMN_BYTES, ColumnName, ColumnPath, RowsQuery, received
from backend.api.views import Cursor, choose_size
from backend.core.contracts import PublishedMeaning
from backend.core.errors import NotFoundError
from backend.core.models import Experiment, PublishedScores
from backend.core.queries import datasets, experiments, published
from backend.core.queries import results as summaries
from backend.core.session import reading, transaction
from backend.core.settings import Settings
from backend.datasets import columns, store
from backend.datasets.label_files import Wishes
from backend.datasets.published_files import read_published
from backend.datasets.store import Column
from backend.figures.published import published_scores
from backend.scores.overlay import Overlay

router = APIRouter(prefix="/api", tags=["published scores"])

AXES = {
    PublishedMeaning.MEMORIZATION: "published memorization",
    PublishedMeaning.CONSISTENCY: "1 \N{MINUS SIGN} published C-score",
}

NOT_VERIFIED = " The order of the file's rows is not verified."


class SizeQuery(BaseModel):
    """Which model size to compare."""

    model_config = ConfigDict(extra="forbid")

    size: int | None = Field(None, ge=0, le=MAX_INDEX, description="the largest with scores if absent")


class FigureQuery(SizeQuery):
    """Which published scores to draw, at which size."""

    published: ColumnName = Field(description="the name of the published scores")


class DisagreementQuery(SizeQuery):
    """A page of examples by rank difference, descending with `-`."""

    sort: Literal["rank_difference", "-rank_difference"] = "-rank_difference"
    limit: int = Field(24, ge=1, le=200)
    after: str | None = Field(None, max_length=200, description="`next` of the page before")


class FileQuery(RowsQuery):
    """The name of a file of published scores, what they mean, and how it is to be read."""

    meaning: PublishedMeaning
    size: int | None = Field(
        None, ge=0, le=MAX_INDEX, description="whose scores to take of a scores.csv with several sizes"
    )


@router.get("/datasets/{dataset_id}/published")
def list_published(session: SessionDep, dataset: DatasetDep) -> Page[PublishedOut]:
    """List the published scores of a data set."""
    return _listed(session, dataset.id)


@router.get("/experiments/{experiment_id}/published")
def list_published_beside(session: SessionDep, experiment: ExperimentDep) -> Page[PublishedOut]:
    """List the published scores that an experiment can be held against: those of its data set."""
    return Page(items=[]) if experiment.dataset_id is None else _listed(session, experiment.dataset_id)


def _listed(session: Session, dataset_id: str) -> Page[PublishedOut]:
    rows = published.everything(session, dataset_id)
    return Page(items=[PublishedOut.model_validate(row) for row in rows])


@router.post("/datasets/{dataset_id}/published", status_code=status.HTTP_201_CREATED, openapi_extra=FILE_BODY)
async def upload_published(
    request: Request,
    settings: SettingsDep,
    dataset: DatasetDep,
    query: Annotated[FileQuery, Query()],
) -> PublishedOut:
    """Upload published scores: npz with `labels` and `scores` or `mem`, or csv with `index` or `name`.

    A scores.csv of ours is taken too. What has to be chosen first is told in the problem's `choice`.
    """
    async with received(request, settings, MAX_COLUMN_BYTES) as path:
        return await anyio.to_thread.run_sync(_take, settings, dataset.id, path, query)


def _take(settings: Settings, dataset_id: str, path: Path, query: FileQuery) -> PublishedOut:
    with reading(settings.database) as session:
        _, fingerprint = datasets.get_ready(session, dataset_id)
        columns.check_free(session, PublishedScores, dataset_id, query.name)
    dataset = store.load(fingerprint, settings)
    aligned = read_published(path, dataset, query.meaning, Wishes(query.column, query.order), query.size)
    row = PublishedScores(
        dataset_id=dataset_id,
        name=query.name,
        fingerprint=columns.fingerprint(aligned.values),
        meaning=query.meaning,
        alignment=aligned.alignment,
        row_order=aligned.order,
        order_verified=aligned.verified,
        note=aligned.note,
        labels_checked=aligned.labels_checked,
        n=aligned.n,
    )
    with transaction(settings.database) as session:
        columns.keep(session, settings, row, aligned.values)
        return PublishedOut.model_validate(row)


@router.delete("/datasets/{dataset_id}/published/{name}", status_code=status.HTTP_204_NO_CONTENT)
def delete_published(settings: SettingsDep, dataset: DatasetDep, name: ColumnPath) -> None:
    """Delete published scores."""
    with transaction(settings.database) as session:
        columns.drop(session, settings, [published.remove(session, dataset.id, name)])


class Overlays(NamedTuple):
    """What published scores are held against: memorization of unflipped labels, of all, held-out error."""

    shown: Overlay
    with_flipped: Overlay
    heldout_error: Overlay


@lru_cache(maxsize=4)
def _overlays(
    settings: Settings,
    experiment_id: str,
    version: int,  # noqa: ARG001 - part of the key
    size: int,
    fingerprint: str,
    meaning: PublishedMeaning,
) -> Overlays:
    with reading(settings.database) as session:
        table = results.table(settings, session, experiment_id)
        examples = results.examples_of(settings, session, experiments.get(session, experiment_id))
    scores, row = table.scores, table.row(size)
    values = store.load_column(Column.PUBLISHED, fingerprint, settings)[examples.source[: scores.n]]
    # What was published of a flipped example is about another label.
    unflipped, everything = ~scores.flipped, np.ones(scores.n, np.bool_)
    return Overlays(
        Overlay.of(scores.memorization[row], values, meaning, unflipped),
        Overlay.of(scores.memorization[row], values, meaning, everything),
        Overlay.of(1 - scores.heldout_accuracy[row], values, meaning, unflipped),
    )


class Compared(NamedTuple):
    """An experiment at one size beside published scores."""

    row: PublishedScores
    size: int
    overlays: Overlays


def _compared(
    settings: Settings, session: Session, experiment: Experiment, name: str, size: int | None
) -> Compared:
    """Return the comparison; NotFoundError without such scores, or without results."""
    if experiment.dataset_id is None:
        raise NotFoundError(results.NO_SCORES)
    row = published.get(session, experiment.dataset_id, name)
    version = summaries.get_summary(session, experiment.id).version
    chosen = choose_size(size, results.table(settings, session, experiment.id).scores.scored_sizes)
    found = _overlays(settings, experiment.id, version, chosen, row.fingerprint, row.meaning)
    return Compared(row, chosen, found)


def _correlation(overlay: Overlay) -> CorrelationOut:
    found, n = overlay.agreement, len(overlay.examples)
    if found is None:
        return CorrelationOut(value=None, low=None, high=None, n=n)
    return CorrelationOut(value=found.value, low=found.low, high=found.high, n=n)


@router.get("/experiments/{experiment_id}/published/{name}")
def get_overlay(
    settings: SettingsDep,
    session: SessionDep,
    experiment: ExperimentDep,
    name: ColumnPath,
    query: Annotated[SizeQuery, Query()],
) -> OverlayOut:
    """Say how far the experiment and the published scores agree about the order of examples."""
    row, size, found = _compared(settings, session, experiment, name, query.size)
    flipped = len(found.with_flipped.examples) - len(found.shown.examples)
    n = results.table(settings, session, experiment.id).scores.n
    return OverlayOut(
        published=PublishedOut.model_validate(row),
        size=size,
        spearman=_correlation(found.shown),
        with_flipped=_correlation(found.with_flipped) if flipped else None,
        heldout_error=(
            _correlation(found.heldout_error) if row.meaning is PublishedMeaning.CONSISTENCY else None
        ),
        flipped=flipped,
        missing=n - len(found.with_flipped.examples),
    )


@router.get("/experiments/{experiment_id}/published/{name}/disagreements")
def list_disagreements(
    settings: SettingsDep,
    session: SessionDep,
    experiment: ExperimentDep,
    name: ColumnPath,
    query: Annotated[DisagreementQuery, Query()],
) -> DisagreementPage:
    """Return examples by how differently they rank here and by the published scores, a page at a time."""
    _, size, found = _compared(settings, session, experiment, name, query.size)
    overlay = found.shown
    after = None
    if query.after is not None:
        cursor = Cursor.decode(query.after, query.sort)
        after = (0.0 if cursor.value is None else cursor.value, cursor.example)
    places = overlay.page(descending=query.sort.startswith("-"), limit=query.limit + 1, after=after)
    shown = places[: query.limit]
    following = None
    if len(places) > query.limit:
        value = float(overlay.rank_differences[shown[-1]])
        example = int(overlay.examples[shown[-1]])
        following = Cursor(sort=query.sort, value=value, example=example).encode()
    table = results.table(settings, session, experiment.id)
    examples = results.examples_of(settings, session, experiment)
    items = [
        DisagreementOut(
            **score_out(table, table.row(size), int(overlay.examples[place]), examples).model_dump(),
            published=overlay.published[place],
            rank=overlay.ranks[place],
            published_rank=overlay.published_ranks[place],
            rank_difference=overlay.rank_differences[place],
        )
        for place in shown
    ]
    return DisagreementPage(items=items, next=following, total=len(overlay.examples))


@router.get(
    "/experiments/{experiment_id}/figures/published", response_class=PlotlyResponse, responses=FIGURE_ANSWER
)
def get_published_figure(
    settings: SettingsDep,
    session: SessionDep,
    experiment: ExperimentDep,
    query: Annotated[FigureQuery, Query()],
) -> Response:
    """Draw memorization over published scores: points, or counts in cells where there are many."""
    row, size, found = _compared(settings, session, experiment, query.published, query.size)
    table = results.table(settings, session, experiment.id)
    figure = published_scores(
        found.shown.hardness,
        found.shown.ours,
        found.shown.examples,
        edges=table.bins(table.row(size), None).edges,
        published_name=row.name,
        axis=AXES[row.meaning],
        size=size,
        size_name=opened(experiment).size_name,
        agreement=_in_words(found.shown) + ("" if row.order_verified else NOT_VERIFIED),
    )
    return PlotlyResponse(figure.to_json(), headers={"Cache-Control": "no-cache"})


def _in_words(overlay: Overlay) -> str:
    found = overlay.agreement
    if found is None:
        return "There are too few different scores for a rank correlation."
    return f"Spearman's rank correlation is {found.value:.2f} (95 % {found.low:.2f} to {found.high:.2f})."
