"""Liveness, readiness and metrics; none of them needs a login."""

from fastapi import APIRouter, Response, status
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from backend.api.deps import BrokerDep, SessionDep, StorageDep
from backend.api.schemas import Health
from backend.core import clock
from backend.core.contracts import ExperimentStatus, UnitStatus
from backend.core.queries import experiments, workers

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def healthz() -> Health:
    """Say that the process lives; waits for no thread, as everybody else may be waiting for one."""
    return Health(status="ok")


@router.get("/readyz", responses={503: {"model": Health, "description": "Something needed is missing"}})
async def readyz(storage: StorageDep, broker: BrokerDep, response: Response) -> Health:
    """Say what is wrong with database, disk and broker; what holds up workers is told, but no fault here."""
    found = storage.latest()
    needed = {"database": found.database, "disk": found.disk, "broker": broker.problem}
    ready = not any(needed.values())
    response.status_code = status.HTTP_200_OK if ready else status.HTTP_503_SERVICE_UNAVAILABLE
    checks = {name: words or "ok" for name, words in {**needed, "workers": found.workers}.items()}
    return Health(status="ok" if ready else "unavailable", checks=checks)


class MetricsResponse(Response):
    """Prometheus text format."""

    media_type = CONTENT_TYPE_LATEST


@router.get("/metrics", response_class=MetricsResponse)
def metrics(session: SessionDep) -> Response:
    """Count experiments, units and workers by state, for Prometheus."""
    registry = CollectorRegistry()
    by_status = Gauge("memoscope_experiments", "Experiments by status", ["status"], registry=registry)
    for state, n in {**dict.fromkeys(ExperimentStatus, 0), **experiments.count_by_status(session)}.items():
        by_status.labels(state).set(n)
    units = Gauge("memoscope_units", "Units by status", ["status"], registry=registry)
    for unit_state, n in {**dict.fromkeys(UnitStatus, 0), **workers.count_units(session)}.items():
        units.labels(unit_state).set(n)
    now = clock.now(session)
    known = workers.all_workers(session)
    living = [worker for worker in known if workers.alive(worker, now)]
    Gauge("memoscope_workers_alive", "Workers seen lately", registry=registry).set(len(living))
    took = Gauge(
        "memoscope_worker_took_work_timestamp_seconds",
        "When a worker last took work",
        ["worker"],
        registry=registry,
    )
    for worker in known:
        if worker.took_at is not None:
            took.labels(worker.id).set(worker.took_at.timestamp())
    skew = Gauge(
        "memoscope_worker_clock_skew_seconds",
        "By how much a worker machine's clock is ahead of the database's",
        ["hostname"],
        registry=registry,
    )
    for worker in living:
        if worker.skew_s is not None:
            skew.labels(worker.hostname).set(worker.skew_s)
    return MetricsResponse(generate_latest(registry))
