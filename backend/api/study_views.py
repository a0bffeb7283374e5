"""Query strings that belong to models which are known only once a study is."""

from collections.abc import Iterable
from functools import cache
from typing import Any, Literal, get_origin

from pydantic import BaseModel, ConfigDict, Field, create_model

from backend.api.views import Index, ViewQuery
from backend.studies import STUDIES
from backend.studies.kit.study import Study

Density = Literal["picture", "score", "full"]
Tab = Literal["overview", "explore", "review", "trajectories", "influence", "published", "curves", "log"]
Pick = Literal["spaced", "influence"]
PeersBy = Literal["influence", "pixels"]


class PlainView(BaseModel):
    """What is shown of an experiment without scores: only what its figures let readers change."""

    model_config = ConfigDict(extra="forbid")


def given(model: type[BaseModel], pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return the values of a query for a model: a repeated key holds alternatives where that has a list.

    Elsewhere a key given twice becomes a list, which the model refuses.
    """
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return {name: _value(model, name, found) for name, found in values.items()}


def _value(model: type[BaseModel], name: str, found: list[str]) -> Any:
    field = model.model_fields.get(name)
    several = field is not None and get_origin(field.annotation) in {list, tuple}
    return found if several or len(found) > 1 else found[0]


def view_of(study: Study[Any, Any]) -> type[BaseModel]:
    """Return the model of a query to a figure: the view, and the controls of all figures of the study.

    A page sends all of its view to each of its figures.
    """
    return _view_of(study.name)


@cache
def _view_of(name: str) -> type[BaseModel]:
    study = STUDIES[name]
    base = PlainView if study.scores is None else ViewQuery
    more: dict[str, Any] = {
        control: field for control, field in study.controls().items() if control not in base.model_fields
    }
    return create_model("View", __base__=base, **more)


def page_view_of(study: Study[Any, Any]) -> type[BaseModel]:
    """Return the model of everything that the address of an experiment's page may hold."""
    return _page_view_of(study.name)


@cache
def _page_view_of(name: str) -> type[BaseModel]:
    more: dict[str, Any] = {
        "tab": (Tab, "overview"),
        "matrix": (bool, Field(False, description="labels against held-out answers, below the histogram")),
        "tile": (int, Field(96, ge=48, le=256, description="width of the pictures on cards, in pixels")),
        "density": (Density, "score"),
        "open": (Index | None, Field(None, description="the example shown beside the gallery")),
        "comparison": (str | None, Field(None, pattern=r"^\?[\x21-\x7e]{1,2000}$")),
        "published": (str | None, Field(None, min_length=1, max_length=100)),
        "pick": (Pick, "spaced"),
        "peers": (PeersBy, "influence"),
        "near": (bool, False),
        "present": (
            str | None,
            Field(None, pattern=r"^[a-z][a-z0-9_]{0,63}$", description="the figure that is shown alone"),
        ),
    }
    return create_model("PageView", __base__=_view_of(name), **more)
