"""Published scores through the API: uploaded, listed, held against an experiment, deleted."""

import io
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from scipy.stats import spearmanr

from backend.api import published as endpoints
from backend.datasets.digits import load_digits_dataset
from tests.deployment import Deployment
from tests.uploads import folders, npz, zipped
from workers.prepare import prepare

Explored = tuple[Deployment, dict[str, Any]]
BINARY = {"Content-Type": "application/octet-stream"}
DIGITS = load_digits_dataset()
LABELS = DIGITS.labels[: DIGITS.n_train]
SCORES = np.random.default_rng(0).random(DIGITS.n_train)
SCORES[7] = np.nan
FILE = npz(labels=LABELS, scores=SCORES)


def add(deployment: Deployment, dataset: str, data: bytes, expect: int = 201, **query: str) -> dict[str, Any]:
    query = {"name": "C-scores", "meaning": "consistency"} | query
    path = f"/api/datasets/{dataset}/published"
    if expect != 201:
        return deployment.problem("POST", path, expect, params=query, content=data, headers=BINARY)
    answer = deployment.client.post(path, params=query, content=data, headers=BINARY)
    assert answer.status_code == 201, answer.text
    return answer.json()


def files_of(deployment: Deployment) -> list[str]:
    return [path.name for path in (deployment.settings.data_dir / "artifacts" / "published").glob("*")]


@pytest.fixture(scope="module")
def overlaid(explored: Explored) -> Iterator[tuple[Deployment, str]]:
    """The path of an experiment on digits, a tenth of whose labels are flipped, that has published scores."""
    deployment, experiment = explored
    add(deployment, "digits", FILE)
    yield deployment, f"/api/experiments/{experiment['id']}"
    deployment.client.delete("/api/datasets/digits/published/C-scores")


