"""Marks through the API: set, undone, listed, counted, taken away as a file and brought back."""

import csv
import io
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from backend.api.main import create_app
from backend.datasets.digits import load_digits_dataset
from tests.deployment import Deployment

BINARY = {"Content-Type": "application/octet-stream"}
PATH = "/api/datasets/digits/marks"
DIGITS = load_digits_dataset()
TEST_PICTURE = DIGITS.n_train + 3


def say(deployment: Deployment, *items: dict[str, Any], by: str = "") -> dict[str, Any]:
    answer = deployment.client.post(PATH, json={"items": items, "by": by})
    assert answer.status_code == 200, answer.text
    return answer.json()


def undo(deployment: Deployment, change: str) -> dict[str, Any]:
    answer = deployment.client.post(f"{PATH}/undo", json={"change": change})
    assert answer.status_code == 200, answer.text
    return answer.json()


def bring(deployment: Deployment, text: str | bytes, expect: int = 200) -> dict[str, Any]:
    if expect != 200:
        return deployment.problem("POST", f"{PATH}/file", expect, content=text, headers=BINARY)
    answer = deployment.client.post(f"{PATH}/file", content=text, headers=BINARY)
    assert answer.status_code == 200, answer.text
    return answer.json()


def standing(deployment: Deployment, query: str = "") -> dict[int, tuple[Any, ...]]:
    items = deployment.get(f"{PATH}{query}")["items"]
    return {
        item["picture"]: tuple(item[name] for name in ("mark", "suggested_label", "note", "by"))
        for item in items
    }


def other(picture: int) -> str:
    return str((DIGITS.labels[picture] + 1) % 10)


def test_marks_are_set_listed_counted_and_undone(deployment: Deployment) -> None:
    assert deployment.get(PATH) == {"items": [], "next": None, "total": 0}
    first = say(
        deployment,
        {"picture": 5, "mark": "wrong_label", "suggested_label": other(5), "note": " a slip of the pen "},
        {"picture": 7, "mark": "fine"},
        {"picture": TEST_PICTURE, "note": "blurred"},
        by="Ann",
    )
    assert first["changed"] == 3
    assert [item["label"] for item in first["items"]] == [
        str(DIGITS.labels[picture]) for picture in (5, 7, TEST_PICTURE)
    ]
    whole = {
        5: ("wrong_label", other(5), "a slip of the pen", "Ann"),
        7: ("fine", None, "", "Ann"),
        TEST_PICTURE: (None, None, "blurred", "Ann"),
    }
    assert standing(deployment) == whole
    assert say(deployment, {"picture": 7, "mark": "fine"}, by="Bob") | {"items": 0} == {
        "change": None, "changed": 0, "items": 0, "note": "",
    }  # fmt: skip
    assert deployment.get(f"{PATH}/counts") == {
        "marks": {"wrong_label": 1, "ambiguous": 0, "duplicate": 0, "fine": 1}, "only_noted": 1, "total": 3,
    }  # fmt: skip
    # Each part of what is said changes alone, but a suggestion goes with the mark that it belongs to.
    second = say(deployment, {"picture": 5, "mark": "ambiguous"}, by="Bob")
    third = say(deployment, {"picture": 5, "note": None}, {"picture": 7, "mark": None})
    assert standing(deployment) == {5: ("ambiguous", None, "", ""), TEST_PICTURE: whole[TEST_PICTURE]}
    deployment.problem("POST", f"{PATH}/undo", 409, json={"change": second["change"]})
    undo(deployment, third["change"])
    assert standing(deployment)[5][:3] == ("ambiguous", None, "a slip of the pen")
    undo(deployment, second["change"])
    assert {picture: state[:3] for picture, state in standing(deployment).items()} == {
        picture: state[:3] for picture, state in whole.items()
    }
    undo(deployment, first["change"])
    assert standing(deployment) == {}
    history = deployment.get(f"{PATH}/5")["items"]
    assert [item["mark"] for item in history] == [
        None, "wrong_label", "ambiguous", "ambiguous", "ambiguous", "wrong_label",
    ]  # fmt: skip
    assert [item["by"] for item in history][-2:] == ["Bob", "Ann"]


