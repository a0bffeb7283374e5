"""Time comes from the database: clocks of machines that are off change nothing, and are shown."""

import ast
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text, update
from typer.testing import CliRunner

from backend.cli import app
from backend.core import clock
from backend.core.contracts import DatasetState, UnitStatus
from backend.core.migrate import migrate
from backend.core.models import DatasetRow, StoredView, UnitRow
from backend.core.queries import datasets, units
from backend.core.queue import posting
from backend.core.reconcile import reconcile
from backend.core.session import get_engine, reading, transaction
from backend.core.settings import get_settings
from tests.clocks import clock_off
from tests.deployment import Deployment
from tests.services import eventually
from workers.consumption import Consumption
from workers.heart import Heart
from workers.runtime import run_unit

ROOT = Path(__file__).parents[2]


@pytest.fixture
def experiment(deployment: Deployment) -> str:
    return deployment.submit()["id"]


def claim(deployment: Deployment, experiment: str, unit: int = 0, worker: str = "worker-1") -> str | None:
    with transaction(deployment.settings.database) as session:
        row = units.claim(session, experiment, unit, worker)
    return row and row.claim


def beat(deployment: Deployment, experiment: str, held: str) -> None:
    with transaction(deployment.settings.database) as session:
        units.beat(session, experiment, 0, held, 0.5)


def fall_silent(deployment: Deployment, experiment: str, seconds: float) -> None:
    with transaction(deployment.settings.database) as session:
        session.execute(
            update(UnitRow)
            .where(UnitRow.experiment_id == experiment, UnitRow.status == UnitStatus.RUNNING)
            .values(heartbeat_at=clock.ago(seconds))
        )


def test_the_database_tells_the_time_in_utc_and_it_goes_on_within_a_transaction(database_url: str) -> None:
    with reading(database_url) as session:
        first = clock.now(session)
        time.sleep(0.01)
        second = clock.now(session)
        earlier, current, later = session.execute(
            select(clock.ago(90), clock.current(), clock.ago(-0.5))
        ).one()
    get_engine(database_url).dispose()
    assert first.tzinfo is UTC
    assert abs(first - datetime.now(UTC)) < timedelta(seconds=2)
    assert second > first
    assert current - earlier == pytest.approx(timedelta(seconds=90), abs=timedelta(milliseconds=5))
    assert later - current == pytest.approx(timedelta(seconds=0.5), abs=timedelta(milliseconds=5))


def test_sqlite_writes_its_time_as_python_writes_times(tmp_path: Path) -> None:
    """It compares them as texts: a digit less would make another time of it."""
    url = f"sqlite:///{tmp_path / 'memoscope.db'}"
    migrate(url)
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    with transaction(url) as session:
        for token, written in (("ours", clock.current()), ("theirs", moment)):
            session.execute(insert(StoredView).values(id=token, query="", created_at=written))
    with reading(url) as session:
        ours, theirs = session.scalars(text("SELECT created_at FROM views ORDER BY id"))
        assert (
            session.scalar(select(StoredView.created_at).where(StoredView.created_at < clock.ago(1)))
            == moment
        )
    get_engine(url).dispose()
    assert theirs == "2026-01-02 03:04:05.000000"
    assert re.sub(r"\d", "0", ours) == re.sub(r"\d", "0", theirs)


@pytest.mark.parametrize("seconds", [-20, 20])
def test_a_worker_whose_clock_is_off_keeps_its_unit_and_finishes_it(
    deployment: Deployment, experiment: str, seconds: float
) -> None:
    with clock_off(seconds):
        held = claim(deployment, experiment)
        assert held is not None
    for _ in range(2):
        reconcile(deployment.settings)
        assert claim(deployment, experiment, worker="worker-2") is None
        with clock_off(seconds):
            beat(deployment, experiment, held)
    with clock_off(seconds), posting(deployment.settings) as session:
        assert units.finish(session, experiment, 0, held, b"1", {})
    unit = deployment.units(experiment)[0]
    assert (unit.status, unit.attempt) == (UnitStatus.DONE, 1)
    assert timedelta(0) <= unit.finished_at - unit.started_at < timedelta(seconds=10)


@pytest.mark.parametrize("seconds", [-20, 20])
def test_what_a_reconciler_or_another_worker_makes_of_it_does_not_hang_on_their_clocks(
    deployment: Deployment, experiment: str, seconds: float
) -> None:
    assert claim(deployment, experiment)
    fall_silent(deployment, experiment, units.STALE_AFTER_S - 3)
    with clock_off(seconds):
        reconcile(deployment.settings)
        assert claim(deployment, experiment, worker="worker-2") is None
    assert deployment.units(experiment)[0].status is UnitStatus.RUNNING
    fall_silent(deployment, experiment, units.STALE_AFTER_S + 1)
    with clock_off(seconds):
        reconcile(deployment.settings)
    assert deployment.units(experiment)[0].status is UnitStatus.QUEUED


