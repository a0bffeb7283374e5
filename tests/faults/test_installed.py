"""Memoscope from a wheel, without its sources, started where folders have the names of its packages."""

import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.studies import STUDIES, starter
from tests.services import ROOT, Server, eventually

FOLDERS, FILES = ("backend", "frontend", "workers"), ("pyproject.toml", "README.md", "LICENSE")
DECOYS = ("backend", "celery", "fsspec", "torch", "workers")


def run(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a Python that has Memoscope from a wheel, and all other packages from the tests' environment."""
    folder = tmp_path_factory.mktemp("installed")
    sources = folder / "sources"  # a copy, because building leaves traces beside the sources
    for name in FOLDERS:
        shutil.copytree(ROOT / name, sources / name)
    for name in FILES:
        shutil.copy(ROOT / name, sources)
    run(sys.executable, "-m", "venv", "--without-pip", folder / "venv")
    python = folder / "venv" / "bin" / "python"
    pip, alone = (sys.executable, "-m", "pip"), ("--quiet", "--no-index", "--no-deps")
    run(*pip, "wheel", *alone, "--no-build-isolation", "--wheel-dir", folder, sources)
    run(*pip, "--python", python, "install", *alone, *folder.glob("*.whl"))
    # The .pth files there, such as the one that leads to these sources, are not read.
    search = "import sysconfig; print(sysconfig.get_path('purelib'))"
    outer = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    Path(run(python, "-c", search).strip(), "outer.pth").write_text("\n".join(outer))
    shutil.rmtree(sources)
    return python


@pytest.fixture(scope="module")
def running(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("elsewhere")
    for name in DECOYS:
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text("raise ImportError('this is somebody else')")
    program = [str(python.with_name("memoscope"))]
    with Server(folder, "--no-quick-start", program=program, PYTHONPATH="") as server:
        yield server.wait_until_healthy()


def test_notebooks_and_samples_come_along(python: Path) -> None:
    program = (
        "import memoscope; from backend.portable.samples import files;"
        " print(memoscope.open(files()[0]).study, len(files()), memoscope.__name__)"
    )
    assert run(python, "-P", "-c", program).split() == ["information_plane", str(len(STUDIES)), "memoscope"]


def test_every_file_of_the_pages_is_served(running: Server) -> None:
    assert "Memoscope" in running.http.get("/").text
    for path in (ROOT / "frontend").rglob("*.*"):
        served = running.http.get(f"/static/{path.relative_to(ROOT / 'frontend')}")
        assert served.content == path.read_bytes(), path


def test_worker_runs_beside_folders_of_its_packages_names(running: Server) -> None:
    def reported() -> bool:
        return any(worker["alive"] for worker in running.get("/api/queue")["workers"])

    eventually(reported, f"the worker has reported\n{running.logs()}")
    assert "restarting" not in running.output


def test_installed_code_counts_as_the_same_and_no_other_commit_as_its_own(python: Path) -> None:
    git = ("git", "-C", python.parents[1], "-c", "user.name=Somebody", "-c", "user.email=somebody@localhost")
    run(*git, "init")
    run(*git, "commit", "--allow-empty", "--message=Else")
    program = (
        "from backend.core.provenance import installation; from backend.studies import starter;"
        " print(starter().code, installation()['commit'])"
    )
    assert run(python, "-P", "-c", program).split() == [starter().code, "None"]
