"""The study that the documentation shows is taken out of its page, run, drawn and judged."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import backend.studies
import workers.studies
from backend.core.provenance import ROOT
from backend.studies import STUDIES
from backend.studies.kit import digest
from tests.deployment import Deployment

PAGE = ROOT / "docs" / "adding-a-study.md"
FILES = re.compile(r"^```python file=(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory, redis_server: Any) -> Iterator[Deployment]:
    folder = tmp_path_factory.mktemp("added")
    for name, text in FILES.findall(PAGE.read_text(encoding="utf-8")):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        for package in (backend.studies, workers.studies):
            here = folder / package.__name__.replace(".", "/")
            patch.setattr(package, "__path__", [*package.__path__, str(here)])
        found = backend.studies._found()
        assert set(found) - set(STUDIES) == {"birthday"}, "a package is all it takes"
        patch.setitem(STUDIES, "birthday", found["birthday"])
        patch.setattr(digest, "ROOT", folder)
        made = Deployment.create(folder, f"sqlite:///{folder / 'memoscope.db'}", redis_server.url)
        yield made
        made.close()
    for name in [name for name in sys.modules if ".studies.birthday" in name]:
        del sys.modules[name]
    digest.code_digest.cache_clear()


def test_the_page_has_the_whole_of_it() -> None:
    files = dict(FILES.findall(PAGE.read_text(encoding="utf-8")))
    assert sorted(files) == [
        "backend/studies/birthday/__init__.py",
        "backend/studies/birthday/asked.py",
        "workers/studies/birthday/__init__.py",
    ]
    assert sum(text.count("\n") for text in files.values()) <= 350


def test_it_runs_and_its_claim_holds(deployment: Deployment) -> None:
    experiment = deployment.finished(study="birthday", params={})
    assert (experiment["status"], experiment["counted"], experiment["dataset_id"]) == (
        "done",
        "parties",
        None,
    )
    own = f"/api/experiments/{experiment['id']}"
    (claim,) = deployment.get(f"{own}/claims")["items"]
    assert (claim["key"], claim["verdict"], claim["unit"]) == ("average", "holds", "guests")
    assert claim["low"] < claim["measured"] < claim["high"]
    assert "reduced" in claim["setting"]
    figure = deployment.get(f"{own}/figures/until_shared")
    assert [trace["name"] for trace in figure["data"]] == ["theory", "parties"]
    assert deployment.client.get(f"{own}/arrays.npz").status_code == 200
    assert experiment["deviations"] == ["5 units instead of 50"]
    assert experiment["scope"] == ["leap years are not run"]


def test_a_year_without_365_days_is_not_judged(deployment: Deployment) -> None:
    experiment = deployment.finished(study="birthday", params={"days": 30, "units": 1})
    (claim,) = deployment.get(f"/api/experiments/{experiment['id']}/claims")["items"]
    assert claim["verdict"] == "not run"


def test_its_laboratory_follows_the_sliders(deployment: Deployment) -> None:
    lab = "/api/studies/birthday/labs/chance"
    assert deployment.get(lab)["claims"][0]["measured"] == pytest.approx(0.5073, abs=1e-4)
    assert deployment.get(f"{lab}?guests=22")["claims"][0]["verdict"] == "differs"
    assert deployment.get(f"{lab}?guests=200&days=2")["claims"][0]["measured"] == 1
    deployment.problem("GET", f"{lab}?guests=201", 422)


def test_its_files_pass_the_checks_of_the_house(tmp_path: Path) -> None:
    for name, text in FILES.findall(PAGE.read_text(encoding="utf-8")):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    ruff = [sys.executable, "-m", "ruff"]
    config = ["--config", str(ROOT / "pyproject.toml"), str(tmp_path)]
    for command in (["check"], ["format", "--check"]):
        done = subprocess.run([*ruff, *command, *config], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
