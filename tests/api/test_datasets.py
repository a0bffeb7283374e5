"""Data sets through the API: uploaded, prepared, looked at, deleted."""

import fcntl
import io
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from backend.api import dataset_files
from backend.api.uploads import sweep
from backend.core.contracts import Queue
from backend.core.queue import depth
from backend.core.reconcile import reconcile
from backend.datasets import store
from backend.datasets.builtin import BUILTIN
from backend.datasets.catalog import CATALOG
from backend.datasets.digits import load_digits_dataset
from backend.datasets.examples import take
from backend.datasets.options import DataOptions
from tests.deployment import SMALL, Deployment
from tests.uploads import arrays, broken, folders, npz, picture, tarred, zipped
from workers.prepare import prepare

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # test_prepare has both
BINARY = {"Content-Type": "application/octet-stream"}


def upload(deployment: Deployment, data: bytes, **query: Any) -> dict[str, Any]:
    answer = deployment.client.post("/api/datasets", content=data, headers=BINARY, params=query)
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/api/datasets/{answer.json()['id']}"
    return answer.json()


def uploaded(deployment: Deployment, data: bytes, **query: Any) -> dict[str, Any]:
    """Upload and prepare."""
    dataset = upload(deployment, data, **query)
    prepare(deployment.settings, dataset["id"])
    found = deployment.get(f"/api/datasets/{dataset['id']}")
    assert found["state"] == "ready", found["error"]
    return found


def png(deployment: Deployment, path: str) -> np.ndarray:
    answer = deployment.client.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    return np.asarray(Image.open(io.BytesIO(answer.content)))


def files_of(deployment: Deployment) -> list[str]:
    """Return the files that uploads and their preparation have left, those that came with it aside."""
    root = deployment.settings.data_dir
    own = {deployment.get(f"/api/datasets/{name}")["fingerprint"] for name in BUILTIN}
    found = [path.relative_to(root) for path in root.rglob("*") if path.is_file()]
    return [str(path) for path in found if len(path.parts) > 1 and own.isdisjoint(path.parts)]


def test_the_list_starts_with_what_is_ready(deployment: Deployment) -> None:
    digits, photographs, *others = deployment.get("/api/datasets")["items"]
    assert (digits["id"], digits["state"]) == ("digits", "ready")
    assert (photographs["id"], photographs["state"]) == ("photographs", "ready")
    assert {dataset["id"] for dataset in others} == set(CATALOG)
    assert all(dataset["state"] == "absent" and dataset["download_bytes"] for dataset in others)


def test_an_upload_is_described_at_once_and_ready_when_decoded(deployment: Deployment) -> None:
    dataset = upload(deployment, zipped(folders()), filename="My pets!.zip")
    assert dataset["title"] == "My pets!"
    assert dataset["id"].startswith("my-pets-")
    assert (dataset["state"], dataset["progress"], dataset["fingerprint"]) == ("preparing", 0, None)
    assert (dataset["n_train"], dataset["n_test"], dataset["classes"]) == (6, 2, ["cat", "dog"])
    path = f"/api/datasets/{dataset['id']}"
    for part in ("counts", "sample", "noise", "labels", "images/0.png", "sprite.png?indices=0"):
        assert "are not there" in deployment.problem("GET", f"{path}/{part}", 409)["detail"]
    assert depth(deployment.settings, Queue.SUMMARIES) == 1

    prepare(deployment.settings, dataset["id"])
    ready = deployment.get(path)
    assert (ready["state"], ready["progress"], ready["error"]) == ("ready", None, None)
    assert (ready["height"], ready["width"], ready["channels"]) == (5, 6, 3)
    assert len(files_of(deployment)) == 3, "neither the upload nor anything partial is left"
    prepare(deployment.settings, dataset["id"])  # a second message finds nothing to do
    assert deployment.get(path) == ready


