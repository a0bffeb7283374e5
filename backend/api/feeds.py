"""One look at the database per experiment and half-second, however many streams watch it."""

import asyncio
import logging
import random
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import anyio
import anyio.to_thread
from fastapi.sse import format_sse_event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from backend.api.lanes import BusyError
from backend.api.presenting import experiment_out
from backend.api.schemas import EventOut
from backend.core.errors import GoneError, NotFoundError
from backend.core.queries import experiments, shares
from backend.core.session import reading
from backend.core.settings import Settings

POLL_S = 0.5
BATCH = 1000  # log lines in one look
COMMENT_S = 15.0  # a stream that is silent for longer looks dead to proxies
TOLD_AT_ONCE = 100  # streams; other requests come in between
LIFETIME_S = (540.0, 660.0)  # then the browser reconnects, each at another moment
LINGER_S = 5.0  # a feed outlives its last stream by that much: browsers reconnect
LOOKS_AT_ONCE = 4

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Moment:
    """What one look at the database has found."""

    progress: str  # the experiment, as JSON
    status: str
    events: list[EventOut]
    over: bool
    ended_shares: frozenset[str]


def look(settings: Settings, experiment_id: str, after: int, tokens: frozenset[str]) -> Moment:
    """Read an experiment, the log lines behind `after`, and which of the shares that watch have ended.

    NotFoundError if there is no such experiment (any more).
    """
    with reading(settings.database) as session:
        ended = frozenset(token for token in tokens if not _opens(session, token))
        events = experiments.events(session, experiment_id, after, BATCH)
        experiment = experiments.get(session, experiment_id)
        return Moment(
            experiment_out(session, experiment).model_dump_json(),
            experiment.status,
            [EventOut.model_validate(event) for event in events],
            over=experiment.status.terminal and not experiment.summary_due and not events,
            ended_shares=ended,
        )


def _opens(session: Session, token: str) -> bool:
    try:
        shares.get(session, token)  # it may end while somebody watches
    except (NotFoundError, GoneError):
        return False
    return True


class Feed:
    """What happens to one experiment, encoded once for all who watch."""

    def __init__(self, settings: Settings, experiment_id: str) -> None:
        self._settings = settings
        self._id = experiment_id
        self._ids: list[int] = []
        self._lines: list[bytes] = []
        self._moment: Moment | None = None
        self._missing: NotFoundError | None = None
        self._shares: Counter[str] = Counter()
        self._ended = False
        self._watchers = 0
        self._watched_at = time.monotonic()
        self._waiting: list[asyncio.Future[None]] = []

    async def first_look(self) -> None:
        """Wait until something is known; NotFoundError if there is no such one, BusyError by a fault."""
        if self._moment is None and self._missing is None:
            await self._news()
        if self._moment is None:
            raise self._missing or BusyError

    async def poll(self, limiter: anyio.CapacityLimiter) -> None:
        """Look while somebody watches and something may still happen."""
        told_at = time.monotonic()
        while self._watched and not self.over:
            started = time.monotonic()
            try:
                found = await anyio.to_thread.run_sync(
                    look, self._settings, self._id, self._after, frozenset(self._shares), limiter=limiter
                )
            except NotFoundError as error:
                self._missing = error
                break
            except SQLAlchemyError as error:
                logger.warning("a look at an experiment failed (%s); trying again", type(error).__name__)
                found = None
            if (found is not None and self._take(found)) or started - told_at > COMMENT_S:
                told_at = started
                await self._tell()
            if found is None or len(found.events) < BATCH:
                await asyncio.sleep(max(0.0, POLL_S - (time.monotonic() - started)))

    async def end(self) -> None:
        """Let go of those who still watch."""
        self._ended = True
        await self._tell()

    @property
    def over(self) -> bool:
        """Whether nothing will happen any more."""
        return self._missing is not None or (self._moment is not None and self._moment.over)

    @property
    def _watched(self) -> bool:
        return self._watchers > 0 or time.monotonic() - self._watched_at < LINGER_S

    @property
    def _after(self) -> int:
        return self._ids[-1] if self._ids else 0

    def _take(self, found: Moment) -> bool:
        """Keep what was found, and return whether it is news."""
        for event in found.events:
            self._ids.append(event.id)
            data = event.model_dump_json()
            self._lines.append(format_sse_event(data_str=data, event=event.kind, id=str(event.id)))
        news = self._moment is None or found != self._moment
        if news:
            self._moment = found
        return news

    async def _news(self) -> None:
        """Wait until there may be something to tell."""
        news: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(news)
        await news

    async def _tell(self) -> None:
        waiting, self._waiting = self._waiting, []
        for start in range(0, len(waiting), TOLD_AT_ONCE):
            for news in waiting[start : start + TOLD_AT_ONCE]:
                if not news.done():  # its stream may have gone
                    news.set_result(None)
            await asyncio.sleep(0)

    async def watch(self, after: int, share: str | None) -> AsyncIterator[bytes]:
        """Yield the log behind `after`, then what happens, until the end, the share's end, or a long time."""
        deadline = time.monotonic() + random.uniform(*LIFETIME_S)  # noqa: S311 - spreads reconnections
        shown = None
        self._watchers += 1
        self._shares.update([share] if share else [])
        try:
            while time.monotonic() < deadline:
                moment, told = self._moment, False
                start = bisect_right(self._ids, after)
                if start < len(self._ids):
                    after, told = self._ids[-1], True
                    yield b"".join(self._lines[start:])
                if moment is not None and moment.progress != shown:
                    shown, told = moment.progress, True
                    yield format_sse_event(data_str=shown, event="progress")
                gone = moment is not None and share in moment.ended_shares
                if gone or self.over:
                    status = "null" if moment is None else f'"{moment.status}"'
                    yield format_sse_event(data_str=status, event="end")
                    return
                if self._ended:
                    return  # by a fault: the browser comes again
                if not told:
                    yield b": still here\n\n"
                if moment is self._moment and not self._ended:  # no news while this stream was busy
                    await self._news()
        finally:
            self._watchers -= 1
            self._watched_at = time.monotonic()
            self._shares.subtract([share] if share else [])
            self._shares += Counter()  # drops those that nobody watches through


class Feeds:
    """The feeds of an application, each as long as somebody watches it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # A feed belongs to the event loop of its streams, and an application may be driven by several.
        self._loops: WeakKeyDictionary[asyncio.AbstractEventLoop, _Feeds] = WeakKeyDictionary()

    async def join(self, experiment_id: str) -> Feed:
        """Return the feed of an experiment; NotFoundError if there is no such experiment."""
        loop = asyncio.get_running_loop()
        if loop not in self._loops:
            self._loops[loop] = _Feeds()
        here = self._loops[loop]
        feed = here.feeds.get(experiment_id)
        if feed is None or feed.over:  # one that is over may have been resumed since its last look
            feed = here.feeds[experiment_id] = Feed(self._settings, experiment_id)
            task = asyncio.create_task(_run(here, experiment_id, feed))
            here.tasks.add(task)
            task.add_done_callback(here.tasks.discard)
        await feed.first_look()
        return feed


@dataclass
class _Feeds:
    feeds: dict[str, Feed] = field(default_factory=dict)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    limiter: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(LOOKS_AT_ONCE))


async def _run(here: _Feeds, experiment_id: str, feed: Feed) -> None:
    try:
        await feed.poll(here.limiter)
    finally:
        if here.feeds[experiment_id] is feed:
            del here.feeds[experiment_id]
        await feed.end()
