"""A study that gives examples no scores: figures, claims, a card, and a plain refusal of the rest."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image

from tests.deployment import Deployment
from tests.fake_study import registered

NONE = "This study has no per-example scores."


@pytest.fixture(scope="module")
def sketched(
    tmp_path_factory: pytest.TempPathFactory, redis_server: Any
) -> Iterator[tuple[Deployment, dict[str, Any]]]:
    folder = tmp_path_factory.mktemp("sketched")
    with registered():
        made = Deployment.create(folder, f"sqlite:///{folder / 'memoscope.db'}", redis_server.url)
        yield made, made.finished(study="sketches", params={})
        made.close()


def test_it_runs_to_the_end_and_is_listed_with_its_lines(sketched: tuple[Deployment, dict[str, Any]]) -> None:
    deployment, experiment = sketched
    assert experiment["status"] == "done"
    assert (experiment["sizes"], experiment["size_name"], experiment["version"]) == ([], "", 1)
    preview = experiment["preview"]
    assert (preview["kind"], preview["x_title"], preview["y_title"]) == ("lines", "share", "height")
    assert [line["name"] for line in preview["lines"]] == ["wave", "dot"]
    assert preview["lines"][0]["y"] == [0.1, 0.9, 0.5]
    assert [row["id"] for row in deployment.get("/api/experiments")["items"]] == [experiment["id"]]
    assert experiment["reproduce"] == "memoscope submit sketches"


def test_a_study_says_what_its_experiments_have(sketched: tuple[Deployment, dict[str, Any]]) -> None:
    deployment, _ = sketched
    known = {study["name"]: study for study in deployment.get("/api/studies")["items"]}
    assert known["memorization"]["scored"]
    assert known["memorization"]["tabs"][1] == "explore"
    assert known["memorization"]["pictured"] == []
    assert [kind["key"] for kind in known["sketches"]["pictured"]] == ["true-labels", "redrawn"]
    assert known["memorization"]["extension"] == {
        "label": "Further models at every size",
        "detail": known["memorization"]["extension"]["detail"],
        "default": 200,
        "least": 10,
        "most": 4000,
        "noun": "models",
    }
    sections = {info["name"]: info["section"] for info in known["memorization"]["figures"]}
    assert [name for name, section in sections.items() if section is not None] == [
        "overview",
        "convergence",
        "histograms",
        "calibration",
        "disagreement",
        "removal",
        "proxies",
        "proxy_ranks",
        "consistency_profile",
        "published_histograms",
        "consistency",
        "halves",
        "jaccard",
        "influence_pairs",
        "distillation",
        "distillation_gain",
        "distillation_scores",
        "distillation_types",
    ]
    assert sections["overview"] == ""
    assert not known["sketches"]["scored"]
    assert known["sketches"]["tabs"] == ["overview", "log"]
    assert known["sketches"]["extension"]["noun"] == "repeats"
    parts = known["sketches"]["params_schema"]["properties"]["parts"]
    assert parts["items"]["enum"] == ["waves", "steps"]
    assert known["sketches"]["presets"]["quick"]["parts"] == ["waves", "steps"]


def test_related_experiments_are_told_by_what_differs(sketched: tuple[Deployment, dict[str, Any]]) -> None:
    _, experiment = sketched
    assert [(each["title"], each["study"], each["params"]) for each in experiment["related"]] == [
        ("Louder waves", "sketches", {"repeats": 9}),
        ("Scores", "memorization", {"label_noise": 0.5, "noise": "uniform"}),
    ]


def test_an_experiment_has_the_figures_that_its_parameters_ask_for(
    sketched: tuple[Deployment, dict[str, Any]],
) -> None:
    deployment, whole = sketched
    partial = deployment.finished(study="sketches", params={"parts": ["waves"]})
    names = {
        experiment["id"]: [
            info["name"] for info in deployment.get(f"/api/experiments/{experiment['id']}/figures")["items"]
        ]
        for experiment in (whole, partial)
    }
    assert names == {
        whole["id"]: ["summary", "waves", "steps", "hidden"],
        partial["id"]: ["summary", "waves", "hidden"],
    }
    drawn = deployment.get(f"/api/experiments/{whole['id']}/figures/steps")
    assert len(drawn["layout"]["sliders"][0]["steps"]) == 3
    problem = deployment.problem("GET", f"/api/experiments/{partial['id']}/figures/steps", 404)
    assert problem["detail"] == "There is no figure 'steps'; figures are: summary, waves, hidden."


def test_an_upgrade_shows_new_drawings(
    sketched: tuple[Deployment, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has a drawing asks whether it is still the same: of these results, by this code."""
    deployment, experiment = sketched
    paths = [
        f"/api/experiments/{experiment['id']}/figures/waves",
        f"/experiments/{experiment['id']}/preview.png",
        "/api/studies/sketches/labs/tides",
    ]
    page = f"/experiments/{experiment['id']}"
    shown, address = (deployment.client.get(path) for path in (paths[0], page))
    tags = [deployment.client.get(path).headers["etag"] for path in paths]

    def again(status: int) -> None:
        for path, tag in zip(paths, tags, strict=True):
            answer = deployment.client.get(path, headers={"If-None-Match": tag})
            assert answer.status_code == status, path

    again(304)
    for module in ("drawings", "link_previews"):
        monkeypatch.setattr(f"backend.api.{module}.drawing_digest", lambda: "another version")
    again(200)
    assert deployment.client.get(paths[0]).content == shown.content
    assert deployment.client.get(page).text != address.text, "the address of the picture changes as well"


