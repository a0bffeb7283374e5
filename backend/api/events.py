"""Live updates of one experiment as server-sent events, replayed from the database after a break."""

import time
from collections.abc import AsyncIterator
from typing import Annotated, NamedTuple

import anyio
from fastapi import APIRouter, Header
from fastapi.concurrency import run_in_threadpool
from fastapi.sse import EventSourceResponse, ServerSentEvent

from backend.api.deps import ExperimentDep, SettingsDep, ShareDep
from backend.api.presenting import experiment_out
from backend.api.schemas import EventOut, ExperimentOut
from backend.core.errors import GoneError, NotFoundError
from backend.core.queries import experiments, shares
from backend.core.session import reading
from backend.core.settings import Settings

router = APIRouter(prefix="/api/experiments/{experiment_id}", tags=["events"])

POLL_S = 0.5
LIFETIME_S = 600.0  # then the browser reconnects: no stream outlives a deployment for long


class _Moment(NamedTuple):
    """What a stream sees in one look at the database."""

    experiment: ExperimentOut
    events: list[EventOut]
    over: bool


def _look(settings: Settings, experiment_id: str, after: int, share: str | None) -> _Moment:
    with reading(settings.database) as session:
        if share is not None:
            shares.get(session, share)  # it may end while somebody watches
        events = experiments.events(session, experiment_id, after)
        experiment = experiments.get(session, experiment_id)
        return _Moment(
            experiment_out(session, experiment),
            [EventOut.model_validate(event) for event in events],
            over=experiment.status.terminal and not experiment.summary_due and not events,
        )


@router.get("/events", response_class=EventSourceResponse)
async def stream_events(
    settings: SettingsDep,
    experiment: ExperimentDep,
    share: ShareDep,
    last_event_id: Annotated[int, Header(ge=0, le=2**53)] = 0,
) -> AsyncIterator[ServerSentEvent]:
    """Stream `progress` (the experiment, whenever it changed), log events with ids, and `end` at the end.

    A comment is sent every 15 s; the log is replayed after `Last-Event-ID`. A client closes on `end`.
    """
    shown: ExperimentOut | None = None
    deadline = time.monotonic() + LIFETIME_S
    while time.monotonic() < deadline:
        try:
            moment = await run_in_threadpool(_look, settings, experiment.id, last_event_id, share)
        except (NotFoundError, GoneError):
            break  # deleted, or no longer shared, while somebody watched
        for event in moment.events:
            last_event_id = event.id
            yield ServerSentEvent(event=event.kind, id=str(event.id), data=event)
        if moment.experiment != shown:
            shown = moment.experiment
            yield ServerSentEvent(event="progress", data=shown)
        if moment.over:
            break
        await anyio.sleep(POLL_S)
    else:
        return
    yield ServerSentEvent(event="end", data=None if shown is None else shown.status)
