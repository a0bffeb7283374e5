"""Preparations: one worker at a time, whatever is killed, doubled, late, slow or deleted meanwhile."""

import errno
import threading
from typing import Any

import pytest
from sqlalchemy import update

from backend.core import clock
from backend.core.models import DatasetRow, Experiment
from backend.core.queries import datasets
from backend.core.queries.units import MAX_ATTEMPTS
from backend.core.session import reading, transaction
from backend.datasets import store
from backend.datasets.builtin import BUILTIN
from tests.deployment import SMALL, Deployment
from tests.uploads import arrays, broken, folders, npz, picture, zipped
from workers import prepare as module
from workers.datasets import torchvision_sets
from workers.prepare import Beats, prepare
from workers.summary import summarize

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def upload(deployment: Deployment, data: bytes | None = None) -> str:
    answer = deployment.client.post("/api/datasets", content=data or npz(**arrays(60)))
    assert answer.status_code == 202, answer.text
    return answer.json()["id"]


def row(deployment: Deployment, dataset_id: str) -> DatasetRow:
    with reading(deployment.settings.database) as session:
        return datasets.get(session, dataset_id)


def set_row(deployment: Deployment, dataset_id: str, **values: Any) -> None:
    with transaction(deployment.settings.database) as session:
        session.execute(update(DatasetRow).where(DatasetRow.id == dataset_id).values(**values))


def experiment_row(deployment: Deployment, experiment_id: str) -> Experiment:
    with reading(deployment.settings.database) as session:
        return session.get_one(Experiment, experiment_id)


def on(dataset_id: str, **params: Any) -> dict[str, Any]:
    return SMALL | {"dataset": dataset_id} | params


def left(deployment: Deployment) -> list[str]:
    """Return what broken preparations have left."""
    root = deployment.settings.data_dir
    return [str(p) for name in ("scratch", "artifacts/partial") for p in (root / name).glob("*")]


def test_a_preparation_in_living_hands_is_left_alone(deployment: Deployment) -> None:
    dataset_id = upload(deployment)
    with transaction(deployment.settings.database) as session:
        held = datasets.claim(session, dataset_id)
    assert held is not None
    prepare(deployment.settings, dataset_id)
    assert (row(deployment, dataset_id).state, row(deployment, dataset_id).claim) == ("preparing", held.claim)


def test_another_worker_takes_over_from_a_killed_one_and_clears_up(deployment: Deployment) -> None:
    dataset_id = upload(deployment)
    with transaction(deployment.settings.database) as session:
        killed = datasets.claim(session, dataset_id)
    assert killed is not None
    for folder in ("scratch", "artifacts/partial"):
        half = deployment.settings.data_dir / folder / f"{dataset_id}.{killed.claim}"
        half.mkdir(parents=True)
        (half / "images.npy").write_bytes(b"half")
    set_row(deployment, dataset_id, heartbeat_at=clock.ago(60))
    with reading(deployment.settings.database) as session:
        assert datasets.owed(session, -86400) == [dataset_id]
    prepare(deployment.settings, dataset_id)
    assert row(deployment, dataset_id).state == "ready"
    assert left(deployment) == []


def test_a_preparation_that_kills_every_worker_ends(deployment: Deployment) -> None:
    dataset_id = upload(deployment)
    experiment = deployment.submit(params=on(dataset_id))
    for _ in range(MAX_ATTEMPTS):
        with transaction(deployment.settings.database) as session:
            assert datasets.claim(session, dataset_id)
        set_row(deployment, dataset_id, heartbeat_at=clock.ago(60))
    prepare(deployment.settings, dataset_id)
    assert row(deployment, dataset_id).state == "failed"
    assert "worker was lost 5 times" in deployment.get(f"/api/experiments/{experiment['id']}")["error"]
    deployment.client.post(f"/api/experiments/{experiment['id']}/resume")
    prepare(deployment.settings, dataset_id)
    assert row(deployment, dataset_id).state == "ready"


