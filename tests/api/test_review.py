"""The review through the API: suspects in order, what is left, and marks that count for one label alone."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.deployment import Deployment

Explored = tuple[Deployment, dict[str, Any]]
MARKS = "/api/datasets/digits/marks"


@pytest.fixture
def reviewed(explored: Explored) -> Iterator[tuple[Deployment, str]]:
    """The path of an experiment's review; marks are taken back at the end."""
    deployment, experiment = explored
    yield deployment, f"/api/experiments/{experiment['id']}/review"
    items = deployment.get(f"{MARKS}?limit=1000")["items"]
    if items:
        gone = [{"picture": item["picture"], "mark": None} for item in items]
        assert deployment.client.post(MARKS, json={"items": gone}).status_code == 200


def mark(deployment: Deployment, suspect: dict[str, Any], kind: str, **more: Any) -> None:
    item = {"picture": suspect["score"]["picture"], "label": suspect["score"]["label_name"], "mark": kind}
    answer = deployment.client.post(MARKS, json={"items": [item | more]})
    assert answer.status_code == 200, answer.text


def test_suspects_come_in_order_with_their_evidence(reviewed: tuple[Deployment, str]) -> None:
    deployment, path = reviewed
    page = deployment.get(f"{path}?size=16&limit=5")
    assert page["state"]["suspects"] == sum(each["suspects"] for each in page["state"]["bins"]) > 50
    assert (page["state"]["reviewed"], page["state"]["left"], page["state"]["left_low"]) == (0, None, 0)
    assert page["state"]["left_high"] == page["state"]["suspects"]
    assert "all through training" in page["ranking"]
    margins = []
    for rank, suspect in enumerate(page["items"], 1):
        score = suspect["score"]
        assert suspect["rank"] == rank
        others = {
            name: count
            for name, count in answers(deployment, path, score).items()
            if name != score["label_name"]
        }
        assert suspect["suggested_label"] in others
        assert suspect["margin"] == pytest.approx(score["columns"]["suspicion"], abs=1e-4)
        assert f"{score['k_in']} of {score['n_in']} models that saw it" in suspect["evidence"]
        assert f"{suspect['suggested_label']}: " in suspect["evidence"]
        margins.append(suspect["margin"])
    assert margins == sorted(margins, reverse=True)
    flipped = [suspect["score"]["flipped"] for suspect in deployment.get(f"{path}?size=16&limit=50")["items"]]
    assert sum(flipped) > 25, "most of the first fifty are labels that were changed"
    following = deployment.get(f"{path}?size=16&limit=5&after={page['next']}")
    assert following["items"][0]["rank"] == 6


def answers(deployment: Deployment, path: str, score: dict[str, Any]) -> dict[str, int]:
    example = deployment.get(path.replace("review", f"examples/{score['index']}"))
    (size,) = (each for each in example["sizes"] if each["size"] == 16)
    return {answer["name"]: answer["count"] for answer in size["answers"]}


def test_what_was_looked_at_leaves_the_queue_and_counts(reviewed: tuple[Deployment, str]) -> None:
    deployment, path = reviewed
    first, second, third = deployment.get(f"{path}?size=16&limit=3")["items"]
    mark(deployment, first, "wrong_label", suggested_label=first["suggested_label"])
    mark(deployment, third, "fine")
    page = deployment.get(f"{path}?size=16&limit=2")
    assert [suspect["rank"] for suspect in page["items"]] == [2, 4]
    assert (page["state"]["reviewed"], page["state"]["wrong"]) == (2, 1)
    assert "Of the last 2 looked at, 1 had" in page["state"]["advice"]
    # A mark about another label of the same picture says nothing about this one.
    answer = deployment.client.post(
        MARKS,
        json={
            "items": [
                {"picture": second["score"]["picture"], "mark": "fine", "label": second["suggested_label"]}
            ]
        },
    )
    assert answer.status_code == 200
    assert deployment.get(f"{path}?size=16&limit=1")["items"][0]["rank"] == 2
    mark(deployment, second, "ambiguous")
    assert deployment.get(f"{path}?size=16&limit=1")["items"][0]["rank"] == 4