def test_the_page_of_a_data_set(deployment: Deployment) -> None:
    files = folders(per_class=6)
    dataset = uploaded(deployment, zipped(files))
    path = f"/api/datasets/{dataset['id']}"
    assert deployment.get(f"{path}/counts") == {"classes": ["cat", "dog"], "train": [6, 6], "test": [3, 3]}

    rows = deployment.get(f"{path}/sample?per_class=4")["rows"]
    assert [(row["name"], len(row["indices"])) for row in rows] == [("cat", 4), ("dog", 4)]
    assert set(rows[0]["indices"]) < set(range(6))
    assert set(rows[1]["indices"]) < set(range(6, 12))
    assert deployment.get(f"{path}/sample?per_class=4")["rows"] == rows
    assert deployment.get(f"{path}/sample?per_class=4&seed=5")["rows"] != rows
    (only,) = deployment.get(f"{path}/sample?part=test&label=1")["rows"]
    assert sorted(only["indices"]) == [15, 16, 17]

    original = np.asarray(Image.open(io.BytesIO(files["train/dog/0.png"])))
    assert (png(deployment, f"{path}/images/6.png") == original).all()
    sprite = png(deployment, f"{path}/sprite.png?indices=6&indices=0&indices=6")
    assert sprite.shape == (5, 18, 3)
    assert (sprite[:, :6] == original).all()
    assert (sprite[:, 12:] == original).all()
    assert "0 to 17" in deployment.problem("GET", f"{path}/images/18.png", 404)["detail"]
    assert "the last is 17" in deployment.problem("GET", f"{path}/sprite.png?indices=18", 422)["detail"]


def test_noise_is_shown_as_an_experiment_would_have_it(deployment: Deployment) -> None:
    dataset = uploaded(deployment, npz(**arrays(40)), test_fraction=0.25)
    path = f"/api/datasets/{dataset['id']}/noise"
    noise = deployment.get(f"{path}?label_noise=0.2&data_seed=3")
    assert (noise["n"], noise["changed"], len(noise["examples"])) == (30, 6, 6)
    matrix = np.array(noise["matrix"])
    assert matrix.sum() - np.trace(matrix) == 6
    assert all(example["true"] != example["given"] for example in noise["examples"])
    pairs = deployment.get(f"{path}?label_noise=0.5&noise=class-dependent&confusions=0>2&classes=0&classes=2")
    assert pairs["classes"] == ["0", "2"]
    assert pairs["matrix"][0] == [5, 5]
    assert pairs["matrix"][1] == [0, 10]
    bad = deployment.problem("GET", f"{path}?classes=9", 422)
    assert bad["errors"][0]["pointer"] == "/params/classes"


def test_what_an_array_leaves_open_is_asked_and_what_was_done_is_said(deployment):
    given = arrays(40)
    data = npz(x=given["images"].transpose(0, 3, 1, 2) / 50, y=given["labels"][:, None])
    asked = deployment.problem("POST", "/api/datasets", 422, content=data, headers=BINARY)
    assert asked["choice"]["parameter"] == "scale"
    assert [option["value"] for option in asked["choice"]["options"]] == ["bytes", "spread"]
    assert asked["errors"] == [{"pointer": "/file", "detail": asked["detail"]}]
    dataset = uploaded(deployment, data, scale="spread")
    assert dataset["reading"]["notes"] == [
        "x: (40, 3, 6, 5) was read with channels first, as 6 x 5 pixels in color.",
        "As chosen, 0 became black and 5.1 white.",
    ]
    # One that comes in another form says so first, and leaves nothing of that form behind.
    table = pa.table({"image": [picture(i) for i in range(40)], "label": given["labels"]})
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    dataset = uploaded(deployment, buffer.getvalue(), filename="pets.parquet")
    assert dataset["title"] == "pets"
    assert dataset["reading"]["notes"] == [
        "Read from the Parquet file pets.parquet: pictures of the column 'image', labels of 'label'."
    ]
    assert not [name for name in files_of(deployment) if "partial" in name or "uploads" in name]


def test_labels_are_shown_as_an_experiment_would_have_them(deployment: Deployment) -> None:
    path = "/api/datasets/digits/labels?noise=uniform&per_class=20&classes=3&classes=8&classes=9&data_seed=2"
    shown = {p: deployment.get(f"{path}&label_noise={p}&count=40") for p in (0, 0.5, 1)}
    dataset, options = load_digits_dataset(), {"per_class": 20, "classes": ("3", "8", "9"), "data_seed": 2}
    for p, answer in shown.items():
        examples = take(dataset, DataOptions(noise="uniform", label_noise=p, **options))
        assert answer["classes"] == ["3", "8", "9"]
        assert [each["true"] for each in answer["examples"]] == ([0, 1, 2] * 14)[:40]
        places = [each["index"] for each in answer["examples"]]
        assert places == [each["index"] for each in shown[0]["examples"]], "the same, whatever the noise"
        assert len(set(places)) == 40
        at = np.searchsorted(examples.source, places)
        assert (examples.source[at] == places).all()
        assert examples.labels[at].tolist() == [each["true"] for each in answer["examples"]]
        assert examples.given[at].tolist() == [each["given"] for each in answer["examples"]]
    assert shown[0]["examples"] != shown[0.5]["examples"] != shown[1]["examples"]


