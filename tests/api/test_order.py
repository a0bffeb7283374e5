"""Which picture a row is about, through the API: orders, choices, exports that come back as they were."""

import csv
import io
from typing import Any

import numpy as np
import pyarrow.parquet
import pytest

from backend.api import results
from backend.core.session import reading
from tests.deployment import Deployment
from tests.uploads import npz, picture, zipped
from workers.prepare import prepare

Explored = tuple[Deployment, dict[str, Any]]
BINARY = {"Content-Type": "application/octet-stream"}
ONLY_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def uploaded(deployment: Deployment, names: list[str]) -> dict[str, Any]:
    """Upload pictures of these names, in that order in the zip; each shows its own number."""
    body = zipped({name: picture(seed=place) for place, name in enumerate(names)})
    made = deployment.client.post("/api/datasets?title=Pets&test_fraction=0.25", content=body, headers=BINARY)
    assert made.status_code == 202, made.text
    prepare(deployment.settings, made.json()["id"])
    return deployment.get(f"/api/datasets/{made.json()['id']}")


def send(deployment: Deployment, path: str, data: bytes, expect: int = 201, **query: Any) -> dict[str, Any]:
    answer = deployment.client.post(path, params={"name": "file"} | query, content=data, headers=BINARY)
    assert answer.status_code == expect, answer.text
    return answer.json()


def labels_of(deployment: Deployment, dataset: str, name: str = "file") -> list[str]:
    found = deployment.get(f"/api/datasets/{dataset}/labels?labels={name}&count=50")
    by_index = sorted(found["examples"], key=lambda example: example["index"])
    return [found["classes"][example["given"]] for example in by_index]


