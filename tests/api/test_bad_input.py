"""Every bad request gets a 4xx problem document that says what to do."""

import pytest

from tests.deployment import SMALL, Deployment

Explored = tuple[Deployment, dict[str, object]]


def submit(explored: Explored, status: int, **body: object) -> dict:
    deployment, _ = explored
    return deployment.problem("POST", "/api/experiments", status, json={"study": "memorization"} | body)


def pointers(problem: dict) -> list[str]:
    return [error["pointer"] for error in problem["errors"]]


def test_unknown_study_names_the_known_ones(explored: Explored) -> None:
    problem = submit(explored, 422, study="astrology")
    assert pointers(problem) == ["/study"]
    assert "memorization" in problem["detail"]
    explored[0].problem("GET", "/api/studies/astrology", 404)
    explored[0].problem("POST", "/api/studies/astrology/estimate", 404, json={})


@pytest.mark.parametrize(
    ("params", "pointer"),
    [
        ({"colour": "red"}, "/params/colour"),
        ({"models": "many"}, "/params/models"),
        ({"models": 10**9}, "/params/models"),
        ({"models": 10**400}, "/params/models"),
        ({"models": -1}, "/params/models"),
        ({"models": None}, "/params/models"),
        ({"subset_fraction": 1.5}, "/params/subset_fraction"),
        ({"sizes": []}, "/params/sizes"),
        ({"sizes": [2, "wide"]}, "/params/sizes/1"),
        ({"sizes": [2, 2]}, "/params/sizes"),
        ({"sizes": [10**6]}, "/params/sizes/0"),
        ({"dataset": "imagenet"}, "/params/dataset"),
        ({"learning_rate": 0}, "/params/learning_rate"),
        ({"seed": -1}, "/params/seed"),
    ],
)
def test_a_bad_parameter_is_pointed_at(explored: Explored, params: dict, pointer: str) -> None:
    assert pointer in pointers(submit(explored, 422, params=params))
    estimate = "/api/studies/memorization/estimate"
    assert pointer in pointers(explored[0].problem("POST", estimate, 422, json={"params": params}))


def test_all_bad_parameters_are_reported_at_once(explored: Explored) -> None:
    problem = submit(explored, 422, params={"models": 0, "epochs": 0, "x": 1})
    assert set(pointers(problem)) == {"/params/models", "/params/epochs", "/params/x"}
    assert "sizes" in problem["detail"]  # the names there are


def test_more_units_than_can_be_kept_track_of_are_refused(explored: Explored) -> None:
    costly = {"models": 4000, "sizes": list(range(2037, 2049)), "epochs": 500, "batch_size": 8}
    problem = submit(explored, 422, params=costly)
    assert pointers(problem) == ["/params/models"]
    assert "at most 20,000" in problem["detail"]


def test_work_of_days_is_priced_with_a_warning(explored: Explored) -> None:
    def warning(**params: object) -> str | None:
        answer = explored[0].client.post("/api/studies/memorization/estimate", json={"params": params})
        assert answer.status_code == 200
        return answer.json()["warning"]

    assert warning() is None
    assert "days" in warning(sizes=[2048, 4096], models=4000, epochs=500, batch_size=8)


def test_options_that_do_not_fit_the_data_are_refused_by_name(explored: Explored) -> None:
    for params, word in (({"classes": ["0", "cat"]}, "classes are: 0, 1, 2"), ({"classes": ["3"]}, "two")):
        problem = submit(explored, 422, params=params)
        assert pointers(problem) == ["/params/classes"]
        assert word in problem["detail"]


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"{", 400), (b"", 422), (b"[]", 422), (b"null", 422), (b"\xff\xfe", 400), (b"[" * 100_000, 400)],
)
def test_malformed_json_is_refused(explored: Explored, content: bytes, status: int) -> None:
    headers = {"content-type": "application/json"}
    explored[0].problem("POST", "/api/experiments", status, content=content, headers=headers)


def test_unknown_and_overlong_members_are_refused(explored: Explored) -> None:
    assert pointers(submit(explored, 422, parms=SMALL)) == ["/parms"]
    assert pointers(submit(explored, 422, title="x" * 201)) == ["/title"]
    assert pointers(submit(explored, 422, title="nul \0 byte")) == ["/title"]


def test_a_body_of_10_mb_is_refused_announced_or_not(explored: Explored) -> None:
    body = b'{"study": "' + b"x" * 10_000_000 + b'"}'
    headers = {"content-type": "application/json"}
    explored[0].problem("POST", "/api/experiments", 413, content=body, headers=headers)
    chunks = (body[i : i + 65536] for i in range(0, len(body), 65536))
    explored[0].problem("POST", "/api/experiments", 413, content=chunks, headers=headers)


