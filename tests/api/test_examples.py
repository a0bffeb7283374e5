"""Browsing by score: pages, order, filters, one example, histogram, pictures and files."""

import csv
import io
from typing import Any

import numpy as np
import pyarrow.parquet
import pytest
from PIL import Image

from backend.datasets.digits import load_digits_dataset
from backend.datasets.examples import take
from backend.datasets.options import DataOptions
from tests.deployment import SMALL, Deployment

Explored = tuple[Deployment, dict[str, Any]]
SORT_KEYS = ("memorization", "heldout_accuracy", "in_accuracy", "width", "change", "label", "index")
DERIVED = {
    "width": lambda item: item["high"] - item["low"],
    "change": lambda item: item["over_size"][-1] - item["over_size"][0],
}


@pytest.fixture(scope="module")
def rows(explored: Explored) -> list[dict[str, str]]:
    deployment, experiment = explored
    text = deployment.client.get(f"/api/experiments/{experiment['id']}/scores.csv").text
    return list(csv.DictReader(io.StringIO(text)))


def walk(explored: Explored, query: str) -> list[dict[str, Any]]:
    """Follow `next_url` to the end."""
    deployment, experiment = explored
    url = f"/api/experiments/{experiment['id']}/examples?limit=200&{query}"
    items = []
    while url is not None:
        page = deployment.get(url)
        items += page["items"]
        url = page["next_url"]
    assert page["total"] == len(items)
    return items


@pytest.mark.parametrize("key", SORT_KEYS)
@pytest.mark.parametrize("sign", ["", "-"])
def test_every_order_visits_every_example_once(explored: Explored, key: str, sign: str) -> None:
    items = walk(explored, f"size=2&sort={sign}{key}")
    assert sorted(item["index"] for item in items) == list(range(1437))
    values = [DERIVED[key](item) if key in DERIVED else item[key] for item in items]
    ordered = sorted(values, reverse=sign == "-")
    np.testing.assert_allclose(values, ordered, atol=1e-12)


@pytest.mark.parametrize(
    ("query", "keep"),
    [
        ("flipped=true", lambda r: r["flipped"] == "true"),
        ("label=3&label=7", lambda r: r["label"] in {"3", "7"}),
        ("verdict=memorized&verdict=undecided", lambda r: r["verdict"] in {"memorized", "undecided"}),
        ("memorization_gte=0.2&memorization_lte=0.5", lambda r: 0.2 <= float(r["memorization"]) <= 0.5),
        ("label=3&flipped=false&memorization_gte=0.1",
         lambda r: r["label"] == "3" and r["flipped"] == "false" and float(r["memorization"]) >= 0.1),
        ("trajectory=increasing", lambda r: r["trajectory"] == "increasing"),
        ("width_gte=0.3&width_lte=0.6", lambda r: 0.3 <= float(r["high"]) - float(r["low"]) <= 0.6),
        ("index=3&index=9&index=1436&index=1437&flipped=false",
         lambda r: r["example"] in {"3", "9", "1436"} and r["flipped"] == "false"),
    ],
)  # fmt: skip
def test_filters_keep_exactly_the_matching_rows(explored: Explored, rows, query: str, keep) -> None:
    expected = {int(row["example"]) for row in rows if row["size"] == "16" and keep(row)}
    assert {item["index"] for item in walk(explored, f"size=16&{query}")} == expected
    if "memorization" not in query:
        deployment, experiment = explored
        histogram = deployment.get(f"/api/experiments/{experiment['id']}/histogram?size=16&{query}")
        assert histogram["n"] == len(expected)


def test_the_threshold_of_trajectories_goes_with_the_view(explored: Explored) -> None:
    at_02 = {item["index"] for item in walk(explored, "size=16&trajectory=constant")}
    at_09 = {item["index"] for item in walk(explored, "size=16&trajectory=constant&tau=0.9")}
    assert at_02 < at_09


