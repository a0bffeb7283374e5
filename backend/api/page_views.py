"""Views of an experiment's page as its address holds them: checked before they are shared or kept."""

from typing import Annotated, Literal, get_origin
from urllib.parse import parse_qsl

from fastapi import APIRouter, status
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails
from sqlalchemy.orm import Session

from backend.api.deps import SessionDep, SettingsDep
from backend.api.views import ViewQuery
from backend.core.errors import FieldError, InvalidError
from backend.core.queries import views
from backend.core.session import transaction

MAX_VIEW = 32_000  # characters; two keys of a thousand numbers each fit

router = APIRouter(prefix="/api/views", tags=["views"])

Query = Annotated[
    str,
    Field(
        max_length=MAX_VIEW,
        pattern=r"^[\x21-\x7e]*$",
        description="a page's query string, with or without `?`",
        examples=["?tab=explore&label=3"],
    ),
]


class PageView(ViewQuery):
    """Everything that the address of an experiment's page may hold: the view and where it is shown."""

    tab: Literal["overview", "explore", "trajectories", "published", "curves", "log"] = "overview"
    published: str | None = Field(None, min_length=1, max_length=100)


class StoredViewIn(BaseModel):
    """A view to keep."""

    model_config = ConfigDict(extra="forbid")

    view: Query


class StoredViewOut(BaseModel):
    """A view under the short name that stands in addresses as `?v=`."""

    id: str
    view: str


@router.post("", status_code=status.HTTP_201_CREATED)
def store_view(settings: SettingsDep, body: StoredViewIn) -> StoredViewOut:
    """Keep a view that is too long for an address; equal views get the same name."""
    with transaction(settings.database) as session:
        stored = views.store(session, checked(session, body.view))
        return StoredViewOut(id=stored.id, view=stored.query)


@router.get("/{view_id}")
def get_view(session: SessionDep, view_id: str) -> StoredViewOut:
    """Return the view that a short name stands for."""
    stored = views.get(session, view_id)
    return StoredViewOut(id=stored.id, view=stored.query)


def checked(session: Session, view: str) -> str:
    """Return the query string without `?`, `v=` written out; InvalidError says what is no view in it."""
    query = view.removeprefix("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    if [name for name, _ in pairs] == ["v"]:
        return views.get(session, pairs[0][1]).query
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    try:
        PageView.model_validate({name: _value(name, given) for name, given in values.items()})
    except ValidationError as error:
        fields = tuple(FieldError("/view", _reason(entry)) for entry in error.errors(include_url=False))
        detail = "; ".join(dict.fromkeys(field.detail for field in fields))
        raise InvalidError(f"view: {detail}", fields) from None
    return query


def _value(name: str, given: list[str]) -> list[str] | str:
    """A repeated key holds alternatives where the view has a list; elsewhere the list is what is wrong."""
    field = PageView.model_fields.get(name)
    several = len(given) > 1 or (field is not None and get_origin(field.annotation) is list)
    return given if several else given[0]


def _reason(entry: ErrorDetails) -> str:
    name = str(entry["loc"][0])[:40]
    if entry["type"] == "extra_forbidden":
        return f"{name!r} is no part of a view; those are {', '.join(PageView.model_fields)}."
    if isinstance(entry["input"], list) and len(entry["loc"]) == 1 and entry["type"] != "too_long":
        return f"{name} can be given only once."
    return f"{name}: {entry['msg']}."
