"""Rows that another version wrote: listed, opened as far as possible, exported and deleted."""

from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import update

from backend.api import results
from backend.core.models import Experiment
from backend.core.session import transaction
from backend.studies import STUDIES
from backend.studies.kit.facts import Facts
from tests.deployment import Deployment

STRANGE: list[dict[str, Any]] = [
    {"study": "phrenology"},
    {"params": {"dataset": "digits", "skull": 3}},
    {"params": {}, "study": "phrenology"},
    {"params": {"dataset": "digits", "models": "many"}},
]


def scores(deployment: Deployment, own: str) -> pa.Table:
    return pq.read_table(pa.BufferReader(deployment.client.get(f"{own}/scores.parquet").content))


def changed(deployment: Deployment, experiment: str, values: dict[str, Any]) -> None:
    with transaction(deployment.settings.database) as session:
        session.execute(update(Experiment).where(Experiment.id == experiment).values(**values))


@pytest.mark.parametrize("values", STRANGE)
def test_it_is_listed_and_says_why_it_cannot_be_read(deployment: Deployment, values: dict[str, Any]) -> None:
    strange, known = deployment.finished(), deployment.submit(params={"models": 10, "sizes": [2]})
    changed(deployment, strange["id"], values)
    items = {item["id"]: item for item in deployment.get("/api/experiments")["items"]}
    assert set(items) == {strange["id"], known["id"]}
    assert "another version" in items[strange["id"]]["unreadable"]
    assert items[strange["id"]]["actions"] == ["delete"]
    assert items[known["id"]]["unreadable"] is None
    own = f"/api/experiments/{strange['id']}"
    assert deployment.get(own)["status"] == "done"
    assert deployment.get(f"{own}/claims")["items"]
    assert deployment.get(f"{own}/log")["items"]
    assert deployment.client.get(f"/experiments/{strange['id']}").status_code == 200
    assert deployment.client.get(f"/experiments/{strange['id']}/preview.png").status_code == 200
    for path in ("figures", "figures/overview"):
        assert "another version" in deployment.problem("GET", f"{own}/{path}", 409)["detail"]
    deployment.problem("POST", f"{own}/extend", 409, json={"models": 10})
    assert deployment.client.delete(own).status_code == 204


@pytest.mark.parametrize("values", [STRANGE[0], STRANGE[1]])
def test_its_scores_can_still_be_seen_and_downloaded(deployment: Deployment, values: dict[str, Any]) -> None:
    experiment = deployment.finished()
    own = f"/api/experiments/{experiment['id']}"
    before = scores(deployment, own)
    changed(deployment, experiment["id"], values)
    results._unpacked.cache_clear()
    after = scores(deployment, own)
    lost = [name for name in before.column_names if name not in after.column_names]
    own_columns = [
        column.key for column in STUDIES["memorization"].columns if column.key in before.column_names
    ]
    assert lost == (own_columns if "study" in values else []), "only a study knows its own"
    assert after.equals(before.drop_columns(lost))
    assert deployment.get(f"{own}/examples?limit=2")["total"] == 1437
    assert deployment.get(f"{own}/histogram")["n"] == 1437


def test_a_worker_fails_its_units_with_the_reason(deployment: Deployment) -> None:
    experiment = deployment.submit()
    changed(deployment, experiment["id"], {"study": "phrenology"})
    deployment.work(experiment["id"])
    found = deployment.get(f"/api/experiments/{experiment['id']}")
    assert found["status"] == "failed"
    assert "phrenology" in found["error"]


def test_facts_that_have_changed_since_are_not_taken_for_none(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = deployment.finished()
    own = f"/api/experiments/{experiment['id']}"

    class OtherFacts(Facts):
        sizes: dict[str, int]

    monkeypatch.setitem(STUDIES, "memorization", replace(STUDIES["memorization"], facts=OtherFacts))
    results._unpacked.cache_clear()
    assert "facts differ" in deployment.problem("GET", f"{own}/figures/overview", 409)["detail"]
    assert deployment.get(f"{own}/examples?limit=1")["total"] == 1437
