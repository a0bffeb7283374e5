"""A crowd against one server that trains: 200 readers for a minute, 1,000 streams, a flood through a link.

    python tests/benchmarks/load.py [READERS] [SECONDS] [STREAMS]

Readers ask one after the other, without a pause, for what a page of a made-up experiment of 60,000 examples
x 8 sizes asks for (`seed.py`). Streams follow the experiment that trains meanwhile; an event's spread is the
time from its first arrival at any stream to its last. A process of its own asks for /healthz all the while.
The crowd shares the machine's cores with server and training.
"""

import asyncio
import json
import multiprocessing
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from multiprocessing.queues import SimpleQueue
from pathlib import Path

import numpy as np
import psutil

from backend.core.settings import Settings
from tests.benchmarks.seed import seed
from tests.connection import Connection
from tests.services import Server, eventually

TRAINING = {"sizes": [64, 256], "models": 4000, "epochs": 30, "seed": 5}
PROBE_EVERY_S = 0.1


@dataclass
class Measured:
    """Seconds of each call by its kind, and how calls were answered."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    answers: Counter[int] = field(default_factory=Counter)

    def rows(self) -> list[str]:
        everything = [s for found in self.seconds.values() for s in found]
        kinds = {"all": everything} | self.seconds
        return [
            f"| {kind} | {len(found):,} | "
            + " | ".join(f"{1000 * np.quantile(found, share):.0f}" for share in (0.5, 0.95, 1))
            + " |"
            for kind, found in kinds.items()
        ]


def page_calls(server: Server, experiment: str) -> list[str]:
    """Return what overview, explorer and trajectories of an experiment ask for."""
    base = f"/api/experiments/{experiment}"
    figures = [f"{base}/figures/{info['name']}" for info in server.get(f"{base}/figures")["items"]]
    view = "size=16&memorization_gte=0.25&memorization_lte=1"
    return [
        base,
        f"{base}/figures",
        f"{base}/claims",
        f"{base}/histogram",
        f"{base}/examples?limit=40",
        f"{base}/examples?limit=40&{view}",
        f"{base}/examples/7",
        f"{base}/trajectories",
        f"{base}/log",
        *figures,
        f"{base}/figures/histogram?{view}&stack=verdict",
    ]


async def read(port: int, paths: list[str], until: float, offset: int, measured: Measured) -> None:
    connection = Connection(port)
    at = offset
    while time.monotonic() < until:
        path = paths[at % len(paths)]
        at += 1
        started = time.monotonic()
        status, _ = await connection.get(path)
        kind = "/".join(path.partition("?")[0].split("/")[4:]) or "experiment"
        measured.seconds[kind].append(time.monotonic() - started)
        measured.answers[status] += 1
    connection.close()


async def readers(port: int, paths: list[str], n: int, seconds: float) -> Measured:
    calls = Measured()
    until = time.monotonic() + seconds
    await asyncio.gather(*(read(port, paths, until, offset, calls) for offset in range(n)))
    return calls


def probe(port: int, until: float, found: SimpleQueue[list[float]]) -> None:
    """Ask for /healthz every tenth of a second, from a process that does nothing else."""

    async def ask() -> list[float]:
        connection, seconds = Connection(port), []
        while time.monotonic() < until:
            started = time.monotonic()
            status, _ = await connection.get("/healthz")
            assert status == 200
            seconds.append(time.monotonic() - started)
            await asyncio.sleep(PROBE_EVERY_S)
        return seconds

    found.put(asyncio.run(ask()))


@contextmanager
def probed(port: int, seconds: float) -> Iterator[None]:
    """Measure /healthz for that long, beside what happens in the context, and print it."""
    found: SimpleQueue[list[float]] = multiprocessing.SimpleQueue()
    process = multiprocessing.Process(target=probe, args=(port, time.monotonic() + seconds, found))
    process.start()
    yield
    health = Measured({"healthz": found.get()})
    process.join()
    print(health.rows()[-1])


@dataclass
class Arrivals:
    """When each event arrived at each stream."""

    times: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    refused: Counter[int] = field(default_factory=Counter)


async def follow(port: int, path: str, arrivals: Arrivals, listening: Callable[[], None]) -> None:
    connection = Connection(port)
    status, _, reader = await connection.open(path)
    if status != 200:
        arrivals.refused[status] += 1
        return
    listening()
    async for line in lines(reader):
        if line.startswith(b"id: "):
            arrivals.times[int(line[4:])].append(time.monotonic())


async def lines(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while line := await reader.readline():
        yield line


@asynccontextmanager
async def streams(port: int, experiment: str, n: int, arrivals: Arrivals) -> AsyncIterator[None]:
    """Keep `n` streams open, all connected at once."""
    count = asyncio.Semaphore(0)
    path = f"/api/experiments/{experiment}/events"
    tasks = [asyncio.create_task(follow(port, path, arrivals, count.release)) for _ in range(n)]
    started = time.monotonic()
    while sum(arrivals.refused.values()) + count._value < n and time.monotonic() - started < 60:
        await asyncio.sleep(0.05)
    print(f"{count._value:,} streams open after {time.monotonic() - started:.1f} s")
    yield
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def streaming(port: int, experiment: str, n: int, seconds: float) -> None:
    arrivals = Arrivals()
    async with streams(port, experiment, n, arrivals):
        opened = time.monotonic()
        await asyncio.sleep(seconds)
    fresh = [times for times in arrivals.times.values() if min(times) > opened + 1]
    whole = [times for times in fresh if max(times) < opened + seconds - 2]
    spread = [max(times) - min(times) for times in whole]
    reached = min((len(times) for times in whole), default=0)
    longest = f"{max(spread):.2f} s" if spread else "-"
    print(f"{len(whole)} events, each at {reached:,} streams at least; longest spread {longest}")
    print(f"refused: {dict(arrivals.refused)}")


def memory(server: Server) -> float:
    return psutil.Process(server.process("web").pid).memory_info().rss / 2**20


def report(title: str, calls: Measured, seconds: float) -> None:
    n = sum(calls.answers.values())
    print(f"\n## {title}: {n / seconds:,.0f} calls a second, answers {dict(calls.answers)}")
    print("\n| call | calls | p50, ms | p95, ms | longest, ms |\n|---|---|---|---|---|")
    print("\n".join(calls.rows()))


def crowd(port: int, paths: list[str], n: int, seconds: float) -> None:
    with probed(port, seconds):
        calls = asyncio.run(readers(port, paths, n, seconds))
        report(f"{n} readers", calls, seconds)


def main(n: int = 200, seconds: int = 60, n_streams: int = 1000) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = Settings(_env_file=None, data_dir=folder / "data")
        settings.data_dir.mkdir()
        experiment = seed(settings, 60_000, 8)
        with Server(folder, "--no-quick-start") as server:
            server.wait_until_healthy()
            port = int(server.url.rpartition(":")[2])
            answer = server.http.post("/api/experiments", json={"study": "memorization", "params": TRAINING})
            training = answer.json()["id"]
            eventually(lambda: server.get(f"/api/experiments/{training}")["progress"]["done"], "it trains")
            paths = page_calls(server, experiment)
            asyncio.run(readers(port, paths, 1, 5))
            before = memory(server)
            crowd(port, paths, 1, 10)
            crowd(port, paths, n, seconds)
            after = memory(server)
            print(f"\n## {n_streams:,} streams")
            with probed(port, 30):
                asyncio.run(streaming(port, training, n_streams, 20))
            share = {"experiment_id": experiment, "view": ""}
            token = server.http.post("/api/shares", json=share).json()["token"]
            with probed(port, 15):
                calls = asyncio.run(beside(port, paths, f"/s/{token}", 15))
                report("one reader beside 100 through a link", calls, 15)
            end = memory(server)
            print(f"\nweb process, MiB: {before:.0f}, after readers {after:.0f}, in the end {end:.0f}")
            print(json.dumps(server.get(f"/api/experiments/{training}")["progress"]))


async def beside(port: int, paths: list[str], link: str, seconds: float) -> Measured:
    """Measure one reader while 100 come through a link, each with views of its own."""
    calls, others = Measured(), Measured()
    until = time.monotonic() + seconds

    def views(guest: int) -> list[str]:
        return [
            f"{link}{path}{'&' if '?' in path else '?'}memorization_gte={guest / 1000}"
            for path in paths
            if path.partition("?")[0].endswith(("/examples", "/histogram"))
        ]

    await asyncio.gather(
        read(port, paths, until, 0, calls),
        *(read(port, views(guest), until, guest, others) for guest in range(100)),
    )
    print(f"\nthrough the link: {dict(others.answers)}")
    return calls


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
