"""Views of an experiment's page as its address holds them: checked before they are shared or kept."""

from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import APIRouter, status
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails
from sqlalchemy.orm import Session

from backend.api.deps import SessionDep, SettingsDep
from backend.api.field_words import in_words
from backend.api.study_views import given, page_view_of
from backend.core.errors import FieldError, InvalidError
from backend.core.queries import views
from backend.core.session import transaction
from backend.studies import STUDIES

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


def checked(session: Session, view: str, study: str | None = None) -> str:
    """Return the query string without `?`, `v=` written out; InvalidError says what is no view in it.

    Without a study, the view must be one of any study's experiments.
    """
    query = view.removeprefix("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    if [name for name, _ in pairs] == ["v"]:
        return views.get(session, pairs[0][1]).query
    known = [STUDIES[study]] if study in STUDIES else list(STUDIES.values())
    refused = [problems for one in known if (problems := _problems(page_view_of(one), pairs))]
    if len(refused) < len(known):
        return query
    nearest = min(refused, key=len)
    detail = "; ".join(dict.fromkeys(nearest))
    raise InvalidError(f"view: {detail}", tuple(FieldError("/view", each) for each in nearest))


def _problems(model: type[BaseModel], pairs: list[tuple[str, str]]) -> list[str]:
    """Return what of a query is no view of this kind."""
    try:
        model.model_validate(given(model, pairs))
    except ValidationError as error:
        return [_reason(model, entry) for entry in error.errors(include_url=False)]
    return []


def _reason(model: type[BaseModel], entry: ErrorDetails) -> str:
    name = str(entry["loc"][0])[:40]
    if entry["type"] == "extra_forbidden":
        return f"{name!r} is no part of a view; those are {', '.join(model.model_fields)}."
    if isinstance(entry["input"], list) and len(entry["loc"]) == 1 and entry["type"] != "too_long":
        return f"{name} can be given only once."
    return f"{name}: {in_words(entry)}."
