"""Upgrades with data in them: rows of every released schema are there afterwards, and their pages open."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory
from pydantic import SecretStr
from starlette.testclient import TestClient

from backend.api.main import create_app
from backend.core.migrate import MIGRATIONS, alembic_config
from backend.core.models import Base
from backend.core.session import get_engine
from backend.core.settings import Settings
from backend.datasets import builtin
from backend.datasets.digits import load_digits_dataset
from backend.studies.kit.results import Results

RELEASED = [script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()][::-1]
NOW = datetime(2026, 1, 1, tzinfo=UTC)
DIGITS = load_digits_dataset()
WORDS = {
    "study": "memorization", "kind": "log", "source": "upload", "state": "ready", "mark": "fine",
    "meaning": "memorization", "alignment": "position", "layout": "grid", "verdict": "holds",
    "status": "done", "row_order": "ours",
    "right": "read", "query": "size=2", "view": "size=2", "text": "a line",
}  # fmt: skip
NUMBERS = {"n_train": 1437, "n_test": 360, "height": 8, "width": 8, "channels": 1, "size": 2}


def experiment_of(revision: str) -> str:
    return f"{int(revision):012x}"


def params(revision: str) -> dict[str, Any]:
    """Return parameters as that version stored them."""
    if revision < "0003":
        old = {"dataset": f"data-{revision}", "label_noise": 0.2, "widths": [2, 4], "models": 20}
        return old | {"epochs": 3, "seed": 7}
    return {"dataset": f"data-{revision}", "sizes": [2, 4], "models": 20, "epochs": 3}


BY_TYPE: list[tuple[tuple[type[Any], ...], Any]] = [
    ((sa.Boolean,), False),
    ((sa.DateTime,), NOW),
    ((sa.LargeBinary,), b"x"),
    ((sa.JSON,), {"version": "0.1.0"}),
    ((sa.Numeric, sa.Float, sa.Integer), 1),
]
NOTHING = {
    "parent_id",
    "error",
    "claim",
    "expires_at",
    "revoked_at",
    "summary_sent_at",
    "deleted_at",
    "imported",
}


def known(revision: str) -> dict[tuple[str, str], Any]:
    """Return what pages need, as that version stored it."""
    size = "width" if revision < "0003" else "size"
    return {
        ("experiments", "id"): experiment_of(revision),
        ("experiments", "params"): params(revision),
        ("units", "payload"): {size: 2, "first": 0, "count": 20},
        ("datasets", "id"): f"data-{revision}",
        ("datasets", "fingerprint"): DIGITS.fingerprint,
        ("datasets", "classes"): list(DIGITS.classes),
        ("datasets", "upload"): {"notes": ["read"]},
        ("summaries", "data"): Results().to_bytes(),
        ("summaries", "preview"): {"kind": "histogram", "size": 2, "counts": [1, 2], "edges": [0, 0.5, 1]},
        ("summaries", "sizes"): [2],
        ("summaries", "summed"): [0],
    }


def value(table: str, column: sa.Column[Any], revision: str) -> Any:
    """Return something that a row of that version could hold."""
    found, name = known(revision), column.name
    if (table, name) in found:
        return found[table, name]
    named = WORDS | NUMBERS | dict.fromkeys(NOTHING)
    if name in named:
        return named[name]
    for key in column.foreign_keys:
        return value(key.column.table.name, key.column, revision)
    if column.primary_key and isinstance(column.type, sa.Integer):
        return int(revision)
    fitting = [example for types, example in BY_TYPE if isinstance(column.type, types)]
    return fitting[0] if fitting else f"{name}-{revision}"


def fill(engine: sa.Engine, revision: str) -> set[str]:
    """Put a row of that version into each of its tables, and return the tables."""
    metadata = sa.MetaData()
    with engine.begin() as connection:
        metadata.reflect(connection)
        tables = [table for table in metadata.sorted_tables if table.name != "alembic_version"]
        for table in tables:
            row = {column.name: value(table.name, column, revision) for column in table.columns}
            connection.execute(sa.insert(table).values(**row))
    return {table.name for table in tables}


def test_rows_of_every_released_schema_survive_and_their_pages_open(
    tmp_path: Path, database_url: str, redis_url: str
) -> None:
    assert sorted(RELEASED) == RELEASED
    config, engine = alembic_config(database_url), get_engine(database_url)
    filled: dict[str, int] = {}
    for revision in RELEASED:
        command.upgrade(config, revision)
        for table in fill(engine, revision):
            filled[table] = filled.get(table, 0) + 1
    settings = Settings(
        _env_file=None,
        data_dir=tmp_path,
        database_url=SecretStr(database_url),
        redis_url=SecretStr(redis_url),
    )
    builtin.register(settings)
    # Each row of each version is still there; none was merged with another.
    with engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            count = connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            extra = count - filled[table.name]
            assert extra >= 0 if table.name == "datasets" else extra == 0, table.name
    client = TestClient(create_app(settings))
    listed = {item["id"]: item for item in client.get("/api/experiments?limit=100").json()["items"]}
    assert set(listed) == {experiment_of(revision) for revision in RELEASED}
    for revision in RELEASED:
        item = listed[experiment_of(revision)]
        assert item["unreadable"] is None, revision
        assert item["params"]["sizes"] == [2, 4]
        own, data = f"/api/experiments/{item['id']}", f"/api/datasets/{item['dataset_id']}"
        assert item["progress"]["done"] == 1
        for path in (own, f"{own}/claims", f"{own}/log", f"{own}/engines", f"{own}/figures", data):
            assert client.get(path).status_code == 200, (revision, path)
        (claim,) = client.get(f"{own}/claims").json()["items"]
        assert claim["verdict"] == "holds"
        assert client.get(f"{data}/images/0.png").status_code == 200, revision
        for path in (f"/experiments/{item['id']}", f"/datasets/{item['dataset_id']}"):
            assert client.get(path).status_code == 200
    assert client.get("/api/storage").status_code == 200
    engine.dispose()
