"""Lets requests in: few at work at once, fairly, and equal questions answered together.

A crowd may wait, but it can neither take all threads and connections nor hold up the event loop; what is more
than can be served soon is told to come again.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.api.behind_proxy import inner_path
from backend.api.lanes import BusyError, Client, Lane
from backend.api.problems import problem
from backend.api.shared_access import split

READS, DOWNLOADS, CHANGES, UPLOADS = 3, 2, 8, 16  # at work at once; together fewer than connections
WAITING = 1000  # requests of a lane that may wait
STREAMS, STREAMS_OF_GUEST = 2000, 300  # open at once: in all, and through one link from one address
OPENINGS = 10  # streams that begin at once: a crowd that comes back must not hold up the event loop
RETRY_AFTER_S = 1

Patterns = Sequence[re.Pattern[str]]


@dataclass(frozen=True)
class Answer:
    """A whole response, ready to be sent to any number of clients."""

    start: Message
    body: bytes
    route: Any  # that has answered

    async def send(self, send: Send) -> None:
        """Send it."""
        await send(self.start)
        await send({"type": "http.response.body", "body": self.body})


@dataclass
class Crowd:
    """What is under way on one event loop: lanes, open streams, and questions that will be answered."""

    reads: Lane = field(default_factory=lambda: Lane(READS, WAITING))
    downloads: Lane = field(default_factory=lambda: Lane(DOWNLOADS, WAITING))
    changes: Lane = field(default_factory=lambda: Lane(CHANGES, WAITING))
    uploads: Lane = field(default_factory=lambda: Lane(UPLOADS, WAITING))
    openings: Lane = field(default_factory=lambda: Lane(OPENINGS, STREAMS, OPENINGS, STREAMS_OF_GUEST))
    streams: dict[Client, int] = field(default_factory=dict)
    asked: dict[Any, asyncio.Task[Answer]] = field(default_factory=dict)
    answering: dict[Any, asyncio.Task[Answer]] = field(default_factory=dict)


class Admission:
    """ASGI middleware; `streams`, `uploads` and `downloads` are the paths of those kinds.

    Equal GET requests that wait are answered by one computation. It begins after the last of them has
    arrived, so each sees what it would have seen alone.
    """

    def __init__(self, app: ASGIApp, streams: Patterns, uploads: Patterns, downloads: Patterns) -> None:
        self._app = app
        self._streams, self._uploads, self._downloads = streams, uploads, downloads
        # Waiting is a loop's own business, and an application may be driven by several.
        self._crowds: WeakKeyDictionary[asyncio.AbstractEventLoop, Crowd] = WeakKeyDictionary()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on when it is its turn."""
        if scope["type"] != "http" or _at_once(inner_path(scope)):
            await self._app(scope, receive, send)
            return
        crowd = self._crowd()
        link, path = split(scope)
        client = Client((scope.get("client") or ("",))[0], link)
        try:
            if scope["method"] == "GET" and _any(self._streams, path):
                async with _stream(crowd, client), AsyncExitStack() as opening:
                    await opening.enter_async_context(crowd.openings.turn(client))
                    await self._app(scope, receive, _until_begun(opening, send))
            elif scope["method"] == "GET":
                lane = crowd.downloads if _any(self._downloads, path) else crowd.reads
                answer = await self._together(crowd, lane, client, scope)
                scope["route"] = answer.route
                await answer.send(send)
            else:
                lane = crowd.uploads if _any(self._uploads, path) else crowd.changes
                async with lane.turn(client):
                    await self._app(scope, receive, send)
        except BusyError:
            detail = "Too many requests wait already; the same one is welcome again in a moment."
            refusal = problem(Request(scope), 503, "Busy", detail)
            refusal.headers["Retry-After"] = str(RETRY_AFTER_S)
            await refusal(scope, receive, send)

    def _crowd(self) -> Crowd:
        loop = asyncio.get_running_loop()
        if loop not in self._crowds:
            self._crowds[loop] = Crowd()
        return self._crowds[loop]

    async def _together(self, crowd: Crowd, lane: Lane, client: Client, scope: Scope) -> Answer:
        """Join those who have asked the same and whose answer nobody has begun, or be the first to ask."""
        headers = dict(scope["headers"])
        told = tuple(headers.get(name) for name in (b"host", b"accept", b"if-none-match"))
        key = (
            scope.get("root_path"),
            scope["path"],
            scope["query_string"],
            told,
            scope.get("scheme"),
            scope.get("person"),
        )
        task = crowd.asked.get(key)
        if task is None:
            task = asyncio.create_task(self._answer(crowd, lane, client, scope, key))
            crowd.asked[key] = task
        return await asyncio.shield(task)  # others may wait for it after this client has gone

    async def _answer(self, crowd: Crowd, lane: Lane, client: Client, scope: Scope, key: Any) -> Answer:
        task = crowd.asked[key]
        try:
            if (before := crowd.answering.get(key)) is not None:
                await asyncio.wait([before])  # the same work twice at once gains nothing
            async with lane.turn(client):
                del crowd.asked[key]
                crowd.answering[key] = task
                return await _whole(self._app, scope)
        finally:
            if crowd.asked.get(key) is task:
                del crowd.asked[key]
            if crowd.answering.get(key) is task:
                del crowd.answering[key]


def _at_once(path: str) -> bool:
    return path in {"/healthz", "/readyz"} or path.startswith("/static/")


def _any(patterns: Patterns, path: str) -> bool:
    return any(pattern.match(path) for pattern in patterns)


def _until_begun(opening: AsyncExitStack, send: Send) -> Send:
    """Close the context when the answer begins."""

    async def sent(message: Message) -> None:
        await opening.aclose()
        await send(message)

    return sent


@asynccontextmanager
async def _stream(crowd: Crowd, client: Client) -> AsyncIterator[None]:
    of_client = crowd.streams.get(client, 0)
    if sum(crowd.streams.values()) >= STREAMS or (client.link and of_client >= STREAMS_OF_GUEST):
        raise BusyError
    crowd.streams[client] = of_client + 1
    try:
        yield
    finally:
        crowd.streams[client] -= 1
        if not crowd.streams[client]:
            del crowd.streams[client]


async def _whole(app: ASGIApp, scope: Scope) -> Answer:
    """Return the application's whole answer to a request without a body."""
    start: Message = {}
    body = bytearray()
    asked = False

    async def receive() -> Message:
        nonlocal asked
        if asked:
            await asyncio.Event().wait()  # a client that goes changes nothing: others may wait
        asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        nonlocal start
        if message["type"] == "http.response.start":
            start = message
        else:
            body.extend(message.get("body", b""))

    await app(scope, receive, send)
    return Answer(start, bytes(body), scope.get("route"))
