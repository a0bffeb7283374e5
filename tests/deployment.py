"""A Memoscope without processes: real database, real Redis, the web app in memory, units run by hand."""

import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.engine import make_url
from starlette.testclient import TestClient

from backend.api.main import create_app
from backend.core.contracts import UnitStatus
from backend.core.migrate import migrate
from backend.core.models import UnitRow
from backend.core.session import get_engine, reading
from backend.core.settings import Settings
from backend.datasets import builtin
from workers.runtime import run_unit
from workers.summary import summarize


@cache
def migrated() -> bytes:
    """Return an empty SQLite database of the newest schema, which is quicker copied than migrated."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "migrated.db"
        migrate(f"sqlite:///{file}")
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return file.read_bytes()


def prepare(url: str) -> None:
    """Bring a new database to the newest schema."""
    file = make_url(url).database
    if url.startswith("sqlite") and file is not None and not Path(file).exists():
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Path(file).write_bytes(migrated())
    else:
        migrate(url)


SMALL = {"sizes": [2, 16], "models": 20, "epochs": 3}


@dataclass
class Deployment:
    settings: Settings
    client: TestClient

    @classmethod
    def create(cls, folder: Path, database_url: str, redis_url: str, **settings: Any) -> "Deployment":
        chosen = Settings(
            _env_file=None,
            data_dir=folder,
            database_url=SecretStr(database_url),
            redis_url=SecretStr(redis_url),
            **settings,
        )
        prepare(chosen.database)
        builtin.register(chosen)
        # Not entered as a context: the reconciler does not run unless a test calls it.
        return cls(chosen, TestClient(create_app(chosen), raise_server_exceptions=False))

    def close(self) -> None:
        self.client.close()
        get_engine(self.settings.database).dispose()

    def submit(self, expect: int = 202, **body: Any) -> dict[str, Any]:
        answer = self.client.post("/api/experiments", json={"study": "memorization", "params": SMALL} | body)
        assert answer.status_code == expect, answer.text
        return answer.json()

    def units(self, experiment_id: str, *states: UnitStatus) -> list[UnitRow]:
        with reading(self.settings.database) as session:
            statement = select(UnitRow).where(UnitRow.experiment_id == experiment_id).order_by(UnitRow.index)
            return [unit for unit in session.scalars(statement) if not states or unit.status in states]

    def work(self, experiment_id: str, limit: int | None = None) -> None:
        """Do what a worker would: run waiting units, then summarize."""
        for unit in self.units(experiment_id, UnitStatus.QUEUED)[:limit]:
            run_unit(self.settings, experiment_id, unit.index)
        summarize(self.settings, experiment_id)

    def finished(self, **body: Any) -> dict[str, Any]:
        experiment = self.submit(**body)
        self.work(experiment["id"])
        return self.get(f"/api/experiments/{experiment['id']}")

    def get(self, path: str) -> Any:
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def problem(self, method: str, path: str, status: int, **kwargs: Any) -> dict[str, Any]:
        """Ask for something that must be refused; return the problem document."""
        answer = self.client.request(method, path, **kwargs)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        body = answer.json()
        assert body["status"] == status
        assert body["detail"]
        return body
