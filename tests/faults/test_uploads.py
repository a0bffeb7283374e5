"""Uploads over real sockets: clients that go away, and processes that are killed in the middle."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request

from backend.api import uploads
from backend.core.settings import Settings
from tests.services import Server, eventually
from tests.story import run
from tests.uploads import arrays, npz, picture, zipped

MEBIBYTE = 2**20


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("uploads"), "--no-quick-start") as server:
        yield server.wait_until_healthy()


def begin(server: Server, length: int, sent: int) -> socket.socket:
    """Announce an upload of that length and send the first part of it."""
    host, _, port = server.url.removeprefix("http://").partition(":")
    connection = socket.create_connection((host, int(port)), timeout=10)
    head = f"POST /api/datasets HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n\r\n"
    connection.sendall(head.encode() + b"x" * sent)
    return connection


def received(server: Server) -> list[Path]:
    return list((server.data_dir / "uploads").glob("*"))


def left(server: Server) -> list[str]:
    """Return the files of uploads and of their preparation that are still there."""
    folders = ("uploads", "scratch", "artifacts/uploads", "artifacts/partial")
    return [str(path) for name in folders for path in (server.data_dir / name).rglob("*")]


def dataset(server: Server, dataset_id: str) -> dict[str, Any]:
    return server.get(f"/api/datasets/{dataset_id}")


def kill(server: Server, word: str) -> None:
    """Kill a child and wait until the launcher has replaced it."""
    victim = eventually(lambda: server.find(word), f"{word} runs")[0]
    victim.kill()
    eventually(lambda: [p for p in server.find(word) if p.pid != victim.pid], f"{word} is back")


def test_a_stalled_upload_is_let_go_and_a_slow_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "IDLE_S", 0.7)
    monkeypatch.setattr(uploads, "LEAST_BYTES", 10)
    settings = Settings(_env_file=None, data_dir=tmp_path)

    async def story(pauses: list[float]) -> bytes:
        async def receive() -> dict[str, Any]:
            await asyncio.sleep(pauses.pop(0))
            return {"type": "http.request", "body": bytes(10), "more_body": bool(pauses)}

        request = Request({"type": "http", "headers": [], "method": "POST"}, receive)
        async with uploads.received(request, settings) as path:
            return path.read_bytes()

    assert run(story([0.2, 0.2, 0.2, 0.2])) == bytes(40), "longer than the limit in all"
    with pytest.raises(HTTPException) as refused:
        run(story([0, 60]))
    assert refused.value.status_code == 408
    assert not list((tmp_path / "uploads").iterdir())


def test_a_client_that_goes_away_leaves_nothing(running: Server) -> None:
    before = running.get("/api/datasets")["items"]
    connection = begin(running, 64 * MEBIBYTE, 9 * MEBIBYTE)
    eventually(lambda: [path for path in received(running) if path.stat().st_size], "a part has arrived")
    connection.close()
    eventually(lambda: not received(running), "the part is gone")
    assert [item["id"] for item in running.get("/api/datasets")["items"]] == [item["id"] for item in before]
    assert "Traceback" not in running.logs()


def test_an_announced_length_over_the_limit_is_refused_before_it_is_sent(running: Server) -> None:
    with begin(running, 5 * 2**30, 0) as connection:
        assert connection.recv(100).startswith(b"HTTP/1.1 413")
    assert not received(running)


def test_a_killed_web_server_leaves_nothing_after_its_restart(running: Server) -> None:
    with begin(running, 64 * MEBIBYTE, 9 * MEBIBYTE):
        eventually(lambda: [path for path in received(running) if path.stat().st_size], "a part has arrived")
        kill(running, "web")
        running.wait_until_healthy()
        assert not received(running)


def test_a_killed_worker_is_replaced_and_half_of_its_work_is_never_seen(running: Server) -> None:
    pictures = [picture(i, size=(64, 64)) for i in range(20)]
    files = {f"{name}/{i}.png": pictures[i % 20] for name in "ab" for i in range(6000)}
    answer = running.http.post("/api/datasets", content=zipped(files, method=0))
    assert answer.status_code == 202, answer.text
    dataset_id = answer.json()["id"]
    eventually(lambda: (dataset(running, dataset_id)["progress"] or 0) > 0, "it is being decoded")
    assert any("scratch" in path for path in left(running))
    kill(running, "workers")
    assert running.http.get(f"/api/datasets/{dataset_id}/images/0.png").status_code == 409
    # Taken over once the heartbeat is stale.
    eventually(lambda: dataset(running, dataset_id)["state"] == "ready", running.logs(), 60)
    assert running.get(f"/api/datasets/{dataset_id}/counts")["train"] == [4800, 4800]
    eventually(lambda: not left(running), "nothing is left of the work")


def test_an_upload_while_redis_is_away_is_prepared_when_it_is_back(running: Server) -> None:
    redis = running.process("redis")
    redis.suspend()
    try:
        answer = running.http.post("/api/datasets", content=npz(**arrays()))
        assert answer.status_code == 202
    finally:
        redis.resume()
        kill(running, "redis")
    dataset_id = answer.json()["id"]
    eventually(lambda: dataset(running, dataset_id)["state"] == "ready", "it is prepared")
    assert np.sum(running.get(f"/api/datasets/{dataset_id}/counts")["train"]) == 9
