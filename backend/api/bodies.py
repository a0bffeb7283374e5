"""No oversized bodies, and none that never end."""

import asyncio
import re
from collections.abc import Sequence

from fastapi import Request
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.api.behind_proxy import inner_path
from backend.api.problems import problem

MAX_BODY = 1_000_000  # bytes; the largest legitimate form is a few kilobytes
BODY_S = 30


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
