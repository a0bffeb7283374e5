"""The way to the workers: a client-only Celery app and an outbox that is emptied after commit.

Rows are written first and messages carry ids only, so a message that is lost, doubled or late changes
nothing: the row decides. `backend.core.reconcile` posts again what never arrived.
"""

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from celery import Celery
from kombu.exceptions import KombuError, OperationalError
from kombu.utils.json import loads
from redis.exceptions import RedisError, ResponseError
from sqlalchemy.orm import Session

from backend.core.contracts import PrepareMessage, Queue, SummaryMessage, TaskName, UnitMessage, queues_of
from backend.core.session import transaction
from backend.core.settings import Settings

_PROBE = "memoscope-probe"

logger = logging.getLogger(__name__)

Message = UnitMessage | SummaryMessage | PrepareMessage

# A task, and the queue of messages for which no other is named.
_ROUTES: dict[type, tuple[TaskName, Queue]] = {
    UnitMessage: (TaskName.RUN_UNIT, Queue.UNITS),
    SummaryMessage: (TaskName.SUMMARIZE, Queue.SUMMARIES),
    PrepareMessage: (TaskName.PREPARE, Queue.SUMMARIES),
}


@cache
def client(broker: str) -> Celery:
    """Return a Celery app that can send and count, but knows no task code."""
    app = Celery("memoscope", broker=broker)
    app.conf.update(
        task_ignore_result=True,
        broker_connection_retry=False,
        broker_transport_options={"socket_connect_timeout": 1, "socket_timeout": 5, "max_retries": 0},
    )
    return app


def post(session: Session, message: Message, queue: Queue | None = None) -> None:
    """Put a message into the outbox of a transaction opened by `posting`."""
    session.info["outbox"].append((message, queue))


@contextmanager
def posting(settings: Settings) -> Iterator[Session]:
    """Open a writing transaction; messages posted in it are sent after the commit, and only then."""
    with transaction(settings.database) as session:
        outbox: list[tuple[Message, Queue | None]] = session.info.setdefault("outbox", [])
        yield session
    _send(settings, outbox)


def _send(settings: Settings, messages: Sequence[tuple[Message, Queue | None]]) -> None:
    app = client(settings.broker)
    try:
        for message, other in messages:
            task, usual = _ROUTES[type(message)]
            # Without an expiry: that is a time on the sender's clock, and the worker's may be ahead of it.
            app.send_task(task, kwargs={"message": message.model_dump()}, queue=other or usual, retry=False)
    except (OperationalError, RedisError, OSError) as error:
        # The rows are safe; the reconciler sends again when the broker is back.
        logger.warning("the message broker cannot be reached (%s); messages wait", type(error).__name__)


def depth(settings: Settings, queue: Queue) -> int:
    """Return the number of messages waiting in a queue; OSError if the broker cannot be reached."""
    with _channel(settings) as channel:
        size: int = channel.client.llen(queue.value)
        return size


def probe(settings: Settings) -> None:
    """Send the broker something, as messages are; OSError if it does not take it, the cause says why."""
    with _channel(settings) as channel:
        channel.client.set(_PROBE, "", ex=10)


def waiting_units(settings: Settings, gpu: bool) -> dict[str, set[int]]:
    """Return the units whose messages wait for somebody, by experiment; OSError as with `depth`.

    Without a living worker with a GPU, nobody comes for the messages that wait for one.
    """
    found: dict[str, set[int]] = defaultdict(set)
    with _channel(settings) as channel:
        for queue in set(queues_of(gpu)) - {Queue.SUMMARIES}:
            for raw in channel.client.lrange(queue.value, 0, -1):
                if message := _unit(channel, raw):
                    found[message.experiment_id].add(message.unit)
    return found


def _unit(channel: Any, raw: bytes) -> UnitMessage | None:
    try:
        _, arguments, _ = channel.message_to_python(loads(raw)).decode()
        return UnitMessage.model_validate(arguments["message"])
    except (KombuError, LookupError, TypeError, ValueError):
        return None  # not ours, or another version's


def server_facts(settings: Settings) -> dict[str, Any]:
    """Return what the broker says of itself, {} where that is forbidden; OSError if it cannot be reached."""
    with _channel(settings) as channel:
        try:
            facts: dict[str, Any] = channel.client.info("server")
        except ResponseError:
            return {}
        return facts


@contextmanager
def _channel(settings: Settings) -> Iterator[Any]:
    try:
        with client(settings.broker).connection_for_read() as connection:
            connection.ensure_connection(max_retries=1, timeout=1)
            yield connection.default_channel
    except (OperationalError, RedisError) as error:
        raise OSError(str(error)) from error
