"""Live updates of one experiment as server-sent events, replayed from the database after a break."""

from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.responses import Response, StreamingResponse

from backend.api.deps import ExperimentId, ShareDep
from backend.api.feeds import Feeds

router = APIRouter(prefix="/api/experiments/{experiment_id}", tags=["events"])


MEDIA_TYPE = "text/event-stream"

# Declared by hand, because what is sent is encoded already, once for all who watch.
_EVENT = {
    "type": "object",
    "required": ["event", "data"],
    "properties": {name: {"type": "string"} for name in ("event", "data", "id")},
}
_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}  # a proxy must not hold events back


@router.get(
    "/events", response_class=Response, responses={200: {"content": {MEDIA_TYPE: {"itemSchema": _EVENT}}}}
)
async def stream_events(
    request: Request,
    experiment_id: ExperimentId,
    share: ShareDep,
    last_event_id: Annotated[int, Header(ge=0, le=2**53)] = 0,
) -> StreamingResponse:
    """Stream `progress` (the experiment, whenever it changed), log events with ids, and `end` at the end.

    A comment is sent every 15 s; the log is replayed after `Last-Event-ID`. A client closes on `end`.
    """
    feeds: Feeds = request.app.state.feeds
    feed = await feeds.join(experiment_id)
    return StreamingResponse(feed.watch(last_event_id, share), headers=_HEADERS, media_type=MEDIA_TYPE)
