"""Experiments that travel: out of one Memoscope as a file, into another, and nothing else from strangers."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import func, select

from backend.core import clock
from backend.core.models import Base, Experiment
from backend.core.session import reading, transaction
from backend.datasets.retention import purge_overdue
from backend.portable import pictures, taking
from backend.studies.kit import npz
from tests.deployment import SMALL, Deployment
from tests.services import RedisServer
from tests.uploads import folders, zipped
from workers.prepare import prepare

Explored = tuple[Deployment, dict[str, Any]]
Members = dict[str, bytes]


def another(folder: Path, redis: RedisServer) -> Deployment:
    return Deployment.create(folder, f"sqlite:///{folder / 'memoscope.db'}", redis.url)


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory, redis_server: RedisServer) -> Iterator[Deployment]:
    made = another(tmp_path_factory.mktemp("elsewhere"), redis_server)
    yield made
    made.close()


@pytest.fixture(scope="module")
def file(explored: Explored) -> bytes:
    deployment, experiment = explored
    return exported(deployment, experiment["id"])


def exported(deployment: Deployment, experiment: str) -> bytes:
    answer = deployment.client.get(f"/api/experiments/{experiment}/export.memoscope")
    assert answer.status_code == 200, answer.text
    return answer.content


def imported(deployment: Deployment, data: bytes, expect: int = 201) -> dict[str, Any]:
    answer = deployment.client.post("/api/experiments/import", content=data)
    assert answer.status_code == expect, answer.text
    return answer.json()


def members(data: bytes) -> Members:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_everything_shows_elsewhere_as_it_did(explored: Explored, elsewhere: Deployment, file: bytes) -> None:
    here, original = explored
    assert exported(here, original["id"]) == file, "equal experiments make equal files"
    copy = imported(elsewhere, file)
    assert imported(elsewhere, file, expect=200)["id"] == copy["id"]
    assert copy["imported"] == {
        "experiment": original["id"],
        "memoscope": original["provenance"]["version"],
        "submitted_at": original["created_at"],
    }
    same = set(copy) - {"id", "created_at", "version", "imported"}
    assert {name: copy[name] for name in same} == {name: original[name] for name in same}
    assert copy["actions"] == ["extend", "delete"]
    assert [item["id"] for item in elsewhere.get("/api/experiments")["items"]] == [copy["id"]]

    def both(path: str) -> None:
        first, second = (
            deployment.client.get(f"/api/experiments/{experiment['id']}/{path}")
            for deployment, experiment in ((here, original), (elsewhere, copy))
        )
        assert first.status_code == second.status_code == 200, path
        told = [answer.content.replace(experiment["id"].encode(), b"ID") for answer, experiment in
                ((first, original), (second, copy))]  # fmt: skip
        assert told[0] == told[1], path

    for path in (
        "scores.csv",
        "scores.npz",
        "claims",
        "engines",
        "examples?limit=100",
        "examples/7",
        "histogram",
    ):
        both(path)
    for figure in here.get(f"/api/experiments/{original['id']}/figures")["items"]:
        both(f"figures/{figure['name']}")
    assert b"<html" in elsewhere.client.get(f"/api/experiments/{copy['id']}/export.html").content
    assert elsewhere.get(f"/api/compare?a={copy['id']}&b={copy['id']}&a_size=2&b_size=16")
    # Answers of single models stay where they were trained; their counts are dealt to as many dots.
    dots = elsewhere.get(f"/api/experiments/{copy['id']}/examples/7/models")
    assert (len(dots["had"]), dots["kept"]) == (20, False)
    log = [line["text"] for line in elsewhere.get(f"/api/experiments/{copy['id']}/log")["items"]]
    assert log[-1].startswith("Imported from Memoscope")
    assert "Running" in log or "Done" in log


def test_what_travels_on_stays_the_same_experiment(
    elsewhere: Deployment, file: bytes, explored: Explored
) -> None:
    copy = imported(elsewhere, file, expect=200)
    elsewhere.client.patch(f"/api/experiments/{copy['id']}", json={"title": "Another name"})
    onward = exported(elsewhere, copy["id"])
    assert imported(elsewhere, onward, expect=200)["id"] == copy["id"]
    here, original = explored
    assert imported(here, onward)["imported"]["experiment"] == original["id"]


def test_an_equal_request_is_not_answered_with_what_was_not_run_here(
    elsewhere: Deployment, file: bytes
) -> None:
    copy = imported(elsewhere, file, expect=200)
    assert elsewhere.submit()["id"] != copy["id"]


def test_an_extension_trains_everything_here(elsewhere: Deployment, file: bytes) -> None:
    copy = imported(elsewhere, file, expect=200)
    price = elsewhere.get(f"/api/experiments/{copy['id']}/extend?models=20")
    assert (price["models"], price["reused"]) == (80, 0)
    answer = elsewhere.client.post(f"/api/experiments/{copy['id']}/extend", json={"models": 20})
    assert answer.status_code == 202, answer.text
    assert answer.json()["progress"]["models_done"] == 0
    assert "resume" not in copy["actions"]
    elsewhere.problem("POST", f"/api/experiments/{copy['id']}/resume", 409)


def test_what_is_not_finished_does_not_travel(elsewhere: Deployment) -> None:
    waiting = elsewhere.submit(params={"models": 10, "sizes": [4]})
    problem = elsewhere.problem("GET", f"/api/experiments/{waiting['id']}/export.memoscope", 409)
    assert "queued" in problem["detail"]


@pytest.fixture(scope="module")
def on_own_data(explored: Explored) -> tuple[Deployment, dict[str, Any]]:
    """An experiment on an upload, with labels of a file."""
    here, _ = explored
    archive = zipped(folders(8))
    dataset = here.client.post("/api/datasets?title=Pets", content=archive).json()
    prepare(here.settings, dataset["id"])
    labels = "label\n" + "".join(f"{label}\n" for label in ["cat"] * 7 + ["dog"] * 9)
    answer = here.client.post(
        f"/api/datasets/{dataset['id']}/labels?name=theirs&order=ours", content=labels.encode()
    )
    assert answer.status_code == 201, answer.text
    params = SMALL | {"dataset": dataset["id"], "labels": "theirs"}
    return here, here.finished(params=params)


def test_pictures_and_labels_travel_with_it(
    on_own_data: Explored, tmp_path: Path, redis_server: RedisServer
) -> None:
    here, original = on_own_data
    there = another(tmp_path, redis_server)
    try:
        copy = imported(there, exported(here, original["id"]))
        dataset = there.get(f"/api/datasets/{copy['dataset_id']}")
        assert (dataset["title"], dataset["source"], dataset["state"]) == ("Pets", "import", "ready")
        for path in ("images/3.png", "sprite.png?indices=0&indices=17"):
            shown = there.client.get(f"/api/datasets/{dataset['id']}/{path}").content
            assert shown == here.client.get(f"/api/datasets/{original['dataset_id']}/{path}").content
        first, second = (
            deployment.get(f"/api/experiments/{experiment['id']}/examples?limit=16")["items"]
            for deployment, experiment in ((here, original), (there, copy))
        )
        assert [(item["label_name"], item["flipped"], item["name"]) for item in first] == [
            (item["label_name"], item["flipped"], item["name"]) for item in second
        ]
        assert sum(item["flipped"] for item in second) == 1
        assert there.submit(params=SMALL | {"dataset": dataset["id"]})["status"] == "queued", (
            "it is all there"
        )
    finally:
        there.close()


def test_thumbnails_are_looked_at_and_never_trained_on(
    on_own_data: Explored, tmp_path: Path, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "SIDE", 3)
    here, original = on_own_data
    there = another(tmp_path, redis_server)
    try:
        data = exported(here, original["id"])
        copy = imported(there, data)
        dataset = there.get(f"/api/datasets/{copy['dataset_id']}")
        assert (dataset["source"], dataset["height"], dataset["width"]) == ("thumbnails", 3, 3)
        assert "scaled down by 2" in " ".join(dataset["reading"]["notes"])
        assert copy["actions"] == ["delete"]
        problem = there.problem(
            "POST",
            "/api/experiments",
            422,
            json={"study": "memorization", "params": {"dataset": dataset["id"]}},
        )
        assert problem["errors"][0]["pointer"] == "/params/dataset"
        there.problem("POST", f"/api/experiments/{copy['id']}/extend", 422, json={"models": 10})
        assert imported(there, exported(there, copy["id"]), expect=200)["id"] == copy["id"]
        # Deleted for good, it takes its thumbnails along.
        assert there.client.delete(f"/api/experiments/{copy['id']}").status_code == 204
        assert there.client.delete(f"/api/storage/deleted/{copy['id']}").status_code == 204
        there.problem("GET", f"/api/datasets/{dataset['id']}", 404)
        assert not list((tmp_path / "artifacts" / "labels").iterdir())
    finally:
        there.close()


def test_pictures_shrink_until_they_fit() -> None:
    assert pictures.reduction((100, 28, 28)) == 1
    assert pictures.reduction((100, 256, 200, 3)) == 2
    assert pictures.reduction((100, 129, 10)) == 2
    most = 100 * 16 * 16 * 3
    assert pictures.reduction((100, 64, 64, 3), most) == 4
    assert pictures.reduction((10**9, 64, 64, 3), most) == 64


def told(files: Members, change: Callable[[dict[str, Any]], object]) -> Members:
    """Change what a file says of itself."""
    manifest = json.loads(files["manifest.json"])
    change(manifest)
    return files | {"manifest.json": json.dumps(manifest).encode()}


def replaced(files: Members, changes: Mapping[str, bytes]) -> Members:
    """Change members, and what the file says of them."""
    files = files | changes

    def checksums(manifest: dict[str, Any]) -> None:
        for name, data in changes.items():
            manifest["members"][name] = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}

    return told(files, checksums)


def results(files: Members, change: Callable[[dict[str, np.ndarray]], object]) -> Members:
    """Change the arrays of the results."""
    arrays = npz.unpack(files["results.npz"])
    change(arrays)
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return replaced(files, {"results.npz": buffer.getvalue()})


def pickled(arrays: dict[str, Any]) -> None:
    arrays["labels"] = np.array([print], dtype=object)


def shortened(name: str) -> Callable[[dict[str, Any]], None]:
    def change(arrays: dict[str, Any]) -> None:
        arrays[name] = arrays[name][..., :-1]

    return change


def swapped(arrays: dict[str, Any]) -> None:
    arrays["labels"] = (arrays["labels"] + 1) % 10


def beyond(arrays: dict[str, Any]) -> None:
    arrays["influence_helps_test.indices"] = arrays["influence_helps_test.indices"] + 100_000


def too_many(arrays: dict[str, Any]) -> None:
    arrays["k_in"] = arrays["n_in"] + 1


STRANGE: dict[str, tuple[Callable[[Members], Members], str]] = {
    "newer": (lambda f: told(f, lambda m: m.update(version=2)), "by a newer Memoscope"),
    "something else": (lambda f: {"a/b.png": b"x"}, "no experiment of Memoscope"),
    "another format": (lambda f: told(f, lambda m: m.update(format="x")), "about something else"),
    "manifest of junk": (lambda f: f | {"manifest.json": b"[" * 100_000}, "manifest cannot be read"),
    "unknown study": (
        lambda f: told(f, lambda m: m["experiment"].update(study="phrenology")),
        "'phrenology'",
    ),
    "unknown parameters": (
        lambda f: told(f, lambda m: m["experiment"]["params"].update(skull=3)),
        "cannot read (skull)",
    ),
    "wrong field": (lambda f: told(f, lambda m: m["experiment"].update(title="")), "experiment.title"),
    "invisible title": (
        lambda f: told(f, lambda m: m["experiment"].update(title="a\x00b")),
        "experiment.title",
    ),
    "missing member": (
        lambda f: {name: d for name, d in f.items() if name != "labels.npy"},
        "labels.npy is missing",
    ),
    "stranger": (lambda f: f | {"run.py": b"print()"}, "'run.py'"),
    "way out": (lambda f: f | {"../results.npz": b""}, "points out of the archive"),
    "damaged": (lambda f: f | {"units.jsonl": f["units.jsonl"][:-2]}, "units.jsonl is damaged"),
    "no units": (
        lambda f: told(
            replaced(f, {"units.jsonl": b'{"key": 1}\n'}), lambda m: m["experiment"].update(id="0" * 12)
        ),
        "units.jsonl cannot be read",
    ),
    "other pictures": (
        lambda f: told(f, lambda m: m["dataset"].update(fingerprint="0" * 64)),
        "not those of the data set",
    ),
    "no pictures": (
        lambda f: told(
            replaced(f, {"pictures.npy": f["labels.npy"]}),
            lambda m: m["dataset"].update(fingerprint="0" * 64),
        ),
        "has no pictures",
    ),
    "no data set": (lambda f: told(f, lambda m: m.update(dataset=None)), "incomplete"),
    "pickle": (lambda f: results(f, pickled), "holds Python objects"),
    "too short": (lambda f: results(f, shortened("n_in")), "n_in is of the shape (2, 1436)"),
    "other labels": (lambda f: results(f, swapped), "other labels"),
    "right more often than asked": (lambda f: results(f, too_many), "k_in"),
    "influence on nobody": (lambda f: results(f, beyond), "helps_test"),
    "not packed": (lambda f: replaced(f, {"results.npz": b"PK"}), "results.npz cannot be read"),
    "no header": (lambda f: results(f, lambda a: a.pop("header")), "cannot be read by this version"),
}


def everything_there(deployment: Deployment) -> tuple[dict[str, int], set[str]]:
    with reading(deployment.settings.database) as session:
        rows = {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }
    artifacts = deployment.settings.data_dir / "artifacts"
    return rows, {str(path) for path in artifacts.rglob("*") if path.is_file()}


@pytest.mark.parametrize("strange", STRANGE)
def test_what_cannot_be_read_says_why_and_changes_nothing(
    elsewhere: Deployment, file: bytes, strange: str
) -> None:
    change, why = STRANGE[strange]
    before = everything_there(elsewhere)
    answer = elsewhere.client.post("/api/experiments/import", content=zipped(change(members(file))))
    assert answer.status_code == 422, answer.text
    assert why in answer.json()["detail"]
    assert everything_there(elsewhere) == before


def test_a_fault_in_the_middle_leaves_nothing_behind(
    on_own_data: Explored, elsewhere: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, original = on_own_data
    data = exported(here, original["id"])
    before = everything_there(elsewhere)

    def fault(*_: object) -> None:
        raise RuntimeError("the power is gone")

    with monkeypatch.context() as patched:
        patched.setattr(taking, "log", fault)
        assert elsewhere.client.post("/api/experiments/import", content=data).status_code == 500
    assert everything_there(elsewhere) == before
    assert imported(elsewhere, data)["status"] == "done"


def test_deleted_it_is_gone_for_everybody_and_comes_back_for_a_day(
    elsewhere: Deployment, file: bytes
) -> None:
    own = imported(elsewhere, file, expect=200)["id"]
    token = elsewhere.client.post("/api/shares", json={"experiment_id": own}).json()["token"]
    scores = elsewhere.client.get(f"/api/experiments/{own}/scores.csv").content
    assert elsewhere.client.delete(f"/api/experiments/{own}").status_code == 204
    for path in ("", "/claims", "/figures", "/scores.csv"):
        assert "brought back" in elsewhere.problem("GET", f"/api/experiments/{own}{path}", 404)["detail"]
    elsewhere.problem("GET", f"/api/shares/{token}", 404)
    assert elsewhere.client.get(f"/s/{token}").status_code == 404
    assert own not in [item["id"] for item in elsewhere.get("/api/experiments")["items"]]
    deleted = elsewhere.get("/api/storage")["deleted"]
    assert [item["id"] for item in deleted] == [own]
    assert deleted[0]["bytes"] > 10_000
    assert deleted[0]["until"] is not None
    answer = elsewhere.client.post(f"/api/storage/deleted/{own}/restore")
    assert answer.json()["id"] == own
    assert elsewhere.client.get(f"/api/experiments/{own}/scores.csv").content == scores
    assert elsewhere.client.get(f"/s/{token}").status_code == 200
    elsewhere.problem("DELETE", f"/api/storage/deleted/{own}", 409)


def test_only_what_was_deleted_long_ago_goes_by_itself(elsewhere: Deployment, file: bytes) -> None:
    own = imported(elsewhere, file, expect=200)["id"]
    elsewhere.client.delete(f"/api/experiments/{own}")
    purge_overdue(elsewhere.settings)
    assert len(elsewhere.get("/api/storage")["deleted"]) == 1
    with transaction(elsewhere.settings.database) as session:
        row = session.get(Experiment, own, execution_options={"sees_deleted": True})
        assert row is not None
        row.deleted_at = clock.now(session) - timedelta(days=1, minutes=1)
    purge_overdue(elsewhere.settings)
    assert elsewhere.get("/api/storage")["deleted"] == []
    elsewhere.problem("GET", f"/api/experiments/{own}", 404)
    with reading(elsewhere.settings.database) as session:
        for table in Base.metadata.sorted_tables:
            if "experiment_id" in table.c:
                left = select(func.count()).where(table.c.experiment_id == own)
                assert session.scalar(left) == 0, table.name
