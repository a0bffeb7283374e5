"""What Prometheus reads: how requests fare in this process, and where all work stands in the database.

Needs no login. docs/grafana-dashboard.json draws what is here.
"""

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, Histogram, generate_latest
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from backend.api.deps import BrokerDep, SettingsDep, StorageDep
from backend.core import clock
from backend.core.contracts import ExperimentStatus, UnitStatus
from backend.core.queries import experiments, workers
from backend.core.session import get_engine, reading
from backend.core.settings import Settings
from backend.core.storage import free_bytes

BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
METHODS = {"GET", "HEAD", "OPTIONS", "POST", "PATCH", "DELETE"}

router = APIRouter(tags=["health"])


class Requests:
    """How long the answers of one application took to begin; streams go on long after that."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._seconds = Histogram(
            "memoscope_request_seconds",
            "Time until an answer begins",
            ["method", "route", "status"],
            buckets=BUCKETS_S,
            registry=self.registry,
        )

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request by its route's pattern, so that there are only so many."""
        method = method if method in METHODS else "other"  # a client may send any word
        self._seconds.labels(method, route, f"{status // 100}xx").observe(seconds)


class MetricsResponse(Response):
    """Prometheus text format."""

    media_type = CONTENT_TYPE_LATEST


@router.get("/metrics", response_class=MetricsResponse)
def metrics(request: Request, settings: SettingsDep, broker: BrokerDep, storage: StorageDep) -> Response:
    """Tell of requests, disk, broker and database; what lies in one that is away is left out."""
    registry = CollectorRegistry()
    heard, seen = broker.latest(), storage.latest()
    problems = {
        "database": seen.database,
        "disk": seen.disk,
        "broker": heard.problem,
        "workers": seen.workers,
    }
    _labeled(registry, "ready", "Whether all is well", "check", {k: not v for k, v in problems.items()})
    _labeled(registry, "queue_messages", "Messages that wait in the broker", "queue", heard.waiting)
    Gauge("memoscope_disk_free_bytes", "Room for data", registry=registry).set(free_bytes(settings))
    reserve = Gauge("memoscope_disk_reserve_bytes", "Room below which nothing begins", registry=registry)
    reserve.set(settings.reserve_bytes)
    _pool(registry, settings)
    try:
        with reading(settings.database) as session:
            _work(registry, session)
            _workers(registry, session)
    except SQLAlchemyError:
        pass  # `ready` says so
    requests: Requests = request.app.state.requests
    return MetricsResponse(generate_latest(requests.registry) + generate_latest(registry))


def _labeled(
    registry: CollectorRegistry, name: str, words: str, label: str, values: Mapping[str, float]
) -> None:
    gauge = Gauge(f"memoscope_{name}", words, [label], registry=registry)
    for key, value in values.items():
        gauge.labels(key).set(value)


def _pool(registry: CollectorRegistry, settings: Settings) -> None:
    pool = get_engine(settings.database).pool
    if isinstance(pool, QueuePool):
        states = {"used": pool.checkedout(), "idle": pool.checkedin()}
        _labeled(registry, "database_connections", "Connections of this process", "state", states)


def _work(registry: CollectorRegistry, session: Session) -> None:
    counted = experiments.count_by_status(session)
    by_status = {status.value: counted.get(status, 0) for status in ExperimentStatus}
    _labeled(registry, "experiments", "Experiments by status", "status", by_status)
    load = workers.load(session)
    _labeled(
        registry, "units", "Units by status", "status", {s.value: load.units.get(s, 0) for s in UnitStatus}
    )
    seconds = {status.value: load.seconds.get(status, 0.0) for status in UnitStatus}
    _labeled(registry, "units_priced_seconds", "What units are priced at, by status", "status", seconds)
    pace = Gauge("memoscope_models_per_minute", "Models trained, of the last five minutes", registry=registry)
    pace.set(load.models_per_minute)
    oldest = Gauge("memoscope_queue_oldest_seconds", "How long the first unit has waited", registry=registry)
    oldest.set(load.oldest_s)


def _workers(registry: CollectorRegistry, session: Session) -> None:
    now = clock.now(session)
    known = workers.all_workers(session)
    living = [worker for worker in known if workers.alive(worker, now)]
    Gauge("memoscope_workers_alive", "Workers seen lately", registry=registry).set(len(living))
    took = {worker.id: worker.took_at.timestamp() for worker in known if worker.took_at is not None}
    _labeled(registry, "worker_took_work_timestamp_seconds", "When a worker last took work", "worker", took)
    skew = {worker.hostname: worker.skew_s for worker in living if worker.skew_s is not None}
    words = "By how much a worker machine's clock is ahead of the database's"
    _labeled(registry, "worker_clock_skew_seconds", words, "hostname", skew)
