"""Lost messages are sent again, whatever else waits in the queue, and no message is sent that waits there."""

import json

import pytest
from sqlalchemy import update

from backend.core import clock
from backend.core.contracts import Queue, UnitMessage, UnitStatus
from backend.core.models import UnitRow
from backend.core.queries import units
from backend.core.queue import depth, post, posting, waiting_units
from backend.core.reconcile import GRACE_S, reconcile
from backend.core.session import transaction
from tests.clocks import clock_off
from tests.deployment import Deployment
from tests.services import RedisServer

QUEUE = Queue.UNITS.value


@pytest.fixture
def experiments(deployment: Deployment) -> list[str]:
    """Two experiments; the units of both wait in the queue."""
    return [deployment.submit(params={"models": 20, "sizes": [2, 16], "seed": seed})["id"] for seed in (1, 2)]


def age_messages(deployment: Deployment, seconds: float = GRACE_S + 1) -> None:
    with transaction(deployment.settings.database) as session:
        session.execute(
            update(UnitRow).where(UnitRow.sent_at.is_not(None)).values(sent_at=clock.ago(seconds))
        )


def lose(redis_server: RedisServer, count: int) -> None:
    """Lose the messages that would have been taken next; the others wait on."""
    assert redis_server.client.rpop(QUEUE, count) is not None


def in_queue(deployment: Deployment) -> dict[str, set[int]]:
    return {key: set(indices) for key, indices in waiting_units(deployment.settings, gpu=False).items()}


def test_a_message_lost_among_others_is_sent_again_and_only_that(
    deployment: Deployment, experiments: list[str], redis_server: RedisServer
) -> None:
    before, messages = in_queue(deployment), depth(deployment.settings, Queue.UNITS)
    assert before.keys() == set(experiments)
    lose(redis_server, 1)
    reconcile(deployment.settings)
    assert depth(deployment.settings, Queue.UNITS) == messages - 1, "it may be on its way"
    age_messages(deployment)
    reconcile(deployment.settings)
    assert (in_queue(deployment), depth(deployment.settings, Queue.UNITS)) == (before, messages)


def test_what_waits_in_the_queue_is_not_sent_again_however_long(
    deployment: Deployment, experiments: list[str], redis_server: RedisServer
) -> None:
    messages = depth(deployment.settings, Queue.UNITS)
    for _ in range(3):
        age_messages(deployment, 7200)
        reconcile(deployment.settings)
        assert depth(deployment.settings, Queue.UNITS) == messages
    # All are gone, as after a restart of the broker.
    redis_server.client.flushall()
    for _ in range(3):
        age_messages(deployment)
        reconcile(deployment.settings)
        assert depth(deployment.settings, Queue.UNITS) == messages


def test_messages_of_what_is_done_hide_no_lost_one(
    deployment: Deployment, experiments: list[str], redis_server: RedisServer
) -> None:
    done, hurt = experiments
    lost = waiting_units(deployment.settings, gpu=False)[hurt]
    deployment.work(done)  # as through other copies of its messages
    for raw in redis_server.client.lrange(QUEUE, 0, -1):
        if hurt in str(json.loads(raw)["headers"]):
            redis_server.client.lrem(QUEUE, 1, raw)
    assert hurt not in waiting_units(deployment.settings, gpu=False)
    age_messages(deployment)
    reconcile(deployment.settings)
    assert waiting_units(deployment.settings, gpu=False)[hurt] == lost


def test_a_unit_in_a_workers_hands_is_sent_twice_at_most(
    deployment: Deployment, experiments: list[str], redis_server: RedisServer
) -> None:
    messages = depth(deployment.settings, Queue.UNITS)
    lose(redis_server, 1)  # received, and not claimed for a long time
    for _ in range(4):
        age_messages(deployment)
        reconcile(deployment.settings)
    assert depth(deployment.settings, Queue.UNITS) == messages
    with transaction(deployment.settings.database) as session:
        claimed = [units.claim(session, experiments[0], 0, f"worker-{worker}") for worker in (1, 2)]
    assert [row is not None for row in claimed] == [True, False]
    age_messages(deployment)
    reconcile(deployment.settings)
    assert depth(deployment.settings, Queue.UNITS) == messages, "running units are not sent"


def test_what_cannot_be_read_in_the_queue_stops_nothing(
    deployment: Deployment, experiments: list[str], redis_server: RedisServer
) -> None:
    before = in_queue(deployment)
    envelope = json.loads(redis_server.client.lindex(QUEUE, 0))
    for strange in (b"junk", b"\xff", b"{}", json.dumps({**envelope, "body": "e30="}).encode()):
        redis_server.client.lpush(QUEUE, strange)
    lose(redis_server, 1)
    age_messages(deployment)
    reconcile(deployment.settings)
    assert in_queue(deployment) == before


def test_no_message_depends_on_a_clock(
    deployment: Deployment, experiments: list[str], redis_server: RedisServer
) -> None:
    with clock_off(-3600), posting(deployment.settings) as session:
        post(session, UnitMessage(experiment_id=experiments[0], unit=0))
    for raw in redis_server.client.lrange(QUEUE, 0, -1):
        headers = json.loads(raw)["headers"]
        assert (headers["expires"], headers["eta"]) == (None, None)


def test_a_reconciler_whose_clock_is_ahead_sends_nothing_early(
    deployment: Deployment, experiments: list[str], redis_server: RedisServer
) -> None:
    redis_server.client.flushall()
    with clock_off(3600):
        reconcile(deployment.settings)
        assert depth(deployment.settings, Queue.UNITS) == 0
    age_messages(deployment)
    with clock_off(-3600):
        reconcile(deployment.settings)
    waiting = [unit for e in experiments for unit in deployment.units(e, UnitStatus.QUEUED)]
    assert depth(deployment.settings, Queue.UNITS) == len(waiting)