def test_a_control_of_a_figure_is_part_of_its_address(
    sketched: tuple[Deployment, dict[str, Any]],
) -> None:
    deployment, experiment = sketched
    url = f"/api/experiments/{experiment['id']}/figures"
    assert "7 from end to end" in deployment.get(f"{url}/waves?frequency=7")["layout"]["title"]["text"]
    deployment.get(f"{url}/summary?frequency=7")  # a page sends all of its view to each of its figures
    for query in ("frequency=10", "frequency=x", "frequency=1&frequency=2", "stack=label"):
        problem = deployment.problem("GET", f"{url}/waves?{query}", 422)
        assert problem["errors"][0]["pointer"] == f"/query/{query.partition('=')[0]}"
    body = {"experiment_id": experiment["id"], "view": "?frequency=7"}
    assert deployment.client.post("/api/shares", json=body).status_code == 201
    assert deployment.client.post("/api/views", json={"view": "?frequency=7"}).status_code == 201
    deployment.problem("POST", "/api/shares", 422, json=body | {"view": "?frequency=10"})
    deployment.problem("POST", "/api/views", 422, json={"view": "?amplitude=7"})
    controls = deployment.get("/api/studies/sketches")["figures"][1]["controls"]["properties"]
    assert (controls["frequency"]["minimum"], controls["frequency"]["maximum"]) == (1, 9)


@pytest.mark.parametrize(
    "part",
    [
        "examples",
        "examples/0",
        "examples/0/neighbors",
        "histogram",
        "trajectories",
        "scores.csv",
        "scores.parquet",
        "scores.npz",
        "export.html",
    ],
)
def test_what_needs_scores_is_not_found(sketched: tuple[Deployment, dict[str, Any]], part: str) -> None:
    deployment, experiment = sketched
    assert deployment.problem("GET", f"/api/experiments/{experiment['id']}/{part}", 404)["detail"] == NONE


@pytest.mark.parametrize("part", ["", "/examples", "/figure", "/scores.csv"])
def test_it_cannot_be_compared(sketched: tuple[Deployment, dict[str, Any]], part: str) -> None:
    deployment, experiment = sketched
    query = f"a={experiment['id']}&b={experiment['id']}"
    assert deployment.problem("GET", f"/api/compare{part}?{query}", 404)["detail"] == NONE


def test_published_scores_have_nothing_to_be_held_against(
    sketched: tuple[Deployment, dict[str, Any]],
) -> None:
    deployment, experiment = sketched
    rows = "index,score\n" + "".join(f"{index},{index % 7 / 7}\n" for index in range(1437))
    upload = deployment.client.post(
        "/api/datasets/digits/published?name=weekdays&meaning=memorization", content=rows.encode()
    )
    assert upload.status_code == 201, upload.text
    own = f"/api/experiments/{experiment['id']}"
    for path in (
        f"{own}/published/weekdays",
        f"{own}/published/weekdays/disagreements",
        f"{own}/figures/published?published=weekdays",
    ):
        assert deployment.problem("GET", path, 404)["detail"] == NONE


def test_pictures_and_the_record_need_no_scores(sketched: tuple[Deployment, dict[str, Any]]) -> None:
    deployment, experiment = sketched
    own = f"/api/experiments/{experiment['id']}"
    assert deployment.client.get(f"{own}/examples/0/seen.png").status_code == 200
    assert [claim["verdict"] for claim in deployment.get(f"{own}/claims")["items"]] == [
        "holds",
        "holds",
        "differs",
        "not run",
    ]
    (engine,) = deployment.get(f"{own}/engines")["items"]
    assert (engine["engine"]["device"], engine["units"]) == ("cpu", 1)
    assert deployment.get(f"{own}/log")["items"]


