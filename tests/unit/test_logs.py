"""Logs: bounded, one line for what is known, the same line once a minute, and named after their request."""

import io
import json
import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kombu.exceptions import OperationalError as BrokerError
from pydantic import SecretStr
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from backend.api import metrics
from backend.api.main import create_app
from backend.core import logs
from backend.core.log_format import LogFormat
from backend.core.queries.units import called
from backend.core.settings import Settings
from backend.launcher import supervisor

logger = logging.getLogger("a.test")


@pytest.fixture(params=list(LogFormat))
def out(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What this process writes, in each form."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers, root.level
    logs.configure(request.param, stream)
    yield stream
    root.handlers = handlers
    root.setLevel(level)


def away() -> OperationalError:
    error = sqlite3.OperationalError("unable to open database file\nsecond line")
    error.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
    return OperationalError("SELECT", {}, error)


@pytest.mark.parametrize("error", [away(), BrokerError("refused"), ConnectionRefusedError("refused")])
def test_what_is_known_is_one_line_and_the_same_is_said_once_a_minute(
    out: io.StringIO, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    for attempt in range(50):
        logger.error("no connection, attempt %d", attempt, exc_info=error)
    (line,) = out.getvalue().splitlines()
    assert "no connection, attempt 0" in line
    assert type(error).__name__ in line
    monkeypatch.setattr(logs, "QUIET_S", 0)
    logger.error("no connection, attempt %d", 50, exc_info=error)
    assert "attempt 50 (49 times more since)" in out.getvalue().splitlines()[1]


def test_a_fault_of_ours_has_its_traceback_once(out: io.StringIO) -> None:
    for _ in range(20):
        logger.error("this broke", exc_info=ZeroDivisionError("here"))
        logger.error("this broke", exc_info=KeyError("here"))
    assert out.getvalue().count("ZeroDivisionError: here") == 1
    assert out.getvalue().count("KeyError: 'here'") == 1, "another fault is another line"


def test_lines_name_their_request_and_experiment(out: io.StringIO) -> None:
    with logs.about("r1", "0123456789ab"):
        logger.info("hello")
    line = out.getvalue()
    if line.startswith("{"):
        told = json.loads(line)
        assert (told["message"], told["request"], told["experiment"]) == ("hello", "r1", "0123456789ab")
        assert told["level"] == "info"
    else:
        assert line.endswith("INFO a.test: hello request=r1 experiment=0123456789ab\n")


@pytest.fixture
def web(tmp_path: Path) -> TestClient:
    url = SecretStr(f"sqlite:///{tmp_path / 'none.db'}")
    settings = Settings(_env_file=None, data_dir=tmp_path, database_url=url, access_log=True)
    return TestClient(create_app(settings))


def test_the_access_log_is_off_until_asked_for_and_hides_tokens(
    web: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "backend.api.access_log")
    quiet = TestClient(create_app(web.app.state.settings.model_copy(update={"access_log": False})))  # type: ignore[attr-defined]
    assert quiet.get("/healthz").headers["x-request-id"]
    assert not caplog.records
    assert web.get("/s/sEcr3t/x?view=1", headers={"X-Request-ID": "of-the-proxy"}).headers["x-request-id"]
    line = caplog.messages[0]
    assert line.startswith("testclient GET /s/... 4") or "GET /s/.../x" in line
    assert "sEcr3t" not in line


@pytest.mark.parametrize(("given", "kept"), [("of-the-proxy", True), ("two words", False), ("x" * 65, False)])
def test_a_request_keeps_the_name_that_a_proxy_gave_it(web: TestClient, given: str, kept: bool) -> None:
    told = web.get("/healthz", headers={"X-Request-ID": given}).headers["x-request-id"]
    assert (told == given) is kept


def test_a_fault_is_a_problem_and_its_line_names_the_request(
    web: TestClient, out: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(metrics, "free_bytes", broken)
    answer = web.get("/metrics", headers={"X-Request-ID": "r9"})
    assert (answer.status_code, answer.json()["title"]) == (500, "Internal error")
    assert out.getvalue().count("Traceback (most recent call last)") == 1
    assert "r9" in out.getvalue()


def test_a_log_is_bounded_while_its_writer_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "MOST_LOG_BYTES", 1000)
    log = tmp_path / "service.log"
    with log.open("ab", buffering=0) as writer:
        for line in range(100):
            writer.write(b"%050d\n" % line)
            supervisor.bound(log)
    kept = log.with_name("service.log.1")
    assert log.stat().st_size <= 1000
    assert kept.stat().st_size <= 1060
    assert (kept.read_bytes() + log.read_bytes()).endswith(b"".join(b"%050d\n" % n for n in range(80, 100)))


def test_a_worker_is_named_without_its_machine_and_process() -> None:
    assert called("gpu-box.lab.example.org-4711-3fa2") == "worker 3fa2"
    assert called(None) == "worker ?"