def test_one_example_shows_every_size_and_its_neighbors_in_the_view(explored: Explored) -> None:
    deployment, experiment = explored
    base = f"/api/experiments/{experiment['id']}/examples"
    view = "sort=-memorization&label=3"
    order = [item["index"] for item in walk(explored, view)]
    for position in (0, 1, len(order) - 1):
        example = deployment.get(f"{base}/{order[position]}?{view}")
        assert example["previous"] == (order[position - 1] if position else None)
        assert example["following"] == (order[position + 1] if position + 1 < len(order) else None)
        assert [size["size"] for size in example["sizes"]] == [2, 16]
        for size in example["sizes"]:
            assert sum(answer["count"] for answer in size["answers"]) == size["n_out"]
            right = [a["count"] for a in size["answers"] if a["label"] == size["label"]]
            assert sum(right) == size["k_out"]


def test_scores_follow_from_their_counts_and_lie_in_their_interval(rows) -> None:
    for row in rows:
        n_in, k_in, n_out, k_out = (int(row[name]) for name in ("n_in", "k_in", "n_out", "k_out"))
        assert n_in + n_out == 20
        score = k_in / n_in - k_out / n_out
        assert float(row["memorization"]) == pytest.approx(score, abs=1e-12)
        assert float(row["low"]) - 1e-12 <= score <= float(row["high"]) + 1e-12


def test_files_agree_with_each_other_and_keep_the_order_of_the_data(explored: Explored, rows) -> None:
    deployment, experiment = explored
    base = f"/api/experiments/{experiment['id']}/scores"
    table = pyarrow.parquet.read_table(io.BytesIO(deployment.client.get(f"{base}.parquet").content))
    assert table.column_names == list(rows[0])
    assert table.num_rows == len(rows) == 2 * 1437
    with np.load(io.BytesIO(deployment.client.get(f"{base}.npz").content), allow_pickle=False) as npz:
        assert npz["sizes"].tolist() == [2, 16]
        memorization = npz["memorization"].ravel()
        labels, flipped = npz["labels"], npz["flipped"]
    np.testing.assert_allclose(memorization, table["memorization"].to_numpy(), atol=1e-12)
    np.testing.assert_allclose(memorization, [float(row["memorization"]) for row in rows], atol=1e-12)
    dataset = load_digits_dataset()
    assert flipped.sum() == round(0.1 * 1437)
    assert np.array_equal(labels != dataset.labels[:1437], flipped)


def test_few_models_are_told_wherever_numbers_are(explored: Explored) -> None:
    deployment, experiment = explored
    assert (experiment["few_models"], experiment["preview"]["models"]) == (20, 20)
    assert "fewer than 50 models" in experiment["caution"]
    histogram = deployment.get(f"/api/experiments/{experiment['id']}/histogram?size=16")
    assert (histogram["few_models"], histogram["caution"]) == (20, experiment["caution"])
    (listed,) = deployment.get("/api/experiments")["items"]
    assert listed["few_models"] == 20
    field = deployment.get("/api/studies/memorization")["params_schema"]["properties"]["models"]
    assert field["caution"] == {"below": 50, "text": experiment["caution"]}


def test_histogram_counts_all_rows_whatever_the_brush(explored: Explored) -> None:
    deployment, experiment = explored
    for bins in ("", "&bins=10"):
        base = f"/api/experiments/{experiment['id']}/histogram?size=16{bins}"
        histogram = deployment.get(base)
        assert sum(histogram["counts"]) == histogram["n"] == 1437
        assert len(histogram["edges"]) == len(histogram["counts"]) + 1
        assert deployment.get(f"{base}&memorization_gte=0.9") == histogram
        exact = deployment.get(
            f"/api/experiments/{experiment['id']}/examples?size=16&memorization_gte=0&memorization_lte=0"
        )
        assert histogram["zero"] == exact["total"]
    assert histogram["step"] is None


def test_mean_memorization_is_the_difference_of_the_mean_accuracies(explored: Explored) -> None:
    deployment, experiment = explored
    claims = deployment.get(f"/api/experiments/{experiment['id']}/claims")["items"]
    verdicts = {claim["key"]: claim["verdict"] for claim in claims}
    assert verdicts["identity"] == "holds"


@pytest.mark.parametrize("name", ["overview", "histograms", "histogram", "trajectories", "curves"])
def test_figures_are_plotly_json_with_titled_axes(explored: Explored, name: str) -> None:
    deployment, experiment = explored
    path = f"/api/experiments/{experiment['id']}/figures/{name}?size=16&example=3&example=9&label=3"
    answer = deployment.client.get(path)
    figure = answer.json()
    assert figure["data"]
    layout = figure["layout"]
    titles = [axis["title"]["text"] for key, axis in layout.items() if "axis" in key and "title" in axis]
    titles += [note["text"] for note in layout.get("annotations", ())]  # axes that panels share
    assert titles
    again = deployment.client.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""


