"""Liveness and readiness; neither needs a login."""

from fastapi import APIRouter, Response, status

from backend.api.deps import BrokerDep, StorageDep
from backend.api.schemas import Health

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
