"""Data sets and what is in them; pictures are lossless, never recolored, cached for ever."""

from functools import lru_cache
from typing import Annotated, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from backend.api import cursors, results
from backend.api.deps import MAX_INDEX, DatasetDep, SessionDep, SettingsDep
from backend.api.exports import CsvResponse, csv_bytes
from backend.api.pictures import PngResponse, png_response
from backend.api.presenting import dataset_out, datasets_out
from backend.api.schemas import (
    CountsOut,
    DatasetOut,
    IdenticalGroupOut,
    IdenticalOut,
    LabeledOut,
    LabelsOut,
    NoiseOut,
    Page,
    SampleOut,
    SampleRowOut,
    UsageOut,
)
from backend.core.errors import FieldError, InvalidError, NotFoundError
from backend.core.queries import datasets
from backend.core.settings import Settings
from backend.datasets import sprites, store
from backend.datasets.examples import Examples
from backend.datasets.identical import Identical, find_identical
from backend.datasets.loading import try_examples
from backend.datasets.options import DataOptions
from backend.datasets.ranks import rank_in_class
from backend.statistics.seeds import Purpose, generator

CHANGED_SHOWN = 24
GROUPS_SHOWN = 20
IDENTICAL_SHOWN = 12  # pictures of a group

router = APIRouter(prefix="/api/datasets", tags=["datasets"])

Index = Annotated[int, Path(ge=0, le=MAX_INDEX)]


class SampleQuery(BaseModel):
    """Which images to show."""

    model_config = ConfigDict(extra="forbid")

    part: Literal["train", "test"] = "train"
    per_class: int = Field(8, ge=1, le=50)
    seed: int = Field(0, ge=0, le=2**32 - 1, description="another seed, another sample")
    label: list[Annotated[int, Field(ge=0, le=MAX_INDEX)]] = Field([], max_length=1000)


class OptionsQuery(DataOptions):
    """An experiment's data options, for the data set of the path."""

    dataset: Literal[""] = ""

    def on(self, dataset_id: str) -> DataOptions:
        """Return the options with that data set."""
        own = self.model_dump(include=set(DataOptions.model_fields) - {"dataset"})
        return DataOptions(**own, dataset=dataset_id)


class LabelsQuery(OptionsQuery):
    """Data options, and how many training images to show under them."""

    count: int = Field(10, ge=1, le=50)


class PixelsQuery(OptionsQuery):
    """Data options, and which images of the data set to show under them."""

    indices: list[Annotated[int, Field(ge=0, le=MAX_INDEX)]] = Field(min_length=1, max_length=50)


@router.get("")
def list_datasets(settings: SettingsDep, session: SessionDep) -> Page[DatasetOut]:
    """List the data sets that experiments can use."""
    return Page(items=datasets_out(session, datasets.everything(session), settings.datasets_dir))


@router.get("/{dataset_id}")
def get_dataset(settings: SettingsDep, session: SessionDep, dataset: DatasetDep) -> DatasetOut:
    """Return one data set."""
    return dataset_out(session, dataset, settings.datasets_dir)


@router.get("/{dataset_id}/examples.csv", response_class=CsvResponse)
def get_examples(settings: SettingsDep, session: SessionDep, row: DatasetDep) -> Response:
    """Download which picture has which index: `index,split,name,label`, in the data set's own order."""
    found = results.load(settings, session, row.id)
    count = len(found.labels)
    columns = {
        "index": np.arange(count),
        "split": np.where(np.arange(count) < found.n_train, "train", "test"),
        "name": np.array(found.names),
        "label": np.array(found.classes)[found.labels],
    }
    headers = {"Content-Disposition": f'attachment; filename="memoscope-{row.id}-examples.csv"'}
    return CsvResponse(csv_bytes(pa.table(columns)), headers=headers)


@router.get("/{dataset_id}/counts")
def get_counts(settings: SettingsDep, session: SessionDep, row: DatasetDep) -> CountsOut:
    """Count the images of each class."""
    found = results.load(settings, session, row.id)
    parts = (found.labels[: found.n_train], found.labels[found.n_train :])
    train, test = (np.bincount(part, minlength=len(found.classes)).tolist() for part in parts)
    return CountsOut(classes=list(found.classes), train=train, test=test)


@router.get("/{dataset_id}/identical")
def get_identical(settings: SettingsDep, session: SessionDep, row: DatasetDep) -> IdenticalOut:
    """Find the pictures that are the same as another one, pixel by pixel."""
    _, fingerprint = datasets.get_ready(session, row.id)
    dataset = results.load(settings, session, row.id)
    found = _identical(fingerprint, settings)
    return IdenticalOut(
        pictures=found.pictures,
        groups=len(found.groups),
        across_classes=sum(group.classes for group in found.groups),
        across_parts=sum(group.parts for group in found.groups),
        shown=[
            IdenticalGroupOut(
                indices=group.indices[:IDENTICAL_SHOWN].tolist(),
                count=len(group.indices),
                classes=[dataset.classes[label] for label in np.unique(dataset.labels[group.indices])],
                parts=[
                    part
                    for part, trains in (("train", True), ("test", False))
                    if ((group.indices < dataset.n_train) == trains).any()
                ],
            )
            for group in found.groups[:GROUPS_SHOWN]
        ],
        warning=found.warning(),
    )


@lru_cache(maxsize=8)
def _identical(fingerprint: str, settings: Settings) -> Identical:
    return find_identical(store.load(fingerprint, settings))


