"""Gives each request a name, which its lines in the log and its answer carry; sees that it is answered."""

import logging
import re
import secrets
import time

from fastapi.routing import APIRoute
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.api.behind_proxy import inner_path
from backend.api.metrics import Requests
from backend.api.problems import fault
from backend.core.logs import about

HEADER = "X-Request-ID"
_GIVEN = re.compile(r"[A-Za-z0-9._-]{1,64}")
_EXPERIMENT = re.compile(r"/experiments/([0-9a-f]{12})(?:/|$)")

access = logging.getLogger("backend.api.access_log")


class Traced:
    """ASGI middleware; a name that a proxy has given is kept, and a fault is answered as a problem."""

    def __init__(self, app: ASGIApp, requests: Requests, access_log: bool) -> None:
        self._app = app
        self._requests = requests
        self._access_log = access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on under its name."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        name = given if _GIVEN.fullmatch(given) else secrets.token_hex(8)
        path = inner_path(scope)
        subject = _EXPERIMENT.search(path)
        began, status = time.monotonic(), 0
        inside = {**scope, "request_id": name}

        async def named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._requests.observe(scope["method"], _pattern(inside), status, time.monotonic() - began)
                message = {**message, "headers": list(message["headers"])}  # others may get the same answer
                MutableHeaders(scope=message)[HEADER] = name
            await send(message)

        with about(name, subject and subject[1]):
            try:
                await self._app(inside, receive, named)
            except Exception as error:
                if status:  # what has begun cannot become another answer
                    raise
                await fault(Request(scope), error)(scope, receive, named)
            finally:
                if self._access_log:
                    client = (scope.get("client") or ("-",))[0]
                    took = 1000 * (time.monotonic() - began)
                    access.info("%s %s %s %d %.0f ms", client, scope["method"], path, status, took)


def _pattern(scope: Scope) -> str:
    """Return the pattern of the route that answers; what has none is a file, a link's or refused before."""
    route = scope.get("route")
    if isinstance(route, APIRoute):
        return route.path
    folder = inner_path(scope).split("/")[1]
    return f"/{folder}/..." if folder in {"static", "s"} else "none"
