"""What grows with the number of units: claims, ends, the reconciler, pages; on SQLite and PostgreSQL.

    python tests/benchmarks/scaling.py [UNITS...]

No unit is run: claims and ends go to the database as a worker's do, one after the other, so that the numbers
are those of the database's work and not of two cores that many share. Then 64 workers whose units sleep.
"""

import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from backend.core.models import Experiment
from backend.core.queries import experiments, units
from backend.core.queue import posting
from backend.core.reconcile import reconcile
from backend.core.session import WORKING_MS, patience, transaction
from tests.deployment import Deployment
from tests.services import PostgresServer, RedisServer
from workers.patience import patiently

SIZES = (1_000, 10_000, 100_000)
TIMES = 100
WORKERS, UNIT_S, FOR_S = 64, 2.0, 20.0
RESULT = bytes(20_000)


def create(deployment: Deployment, count: int) -> str:
    plan = [
        experiments.UnitPlan(f"u{index}", {"size": 2, "first": index, "count": 1}, 1, 1.0)
        for index in range(count)
    ]
    with posting(deployment.settings) as session:
        experiment = Experiment(
            study="memorization", title=f"{count:,} units", params={}, spec_hash="", provenance={}
        )
        return experiments.create(session, experiment, plan, reuse_parent=False).id


def run(
    deployment: Deployment, experiment: str, index: int, worker: str, between: Callable[[], None]
) -> tuple[float, float]:
    """Claim and end a unit; return how long each took, in seconds."""
    began = time.perf_counter()
    with transaction(deployment.settings.database) as session:
        unit = units.claim(session, experiment, index, worker)
    claimed = time.perf_counter()
    assert unit is not None
    between()
    ends = time.perf_counter()

    def finish() -> None:
        with posting(deployment.settings) as session:
            assert units.finish(session, experiment, index, unit.claim or "", RESULT, {})

    patiently(finish, "a unit")
    return claimed - began, time.perf_counter() - ends


def told(what: str, times: list[float]) -> None:
    times = sorted(1000 * each for each in times)
    p95 = times[int(0.95 * (len(times) - 1))]
    print(f"  {what:28} p50 {statistics.median(times):7.1f} ms   p95 {p95:7.1f} ms", flush=True)


def timed(act: Callable[[], object], times: int = 20) -> list[float]:
    found = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        found.append(time.perf_counter() - began)
    return found


def crowd(deployment: Deployment, experiment: str, first: int) -> None:
    """Let 64 workers run units that sleep, for a while."""
    claims: list[float] = []
    ends: list[float] = []
    until = time.monotonic() + FOR_S

    def work(number: int) -> None:
        time.sleep(UNIT_S * number / WORKERS)
        index = first + number
        while time.monotonic() < until:
            claimed, ended = run(deployment, experiment, index, f"w-{number}", lambda: time.sleep(UNIT_S))
            claims.append(claimed)
            ends.append(ended)
            index += WORKERS

    threads = [threading.Thread(target=work, args=(number,)) for number in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told(f"{WORKERS} workers: claim", claims)
    told(f"{WORKERS} workers: finish", ends)
    print(f"  {len(ends) / FOR_S:.0f} of at most {WORKERS / UNIT_S:.0f} units a second")


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, str]]:
    server = PostgresServer()
    yield {"SQLite": f"sqlite:///{folder / 'm.db'}", "PostgreSQL": server.create_database()}
    server.close()


def measure(deployment: Deployment, count: int) -> str:
    """Measure an experiment of so many units, and return its id."""
    began = time.perf_counter()
    experiment = create(deployment, count)
    print(f"{count:,} units: created in {time.perf_counter() - began:.2f} s", flush=True)
    pairs = [run(deployment, experiment, index, "w-1", lambda: None) for index in range(TIMES)]
    told("claim", [claim for claim, _ in pairs])
    told("finish", [end for _, end in pairs])
    told("reconcile", timed(lambda: reconcile(deployment.settings)))
    for path in (f"/api/experiments/{experiment}", "/api/experiments", "/api/queue", "/metrics"):
        told(path.replace(experiment, "ID"), timed(lambda path=path: deployment.client.get(path)))  # type: ignore[misc]
    return experiment


def main() -> None:
    patience.ms = WORKING_MS
    sizes = [int(word) for word in sys.argv[1:]] or SIZES
    broker = RedisServer()
    with tempfile.TemporaryDirectory() as folder, databases(Path(folder)) as urls:
        for name, url in urls.items():
            print(name)
            driver = url.replace("postgresql://", "postgresql+psycopg://")
            deployment = Deployment.create(Path(folder), driver, broker.url)
            for count in sizes:
                broker.client.flushall()
                experiment = measure(deployment, count)
            crowd(deployment, experiment, TIMES)
            deployment.close()
    broker.close()


if __name__ == "__main__":
    main()
