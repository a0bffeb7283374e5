"""Killed processes lose nothing: the same scores, bit for bit, and one result per unit."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from tests.services import Server, eventually, without_redis_server

PARAMS = {"sizes": [4, 32, 64], "models": 120, "epochs": 8}
LONG = {"sizes": [2048], "models": 10, "epochs": 500, "batch_size": 8}


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {}
    if request.param == "postgres":
        settings["MEMOSCOPE_DATABASE_URL"] = request.getfixturevalue("postgres_server").create_database()
    with Server(tmp_path_factory.mktemp("recovery"), "--no-quick-start", **settings) as server:
        yield server.wait_until_healthy()


def submit(server: Server, **body: Any) -> str:
    answer = server.http.post("/api/experiments", json={"study": "memorization", "params": PARAMS} | body)
    assert answer.status_code == 202, answer.text
    return answer.json()["id"]


def experiment(server: Server, experiment_id: str) -> dict[str, Any]:
    return server.get(f"/api/experiments/{experiment_id}")


def wait_for(server: Server, experiment_id: str, status: str, timeout_s: float = 90) -> dict[str, Any]:
    def reached() -> bool:
        return experiment(server, experiment_id)["status"] == status

    eventually(reached, f"the experiment is {status}\n{server.logs()}", timeout_s)
    return experiment(server, experiment_id)


def kill(server: Server, word: str) -> None:
    """Kill a child and wait until the launcher has replaced it."""
    victim = eventually(lambda: server.find(word), f"{word} runs")[0]
    victim.kill()
    eventually(lambda: [p for p in server.find(word) if p.pid != victim.pid], f"{word} is back")


def results_per_unit(server: Server, experiment_id: str) -> list[tuple[int, int]]:
    url = server.environment.get("MEMOSCOPE_DATABASE_URL", f"sqlite:///{server.data_dir / 'memoscope.db'}")
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    statement = (
        "SELECT unit, count(*) FROM unit_results WHERE experiment_id = :id GROUP BY unit ORDER BY unit"
    )
    with engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(text(statement), {"id": experiment_id})]
    engine.dispose()
    return rows


def test_killing_worker_and_redis_changes_no_score(running: Server) -> None:
    quiet = submit(running, title="undisturbed")
    done = wait_for(running, quiet, "done")

    disturbed = submit(running, title="disturbed", force=True)
    eventually(lambda: experiment(running, disturbed)["progress"]["done"] >= 1, "a first unit is done")
    eventually(lambda: experiment(running, disturbed)["progress"]["running"], "another unit runs")
    kill(running, "redis")
    eventually(
        lambda: experiment(running, disturbed)["progress"]["done"] >= 3, "work goes on without a restart"
    )
    eventually(lambda: experiment(running, disturbed)["progress"]["running"], "another unit runs")
    kill(running, "workers")
    kill(running, "redis")
    wait_for(running, disturbed, "done")

    units = done["progress"]["units"]
    assert results_per_unit(running, disturbed) == [(unit, 1) for unit in range(units)]
    files = [running.http.get(f"/api/experiments/{e}/scores.csv").content for e in (quiet, disturbed)]
    assert len(files[0].splitlines()) == 1 + 3 * 1437
    assert files[0] == files[1]


def test_flushing_redis_loses_no_unit(running: Server, tmp_path: Path) -> None:
    flushed = submit(running, params=PARAMS | {"seed": 1})
    eventually(lambda: experiment(running, flushed)["progress"]["running"], "a unit runs")
    running.redis().flushall()
    wait_for(running, flushed, "done")


def test_killing_the_web_server_interrupts_no_training(running: Server) -> None:
    killed = submit(running, params=PARAMS | {"seed": 2})
    eventually(lambda: experiment(running, killed)["progress"]["running"], "a unit runs")
    kill(running, "web")
    running.wait_until_healthy()
    wait_for(running, killed, "done")


def test_cancelling_stops_training_within_5_seconds(running: Server) -> None:
    long = submit(running, params=LONG)
    eventually(lambda: experiment(running, long)["progress"]["fraction"] > 0, "a unit trains")
    assert running.http.post(f"/api/experiments/{long}/cancel").json()["status"] == "cancelling"
    wait_for(running, long, "cancelled", timeout_s=5)
    # The worker is free again at once.
    wait_for(running, submit(running, params=PARAMS | {"seed": 3, "models": 10, "sizes": [4]}), "done", 20)


def test_redis_in_python_stands_in_and_may_be_killed_as_well(tmp_path: Path) -> None:
    bare = without_redis_server(tmp_path / "hidden")
    with Server(tmp_path, "--no-quick-start", **bare) as server:
        server.wait_until_healthy()
        assert server.get("/api/queue")["broker"].startswith("pure-Python Redis (fakeredis ")
        submitted = submit(server)
        eventually(lambda: experiment(server, submitted)["progress"]["running"], "a unit runs")
        kill(server, "redis")
        units = wait_for(server, submitted, "done")["progress"]["units"]
        assert results_per_unit(server, submitted) == [(unit, 1) for unit in range(units)]