def test_pictures_are_the_data_sets_own_pixels(explored: Explored) -> None:
    deployment, _ = explored
    dataset = load_digits_dataset()
    answer = deployment.client.get("/api/datasets/digits/images/1796.png")
    assert "immutable" in answer.headers["cache-control"]
    assert np.array_equal(np.array(Image.open(io.BytesIO(answer.content))), dataset.images[1796])
    sprite = deployment.client.get("/api/datasets/digits/sprite.png?indices=7&indices=0&indices=7")
    expected = np.concatenate([dataset.images[7], dataset.images[0], dataset.images[7]], axis=1)
    assert np.array_equal(np.array(Image.open(io.BytesIO(sprite.content))), expected)


def test_an_example_is_shown_as_models_see_it(deployment: Deployment) -> None:
    experiment = deployment.submit(params={**SMALL, "pixels": "random", "image_size": 6, "data_seed": 4})
    path = f"/api/experiments/{experiment['id']}/examples"
    answer = deployment.client.get(f"{path}/5/seen.png")
    expected = take(load_digits_dataset(), DataOptions(pixels="random", image_size=6, data_seed=4)).images[5]
    assert np.array_equal(np.array(Image.open(io.BytesIO(answer.content))), expected)
    deployment.problem("GET", f"{path}/1437/seen.png", 404)
    assert "shuffled order of their own" in " ".join(experiment["deviations"])


def counted(asked: dict[str, Any]) -> dict[str, int]:
    had, right = np.array(asked["had"]), np.array(asked["right"])
    sides = {"in": had, "out": ~had}
    return {f"n_{side}": int(of.sum()) for side, of in sides.items()} | {
        f"k_{side}": int((of & right).sum()) for side, of in sides.items()
    }


def test_single_models_answer_what_is_counted_of_them(
    explored: Explored, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment, experiment = explored
    path = f"/api/experiments/{experiment['id']}/examples"
    front = deployment.get("/api/front")
    stories = [story["score"] for story in front["opening"]["stories"]]
    assert len(stories) >= 3
    for score in stories:
        asked = deployment.get(f"{path}/{score['index']}/models?size={score['size']}")
        assert counted(asked) == {key: score[key] for key in ("n_in", "k_in", "n_out", "k_out")}
        assert (asked["low"][-1], asked["high"][-1]) == pytest.approx((score["low"], score["high"]))
        assert asked["kept"] is True
        assert asked["models"] == 20
    with monkeypatch.context() as patch:  # as where the results of units have gone
        patch.setattr("backend.api.polls._single", lambda _: (None, 0.95))
        dealt = deployment.get(f"{path}/{score['index']}/models?size={score['size']}")
    assert dealt["kept"] is False
    assert counted(dealt) == counted(asked)
    deployment.problem("GET", f"{path}/1437/models", 404)
    deployment.problem("GET", f"{path}/0/models?size=3", 422)


def test_the_first_page_says_how_every_paper_stands(explored: Explored) -> None:
    deployment, experiment = explored
    front = deployment.get("/api/front")
    assert front["opening"]["experiment"]["id"] == experiment["id"]
    histogram = front["opening"]["histogram"]
    assert sum(histogram["counts"]) == histogram["n"] == 1437
    papers = {paper["study"]: paper for paper in front["papers"]}
    assert list(papers) == [study["name"] for study in deployment.get("/api/studies")["items"]]
    claims = deployment.get(f"/api/experiments/{experiment['id']}/claims")["items"]
    findings = [claim["verdict"] for claim in claims if not claim["arithmetic"]]
    mine = papers["memorization"]
    assert mine["experiment"] == experiment["id"]
    assert mine["claims"] == {verdict: findings.count(verdict) for verdict in findings}
    for name, paper in papers.items():
        estimate = deployment.client.post(f"/api/studies/{name}/estimate", json={"params": {}}).json()
        assert paper["seconds"] == pytest.approx(estimate["seconds"])
