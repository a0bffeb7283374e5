"""PostgreSQL is killed while units train: what was committed is there, and the rest is done again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from tests.services import PostgresServer, Server, eventually

PARAMS = {"sizes": [4, 32], "models": 600, "epochs": 8}


@pytest.fixture
def database() -> Iterator[PostgresServer]:
    server = PostgresServer()
    yield server
    server.close()


def test_a_killed_database_loses_and_doubles_nothing(database: PostgresServer, tmp_path: Path) -> None:
    url = database.create_database()
    with Server(tmp_path, "--no-quick-start", MEMOSCOPE_DATABASE_URL=url) as server:
        server.wait_until_healthy()
        body = {"study": "memorization", "params": PARAMS}
        path = f"/api/experiments/{server.http.post('/api/experiments', json=body).json()['id']}"

        def progress() -> dict[str, Any]:
            return server.get(path)["progress"]

        eventually(lambda: progress()["done"], f"it trains\n{server.logs()}", 60)
        database.kill()
        eventually(lambda: server.http.get("/readyz").status_code == 503, "it says that it is away", 10)
        assert server.http.get("/healthz").status_code == 200
        database.restart()
        eventually(lambda: server.answers("/readyz"), "the database is back", 20)
        eventually(lambda: server.get(path)["status"] == "done", f"it is done\n{server.logs()}", 60)
        units = progress()["units"]
        assert progress()["failed"] == 0
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        counts = text("SELECT unit, count(*) FROM unit_results GROUP BY unit ORDER BY unit")
        assert [tuple(row) for row in connection.execute(counts)] == [(unit, 1) for unit in range(units)]
    engine.dispose()