def test_what_cannot_be_asked_is_refused(reviewed: tuple[Deployment, str]) -> None:
    deployment, path = reviewed
    assert "sizes are 2, 16" in deployment.problem("GET", f"{path}?size=3", 422)["detail"]
    deployment.problem("GET", f"{path}?limit=0", 422)
    assert deployment.get(f"{path}?after=100000")["items"] == []
    waiting = deployment.submit(params={"sizes": [2], "models": 21, "epochs": 3})
    deployment.problem("GET", f"/api/experiments/{waiting['id']}/review", 404)


def test_corrected_labels_are_trained_on_again(reviewed: tuple[Deployment, str]) -> None:
    deployment, path = reviewed
    experiment, own = path.removesuffix("/review"), "/api/datasets/digits"
    assert "say the right one" in deployment.problem("POST", f"{experiment}/corrected", 409)["detail"]
    suspects = deployment.get(f"{path}?size=16&limit=40")["items"]
    (first, second, *_) = (each for each in suspects if each["score"]["flipped"])
    for suspect in (first, second):
        mark(deployment, suspect, "wrong_label", suggested_label=suspect["score"]["original_label_name"])
    deployment.problem("POST", f"{own}/marks/labels", 409)  # the data set's own labels are not those
    made = deployment.client.post(f"{experiment}/corrected").json()
    again = deployment.client.post(f"{experiment}/corrected").json()
    assert (made["corrected"], again["labels"]) == (2, made["labels"]), "equal labels are made once"
    assert made["labels"]["note"].startswith(f"The labels of experiment {experiment.rpartition('/')[2]}, 2 ")
    before = deployment.get(experiment)
    changed = {name for name, value in made["params"].items() if before["params"][name] != value}
    assert changed == {"labels", "label_noise"}
    following = deployment.finished(study=made["study"], params=made["params"], title=made["title"])
    flipped = flipped_of(deployment, experiment)
    corrected = {first["score"]["index"], second["score"]["index"]}
    assert flipped - flipped_of(deployment, f"/api/experiments/{following['id']}") == corrected < flipped
    compared = deployment.get(f"/api/compare?a={before['id']}&b={following['id']}")
    assert compared["relabeled"] == 2
    assert compared["b"]["label_file"]["name"] == made["labels"]["name"]
    assert all(0.5 < compared[side]["test_accuracy"] < 1 for side in "ab")


def flipped_of(deployment: Deployment, experiment: str) -> set[int]:
    """Return the examples whose label is not the data set's own."""
    found: set[int] = set()
    path = f"{experiment}/examples?limit=200&flipped=true"
    while path:
        page = deployment.get(path)
        found |= {each["index"] for each in page["items"]}
        path = page["next_url"]
    return found


def test_examples_are_filtered_by_mark(reviewed: tuple[Deployment, str]) -> None:
    deployment, path = reviewed
    experiment = path.removesuffix("/review")
    first, second, third = deployment.get(f"{path}?size=16&limit=3")["items"]
    mark(deployment, first, "fine")
    mark(deployment, second, "duplicate")
    say = {"picture": third["score"]["picture"], "mark": "fine", "label": third["suggested_label"]}
    assert deployment.client.post(MARKS, json={"items": [say]}).status_code == 200

    def listed(query: str) -> set[int]:
        return {each["index"] for each in deployment.get(f"{experiment}/examples?limit=200&{query}")["items"]}

    of = [each["score"]["index"] for each in (first, second, third)]
    assert listed("mark=fine") == {of[0]}, "a mark about another label does not hold here"
    assert listed("mark=fine&mark=duplicate") == {of[0], of[1]}
    named = "&".join(f"index={index}" for index in of)
    assert listed(f"mark=none&{named}") == {of[2]}
    assert (
        deployment.get(f"{experiment}/examples?mark=none")["total"]
        == deployment.get(f"{experiment}/examples")["total"] - 2
    )
    assert deployment.get(f"{experiment}/histogram?mark=fine")["n"] == 1
    figure = f"{experiment}/figures/histogram?mark=fine"
    before = deployment.client.get(figure).headers["etag"]
    mark(deployment, first, "ambiguous")
    assert deployment.client.get(figure).headers["etag"] != before, "figures know of new marks"
    assert "wrong_label" in deployment.problem("GET", f"{experiment}/examples?mark=odd", 422)["detail"]
