"""Where requests come to: the path of a site under which Memoscope stands, and what proxies tell of it."""

import re
from contextvars import ContextVar

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from backend.api.problems import problem
from backend.core.root_path import parse_root
from backend.core.settings import Settings

_PREFIX = "X-Forwarded-Prefix"
_ADDRESS = re.compile(r'(?<=[ \n])(href|src|data-root)="/')

_root: ContextVar[str] = ContextVar("root", default="")


def address(path: str) -> str:
    """Return where whoever sent the present request finds a path of Memoscope's, such as `/api/datasets`."""
    return _root.get() + path


def addressed(document: str) -> str:
    """Return an HTML document whose elements find what they refer to."""
    return _ADDRESS.sub(lambda found: f'{found[1]}="{address("/")}', document)


def inner_path(scope: Scope) -> str:
    """Return the path of a request without what it stands under."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def mounted(scope: Scope, root: str) -> Scope:
    """Return a request as seen under a root path, which addresses in its answer then begin with."""
    _root.set(root)
    return {**scope, "root_path": root}


class BehindProxy:
    """ASGI middleware that finds the root path of a request, whether or not a proxy has taken it away.

    What trusted proxies forward goes before the setting; client and scheme, too, are those that they tell.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = ProxyHeadersMiddleware(app, trusted_hosts=settings.trusted_proxies)  # type: ignore[arg-type]
        self._root = settings.root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on under its root path."""
        if scope["type"] == "http":
            try:
                root = self._root_of(scope)
            except ValueError as error:
                detail = f"The header {_PREFIX} is no path of a site: {error}."
                await problem(Request(scope), 400, "Bad Request", detail)(scope, receive, send)
                return
            path: str = scope["path"]
            if path == root:
                query = scope["query_string"].decode("latin-1")
                await RedirectResponse(f"{root}/{query and '?'}{query}")(scope, receive, send)
                return
            inner = path.removeprefix(root) if path.startswith(f"{root}/") else path
            scope = mounted({**scope, "path": root + inner}, root)
        await self._app(scope, receive, send)  # type: ignore[arg-type]

    def _root_of(self, scope: Scope) -> str:
        """Return the root path; of proxies in a row, each adds what it has taken away, outermost first."""
        told = Headers(scope=scope).getlist(_PREFIX)
        peer = (scope.get("client") or ("",))[0]
        if not told or peer not in self._app.trusted_hosts:
            return self._root
        return "".join(parse_root(path) for line in told for path in line.split(","))
