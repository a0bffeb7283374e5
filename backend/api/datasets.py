"""Data sets and their pictures: lossless, never recolored, cached for ever."""

import io
from typing import Annotated

import numpy as np
import numpy.typing as npt
from fastapi import APIRouter, Path, Query, Response
from PIL import Image

from backend.api import results
from backend.api.deps import MAX_INDEX, DatasetDep, SessionDep, SettingsDep
from backend.api.schemas import DatasetOut, Page
from backend.core.errors import FieldError, InvalidError, NotFoundError
from backend.core.queries import experiments

router = APIRouter(prefix="/api/datasets", tags=["datasets"])

Index = Annotated[int, Path(ge=0, le=MAX_INDEX)]


class PngResponse(Response):
    """A picture in the data set's own pixels."""

    media_type = "image/png"


def _png(pixels: npt.NDArray[np.uint8]) -> PngResponse:
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, "png")
    return PngResponse(buffer.getvalue(), headers={"Cache-Control": "public, max-age=31536000, immutable"})


@router.get("")
def list_datasets(session: SessionDep) -> Page[DatasetOut]:
    """List the data sets that experiments can use."""
    return Page(items=[DatasetOut.model_validate(row) for row in experiments.datasets(session)])


@router.get("/{dataset_id}")
def get_dataset(dataset: DatasetDep) -> DatasetOut:
    """Return one data set."""
    return DatasetOut.model_validate(dataset)


@router.get("/{dataset_id}/images/{index}.png", response_class=PngResponse)
def get_image(settings: SettingsDep, row: DatasetDep, index: Index) -> Response:
    """Return one picture, training examples first."""
    images = results.load(settings, row).images
    if index >= len(images):
        raise NotFoundError(f"{row.id} has {len(images)} images, 0 to {len(images) - 1}.")
    return _png(images[index])


@router.get("/{dataset_id}/sprite.png", response_class=PngResponse)
def get_sprite(
    settings: SettingsDep,
    row: DatasetDep,
    indices: Annotated[list[Annotated[int, Query(ge=0, le=MAX_INDEX)]], Query(min_length=1, max_length=200)],
) -> Response:
    """Return pictures side by side in the order asked for, so that a gallery needs one request."""
    images = results.load(settings, row).images
    beyond = [index for index in indices if index >= len(images)]
    if beyond:
        detail = f"{row.id} has no image {beyond[0]}; the last is {len(images) - 1}."
        raise InvalidError(detail, (FieldError("/query/indices", detail),))
    return _png(np.concatenate(images[indices], axis=1))
