"""Which worker takes what: none that is older than what it meets; large models wait for a GPU that lives."""

import socket
from datetime import timedelta

import pytest
from sqlalchemy import update
from typer.testing import CliRunner

from backend.cli import app
from backend.core import clock
from backend.core.contracts import Queue, UnitStatus, queues_of
from backend.core.models import Experiment, UnitRow, WorkerRow
from backend.core.provenance import installation, is_of_newer
from backend.core.queries import units, workers
from backend.core.queue import depth
from backend.core.reconcile import GRACE_S, reconcile
from backend.core.session import transaction
from backend.core.settings import get_settings
from tests.deployment import Deployment
from tests.services import RedisServer
from tests.unit.test_schema import set_revision
from workers import versions
from workers.draining import Drain
from workers.runtime import run_unit


def see(deployment: Deployment, *, gpu: bool, seen_s_ago: float = 0) -> None:
    with transaction(deployment.settings.database) as session:
        row = WorkerRow(
            id="w", hostname=socket.gethostname(), pid=1, device="d", threads=1, torch_version="2"
        )
        row.gpu = gpu
        workers.seen(session, row)
        session.flush()
        session.execute(update(WorkerRow).values(seen_at=clock.now(session) - timedelta(seconds=seen_s_ago)))


def waiting(deployment: Deployment) -> tuple[int, int]:
    return tuple(depth(deployment.settings, queue) for queue in (Queue.UNITS_GPU, Queue.UNITS))  # type: ignore[return-value]


def test_a_worker_without_a_gpu_does_not_listen_for_what_wants_one() -> None:
    assert queues_of(gpu=True) == (Queue.SUMMARIES, Queue.UNITS_GPU, Queue.UNITS)
    assert queues_of(gpu=False) == (Queue.SUMMARIES, Queue.UNITS)


def test_large_models_wait_for_a_gpu_while_one_lives(
    deployment: Deployment, redis_server: RedisServer
) -> None:
    experiment = deployment.submit()["id"]
    count = len(deployment.units(experiment))

    def sent_again(model_s: float) -> tuple[int, int]:
        """Let models cost that much and messages be overdue; return how many wait after the reconciler."""
        values = {"seconds": UnitRow.models * model_s, "sent_at": clock.ago(GRACE_S + 1)}
        with transaction(deployment.settings.database) as session:
            session.execute(update(UnitRow).values(values))
        reconcile(deployment.settings)
        return waiting(deployment)

    large, small = units.GPU_MODEL_S, 0.99 * units.GPU_MODEL_S
    see(deployment, gpu=True)
    for model_s, found in ((small, (0, count)), (large, (count, 0))):
        redis_server.client.flushall()
        assert sent_again(model_s) == found
    assert sent_again(large) == (count, 0), "they wait there, and are not sent twice"
    see(deployment, gpu=True, seen_s_ago=workers.ALIVE_S + 1)
    assert sent_again(large) == (count, count), "nobody comes for them there any more"


@pytest.mark.parametrize(
    ("made", "newer"),
    [
        ({}, False),
        (installation(), False),
        ({"version": "0.0.9", "schema": "0001"}, False),
        ({"version": "0.10.0", "schema": "0001"}, True),
        ({"version": "0.1.0", "schema": "9999"}, True),
    ],
)
def test_versions_are_compared_by_number_and_tables(made: dict[str, str], newer: bool) -> None:
    assert is_of_newer(made) is newer


@pytest.fixture
def drain(monkeypatch: pytest.MonkeyPatch) -> Drain:
    made = Drain()
    monkeypatch.setattr(versions, "drain", made)
    return made


def test_an_older_worker_leaves_a_newer_experiment_alone(deployment: Deployment, drain: Drain) -> None:
    experiment = deployment.submit()["id"]
    with transaction(deployment.settings.database) as session:
        row = session.get_one(Experiment, experiment)
        row.provenance = {**row.provenance, "version": "99.0"}
    run_unit(deployment.settings, experiment, 0)
    assert deployment.units(experiment)[0].status is UnitStatus.QUEUED
    assert not drain.begun, "it may run others"


def test_a_worker_older_than_the_database_stops(deployment: Deployment, drain: Drain) -> None:
    experiment = deployment.submit()["id"]
    set_revision(deployment.settings.database, "9999")
    run_unit(deployment.settings, experiment, 0)
    assert deployment.units(experiment)[0].status is UnitStatus.QUEUED
    assert drain.begun
    assert [drain.takes_signal(), drain.takes_signal()] == [True, False]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_container_can_ask_whether_its_worker_lives(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMOSCOPE_DATABASE_URL", deployment.settings.database)
    get_settings.cache_clear()
    for seen_s_ago, code in ((None, 2), (0, 0), (workers.ALIVE_S + 1, 2)):
        if seen_s_ago is not None:
            see(deployment, gpu=False, seen_s_ago=seen_s_ago)
        assert CliRunner().invoke(app, ["worker", "--check"]).exit_code == code
    get_settings.cache_clear()
