"""Marks: what people decide about the pictures of a data set, training and test pictures alike."""

import io
from pathlib import Path
from typing import Annotated, Any, Literal

import anyio.to_thread
import pyarrow.parquet
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from backend.api import results
from backend.api.datasets import Index
from backend.api.deps import MAX_INDEX, DatasetDep, SessionDep, SettingsDep
from backend.api.exports import CsvResponse, ParquetResponse, csv_bytes
from backend.api.mark_schemas import ChangeOut, MarkCountsOut, MarkPage, mark_out
from backend.api.uploads import FILE_BODY, MAX_COLUMN_BYTES, received
from backend.core.contracts import Mark, RowOrder
from backend.core.errors import FieldError, InvalidError, NotFoundError
from backend.core.models import DatasetRow, MarkChange
from backend.core.printable import HIDING
from backend.core.queries import datasets, marks
from backend.core.queries.marks import Marked, Saying, State
from backend.core.session import reading, transaction
from backend.core.settings import Settings
from backend.datasets import store
from backend.datasets.base import Dataset
from backend.review.mark_files import read_marks, table
from backend.review.marks import MAX_BY, MAX_NOTE, Words

MAX_AT_ONCE = 5000

router = APIRouter(prefix="/api/datasets/{dataset_id}/marks", tags=["marks"])

By = Annotated[str, Field(max_length=MAX_BY, pattern=rf"^[^{HIDING}]*$")]
Name = Annotated[str, Field(min_length=1, max_length=200)]


class MarksQuery(BaseModel):
    """Which marks; a repeated key holds alternatives."""

    model_config = ConfigDict(extra="forbid")

    mark: list[Mark] = []
    part: Literal["train", "test"] | None = None
    label: list[Name] = Field([], max_length=1000, description="names of the labels that were judged")

    def marked(self, row: DatasetRow) -> Marked:
        """Return the filters in the data set's numbers; InvalidError names a class that it does not have."""
        index = {name: place for place, name in enumerate(row.classes)}
        unknown = [name for name in self.label if name not in index]
        if unknown:
            detail = f"There is no class {unknown[0]!r}; classes are: {', '.join(row.classes[:20])}."
            raise InvalidError(detail, (FieldError("/query/label", detail),))
        return Marked(
            tuple(self.mark),
            tuple(index[name] for name in self.label),
            row.n_train if self.part == "test" else 0,
            row.n_train if self.part == "train" else None,
        )


class ListQuery(MarksQuery):
    """A page of marks, the last one set first."""

    limit: int = Field(50, ge=1, le=1000)
    after: int | None = Field(None, ge=1, le=2**63 - 1, description="`next` of the page before")


class MarkIn(BaseModel):
    """What is said about a picture; what is left out stays as it is, null takes it away."""

    model_config = ConfigDict(extra="forbid")

    picture: int = Field(ge=0, le=MAX_INDEX, description="its place in the data set")
    mark: Mark | None = None
    label: Name | None = Field(None, description="the label that is judged; the data set's own if left out")
    suggested_label: Name | None = Field(None, description="the right label of one marked wrong_label")
    note: str | None = Field(None, max_length=2 * MAX_NOTE)


class MarksIn(BaseModel):
    """Marks to set at once, and who sets them."""

    model_config = ConfigDict(extra="forbid")

    items: list[MarkIn] = Field(min_length=1, max_length=MAX_AT_ONCE)
    by: By = ""


class UndoIn(BaseModel):
    """Which change to take back."""

    model_config = ConfigDict(extra="forbid")

    change: str = Field(pattern=r"^[0-9a-f]{16}$", description="as the answer to the change named it")
    by: By = ""


class FileQuery(BaseModel):
    """How a file of marks is meant."""

    model_config = ConfigDict(extra="forbid")

    order: RowOrder | None = Field(None, description="in which order rows stand that no name tells")
    by: By = Field("", description="who says it where the file does not tell")


@router.get("")
def list_marks(
    settings: SettingsDep, session: SessionDep, row: DatasetDep, query: Annotated[ListQuery, Query()]
) -> MarkPage:
    """List the marks that stand, the last one set first."""
    marked = query.marked(row)
    found = marks.page(session, row.id, marked, query.limit + 1, query.after)
    shown = found[: query.limit]
    dataset = results.load(settings, session, row.id)
    return MarkPage(
        items=[mark_out(row.id, dataset, each) for each in shown],
        next=str(shown[-1].id) if len(found) > query.limit else None,
        total=sum(marks.counts(session, row.id, marked).values()),
    )


@router.get("/counts")
def get_mark_counts(session: SessionDep, row: DatasetDep) -> MarkCountsOut:
    """Count the pictures of each mark."""
    found = marks.counts(session, row.id, Marked())
    return MarkCountsOut(
        marks={mark: found.get(mark, 0) for mark in Mark},
        only_noted=found.get(None, 0),
        total=sum(found.values()),
    )


@router.get(".csv", response_class=CsvResponse)
def marks_csv(
    settings: SettingsDep, session: SessionDep, row: DatasetDep, query: Annotated[MarksQuery, Query()]
) -> Response:
    """Download marks: `index,split,name,label,mark,suggested_label,note,by,at`; it can be uploaded again."""
    found = marks.everything(session, row.id, query.marked(row))
    body = csv_bytes(table(found, results.load(settings, session, row.id)))
    return CsvResponse(body, headers=_headers(row, "csv"))


