"""Liveness, readiness and metrics; none of them needs a login."""

from fastapi import APIRouter, Response, status
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from backend.api.deps import SessionDep, SettingsDep
from backend.api.schemas import Health
from backend.core import clock
from backend.core.contracts import ExperimentStatus, Queue, UnitStatus
from backend.core.queries import experiments, workers
from backend.core.queue import depth
from backend.core.session import reading
from backend.core.settings import Settings

router = APIRouter(tags=["health"])


def broker_problem(settings: Settings) -> str | None:
    """Return why the broker cannot be reached, or None."""
    try:
        depth(settings, Queue.UNITS)
    except OSError:
        return "unreachable; units wait in the database until it is back"
    return None


@router.get("/healthz")
def healthz() -> Health:
    """Say that the process lives."""
    return Health(status="ok")


@router.get("/readyz", responses={503: {"model": Health, "description": "Something needed is missing"}})
def readyz(settings: SettingsDep, response: Response) -> Health:
    """Say whether database and broker can be reached."""
    checks = {"database": "ok", "broker": broker_problem(settings) or "ok"}
    try:
        with reading(settings.database) as session:
            session.execute(text("SELECT 1 FROM experiments LIMIT 1"))
    except SQLAlchemyError:
        checks["database"] = "unreachable, or not migrated: run `memoscope migrate`"
    ready = all(check == "ok" for check in checks.values())
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
    living = [worker for worker in workers.all_workers(session) if workers.alive(worker, now)]
    Gauge("memoscope_workers_alive", "Workers seen lately", registry=registry).set(len(living))
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
