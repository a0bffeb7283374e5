"""The `memoscope` command, against a real server, and against none."""

import csv
import io
import json
import re
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet
import pytest
from typer.testing import CliRunner, Result

from backend import notebook
from backend.cli import app
from backend.client import Client
from backend.core.settings import get_settings
from backend.launcher import embedded_redis
from tests.services import ROOT, Server, free_port
from tests.uploads import arrays, npz

TINY = ["--param", "sizes=[2,8]", "--param", "models=10", "--param", "epochs=1"]
TOKEN = "a-secret-for-tests"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("cli")
    with Server(folder, "--no-quick-start", MEMOSCOPE_ACCESS_TOKEN=TOKEN) as server:
        yield server.wait_until_healthy()


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MEMOSCOPE_ACCESS_TOKEN", TOKEN)
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def memoscope(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


@pytest.fixture(scope="module")
def experiment_id(running: Server) -> str:
    """A finished tiny experiment, submitted through the command."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEMOSCOPE_ACCESS_TOKEN", TOKEN)
        get_settings.cache_clear()
        words = ["submit", "memorization", *TINY, "--title", "Tiny", "--wait", "--json"]
        result = memoscope(*words, "--server", running.url)
    assert result.exit_code == 0, result.output
    experiment = json.loads(result.stdout)
    assert (experiment["status"], experiment["title"]) == ("done", "Tiny")
    assert experiment["params"]["sizes"] == [2, 8]
    found: str = experiment["id"]
    return found


def test_equal_request_finds_the_finished_experiment(running: Server, experiment_id: str) -> None:
    result = memoscope("submit", "memorization", *TINY, "--server", running.url)
    assert result.exit_code == 0
    assert "done, 100 %, 20/20 models" in result.stdout
    assert f"{running.url}/experiments/{experiment_id}" in result.stdout


def test_status_of_one_and_of_all(running: Server, experiment_id: str) -> None:
    one = json.loads(memoscope("status", experiment_id, "--json", "--server", running.url).stdout)
    every = json.loads(memoscope("status", "--json", "--server", running.url).stdout)
    assert one in every["items"]
    assert "Tiny: done" in memoscope("status", "--server", running.url).stdout


def test_export_writes_the_whole_file_in_every_format(
    running: Server, experiment_id: str, tmp_path: Path
) -> None:
    for suffix in ("csv", "parquet", "npz"):
        words = ["--format", suffix, "--output", str(tmp_path / f"scores.{suffix}"), "--server", running.url]
        result = memoscope("export", experiment_id, *words)
        assert result.exit_code == 0, result.output
    rows = list(csv.DictReader(io.StringIO((tmp_path / "scores.csv").read_text())))
    assert pyarrow.parquet.read_table(tmp_path / "scores.parquet").num_rows == len(rows)
    with np.load(tmp_path / "scores.npz") as npz:
        assert npz["memorization"].size == len(rows)
        assert len(npz["labels"]) == len(rows) // 2
    assert not list(tmp_path.glob("*.part"))


def test_export_writes_a_page_of_the_size_asked_for(
    running: Server, experiment_id: str, tmp_path: Path
) -> None:
    output = tmp_path / "page.html"
    words = ["export", experiment_id, "--output", str(output), "--server", running.url]
    assert memoscope(*words, "--format", "html").exit_code == 0
    assert "<title>Tiny - Memoscope</title>" in output.read_text()
    refused = memoscope(*words, "--format", "html", "--budget-mb", "51")
    assert refused.exit_code == 1
    assert "query.budget_mb: " in refused.stderr
    assert memoscope(*words, "--format", "csv", "--budget-mb", "5").exit_code == 2
    own = tmp_path / "it.memoscope"
    assert memoscope("export", experiment_id, str(own), "--server", running.url).exit_code == 0
    taken = memoscope("import", str(own), "--server", running.url)
    assert "Tiny" in taken.stdout, taken.output
    refused = memoscope("import", str(output), "--server", running.url)
    assert (refused.exit_code, "no experiment of Memoscope" in refused.stderr) == (1, True)
    assert memoscope("export", experiment_id).exit_code == 2


def test_the_page_about_notebooks_runs(
    running: Server, experiment_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMOSCOPE_PORT", running.url.rpartition(":")[2])
    get_settings.cache_clear()
    own = f"{running.url}/experiments/{experiment_id}"
    client = Client(running.url, TOKEN)
    share = client.post("/api/shares", {"experiment_id": experiment_id})["url"]
    client.download(f"/api/experiments/{experiment_id}/export.memoscope", tmp_path / "it.memoscope")
    page = (ROOT / "docs" / "notebook.md").read_text(encoding="utf-8")
    for words, meant in {
        "http://127.0.0.1:8000/experiments/0123456789ab": f"{own}?tab=explore",
        "http://127.0.0.1:8000/s/TOKEN": share,
        "0123456789ab": experiment_id,
        "the server's access token": TOKEN,
    }.items():
        assert words in page
        page = page.replace(words, meant)
    names: dict[str, Any] = {}
    for block in re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        exec(block, names)
    served, filed, shared = names["run"], names["filed"], names["shared"]
    assert (len(names["most"]), served.title) == (10, "Tiny")
    for other in (filed, shared):
        assert other.scores().equals(served.scores())
        assert list(other.claims()["verdict"]) == list(served.claims()["verdict"])
        drawn = (json.loads(run.figure("overview").to_json()) for run in (other, served))
        assert next(drawn) == next(drawn)
        assert other.arrays().keys() == served.arrays().keys()
    for where, why in {
        own.replace(experiment_id, "0" * 12): "There is no experiment",
        f"{running.url}/s/nothing": "no such link",
        f"{running.url}/queue": "no address of an experiment",
        "not-there.memoscope": "Cannot read",
        str(ROOT / "README.md"): "no experiment of Memoscope",
    }.items():
        with pytest.raises(notebook.NotebookError, match=why):
            notebook.open(where)
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(notebook.NotebookError, match="pip install pandas"):
        served.scores()


def test_refused_parameters_are_named(running: Server) -> None:
    words = ["--param", "models=soon", "--param", "modles=3"]
    result = memoscope("submit", "memorization", *words, "--server", running.url)
    assert result.exit_code == 1
    assert "  params.models: " in result.stderr
    assert "  params.modles: " in result.stderr
    assert "Traceback" not in result.output


def test_a_preset_is_the_start_that_parameters_change(running: Server) -> None:
    words = ["submit", "randomization", "--server", running.url, "--preset", "theory"]
    small = ["--param", "dataset=digits", "--param", 'parts=["finite_sample"]', "--wait", "--json"]
    result = memoscope(*words, *small)
    assert result.exit_code == 0, result.output
    experiment = json.loads(result.stdout)
    assert experiment["params"]["per_class"] is None  # as the preset says
    assert experiment["params"]["parts"] == ["finite_sample"]
    unknown = memoscope(*words[:-1], "huge")
    assert unknown.exit_code == 2
    assert "quick" in unknown.output
    assert "theory" in unknown.output


def test_a_budget_is_spent_on_ones_own_data(running: Server) -> None:
    words = ["submit", "memorization", "--server", running.url, "--param", "dataset=photographs"]
    small = ["--param", "models=10", "--param", "epochs=1", "--param", "per_class=5", "--json"]
    result = memoscope(*words, "--budget", "minutes", *small)
    assert result.exit_code == 0, result.output
    assert "A typical score of" in result.stderr
    params = json.loads(result.stdout)["params"]
    assert (params["dataset"], params["label_noise"], params["models"]) == ("photographs", 0, 10)
    assert params["batch_size"] == 64  # as it is proposed
    unknown = memoscope(*words, "--budget", "year")
    assert unknown.exit_code == 2
    assert "night" in unknown.output
    assert memoscope(*words, "--budget", "hour", "--preset", "quick").exit_code == 2


def test_export_of_nothing_leaves_no_file(running: Server, tmp_path: Path) -> None:
    output = tmp_path / "scores.csv"
    result = memoscope("export", "missing", "--output", str(output), "--server", running.url)
    assert result.exit_code == 1
    assert "missing" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_export_to_where_nobody_can_write(running: Server, experiment_id: str, tmp_path: Path) -> None:
    output = str(tmp_path / "no" / "folder.csv")
    result = memoscope("export", experiment_id, "--output", output, "--server", running.url)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Cannot write {output}")


def test_a_data_set_is_uploaded_listed_and_used(running: Server, tmp_path: Path) -> None:
    file = tmp_path / "pets.npz"
    file.write_bytes(npz(**arrays(60)))
    added = memoscope("dataset", "add", str(file), "--json", "--server", running.url)
    assert added.exit_code == 0, added.output
    dataset = json.loads(added.stdout)
    assert (dataset["state"], dataset["title"], dataset["n_train"]) == ("ready", "pets", 48)
    listed = memoscope("dataset", "list", "--server", running.url).stdout.splitlines()
    first = [["digits", "ready"], ["photographs", "ready"], [dataset["id"], "ready"]]
    assert [line.split()[:2] for line in listed[:3]] == first
    assert "48 + 12 images, 6 x 5, 3 classes  pets" in listed[2]
    assert listed[3].split()[1] == "absent"
    words = ["submit", "memorization", *TINY, "--param", f"dataset={dataset['id']}", "--wait"]
    assert memoscope(*words, "--server", running.url).exit_code == 0


def test_what_is_wrong_with_a_file_is_said(running: Server, tmp_path: Path) -> None:
    (tmp_path / "text.zip").write_text("hello")
    refused = memoscope("dataset", "add", str(tmp_path / "text.zip"), "--server", running.url)
    assert refused.exit_code == 1
    assert refused.stderr.startswith("The file is not a readable zip")
    missing = memoscope("dataset", "add", str(tmp_path / "none.zip"), "--server", running.url)
    assert missing.exit_code == 1
    assert missing.stderr == f"Cannot read {tmp_path / 'none.zip'}: No such file or directory\n"


def test_a_known_data_set_is_there_at_once_and_an_unknown_one_is_named(running: Server) -> None:
    there = memoscope("dataset", "download", "digits", "--server", running.url)
    assert there.exit_code == 0
    assert there.stdout.startswith("digits ")
    unknown = memoscope("dataset", "download", "imagenet", "--server", running.url)
    assert unknown.exit_code == 1
    assert "known are: cifar10" in unknown.stderr


def test_wrong_token_is_said(running: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMOSCOPE_ACCESS_TOKEN", "wrong")
    get_settings.cache_clear()
    result = memoscope("status", "--server", running.url)
    assert result.exit_code == 1
    assert "access token" in result.stderr


def test_no_server_is_one_line() -> None:
    result = memoscope("status", "--server", f"http://127.0.0.1:{free_port()}")
    assert result.exit_code == 1
    assert result.stderr.startswith("No server answers at http://127.0.0.1:")
    assert result.stderr.count("\n") == 1


class OtherServer(BaseHTTPRequestHandler):
    """Answers that come from something else on the port: a page for 200, a page for 404."""

    def do_GET(self) -> None:
        self.send_response(404 if "404" in self.path else 200)
        self.end_headers()
        self.wfile.write(b"<html>hello</html>")

    def log_message(self, *_: object) -> None:
        return


@pytest.mark.parametrize(
    ("name", "text"), [("404", "answered 404"), ("page", "does not speak as a Memoscope")]
)
def test_another_program_on_the_port_is_said(name: str, text: str) -> None:
    with HTTPServer(("127.0.0.1", 0), OtherServer) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        result = memoscope("status", name, "--server", f"http://127.0.0.1:{other.server_port}")
        other.shutdown()
    assert result.exit_code == 1
    assert text in result.stderr


def test_parameter_without_value_is_a_usage_error() -> None:
    result = memoscope("submit", "memorization", "--param", "models")
    assert result.exit_code == 2
    assert "is not name=value" in result.output


def test_doctor_finds_this_machine_healthy_and_a_broken_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    result = memoscope("doctor")
    assert result.exit_code == 0, result.output
    assert result.stdout.count("\n") == 8
    assert "PROBLEM" not in result.stdout
    assert f"redis: embedded, {embedded_redis.name()}" in result.stdout
    monkeypatch.setenv("MEMOSCOPE_REDIS_URL", "redis://:hunter2@127.0.0.1:9/0")
    get_settings.cache_clear()
    broken = memoscope("doctor")
    assert broken.exit_code == 1
    assert "PROBLEM redis: does not answer - check MEMOSCOPE_REDIS_URL" in broken.stdout
    assert "hunter2" not in broken.output


def test_doctor_names_a_redis_of_ones_own(monkeypatch: pytest.MonkeyPatch, redis_url: str) -> None:
    monkeypatch.setenv("MEMOSCOPE_REDIS_URL", redis_url)
    get_settings.cache_clear()
    assert f"redis: answers ({embedded_redis.name()})" in memoscope("doctor").stdout


def test_migrate_prepares_an_empty_database_and_may_be_repeated(tmp_path: Path) -> None:
    assert memoscope("migrate").exit_code == 0
    assert memoscope("migrate").exit_code == 0
    assert (tmp_path / "data" / "memoscope.db").exists()
    assert "ok      database: answers" in memoscope("doctor").stdout
