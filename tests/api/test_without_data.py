"""A study without images: from the form to claims and deletion, there is no data set anywhere."""

from collections.abc import Iterator
from typing import Any

import pytest

from backend.core.contracts import UnitStatus
from backend.core.reconcile import reconcile
from tests.deployment import Deployment
from tests.fake_study import registered


@pytest.fixture
def dicing(deployment: Deployment) -> Iterator[Deployment]:
    with registered():
        yield deployment


def test_it_runs_to_the_end_without_a_data_set(dicing: Deployment) -> None:
    experiment = dicing.submit(study="dice", params={})
    assert (experiment["dataset_id"], experiment["title"], experiment["classes"]) == (None, "Dice", [])
    assert experiment["counted"] == "throws"
    assert [unit.sent_at is not None for unit in dicing.units(experiment["id"])] == [True] * 3
    dicing.work(experiment["id"])
    done = dicing.get(f"/api/experiments/{experiment['id']}")
    assert done["status"] == "done"
    assert done["provenance"]["data"] is None
    assert done["reproduce"] == "memoscope submit dice"
    figure = dicing.get(f"/api/experiments/{experiment['id']}/figures/eyes")
    assert len(figure["data"][0]["y"]) == 3
    assert [row["id"] for row in dicing.get("/api/experiments")["items"]] == [experiment["id"]]
    assert dicing.submit(study="dice", params={}, expect=200)["id"] == experiment["id"]
    assert dicing.client.delete(f"/api/experiments/{experiment['id']}").status_code == 204


def test_lost_messages_are_sent_again_and_a_resumed_one_goes_on(dicing: Deployment) -> None:
    experiment = dicing.submit(study="dice", params={"throws": 20})["id"]
    dicing.work(experiment, limit=2)
    cancelled = dicing.client.post(f"/api/experiments/{experiment}/cancel").json()
    assert cancelled["status"] in ("cancelling", "cancelled")
    reconcile(dicing.settings)
    resumed = dicing.client.post(f"/api/experiments/{experiment}/resume")
    assert resumed.status_code == 202, resumed.text
    while dicing.units(experiment, UnitStatus.QUEUED):
        dicing.work(experiment)
    assert dicing.get(f"/api/experiments/{experiment}")["status"] == "done"


@pytest.mark.parametrize(
    "part", ["examples", "examples/0/seen.png", "scores.csv", "export.html", "arrays.npz"]
)
def test_what_needs_examples_is_not_found(dicing: Deployment, part: str) -> None:
    experiment = dicing.finished(study="dice", params={})
    dicing.problem("GET", f"/api/experiments/{experiment['id']}/{part}", 404)
    assert dicing.get(f"/api/experiments/{experiment['id']}/published")["items"] == []


def test_a_data_set_is_no_parameter_of_it(dicing: Deployment) -> None:
    body = {"study": "dice", "params": {"dataset": "digits"}}
    problem = dicing.problem("POST", "/api/experiments", 422, json=body)
    assert problem["errors"][0]["pointer"] == "/params/dataset"


def test_it_can_look_at_the_scores_of_a_finished_experiment(dicing: Deployment) -> None:
    scored = dicing.finished()
    looking = dicing.finished(study="dice", params={"throws": 1, "experiment": scored["id"]})
    figure = dicing.get(f"/api/experiments/{looking['id']}/figures/eyes")
    assert figure["data"][0]["y"] == [1437]
    assert scored["id"] in looking["reproduce"]


def test_it_can_only_look_at_what_is_there_and_has_scores(dicing: Deployment) -> None:
    waiting = dicing.submit()["id"]
    without = dicing.finished(study="dice", params={})["id"]
    for experiment, words in (
        ("0123456789ab", "no such experiment"),
        (waiting, "only a finished one"),
        (without, "have no scores"),
        ("nonsense", "a form, that cannot be taken"),
    ):
        body = {"study": "dice", "params": {"experiment": experiment}}
        (error,) = dicing.problem("POST", "/api/experiments", 422, json=body)["errors"]
        assert error["pointer"] == "/params/experiment"
        assert words in error["detail"]


def test_a_look_at_what_is_gone_fails_with_the_reason(dicing: Deployment) -> None:
    scored = dicing.finished()
    looking = dicing.submit(study="dice", params={"throws": 1, "experiment": scored["id"]})["id"]
    assert dicing.client.delete(f"/api/experiments/{scored['id']}").status_code == 204
    dicing.work(looking)
    found = dicing.get(f"/api/experiments/{looking}")
    assert found["status"] == "failed"
    assert f"there is no finished experiment {scored['id']}" in found["error"]


def test_its_price_needs_no_data_set(dicing: Deployment) -> None:
    answer = dicing.client.post("/api/studies/dice/estimate", json={"params": {"throws": 7}}).json()
    assert (answer["units"], answer["disk_bytes"], answer["half_width"]) == (7, 56, None)


def test_it_cannot_be_extended_or_compared(dicing: Deployment) -> None:
    experiment: dict[str, Any] = dicing.finished(study="dice", params={})
    assert "extend" not in experiment["actions"]
    own = f"/api/experiments/{experiment['id']}"
    dicing.problem("POST", f"{own}/extend", 409, json={"models": 1})
    dicing.problem("GET", f"/api/compare?a={experiment['id']}&b={experiment['id']}", 404)


def test_other_scripts_find_a_preview_and_a_description(dicing: Deployment) -> None:
    experiment = dicing.finished(study="dice", params={})
    page = dicing.client.get(f"/experiments/{experiment['id']}", headers={"Accept": "text/html"})
    assert "Do dice have a memory? · 3 throws · done" in page.text
    assert dicing.client.get(f"/experiments/{experiment['id']}/preview.png").status_code == 200