def rows(deployment: Deployment, path: str, size: int) -> dict[str, np.ndarray]:
    with np.load(io.BytesIO(deployment.client.get(f"{path}/scores.npz").content)) as table:
        row = table["sizes"].tolist().index(size)
        names = ("memorization", "heldout_accuracy")
        return {name: table[name][row] for name in names} | {"flipped": table["flipped"]}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_files_come_and_go(deployment: Deployment) -> None:
    made = add(deployment, "digits", FILE)
    assert {key: made[key] for key in ("name", "meaning", "alignment", "labels_checked", "n")} == {
        "name": "C-scores",
        "meaning": "consistency",
        "alignment": "position",
        "labels_checked": True,
        "n": DIGITS.n_train - 1,
    }
    path = "/api/datasets/digits/published"
    assert deployment.get(path)["items"] == [made]
    again = add(deployment, "digits", FILE, expect=422)
    assert again["errors"][0]["pointer"] == "/query/name"
    assert "choose another name" in again["detail"]
    add(deployment, "digits", FILE, name="twice")
    assert len(files_of(deployment)) == 1, "equal content is kept once"
    for name in ("a/b", "", "\x00", "../x"):
        add(deployment, "digits", FILE, expect=422, name=name)
    assert (
        add(deployment, "digits", FILE, expect=422, meaning="beauty")["errors"][0]["pointer"]
        == "/query/meaning"
    )
    assert (
        add(deployment, "mnist", FILE, expect=409)["detail"]
        == "The images of 'MNIST, handwritten digits' are not there: it is absent."
    )

    assert deployment.client.delete(f"{path}/C-scores").status_code == 204
    assert len(files_of(deployment)) == 1, "the other one needs it"
    assert deployment.client.delete(f"{path}/twice").status_code == 204
    assert files_of(deployment) == []
    assert "it has: none" in deployment.problem("DELETE", f"{path}/twice", 404)["detail"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_refused_file_leaves_nothing(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    order = np.random.default_rng(1).permutation(len(LABELS))
    permuted = npz(labels=LABELS[order], scores=SCORES[order])
    problem = add(deployment, "digits", permuted, expect=422)
    share = np.mean(LABELS[order] != LABELS)
    assert problem["detail"].startswith(f"{share:.1%} of the labels")
    assert problem["errors"][0]["pointer"] == "/file"
    assert "no column of scores" in add(deployment, "digits", b"x" * 2_000_000, expect=422)["detail"]
    monkeypatch.setattr(endpoints, "MAX_COLUMN_BYTES", 10)
    assert "larger than 10 bytes" in add(deployment, "digits", b"x" * 11, expect=413)["detail"]
    assert deployment.get("/api/datasets/digits/published")["items"] == []
    assert files_of(deployment) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_class_folders_are_aligned_by_number_and_take_their_scores_with_them(deployment: Deployment) -> None:
    files = {name.replace("train/cat/", "train/cat/1"): data for name, data in folders(per_class=10).items()}
    body = zipped(files)  # dogs were 0 to 9 and cats 10 to 19, but cats come first in the data set
    dataset = deployment.client.post("/api/datasets?title=Pets", content=body, headers=BINARY).json()["id"]
    prepare(deployment.settings, dataset)
    labels = ["dog"] * 10 + ["cat"] * 10
    assert add(deployment, dataset, npz(labels=labels, mem=np.ones(20)))["alignment"] == "file_number"
    assert (
        "100.0%"
        in add(deployment, dataset, npz(labels=labels[::-1], mem=np.ones(20)), expect=422, name="x")["detail"]
    )
    assert len(files_of(deployment)) == 1
    assert deployment.client.delete(f"/api/datasets/{dataset}").status_code == 204
    assert files_of(deployment) == []


def test_agreement_is_that_of_unflipped_examples_with_both_scores(overlaid: tuple[Deployment, str]) -> None:
    deployment, path = overlaid
    found = deployment.get(f"{path}/published/C-scores?size=16")
    table = rows(deployment, path, 16)
    known = np.isfinite(SCORES)
    kept = known & ~table["flipped"]
    assert (found["size"], found["flipped"], found["missing"]) == (
        16,
        int((known & table["flipped"]).sum()),
        1,
    )
    for key, ours, keep in (
        ("spearman", table["memorization"], kept),
        ("with_flipped", table["memorization"], known),
        ("heldout_error", 1 - table["heldout_accuracy"], kept),
    ):
        assert found[key]["n"] == keep.sum()
        assert found[key]["value"] == pytest.approx(spearmanr(ours[keep], 1 - SCORES[keep]).statistic)
        assert found[key]["low"] < found[key]["value"] < found[key]["high"]
    assert deployment.get(f"{path}/published")["items"] == [found["published"]]
    assert deployment.get(f"{path}/published/C-scores")["size"] == 16, "the largest by default"


def test_few_examples_have_no_correlation_and_say_so(overlaid: tuple[Deployment, str]) -> None:
    deployment, path = overlaid
    add(deployment, "digits", b"index,mem\n0,0.5\n1,0.5\n", name="two", meaning="memorization")
    found = deployment.get(f"{path}/published/two")
    assert found["spearman"]["value"] is None
    assert found["heldout_error"] is None
    assert found["published"]["labels_checked"] is False
    figure = deployment.get(f"{path}/figures/published?published=two")
    assert "too few different scores" in figure["layout"]["meta"]["summary"]
    deployment.client.delete("/api/datasets/digits/published/two")


@pytest.mark.parametrize("sort", ["rank_difference", "-rank_difference"])
def test_disagreements_are_paged_from_the_biggest_on(overlaid: tuple[Deployment, str], sort: str) -> None:
    deployment, path = overlaid
    base = f"{path}/published/C-scores/disagreements?size=16&sort={sort}&limit=200"
    items, after = [], ""
    while True:
        page = deployment.get(base + after)
        items += page["items"]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert len({item["index"] for item in items}) == len(items) == page["total"]
    differences = [item["rank_difference"] for item in items]
    assert differences == sorted(differences, reverse=sort.startswith("-"))
    assert not any(item["flipped"] for item in items)
    for item in items[:20]:
        assert item["published"] == SCORES[item["index"]]
        assert item["rank_difference"] == pytest.approx(item["rank"] - item["published_rank"], abs=1e-8)
        assert item["size"] == 16
    strange = "other_rank_difference" if sort == "rank_difference" else "rank_difference"
    deployment.problem("GET", f"{base}&sort={strange}{after}", 422)
    deployment.problem("GET", f"{base}&after=x", 422)


def test_the_figure_is_drawn_and_described(overlaid: tuple[Deployment, str]) -> None:
    deployment, path = overlaid
    figure = deployment.get(f"{path}/figures/published?published=C-scores&size=16")
    (points,) = figure["data"]
    assert points["type"] == "scatter"
    assert "C-score" in figure["layout"]["xaxis"]["title"]["text"]
    assert "width 16" in figure["layout"]["yaxis"]["title"]["text"]
    assert "Spearman's rank correlation is" in figure["layout"]["meta"]["summary"]
    assert json.dumps(figure).count("NaN") == 0


def test_what_is_not_there_is_said(overlaid: tuple[Deployment, str]) -> None:
    deployment, path = overlaid
    for missing in ("published/none", "published/none/disagreements", "figures/published?published=none"):
        assert "it has: C-scores" in deployment.problem("GET", f"{path}/{missing}", 404)["detail"]
    assert "sizes are 2, 16" in deployment.problem("GET", f"{path}/published/C-scores?size=3", 422)["detail"]
    deployment.problem("GET", f"{path}/published/C-scores?bins=3", 422)
    # No database holds such a name: it must not be asked.
    for control in ("published/%00", "published/%00/disagreements", "figures/published?published=%00"):
        deployment.problem("GET", f"{path}/{control}", 422)
    deployment.problem("DELETE", "/api/datasets/digits/published/%00", 422)
