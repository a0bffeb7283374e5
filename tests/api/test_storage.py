"""A full disk and a locked database: the reason at once, nothing half done, and on it goes by itself."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError, OperationalError

from backend.core import session as sessions
from backend.core.contracts import UnitStatus
from backend.core.errors import FullError, UnavailableError
from backend.core.faults import explain
from backend.core.queries import units
from tests.deployment import Deployment
from workers import patience, runtime
from workers.draining import Drain
from workers.patience import left_for_later
from workers.runtime import run_unit

HUGE = 10**18


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for locks a tenth of a second only, so that the tests do."""
    assert sessions.patience.ms < 3000, "people hear of a lock within three seconds"
    monkeypatch.setattr(sessions.patience, "ms", 100)


def sqlite_error(code: int) -> DBAPIError:
    error = sqlite3.OperationalError("told by SQLite")
    error.sqlite_errorcode = code
    return OperationalError("SELECT", {}, error)


def postgres_error(error: type[psycopg.Error]) -> DBAPIError:
    return OperationalError("SELECT", {}, error("told by PostgreSQL"))


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (sqlite_error(sqlite3.SQLITE_FULL), FullError),
        (sqlite_error(sqlite3.SQLITE_BUSY), UnavailableError),
        (sqlite_error(sqlite3.SQLITE_IOERR_WRITE), UnavailableError),
        (postgres_error(psycopg.errors.DiskFull), FullError),
        (postgres_error(psycopg.errors.LockNotAvailable), UnavailableError),
        (postgres_error(psycopg.errors.AdminShutdown), UnavailableError),
        (postgres_error(psycopg.OperationalError), UnavailableError),
        (OSError(28, "No space left on device"), FullError),
    ],
)
def test_faults_that_pass_are_known(error: Exception, kind: type[Exception]) -> None:
    assert isinstance(explain(error), kind)


@pytest.mark.parametrize(
    "error",
    [
        sqlite_error(sqlite3.SQLITE_ERROR),
        postgres_error(psycopg.errors.UndefinedColumn),
        PermissionError(13, "Permission denied"),
        ValueError(),
    ],
)
def test_faults_of_ours_are_not(error: Exception) -> None:
    assert explain(error) is None


@contextmanager
def held(deployment: Deployment) -> Iterator[None]:
    """Another program holds the database: all of SQLite, the table of experiments in PostgreSQL."""
    url = deployment.settings.database
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None) as other:
            other.execute("BEGIN EXCLUSIVE")
            yield
            other.execute("ROLLBACK")
        other.close()
        return
    with psycopg.connect(url.replace("+psycopg", "")) as other:
        other.execute("LOCK TABLE experiments IN EXCLUSIVE MODE")
        yield


def test_a_locked_database_is_told_within_seconds_and_work_goes_on(deployment: Deployment) -> None:
    with held(deployment):
        problem = deployment.problem("POST", "/api/experiments", 503, json={"study": "memorization"})
    assert "Another program holds the database" in problem["detail"]
    assert deployment.submit()["status"] == "queued"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_readiness_knows_of_a_lock(deployment: Deployment) -> None:
    with held(deployment):
        checks = deployment.client.get("/readyz").json()["checks"]
    assert "Another program holds the database" in checks["database"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nothing_begins_without_room(deployment: Deployment) -> None:
    experiment = deployment.submit()
    index = deployment.units(experiment["id"])[0].index
    full = Deployment.create(
        deployment.settings.data_dir,
        deployment.settings.database,
        deployment.settings.broker.replace("redis+socket", "unix"),
        reserve_bytes=HUGE,
    )
    for path, body in {
        "/api/experiments": {"json": {"study": "memorization", "params": {"seed": 1}}},
        "/api/datasets?title=t&filename=t.zip": {"content": b"x"},
    }.items():
        assert "nearly full" in full.problem("POST", path, 507, **body)["detail"]
    assert full.client.get("/readyz").status_code == 503
    assert "are kept free" in full.client.get("/readyz").json()["checks"]["disk"]
    with left_for_later():
        run_unit(full.settings, experiment["id"], index)
    assert deployment.units(experiment["id"])[0].status is UnitStatus.QUEUED
    deployment.work(experiment["id"])
    assert deployment.get(f"/api/experiments/{experiment['id']}")["status"] == "done"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_a_unit_found_is_kept_until_the_database_takes_it(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = [sqlite_error(sqlite3.SQLITE_FULL), sqlite_error(sqlite3.SQLITE_BUSY)]
    finish = units.finish

    def refuse(*arguments: Any) -> bool:
        if faults:
            raise faults.pop()
        return finish(*arguments)

    monkeypatch.setattr(units, "finish", refuse)
    monkeypatch.setattr(patience, "RETRY_S", 0)
    experiment = deployment.submit()["id"]
    run_unit(deployment.settings, experiment, 0)
    assert deployment.units(experiment)[0].status is UnitStatus.DONE


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_unit_that_fills_the_disk_waits_again(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    experiment = deployment.submit()["id"]
    with monkeypatch.context() as patch:
        patch.setattr(runtime, "_compute", fill)
        run_unit(deployment.settings, experiment, 0)
    unit = deployment.units(experiment)[0]
    assert (unit.status, unit.attempt) == (UnitStatus.QUEUED, 0), "it does not count against the unit"
    log = deployment.get(f"/api/experiments/{experiment}/log")["items"][-1]["text"]
    assert log.startswith("Unit 0 waits again: The disk that holds the data is full")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_worker_that_stops_gives_its_unit_back_and_takes_no_other(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    drain = Drain()
    monkeypatch.setattr(runtime, "drain", drain)
    compute = runtime._compute

    def told_to_stop(*arguments: Any) -> Any:
        drain.begin()
        return compute(*arguments)

    monkeypatch.setattr(runtime, "_compute", told_to_stop)
    experiment = deployment.submit()["id"]
    run_unit(deployment.settings, experiment, 0)
    run_unit(deployment.settings, experiment, 1)
    found = [(unit.status, unit.attempt) for unit in deployment.units(experiment)][:2]
    assert found == [(UnitStatus.QUEUED, 0)] * 2
    patient = deployment.settings.model_copy(update={"drain_s": 60})
    drain.__init__()
    run_unit(patient, experiment, 0)
    assert deployment.units(experiment)[0].status is UnitStatus.DONE, "it had the time to end"
