"""Summaries are sums: a unit is added once, whoever adds it, and what is kept does not grow."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select, update

from backend.core.models import KeptSums, Summary
from backend.core.queries import results as queries
from backend.core.session import reading, transaction
from backend.studies.kit import npz
from backend.studies.kit.results import Results
from backend.studies.memorization.facts import MemorizationFacts
from tests.deployment import Deployment
from workers import summary
from workers.runtime import run_unit
from workers.studies import memorization
from workers.summary import summarize

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PARAMS = {"sizes": [2, 8], "models": 230, "epochs": 1}


@pytest.fixture
def added(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """How many models each call adds, unit by unit."""
    calls: list[list[int]] = []
    real = memorization.add

    def spied(params: Any, examples: Any, kept: Any, units: Iterable[Any]) -> Any:
        calls.append([])

        def counted() -> Iterable[Any]:
            for payload, arrays in units:
                calls[-1].append(len(arrays["train"]))
                yield payload, arrays

        return real(params, examples, kept, counted())

    monkeypatch.setattr(memorization, "add", spied)
    return calls


def stored(deployment: Deployment, experiment: str) -> Results:
    with reading(deployment.settings.database) as session:
        data = queries.get_summary(session, experiment).data
    return Results.from_bytes(data, MemorizationFacts)


def run(deployment: Deployment, experiment: str, *indices: int) -> None:
    for index in indices:
        run_unit(deployment.settings, experiment, index)


def assert_equal(first: Results, second: Results) -> None:
    """Check the counts, the estimates from margins and the facts of both, bit for bit."""
    assert first.facts == second.facts
    for name in ("n_in", "k_in", "n_out", "k_out", "trajectories"):
        assert (getattr(first.scores, name) == getattr(second.scores, name)).all()
    assert first.margins is not None
    assert second.margins is not None
    for name, array in vars(first.margins).items():
        assert np.array_equal(array, getattr(second.margins, name), equal_nan=True)
    assert first.influence is not None
    assert second.influence is not None
    for kind in ("helps_test", "test_helpers", "helps_train", "train_helpers", "nearest"):
        for name, array in vars(getattr(first.influence, kind)).items():
            assert (array == getattr(getattr(second.influence, kind), name)).all()


@on_sqlite
def test_each_unit_is_added_once_and_the_order_does_not_matter(
    deployment: Deployment, added: list[list[int]]
) -> None:
    slow, quick = (deployment.submit(params=PARAMS, force=True)["id"] for _ in range(2))
    order = [unit.index for unit in deployment.units(slow)]
    assert len(order) >= 6
    for index in reversed(order):
        run(deployment, slow, index)
        summarize(deployment.settings, slow)
    assert [len(units) for units in added] == [1] * len(order)
    run(deployment, quick, *order)
    summarize(deployment.settings, quick)
    assert len(added[-1]) == len(order)
    assert_equal(stored(deployment, slow), stored(deployment, quick))


@on_sqlite
def test_what_is_kept_does_not_grow_with_the_models(deployment: Deployment) -> None:
    sizes = []
    for models in (100, 230):
        experiment = deployment.finished(params=PARAMS | {"models": models})["id"]
        with reading(deployment.settings.database) as session:
            parts = session.execute(
                select(KeptSums.part, KeptSums.data).where(KeptSums.experiment_id == experiment)
            ).all()
        bits = sum(
            array.nbytes for part, data in parts if "answers" in part for array in npz.unpack(data).values()
        )
        assert bits == 2 * models * (-(-1437 // 8) + 360 // 8), "of right answers of single models"
        others = [npz.unpack(data) for part, data in parts if "answers" not in part]
        sizes.append(sum(array.nbytes for part in others for array in part.values()))
    # But for single models' accuracies, three at one epoch, and numbers, of 8 bytes each.
    assert sizes[1] - sizes[0] == 2 * 130 * (3 + 1) * 8


def test_two_workers_that_add_to_the_same_sums_lose_nothing_and_count_nothing_twice(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = deployment.submit(params=PARAMS)["id"]
    order = [unit.index for unit in deployment.units(experiment)]
    mine, theirs = order[0:4:2], order[1:4:2]  # of one size each
    run(deployment, experiment, *mine)
    real = memorization.of_sums

    def overtaken(*arguments: Any) -> Results:
        """Let another worker store what it has while this one is still at it."""
        monkeypatch.setattr(memorization, "of_sums", real)
        run(deployment, experiment, *theirs)
        monkeypatch.setattr(summary.queries, "done_units", lambda *_: theirs)
        summarize(deployment.settings, experiment)
        monkeypatch.undo()
        return real(*arguments)

    monkeypatch.setattr(memorization, "of_sums", overtaken)
    summarize(deployment.settings, experiment)
    deployment.work(experiment)
    other = deployment.submit(params=PARAMS, force=True)["id"]
    deployment.work(other)
    assert_equal(stored(deployment, experiment), stored(deployment, other))


@on_sqlite
def test_sums_of_other_code_are_made_anew(deployment: Deployment, added: list[list[int]]) -> None:
    experiment = deployment.submit(params=PARAMS)["id"]
    deployment.work(experiment, limit=3)
    with transaction(deployment.settings.database) as session:
        session.execute(update(Summary).values(summed_by="other"))
        session.execute(update(KeptSums).values(data=b"no longer readable"))
    deployment.work(experiment)
    assert len(added[-1]) == len(deployment.units(experiment))
    assert deployment.get(f"/api/experiments/{experiment}")["status"] == "done"
