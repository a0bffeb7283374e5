"""Further numbers of examples, of a study that only the tests know: orders, bounds, pages and files."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow.parquet
import pytest
from scipy.stats import rankdata

from backend.studies.kit.facts import Facts
from backend.studies.kit.results import Results
from tests.deployment import Deployment
from tests.fake_study import PUDDLES, depth_of, registered
from tests.unit.test_score_table import random_table

N = 1437
DEPTH = np.round(depth_of(N, 2)[1].astype(np.float64), 7)
WETNESS = 3 * (1 - np.arange(N) % 11 / 10)


@pytest.fixture(scope="module")
def dug(tmp_path_factory: pytest.TempPathFactory, redis_server: Any) -> Iterator[tuple[Deployment, str]]:
    folder = tmp_path_factory.mktemp("dug")
    with registered():
        made = Deployment.create(folder, f"sqlite:///{folder / 'memoscope.db'}", redis_server.url)
        experiment = made.finished(study="puddles", params={})
        yield made, f"/api/experiments/{experiment['id']}"
        made.close()


def walk(dug: tuple[Deployment, str], query: str) -> list[dict[str, Any]]:
    deployment, own = dug
    url, items = f"{own}/examples?limit=200&{query}", []
    while url is not None:
        page = deployment.get(url)
        items += page["items"]
        url = page["next_url"]
    assert page["total"] == len(items)
    return items


def test_only_columns_that_results_have_are_offered_with_their_words(dug: tuple[Deployment, str]) -> None:
    deployment, own = dug
    listed = deployment.get(f"{own}/columns")["items"]
    assert [column["key"] for column in listed] == ["depth", "wetness"]
    assert listed[0] == {
        "key": "depth",
        "title": "Depth",
        "description": "How deep it is, <b>in feet</b>.",
        "low": -1.0,
        "high": 15.0,
    }


@pytest.mark.parametrize(("key", "values"), [("depth", DEPTH), ("wetness", WETNESS)])
@pytest.mark.parametrize("sign", ["", "-"])
def test_orders_go_by_a_column_page_by_page(
    dug: tuple[Deployment, str], key: str, values: np.ndarray, sign: str
) -> None:
    items = walk(dug, f"sort={sign}column:{key}")
    direction = -1 if sign else 1
    expected = sorted(
        range(N),
        key=lambda i: (np.isnan(values[i]), direction * np.nan_to_num(round(values[i], 7)), direction * i),
    )
    assert [item["index"] for item in items] == expected
    shown = [item["columns"][key] for item in items if item["columns"][key] is not None]
    np.testing.assert_allclose(shown, values[expected][: len(shown)], atol=1e-6)


@pytest.mark.parametrize(
    ("query", "keep"),
    [
        ("column=depth&column_gte=0.6&column_lte=1.4", (DEPTH >= 0.6) & (DEPTH <= 1.4)),
        ("column=depth&column_lte=-0.5", DEPTH < 0),
        ("column=wetness&column_gte=2.7&label=3", WETNESS >= 2.7 - 1e-9),
        ("column=depth", np.ones(N, bool)),
    ],
)
def test_bounds_keep_exactly_those_inside_ends_included(
    dug: tuple[Deployment, str], query: str, keep: np.ndarray
) -> None:
    deployment, own = dug
    every = {item["index"]: item for item in walk(dug, "sort=index")}
    if "label" in query:
        keep = keep & np.array([every[i]["label"] == 3 for i in range(N)])
    expected = np.flatnonzero(keep).tolist()
    assert [item["index"] for item in walk(dug, f"sort=index&{query}")] == expected
    scored = deployment.get(f"{own}/histogram?{query}")
    assert scored["n"] == len(expected)


@pytest.mark.parametrize("sign", ["", "-"])
def test_orders_go_by_how_far_ranks_differ(dug: tuple[Deployment, str], sign: str) -> None:
    items = walk(dug, f"sort={sign}gap:depth")
    both = np.flatnonzero(np.isfinite(DEPTH))
    gap = np.full(N, np.nan)
    gap[both] = (rankdata((10 - np.arange(N) % 11)[both]) - rankdata(DEPTH[both])) / len(both)
    shown = gap[[item["index"] for item in items]]
    assert np.isnan(shown[len(both) :]).all()
    steps = np.diff(shown[: len(both)])
    assert ((steps <= 1e-8) if sign else (steps >= -1e-8)).all()
    first = items[0]
    if sign:
        assert (first["memorization"], first["columns"]["depth"]) == (1.0, 0.0)


def test_an_example_has_them_at_every_size_and_the_neighbors_of_that_order(
    dug: tuple[Deployment, str],
) -> None:
    deployment, own = dug
    view = "sort=-column:depth&column=wetness&column_gte=2"
    order = [item["index"] for item in walk(dug, view)]
    example = deployment.get(f"{own}/examples/{order[5]}?{view}")
    assert (example["previous"], example["following"]) == (order[4], order[6])
    assert [column["title"] for column in example["columns"]] == ["Depth", "Wetness"]
    for row, size in enumerate(example["sizes"]):
        assert size["columns"]["depth"] == pytest.approx(depth_of(N, 2)[row, order[5]], abs=1e-6)
        assert size["columns"]["wetness"] == pytest.approx(WETNESS[order[5]])
    assert deployment.get(f"{own}/examples/0")["sizes"][0]["columns"]["depth"] is None


def test_files_end_with_them(dug: tuple[Deployment, str]) -> None:
    deployment, own = dug
    rows = list(csv.DictReader(io.StringIO(deployment.client.get(f"{own}/scores.csv").text)))
    assert list(rows[0])[-4:] == ["trajectory", "depth", "wetness", "label_name"]
    assert rows[0]["depth"] == ""
    assert [float(row["depth"]) for row in rows[N + 1 : N + 5]] == pytest.approx(DEPTH[1:5], abs=1e-6)
    table = pyarrow.parquet.read_table(io.BytesIO(deployment.client.get(f"{own}/scores.parquet").content))
    np.testing.assert_allclose(table["wetness"].to_numpy()[N:], WETNESS, atol=1e-9)
    with np.load(io.BytesIO(deployment.client.get(f"{own}/scores.npz").content)) as npz:
        assert np.array_equal(npz["depth"], depth_of(N, 2), equal_nan=True)


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("sort=column:beauty", "/query/sort"),
        ("sort=column:color", "/query/sort"),
        ("sort=-gap:color", "/query/sort"),
        ("column=beauty", "/query/column"),
        ("column=color&column_gte=0", "/query/column"),
        ("column_gte=0", "/query/column"),
        ("column_lte=1", "/query/column"),
    ],
)
@pytest.mark.parametrize("path", ["examples", "histogram", "examples/3", "figures/histogram"])
def test_an_unknown_or_absent_column_is_refused_with_those_there_are(
    dug: tuple[Deployment, str], query: str, pointer: str, path: str
) -> None:
    deployment, own = dug
    problem = deployment.problem("GET", f"{own}/{path}?{query}", 422)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert "depth, wetness" in problem["detail"]


def test_bounds_must_be_numbers_and_keys_names(dug: tuple[Deployment, str]) -> None:
    deployment, own = dug
    for query, pointer in (
        ("column=depth&column_gte=nan", "/query/column_gte"),
        ("column=a:b", "/query/column"),
        ("sort=column:A", "/query/sort"),
        ("sort=column:", "/query/sort"),
    ):
        problem = deployment.problem("GET", f"{own}/examples?{query}", 422)
        assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert "column:" in problem["detail"]
    assert "memorization" in problem["detail"]


def test_results_of_earlier_versions_have_none(dug: tuple[Deployment, str]) -> None:
    deployment, _ = dug
    before = replace(random_table().scores, epoch_in=None)
    stored = Results.from_bytes(Results(scores=before).to_bytes(), Facts, PUDDLES.columns)
    assert list(stored.further) == ["wetness"], "which scores alone tell"
    assert Results.from_bytes(Results().to_bytes(), Facts, PUDDLES.columns).further == {}
    plain = deployment.finished(study="dice", params={})
    assert deployment.get(f"/api/experiments/{plain['id']}/columns")["items"] == []


def test_a_view_of_them_can_be_shared(dug: tuple[Deployment, str]) -> None:
    deployment, own = dug
    view = "?tab=explore&sort=-column%3Adepth&column=wetness&column_gte=2"
    body = {"experiment_id": own.rpartition("/")[2], "view": view}
    answer = deployment.client.post("/api/shares", json=body)
    assert answer.status_code == 201, answer.text
    token = answer.json()["token"]
    assert deployment.get(f"/s/{token}{own}/columns")["items"]
    assert deployment.get(f"/s/{token}{own}/examples{view.replace('tab=explore&', '')}")["total"] == sum(
        WETNESS >= 2
    )