def test_a_worker_that_lost_its_claim_changes_nothing(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset_id = upload(deployment)
    read = module._read

    def slow(*given: Any) -> Any:
        dataset = read(*given)
        set_row(deployment, dataset_id, claim="another")
        return dataset

    monkeypatch.setattr(module, "_read", slow)
    prepare(deployment.settings, dataset_id)
    found = row(deployment, dataset_id)
    assert (found.state, found.claim, found.fingerprint) == ("preparing", "another", None)
    assert left(deployment) == []


@on_sqlite
def test_a_long_step_without_reports_keeps_the_claim(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset_id = upload(deployment)
    beaten = threading.Event()
    beat = datasets.beat

    def noted(*given: Any) -> None:
        beat(*given)
        beaten.set()

    monkeypatch.setattr(module, "BEAT_EVERY_S", 0.01)
    monkeypatch.setattr(datasets, "beat", noted)
    save = store.save

    def slow(*given: Any) -> None:
        beaten.clear()
        assert beaten.wait(10), "no heartbeat while the data set is stored"
        save(*given)
        monkeypatch.setattr(store, "save", save)

    monkeypatch.setattr(store, "save", slow)
    prepare(deployment.settings, dataset_id)
    assert row(deployment, dataset_id).state == "ready"


@on_sqlite
def test_beats_store_progress_and_stop_the_work_once_the_claim_is_lost(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset_id = upload(deployment)
    with transaction(deployment.settings.database) as session:
        held = datasets.claim(session, dataset_id)
    assert held is not None
    monkeypatch.setattr(module, "BEAT_EVERY_S", 0.01)
    with Beats(deployment.settings, dataset_id, held.claim or "") as beats:
        beats.report(0.25)
        deadline = threading.Event()
        for _ in range(1000):
            if row(deployment, dataset_id).progress == 0.25:
                break
            deadline.wait(0.01)
        assert row(deployment, dataset_id).progress == 0.25
        set_row(deployment, dataset_id, claim=None)
        beats.join(10)
        with pytest.raises(module.Cancelled):
            beats.report(0.5)


def test_a_data_set_deleted_during_its_preparation_leaves_nothing(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset_id = upload(deployment)
    save = store.save

    def deleted_meanwhile(*given: Any) -> None:
        save(*given)
        monkeypatch.setattr(store, "save", save)
        assert deployment.client.delete(f"/api/datasets/{dataset_id}").status_code == 204

    monkeypatch.setattr(store, "save", deleted_meanwhile)
    prepare(deployment.settings, dataset_id)
    deployment.problem("GET", f"/api/datasets/{dataset_id}", 404)
    root = deployment.settings.data_dir / "artifacts"
    own = {row(deployment, name).fingerprint for name in BUILTIN}
    assert {path.name for path in (root / "datasets").iterdir()} == own
    assert not list((root / "uploads").iterdir())
    assert left(deployment) == []


def test_content_that_a_twin_took_along_is_stored_again(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = npz(**arrays(60))
    first, second = upload(deployment, data), upload(deployment, data)
    prepare(deployment.settings, first)
    kept = module._store

    def twin_deleted(*given: Any) -> None:
        kept(*given)
        assert deployment.client.delete(f"/api/datasets/{first}").status_code == 204

    monkeypatch.setattr(module, "_store", twin_deleted)
    prepare(deployment.settings, second)
    found = row(deployment, second)
    assert found.state == "ready"
    assert store.exists(found.fingerprint or "", deployment.settings)


@on_sqlite
def test_a_fault_is_stored_and_the_preparation_can_be_tried_again(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset_id = upload(deployment)

    def broken(*_: Any) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(store, "save", broken)
    prepare(deployment.settings, dataset_id)
    failed = row(deployment, dataset_id)
    assert failed.state == "failed"
    assert "Input/output error" in (failed.error or "")
    assert left(deployment) == []
    monkeypatch.undo()
    assert deployment.client.post(f"/api/datasets/{dataset_id}/download").status_code == 202
    prepare(deployment.settings, dataset_id)
    assert row(deployment, dataset_id).state == "ready"


@on_sqlite
def test_a_disk_that_is_full_fails_nothing_and_leaves_nothing(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset_id = upload(deployment)

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(store, "save", full)
    with pytest.raises(OSError, match="No space left"):  # the task leaves it for later
        prepare(deployment.settings, dataset_id)
    assert row(deployment, dataset_id).state == "preparing"
    assert left(deployment) == []


# --- experiments that wait


def test_an_experiment_waits_for_its_data_and_then_runs_like_any_other(deployment: Deployment) -> None:
    dataset_id = upload(deployment)
    waiting = deployment.submit(params=on(dataset_id))
    twin = deployment.submit(params=on(dataset_id))
    assert waiting["status"] == twin["status"] == "queued"
    assert waiting["id"] != twin["id"], "nothing is equal before the data are known"
    assert [unit.sent_at for unit in deployment.units(waiting["id"]) if unit.sent_at] == []

    prepare(deployment.settings, dataset_id)
    assert any(unit.sent_at for unit in deployment.units(waiting["id"]))
    deployment.work(waiting["id"])
    done = deployment.get(f"/api/experiments/{waiting['id']}")
    assert done["status"] == "done"
    assert done["provenance"]["data"]
    assert deployment.submit(params=on(dataset_id), expect=200)["id"] == waiting["id"]
    log = [event["text"] for event in deployment.get(f"/api/experiments/{waiting['id']}/log")["items"]]
    assert "The data set is ready" in log


@on_sqlite
def test_options_that_turn_out_not_to_fit_fail_the_experiment_alone(deployment: Deployment) -> None:
    dataset_id = upload(deployment)
    wrong = deployment.submit(
        params=on(dataset_id, noise="class-dependent", label_noise=0.1, confusions=["0>9"])
    )
    right = deployment.submit(params=on(dataset_id))
    prepare(deployment.settings, dataset_id)
    failed = deployment.get(f"/api/experiments/{wrong['id']}")
    assert failed["status"] == "failed"
    assert "'0>9' is no pair" in failed["error"]
    assert any(unit.sent_at for unit in deployment.units(right["id"]))


@on_sqlite
def test_a_fault_with_one_experiment_keeps_the_data_set(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset_id = upload(deployment)
    experiment = deployment.submit(params=on(dataset_id))

    def broken(*_: Any) -> None:
        raise RuntimeError("out of luck")

    monkeypatch.setattr("backend.datasets.waiting.try_examples", broken)
    prepare(deployment.settings, dataset_id)
    assert row(deployment, dataset_id).state == "ready"
    assert "out of luck" in deployment.get(f"/api/experiments/{experiment['id']}")["error"]


def test_a_failed_download_fails_with_what_to_do_and_resume_tries_again(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def offline(*_: Any) -> None:
        raise torchvision_sets.UnavailableError("could not be downloaded; set MEMOSCOPE_DATASETS_DIR")

    experiment = deployment.submit(params=on("mnist"))
    path = f"/api/experiments/{experiment['id']}"
    assert row(deployment, "mnist").state == "preparing"
    monkeypatch.setattr(torchvision_sets, "read", offline)
    prepare(deployment.settings, "mnist")
    assert row(deployment, "mnist").state == "failed"
    failed = deployment.get(path)
    assert failed["status"] == "failed"
    assert "MEMOSCOPE_DATASETS_DIR" in failed["error"]

    resumed = deployment.client.post(f"{path}/resume").json()
    assert (resumed["status"], resumed["error"]) == ("queued", None)
    assert row(deployment, "mnist").state == "preparing"
    summarize(deployment.settings, experiment["id"])  # has nothing to say yet, and says nothing
    assert deployment.get(path)["status"] == "queued"

    with reading(deployment.settings.database) as session:
        digits = store.load(datasets.get_ready(session, "digits")[1], deployment.settings)
    monkeypatch.setattr(torchvision_sets, "read", lambda *_: digits)
    prepare(deployment.settings, "mnist")
    assert any(unit.sent_at for unit in deployment.units(experiment["id"]))
    assert experiment_row(deployment, experiment["id"]).spec_hash


def test_a_cancelled_experiment_stays_cancelled_and_gets_its_identity_on_resume(
    deployment: Deployment,
) -> None:
    dataset_id = upload(deployment)
    experiment = deployment.submit(params=on(dataset_id))
    path = f"/api/experiments/{experiment['id']}"
    assert deployment.client.post(f"{path}/cancel").json()["status"] == "cancelled"
    prepare(deployment.settings, dataset_id)
    assert deployment.get(path)["status"] == "cancelled"
    assert experiment_row(deployment, experiment["id"]).spec_hash == ""
    deployment.client.post(f"{path}/resume")
    assert experiment_row(deployment, experiment["id"]).spec_hash
    deployment.work(experiment["id"])
    assert deployment.submit(params=on(dataset_id), expect=200)["id"] == experiment["id"]


@on_sqlite
def test_what_does_not_fit_is_said_on_resume_too(deployment: Deployment) -> None:
    dataset_id = upload(deployment)
    params = on(dataset_id, noise="class-dependent", label_noise=0.1, confusions=["0>9"])
    experiment = deployment.submit(params=params)
    path = f"/api/experiments/{experiment['id']}"
    deployment.client.post(f"{path}/cancel")
    prepare(deployment.settings, dataset_id)
    resumed = deployment.client.post(f"{path}/resume").json()
    assert resumed["status"] == "failed"
    assert "'0>9' is no pair" in resumed["error"]


@on_sqlite
def test_a_picture_at_fault_fails_those_that_wait(deployment: Deployment) -> None:
    dataset_id = upload(deployment, zipped(folders(per_class=30) | {"train/dog/1.png": broken(picture())}))
    experiment = deployment.submit(params=on(dataset_id))
    prepare(deployment.settings, dataset_id)
    assert "'train/dog/1.png'" in deployment.get(f"/api/experiments/{experiment['id']}")["error"]
