"""Units under contention: claimed once, finished once, taken over only when their worker is lost."""

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from backend.core import clock
from backend.core.contracts import EventKind, Queue, UnitStatus
from backend.core.errors import Cancelled
from backend.core.models import Event, Experiment, UnitResult, UnitRow
from backend.core.queries import units
from backend.core.queue import depth, posting
from backend.core.reconcile import reconcile
from backend.core.session import reading, transaction
from backend.studies import STUDIES, get_study
from tests.deployment import Deployment
from workers.runtime import run_unit
from workers.summary import summarize


@pytest.fixture
def experiment(deployment: Deployment) -> str:
    return deployment.submit()["id"]


def claim(deployment: Deployment, experiment: str, worker: str = "worker-1") -> UnitRow | None:
    with transaction(deployment.settings.database) as session:
        return units.claim(session, experiment, 0, worker)


def fall_silent(deployment: Deployment, experiment: str) -> None:
    """Age the running units' heartbeats beyond what a living worker leaves."""
    with transaction(deployment.settings.database) as session:
        session.execute(
            update(UnitRow)
            .where(UnitRow.experiment_id == experiment, UnitRow.status == UnitStatus.RUNNING)
            .values(heartbeat_at=clock.ago(units.STALE_AFTER_S + 1))
        )


def finish(deployment: Deployment, experiment: str, token: str, data: bytes) -> bool:
    with posting(deployment.settings) as session:
        return units.finish(session, experiment, 0, token, data, {})


def results(deployment: Deployment, experiment: str) -> list[bytes]:
    with reading(deployment.settings.database) as session:
        return list(session.scalars(select(UnitResult.data).where(UnitResult.experiment_id == experiment)))


def test_a_second_delivery_finds_the_unit_taken_and_then_done(
    deployment: Deployment, experiment: str
) -> None:
    first = claim(deployment, experiment)
    assert first is not None
    assert claim(deployment, experiment, "worker-2") is None
    assert finish(deployment, experiment, first.claim or "", b"1")
    assert claim(deployment, experiment, "worker-2") is None
    run_unit(deployment.settings, experiment, 0)
    assert results(deployment, experiment) == [b"1"]


def test_a_lost_worker_that_comes_back_late_changes_nothing(deployment: Deployment, experiment: str) -> None:
    lost = claim(deployment, experiment)
    assert lost is not None
    fall_silent(deployment, experiment)
    taken = claim(deployment, experiment, "worker-2")
    assert taken is not None
    assert taken.attempt == 2
    with pytest.raises(Cancelled), transaction(deployment.settings.database) as session:
        units.beat(session, experiment, 0, lost.claim or "", 0.5)
    assert not finish(deployment, experiment, lost.claim or "", b"late")
    assert finish(deployment, experiment, taken.claim or "", b"right")
    assert results(deployment, experiment) == [b"right"]


def test_the_reconciler_requeues_a_silent_unit_and_says_so(deployment: Deployment, experiment: str) -> None:
    claim(deployment, experiment, "worker-7")
    before = depth(deployment.settings, Queue.UNITS)
    reconcile(deployment.settings)
    assert deployment.units(experiment)[0].status is UnitStatus.RUNNING  # it still beats
    fall_silent(deployment, experiment)
    reconcile(deployment.settings)
    unit = deployment.units(experiment)[0]
    assert unit.status is UnitStatus.QUEUED
    assert depth(deployment.settings, Queue.UNITS) == before + 1
    with reading(deployment.settings.database) as session:
        lines = session.scalars(select(Event.text).where(Event.kind == EventKind.LOG)).all()
    assert any("worker 7 lost" in line for line in lines)


def test_a_unit_that_kills_its_workers_fails_in_the_end(deployment: Deployment, experiment: str) -> None:
    for _ in range(units.MAX_ATTEMPTS):
        assert claim(deployment, experiment) is not None
        fall_silent(deployment, experiment)
        reconcile(deployment.settings)
    unit = deployment.units(experiment)[0]
    assert unit.status is UnitStatus.FAILED
    assert "memory" in (unit.error or "")


def test_a_lost_summary_message_is_made_up_for(deployment: Deployment, experiment: str, redis_server) -> None:
    for unit in deployment.units(experiment):
        run_unit(deployment.settings, experiment, unit.index)
    redis_server.client.flushall()
    with transaction(deployment.settings.database) as session:
        session.execute(update(Experiment).values(summary_sent_at=clock.ago(60)))
    reconcile(deployment.settings)
    assert depth(deployment.settings, Queue.SUMMARIES) == 1
    summarize(deployment.settings, experiment)
    assert deployment.get(f"/api/experiments/{experiment}")["status"] == "done"


def test_only_a_window_of_a_large_experiment_waits_in_the_broker(deployment: Deployment) -> None:
    large = deployment.submit(params={"sizes": [2], "models": 4000, "epochs": 1})["id"]
    assert len(deployment.units(large)) > units.WINDOW
    assert depth(deployment.settings, Queue.UNITS) == units.WINDOW
    run_unit(deployment.settings, large, 0)
    assert depth(deployment.settings, Queue.UNITS) == units.WINDOW + 1  # refilled as one is done


def test_a_summary_that_cannot_be_made_fails_the_experiment_and_keeps_its_units(
    deployment: Deployment, experiment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for unit in deployment.units(experiment):
        run_unit(deployment.settings, experiment, unit.index)
    broken = replace(get_study("memorization"), preview=lambda _: 1 / 0)
    monkeypatch.setitem(STUDIES, "memorization", broken)
    summarize(deployment.settings, experiment)
    failed = deployment.get(f"/api/experiments/{experiment}")
    assert failed["status"] == "failed"
    assert "ZeroDivisionError" in failed["error"]
    monkeypatch.undo()
    deployment.client.post(f"/api/experiments/{experiment}/resume")
    summarize(deployment.settings, experiment)
    assert deployment.get(f"/api/experiments/{experiment}")["status"] == "done"
