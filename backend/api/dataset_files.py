"""Data sets come and go: uploads, downloads, label files, deletion."""

import re
import secrets
from pathlib import Path
from typing import Annotated, Literal

import anyio.to_thread
import numpy as np
from fastapi import APIRouter, Query, Request, Response, status
from pydantic import Field

from backend.api.behind_proxy import address
from backend.api.deps import DatasetDep, SettingsDep
from backend.api.presenting import dataset_out
from backend.api.schemas import DatasetOut, LabelSetOut
from backend.api.uploads import FILE_BODY, MAX_COLUMN_BYTES, ColumnPath, RowsQuery, received
from backend.core.contracts import DatasetSource, DatasetState, RowOrder
from backend.core.errors import ConflictError
from backend.core.models import DatasetRow, LabelSet
from backend.core.printable import HIDING, printable
from backend.core.queries import datasets
from backend.core.queue import posting
from backend.core.session import reading
from backend.core.settings import Settings
from backend.datasets import columns, store
from backend.datasets.door import Brought, brought
from backend.datasets.label_files import Wishes, read_labels
from backend.datasets.reading import reading_of
from backend.datasets.retention import remove_dataset
from backend.datasets.treatment import Choices
from backend.datasets.upload import examine

router = APIRouter(prefix="/api/datasets", tags=["datasets"])


class LabelsQuery(RowsQuery):
    """The name of a label file, and how it is meant."""

    class_order: Literal["ours", "text"] | None = Field(
        None, description="in which order indices count the classes; as `order` says if absent"
    )
    partial: Literal["keep"] | None = Field(
        None, description="`keep`: training images that the file leaves out keep their own labels"
    )
    confirm: bool = Field(False, description="take labels although most of them are not the data set's own")

    def wishes(self) -> Wishes:
        """Return what was said, for the reader."""
        return Wishes(
            self.column,
            self.order,
            None if self.class_order is None else RowOrder(self.class_order),
            partial=self.partial is not None,
            confirmed=self.confirm,
        )


class UploadQuery(Choices):
    """How an upload is called, split and read."""

    title: str | None = Field(None, min_length=1, max_length=200, pattern=rf"^[^{HIDING}]+$")
    filename: str = Field("", max_length=300)
    test_fraction: float = Field(0.2, ge=0.05, le=0.5)
    seed: int = Field(0, ge=0, le=2**32 - 1)

    def choices(self) -> Choices:
        """Return what was chosen about the pictures."""
        return Choices(**self.model_dump(include=set(Choices.model_fields)))


@router.post("", status_code=status.HTTP_202_ACCEPTED, openapi_extra=FILE_BODY)
async def upload_dataset(
    request: Request,
    settings: SettingsDep,
    response: Response,
    query: Annotated[UploadQuery, Query()],
) -> DatasetOut:
    """Upload pictures or arrays in a form that is read; what is wrong is said at once, then it is decoded."""
    async with received(request, settings) as path:
        answer = await anyio.to_thread.run_sync(_take, settings, path, query)
    response.headers["Location"] = address(f"/api/datasets/{answer.id}")
    return answer


def _title_of(filename: str) -> str:
    return printable(Path(filename).stem)[:200].strip() or "Upload"


def _take(settings: Settings, path: Path, query: UploadQuery) -> DatasetOut:
    with brought(path, query.filename, query.choices()) as found:
        return _take_archive(settings, found, query)


def _take_archive(settings: Settings, found: Brought, query: UploadQuery) -> DatasetOut:
    title, choices = query.title or _title_of(query.filename), query.choices()
    contents = examine(found.path, query.test_fraction, query.seed, choices)
    reading = reading_of(contents, query.test_fraction, query.seed, choices, found.notes)
    row = DatasetRow(
        id=_new_id(title),
        title=title,
        n_train=contents.n_train,
        n_test=len(contents.labels) - contents.n_train,
        height=contents.shape[1],
        width=contents.shape[2],
        channels=contents.shape[3] if len(contents.shape) == 4 else 1,
        classes=list(contents.classes),
        source=DatasetSource.UPLOAD,
        state=DatasetState.ABSENT,
        upload=reading.model_dump(mode="json"),
    )
    try:
        store.take_upload(found.path, row.id, settings)
        with posting(settings) as session:
            session.add(row)
            session.flush()
            datasets.request(session, row)
            return dataset_out(session, row, settings.datasets_dir)
    except Exception:
        store.drop_upload(row.id, settings)
        raise


def _new_id(title: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40].strip("-")
    return f"{slug or 'upload'}-{secrets.token_hex(3)}"


@router.post("/{dataset_id}/download", status_code=status.HTTP_202_ACCEPTED)
def download_dataset(settings: SettingsDep, dataset: DatasetDep) -> DatasetOut:
    """Get a data set that is not there, or try again; nothing happens to one that is there or on its way."""
    with posting(settings) as session:
        row = datasets.lock(session, dataset.id)
        datasets.request(session, row)
        return dataset_out(session, row, settings.datasets_dir)


@router.delete("/{dataset_id}", status_code=status.HTTP_204_NO_CONTENT)
def delete_dataset(settings: SettingsDep, dataset: DatasetDep) -> None:
    """Delete an upload or import that no experiment uses; deleted experiments on it go for good."""
    if dataset.source in {DatasetSource.BUILTIN, DatasetSource.TORCHVISION}:
        raise ConflictError(f"{dataset.title!r} came with Memoscope; only uploads can be deleted.")
    remove_dataset(settings, dataset.id)


@router.post("/{dataset_id}/labels", status_code=status.HTTP_201_CREATED, openapi_extra=FILE_BODY)
async def upload_labels(
    request: Request,
    settings: SettingsDep,
    dataset: DatasetDep,
    query: Annotated[LabelsQuery, Query()],
) -> LabelSetOut:
    """Upload labels to train on: npy, npz (`labels`) or csv (column `label`).

    Rows find their images by a column of names or an index, else by position where that has one meaning. What
    has to be chosen first is told in the problem's `choice`.
    """
    async with received(request, settings, MAX_COLUMN_BYTES) as path:
        return await anyio.to_thread.run_sync(_take_labels, settings, dataset.id, path, query)


def _take_labels(settings: Settings, dataset_id: str, path: Path, query: LabelsQuery) -> LabelSetOut:
    with reading(settings.database) as session:
        _, fingerprint = datasets.get_ready(session, dataset_id)
        columns.check_free(session, LabelSet, dataset_id, query.name)
    dataset = store.load(fingerprint, settings)
    read = read_labels(path, dataset, query.wishes())
    label_set = LabelSet(
        dataset_id=dataset_id,
        name=query.name,
        fingerprint=columns.fingerprint(read.values),
        differ=int(np.count_nonzero(read.values != dataset.labels[: dataset.n_train])),
        alignment=read.alignment,
        row_order=read.order,
        order_verified=read.verified,
        note=read.note,
    )
    with posting(settings) as session:
        columns.keep(session, settings, label_set, read.values)
        return LabelSetOut.model_validate(label_set)


@router.delete("/{dataset_id}/labels/{name}", status_code=status.HTTP_204_NO_CONTENT)
def delete_labels(settings: SettingsDep, dataset: DatasetDep, name: ColumnPath) -> None:
    """Delete a label file that no experiment uses."""
    with posting(settings) as session:
        columns.drop(session, settings, [datasets.remove_label_set(session, dataset.id, name)])
