"""Who may ask: the access token where one is set, no requests from other sites, no oversized bodies."""

import hashlib
import hmac
import re
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import parse_qs, quote

from fastapi import APIRouter, Request, Response, status
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import SecretStr
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.api.deps import SettingsDep
from backend.api.problems import problem
from backend.api.shared_access import PREFIX
from backend.core.errors import UnauthorizedError

MAX_BODY = 1_000_000  # bytes; the largest legitimate form is a few kilobytes
COOKIE = "memoscope_session"
OPEN_PATHS = ("/healthz", "/readyz", "/metrics", "/openapi.json", "/login")
OPEN_FOLDERS = ("/static/", PREFIX)  # what lies behind a share, SharedAccess decides

router = APIRouter(include_in_schema=False)

Next = Callable[[Request], Awaitable[Response]]


class BodyLimit:
    """ASGI middleware that refuses bodies above `MAX_BODY`, announced or not.

    `uploads` are the paths where a body is a file: it is streamed to disk, within a bound of its own.
    """

    def __init__(self, app: ASGIApp, uploads: Sequence[re.Pattern[str]]) -> None:
        self._app = app
        self._uploads = uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on while its body stays small."""
        if scope["type"] != "http" or self._is_upload(scope):
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "0")
        detail = f"The body is larger than {MAX_BODY:,} bytes, which no request here needs."
        if announced.isdigit() and int(announced) > MAX_BODY:
            request = Request(scope)
            await problem(request, 413, "Content Too Large", detail)(scope, receive, send)
            return
        received = 0

        async def limited() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > MAX_BODY:
                raise HTTPException(413, detail)  # the one exception that body parsing lets through
            return message

        await self._app(scope, limited, send)

    def _is_upload(self, scope: Scope) -> bool:
        return scope["method"] == "POST" and any(path.match(scope["path"]) for path in self._uploads)


async def same_site(request: Request, call_next: Next) -> Response:
    """Refuse changes that a page of another site asks for in the reader's name."""
    changes = request.method not in {"GET", "HEAD", "OPTIONS"}
    if changes and request.headers.get("sec-fetch-site") == "cross-site":
        return problem(request, 403, "Forbidden", "Changes can only be asked for from Memoscope's own pages.")
    return await call_next(request)


async def token_required(request: Request, call_next: Next) -> Response:
    """Ask for the access token, if one is set, before anything but health checks and the login page."""
    token: SecretStr | None = request.app.state.settings.access_token
    path = request.url.path
    if token is None or path in OPEN_PATHS or path.startswith(OPEN_FOLDERS) or _allowed(request, token):
        return await call_next(request)
    if request.method == "GET" and not path.startswith("/api/"):
        target = path if not request.url.query else f"{path}?{request.url.query}"
        return RedirectResponse(f"/login?next={quote(target)}", status.HTTP_303_SEE_OTHER)
    detail = "Send the access token as `Authorization: Bearer ...`, or open /login in a browser."
    return problem(request, UnauthorizedError.status, UnauthorizedError.title, detail)


def _session_value(token: SecretStr) -> str:
    """The cookie proves knowledge of the token without carrying it."""
    return hmac.new(token.get_secret_value().encode(), b"memoscope session", hashlib.sha256).hexdigest()


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


def _allowed(request: Request, token: SecretStr) -> bool:
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and _same(bearer.strip(), token.get_secret_value()):
        return True
    return _same(request.cookies.get(COOKIE, ""), _session_value(token))


_LOGIN = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in - Memoscope</title>
<link rel="icon" href="/static/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/static/css/tokens.css">
<link rel="stylesheet" href="/static/css/base.css">
<link rel="stylesheet" href="/static/css/controls.css">
<script src="/static/js/theme-boot.js"></script>
<main>
<form method="post" class="page page-narrow field">
<h1>Memoscope</h1>
<label for="token" class="field-label">Access token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<p role="alert" class="field-error">{message}</p>
<p><button class="button button-primary">Sign in</button></p>
</form>
</main>
</html>
"""


@router.get("/login", response_class=HTMLResponse)
def login_page() -> str:
    """Ask for the token."""
    return _LOGIN.format(message="")


@router.post("/login")
async def login(request: Request, settings: SettingsDep) -> Response:
    """Check the token and remember the browser; the token never stands in a URL."""
    form = parse_qs((await request.body()).decode(errors="replace"))
    token = settings.access_token
    if token is not None and not _same(form.get("token", [""])[0], token.get_secret_value()):
        return HTMLResponse(_LOGIN.format(message="That is not the token."), status.HTTP_401_UNAUTHORIZED)
    target = request.query_params.get("next", "/")
    local = target.startswith("/") and not target.startswith(("//", "/\\"))
    answer = RedirectResponse(target if local else "/", status.HTTP_303_SEE_OTHER)
    if token is not None:
        answer.set_cookie(COOKIE, _session_value(token), httponly=True, samesite="strict")
    return answer
