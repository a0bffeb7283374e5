"""Comparisons through the API: two sizes, two experiments, what moved, pages, figure, file, and refusals."""

import csv
import io
from typing import Any

import numpy as np
import pytest

from tests.deployment import SMALL, Deployment

Pair = tuple[Deployment, dict[str, Any]]


@pytest.fixture(scope="module")
def pair(explored: tuple[Deployment, dict[str, Any]]) -> Pair:
    """An experiment with a size that memorizes little and one that memorizes, and models enough to tell."""
    deployment, _ = explored
    params = {"sizes": [2, 64], "models": 80, "epochs": 12, "per_class": 20}
    return deployment, deployment.finished(params=params)


@pytest.fixture(scope="module")
def other(pair: Pair) -> dict[str, Any]:
    """Another experiment: more examples of fewer classes, and no label flipped."""
    deployment, _ = pair
    digits = [str(digit) for digit in range(8)]
    params = SMALL | {"sizes": [16], "seed": 3, "per_class": 30, "classes": digits, "label_noise": 0.0}
    return deployment.finished(params=params, title="Fewer <digits>")


def sizes_of(experiment: dict[str, Any]) -> str:
    return f"a={experiment['id']}&b={experiment['id']}&a_size=2&b_size=64"


def scores(deployment: Deployment, experiment: dict[str, Any], size: int) -> dict[str, np.ndarray]:
    answer = deployment.client.get(f"/api/experiments/{experiment['id']}/scores.npz")
    with np.load(io.BytesIO(answer.content)) as table:
        row = table["sizes"].tolist().index(size)
        return {name: table[name][row] for name in ("memorization", "in_accuracy", "heldout_accuracy")}


def all_items(deployment: Deployment, query: str) -> list[dict[str, Any]]:
    found, after = [], ""
    while True:
        page = deployment.get(f"/api/compare/examples?{query}&limit=200{after}")
        found += page["items"]
        if page["next"] is None:
            assert len(found) == page["total"]
            return found
        after = f"&after={page['next']}"


def test_two_sizes_differ_by_what_their_scores_say(pair: Pair) -> None:
    deployment, experiment = pair
    query = sizes_of(experiment)
    found = deployment.get(f"/api/compare?{query}")
    small, large = (scores(deployment, experiment, size) for size in (2, 64))
    n = len(small["memorization"])
    assert (found["n"], found["relabeled"], found["differing"]) == (n, 0, [])
    for side, size, values in (("a", 2, small), ("b", 64, large)):
        assert (found[side]["size"], found[side]["models"], found[side]["n"]) == (size, 80, n)
        assert found[side]["memorization"] == pytest.approx(values["memorization"].mean())
        assert found[side]["memorization"] == pytest.approx(
            found[side]["in_accuracy"] - found[side]["heldout_accuracy"]
        )
    difference = large["memorization"] - small["memorization"]
    assert found["mean"]["value"] == pytest.approx(difference.mean())
    assert found["mean"]["low"] < difference.mean() < found["mean"]["high"]
    assert found["spearman"]["n"] == n
    strict, loose = (deployment.get(f"/api/compare?{query}&rate={rate}") for rate in (0.01, 0.1))
    moved = [one["moved_up"] + one["moved_down"] for one in (strict, found, loose)]
    assert moved == sorted(moved)
    assert moved[-1] > 0


def test_defaults_are_the_ends_of_one_experiment(pair: Pair) -> None:
    deployment, experiment = pair
    found = deployment.get(f"/api/compare?a={experiment['id']}&b={experiment['id']}")
    assert (found["a"]["size"], found["b"]["size"], found["rate"]) == (2, 64, 0.05)


def test_pages_hold_every_example_once_in_the_order_asked_for(pair: Pair) -> None:
    deployment, experiment = pair
    query = sizes_of(experiment)
    for sort in ("difference", "-difference", "-magnitude"):
        items = all_items(deployment, f"{query}&sort={sort}")
        values = [abs(item["difference"]) if "magnitude" in sort else item["difference"] for item in items]
        assert values == sorted(values, reverse=sort.startswith("-"))
        assert len({item["a"]["index"] for item in items}) == len(items)
    for item in items[:5]:
        assert item["difference"] == pytest.approx(item["b"]["memorization"] - item["a"]["memorization"])
        assert item["low"] < item["difference"] < item["high"]
        assert (item["a"]["size"], item["b"]["size"]) == (2, 64)
        assert item["picture"] == item["a"]["picture"]


def test_filters_keep_a_rectangle_a_label_and_what_moved(pair: Pair) -> None:
    deployment, experiment = pair
    query = sizes_of(experiment)
    rectangle = "a_gte=0&a_lte=0.4&b_gte=0.5&b_lte=1&label=3&label=4"
    items = all_items(deployment, f"{query}&{rectangle}")
    assert items
    everything = all_items(deployment, query)
    assert [item["a"]["index"] for item in items] == [
        item["a"]["index"]
        for item in everything
        if 0 <= item["a"]["memorization"] <= 0.4
        and 0.5 <= item["b"]["memorization"] <= 1
        and item["a"]["label"] in (3, 4)
    ]
    facts = deployment.get(f"/api/compare?{query}")
    for direction, sign in (("up", 1), ("down", -1)):
        moved = all_items(deployment, f"{query}&moved={direction}")
        assert len(moved) == facts[f"moved_{direction}"]
        assert all(sign * item["difference"] > 0 and item["q"] <= 0.05 and item["moved"] for item in moved)
    both = deployment.get(f"/api/compare/examples?{query}&moved=any")["total"]
    assert both == facts["moved_up"] + facts["moved_down"] > 0


