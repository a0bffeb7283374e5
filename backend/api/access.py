"""Who may ask: the access token where one is set; and no oversized bodies."""

import asyncio
import hashlib
import hmac
import re
from collections.abc import Sequence
from urllib.parse import parse_qs, quote

from fastapi import APIRouter, Request, Response, status
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import SecretStr
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.api.behind_proxy import address, addressed, inner_path
from backend.api.deps import SettingsDep
from backend.api.problems import problem
from backend.api.shared_access import PREFIX
from backend.core.errors import UnauthorizedError
from backend.core.settings import Settings

MAX_BODY = 1_000_000  # bytes; the largest legitimate form is a few kilobytes
BODY_S = 30
COOKIE = "memoscope_session"
OPEN_PATHS = ("/healthz", "/readyz", "/metrics", "/openapi.json", "/login")
OPEN_FOLDERS = ("/static/", PREFIX)  # what lies behind a share, SharedAccess decides

router = APIRouter(include_in_schema=False)


class WholeBody:
    """ASGI middleware that waits for the body before a request takes anybody's time, and refuses large ones.

    `uploads` are the paths where a body is a file: it is streamed to disk, within a bound of its own.
    """

    def __init__(self, app: ASGIApp, uploads: Sequence[re.Pattern[str]]) -> None:
        self._app = app
        self._uploads = uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its body, while that stays small and comes soon."""
        if scope["type"] != "http" or scope["method"] == "GET" or self._is_upload(scope):
            await self._app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(BODY_S):
                body = await _body(scope, receive)
        except TimeoutError:
            detail = f"The body did not arrive within {BODY_S} s."
            await problem(Request(scope), 408, "Request Timeout", detail)(scope, receive, send)
            return
        if body is None:
            detail = f"The body is larger than {MAX_BODY:,} bytes, which no request here needs."
            await problem(Request(scope), 413, "Content Too Large", detail)(scope, receive, send)
            return
        pending = [body]

        async def received() -> Message:
            return pending.pop() if pending else await receive()

        await self._app(scope, received, send)

    def _is_upload(self, scope: Scope) -> bool:
        return scope["method"] == "POST" and any(path.match(inner_path(scope)) for path in self._uploads)


async def _body(scope: Scope, receive: Receive) -> Message | None:
    """Return the body as one message, what ends it if the client goes; None if it is too large."""
    announced = Headers(scope=scope).get("content-length", "0")
    if announced.isdecimal() and int(announced[:20]) > MAX_BODY:
        return None
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return message
        body.extend(message.get("body", b""))
        if len(body) > MAX_BODY:
            return None
        if not message.get("more_body", False):
            return {"type": "http.request", "body": bytes(body), "more_body": False}


class TokenRequired:
    """ASGI middleware that asks for the access token, if one is set, before anything but a few open paths."""

    def __init__(self, app: ASGIApp, token: SecretStr | None) -> None:
        self._app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on if it may."""
        if scope["type"] != "http" or self._token is None or _open(inner_path(scope)):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        if _allowed(request, self._token):
            await self._app(scope, receive, send)
        else:
            await _ask(request)(scope, receive, send)


def _open(path: str) -> bool:
    return path in OPEN_PATHS or path.startswith(OPEN_FOLDERS)


def _ask(request: Request) -> Response:
    if request.method == "GET" and not inner_path(request.scope).startswith("/api/"):
        path, query = request.url.path, request.url.query
        target = f"{path}?{query}" if query else path
        return RedirectResponse(address(f"/login?next={quote(target)}"), status.HTTP_303_SEE_OTHER)
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


def _login(message: str) -> str:
    return addressed(_LOGIN.format(message=message))


def _is_https(settings: Settings) -> bool:
    return settings.public_url is not None and settings.public_url.startswith("https:")


@router.get("/login", response_class=HTMLResponse)
def login_page() -> str:
    """Ask for the token."""
    return _login("")


@router.post("/login")
async def login(request: Request, settings: SettingsDep) -> Response:
    """Check the token and remember the browser; the token never stands in a URL."""
    form = parse_qs((await request.body()).decode(errors="replace"))
    token = settings.access_token
    if token is not None and not _same(form.get("token", [""])[0], token.get_secret_value()):
        return HTMLResponse(_login("That is not the token."), status.HTTP_401_UNAUTHORIZED)
    home = address("/")
    target = request.query_params.get("next", home)
    local = target.startswith(home) and not target.startswith(("//", "/\\"))
    answer = RedirectResponse(target if local else home, status.HTTP_303_SEE_OTHER)
    if token is not None:
        answer.set_cookie(
            COOKIE,
            _session_value(token),
            path=home,
            httponly=True,
            samesite="strict",
            secure=_is_https(settings),
        )
    return answer