def parsed(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@ONLY_SQLITE
def test_class_folders_one_to_twelve(deployment: Deployment) -> None:
    names = [f"{part}/{c}/{i}.png" for part in ("train", "test") for c in range(1, 13) for i in range(3)]
    dataset = uploaded(deployment, names)
    path = f"/api/datasets/{dataset['id']}/labels"
    assert dataset["classes"] == [str(c) for c in range(1, 13)]
    text = sorted(names[:36], key=lambda name: name.split("/"))
    array = npz(labels=[name.split("/")[1] for name in text])
    problem = send(deployment, path, array, expect=422)
    assert problem["errors"][0]["pointer"] == "/file"
    assert problem["choice"]["parameter"] == "order"
    options = {option["value"]: option["pictures"] for option in problem["choice"]["options"]}
    assert list(options) == ["ours", "text", "archive"]
    assert [picture["name"] for picture in options["text"]] == text[:6]
    assert [picture["index"] for picture in options["text"]] == [names.index(name) for name in text[:6]]
    taken = send(deployment, path, array, order="text")
    assert (taken["differ"], taken["row_order"], taken["order_verified"]) == (0, "text", False)
    assert labels_of(deployment, dataset["id"]) == [name.split("/")[1] for name in names[:36]]
    # With the names beside it nothing has to be chosen, and nothing is in doubt.
    named = npz(labels=[name.split("/")[1] for name in text], filenames=[f"/data/{name}" for name in text])
    taken = send(deployment, path, named, name="named")
    assert (taken["differ"], taken["alignment"], taken["order_verified"]) == (0, "name", True)
    assert deployment.get(f"/api/datasets/{dataset['id']}")["label_sets"] == [
        deployment.get(f"/api/datasets/{dataset['id']}")["label_sets"][0], taken,
    ]  # fmt: skip
    scores = npz(labels=[name.split("/")[1] for name in text], scores=np.linspace(0, 1, 36))
    published = f"/api/datasets/{dataset['id']}/published"
    problem = send(deployment, published, scores, expect=422, meaning="consistency")
    assert problem["choice"]["parameter"] == "order", "labels that agree prove no order"
    assert send(deployment, published, scores, meaning="consistency", order="text")["order_verified"] is False


@ONLY_SQLITE
def test_the_order_of_the_archive_is_kept(deployment: Deployment) -> None:
    names = [f"train/{c}/{i}.png" for i in (2, 0, 1) for c in ("dog", "cat")]
    dataset = uploaded(deployment, [*names, "test/cat/9.png", "test/dog/9.png"])
    array = npz(labels=["dog", "cat", "dog", "cat", "cat", "cat"])  # the last dog is called a cat
    path = f"/api/datasets/{dataset['id']}/labels"
    assert send(deployment, path, array, expect=422)["choice"]["parameter"] == "order"
    assert send(deployment, path, array, order="archive")["differ"] == 1
    assert labels_of(deployment, dataset["id"]) == ["cat", "cat", "cat", "dog", "cat", "dog"]
    # The same pictures under other names are another data set, also in the store.
    other = uploaded(
        deployment, [name.replace(".png", "0.png") for name in names] + ["test/cat/9.png", "test/dog/9.png"]
    )
    assert "train/cat/00.png" in deployment.client.get(f"/api/datasets/{other['id']}/examples.csv").text


@ONLY_SQLITE
def test_numbers_in_file_names_align_labels_as_scores(deployment: Deployment) -> None:
    classes = ["dog", "cat", "cat", "dog", "cat", "dog", "dog", "cat"]
    names = [f"train/{name}/{place:05d}.jpg" for place, name in enumerate(classes)]
    dataset = uploaded(deployment, [*names, "test/cat/00000.jpg", "test/dog/00001.jpg"])
    labels, scores = npz(labels=classes), npz(labels=classes, scores=np.linspace(0, 1, 8))
    taken = send(deployment, f"/api/datasets/{dataset['id']}/labels", labels)
    assert (taken["differ"], taken["alignment"]) == (0, "file_number")
    published = send(deployment, f"/api/datasets/{dataset['id']}/published", scores, meaning="consistency")
    assert published["alignment"] == "file_number"
    everything = npz(labels=[*classes, "cat", "dog"])
    assert send(deployment, f"/api/datasets/{dataset['id']}/labels", everything, name="all")["differ"] == 0


@ONLY_SQLITE
def test_what_a_label_file_leaves_open_is_asked_once_more(deployment: Deployment) -> None:
    dataset = uploaded(
        deployment, [f"{part}/{c}/{i}.png" for part in ("train", "test") for c in "ab" for i in range(4)]
    )
    path = f"/api/datasets/{dataset['id']}/labels"
    some = b"Path;Given Label\ntrain\\a\\1.png;b\ntrain\\b\\2.png;a\ntrain\\b\\3.png;b\n"
    problem = send(deployment, path, some, expect=422)
    assert (problem["choice"]["parameter"], problem["choice"]["options"][0]["value"]) == ("partial", "keep")
    assert "5 are missing" in problem["detail"]
    problem = send(deployment, path, some, expect=422, partial="keep")
    (option,) = problem["choice"]["options"]
    assert (problem["choice"]["parameter"], option["value"]) == ("confirm", "true")
    assert option["pictures"] == [
        {"index": 1, "name": "train/a/1.png", "own": "a", "given": "b", "row": 0},
        {"index": 6, "name": "train/b/2.png", "own": "b", "given": "a", "row": 1},
    ]
    taken = send(deployment, path, some, partial="keep", confirm="true")
    assert taken["differ"] == 2
    assert "keep their own label" in taken["note"]
    assert labels_of(deployment, dataset["id"]) == ["a", "b", "a", "a", "b", "b", "a", "b"]
    again = send(deployment, path, some, expect=422)
    assert again["errors"][0]["pointer"] == "/query/name", "no choice is asked for under a name that is taken"
    assert send(deployment, path, some, expect=422, orders="ours")["errors"][0]["pointer"] == "/query/orders"


@ONLY_SQLITE
def test_names_that_a_spreadsheet_would_run_come_back_as_they_were(deployment: Deployment) -> None:
    names = [f"{c}/{i}.png" for c in ("=1+1", "-dog", "'@cat", "plain") for i in range(4)]
    dataset = uploaded(deployment, names)
    path = f"/api/datasets/{dataset['id']}"
    text = deployment.client.get(f"{path}/examples.csv").text
    rows = parsed(text)
    assert [int(row["index"]) for row in rows] == list(range(16))
    assert [row["split"] for row in rows] == ["train"] * 12 + ["test"] * 4
    assert all(row["name"][0] not in "=+-@" and row["label"][0] not in "=+-@" for row in rows)
    assert {row["label"] for row in rows} == {"'=1+1", "'-dog", "''@cat", "plain"}
    shuffled = [rows[place] for place in np.random.default_rng(0).permutation(len(rows))]
    lines = ["name,label", *(f"{row['name']},{row['label']}" for row in shuffled)]
    taken = send(deployment, f"{path}/labels", "\n".join(lines).encode())
    assert (taken["differ"], taken["order_verified"]) == (0, True)
    assert "4 rows about test pictures were left out" in taken["note"]
    assert send(deployment, f"{path}/labels", text.encode(), name="as it is")["differ"] == 0


def test_the_order_of_every_data_set_is_told(explored: Explored) -> None:
    deployment, _ = explored
    rows = parsed(deployment.client.get("/api/datasets/digits/examples.csv").text)
    assert list(rows[0]) == ["index", "split", "name", "label"]
    assert len(rows) == 1797
    assert [row["split"] for row in rows].count("train") == 1437
    assert "Training pictures first" in deployment.get("/api/datasets/digits")["order"]
    deployment.problem("GET", "/api/datasets/mnist/examples.csv", 409)


def test_our_own_scores_come_back_with_a_correlation_of_one(explored: Explored) -> None:
    deployment, experiment = explored
    path = f"/api/experiments/{experiment['id']}"
    text = deployment.client.get(f"{path}/scores.csv").text
    rows = parsed(text)
    assert list(rows[0])[-1] == "label_name"
    with reading(deployment.settings.database) as session:
        examples = results.load(deployment.settings, session, "digits")
    assert all(row["label_name"] == examples.classes[int(row["label"])] for row in rows)
    table = pyarrow.parquet.read_table(io.BytesIO(deployment.client.get(f"{path}/scores.parquet").content))
    assert table.column_names == list(rows[0])
    published = "/api/datasets/digits/published"
    problem = send(deployment, published, text.encode(), expect=422, meaning="memorization")
    assert [option["value"] for option in problem["choice"]["options"]] == ["2", "16"]
    assert problem["choice"]["parameter"] == "size"
    problem = send(deployment, published, text.encode(), expect=422, meaning="memorization", size=3)
    assert problem["choice"]["parameter"] == "size"
    for size, name in ((2, "two"), (16, "sixteen")):
        made = send(deployment, published, text.encode(), meaning="memorization", size=size, name=name)
        assert (made["alignment"], made["labels_checked"], made["order_verified"]) == ("name", True, True)
        found = deployment.get(f"{path}/published/{name}?size={size}")
        assert found["spearman"]["value"] == pytest.approx(1, abs=1e-12)
        assert found["with_flipped"]["value"] == pytest.approx(1, abs=1e-12)
        assert found["missing"] == 0
    easy = send(deployment, published, text.encode(), meaning="consistency", size=16, name="easy")
    assert "'heldout_accuracy'" in easy["note"]
    assert deployment.get(f"{path}/published/easy?size=16")["heldout_error"]["value"] == pytest.approx(1)
    for name in ("two", "sixteen", "easy"):
        deployment.client.delete(f"{published}/{name}")