@pytest.mark.parametrize("experiment_id", ["000000000000", "nope", "..%2f..", "%00", "a" * 5000])
@pytest.mark.parametrize("rest", ["", "/examples", "/events", "/figures/overview", "/scores.csv", "/log"])
def test_a_missing_experiment_is_not_found(explored: Explored, experiment_id: str, rest: str) -> None:
    answer = explored[0].client.get(f"/api/experiments/{experiment_id}{rest}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("sort=beauty", "/query/sort"),
        ("limit=-1", "/query/limit"),
        ("limit=100000", "/query/limit"),
        ("after=broken", "/query/after"),
        ("after=e30", "/query/after"),
        ("size=3", "/query/size"),
        ("size=99999999999999999999", "/query/size"),
        ("memorization_gte=nan", "/query/memorization_gte"),
        ("memorization_lte=2", "/query/memorization_lte"),
        ("verdict=guilty", "/query/verdict/0"),
        ("label=-1", "/query/label/0"),
        ("flipped=perhaps", "/query/flipped"),
        ("colour=red", "/query/colour"),
    ],
)
def test_a_bad_view_is_pointed_at(explored: Explored, query: str, pointer: str) -> None:
    deployment, experiment = explored
    problem = deployment.problem("GET", f"/api/experiments/{experiment['id']}/examples?{query}", 422)
    assert pointers(problem) == [pointer]


def test_a_cursor_of_another_order_is_refused(explored: Explored) -> None:
    deployment, experiment = explored
    path = f"/api/experiments/{experiment['id']}/examples"
    cursor = deployment.get(f"{path}?limit=1&sort=label")["next"]
    problem = deployment.problem("GET", f"{path}?limit=1&sort=-label&after={cursor}", 422)
    assert "order" in problem["detail"]


def test_a_finished_experiment_cannot_be_cancelled_or_resumed(explored: Explored) -> None:
    deployment, experiment = explored
    for action in ("cancel", "resume"):
        problem = deployment.problem("POST", f"/api/experiments/{experiment['id']}/{action}", 409)
        assert "done" in problem["detail"]


@pytest.mark.parametrize("models", [0, 9, 10**6, "ten", None])
def test_extending_by_a_bad_number_is_refused(explored: Explored, models: object) -> None:
    deployment, experiment = explored
    path = f"/api/experiments/{experiment['id']}/extend"
    assert pointers(deployment.problem("POST", path, 422, json={"models": models})) == ["/models"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/datasets/nope/images/0.png", 404),
        ("/api/datasets/%00/images/0.png", 404),
        ("/api/datasets/digits/images/1797.png", 404),
        ("/api/datasets/digits/images/-1.png", 422),
        ("/api/datasets/digits/images/x.png", 422),
        ("/api/datasets/digits/sprite.png", 422),
        ("/api/datasets/digits/sprite.png?indices=5000", 422),
        ("/api/datasets/digits/sprite.png?" + "&".join(["indices=1"] * 201), 422),
        ("/api/nothing", 404),
    ],
)
def test_bad_picture_requests(explored: Explored, path: str, status: int) -> None:
    explored[0].problem("GET", path, status)


def test_an_unknown_figure_names_the_known_ones(explored: Explored) -> None:
    deployment, experiment = explored
    path = f"/api/experiments/{experiment['id']}/figures/pie"
    assert "overview" in deployment.problem("GET", path, 404)["detail"]


def test_results_before_the_first_unit_are_not_found_with_the_reason(explored: Explored) -> None:
    deployment, _ = explored
    waiting = deployment.submit(params=SMALL | {"seed": 99})
    for rest in ("examples", "histogram", "figures/overview", "scores.npz"):
        problem = deployment.problem("GET", f"/api/experiments/{waiting['id']}/{rest}", 404)
        assert "no results yet" in problem["detail"]


def test_a_wrong_method_is_a_problem_document(explored: Explored) -> None:
    deployment, experiment = explored
    deployment.problem("PUT", f"/api/experiments/{experiment['id']}", 405)


def test_other_sites_cannot_ask_for_changes(explored: Explored) -> None:
    deployment, experiment = explored
    headers = {"Sec-Fetch-Site": "cross-site"}
    deployment.problem("POST", f"/api/experiments/{experiment['id']}/cancel", 403, headers=headers)
