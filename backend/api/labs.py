"""Laboratories: figures and claims at one position of the sliders, computed while one waits."""

import json
from functools import lru_cache
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from backend.api.drawings import etag, unless_known
from backend.api.experiments import find_study
from backend.api.problems import invalid_query
from backend.api.schemas import ClaimOut, LabOut
from backend.api.study_views import given
from backend.core.errors import NotFoundError
from backend.studies.kit.labs import Lab

router = APIRouter(prefix="/api/studies/{name}/labs", tags=["studies"])


class LabResponse(Response):
    """A `LabOut`; its figures are put in as plotly.py wrote them."""

    media_type = "application/json"


@router.get(
    "/{lab}",
    response_class=LabResponse,
    responses={200: {"model": LabOut}, 304: {"description": "Unchanged"}},
)
def get_lab(request: Request, name: str, lab: str) -> Response:
    """Compute a laboratory's figures and claims; the query has its parameters, defaults for the others."""
    found = _lab(name, lab)
    values = given(found.params, request.query_params.multi_items())
    try:
        params = found.params.model_validate(values)
    except ValidationError as error:
        raise invalid_query(error, list(found.params.model_fields)) from None
    asked = params.model_dump_json()
    return unless_known(request, etag(name, lab, asked), lambda: LabResponse(_drawn(name, lab, asked)))


def _lab(name: str, lab: str) -> Lab:
    labs = {found.name: found for found in find_study(name).labs}
    if lab not in labs:
        known = f"laboratories are: {', '.join(labs)}" if labs else "it has none"
        raise NotFoundError(f"The study {name} has no laboratory {lab[:40]!r}; {known}.")
    return labs[lab]


@lru_cache(maxsize=64)  # some hundreds of kilobytes each
def _drawn(name: str, lab: str, params: str) -> str:
    made = _lab(name, lab)
    found = made.found(made.params.model_validate_json(params))
    figures = [
        _joined(
            {
                "name": figure.name,
                "title": figure.title,
                "description": figure.description,
                "section": figure.section,
            },
            figure=figure.drawn(found).to_json(),
        )
        for figure in made.figures
        if figure.of(found.params)
    ]
    claims = [ClaimOut.model_validate(claim).model_dump(mode="json") for claim in made.claims(found)]
    head = {"study": name, "lab": lab, "params": json.loads(params), "claims": claims}
    return _joined(head, figures=f"[{','.join(figures)}]")


def _joined(head: dict[str, Any], **more: str) -> str:
    """Return an object as JSON, with further members that are JSON already."""
    members = [f"{json.dumps(key)}:{value}" for key, value in more.items()]
    return json.dumps(head)[:-1] + "," + ",".join(members) + "}"