def test_a_list_has_pages_and_filters(deployment: Deployment) -> None:
    for picture in range(6):
        say(deployment, {"picture": picture, "mark": "fine" if picture % 2 else "duplicate"})
    say(deployment, {"picture": TEST_PICTURE, "mark": "fine"})
    page = deployment.get(f"{PATH}?limit=3&mark=fine")
    assert [item["picture"] for item in page["items"]] == [TEST_PICTURE, 5, 3]
    rest = deployment.get(f"{PATH}?limit=3&mark=fine&after={page['next']}")
    assert ([item["picture"] for item in rest["items"]], rest["next"], rest["total"]) == ([1], None, 4)
    assert set(standing(deployment, "?part=test")) == {TEST_PICTURE}
    assert set(standing(deployment, "?part=train")) == set(range(6))
    label = str(DIGITS.labels[4])
    assert set(standing(deployment, f"?label={label}")) == {
        picture for picture in (*range(6), TEST_PICTURE) if str(DIGITS.labels[picture]) == label
    }
    assert "classes are: 0, 1" in deployment.problem("GET", f"{PATH}?label=cat", 422)["detail"]
    text = deployment.client.get(f"{PATH}.csv?mark=duplicate&part=train").text
    assert [row["index"] for row in csv.DictReader(io.StringIO(text))] == ["0", "2", "4"]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_file_brings_everything_back(deployment: Deployment, suffix: str) -> None:
    note = '=1+1, "quoted"\nand a second line; Grüße'
    say(
        deployment,
        {"picture": 5, "mark": "wrong_label", "suggested_label": other(5), "note": note},
        {"picture": TEST_PICTURE, "note": "-"},
        {"picture": 9, "mark": "wrong_label", "label": other(9), "suggested_label": str(DIGITS.labels[9])},
        by="Ann, Ä",
    )
    before = deployment.get(PATH)["items"]
    file = deployment.client.get(f"{PATH}.{suffix}")
    assert file.headers["content-disposition"].endswith(f'memoscope-digits-marks.{suffix}"')
    assert bring(deployment, file.content)["change"] is None, "all of it stands already"
    say(deployment, *({"picture": picture, "mark": None, "note": None} for picture in (5, 9, TEST_PICTURE)))
    say(deployment, {"picture": 0, "mark": "fine"})
    brought = bring(deployment, file.content)
    assert brought["changed"] == 3
    assert "column 'name'" in brought["note"] or "array 'name'" in brought["note"]
    kept = [item for item in deployment.get(PATH)["items"] if item["picture"] != 0]
    assert sorted(kept, key=str) == sorted(before, key=str), "who said it when included"
    assert 0 in standing(deployment), "what a file leaves out stays"
    undo(deployment, brought["change"])
    assert set(standing(deployment)) == {0}


def test_a_file_that_is_wrong_names_the_row_and_what_is_allowed(deployment: Deployment) -> None:
    for text, *words in (
        ("index,mark\n3,fine\n4,odd\n", "Row 2", "'odd'", "wrong_label, ambiguous, duplicate, fine"),
        ("index,mark,suggested_label\n3,wrong_label,cat\n", "Row 1", "'cat'", "classes are: 0, 1, 2"),
        ("index,mark,suggested_label\n3,fine,4\n", "Row 1", "suggested_label", "only wrong_label"),
        ("index,mark\n99999,fine\n", "Row 1", "99999"),
        ("index,mark\n3,fine\n3,fine\n", "Row 2", "twice"),
        ("index,mark,at\n3,fine,yesterday\n", "Row 1", "'yesterday'"),
        (f"index,mark,note\n3,fine,{'x' * 1001}\n", "Row 1", "1,001", "1,000"),
        ("index,verdict\n3,fine\n", "no column of marks", "'verdict'"),
        ("mark\nfine\n", "1 rows", "names"),
    ):
        detail = bring(deployment, text, expect=422)["detail"]
        assert all(word in detail for word in words), detail
    assert standing(deployment) == {}, "a file is taken whole or not at all"
    # As pandas writes whole numbers beside gaps; rows that say nothing are no marks.
    own = str(DIGITS.labels[3])
    bring(deployment, f"index,mark,suggested_label\n3,Wrong label,{other(3)}.0\n4,,\n5,fine,\n")
    assert standing(deployment) == {3: ("wrong_label", other(3), "", ""), 5: ("fine", None, "", "")}
    assert deployment.get(f"{PATH}/3")["items"][0]["label"] == own


