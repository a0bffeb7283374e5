"""Shares: make, list and revoke links that open one view of one experiment."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Self

from fastapi import APIRouter, Query, Request, status
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from backend.api import page_views
from backend.api.deps import EXPERIMENT_ID, SessionDep, SettingsDep
from backend.api.origins import public_base
from backend.api.schemas import Page
from backend.core import clock
from backend.core.errors import FieldError, InvalidError
from backend.core.models import Share
from backend.core.queries import experiments, shares
from backend.core.session import transaction

MAX_DAYS = 3650

router = APIRouter(prefix="/api/shares", tags=["shares"])

_ID = f"^{EXPERIMENT_ID.pattern}$"


class ShareIn(BaseModel):
    """What to share and for how long; without `days` and `expires_at`, until the link is revoked."""

    model_config = ConfigDict(extra="forbid")

    experiment_id: str = Field(pattern=_ID)
    view: page_views.Query = ""
    days: int | None = Field(default=None, ge=1, le=MAX_DAYS)
    expires_at: AwareDatetime | None = None

    @model_validator(mode="after")
    def _ends_once(self) -> Self:
        if self.days is not None and self.expires_at is not None:
            raise ValueError("Give days or expires_at, not both.")
        return self

    def end(self, now: datetime) -> datetime | None:
        """Return when a link made now ends, in UTC; InvalidError if `expires_at` is no such time."""
        if self.days is not None:
            return now + timedelta(days=self.days)
        if self.expires_at is None:
            return None
        if not now < self.expires_at < now + timedelta(days=MAX_DAYS):
            problem = f"expires_at must lie in the future, within {MAX_DAYS} days."
            raise InvalidError(problem, (FieldError("/expires_at", problem),))
        return self.expires_at.astimezone(UTC)


class ShareOut(BaseModel):
    """A link that opens; `view` is the query string of the page that it shows."""

    token: str
    url: str
    experiment_id: str
    view: str
    created_at: datetime
    expires_at: datetime | None


@router.post("", status_code=status.HTTP_201_CREATED)
def create_share(request: Request, settings: SettingsDep, body: ShareIn) -> ShareOut:
    """Make a link that opens this view of this experiment without a login, and nothing else."""
    with transaction(settings.database) as session:
        study = experiments.get(session, body.experiment_id).study
        view = page_views.checked(session, body.view, study)
        end = body.end(clock.now(session))
        return _share_out(request, shares.create(session, body.experiment_id, view, end))


@router.get("")
def list_shares(
    request: Request, session: SessionDep, experiment_id: Annotated[str, Query(pattern=_ID)]
) -> Page[ShareOut]:
    """List the links to an experiment that open, newest first."""
    experiments.get(session, experiment_id)
    return Page(items=[_share_out(request, share) for share in shares.live(session, experiment_id)])


@router.get("/{token}")
def get_share(request: Request, session: SessionDep, token: str) -> ShareOut:
    """Return what a link opens; 410 once it has ended."""
    return _share_out(request, shares.get(session, token))


@router.delete("/{token}", status_code=status.HTTP_204_NO_CONTENT)
def revoke_share(settings: SettingsDep, token: str) -> None:
    """End a link now."""
    with transaction(settings.database) as session:
        shares.revoke(session, token)


def _share_out(request: Request, share: Share) -> ShareOut:
    return ShareOut(
        token=share.token,
        url=f"{public_base(request)}s/{share.token}",
        experiment_id=share.experiment_id,
        view=share.view,
        created_at=share.created_at,
        expires_at=share.expires_at,
    )
