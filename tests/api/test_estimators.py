"""Scores by margins beside those by counts: asked for in the address, refused where there are none."""

import csv
import io

import numpy as np
import pytest

from tests.deployment import Deployment

PARAMS = {"sizes": [4, 32], "models": 40, "epochs": 10}


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory, redis_server):
    found = Deployment.create(
        (folder := tmp_path_factory.mktemp("estimators")),
        f"sqlite:///{folder}/memoscope.db",
        redis_server.url,
    )
    yield found
    found.close()


@pytest.fixture(scope="module")
def experiment(deployment: Deployment) -> str:
    return deployment.finished(params=PARAMS)["id"]


def scores(deployment: Deployment, experiment: str, query: str = "") -> list[dict[str, str]]:
    text = deployment.client.get(f"/api/experiments/{experiment}/scores.csv{query}").text
    return list(csv.DictReader(io.StringIO(text)))


def column(rows: list[dict[str, str]], name: str) -> np.ndarray:
    return np.array([float(row[name]) for row in rows])


def test_exports_name_the_estimator_in_their_address(deployment: Deployment, experiment: str) -> None:
    counts, margins = (scores(deployment, experiment, q) for q in ("", "?estimator=margins"))
    assert counts == scores(deployment, experiment, "?estimator=counts")
    assert counts[0].keys() == margins[0].keys()
    for name in ("size", "example", "n_in", "k_in", "n_out", "k_out", "trajectory"):
        assert [row[name] for row in counts] == [row[name] for row in margins]
    both = column(counts, "memorization"), column(margins, "memorization")
    assert np.corrcoef(both)[0, 1] > 0.9
    assert np.abs(both[0] - both[1]).max() > 0.02
    widths = [(column(rows, "high") - column(rows, "low")).mean() for rows in (counts, margins)]
    assert widths[1] < 0.9 * widths[0]
    undecided = [sum(row["verdict"] == "undecided" for row in rows) for rows in (counts, margins)]
    assert undecided[1] < undecided[0]


def test_the_gallery_and_the_histogram_follow_the_estimator(deployment: Deployment, experiment: str) -> None:
    expected = {int(r["example"]): r for r in scores(deployment, experiment, "?estimator=margins")[1437:]}
    page = deployment.get(f"/api/experiments/{experiment}/examples?estimator=margins&limit=20")
    shown = [item["memorization"] for item in page["items"]]
    assert shown == sorted(shown, reverse=True)
    for item in page["items"]:
        row = expected[item["index"]]
        for name in ("memorization", "low", "high"):
            assert item[name] == pytest.approx(float(row[name]), abs=1e-6)
        assert item["verdict"] == row["verdict"]
    following = deployment.get(page["next_url"])
    assert following["items"][0]["memorization"] <= shown[-1]
    bars = deployment.get(f"/api/experiments/{experiment}/histogram?estimator=margins")
    assert sum(bars["counts"]) == 1437
    assert bars["step"] is None
    few = deployment.get(f"/api/experiments/{experiment}/examples?estimator=margins&memorization_gte=0.5")
    assert few["total"] == sum(float(row["memorization"]) >= 0.5 for row in expected.values())
    one = deployment.get(f"/api/experiments/{experiment}/examples/5?estimator=margins")
    assert one["sizes"][-1]["memorization"] == pytest.approx(float(expected[5]["memorization"]), abs=1e-6)


def test_figures_say_which_estimator_they_draw(deployment: Deployment, experiment: str) -> None:
    for name in ("histogram", "histograms"):
        drawn = deployment.get(f"/api/experiments/{experiment}/figures/{name}?estimator=margins")
        assert "by margins" in drawn["layout"]["title"]["text"]
        plain = deployment.get(f"/api/experiments/{experiment}/figures/{name}")
        assert "by margins" not in plain["layout"]["title"]["text"]
    for query in ("", "?estimator=margins", "?size=4"):
        apart = deployment.get(f"/api/experiments/{experiment}/figures/disagreement{query}")
        assert [trace["name"] for trace in apart["data"] if "name" in trace] == ["equal", "farthest apart"]
        calibration = deployment.get(f"/api/experiments/{experiment}/figures/calibration{query}")
        assert len(calibration["data"]) == 4


def test_too_few_models_have_no_margins_and_say_so(deployment: Deployment) -> None:
    few = deployment.finished(params=PARAMS | {"models": 10, "epochs": 1})["id"]
    for path in ("examples", "histogram", "scores.csv", "examples/0", "figures/histogram"):
        problem = deployment.problem("GET", f"/api/experiments/{few}/{path}?estimator=margins", 422)
        assert problem["errors"] == [{"pointer": "/query/estimator", "detail": "must be counts here"}]
        assert "choose counts" in problem["detail"]
    drawn = deployment.get(f"/api/experiments/{few}/figures/calibration")
    assert "margins" in drawn["layout"]["annotations"][0]["text"]
    problem = deployment.problem("GET", f"/api/experiments/{few}/examples?estimator=guess", 422)
    assert "counts" in str(problem["errors"])
