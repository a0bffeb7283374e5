"""A line for every change: who, what and when; administrators may read them."""

import json
import logging
from datetime import datetime
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.api.behind_proxy import inner_path
from backend.api.deps import SessionDep
from backend.api.redaction import redacted
from backend.api.rights import is_change
from backend.api.schemas import Page
from backend.core.people import AuditLine
from backend.core.queries import access
from backend.core.session import transaction
from backend.core.settings import Settings

_NAMES = ("id", "change", "experiment_id", "name")  # by which an answer calls what was made; never a token

router = APIRouter(prefix="/api/audit", tags=["access"])
logger = logging.getLogger(__name__)


class AuditOut(BaseModel):
    """One change; `made` is the id of what it has made, where the answer named one."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    at: datetime
    who: str
    action: str
    path: str
    made: str
    client: str
    request: str


@router.get("")
def list_audit(
    session: SessionDep,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    after: Annotated[int | None, Query(ge=1, le=2**53, description="`next` of the page before")] = None,
    who: Annotated[str | None, Query(max_length=100, description="only changes of this person")] = None,
) -> Page[AuditOut]:
    """List changes, the newest first."""
    rows = access.audit(session, limit + 1, after, who)
    more = str(rows[limit - 1].id) if len(rows) > limit else None
    return Page(items=[AuditOut.model_validate(row) for row in rows[:limit]], next=more)


def line(scope: Scope, who: str, action: str, made: str = "") -> AuditLine:
    """Return the line about a request."""
    return AuditLine(
        who=who,
        action=action,
        path=redacted(f"{scope['method']} {inner_path(scope)}"),
        made=made[:200],
        client=(scope.get("client") or ("",))[0],
        request=scope.get("request_id", ""),
    )


class Audited:
    """ASGI middleware that writes a line for each change before its answer goes out."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and note it where it has changed something."""
        person = scope.get("person")
        if scope["type"] != "http" or person is None or not is_change(scope):
            await self._app(scope, receive, send)
            return
        start: Message | None = None

        async def noted(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and message["status"] < 400:
                start = message  # the answer's body says what was made
                return
            if start is not None:
                route = scope.get("route")
                action = route.name if route is not None else scope["method"]
                about = line(scope, person.name, action, _made(message.get("body", b"")))
                await anyio.to_thread.run_sync(self._write, about)
                await send(start)
                start = None
            await send(message)

        await self._app(scope, receive, noted)

    def _write(self, about: AuditLine) -> None:
        try:
            with transaction(self._settings.database) as session:
                session.add(about)
        except SQLAlchemyError as error:  # what was asked for is done; it cannot be taken back
            logger.error("no line was written about %s of %s", about.action, about.who, exc_info=error)


def _made(body: bytes) -> str:
    try:
        told: Any = json.loads(body)
    except ValueError:
        return ""
    found = (told.get(name) for name in _NAMES) if isinstance(told, dict) else ()
    return next((str(value) for value in found if value), "")