@pytest.mark.parametrize(
    ("query", "pointer", "says"),
    [
        ("noise=salt", "/query/noise", "'symmetric', 'class-dependent' or 'uniform'"),
        ("label_noise=1.5", "/query/label_noise", "at most 1"),
        ("count=51", "/query/count", "at most 50"),
        ("probability=0.5", "/query/probability", "Unknown name"),
        ("classes=cat&classes=3", "/params/classes", "classes are: 0, 1, 2"),
        ("noise=uniform&confusions=1>2", "/params/confusions", "class-dependent noise only"),
    ],
)
def test_labels_that_cannot_be_shown_are_refused_by_name(
    deployment: Deployment, query: str, pointer: str, says: str
) -> None:
    problem = deployment.problem("GET", f"/api/datasets/digits/labels?{query}", 422)
    (error,) = problem["errors"]
    assert error["pointer"] == pointer
    assert says in error["detail"]


def test_a_share_reaches_neither_labels_nor_pixels_of_a_data_set(deployment: Deployment) -> None:
    experiment = deployment.submit()
    body = {"experiment_id": experiment["id"], "view": ""}
    token = deployment.client.post("/api/shares", json=body).json()["token"]
    for path in ("labels", "pixels.png?pixels=random&indices=0"):
        assert deployment.client.get(f"/api/datasets/digits/{path}").status_code == 200
        deployment.problem("GET", f"/s/{token}/api/datasets/digits/{path}", 404)


def test_pixels_are_shown_as_an_experiment_would_have_them(deployment: Deployment) -> None:
    path = "/api/datasets/digits/pixels.png?indices=5&indices=1500"
    dataset = load_digits_dataset()
    for mode in ("original", "shuffled", "random", "gaussian"):
        examples = take(dataset, DataOptions(pixels=mode, data_seed=2))
        expected = np.concatenate([examples.images[5], examples.images[1500]], axis=1)
        assert np.array_equal(png(deployment, f"{path}&pixels={mode}&data_seed=2"), expected)
    assert deployment.problem("GET", f"{path}&pixels=blurred", 422)["errors"][0]["pointer"] == "/query/pixels"
    part = DataOptions(pixels="random", classes=("3", "8"), per_class=20, image_size=5)
    examples = take(dataset, part)
    (train, *_, test), shown = examples.source, examples.images
    query = "pixels=random&classes=3&classes=8&per_class=20&image_size=5"
    found = png(deployment, f"/api/datasets/digits/pixels.png?{query}&indices={test}&indices={train}")
    assert np.array_equal(found, np.concatenate([shown[-1], shown[0]], axis=1))
    refused = (f"{query}&indices={train + 1}", "pixels=random&indices=1797")
    for bad in refused:
        problem = deployment.problem("GET", f"/api/datasets/digits/pixels.png?{bad}", 422)
        assert problem["errors"][0]["pointer"] == "/query/indices"
    deployment.problem("GET", "/api/datasets/cifar10/pixels.png?pixels=random&indices=1", 409)


def test_large_pictures_are_scaled_down_in_sprites_only(deployment: Deployment) -> None:
    dataset = uploaded(deployment, zipped(folders(size=(300, 200))))
    path = f"/api/datasets/{dataset['id']}"
    assert png(deployment, f"{path}/images/0.png").shape == (200, 300, 3)
    assert png(deployment, f"{path}/sprite.png?indices=0&indices=1").shape == (67, 200, 3)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no file in its body"),
        (b"hello", "not a readable zip"),
        (zipped(folders() | {"../x.png": b""}), "'../x.png' points out of the archive"),
        (npz(**arrays() | {"labels": np.arange(3)}), "labels: must be (12,)"),
    ],
)
def test_a_refused_upload_leaves_nothing(deployment: Deployment, data: bytes, says: str) -> None:
    problem = deployment.problem("POST", "/api/datasets", 422, content=data, headers=BINARY)
    assert says in problem["detail"]
    if data:
        assert problem["errors"][0]["pointer"] == "/file"
    assert files_of(deployment) == []
    assert len(deployment.get("/api/datasets")["items"]) == 8