def test_what_cannot_be_is_refused_and_nothing_of_it_kept(deployment: Deployment) -> None:
    def refused(pointer: str, word: str, **item: Any) -> None:
        items = [{"picture": 1, "mark": "fine"}, {"picture": 2, **item}]
        problem = deployment.problem("POST", PATH, 422, json={"items": items})
        assert problem["errors"][0]["pointer"] == f"/items/1/{pointer}"
        assert word in problem["errors"][0]["detail"]

    refused("mark", "wrong_label", mark="odd")
    refused("suggested_label", "classes are: 0", mark="wrong_label", suggested_label="cat")
    refused("suggested_label", "suggest another", mark="wrong_label", suggested_label=str(DIGITS.labels[2]))
    refused("suggested_label", "only wrong_label", mark="fine", suggested_label="1")
    refused("label", "classes are: 0", mark="fine", label="cat")
    refused("note", "1,000", note="x" * 1001)
    refused("note", "control", note="a\x00b")
    refused("picture", "the last is 1796", picture=1797, mark="fine")
    deployment.problem("POST", PATH, 422, json={"items": []})
    deployment.problem("POST", f"{PATH}/undo", 404, json={"change": "0" * 16})
    deployment.problem("GET", f"{PATH}/1797", 404)
    deployment.problem("GET", "/api/datasets/mnist/marks.csv", 409)
    assert standing(deployment) == {}


def test_another_label_judged_is_another_judgment(deployment: Deployment) -> None:
    own = str(DIGITS.labels[5])
    say(deployment, {"picture": 5, "mark": "wrong_label", "label": other(5), "suggested_label": own})
    say(deployment, {"picture": 5, "note": "in an experiment with noise"})
    item = deployment.get(PATH)["items"][0]
    assert (item["label"], item["own_label"]) == (other(5), own), "a note judges nothing"
    say(deployment, {"picture": 5, "mark": "wrong_label"})
    item = deployment.get(PATH)["items"][0]
    assert (item["label"], item["suggested_label"]) == (own, None)


def test_a_share_shows_the_marks_of_its_experiment_and_changes_none(deployment: Deployment) -> None:
    experiment = deployment.finished()
    say(deployment, {"picture": 5, "mark": "fine", "note": "a nice five"})
    settings = deployment.settings.model_copy(update={"access_token": SecretStr("key")})
    guarded = Deployment(settings, TestClient(create_app(settings), raise_server_exceptions=False))
    guarded.problem("POST", PATH, 401, json={"items": [{"picture": 5, "mark": None}]})
    guarded.problem("GET", PATH, 401)
    body = {"experiment_id": experiment["id"], "view": ""}
    answer = guarded.client.post("/api/shares", json=body, headers={"Authorization": "Bearer key"})
    base = f"/s/{answer.json()['token']}"
    own = f"{base}/api/experiments/{experiment['id']}/examples"
    assert guarded.get(f"{own}/5")["mark"]["note"] == "a nice five"
    (listed,) = guarded.get(f"{own}?index=5")["items"]
    assert listed["mark"]["mark"] == "fine"
    assert guarded.get(f"{own}/6")["mark"] is None
    for method, path in (("POST", PATH), ("POST", f"{PATH}/undo"), ("POST", f"{PATH}/file"), ("GET", PATH)):
        guarded.problem(method, base + path, 404)
    assert set(standing(deployment)) == {5}
