"""Experiments that stop once their scores are known well enough."""

import pytest
from sqlalchemy import select

from backend.core.contracts import UnitStatus
from backend.core.models import Event
from backend.core.session import reading
from tests.deployment import Deployment
from workers.runtime import run_unit
from workers.summary import summarize

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PARAMS = {"sizes": [16, 32], "models": 400, "epochs": 20, "target": "known", "label_noise": 0}


def log_of(deployment: Deployment, experiment: str) -> list[str]:
    with reading(deployment.settings.database) as session:
        return list(session.scalars(select(Event.text).where(Event.experiment_id == experiment)))


def run_look(deployment: Deployment, experiment: str) -> int:
    """Run all that is asked for now; return how many models that were."""
    units = deployment.units(experiment, UnitStatus.QUEUED)
    for unit in units:
        run_unit(deployment.settings, experiment, unit.index)
    summarize(deployment.settings, experiment)
    return sum(unit.models for unit in units)


def test_models_are_trained_look_by_look_until_the_target_is_reached(deployment: Deployment) -> None:
    params = PARAMS | {"models": 800, "subset_fraction": 0.5, "sizes": [32], "epochs": 8}
    experiment = deployment.submit(params=params)["id"]
    trained = []
    while deployment.get(f"/api/experiments/{experiment}")["status"] != "done":
        trained.append(run_look(deployment, experiment))
    # Half-widths are at most .091 after 400 models that get right what they had.
    assert trained == [50, 50, 100, 200][: len(trained)]
    assert len(trained) > 1
    shown = deployment.get(f"/api/experiments/{experiment}")
    assert shown["progress"]["models"] == shown["progress"]["models_done"] == sum(trained)
    assert shown["progress"]["fraction"] == 1
    assert deployment.units(experiment, UnitStatus.HELD) == []
    lines = log_of(deployment, experiment)
    assert sum("not reached" in line for line in lines) == len(trained) - 1
    assert f"The target is reached: {800 - sum(trained):,} models are not needed" in lines


@on_sqlite
def test_the_intervals_of_several_looks_are_wider(deployment: Deployment) -> None:
    fixed, looked = (
        deployment.finished(params=PARAMS | {"models": 60, "target": target})["id"]
        for target in ("none", "settled")
    )
    run_look(deployment, looked)
    widths = []
    for experiment in (fixed, looked):
        item = deployment.get(f"/api/experiments/{experiment}/examples?sort=width&limit=1")["items"][0]
        assert item["n_in"] + item["n_out"] == 60
        widths.append(item["high"] - item["low"])
    assert widths[1] > 1.05 * widths[0]


@on_sqlite
def test_a_target_that_is_out_of_reach_ends_with_the_budget(deployment: Deployment) -> None:
    experiment = deployment.submit(params=PARAMS | {"models": 60, "target": "settled", "label_noise": 0.5})[
        "id"
    ]
    assert run_look(deployment, experiment) == 100
    assert run_look(deployment, experiment) == 20
    assert deployment.get(f"/api/experiments/{experiment}")["status"] == "done"


def test_a_cancelled_experiment_resumes_at_its_look(deployment: Deployment) -> None:
    experiment = deployment.submit(params=PARAMS)["id"]
    run_look(deployment, experiment)
    deployment.client.post(f"/api/experiments/{experiment}/cancel")
    held = len(deployment.units(experiment, UnitStatus.HELD))
    assert held > 0
    assert deployment.get(f"/api/experiments/{experiment}")["status"] == "cancelled"
    deployment.client.post(f"/api/experiments/{experiment}/resume")
    assert run_look(deployment, experiment) == 100
    assert len(deployment.units(experiment, UnitStatus.HELD)) < held


def test_an_extension_shows_its_parents_results_at_once(deployment: Deployment) -> None:
    parent = deployment.finished(params=PARAMS | {"models": 100, "target": "none"})["id"]
    child = deployment.client.post(f"/api/experiments/{parent}/extend", json={"models": 50}).json()["id"]
    summarize(deployment.settings, child)
    page = deployment.get(f"/api/experiments/{child}/examples?limit=1")
    assert page["items"][0]["n_in"] + page["items"][0]["n_out"] == 100


@on_sqlite
def test_an_extension_tells_its_price_and_gain_beforehand(deployment: Deployment) -> None:
    params = PARAMS | {"sizes": [16], "epochs": 8, "target": "none"}
    parent = deployment.finished(params=params | {"models": 100})["id"]
    told = deployment.get(f"/api/experiments/{parent}/extend?models=200")
    assert (told["models"], told["reused"]) == (200, 100)
    whole = deployment.client.post(
        "/api/studies/memorization/estimate", json={"params": params | {"models": 300}}
    ).json()
    assert told["seconds"] == pytest.approx(whole["seconds"] * 2 / 3, rel=0.1)
    deployment.trained(parent, pace=3, pause=0)
    measured = deployment.get(f"/api/experiments/{parent}/extend?models=200")
    assert (told["measured"], measured["measured"]) == (False, True)
    assert measured["seconds"] == pytest.approx(3 * told["seconds"])
    assert told["gains"][0].startswith("300 models per size instead of 100")
    now, then = (int(part.split()[-1]) for part in told["gains"][1].replace("about", "").split("%")[:2])
    assert now < then
    child = deployment.client.post(f"/api/experiments/{parent}/extend", json={"models": 200}).json()
    deployment.work(child["id"])
    more = deployment.get(f"/api/experiments/{child['id']}/figures/convergence")
    at = more["data"][0]["x"].index(300)
    assert abs(more["data"][0]["y"][at] - then / 100) < 0.06, "what was told came true"
    problem = deployment.problem("GET", f"/api/experiments/{parent}/extend?models=5", 422)
    assert problem["errors"][0] == {"pointer": "/models", "detail": "must be from 10 to 4,000"}
