"""One's own data through the API: budgets of time, whose labels were trained on, what lies here already."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from backend.core import clock
from backend.core.contracts import UnitStatus
from backend.core.models import Experiment, UnitRow
from backend.core.queries import workers
from backend.core.session import reading, transaction
from tests.deployment import SMALL, Deployment

REST = ("train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
ASKED = {"params": {"dataset": "photographs"}}


def budgets(deployment: Deployment, params: object = ASKED) -> dict:
    answer: dict = deployment.client.post("/api/studies/memorization/budgets", json=params).json()
    return answer


def trained(deployment: Deployment, experiment: str, pace: float, pause: float) -> None:
    """Let one worker have run an experiment's units, each so much slower than priced, with pauses between."""
    with transaction(deployment.settings.database) as session:
        at = clock.now(session)
        for row in session.scalars(select(UnitRow).where(UnitRow.experiment_id == experiment)):
            row.status, row.worker_id, row.seconds = UnitStatus.DONE, "worker-1", 20.0
            row.started_at, row.finished_at = at, at + timedelta(seconds=20 * pace)
            at = row.finished_at + timedelta(seconds=pause)


def test_a_slower_machine_buys_less_and_estimates_say_so(deployment: Deployment) -> None:
    quick = budgets(deployment)
    assert [item["title"] for item in quick["items"]] == ["5 minutes", "1 hour", "A night"]
    assert not quick["measured"]
    first = deployment.submit()["id"]
    before = deployment.client.post("/api/studies/memorization/estimate", json=ASKED).json()
    with transaction(deployment.settings.database) as session:
        session.get_one(Experiment, first).started_at = clock.now(session)
    trained(deployment, first, pace=3, pause=2)
    with reading(deployment.settings.database) as session:
        count = len(session.scalars(select(UnitRow).where(UnitRow.experiment_id == first)).all())
        pace = workers.pace(session, "memorization")
    assert pace == pytest.approx(3 + 2 * (count - 1) / (20 * count))
    after = deployment.client.post("/api/studies/memorization/estimate", json=ASKED).json()
    assert after["measured"]
    assert not before["measured"]
    assert after["seconds"] == pytest.approx(pace * before["seconds"])
    slow = budgets(deployment)
    assert slow["measured"]
    for fast_item, slow_item in zip(quick["items"], slow["items"], strict=True):
        assert slow_item["expected_s"] <= slow_item["seconds"]
        assert slow_item["half_width"] >= fast_item["half_width"]
    assert slow["items"][0]["params"]["models"] < quick["items"][0]["params"]["models"]

    trained(deployment, first, pace=3, pause=60)  # waiting for work is no work
    with reading(deployment.settings.database) as session:
        assert workers.pace(session, "memorization") == pytest.approx(3)
        assert workers.pace(session, "randomization") is None


def test_what_is_proposed_can_be_run_as_it_is(deployment: Deployment) -> None:
    for item in budgets(deployment)["items"]:
        estimate = deployment.client.post(
            "/api/studies/memorization/estimate", json={"params": item["params"]}
        )
        assert estimate.json()["seconds"] == pytest.approx(item["expected_s"])
        assert estimate.json()["half_width"] == item["half_width"]
        assert (item["params"]["dataset"], item["params"]["label_noise"]) == ("photographs", 0)


def test_budgets_to_find_wrong_labels_say_how_many_are_looked_at(deployment: Deployment) -> None:
    found = budgets(deployment, {**ASKED, "purpose": "suspects"})["items"]
    n_train = deployment.get("/api/datasets/photographs")["n_train"]
    assert found[-1]["words"].startswith(f"Looks at the labels of all {n_train:,} training pictures, by ")
    for item in found:
        assert (item["params"]["label_noise"], len(item["params"]["sizes"])) == (0, 1)
        estimate = deployment.client.post(
            "/api/studies/memorization/estimate", json={"params": item["params"]}
        ).json()
        assert estimate["seconds"] == pytest.approx(item["expected_s"])
        assert f"by {estimate['models']:,} models" in item["words"]
    reviewed = {study["name"] for study in deployment.get("/api/studies")["items"] if study["reviewed"]}
    assert reviewed == {"memorization"}
    for name in ("resmem", "long_tail"):
        path = f"/api/studies/{name}/budgets"
        answer = deployment.client.post(path, json={"purpose": "suspects"})
        assert answer.status_code != 200 or answer.json()["items"] == [], name
    path = "/api/studies/memorization/budgets"
    deployment.problem("POST", path, 422, json={**ASKED, "purpose": "fame"})


def test_what_has_no_scores_proposes_nothing_and_unknown_data_are_named(deployment: Deployment) -> None:
    assert deployment.client.post("/api/studies/long_tail/budgets", json={}).json()["items"] == []
    assert deployment.client.post("/api/studies/randomization/budgets", json={}).json()["items"] == []
    path = "/api/studies/memorization/budgets"
    unknown = deployment.problem("POST", path, 422, json={"params": {"dataset": "gone"}})
    assert [error["pointer"] for error in unknown["errors"]] == ["/params/dataset"]
    body = {"params": {"dataset": "digits", "classes": ["0", "x"]}}
    assert deployment.problem("POST", path, 422, json=body)["errors"][0]["pointer"] == "/params/classes"


def test_experiments_say_whose_labels_they_have_and_make_no_claims_about_flips_without_any(
    deployment: Deployment,
) -> None:
    labels = "label\n" + "\n".join(str(index % 10) for index in range(1437))
    path = "/api/datasets/digits/labels?name=by position&confirm=true"
    headers = {"Content-Type": "application/octet-stream"}
    deployment.client.post(path, content=labels, headers=headers).raise_for_status()
    brought = deployment.finished(params=SMALL | {"labels": "by position", "label_noise": 0})
    assert brought["relabels"]
    assert (brought["label_file"]["name"], brought["label_file"]["order_verified"]) == ("by position", False)
    clean = deployment.finished(params=SMALL | {"label_noise": 0, "seed": 1})
    assert not clean["relabels"]
    assert clean["label_file"] is None
    assert clean["dataset_title"] == deployment.get("/api/datasets/digits")["title"]
    claims = [
        {claim["key"] for claim in deployment.get(f"/api/experiments/{each['id']}/claims")["items"]}
        for each in (brought, clean)
    ]
    assert claims[0] - claims[1] == {"flipped_rank", "increasing_flipped"}
    compared = deployment.get(f"/api/compare?a={clean['id']}&b={brought['id']}")
    assert compared["a"]["label_file"] is None
    assert not compared["b"]["label_file"]["order_verified"]


def test_what_lies_in_the_given_folder_is_shown_without_reading_it(tmp_path: Path, redis_url: str) -> None:
    raw = tmp_path / "lying" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    (raw / "train-images-idx3-ubyte").write_bytes(b"x")
    made = Deployment.create(
        tmp_path, f"sqlite:///{tmp_path / 'memoscope.db'}", redis_url, datasets_dir=tmp_path / "lying"
    )
    missing = made.get("/api/datasets/mnist")["lying"]["missing"]
    assert missing == [f"MNIST/raw/{name}" for name in REST]
    for name in REST:
        (raw / name).write_bytes(b"x")
    listed = {item["id"]: item for item in made.get("/api/datasets")["items"]}
    assert listed["mnist"]["lying"] == {"missing": []}
    assert listed["mnist"]["state"] == "absent"
    assert listed["cifar10"]["lying"] is listed["digits"]["lying"] is None
    made.close()
