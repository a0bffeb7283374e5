"""Who asks, and whether they may: a token in a header, or a cookie of a browser that has shown one."""

import time
from collections import OrderedDict
from contextvars import ContextVar
from math import ceil
from urllib.parse import quote

import anyio
import anyio.to_thread
from fastapi import Request, Response, status
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.api.behind_proxy import address, inner_path
from backend.api.guesses import Guesses
from backend.api.paths import asked_path
from backend.api.problems import problem
from backend.api.rights import needed
from backend.api.shared_access import PREFIX
from backend.core.contracts import Right
from backend.core.errors import UnauthorizedError
from backend.core.queries import access
from backend.core.queries.access import Person
from backend.core.session import reading, transaction
from backend.core.settings import Settings

COOKIE = "memoscope_session"
OPEN_PATHS = ("/healthz", "/readyz", "/metrics", "/openapi.json", "/login")
OPEN_FOLDERS = ("/static/", PREFIX)  # what lies behind a share, SharedAccess decides
ANYBODY = Person("anybody here", Right.ADMINISTER)  # where no token is set, and nobody else gets in
TRUSTED_S = 2.0  # that a revoked token may still open
KEPT = 1000
AT_ONCE = 4

_signed_in: ContextVar[bool] = ContextVar("signed_in", default=False)


def signed_in() -> bool:
    """Whether the present request comes from a browser that may sign out."""
    return _signed_in.get()


class Known:
    """Who is behind a credential, asked of the database no more often than every two seconds."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._found: OrderedDict[tuple[str, str], tuple[Person, float]] = OrderedDict()
        self._limiter = anyio.CapacityLimiter(AT_ONCE)

    def before(self, kind: str, secret: str) -> bool:
        """Whether a credential has ever been right: it is no guess then."""
        return (kind, access.digest(secret)) in self._found

    async def who(self, kind: str, secret: str) -> Person | None:
        """Return who has a token or a cookie."""
        key = kind, access.digest(secret)
        person, at = self._found.get(key, (None, 0.0))
        if person is not None and time.monotonic() - at < TRUSTED_S:
            return person
        look = self._of_cookie if kind == "cookie" else self._of_token
        found = await anyio.to_thread.run_sync(look, secret, limiter=self._limiter)
        self._found.pop(key, None)
        if found is not None:
            if len(self._found) >= KEPT:
                self._found.popitem(last=False)
            self._found[key] = found, time.monotonic()
        return found

    def forget(self, secret: str) -> None:
        """Ask the database the next time."""
        self._found.pop(("cookie", access.digest(secret)), None)

    def _of_token(self, secret: str) -> Person | None:
        with reading(self._settings.database) as session:
            return access.of_token(session, secret, own_token(self._settings))

    def _of_cookie(self, secret: str) -> Person | None:
        with reading(self._settings.database) as session:
            found = access.of_cookie(session, secret, own_token(self._settings))
        if found is None:
            return None
        person, due = found
        if due:
            with transaction(self._settings.database) as session:
                access.note_use(session, secret)
        return person


def own_token(settings: Settings) -> str:
    """Return the administrator's token, which is set where anybody is asked for one."""
    return settings.access_token.get_secret_value() if settings.access_token else ""


class TokenRequired:
    """ASGI middleware that lets through who may, if a token is set; a few paths are open to everybody."""

    def __init__(self, app: ASGIApp, settings: Settings, known: Known, guesses: Guesses) -> None:
        self._app = app
        self._guarded = settings.access_token is not None
        self._known = known
        self._guesses = guesses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with the person who asks, if it may."""
        if scope["type"] != "http" or _open(inner_path(scope)):
            await self._app(scope, receive, send)
            return
        answer: Response | None = None
        if not self._guarded:
            scope["person"] = ANYBODY
        else:
            answer = await self._refusal(Request(scope))
        if answer is None:
            await self._app(scope, receive, send)
        else:
            await answer(scope, receive, send)

    async def _refusal(self, request: Request) -> Response | None:
        """Return why a request may not pass; None where it may, and who it is stands in its scope."""
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        bearer = bearer.strip() if scheme.lower() == "bearer" else ""
        client = request.client.host if request.client else ""
        person: Person | None = None
        if bearer:
            wait = 0 if self._known.before("token", bearer) else self._guesses.wait_s(client)
            if wait:
                return too_soon(request, wait)
            person = await self._known.who("token", bearer)
            self._guesses.right(client) if person else self._guesses.wrong(client)
        elif cookie := request.cookies.get(COOKIE):
            person = await self._known.who("cookie", cookie)
            _signed_in.set(person is not None)
        if person is None:
            return _ask(request)
        takes = needed(request.scope)
        if not person.right.covers(takes):
            detail = f"The token {person.name!r} may {person.right}; this takes one that may {takes}."
            return problem(request, status.HTTP_403_FORBIDDEN, "Not allowed", detail)
        request.scope["person"] = person
        return None


def too_soon(request: Request, wait_s: float) -> Response:
    """Answer whoever has been wrong too often."""
    detail = f"Too many wrong tokens came from this address; the next is looked at in {ceil(wait_s)} s."
    answer = problem(request, status.HTTP_429_TOO_MANY_REQUESTS, "Too many wrong tokens", detail)
    answer.headers["Retry-After"] = str(ceil(wait_s))
    return answer


def _open(path: str) -> bool:
    return path in OPEN_PATHS or path.startswith(OPEN_FOLDERS)


def _ask(request: Request) -> Response:
    if request.method == "GET" and not inner_path(request.scope).startswith("/api/"):
        path, query = asked_path(request.scope), request.url.query
        target = f"{path}?{query}" if query else path
        return RedirectResponse(address(f"/login?next={quote(target)}"), status.HTTP_303_SEE_OTHER)
    detail = "Send the access token as `Authorization: Bearer ...`, or open /login in a browser."
    return problem(request, UnauthorizedError.status, UnauthorizedError.title, detail)
