"""What the API says of marks."""

from datetime import datetime

from pydantic import BaseModel, Field

from backend.api.behind_proxy import address
from backend.api.schemas import Page
from backend.core.contracts import Mark
from backend.core.models import MarkChange
from backend.datasets.base import Dataset


class MarkOut(BaseModel):
    """What is said about a picture, and who said it when; labels are names of classes."""

    picture: int = Field(description="its place in the data set")
    name: str
    image: str
    mark: Mark | None = Field(description="null of one that has a note alone, or nothing any more")
    label: str = Field(description="the label that was judged")
    own_label: str = Field(description="the data set's own, which experiments may have changed")
    suggested_label: str | None
    note: str
    by: str = Field(description='"" where nobody gave a name')
    at: datetime


class MarkPage(Page[MarkOut]):
    """A page of marks; `total` counts all that the filters leave."""

    total: int


class MarkCountsOut(BaseModel):
    """How many pictures have each mark."""

    marks: dict[Mark, int]
    only_noted: int = Field(description="pictures with a note and no mark")
    total: int


class ChangeOut(BaseModel):
    """What stands about the pictures that a request was about."""

    change: str | None = Field(description="what `/marks/undo` takes back; null where nothing was new")
    changed: int = Field(description="pictures of which something new was said")
    items: list[MarkOut]
    note: str = Field("", description="how a file was read")


def mark_out(dataset_id: str, dataset: Dataset, row: MarkChange) -> MarkOut:
    """Present a mark."""
    suggested = row.suggested_label
    return MarkOut(
        picture=row.picture,
        name=dataset.names[row.picture],
        image=address(f"/api/datasets/{dataset_id}/images/{row.picture}.png"),
        mark=row.mark,
        label=dataset.classes[row.label],
        own_label=dataset.classes[dataset.labels[row.picture]],
        suggested_label=None if suggested is None else dataset.classes[suggested],
        note=row.note,
        by=row.by,
        at=row.created_at,
    )