def test_experiments_on_other_subsets_meet_in_their_common_pictures(
    pair: Pair, other: dict[str, Any]
) -> None:
    deployment, experiment = pair
    query = f"a={experiment['id']}&b={other['id']}"
    found = deployment.get(f"/api/compare?{query}")
    assert (found["a"]["size"], found["b"]["size"]) == (64, 16)
    assert (found["n"], found["a"]["n"], found["b"]["n"]) == (160, 200, 240)
    assert {one["name"] for one in found["differing"]} >= {"classes", "per_class", "label_noise", "seed"}
    items = all_items(deployment, query)
    assert len(items) == found["n"]
    assert all(item["a"]["picture"] == item["b"]["picture"] == item["picture"] for item in items)
    relabeled = [item for item in items if item["a"]["label_name"] != item["b"]["label_name"]]
    assert len(relabeled) == found["relabeled"] > 0
    assert all(item["a"]["flipped"] for item in relabeled)


def test_the_figure_shows_all_examples_and_says_so(pair: Pair) -> None:
    deployment, experiment = pair
    query = sizes_of(experiment)
    figure = deployment.get(f"/api/compare/figure?{query}")
    facts = deployment.get(f"/api/compare?{query}")
    summary = figure["layout"]["meta"]["summary"]
    assert f"{facts['moved_up']:,} score higher in B" in summary
    assert "rate of 5 %" in summary
    names = [trace.get("name") for trace in figure["data"]]
    assert f"higher in B ({facts['moved_up']:,})" in names
    assert "width 2 (A) and width 64 (B)" in figure["layout"]["title"]["text"]


def test_titles_are_text_in_figures(pair: Pair, other: dict[str, Any]) -> None:
    deployment, experiment = pair
    figure = deployment.get(f"/api/compare/figure?a={experiment['id']}&b={other['id']}")
    assert "Fewer &lt;digits&gt;, width 16 (B)" in figure["layout"]["title"]["text"]


def test_the_file_has_a_row_for_each_example(pair: Pair) -> None:
    deployment, experiment = pair
    query = sizes_of(experiment)
    answer = deployment.client.get(f"/api/compare/scores.csv?{query}")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = {int(row["example_a"]): row for row in csv.DictReader(io.StringIO(answer.text))}
    items = all_items(deployment, query)
    assert rows.keys() == {item["a"]["index"] for item in items}
    for item in items[:20]:
        row = rows[item["a"]["index"]]
        assert (row["name"], row["label_a"]) == (item["name"], item["a"]["label_name"])
        for name in ("difference", "low", "high", "p", "q"):
            assert float(row[name]) == pytest.approx(item[name])
        for side in ("a", "b"):
            assert float(row[f"memorization_{side}"]) == pytest.approx(item[side]["memorization"])


@pytest.mark.parametrize(
    ("change", "status", "pointer"),
    [
        ("&colour=red", 422, "/query/colour"),
        ("&sort=name", 422, "/query/sort"),
        ("&moved=away", 422, "/query/moved"),
        ("&rate=0", 422, "/query/rate"),
        ("&b_gte=2", 422, "/query/b_gte"),
        ("&after=x", 422, "/query/after"),
    ],
)
def test_what_cannot_be_read_is_refused(pair: Pair, change: str, status: int, pointer: str) -> None:
    deployment, experiment = pair
    query = sizes_of(experiment)
    problem = deployment.problem("GET", f"/api/compare/examples?{query}{change}", status)
    assert problem["errors"][0]["pointer"] == pointer


def test_what_is_not_there_is_named(pair: Pair) -> None:
    deployment, experiment = pair
    known, unknown = experiment["id"], "0" * 12
    assert deployment.problem("GET", f"/api/compare?a={known}", 422)["errors"][0]["pointer"] == "/query/b"
    assert unknown in deployment.problem("GET", f"/api/compare?a={known}&b={unknown}", 404)["detail"]
    assert deployment.problem("GET", f"/api/compare?a=x&b={known}", 422)["errors"][0]["pointer"] == "/query/a"
    size = deployment.problem("GET", f"/api/compare?a={known}&b={known}&b_size=7", 422)
    assert (size["errors"][0]["pointer"], "2, 64" in size["detail"]) == ("/query/b_size", True)
    cursor = deployment.get(f"/api/compare/examples?a={known}&b={known}&limit=1")["next"]
    path = f"/api/compare/examples?a={known}&b={known}&sort=difference&after={cursor}"
    assert "another order" in deployment.problem("GET", path, 422)["detail"]
    waiting = deployment.submit(title="Waiting", params=SMALL | {"seed": 99})
    deployment.problem("GET", f"/api/compare?a={known}&b={waiting['id']}", 404)
