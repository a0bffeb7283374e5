"""What was computed on what stays on record."""

from sqlalchemy import delete

from backend.core.models import WorkerRow
from backend.core.session import transaction
from tests.deployment import Deployment
from workers.hardware import hardware

TINY = {"sizes": [2], "models": 100, "epochs": 1}  # a whole block, which a child repeats


def test_hardware_is_recorded_with_the_units_and_inherited(deployment: Deployment) -> None:
    parent = deployment.finished(params=TINY)["id"]
    with transaction(deployment.settings.database) as session:
        session.execute(delete(WorkerRow))
    (own,) = deployment.get(f"/api/experiments/{parent}/engines")["items"]
    assert hardware().items() <= own["engine"].items()
    assert own["engine"]["processor"]
    assert own["engine"]["threads"] > 0

    child = deployment.client.post(f"/api/experiments/{parent}/extend", json={"models": 10}).json()["id"]
    (inherited,) = deployment.get(f"/api/experiments/{child}/engines")["items"]
    assert inherited == own, "units that a child reuses keep their record"
