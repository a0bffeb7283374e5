"""The training examples that look most like one."""

from typing import Any

import numpy as np
import pytest

from backend.datasets.digits import load_digits_dataset
from tests.deployment import Deployment

Explored = tuple[Deployment, dict[str, Any]]


def test_neighbors_are_the_nearest_training_digits_with_their_scores(explored: Explored) -> None:
    deployment, experiment = explored
    base = f"/api/experiments/{experiment['id']}/examples"
    page = deployment.get(f"{base}/7/neighbors?size=2&count=5")
    pixels = load_digits_dataset().images[:1437].reshape(1437, -1).astype(float)
    distances = np.sqrt(np.square(pixels - pixels[7]).mean(axis=1))
    nearest = [i for i in np.argsort(distances, kind="stable").tolist() if i != 7][:5]
    assert [item["index"] for item in page["items"]] == nearest
    assert [item["distance"] for item in page["items"]] == pytest.approx(distances[nearest])
    assert (page["size"], page["next"]) == (2, None)
    for item in page["items"]:
        score = next(s for s in deployment.get(f"{base}/{item['index']}")["sizes"] if s["size"] == 2)
        shown = {name: score[name] for name in item if name != "distance"}
        assert item == shown | {"distance": item["distance"]}


def test_neighbors_come_at_the_largest_size_unless_another_is_asked_for(explored: Explored) -> None:
    deployment, experiment = explored
    page = deployment.get(f"/api/experiments/{experiment['id']}/examples/0/neighbors")
    assert page["size"] == 16
    assert len(page["items"]) == 12


@pytest.mark.parametrize(
    ("path", "status", "pointer"),
    [
        ("1437/neighbors", 404, None),  # the first test example
        ("0/neighbors?size=3", 422, "/query/size"),
        ("0/neighbors?count=0", 422, "/query/count"),
        ("0/neighbors?sort=index", 422, "/query/sort"),
    ],
)
def test_what_has_no_neighbors_is_refused(
    explored: Explored, path: str, status: int, pointer: str | None
) -> None:
    deployment, experiment = explored
    problem = deployment.problem("GET", f"/api/experiments/{experiment['id']}/examples/{path}", status)
    assert [error["pointer"] for error in problem.get("errors", [])] == ([pointer] if pointer else [])
