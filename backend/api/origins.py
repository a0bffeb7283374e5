"""What a request may call this server, and which pages may ask it for changes.

A browser sends requests wherever a page of any site tells it to. A name that some other site has pointed at
this machine (DNS rebinding) would make that site's pages Memoscope's own, and pages of another port of this
machine come with the cookies of this one; neither may read or change anything.
"""

import ipaddress
from urllib.parse import urlsplit

from fastapi import Request
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.api.behind_proxy import inner_path
from backend.api.problems import problem
from backend.core.settings import Settings, is_loopback

OPEN_PATHS = ("/healthz", "/readyz")  # asked by whatever watches the process, under names of its own
_READING = {"GET", "HEAD", "OPTIONS"}


def public_base(request: Request) -> str:
    """Return the address that links to this server begin with, ending with `/`."""
    settings: Settings = request.app.state.settings
    return f"{settings.public_url}{request.base_url.path}" if settings.public_url else str(request.base_url)


class OwnOrigin:
    """ASGI middleware that answers under the server's own names only, and changes nothing for other sites."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._names = settings.own_names
        self._public_url = settings.public_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on if it calls this server by its name and no other site is behind it."""
        if scope["type"] == "http" and inner_path(scope) not in OPEN_PATHS:
            headers = Headers(scope=scope)
            if not self._own_host(headers.getlist("host"), scope):
                await self._refuse_host(scope, receive, send)
                return
            if scope["method"] not in _READING and not self._own_page(headers):
                detail = (
                    "Changes can only be asked for from Memoscope's own pages. Behind a proxy, set "
                    "MEMOSCOPE_PUBLIC_URL to the address that people open."
                )
                await problem(Request(scope), 403, "Forbidden", detail)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _own_host(self, hosts: list[str], scope: Scope) -> bool:
        if len(hosts) != 1 or (name := _name(hosts[0])) is None:
            return False
        came_to = (scope.get("server") or ("",))[0]  # the address of the connection, which no page can choose
        return is_loopback(name) or name == came_to or name in self._names

    async def _refuse_host(self, scope: Scope, receive: Receive, send: Send) -> None:
        detail = (
            "This server does not go by that name. If it should, set MEMOSCOPE_ALLOWED_HOSTS to the names "
            "that people use for it, or MEMOSCOPE_PUBLIC_URL to the address that they open."
        )
        await problem(Request(_anonymous(scope)), 400, "Unknown host", detail)(scope, receive, send)

    def _own_page(self, headers: Headers) -> bool:
        """Whether no page asks, as with the command line, or one of this server's own."""
        origin = headers.get("origin")
        if origin is None:
            return headers.get("sec-fetch-site", "none") in {"none", "same-origin"}
        if self._public_url and origin.lower() == self._public_url:
            return True
        scheme, _, place = origin.lower().partition("://")
        return scheme in {"http", "https"} and place == headers["host"].lower()


def _name(host: str) -> str | None:
    """Return the name or address in a Host header, lower case and without port; None if it is none."""
    try:
        parts = urlsplit(f"//{host}")
        name, _ = parts.hostname, parts.port
    except ValueError:
        return None
    if name is None or parts.netloc != host or parts.username is not None:
        return None
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        return name.removesuffix(".")


def _anonymous(scope: Scope) -> Scope:
    """Return the scope without headers: the answer to a foreign name must not repeat it."""
    return {**scope, "headers": []}
