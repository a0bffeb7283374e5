"""Liveness, readiness and metrics; none of them needs a login."""

from fastapi import APIRouter, Response, status
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from backend.api.deps import BrokerDep, SessionDep, SettingsDep
from backend.api.schemas import Health
from backend.core import clock
from backend.core.contracts import ExperimentStatus, UnitStatus
from backend.core.queries import experiments, workers
from backend.core.session import reading

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def healthz() -> Health:
    """Say that the process lives; waits for no thread, as everybody else may be waiting for one."""
    return Health(status="ok")


@router.get("/readyz", responses={503: {"model": Health, "description": "Something needed is missing"}})
def readyz(settings: SettingsDep, broker: BrokerDep, response: Response) -> Health:
    """Say whether database and broker can be reached; what holds up workers is told, but is no fault here."""
    checks = {"database": "ok", "broker": broker.problem or "ok"}
    try:
        with reading(settings.database) as session:
            checks["workers"] = workers.holdup(session) or "ok"
    except SQLAlchemyError:
        checks["database"] = "unreachable, or not migrated: run `memoscope migrate`"
    ready = checks["database"] == checks["broker"] == "ok"
    response.status_code = status.HTTP_200_OK if ready else status.HTTP_503_SERVICE_UNAVAILABLE
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
