"""The schema that migrations build is the one the models describe."""

import json

from alembic import command
from sqlalchemy import text

from backend.core.migrate import alembic_config, migrate
from backend.core.models import Experiment, UnitRow
from backend.core.session import get_engine, reading
from backend.studies.memorization.params import MemorizationParams


def test_models_and_migrations_agree(database_url: str) -> None:
    migrate(database_url)
    command.check(alembic_config(database_url))
    get_engine(database_url).dispose()


def test_migrating_twice_and_back_changes_nothing(database_url: str) -> None:
    migrate(database_url)
    migrate(database_url)
    command.downgrade(alembic_config(database_url), "base")
    migrate(database_url)
    command.check(alembic_config(database_url))
    get_engine(database_url).dispose()


def test_experiments_from_before_model_families_stay_readable(database_url: str) -> None:
    command.upgrade(alembic_config(database_url), "0001")
    old = {"dataset": "digits", "label_noise": 0.2, "widths": [2, 4], "models": 20, "epochs": 3, "seed": 7}
    now = "2026-01-01 00:00:00"
    with get_engine(database_url).begin() as connection:
        for table, row in {
            "datasets": {
                "id": "digits", "title": "Digits", "n_train": 1, "n_test": 1, "height": 8, "width": 8,
                "classes": "[]", "fingerprint": "f", "created_at": now,
            },
            "experiments": {
                "id": "e", "study": "memorization", "title": "t", "status": "done", "provenance": "{}",
                "params": json.dumps(old), "spec_hash": "h", "dataset_id": "digits", "summary_due": False,
                "created_at": now,
            },
            "units": {
                "experiment_id": "e", "index": 0, "key": "k", "status": "done", "models": 20, "seconds": 1,
                "payload": json.dumps({"width": 2, "first": 0, "count": 20}), "attempt": 1,
                "progress": 1,
            },
        }.items():  # fmt: skip
            names = ", ".join(f'"{name}"' for name in row)
            values = ", ".join(f":{name}" for name in row)
            connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)
    migrate(database_url)
    with reading(database_url) as session:
        params = MemorizationParams.model_validate(session.get_one(Experiment, "e").params)
        assert session.get_one(UnitRow, ("e", 0)).payload == {"size": 2, "first": 0, "count": 20}
    assert (params.sizes, params.data_seed, params.seed) == ((2, 4), 7, 7)
    assert (params.precision, params.label_noise) == ("float32", 0.2)
    command.downgrade(alembic_config(database_url), "0001")
    with get_engine(database_url).begin() as connection:
        params = connection.execute(text("SELECT params FROM experiments")).scalar_one()
        assert (json.loads(params) if isinstance(params, str) else params)["widths"] == [2, 4]
    get_engine(database_url).dispose()
