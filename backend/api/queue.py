"""The queue: workers, and the units that run, wait or have failed."""

from fastapi import APIRouter

from backend.api.deps import BrokerDep, SessionDep
from backend.api.presenting import worker_out
from backend.api.schemas import QueueOut, UnitOut
from backend.core import clock
from backend.core.contracts import UnitStatus
from backend.core.queries import workers

router = APIRouter(prefix="/api/queue", tags=["queue"])

SHOWN = 100


@router.get("")
def get_queue(broker: BrokerDep, session: SessionDep) -> QueueOut:
    """Return workers and units as the database knows them; no worker is asked."""
    running = workers.units_in(session, UnitStatus.RUNNING, SHOWN)
    now = clock.now(session)
    counts = workers.count_units(session)
    return QueueOut(
        workers=[worker_out(row, running, now) for row in workers.all_workers(session)],
        running=[UnitOut.model_validate(unit) for unit in running],
        waiting=[UnitOut.model_validate(u) for u in workers.units_in(session, UnitStatus.QUEUED, SHOWN)],
        waiting_count=counts.get(UnitStatus.QUEUED, 0),
        failed=[UnitOut.model_validate(u) for u in workers.units_in(session, UnitStatus.FAILED, SHOWN)],
        broker=broker.server,
        broker_ok=broker.problem is None,
        holdup=workers.holdup(session),
    )
