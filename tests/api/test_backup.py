"""Everything in one file: saved while it runs, restored on either database, refused where it would mix."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select
from typer.testing import CliRunner

from backend import cli
from backend.backup import restoring, saving
from backend.backup.restoring import restore
from backend.backup.saving import BackupError, save
from backend.core.models import Base, Experiment, Summary, WorkerRow
from backend.core.session import get_engine, reading, transaction
from backend.core.settings import Settings, get_settings
from backend.launcher.doctor import examine
from tests.deployment import Deployment
from tests.services import RedisServer

Explored = tuple[Deployment, dict[str, Any]]
WITHOUT = {WorkerRow.__tablename__}  # workers report again


def rows(url: str) -> dict[str, list[tuple[Any, ...]]]:
    with get_engine(url).connect() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for table in Base.metadata.sorted_tables
            if table.name not in WITHOUT
        }


def artifacts(settings: Settings) -> dict[str, bytes]:
    folder = settings.data_dir / "artifacts"
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def full(explored: Explored) -> Deployment:
    """A Memoscope with all that a backup has to keep: an extension, a share, marks, a deleted experiment."""
    deployment, experiment = explored
    client, own = deployment.client, f"/api/experiments/{experiment['id']}"
    child = client.post(f"{own}/extend", json={"models": 10}).json()
    deployment.work(child["id"])
    client.post("/api/shares", json={"experiment_id": experiment["id"]})
    marked = {
        "items": [{"picture": 3, "mark": "wrong_label", "label": "1", "suggested_label": "2"}],
        "by": "me",
    }
    assert client.post("/api/datasets/digits/marks", json=marked).is_success
    assert client.post("/api/matrices?name=grades", content=b"1,2\n3,\n,4\n").is_success
    gone = deployment.submit(study="randomization", params={})
    client.post(f"/api/experiments/{gone['id']}/cancel")
    assert client.delete(f"/api/experiments/{gone['id']}").is_success
    return deployment


@pytest.fixture(scope="module")
def backup(full: Deployment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("backup") / "all.zip"
    save(full.settings, path, lambda _: None)
    return path


def empty(folder: Path, url: str | None = None) -> Settings:
    return Settings(_env_file=None, data_dir=folder, database_url=url and SecretStr(url))


def test_it_comes_back_row_by_row_on_either_database(
    full: Deployment, backup: Path, tmp_path: Path, database_url: str, redis_server: RedisServer
) -> None:
    restored = empty(tmp_path / "new", database_url)
    contents = restore(restored, backup, lambda _: None)
    before = rows(full.settings.database)
    assert rows(database_url) == before
    assert contents.rows == {name: len(found) for name, found in before.items()}
    assert min(contents.rows[name] for name in ("experiments", "mark_changes", "shares", "matrices")) > 0
    assert artifacts(restored) == artifacts(full.settings)
    with pytest.raises(BackupError, match="already"):
        restore(restored, backup, lambda _: None)
    # It runs on: new rows get new numbers, and what was deleted can be brought back.
    there = Deployment.create(restored.data_dir, database_url, redis_server.url)
    try:
        new = there.submit(params={"models": 10, "sizes": [4]})
        there.work(new["id"])
        assert there.get(f"/api/experiments/{new['id']}")["status"] == "done"
        (deleted,) = there.get("/api/storage")["deleted"]
        assert there.client.post(f"/api/storage/deleted/{deleted['id']}/restore").is_success
        for item in full.get("/api/experiments")["items"]:
            own = f"/api/experiments/{item['id']}/scores.csv"
            assert there.client.get(own).content == full.client.get(own).content
    finally:
        there.close()


def test_rows_are_of_one_moment(
    full: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, explored: Explored
) -> None:
    """Somebody writes between two tables: what came in later is in none of them."""
    original = saving._save_rows
    made: list[str] = []

    def interrupted(connection: Any, archive: Any, table: Any, named: set[str]) -> int:
        if table.name == "experiments":
            made.append(full.submit(params={"models": 10, "sizes": [3]})["id"])
        return original(connection, archive, table, named)

    monkeypatch.setattr(saving, "_save_rows", interrupted)
    path = tmp_path / "b.zip"
    save(full.settings, path, lambda _: None)
    with zipfile.ZipFile(path) as archive:
        for table in ("experiments", "units", "events"):
            assert made[0] not in archive.read(f"rows/{table}.jsonl").decode(), table


def test_a_fault_in_the_middle_leaves_room_for_the_next_attempt(
    backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    restored = empty(tmp_path / "new")

    def fault(*_: object) -> None:
        raise KeyError("the power is gone")

    with monkeypatch.context() as patched:
        patched.setattr(restoring, "_go_on_counting", fault)
        with pytest.raises(KeyError):
            restore(restored, backup, lambda _: None)
    assert not any(rows_of for rows_of in rows(restored.database).values())
    restore(restored, backup, lambda _: None)
    with reading(restored.database) as session:
        assert session.scalars(select(Experiment)).all()


@pytest.fixture
def changed(backup: Path, tmp_path: Path) -> Callable[[str, bytes | None], Path]:
    def make(name: str, data: bytes | None) -> Path:
        path = tmp_path / f"changed-{len(list(tmp_path.iterdir()))}.zip"
        with zipfile.ZipFile(backup) as source, zipfile.ZipFile(path, "w") as target:
            for member in source.namelist():
                if member != name:
                    target.writestr(member, source.read(member))
            if data is not None:
                target.writestr(name, data)
        return path

    return make


def test_what_is_no_backup_changes_nothing(backup: Path, changed: Any, tmp_path: Path) -> None:
    with zipfile.ZipFile(backup) as archive:
        told = json.loads(archive.read("backup.json"))
    newer = changed("backup.json", json.dumps(told | {"revision": "9999"}).encode())
    for path, why in (
        (newer, "does not know: upgrade"),
        (changed("backup.json", None), "no backup of Memoscope"),
        (changed("backup.json", json.dumps(told | {"version": 2}).encode()), "newer version"),
        (changed("artifacts/../../x", b""), "points out"),
    ):
        with pytest.raises(BackupError, match=why):
            restore(empty(tmp_path / "new"), path, lambda _: None)
    short = changed("rows/experiments.jsonl", b"")
    with pytest.raises(BackupError, match="0 of"):
        restore(empty(tmp_path / "short"), short, lambda _: None)


def test_the_shell_and_the_doctor_tell_of_it(
    full: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(folder: Path, *words: str) -> Any:
        monkeypatch.setenv("MEMOSCOPE_DATA_DIR", str(folder))
        get_settings.cache_clear()
        return CliRunner().invoke(cli.app, list(words))

    file = tmp_path / "all.zip"
    told = {finding.subject: finding for finding in examine(empty(tmp_path / "nothing"))}
    assert (told["room"].state, told["backup"].state) == ("nothing is stored yet", "none yet")
    assert not (tmp_path / "nothing" / "memoscope.db").exists()
    with transaction(full.settings.database) as session:  # an artifact is missing that a row names
        assert session.scalars(select(Summary)).all()
    (full.settings.data_dir / "artifacts" / "matrices").rename(tmp_path / "matrices")
    try:
        saved = run(full.settings.data_dir, "backup", str(file))
    finally:
        (tmp_path / "matrices").rename(full.settings.data_dir / "artifacts" / "matrices")
    assert saved.exit_code == 0, saved.output
    assert "experiments" in saved.output
    assert "missing" in saved.output
    told = {finding.subject: finding for finding in examine(full.settings)}
    assert str(file) in told["backup"].state
    assert "1 deleted experiments" in told["room"].state
    assert run(tmp_path / "new", "restore", str(file)).exit_code == 0
    again = run(tmp_path / "new", "restore", str(file))
    assert again.exit_code == 1
    assert "empty database" in again.output
    assert "not-there.zip" in run(tmp_path / "other", "restore", str(tmp_path / "not-there.zip")).output
    get_settings.cache_clear()
