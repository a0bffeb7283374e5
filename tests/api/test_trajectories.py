"""Types of trajectories: counted over all examples, at one threshold and at a range of them."""

from typing import Any

import pytest

from backend.core.contracts import TrajectoryType
from tests.deployment import Deployment

Explored = tuple[Deployment, dict[str, Any]]
FIGURES = ("trajectory_types", "trajectory_thresholds", "trajectory_curves", "trajectory_flow")


def total(explored: Explored, query: str) -> int:
    deployment, experiment = explored
    page = deployment.get(f"/api/experiments/{experiment['id']}/examples?limit=1&{query}")
    return int(page["total"])


@pytest.mark.parametrize("tau", [0.05, 0.2, 0.333, 0.9])
def test_every_type_counts_what_its_gallery_holds(explored: Explored, tau: float) -> None:
    deployment, experiment = explored
    url = f"/api/experiments/{experiment['id']}"
    found = deployment.get(f"{url}/trajectories?tau={tau}")
    assert (found["tau"], found["sizes"], found["models"], found["n"]) == (tau, [2, 16], 20, 1437)
    assert [kind["trajectory"] for kind in found["types"]] == list(TrajectoryType)
    assert sum(kind["count"] for kind in found["types"]) == 1437
    for kind in found["types"]:
        name, clearest = kind["trajectory"], kind["clearest"]
        assert total(explored, f"trajectory={name}&tau={tau}") == kind["count"]
        assert total(explored, f"trajectory={name}&tau={tau}&flipped=true") == kind["flipped"]
        assert len(clearest) == min(kind["count"], 6)
        for index in clearest:
            assert deployment.get(f"{url}/examples/{index}?tau={tau}")["trajectory"] == name
        if tau in found["taus"]:
            assert kind["counts"][found["taus"].index(tau)] == kind["count"]


def test_few_models_are_said_to_resolve_little(explored: Explored) -> None:
    deployment, experiment = explored
    found = deployment.get(f"/api/experiments/{experiment['id']}/trajectories")
    assert 0.2 < found["margin"] < 1
    placebo = {kind["trajectory"]: kind["placebo"] for kind in found["types"]}
    assert (placebo["cap-shaped"], placebo["u-shaped"]) == (None, None)
    assert len(placebo["increasing"]) == len(found["taus"])
    assert max(placebo["increasing"] + placebo["decreasing"]) < 0.05
    mean = sum(values[15] for values in placebo.values() if values)
    assert mean == pytest.approx(1)


def test_one_size_has_no_trajectories(deployment: Deployment) -> None:
    one = deployment.finished(params={"sizes": [4], "models": 10, "epochs": 1})
    found = deployment.get(f"/api/experiments/{one['id']}/trajectories")
    assert (found["sizes"], found["margin"]) == ([4], None)
    assert [kind["count"] for kind in found["types"]] == [0, 0, 0, 0, 0, 1437]
    for name in FIGURES:
        figure = deployment.get(f"/api/experiments/{one['id']}/figures/{name}")
        assert "need scores at two sizes" in figure["layout"]["title"]["text"]


def test_figures_go_with_the_threshold(explored: Explored) -> None:
    deployment, experiment = explored
    url = f"/api/experiments/{experiment['id']}/figures"
    for name in FIGURES:
        low, high = (deployment.get(f"{url}/{name}?tau={tau}") for tau in (0.1, 0.8))
        assert low["data"]
        assert (low == high) == (name == "trajectory_flow")


@pytest.mark.parametrize("query", ["tau=0.01", "tau=nan", "tau=1", "size=2", "tau=0.2&tau=x"])
def test_a_threshold_that_is_none_is_refused(explored: Explored, query: str) -> None:
    deployment, experiment = explored
    problem = deployment.problem("GET", f"/api/experiments/{experiment['id']}/trajectories?{query}", 422)
    assert problem["errors"][0]["pointer"] in ("/query/tau", "/query/size")


def test_there_are_none_before_the_first_scores(deployment: Deployment) -> None:
    experiment = deployment.submit()
    deployment.problem("GET", f"/api/experiments/{experiment['id']}/trajectories", 404)
