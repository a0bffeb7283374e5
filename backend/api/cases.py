"""Cases: what happened to single examples, as rows of pictures with captions."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from backend.api import results
from backend.api.deps import MAX_INDEX, ExperimentDep, SessionDep, SettingsDep
from backend.api.opened import opened
from backend.api.presenting import picture_fields
from backend.api.schemas import CaseOut, CasePage, CasePictureOut
from backend.core.errors import FieldError, InvalidError, NotFoundError
from backend.datasets.examples import Examples
from backend.studies.kit.cases import Case, Picture

router = APIRouter(prefix="/api/experiments/{experiment_id}", tags=["cases"])


class CasesQuery(BaseModel):
    """Which cases: of a kind, so many from one on."""

    model_config = ConfigDict(extra="forbid")

    kind: str = Field(max_length=40, description="a key among the kinds of the study's cases")
    after: int = Field(0, ge=0, le=MAX_INDEX, description="`next` of the page before")
    limit: int = Field(6, ge=1, le=200)


@router.get("/cases")
def list_cases(
    settings: SettingsDep,
    session: SessionDep,
    experiment: ExperimentDep,
    query: Annotated[CasesQuery, Query()],
) -> CasePage:
    """Return cases of a kind, a page at a time; none before there are results."""
    cases = opened(experiment)[0].cases
    if cases is None:
        raise NotFoundError("This study tells of no single examples.")
    if query.kind not in cases.kinds:
        detail = f"must be one of {', '.join(cases.kinds)}"
        raise InvalidError(f"kind: {detail}.", (FieldError("/query/kind", detail),))
    found = cases.of(results.found_of(settings, session, experiment), query.kind)
    stop = query.after + query.limit
    examples = results.examples_of(settings, session, experiment)
    return CasePage(
        items=[_case_out(case, examples) for case in found[query.after : stop]],
        next=str(stop) if stop < len(found) else None,
        total=len(found),
    )


def _case_out(case: Case, examples: Examples) -> CaseOut:
    others = [_picture_out(other, examples) for other in case.others]
    return CaseOut(about=_picture_out(case.about, examples), others=others)


def _picture_out(picture: Picture, examples: Examples) -> CasePictureOut:
    return CasePictureOut(
        name=examples.name(picture.example),
        lines=list(picture.lines),
        **picture_fields(examples, picture.example),
    )