def test_what_only_decoding_shows_fails_the_data_set(deployment: Deployment) -> None:
    files = folders()
    dataset = upload(deployment, zipped(files | {name: broken(files[name]) for name in sorted(files)[-2:]}))
    prepare(deployment.settings, dataset["id"])
    failed = deployment.get(f"/api/datasets/{dataset['id']}")
    assert failed["state"] == "failed"
    assert "'train/dog/1.png' is broken" in failed["error"]
    assert "'train/dog/2.png' is broken" in failed["error"]
    assert deployment.client.delete(f"/api/datasets/{dataset['id']}").status_code == 204
    assert files_of(deployment) == []


@pytest.mark.parametrize("chunked", [True, False])
def test_a_body_over_the_limit_is_refused(
    tmp_path: Path, database_url: str, redis_url: str, chunked: bool
) -> None:
    deployment = Deployment.create(tmp_path, database_url, redis_url, upload_bytes=1000)
    data = b"x" * 1001
    content = iter([data[:500], data[500:]]) if chunked else data
    problem = deployment.problem("POST", "/api/datasets", 413, content=content, headers=BINARY)
    assert "larger than 1,000 bytes" in problem["detail"]
    assert "MEMOSCOPE_UPLOAD_BYTES" in problem["detail"]
    assert files_of(deployment) == []
    deployment.close()


def test_what_was_done_and_found_is_said_and_kept(deployment: Deployment) -> None:
    files = {
        f"{name}/{i}.png": picture(i + 50 * k, size=(8, 8) if i else (9, 8))
        for k, name in enumerate(("cat", "dog"))
        for i in range(6)
    }
    data = tarred(files | {"README.md": b"hello", "cat/notes.txt": b""})
    problem = deployment.problem("POST", "/api/datasets", 422, content=data, headers=BINARY)
    (error,) = problem["errors"]
    assert (error["pointer"], error["file"]) == ("/query/size", "cat/0.png")
    assert files_of(deployment) == []
    dataset = upload(deployment, data, **error["offer"])
    assert dataset["reading"] == {
        "notes": [
            "2 files that are no pictures were skipped: README.md, cat/notes.txt.",
            "2 pictures of another size were center-cropped and resized to 8 x 8.",
        ],
        "warnings": [],
        "skipped": 2,
        "skipped_first": ["README.md", "cat/notes.txt"],
    }
    assert len(files_of(deployment)) == 1, "the zip that the tar became"
    prepare(deployment.settings, dataset["id"])
    ready = deployment.get(f"/api/datasets/{dataset['id']}")
    assert (ready["state"], ready["width"]) == ("ready", 8)
    assert ready["reading"] == dataset["reading"]
    assert len(files_of(deployment)) == 3
    assert deployment.get("/api/datasets/digits")["reading"] is None


def test_identical_pictures_are_shown_and_many_are_a_warning(deployment: Deployment) -> None:
    files = {f"train/{name}/{i}.png": picture(i) for name in ("cat", "dog") for i in range(3)}
    files |= {f"test/cat/{i}.png": picture(i + 2) for i in range(3)}
    dataset = uploaded(deployment, zipped(files | {"test/dog/9.png": picture(9)}))
    found = deployment.get(f"/api/datasets/{dataset['id']}/identical")
    assert (found["pictures"], found["groups"], found["across_classes"], found["across_parts"]) == (
        7,
        3,
        3,
        1,
    )
    assert found["shown"][0] == {
        "indices": [2, 5, 6],
        "count": 3,
        "classes": ["cat", "dog"],
        "parts": ["train", "test"],
    }
    assert "7 of 10 pictures are identical to another one, up to 3 to each other" in found["warning"]
    assert dataset["reading"]["warnings"] == [found["warning"]]
    clean = uploaded(deployment, zipped(folders()))
    assert clean["reading"]["warnings"] == []
    assert deployment.get(f"/api/datasets/{clean['id']}/identical")["shown"] == []


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"background": "pink"}, "/query/background"),
        ({"frames": "last"}, "/query/frames"),
        ({"size": "0"}, "/query/size"),
        ({"size": "32 x 32"}, "/query/size"),
        ({"size": "2000"}, "/query/size"),
        ({"fit": "pad"}, "/query/fit"),
        ({"orientation": "left"}, "/query/orientation"),
        ({"colour": "white"}, "/query/colour"),
        ({"test_fraction": "2"}, "/query/test_fraction"),
    ],
)
def test_choices_that_there_are_not_are_refused_by_name(
    deployment: Deployment, query: dict[str, str], pointer: str
) -> None:
    data = zipped(folders())
    problem = deployment.problem("POST", "/api/datasets", 422, content=data, headers=BINARY, params=query)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