@router.get("/{dataset_id}/sample")
def get_sample(
    settings: SettingsDep, session: SessionDep, row: DatasetDep, query: Annotated[SampleQuery, Query()]
) -> SampleOut:
    """Draw some images of each class, or of the classes asked for."""
    found = results.load(settings, session, row.id)
    first, stop = (0, found.n_train) if query.part == "train" else (found.n_train, len(found.labels))
    order = first + generator(query.seed, Purpose.SUBSAMPLE).permutation(stop - first)
    labels = found.labels[order].astype(np.uint16)  # which sort in linear time
    by_class = order[np.argsort(labels, kind="stable")]
    starts = [0, *np.cumsum(np.bincount(labels, minlength=len(found.classes))).tolist()]
    return SampleOut(
        rows=[
            SampleRowOut(
                label=label,
                name=name,
                indices=by_class[starts[label] : starts[label + 1]][: query.per_class].tolist(),
            )
            for label, name in enumerate(found.classes)
            if not query.label or label in query.label
        ]
    )


@router.get("/{dataset_id}/noise")
def get_noise(
    settings: SettingsDep, session: SessionDep, row: DatasetDep, query: Annotated[OptionsQuery, Query()]
) -> NoiseOut:
    """Show what data options do to the training labels."""
    datasets.get_ready(session, row.id)
    examples = try_examples(settings, session, query.on(row.id))
    n, classes = examples.n_train, len(examples.classes)
    cells = examples.labels[:n] * classes + examples.given
    changed = np.flatnonzero(examples.flipped)
    drawn = np.sort(generator(query.data_seed, Purpose.SUBSAMPLE).permutation(changed)[:CHANGED_SHOWN])
    return NoiseOut(
        classes=list(examples.classes),
        matrix=np.bincount(cells, minlength=classes**2).reshape(classes, classes).tolist(),
        n=n,
        changed=len(changed),
        examples=_labeled(examples, drawn),
    )


@router.get("/{dataset_id}/labels")
def get_labels(
    settings: SettingsDep, session: SessionDep, row: DatasetDep, query: Annotated[LabelsQuery, Query()]
) -> LabelsOut:
    """Show the labels that data options give some training images: the same ones whatever the noise."""
    datasets.get_ready(session, row.id)
    examples = try_examples(settings, session, query.on(row.id))
    true = examples.labels[: examples.n_train]
    shown = np.lexsort((true, rank_in_class(true)))[: query.count]
    return LabelsOut(classes=list(examples.classes), examples=_labeled(examples, shown))


def _labeled(examples: Examples, shown: npt.NDArray[np.int64]) -> list[LabeledOut]:
    columns = (examples.source[shown], examples.labels[shown], examples.given[shown])
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [LabeledOut(index=index, true=true, given=given) for index, true, given in rows]


@router.get("/{dataset_id}/pixels.png", response_class=PngResponse)
def get_pixels(
    settings: SettingsDep, session: SessionDep, row: DatasetDep, query: Annotated[PixelsQuery, Query()]
) -> Response:
    """Return what models see of some pictures under data options, side by side as in a sprite."""
    datasets.get_ready(session, row.id)
    examples = try_examples(settings, session, query.on(row.id))
    places = np.array(query.indices)
    found = np.minimum(np.searchsorted(examples.source, places), len(examples.source) - 1)
    absent = places[examples.source[found] != places]
    if len(absent) > 0:
        detail = f"{row.title} has no image {absent[0]} among those that these options take."
        raise InvalidError(detail, (FieldError("/query/indices", detail),))
    seen = np.stack([examples.seen(int(index)) for index in found])
    return png_response(sprites.strip(seen, range(len(seen))))


@router.get("/{dataset_id}/usage")
def get_usage(
    session: SessionDep,
    row: DatasetDep,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    after: Annotated[str | None, Query(max_length=200)] = None,
) -> Page[UsageOut]:
    """List the experiments on this data set, newest first."""
    rows = datasets.usage(session, row.id, limit + 1, cursors.decode(after))
    more = rows[limit - 1] if len(rows) > limit else None
    items = [UsageOut.model_validate(experiment) for experiment in rows[:limit]]
    return Page(items=items, next=more and cursors.encode(more))


@router.get("/{dataset_id}/images/{index}.png", response_class=PngResponse)
def get_image(settings: SettingsDep, session: SessionDep, row: DatasetDep, index: Index) -> Response:
    """Return one picture, training examples first."""
    images = results.load(settings, session, row.id).images
    if index >= len(images):
        raise NotFoundError(f"{row.title} has {len(images)} images, 0 to {len(images) - 1}.")
    return png_response(images[index])


@router.get("/{dataset_id}/sprite.png", response_class=PngResponse)
def get_sprite(
    settings: SettingsDep,
    session: SessionDep,
    row: DatasetDep,
    indices: Annotated[list[Annotated[int, Query(ge=0, le=MAX_INDEX)]], Query(min_length=1, max_length=200)],
) -> Response:
    """Return pictures side by side in the order asked for, so that a gallery needs one request.

    Those of more than 128 pixels a side are scaled down by a whole factor.
    """
    images = results.load(settings, session, row.id).images
    _check_indices(row.id, indices, len(images))
    return png_response(sprites.strip(images, indices), compress_level=1)


def _check_indices(dataset_id: str, indices: list[int], count: int) -> None:
    beyond = [index for index in indices if index >= count]
    if beyond:
        detail = f"{dataset_id} has no image {beyond[0]}; the last is {count - 1}."
        raise InvalidError(detail, (FieldError("/query/indices", detail),))
