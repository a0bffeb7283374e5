"""Submitting experiments and what may be asked of them afterwards."""

import pytest
from pydantic import SecretStr

from backend.core.contracts import Queue, UnitStatus
from backend.core.queries import units
from backend.core.queue import depth, posting
from backend.core.session import transaction
from backend.datasets.digits import load_digits_dataset
from tests.deployment import SMALL, Deployment
from workers import runtime


def test_an_experiment_runs_from_submission_to_scores(deployment: Deployment) -> None:
    submitted = deployment.submit(title="First")
    assert submitted["status"] == "queued"
    assert submitted["actions"] == ["cancel"]
    assert depth(deployment.settings, Queue.UNITS) == submitted["progress"]["units"]

    deployment.work(submitted["id"])

    done = deployment.get(f"/api/experiments/{submitted['id']}")
    assert done["status"] == "done"
    assert done["title"] == "First"
    assert done["progress"]["models_done"] == 40
    assert done["progress"]["fraction"] == 1
    assert done["sizes"] == [2, 16]
    assert done["version"] == 1
    assert done["actions"] == ["extend", "delete"]
    assert sum(done["preview"]["counts"]) == 1437
    page = deployment.get(f"/api/experiments/{submitted['id']}/examples")
    assert page["total"] == 1437


def test_partial_results_are_shown_while_units_run(deployment: Deployment) -> None:
    experiment = deployment.submit()
    deployment.work(experiment["id"], limit=1)
    running = deployment.get(f"/api/experiments/{experiment['id']}")
    assert running["status"] == "running"
    assert running["sizes"] == [2]  # what is quickest to train comes first
    assert running["progress"]["eta_s"] > 0
    rows = deployment.get(f"/api/experiments/{experiment['id']}/examples?limit=200&sort=memorization")
    scores = [row["memorization"] for row in rows["items"]]
    assert scores == sorted(scores)


def test_empty_params_mean_the_quick_preset(deployment: Deployment) -> None:
    quick = deployment.get("/api/studies/memorization")["presets"]["quick"]
    assert deployment.submit(params={})["params"] == quick
    assert quick["models"] == 200
    assert quick["sizes"] == [2, 4, 8, 16, 32, 64, 128, 256]


def test_an_equal_request_returns_the_equal_result_unless_forced(deployment: Deployment) -> None:
    first = deployment.finished()
    assert deployment.submit(expect=200)["id"] == first["id"]
    estimate = deployment.client.post("/api/studies/memorization/estimate", json={"params": SMALL}).json()
    assert estimate["equal_experiment_id"] == first["id"]
    assert deployment.submit(force=True)["id"] != first["id"]
    assert deployment.submit(params=SMALL | {"seed": 1})["id"] != first["id"]


def test_an_idempotency_key_makes_one_experiment(deployment: Deployment) -> None:
    headers = {"Idempotency-Key": "k-1"}
    body = {"study": "memorization", "params": SMALL}
    ids = {deployment.client.post("/api/experiments", json=body, headers=headers).json()["id"] for _ in "ab"}
    assert len(ids) == 1
    other = body | {"title": "Another"}
    problem = deployment.problem("POST", "/api/experiments", 409, json=other, headers=headers)
    assert "Idempotency-Key" in problem["detail"]


def test_cancel_then_resume_keeps_what_is_done(deployment: Deployment) -> None:
    experiment = deployment.submit()
    path = f"/api/experiments/{experiment['id']}"
    deployment.work(experiment["id"], limit=1)
    cancelled = deployment.client.post(f"{path}/cancel")
    assert cancelled.status_code == 202
    assert cancelled.json()["status"] == "cancelled"
    assert cancelled.json()["actions"] == ["resume", "delete"]
    deployment.work(experiment["id"])  # late messages find nothing to do
    assert deployment.get(path)["progress"]["done"] == 1

    assert deployment.client.post(f"{path}/resume").json()["status"] == "queued"
    deployment.work(experiment["id"])
    assert deployment.get(path)["status"] == "done"
    attempts = [unit.attempt for unit in deployment.units(experiment["id"])]
    assert attempts == [1] * len(attempts)


def test_cancelled_before_the_first_unit_there_are_no_scores_to_ask_for(deployment: Deployment) -> None:
    experiment = deployment.submit()
    path = f"/api/experiments/{experiment['id']}"
    with transaction(deployment.settings.database) as session:
        unit = units.claim(session, experiment["id"], 0, "worker-1")
    assert unit is not None
    deployment.client.post(f"{path}/cancel")
    with posting(deployment.settings) as session:
        units.abandon(session, experiment["id"], 0, unit.claim or "")
    deployment.work(experiment["id"])
    assert deployment.get(path)["version"] == 1
    for part in ("examples", "examples/5", "histogram", "figures/histogram", "figures/overview"):
        problem = deployment.problem("GET", f"{path}/{part}", 404)
        assert "no scores yet" in problem["detail"]