def test_a_sweep_spares_what_another_process_is_receiving(deployment: Deployment) -> None:
    folder = deployment.settings.data_dir / "uploads"
    folder.mkdir()
    (folder / "dead.partial").write_bytes(b"half")
    with (folder / "alive.partial").open("wb") as file:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX)
        sweep(deployment.settings)
        assert [path.name for path in folder.iterdir()] == ["alive.partial"]
    sweep(deployment.settings)
    assert not list(folder.iterdir())


def test_a_fault_while_an_upload_is_taken_leaves_nothing(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(dataset_files.datasets, "request", broken)
    deployment.problem("POST", "/api/datasets", 500, content=zipped(folders()), headers=BINARY)
    assert files_of(deployment) == []
    assert len(deployment.get("/api/datasets")["items"]) == 8


def test_a_name_of_any_kind_becomes_a_title_and_an_id(deployment: Deployment) -> None:
    for name, title in (
        ("\x00\n.zip", "Upload"),
        ("猫.npz", "猫"),
        ("../../etc/passwd", "passwd"),
        ("", "Upload"),
    ):
        assert upload(deployment, npz(**arrays()), filename=name)["title"] == title
    deployment.problem("POST", "/api/datasets?title=%00", 422, content=b"x", headers=BINARY)


def test_an_upload_without_a_broker_is_sent_later(
    deployment: Deployment, redis_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    redis_server.kill()
    dataset = upload(deployment, npz(**arrays()))
    assert deployment.get(f"/api/datasets/{dataset['id']}")["state"] == "preparing"
    redis_server.restart()
    monkeypatch.setattr("backend.core.reconcile.GRACE_S", 0)
    assert depth(deployment.settings, Queue.SUMMARIES) == 0
    reconcile(deployment.settings)
    assert depth(deployment.settings, Queue.SUMMARIES) == 1
    prepare(deployment.settings, dataset["id"])
    assert deployment.get(f"/api/datasets/{dataset['id']}")["state"] == "ready"


def test_only_unused_uploads_can_be_deleted(deployment: Deployment) -> None:
    assert "came with" in deployment.problem("DELETE", "/api/datasets/digits", 409)["detail"]
    deployment.problem("DELETE", "/api/datasets/none", 404)
    dataset = uploaded(deployment, npz(**arrays(60)))
    experiment = deployment.submit(params=SMALL | {"dataset": dataset["id"]})
    path = f"/api/datasets/{dataset['id']}"
    (used,) = deployment.get(f"{path}/usage")["items"]
    assert used["id"] == experiment["id"]
    assert "1 experiment uses" in deployment.problem("DELETE", path, 409)["detail"]
    deployment.client.post(f"/api/experiments/{experiment['id']}/cancel")
    deployment.client.delete(f"/api/experiments/{experiment['id']}")
    assert deployment.client.delete(path).status_code == 204
    deployment.problem("GET", path, 404)
    assert files_of(deployment) == []


def test_equal_uploads_share_content_and_each_keeps_its_own_addresses(deployment: Deployment) -> None:
    data = npz(**arrays(60))
    one, two = (uploaded(deployment, data, title=title) for title in ("One", "Two"))
    assert one["fingerprint"] == two["fingerprint"]
    experiments = [deployment.finished(params=SMALL | {"dataset": dataset["id"]}) for dataset in (one, two)]
    for experiment, dataset in zip(experiments, (one, two), strict=True):
        example = deployment.get(f"/api/experiments/{experiment['id']}/examples")["items"][0]
        assert example["image"].startswith(f"/api/datasets/{dataset['id']}/images/")
    assert deployment.client.delete(f"/api/experiments/{experiments[0]['id']}").status_code == 204
    assert deployment.client.delete(f"/api/datasets/{one['id']}").status_code == 204
    png(deployment, f"/api/datasets/{two['id']}/images/0.png")
    assert store.exists(two["fingerprint"], deployment.settings)


def test_label_files_replace_the_training_labels(deployment: Deployment) -> None:
    dataset = uploaded(deployment, npz(**arrays(40)))
    path = f"/api/datasets/{dataset['id']}"
    n, classes = dataset["n_train"], dataset["classes"]
    own = deployment.get(f"{path}/counts")["train"]
    csv = "label\n" + "\n".join((classes * n)[:n])  # in turn, whatever the pictures show
    answer = deployment.client.post(
        f"{path}/labels?name=from people&confirm=true", content=csv, headers=BINARY
    )
    assert answer.status_code == 201, answer.text
    assert answer.json()["name"] == "from people"
    assert 0 < answer.json()["differ"] <= n
    (listed,) = deployment.get(path)["label_sets"]
    assert listed == answer.json()
    shown = deployment.get(f"{path}/noise?labels=from people")
    assert shown["changed"] == answer.json()["differ"]
    assert np.sum(shown["matrix"], axis=0).tolist() == np.bincount(np.arange(n) % 3).tolist()
    assert np.sum(shown["matrix"], axis=1).tolist() == own

    again = deployment.problem("POST", f"{path}/labels?name=from people", 422, content=csv, headers=BINARY)
    assert "choose another name" in again["detail"]
    for name in ("a/b", "", "\x00", "../x"):
        deployment.problem("POST", f"{path}/labels", 422, params={"name": name}, content=csv, headers=BINARY)
    short = deployment.problem("POST", f"{path}/labels?name=x", 422, content=b"label\n0\n", headers=BINARY)
    assert "needed are" in short["detail"]
    unknown = deployment.problem("GET", f"{path}/noise?labels=none", 422)
    assert "it has: from people" in unknown["detail"]

    params = SMALL | {"dataset": dataset["id"], "labels": "from people", "classes": ["0", "1"]}
    experiment = deployment.submit(params=params)
    assert "use the label file" in deployment.problem("DELETE", f"{path}/labels/from people", 409)["detail"]
    deployment.client.post(f"/api/experiments/{experiment['id']}/cancel")
    deployment.client.delete(f"/api/experiments/{experiment['id']}")
    assert deployment.client.delete(f"{path}/labels/from people").status_code == 204
    assert deployment.get(path)["label_sets"] == []
    assert not [name for name in files_of(deployment) if "labels/" in name]


def test_a_label_file_over_the_limit_is_refused(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dataset_files, "MAX_COLUMN_BYTES", 10)
    path = "/api/datasets/digits/labels?name=x"
    assert "larger than 10 bytes" in deployment.problem("POST", path, 413, content=b"x" * 11)["detail"]


def test_a_store_that_is_no_folder_serves_everything(
    tmp_path: Path, database_url: str, redis_url: str
) -> None:
    deployment = Deployment.create(tmp_path, database_url, redis_url, artifacts_url="memory://whole")
    dataset = uploaded(deployment, npz(**arrays(60)))
    path = f"/api/datasets/{dataset['id']}"
    labels = "label\n" + "\n".join(str(i % 3) for i in range(dataset["n_train"]))
    deployment.client.post(f"{path}/labels?name=turns&confirm=true", content=labels, headers=BINARY)
    assert deployment.get(f"{path}/noise?labels=turns")["changed"]
    assert deployment.finished(params=SMALL | {"dataset": dataset["id"]})["status"] == "done"
    assert not (tmp_path / "artifacts").exists()
    deployment.close()


def test_gray_pictures_stay_gray(deployment: Deployment) -> None:
    dataset = uploaded(deployment, zipped(folders(mode="L")))
    assert png(deployment, f"/api/datasets/{dataset['id']}/images/0.png").ndim == 2
