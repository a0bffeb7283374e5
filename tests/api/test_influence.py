"""Who helps whom: of one example in both directions, in rows of pairs, and among training examples."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.deployment import Deployment
from tests.services import RedisServer

Banked = tuple[Deployment, str]
N = 1437


@pytest.fixture(scope="module")
def banked(tmp_path_factory: pytest.TempPathFactory, redis_server: RedisServer) -> Iterator[Banked]:
    """A deployment with 200 models of one size, and 20 of a smaller experiment that tells nothing."""
    folder = tmp_path_factory.mktemp("banked")
    made = Deployment.create(folder, f"sqlite:///{folder / 'memoscope.db'}", redis_server.url)
    experiment = made.finished(params={"sizes": [64], "models": 200, "epochs": 20})
    yield made, f"/api/experiments/{experiment['id']}"
    made.close()


def walk(deployment: Deployment, url: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Follow `next` to the end; return all items and the last page."""
    items, after = [], ""
    while True:
        page = deployment.get(f"{url}{after}")
        items += page["items"]
        if page["next"] is None:
            return items, page
        after = f"&after={page['next']}"


def test_influence_is_shown_with_an_interval_above_zero_or_not_at_all(banked: Banked) -> None:
    deployment, base = banked
    shown = [deployment.get(f"{base}/examples/{index}")["sizes"][0] for index in (1295, 612, 0)]
    partner = shown[0]["influence"]["helps_test"][0]
    assert (partner["index"], partner["label"]) == (1757, 4), "the test digit that hangs on this digit"
    assert shown[0]["label"] == 4
    for size in shown:
        assert 0 < size["influence"]["least"] < 1
        for kind, least in (("helps_test", N), ("helps_train", 0), ("helpers", 0)):
            for partner in size["influence"][kind]:
                assert partner["index"] >= least
                assert partner["split"] == ("test" if least else "train")
                assert 0 < partner["low"] <= partner["influence"] <= partner["high"]


def test_a_test_example_leads_back_to_the_training_example_that_helps_it(banked: Banked) -> None:
    deployment, base = banked
    shown = deployment.get(f"{base}/examples/1757")
    (size,) = shown["sizes"]
    helper = size["influence"]["helpers"][0]
    assert (shown["split"], shown["label"], helper["index"], helper["split"]) == ("test", 4, 1295, "train")
    (there,) = deployment.get(f"{base}/examples/1295")["sizes"]
    assert helper["influence"] == there["influence"]["helps_test"][0]["influence"]
    assert size["models"] == 200
    assert 0 < size["right"] < 200
    assert size["influence"]["margin"] > 0.1, "it has no other helper like this one"
    assert size["influence"]["helps_test"] is None
    detail = deployment.problem("GET", f"{base}/examples/1797", 404)["detail"]
    assert detail == "This experiment has no example 1797."


@pytest.mark.parametrize("pick", ["spaced", "influence"])
def test_pages_of_rows_hold_every_pair_once(banked: Banked, pick: str) -> None:
    deployment, base = banked
    rows, page = walk(deployment, f"{base}/influence/rows?limit=3&pick={pick}")
    indices = [row["index"] for row in rows]
    assert page["total"] == len(rows) == len(set(indices)) >= 5
    for row in rows:
        assert row["memorization"] >= 0.25
        assert any(p["same_label"] and p["influence"] >= 0.15 for p in row["partners"])
        assert all(p["low"] > 0 and p["index"] >= N for p in row["partners"])
        assert len(row["partners"]) <= 4
    best = [max(p["influence"] for p in row["partners"]) for row in rows]
    assert (best == sorted(best, reverse=True)) == (pick == "influence")
    whole = deployment.get(f"{base}/influence/rows?limit=100&pick={pick}")["items"]
    assert [row["index"] for row in whole] == [
        row["index"] for row in walk(deployment, f"{base}/influence/rows?limit=3&pick=influence")[0]
    ]


def test_spaced_rows_reach_from_the_strongest_to_the_weakest(banked: Banked) -> None:
    deployment, base = banked
    whole = [row["index"] for row in deployment.get(f"{base}/influence/rows?limit=100")["items"]]
    first = [row["index"] for row in deployment.get(f"{base}/influence/rows?limit=3")["items"]]
    step = -(-len(whole) // 3)
    assert first == whole[::step]


def test_rows_are_filtered_by_class(banked: Banked) -> None:
    deployment, base = banked
    every = deployment.get(f"{base}/influence/rows?limit=100")["items"]
    fours = deployment.get(f"{base}/influence/rows?limit=100&label=4")
    assert [row["index"] for row in fours["items"]] == [row["index"] for row in every if row["label"] == 4]
    assert 0 < fours["total"] < len(every)


def test_pairs_of_the_claim_are_those_of_the_rows(banked: Banked) -> None:
    deployment, base = banked
    rows = deployment.get(f"{base}/influence/rows?limit=100")["items"]
    pairs = sum(p["same_label"] and p["influence"] >= 0.15 for row in rows for p in row["partners"])
    figure = deployment.get(f"{base}/figures/influence_pairs")
    assert figure["layout"]["title"]["text"].startswith(f"{pairs} pairs at width 64")


def test_training_pictures_are_listed_by_pixels_with_their_influence(banked: Banked) -> None:
    deployment, base = banked
    pairs, page = walk(deployment, f"{base}/influence/peers?peers=pixels&limit=100&label=1")
    distances = [pair["distance"] for pair in pairs]
    assert distances == sorted(distances)
    assert all(pair["rank"] == 1 and pair["helped"]["label"] == 1 for pair in pairs)
    near = deployment.get(f"{base}/influence/peers?peers=pixels&limit=100&label=1&near=true")["items"]
    third = page["usual"] / 3
    assert [p["distance"] for p in near] == [d for d in distances if d <= third]
    assert near
    neighbor = deployment.get(f"{base}/examples/{pairs[0]['helped']['index']}/neighbors?count=1")["items"][0]
    assert neighbor["index"] == pairs[0]["helper"]["index"]
    assert neighbor["distance"] == pytest.approx(distances[0], rel=1e-6)


def test_few_models_show_nothing_and_say_what_they_could(banked: Banked, explored: Any) -> None:
    deployment, base = banked
    peers = deployment.get(f"{base}/influence/peers")
    assert (peers["items"], peers["note"]) == ([], "")
    assert peers["least"] > 0.5
    other, experiment = explored
    rows = other.get(f"/api/experiments/{experiment['id']}/influence/rows?size=16")
    assert (rows["items"], rows["known"], rows["least"]) == ([], True, None)


@pytest.mark.parametrize(
    ("path", "pointer"),
    [
        ("rows?size=63", "/query/size"),
        ("rows?pick=best", "/query/pick"),
        ("rows?after=x", "/query/after"),
        ("peers?peers=name", "/query/peers"),
        ("peers?limit=101", "/query/limit"),
    ],
)
def test_bad_queries_name_the_field(banked: Banked, path: str, pointer: str) -> None:
    deployment, base = banked
    problem = deployment.problem("GET", f"{base}/influence/{path}", 422)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