@pytest.mark.parametrize("seconds", [-20, 20])
def test_a_preparation_does_not_hang_on_clocks_either(deployment: Deployment, seconds: float) -> None:
    def prepared(silent_s: float) -> bool:
        """Whether a second worker gets a preparation whose first worker has been silent that long."""
        with transaction(deployment.settings.database) as session:
            row = session.get_one(DatasetRow, "mnist")
            row.state, row.claim, row.heartbeat_at = DatasetState.PREPARING, "first", clock.ago(silent_s)
            row.attempt = 0
        with clock_off(seconds), transaction(deployment.settings.database) as session:
            return datasets.claim(session, "mnist") is not None

    assert not prepared(units.STALE_AFTER_S - 3)
    assert prepared(units.STALE_AFTER_S + 1)


@pytest.mark.parametrize("seconds", [-3600, 3600])
def test_what_is_left_of_an_experiment_does_not_hang_on_the_web_servers_clock(
    deployment: Deployment, experiment: str, seconds: float
) -> None:
    run_unit(deployment.settings, experiment, 0)
    with clock_off(seconds):
        assert 0 < deployment.get(f"/api/experiments/{experiment}")["progress"]["eta_s"] < 600


@pytest.mark.parametrize("seconds", [-20, 20])
def test_a_clock_that_is_off_is_measured_and_shown(deployment: Deployment, seconds: float) -> None:
    heart = Heart(deployment.settings, Consumption())
    with clock_off(seconds):
        heart.start()
        (worker,) = eventually(lambda: deployment.get("/api/queue")["workers"], "the heart beats")
        metrics = deployment.client.get("/metrics").text
        heart.stop()
    assert worker["skew_s"] == pytest.approx(seconds, abs=1)
    assert worker["alive"]
    line = rf'memoscope_worker_clock_skew_seconds{{hostname="{worker["hostname"]}"}} (\S+)'
    found = re.search(line, metrics)
    assert found
    assert float(found[1]) == pytest.approx(seconds, abs=1)
    assert "memoscope_workers_alive 1.0" in metrics
    started = datetime.fromisoformat(worker["started_at"])
    assert abs(started - datetime.now(UTC)) < timedelta(seconds=5), "by the database's clock"


def test_the_doctor_tells_how_far_this_clock_is_from_the_databases(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMOSCOPE_DATABASE_URL", deployment.settings.database)
    monkeypatch.setenv("MEMOSCOPE_DATA_DIR", str(deployment.settings.data_dir))
    get_settings.cache_clear()
    right = CliRunner().invoke(app, ["doctor"]).stdout
    with clock_off(-20):
        behind = CliRunner().invoke(app, ["doctor"])
    get_settings.cache_clear()
    assert re.search(r"ok      database: answers .* clock is 0\.\d s (ahead of|behind) its own\n", right)
    assert re.search(r"note    database: answers .* clock is 20\.\d s behind its own - .*NTP", behind.stdout)


def local_times(tree: ast.AST) -> Iterator[str]:
    """Yield what reads this machine's clock, or the time when a transaction began."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            name = ast.unparse(node)
            if re.search(
                r"\b(date(time)?\.(now|utcnow|today)|time\.(time|time_ns|localtime|gmtime|ctime)"
                r"|func\.(now|current_timestamp|localtimestamp|sysdate))$",
                name,
            ):
                yield name
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            yield from (alias.name for alias in node.names if alias.name != "monotonic")


@pytest.mark.parametrize(
    "code",
    ["datetime.now(UTC)", "datetime.datetime.utcnow()", "date.today()", "time.time()", "func.now()",
     "from time import time", "f(default=datetime.now)"],
)  # fmt: skip
def test_the_rule_below_knows_the_ways_to_read_a_clock(code: str) -> None:
    assert list(local_times(ast.parse(code)))


def test_nothing_but_the_clock_reads_a_machines_clock() -> None:
    files = [file for room in ("backend", "workers") for file in (ROOT / room).rglob("*.py")]
    assert len(files) > 100
    found = {
        str(file.relative_to(ROOT)): names
        for file in files
        if (names := set(local_times(ast.parse(file.read_text()))))
    }
    assert found == {"backend/core/clock.py": {"datetime.now"}}