def test_cancelling_waits_for_the_running_unit(deployment: Deployment) -> None:
    experiment = deployment.submit()
    path = f"/api/experiments/{experiment['id']}"
    with transaction(deployment.settings.database) as session:
        unit = units.claim(session, experiment["id"], 0, "worker-1")
    assert unit is not None
    assert deployment.client.post(f"{path}/cancel").json()["status"] == "cancelling"
    deployment.problem("POST", f"{path}/cancel", 409)
    deployment.problem("POST", f"{path}/resume", 409)
    deployment.problem("DELETE", path, 409)
    with posting(deployment.settings) as session:
        units.abandon(session, experiment["id"], 0, unit.claim or "")
    assert deployment.get(path)["status"] == "cancelled"


def test_failed_units_fail_the_experiment_and_only_they_are_retried(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = runtime.runner("memorization")
    run = runner.run
    experiment = deployment.submit()
    path = f"/api/experiments/{experiment['id']}"

    def broken(payload, params, context):
        if payload["size"] == 2:
            raise MemoryError("no room for width 2")
        return run(payload, params, context)

    monkeypatch.setattr(runner, "run", broken)
    deployment.work(experiment["id"])
    failed = deployment.get(path)
    assert failed["status"] == "failed"
    assert "no room for width 2" in failed["error"]
    assert failed["sizes"] == [16]
    assert failed["actions"] == ["resume", "delete"]

    monkeypatch.setattr(runner, "run", run)
    deployment.client.post(f"{path}/resume")
    retried = deployment.units(experiment["id"], UnitStatus.QUEUED)
    assert {unit.payload["size"] for unit in retried} == {2}
    deployment.work(experiment["id"])
    assert deployment.get(path)["status"] == "done"
    assert deployment.get(path)["error"] is None


def test_extending_reuses_the_parents_units_and_leaves_it_unchanged(deployment: Deployment) -> None:
    params = SMALL | {"models": 100, "epochs": 1}  # whole blocks, which a child with more models repeats
    parent = deployment.finished(params=params)
    before = deployment.client.get(f"/api/experiments/{parent['id']}/scores.csv").content
    answer = deployment.client.post(f"/api/experiments/{parent['id']}/extend", json={"models": 20})
    assert answer.status_code == 202, answer.text
    child = answer.json()
    assert child["parent_id"] == parent["id"]
    assert child["params"]["models"] == 120
    assert child["progress"]["models_done"] == 200
    deployment.work(child["id"])
    extended = deployment.get(f"/api/experiments/{child['id']}/examples")["items"][0]
    assert extended["n_in"] + extended["n_out"] == 120
    assert deployment.client.get(f"/api/experiments/{parent['id']}/scores.csv").content == before

    fresh = deployment.finished(params=params | {"models": 120}, force=True)
    csv = [deployment.client.get(f"/api/experiments/{e['id']}/scores.csv").content for e in (child, fresh)]
    assert csv[0] == csv[1]


def test_deleting_removes_everything_of_the_experiment(deployment: Deployment) -> None:
    experiment = deployment.finished()
    path = f"/api/experiments/{experiment['id']}"
    assert deployment.client.delete(path).status_code == 204
    deployment.problem("GET", path, 404)
    assert deployment.get("/api/experiments")["items"] == []
    for_good = f"/api/storage/deleted/{experiment['id']}"
    assert deployment.client.delete(for_good).status_code == 204
    assert deployment.units(experiment["id"]) == []
    deployment.problem("DELETE", for_good, 404)


def test_pages_of_experiments_are_newest_first_and_complete(deployment: Deployment) -> None:
    made = [deployment.submit(title=str(i))["id"] for i in range(5)]
    seen, after = [], ""
    while after is not None:
        page = deployment.get(f"/api/experiments?limit=2{after and '&after=' + after}")
        seen += [item["id"] for item in page["items"]]
        after = page["next"]
    assert seen == made[::-1]


def test_a_list_can_be_of_one_study(deployment: Deployment) -> None:
    deployment.submit()
    others = [deployment.submit(study="randomization", params={"runs": i + 1})["id"] for i in range(3)]
    page = deployment.get("/api/experiments?study=randomization&limit=2")
    rest = deployment.get(f"/api/experiments?study=randomization&limit=2&after={page['next']}")
    assert [item["id"] for item in page["items"] + rest["items"]] == others[::-1]
    assert rest["next"] is None
    assert deployment.get("/api/experiments?study=gone") == {"items": [], "next": None}


def test_a_list_can_be_searched(deployment: Deployment) -> None:
    wide = deployment.submit(title="Wide nets, 50 % noise")["id"]
    narrow = deployment.finished(title="Narrow_nets")["id"]
    other = deployment.submit(study="randomization", params={"runs": 1}, title="Labels")["id"]

    def found(query: str) -> list[str]:
        return [item["id"] for item in deployment.get(f"/api/experiments?{query}")["items"]]

    assert found("q=NETS") == [narrow, wide]
    assert found("q=nets+wide") == [wide]
    assert found("q=50 %25") == [wide]  # signs of a pattern stand for themselves
    assert found("q=w_n") == [narrow]
    assert found("q=randomization") == [other]
    assert found("q=handwritten") == [narrow, wide]  # the data set's title
    assert found("q=nothing+of+this") == []
    assert found("status=done") == [narrow]
    assert found("status=queued&status=running&q=wide") == [wide]
    assert found("dataset=digits&study=memorization") == [narrow, wide]
    assert found("dataset=gone") == []
    first = deployment.get("/api/experiments?q=nets&limit=1")
    assert found(f"q=nets&limit=1&after={first['next']}") == [wide]
    problem = deployment.problem("GET", "/api/experiments?status=gone", 422)
    assert "running" in problem["errors"][0]["detail"]


def test_a_title_changes_and_nothing_else(deployment: Deployment) -> None:
    before = deployment.finished(title="first")
    path = f"/api/experiments/{before['id']}"
    answer = deployment.client.patch(path, json={"title": "  second "})
    assert answer.status_code == 200
    assert answer.json() == {**before, "title": "second"}
    assert deployment.get(path)["title"] == "second"
    assert "Renamed from 'first'" in [line["text"] for line in deployment.get(f"{path}/log")["items"]]
    for wrong in ("", "   ", "x" * 201, "a\nb", None):
        deployment.problem("PATCH", path, 422, json={"title": wrong})
    deployment.problem("PATCH", "/api/experiments/gone", 404, json={"title": "x"})
    assert deployment.get(path)["title"] == "second"


def test_the_reproduce_line_names_what_differs_from_the_defaults(deployment: Deployment) -> None:
    line = deployment.submit()["reproduce"]
    assert line == (
        "memoscope submit memorization --param 'sizes=[2, 16]' --param epochs=3 --param models=20"
    )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_work_is_accepted_while_the_broker_is_away(
    deployment: Deployment, redis_server, redis_url: str
) -> None:
    redis_server.kill()
    try:
        experiment = deployment.submit()
        assert experiment["status"] == "queued"
        assert deployment.client.get("/readyz").status_code == 503
        assert deployment.get("/api/queue")["broker_ok"] is False
    finally:
        redis_server.restart()
    assert deployment.client.get("/readyz").status_code == 200


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_title_cannot_be_read_as_another(deployment: Deployment) -> None:
    path = f"/api/experiments/{deployment.submit()['id']}"
    for hidden in "\u202e\u2066\u2028\ufeff\x1b":
        problem = deployment.problem("PATCH", path, 422, json={"title": f"gpj{hidden}exe"})
        assert problem["errors"][0]["pointer"] == "/title"
    assert deployment.client.patch(path, json={"title": "\u200fقطة"}).json()["title"] == "\u200fقطة"


def test_secrets_stand_in_no_answer_and_no_representation(deployment: Deployment) -> None:
    secret = deployment.settings.model_copy(update={"access_token": SecretStr("s3cret-token")})
    assert "s3cret-token" not in repr(secret)
    assert "memoscope.db" not in deployment.client.get("/readyz").text


def test_an_experiment_says_how_its_units_were_computed(deployment: Deployment) -> None:
    experiment = deployment.finished(params={**SMALL, "family": "cnn_width", "sizes": [2], "per_class": 10})
    (engine,) = deployment.get(f"/api/experiments/{experiment['id']}/engines")["items"]
    assert engine["models"] == 20
    assert engine["engine"]["back_end"] in {"one by one", "groups of 8", "groups of 32"}  # measured here
    assert engine["engine"]["device"]
    assert (experiment["size_name"], experiment["classes"]) == ("width", list("0123456789"))


def test_pictures_and_names_are_those_of_the_chosen_classes(deployment: Deployment) -> None:
    params = {**SMALL, "classes": ["3", "8"], "per_class": 20, "label_noise": 0.2}
    experiment = deployment.finished(params=params)
    path = f"/api/experiments/{experiment['id']}"
    rows = deployment.get(f"{path}/examples?limit=100")["items"]
    assert len(rows) == 40
    assert experiment["classes"] == ["3", "8"]
    labels = load_digits_dataset().labels
    for row in rows:
        assert row["image"] == f"/api/datasets/digits/images/{row['picture']}.png"
        assert str(labels[row["picture"]]) == row["original_label_name"]
        assert row["flipped"] == (row["label"] != row["original_label"])
    assert sum(row["flipped"] for row in rows) == 8
    csv = deployment.client.get(f"{path}/scores.csv").text.splitlines()
    assert {row["name"] for row in rows} == {line.split(",")[2].strip('"') for line in csv[1:]}