@router.get(".parquet", response_class=ParquetResponse)
def marks_parquet(
    settings: SettingsDep, session: SessionDep, row: DatasetDep, query: Annotated[MarksQuery, Query()]
) -> Response:
    """Download the same as Parquet."""
    found = marks.everything(session, row.id, query.marked(row))
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(table(found, results.load(settings, session, row.id)), buffer)
    return ParquetResponse(buffer.getvalue(), headers=_headers(row, "parquet"))


def _headers(row: DatasetRow, suffix: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="memoscope-{row.id}-marks.{suffix}"'}


@router.get("/{picture}")
def list_mark_history(
    settings: SettingsDep, session: SessionDep, row: DatasetDep, picture: Index
) -> MarkPage:
    """Return all that was ever said about a picture, the last first."""
    dataset = results.load(settings, session, row.id)
    _check_picture(picture, dataset, row)
    found = marks.history(session, row.id, picture)
    return MarkPage(items=[mark_out(row.id, dataset, each) for each in found], total=len(found))


def _check_picture(picture: int, dataset: Dataset, row: DatasetRow) -> None:
    if picture >= len(dataset.names):
        raise NotFoundError(f"{row.title} has no picture {picture}; the last is {len(dataset.names) - 1}.")


@router.post("")
def set_marks(settings: SettingsDep, dataset: DatasetDep, body: MarksIn) -> ChangeOut:
    """Say things about pictures at once; the same said again changes nothing.

    A mark other than wrong_label takes the suggested label away.
    """
    with transaction(settings.database) as session:
        datasets.lock(session, dataset.id)
        data = results.load(settings, session, dataset.id)
        known = marks.of(session, dataset.id, {item.picture for item in body.items})
        words, said = Words(data.classes), {}
        for place, item in enumerate(body.items):
            said[item.picture] = Saying(_state(place, item, known.get(item.picture), data, words), body.by)
        change = marks.write(session, dataset.id, said)
        return _changed(session, dataset, data, change, list(said))


def _state(place: int, item: MarkIn, known: MarkChange | None, data: Dataset, words: Words) -> State:
    """Return the state that an item leaves; InvalidError points at the item that cannot be."""
    try:
        if item.picture >= len(data.names):
            last = len(data.names) - 1
            raise ValueError(f"picture: there is no picture {item.picture}; the last is {last}")
        return words.state(**_whole(item, known, data))
    except ValueError as error:
        field, _, detail = str(error).partition(": ")
        pointer = f"/items/{place}/{field}"
        raise InvalidError(f"items {place}, {error}.", (FieldError(pointer, detail),)) from None


def _whole(item: MarkIn, known: MarkChange | None, data: Dataset) -> dict[str, Any]:
    """Return what an item says, with what it leaves out as it stands."""
    given = item.model_dump(exclude_unset=True, exclude={"picture"})
    own = data.classes[data.labels[item.picture]]
    if known is None:
        return {"mark": None, **given, "label": item.label or own}
    before = mark_out("", data, known)
    label = item.label or (own if "mark" in given else before.label)
    mark = given.get("mark", before.mark)
    stays = mark is Mark.WRONG_LABEL and label == before.label
    suggested = before.suggested_label if stays else None
    return {"note": before.note, "suggested_label": suggested, **given, "mark": mark, "label": label}


@router.post("/undo")
def undo_marks(settings: SettingsDep, dataset: DatasetDep, body: UndoIn) -> ChangeOut:
    """Say again what was said before a change, while nothing else has been said since."""
    with transaction(settings.database) as session:
        data = results.load(settings, session, dataset.id)
        change, pictures = marks.undo(session, dataset.id, body.change, body.by)
        return _changed(session, dataset, data, change, pictures)


@router.post("/file", openapi_extra=FILE_BODY)
async def upload_marks(
    request: Request, settings: SettingsDep, dataset: DatasetDep, query: Annotated[FileQuery, Query()]
) -> ChangeOut:
    """Upload marks: a csv or Parquet file with a column `mark`, as it is downloaded.

    Rows find their pictures by a column of names or an index. Pictures that it leaves out keep their marks.
    """
    async with received(request, settings, MAX_COLUMN_BYTES) as path:
        return await anyio.to_thread.run_sync(_take, settings, dataset, path, query)


def _take(settings: Settings, row: DatasetRow, path: Path, query: FileQuery) -> ChangeOut:
    with reading(settings.database) as session:
        _, fingerprint = datasets.get_ready(session, row.id)
    data = store.load(fingerprint, settings)
    read = read_marks(path, data, query.order, query.by)
    with transaction(settings.database) as session:
        datasets.lock(session, row.id)
        change = marks.write(session, row.id, read.said)
        return _changed(session, row, data, change, list(read.said)).model_copy(update={"note": read.note})


def _changed(
    session: Session, row: DatasetRow, data: Dataset, change: str | None, pictures: list[int]
) -> ChangeOut:
    known = marks.of(session, row.id, pictures)
    return ChangeOut(
        change=change,
        items=[mark_out(row.id, data, known[picture]) for picture in pictures if picture in known],
        changed=sum(each.change == change for each in known.values()),
    )
