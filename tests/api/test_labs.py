"""Laboratories: sliders in the query, figures and claims in one answer, and refusals that name the slider."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.deployment import Deployment
from tests.fake_study import registered

LAB = "/api/studies/sketches/labs/tides"


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory, redis_server: Any) -> Iterator[Deployment]:
    folder = tmp_path_factory.mktemp("labs")
    with registered():
        made = Deployment.create(folder, f"sqlite:///{folder / 'memoscope.db'}", redis_server.url)
        yield made
        made.close()


def test_a_study_lists_its_laboratories_with_their_sliders(deployment: Deployment) -> None:
    (lab,) = deployment.get("/api/studies/sketches")["labs"]
    assert (lab["name"], lab["title"]) == ("tides", "Tides")
    sliders = lab["params_schema"]["properties"]
    assert (sliders["moon"]["minimum"], sliders["moon"]["maximum"], sliders["moon"]["default"]) == (
        0.1,
        10,
        1,
    )
    assert sliders["shore"]["enum"] == ["flat", "steep"]
    assert deployment.get("/api/studies/dice")["labs"] == []


def test_without_a_query_it_stands_at_its_defaults(deployment: Deployment) -> None:
    answer = deployment.get(LAB)
    assert (answer["study"], answer["lab"]) == ("sketches", "tides")
    assert answer["params"] == {"moon": 1.0, "shore": "flat", "days": 2}
    (figure,) = answer["figures"]
    assert (figure["name"], figure["title"]) == ("level", "Level of the sea")
    assert figure["figure"]["data"][0]["name"] == "sea"
    assert figure["figure"]["layout"]["meta"]["summary"] == "The sea rises to 1."
    (claim,) = answer["claims"]
    assert (claim["key"], claim["verdict"], claim["unit"], claim["measured"]) == ("high", "holds", "m", 1.0)
    assert "closed form" in claim["setting"]


def test_sliders_move_figures_and_claims(deployment: Deployment) -> None:
    low = deployment.get(f"{LAB}?moon=0.3&shore=steep")
    assert low["params"] == {"moon": 0.3, "shore": "steep", "days": 2}
    assert low["claims"][0]["verdict"] == "differs"
    assert low["claims"][0]["measured"] == pytest.approx(0.15)


@pytest.mark.parametrize(
    ("query", "pointer", "words"),
    [
        ("moon=11", "/query/moon", "at most 10"),
        ("moon=nan", "/query/moon", ""),
        ("moon=1e400", "/query/moon", ""),
        ("moon=big", "/query/moon", "must be a number"),
        ("moon=1&moon=2", "/query/moon", ""),
        ("moon=", "/query/moon", ""),
        ("days=2.5", "/query/days", ""),
        ("shore=sandy", "/query/shore", "'flat' or 'steep'"),
        ("sun=1", "/query/sun", "Unknown name"),
    ],
)
def test_nonsense_is_refused_at_the_slider(
    deployment: Deployment, query: str, pointer: str, words: str
) -> None:
    problem = deployment.problem("GET", f"{LAB}?{query}", 422)
    (error,) = problem["errors"]
    assert error["pointer"] == pointer
    assert words in error["detail"]
    assert "moon, shore, days" in problem["detail"]


def test_every_nonsense_is_reported_at_once(deployment: Deployment) -> None:
    problem = deployment.problem("GET", f"{LAB}?moon=0&days=31&x=1", 422)
    assert {error["pointer"] for error in problem["errors"]} == {"/query/moon", "/query/days", "/query/x"}


def test_unknown_studies_and_laboratories_name_the_known_ones(deployment: Deployment) -> None:
    assert "tides" in deployment.problem("GET", "/api/studies/sketches/labs/moon", 404)["detail"]
    assert "has none" in deployment.problem("GET", "/api/studies/dice/labs/tides", 404)["detail"]
    assert "sketches" in deployment.problem("GET", "/api/studies/moon/labs/tides", 404)["detail"]


def test_an_answer_that_is_known_need_not_be_sent_again(deployment: Deployment) -> None:
    first = deployment.client.get(f"{LAB}?days=3")
    tag = {"If-None-Match": first.headers["etag"]}
    assert deployment.client.get(f"{LAB}?days=3&shore=flat", headers=tag).status_code == 304
    assert deployment.client.get(f"{LAB}?days=4", headers=tag).status_code == 200


def test_the_answer_is_what_the_description_of_the_api_says(deployment: Deployment) -> None:
    paths = deployment.get("/openapi.json")["paths"]
    answer = paths["/api/studies/{name}/labs/{lab}"]["get"]["responses"]["200"]["content"]
    assert "LabOut" in json.dumps(answer["application/json"])
