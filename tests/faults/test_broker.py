"""The broker goes away, hangs, forgets, is full: nothing is lost, and work goes on soon after it is back."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from backend.launcher import embedded_redis
from tests.services import RedisServer, Server, eventually

SOON_S = 20  # from the broker's return until a unit runs again
MANY = {"sizes": [8], "models": 2000, "epochs": 20}


@pytest.fixture(scope="module")
def broker() -> Iterator[RedisServer]:
    """A Redis that this module alone disturbs, without the launcher's pauses between restarts."""
    server = RedisServer()
    yield server
    server.close()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, broker: RedisServer) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("broker")
    with Server(folder, "--no-quick-start", MEMOSCOPE_REDIS_URL=broker.url) as server:
        yield server.wait_until_healthy()


@pytest.fixture
def training(running: Server, request: pytest.FixtureRequest) -> Iterator[str]:
    """An experiment of many units that has begun, cancelled in the end."""
    body = {"study": "memorization", "params": MANY | {"seed": hash(request.node.name) % 2**31}}
    answer = running.http.post("/api/experiments", json=body)
    assert answer.status_code == 202, answer.text
    experiment_id = answer.json()["id"]
    eventually(lambda: progress(running, experiment_id)["done"] >= 1, "a first unit is done")
    eventually(lambda: progress(running, experiment_id)["running"], "another unit runs")
    yield experiment_id
    running.http.post(f"/api/experiments/{experiment_id}/cancel")


def progress(server: Server, experiment_id: str) -> dict[str, Any]:
    return server.get(f"/api/experiments/{experiment_id}")["progress"]


def assert_goes_on(server: Server, experiment_id: str) -> None:
    """Units that were taken after the broker's return are done: two more than are running now."""
    before = progress(server, experiment_id)
    goal = before["done"] + before["running"] + 2
    eventually(
        lambda: progress(server, experiment_id)["done"] >= goal, f"work goes on\n{server.logs()}", SOON_S
    )


def test_work_goes_on_after_the_broker_alone_was_killed(
    running: Server, broker: RedisServer, training: str
) -> None:
    worker = running.process("workers").pid
    broker.restart()
    assert_goes_on(running, training)
    assert running.process("workers").pid == worker, "the same worker took up the new connection"


def test_work_goes_on_after_ten_restarts_in_a_row(
    running: Server, broker: RedisServer, training: str
) -> None:
    for _ in range(10):
        broker.restart()
    assert_goes_on(running, training)


def test_a_paused_broker_holds_up_no_page_and_loses_no_work(
    running: Server, broker: RedisServer, training: str
) -> None:
    with broker.paused():
        eventually(lambda: not running.get("/api/queue")["broker_ok"], "the page says so", 10)
        asked = time.monotonic()
        for _ in range(3):
            assert not running.get("/api/queue")["broker_ok"]
            assert running.http.get("/readyz").status_code == 503
        assert time.monotonic() - asked < 1, "nobody waits for the broker"
    assert_goes_on(running, training)


def test_a_full_broker_is_told_and_work_goes_on_when_it_has_room(
    running: Server, broker: RedisServer, training: str
) -> None:
    if embedded_redis.find_program() is None:
        pytest.skip("the Redis in Python has no limit on its memory")
    broker.client.config_set("maxmemory", 1)
    try:
        checks = eventually(lambda: refused(running), "the page says so", 10)
        assert "memory" in checks["broker"]
    finally:
        broker.client.config_set("maxmemory", 0)
    assert_goes_on(running, training)


def refused(server: Server) -> dict[str, str] | None:
    answer = server.http.get("/readyz")
    checks: dict[str, str] = answer.json()["checks"]
    return checks if answer.status_code == 503 else None
