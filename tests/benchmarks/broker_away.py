"""How soon a unit runs again after the broker was away: dead, or hanging, for some time while units train.

    python tests/benchmarks/broker_away.py [SECONDS]

Prints the seconds from the broker's return until a unit is taken that was not running before, whether the
worker is the same process, and how long the queue page's call took meanwhile.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.services import RedisServer, Server, eventually

TRAINING = {"sizes": [64, 256], "models": 4000, "epochs": 30}


@contextmanager
def dead(broker: RedisServer) -> Iterator[None]:
    broker.kill()
    yield
    broker.restart()


def started(server: Server, experiment: str) -> int:
    """Return how many units have been started so far."""
    progress = server.get(f"/api/experiments/{experiment}")["progress"]
    return int(progress["done"] + progress["running"])


def measure(server: Server, broker: RedisServer, experiment: str, kind: str, seconds: float) -> None:
    away: Callable[[], object] = broker.paused if kind == "hangs" else lambda: dead(broker)
    worker = server.process("workers").pid
    slowest = 0.0
    with away():  # type: ignore[attr-defined]
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            asked = time.monotonic()
            server.get("/api/queue")
            slowest = max(slowest, time.monotonic() - asked)
            time.sleep(0.5)
        before = started(server, experiment)
    back = time.monotonic()
    eventually(lambda: started(server, experiment) > before, "a unit runs again", 120)
    same = "same" if server.process("workers").pid == worker else "another"
    print(
        f"| {kind} | {seconds:g} | {time.monotonic() - back:.1f} | {same} | {1000 * slowest:.0f} |",
        flush=True,
    )


def main(seconds: float = 60) -> None:
    broker = RedisServer()
    with (
        tempfile.TemporaryDirectory() as folder,
        Server(Path(folder), "--no-quick-start", MEMOSCOPE_REDIS_URL=broker.url) as server,
    ):
        server.wait_until_healthy()
        answer = server.http.post("/api/experiments", json={"study": "memorization", "params": TRAINING})
        experiment = answer.raise_for_status().json()["id"]
        print("| the broker | for, s | until a unit runs, s | worker process | slowest /api/queue, ms |")
        print("|---|---|---|---|---|")
        for kind in ("is dead", "hangs"):
            eventually(lambda: started(server, experiment) > 1, "it trains", 60)
            measure(server, broker, experiment, kind, seconds)
    broker.close()


if __name__ == "__main__":
    main(*map(float, sys.argv[1:]))