def test_an_estimate_copes_without_sizes_and_intervals(sketched: tuple[Deployment, dict[str, Any]]) -> None:
    deployment, experiment = sketched
    estimate = deployment.client.post("/api/studies/sketches/estimate", json={"params": {}}).json()
    assert estimate["parameters"] == {}
    assert estimate["half_width"] is None
    assert estimate["disk_bytes"] == 100
    assert estimate["notes"] == ["A wave has 64 numbers."]
    assert estimate["equal_experiment_id"] == experiment["id"]


def test_a_list_that_is_too_short_says_how_much_it_needs(
    sketched: tuple[Deployment, dict[str, Any]],
) -> None:
    deployment, _ = sketched
    body = {"params": {"parts": [], "shares": [0.5, "x"]}}
    errors = deployment.problem("POST", "/api/studies/sketches/estimate", 422, json=body)["errors"]
    assert errors[0] == {"pointer": "/params/parts", "detail": "needs at least 1"}
    assert errors[1]["pointer"] == "/params/shares/1"


def test_an_extension_is_as_large_as_the_study_allows(sketched: tuple[Deployment, dict[str, Any]]) -> None:
    deployment, experiment = sketched
    path = f"/api/experiments/{experiment['id']}/extend"
    for models in (0, 6):
        problem = deployment.problem("POST", path, 422, json={"models": models})
        assert problem["errors"][0]["pointer"] == "/models"
    child = deployment.client.post(path, json={"models": 5}).json()
    assert child["params"]["repeats"] == 6
    assert child["title"] == "Sketches on Handwritten digits (+5 repeats)"
    assert child["progress"]["done"] == 1, "the parent's unit is reused"


def test_a_shared_link_shows_the_lines(sketched: tuple[Deployment, dict[str, Any]]) -> None:
    deployment, experiment = sketched
    page = deployment.client.get(f"/experiments/{experiment['id']}").text
    assert 'og:image:alt" content="height over share: Sketches on Handwritten digits"' in page
    picture = deployment.client.get(f"/experiments/{experiment['id']}/preview.png?size=64")
    assert picture.status_code == 200
    pixels = Image.open(io.BytesIO(picture.content)).convert("RGB")
    colors = {color for _, color in pixels.getcolors(pixels.width * pixels.height) or []}
    assert {(0, 158, 115), (213, 94, 0)} <= colors, "of both lines"


def test_cases_come_kind_by_kind_and_page_by_page(sketched: tuple[Deployment, dict[str, Any]]) -> None:
    deployment, experiment = sketched
    known = {study["name"]: study for study in deployment.get("/api/studies")["items"]}
    assert known["sketches"]["cases"]["kinds"] == {"wave": "Waves", "dot": "Dots"}
    assert known["long_tail"]["cases"] is None
    address = f"/api/experiments/{experiment['id']}/cases"
    first = deployment.get(f"{address}?kind=wave&limit=2")
    assert (first["total"], first["next"]) == (3, "2")
    about = first["items"][1]["about"]
    assert about["lines"] == ["wave 1", experiment["classes"][0]]
    assert deployment.client.get(about["image"]).headers["content-type"] == "image/png"
    assert first["items"][1]["others"][0]["picture"] != about["picture"]
    last = deployment.get(f"{address}?kind=wave&limit=2&after=2")
    assert [case["about"]["lines"][0] for case in last["items"]] == ["wave 2"]
    assert last["next"] is None
    assert deployment.get(f"{address}?kind=dot") == {"items": [], "next": None, "total": 0}
    problem = deployment.problem("GET", f"{address}?kind=sea", 422)
    assert problem["errors"][0] == {
        **problem["errors"][0],
        "pointer": "/query/kind",
        "detail": "must be one of wave, dot",
    }


def test_a_study_without_cases_says_so(explored: tuple[Deployment, dict[str, Any]]) -> None:
    deployment, experiment = explored
    problem = deployment.problem("GET", f"/api/experiments/{experiment['id']}/cases?kind=wave", 404)
    assert problem["detail"] == "This study tells of no single examples."


def test_another_experiment_is_looked_at_on_the_same_data_alone(
    explored: tuple[Deployment, dict[str, Any]],
) -> None:
    deployment, experiment = explored
    params = {"experiment": experiment["id"], "dataset": "photographs"}
    problem = deployment.problem("POST", "/api/experiments", 422, json={"study": "resmem", "params": params})
    assert problem["errors"][0]["pointer"] == "/params/experiment"
    assert "only one on 'Pieces of two photographs" in problem["errors"][0]["detail"]
    asked = {"params": {**params, "dataset": experiment["dataset_id"]}}
    assert deployment.client.post("/api/studies/resmem/estimate", json=asked).is_success
