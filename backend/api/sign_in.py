"""The page that asks for a token, and signing in and out: a token becomes a random cookie that ends."""

from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response, status
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from backend.api.access import ANYBODY, COOKIE, Known, own_token, too_soon
from backend.api.audit import line
from backend.api.behind_proxy import address, addressed
from backend.api.deps import SettingsDep
from backend.api.guesses import Guesses
from backend.core.contracts import Right
from backend.core.queries import access
from backend.core.session import transaction
from backend.core.settings import Settings

router = APIRouter()


class PersonOut(BaseModel):
    """Who asks, and what they may."""

    name: str
    right: Right


@router.get("/api/me", tags=["access"])
def get_me(request: Request) -> PersonOut:
    """Return whose token this is, and what it may: read, mark, submit or administer."""
    person = request.scope.get("person", ANYBODY)
    return PersonOut(name=person.name, right=person.right)


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


@router.get("/login", response_class=HTMLResponse, include_in_schema=False)
def login_page() -> str:
    """Ask for the token."""
    return _login("")


@router.post("/login", include_in_schema=False)
async def login(request: Request, settings: SettingsDep) -> Response:
    """Check the token and remember the browser; the token never stands in a URL."""
    form = parse_qs((await request.body()).decode(errors="replace"))
    return await run_in_threadpool(_sign_in, request, settings, form.get("token", [""])[0])


def _sign_in(request: Request, settings: Settings, token: str) -> Response:
    home = address("/")
    target = request.query_params.get("next", home)
    local = target.startswith(home) and not target.startswith(("//", "/\\"))
    answer = RedirectResponse(target if local else home, status.HTTP_303_SEE_OTHER)
    if settings.access_token is None:
        return answer
    guesses: Guesses = request.app.state.guesses
    client = request.client.host if request.client else ""
    if wait := guesses.wait_s(client):
        return too_soon(request, wait)
    with transaction(settings.database) as session:
        found = access.sign_in(session, token, own_token(settings))
        if found is not None:
            session.add(line(request.scope, found[0].name, "sign_in"))
    if found is None:
        guesses.wrong(client)
        return HTMLResponse(_login("That is not the token."), status.HTTP_401_UNAUTHORIZED)
    guesses.right(client)
    answer.set_cookie(
        COOKIE,
        found[1],
        max_age=int(access.LONGEST_S),
        path=home,
        httponly=True,
        samesite="strict",
        secure=_is_https(request, settings),
    )
    return answer


def _is_https(request: Request, settings: Settings) -> bool:
    if settings.public_url is not None:
        return settings.public_url.startswith("https:")
    return request.url.scheme == "https"  # of the connection, or as a trusted proxy tells it


@router.post("/logout", include_in_schema=False)
def logout(request: Request, settings: SettingsDep) -> Response:
    """Forget the browser, here and in its cookie."""
    cookie = request.cookies.get(COOKIE, "")
    known: Known = request.app.state.known
    known.forget(cookie)
    with transaction(settings.database) as session:
        access.sign_out(session, cookie)
        person = request.scope.get("person", ANYBODY)
        session.add(line(request.scope, person.name, "sign_out"))
    answer = RedirectResponse(address("/login"), status.HTTP_303_SEE_OTHER)
    answer.delete_cookie(COOKIE, path=address("/"))
    return answer
