"""The pages: one HTML document for all of them, and the files it loads; nothing comes from elsewhere."""

from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qs

import plotly
from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from sqlalchemy.orm import Session
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.api import link_previews
from backend.api.access import signed_in
from backend.api.behind_proxy import addressed, inner_path
from backend.api.deps import EXPERIMENT_ID, MAX_INDEX, ExperimentDep, SessionDep, SettingsDep
from backend.api.drawings import unless_known
from backend.api.origins import public_base
from backend.api.shared_access import PREFIX
from backend.core.errors import MemoscopeError
from backend.core.models import Experiment
from backend.core.provenance import ROOT
from backend.core.queries import experiments, shares

FRONTEND = ROOT / "frontend"
PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",  # plotly.js sets styles on its elements
        "img-src 'self' data: blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)

_SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
# Whoever learns the address of a share may open it.
_SHARED_HEADERS = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}

_NOT_KEPT = {"Cache-Control": "no-cache"}
_TITLE = "<title>Memoscope</title>"  # where a page may tell other programs what it is about

plotly_router = APIRouter(include_in_schema=False)
router = APIRouter(include_in_schema=False)


class SecurityHeaders:
    """ASGI middleware that tells browsers what pages may do and who may see them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and add to the headers of its answer."""
        shared = scope["type"] == "http" and inner_path(scope).startswith(PREFIX)

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_SECURITY_HEADERS | (_SHARED_HEADERS if shared else {}))
            await send(message)

        await self._app(scope, receive, secured)


class Revalidated(StaticFiles):
    """Static files that a browser keeps, but asks about each time: an upgrade shows at once."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Serve a file with `no-cache`, which means: revalidate by ETag."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


@plotly_router.get("/static/plotly.min.js")
def plotly_js() -> FileResponse:
    """Serve the plotly.js that belongs to the installed plotly.py."""
    return FileResponse(PLOTLY, media_type="text/javascript", headers={"Cache-Control": "max-age=86400"})


@router.get("/")
@router.get("/studies/{study}")
@router.get("/new/{study}")
@router.get("/experiments/{experiment_id}/examples/{index}")
@router.get("/datasets")
@router.get("/datasets/{dataset_id}")
@router.get("/queue")
@router.get("/report")
@router.get("/storage")
@router.get("/compare")
@router.get("/glossary")
def page() -> HTMLResponse:
    """Serve the document; it reads from its URL what to show."""
    return _document()


@router.get("/experiments/{experiment_id}")
def experiment_page(request: Request, session: SessionDep, experiment_id: str) -> Response:
    """Serve the document, with a description for programs that show what a link is about."""
    experiment = session.get(Experiment, experiment_id) if EXPERIMENT_ID.fullmatch(experiment_id) else None
    if experiment is None:
        return _document()  # it says so
    return _described(session, experiment, f"{public_base(request)}experiments/{experiment.id}")


@router.get("/experiments/{experiment_id}/preview.png")
def experiment_picture(
    request: Request,
    settings: SettingsDep,
    session: SessionDep,
    experiment: ExperimentDep,
    size: Annotated[int | None, Query(ge=0, le=MAX_INDEX)] = None,
) -> Response:
    """Draw the histogram that stands beside a link to an experiment."""
    return _picture(request, link_previews.picture(settings, session, experiment, size))


@router.get("/s/{token}")
@router.get("/s/{token}/examples/{index}")
def shared_page(request: Request, session: SessionDep, token: str) -> Response:
    """Serve the document of a share, described; 410 or 404 if there is nothing behind it any more."""
    try:
        share = shares.get(session, token)
    except MemoscopeError as error:
        return _document(error.status)
    experiment = experiments.get(session, share.experiment_id)
    return _described(session, experiment, f"{public_base(request)}s/{token}")


@router.get("/s/{token}/preview.png")
def shared_picture(request: Request, settings: SettingsDep, session: SessionDep, token: str) -> Response:
    """Draw the histogram that stands beside a share, at the size that it shows."""
    share = shares.get(session, token)
    size = parse_qs(share.view).get("size", [""])[0]
    experiment = experiments.get(session, share.experiment_id)
    return _picture(
        request, link_previews.picture(settings, session, experiment, int(size) if size else None)
    )


def _described(session: Session, experiment: Experiment, url: str) -> HTMLResponse:
    return _document(head=link_previews.describe(session, experiment, url).tags())


def _document(status: int = 200, head: str = _TITLE) -> HTMLResponse:
    document = addressed((FRONTEND / "index.html").read_text(encoding="utf-8"))
    if signed_in():
        document = document.replace("<html ", "<html data-signed-in ", 1)
    return HTMLResponse(document.replace(_TITLE, head, 1), status, headers=_NOT_KEPT)


def _picture(request: Request, picture: link_previews.Picture) -> Response:
    def drawn() -> Response:
        return Response(picture.draw(), media_type="image/png")

    return unless_known(request, picture.etag, drawn, "private, no-cache")


@router.get("/{path:path}")
def unknown_page(request: Request, path: str) -> HTMLResponse:
    """Serve the document with status 404, so that it can say so kindly; the API answers a problem."""
    if path.startswith("api/") or "text/html" not in request.headers.get("accept", ""):
        raise HTTPException(404, f"There is nothing at /{path[:100]}; see /openapi.json for what there is.")
    return _document(404)
