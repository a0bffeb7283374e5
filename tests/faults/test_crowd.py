"""A crowd over real sockets: nobody waits for long, nobody is told nonsense, all hear the same."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests import pace
from tests.connection import Connection
from tests.services import Server, eventually
from tests.story import run

SMALL = {"sizes": [2, 16], "models": 20, "epochs": 3}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("crowd"), "--no-quick-start") as server:
        yield server.wait_until_healthy()


@pytest.fixture(scope="module")
def done(running: Server) -> str:
    """A finished experiment."""
    body = {"study": "memorization", "params": SMALL}
    experiment: dict[str, Any] = running.http.post("/api/experiments", json=body).json()
    path = f"/api/experiments/{experiment['id']}"
    eventually(lambda: running.get(path)["status"] == "done", "the experiment is done")
    return path


def port(server: Server) -> int:
    return int(server.url.rpartition(":")[2])


async def health(server: Server, until: asyncio.Event) -> float:
    """Ask for /healthz until told to stop; return the longest time it took."""
    connection, longest = Connection(port(server)), 0.0
    while not until.is_set():
        started = time.monotonic()
        assert (await connection.get("/healthz"))[0] == 200
        longest = max(longest, time.monotonic() - started)
        await asyncio.sleep(0.05)
    return longest


def test_200_readers_and_300_streams_at_once_are_all_served(running: Server, done: str) -> None:
    calls = [
        done,
        f"{done}/claims",
        f"{done}/histogram",
        f"{done}/examples?limit=40",
        f"{done}/figures/overview",
        "/api/experiments",
    ]

    async def read(reader: int) -> list[int]:
        connection = Connection(port(running))
        return [(await connection.get(calls[(reader + i) % len(calls)]))[0] for i in range(12)]

    async def stream() -> bytes:
        connection = Connection(port(running))
        return await (await connection.open(f"{done}/events"))[2].readuntil(b"event: end")

    async def story() -> float:
        ended = asyncio.Event()
        watching = asyncio.create_task(health(running, ended))
        streams = asyncio.gather(*(stream() for _ in range(300)))
        answers = await asyncio.gather(*(read(reader) for reader in range(200)))
        assert {status for statuses in answers for status in statuses} == {200}
        assert len({text.count(b"id: ") for text in await streams}) == 1, "all heard the same"
        ended.set()
        return await watching

    started = time.monotonic()
    longest = run(story(), 60)
    # It took minutes, and /healthz a minute. Bounds of a machine that does other things at the same time.
    assert time.monotonic() - started < 20 * pace.slowness()
    assert longest < 2 * pace.slowness()


def test_a_flood_through_a_link_leaves_others_alone(running: Server, done: str) -> None:
    share = {"experiment_id": done.rpartition("/")[2], "view": ""}
    token = running.http.post("/api/shares", json=share).json()["token"]

    async def guest(i: int) -> int:
        path = f"/s/{token}{done}/examples?memorization_gte={i / 1000}"
        connection = Connection(port(running))
        status, headers, reader = await connection.open(path)
        await reader.readexactly(int(headers["content-length"]))
        assert status == 200 or (status, headers["retry-after"]) == (503, "1")
        return status

    async def story() -> list[float]:
        flood = asyncio.gather(*(guest(i) for i in range(300)))
        await asyncio.sleep(0.1)
        connection, seconds = Connection(port(running)), []
        while not flood.done() and len(seconds) < 20:
            started = time.monotonic()
            assert (await connection.get(f"{done}/histogram"))[0] == 200
            seconds.append(time.monotonic() - started)
        statuses = await flood
        assert 200 in statuses, "as many as may wait are served"
        assert 503 in statuses, "the others are told to come again"
        return seconds

    seconds = run(story(), 60)
    assert sorted(seconds)[len(seconds) // 2] < 0.5 * pace.slowness()


def test_clients_that_send_nothing_take_nobodys_place(running: Server, done: str) -> None:
    async def story() -> None:
        held = []
        for _ in range(60):
            reader, writer = await asyncio.open_connection("127.0.0.1", port(running))
            head = ("POST /api/experiments HTTP/1.1", "Host: localhost", "Content-Length: 100", "", "")
            writer.write("\r\n".join(head).encode())
            held.append((reader, writer))
        answer = await asyncio.to_thread(running.http.post, "/api/views", json={"view": "?tab=log"})
        assert answer.status_code == 201
        assert (await Connection(port(running)).get(done))[0] == 200
        for _, writer in held:
            writer.close()

    run(story(), 20)
