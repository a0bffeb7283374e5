"""The whole launcher with its real children: killed, stopped, refused."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.services import Server, alive, clean_environment, eventually, free_port

ROOT = Path(__file__).parents[2]


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Server]:
    """A Memoscope without an experiment, of this test's own."""
    with Server(tmp_path, "--no-quick-start") as server:
        yield server.wait_until_healthy()


def worker_runs(server: Server) -> Callable[[], bool]:
    return lambda: any(worker["alive"] for worker in server.get("/api/queue")["workers"])


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_signal_stops_everything_cleanly(up: Server, signum: int) -> None:
    eventually(worker_runs(up), "the worker has reported")
    family = up.processes()
    assert len(family) == 6, "three guards and their commands"
    up.launcher.send_signal(signum)
    assert up.launcher.wait(timeout=30) == 0
    assert not alive(family)
    assert up.output.splitlines()[-1] == "Stopped."
    assert not (up.data_dir / "redis.sock").exists()


def test_second_interrupt_kills_at_once(up: Server) -> None:
    family = up.processes()
    for process in family:
        process.suspend()  # nobody can obey a polite request
    up.launcher.send_signal(signal.SIGINT)
    eventually(lambda: "Stopping" in up.output, "it has begun to stop")
    up.launcher.send_signal(signal.SIGINT)
    assert up.launcher.wait(timeout=4) == 0
    assert not alive(family)


def test_no_orphan_after_the_launcher_is_killed(up: Server) -> None:
    eventually(worker_runs(up), "the worker has reported")
    family = up.processes()
    up.launcher.kill()
    eventually(lambda: not alive(family), "every descendant has ended", 3)


def test_killed_children_are_replaced(up: Server) -> None:
    eventually(worker_runs(up), "the worker has reported")
    for word in ("redis", "workers", "web"):
        victim = up.process(word)
        victim.kill()

        def replaced(word: str = word, gone: int = victim.pid) -> bool:
            return any(process.pid != gone for process in up.find(word))

        eventually(replaced, f"{word} is back")
    assert up.output.count("was ended by SIGKILL; restarting in 0.5 s") == 3
    eventually(lambda: up.answers("/readyz"), "database and broker can be reached")


def test_killed_make_stops_everything(tmp_path: Path) -> None:
    port = free_port()
    environment = clean_environment(MEMOSCOPE_PORT=str(port), MEMOSCOPE_DATA_DIR=str(tmp_path / "data"))
    installed = f"{sys.prefix}/.installed"
    command = ["make", "--silent", "--old-file", installed, "run", f"VENV={sys.prefix}"]
    with (tmp_path / "output").open("wb") as out:
        make = psutil.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        eventually(lambda: b"is ready" in (tmp_path / "output").read_bytes(), "Memoscope is ready")
        family = make.children(recursive=True)
        assert len(family) == 7
        make.kill()
        eventually(lambda: not alive(family), "every descendant has ended", 6)
    finally:
        make.kill()
        make.wait()


def mentions(process: psutil.Process, folder: str) -> bool:
    try:
        return any(folder in argument for argument in process.cmdline())
    except psutil.Error:
        return False


def refusal(folder: Path, *interpreted: str, **settings: str) -> str:
    """Run `memoscope up`, which must refuse with exit code 2 and one line, and return the line."""
    run = subprocess.run(
        [sys.executable, *(interpreted or ("-m", "backend.cli")), "up"],
        cwd=folder,
        env=clean_environment(**({"PYTHONPATH": str(ROOT)} | settings)),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 2, run.stderr
    assert run.stderr.count("\n") == 1, run.stderr
    return run.stderr


def test_second_launcher_is_refused_by_port_and_by_folder(up: Server, tmp_path: Path) -> None:
    port = up.url.rpartition(":")[2]
    other = str(tmp_path / "other")
    assert f"Port {port} is busy" in refusal(tmp_path, MEMOSCOPE_PORT=port, MEMOSCOPE_DATA_DIR=other)
    free = str(free_port())
    line = refusal(tmp_path, MEMOSCOPE_PORT=free, MEMOSCOPE_DATA_DIR=str(up.data_dir))
    assert "Another Memoscope is running" in line
    assert up.answers("/healthz"), "the first one is untouched"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"MEMOSCOPE_DATA_DIR": "/dev/null/data"}, "MEMOSCOPE_DATA_DIR"),
        ({"MEMOSCOPE_PORT": "eighty"}, "MEMOSCOPE_PORT"),
        ({"MEMOSCOPE_DATABASE_URL": "postgresql://u:hunter2@127.0.0.1:9/none"}, "MEMOSCOPE_DATABASE_URL"),
        ({"MEMOSCOPE_DATABASE_URL": "nonsense"}, "MEMOSCOPE_DATABASE_URL"),
    ],
)
def test_wrong_setting_is_one_line(tmp_path: Path, settings: dict[str, str], message: str) -> None:
    data = str(tmp_path / "data")
    defaults = {"MEMOSCOPE_PORT": str(free_port()), "MEMOSCOPE_DATA_DIR": data}
    line = refusal(tmp_path, **(defaults | settings))
    assert message in line
    assert "hunter2" not in line
    assert not [process for process in psutil.process_iter() if mentions(process, data)], "left running"


IN_HASTE = """
import functools
from backend.cli import app
from backend.launcher import up
from backend.launcher.supervisor import Pace
up.up = functools.partial(up.up, pace=Pace(first_delay_s=0.01, longest_delay_s=0.01))
app()
"""


def test_child_that_cannot_start_ends_the_launcher(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "uvicorn.py").write_text("raise ImportError('half of it is missing')")
    data = str(tmp_path / "data")
    settings = {"MEMOSCOPE_PORT": str(free_port()), "MEMOSCOPE_DATA_DIR": data}
    search = f"{tmp_path / 'broken'}:{ROOT}"
    line = refusal(tmp_path, "-c", IN_HASTE, PYTHONPATH=search, **settings)
    assert line.startswith("Starting web has failed 5 times; it ended with exit code 1: ")
    assert line.endswith(f"ImportError: half of it is missing (log: {data}/logs/web.log)\n")
    assert not [process for process in psutil.process_iter() if mentions(process, data)], "left running"
