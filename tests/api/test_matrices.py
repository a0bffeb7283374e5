"""People's own matrices through the API: brought, listed, found again, deleted."""

from typing import Any

import numpy as np
import pytest

from tests.deployment import Deployment
from tests.uploads import npz

BINARY = {"Content-Type": "application/octet-stream"}
RATINGS = b"user,item,rating\n1,10,5\n1,11,3\n2,10,4\n7,12,1\n"


def bring(deployment: Deployment, data: bytes, expect: int = 201, **query: str) -> dict[str, Any]:
    query = {"name": "ratings"} | query
    if expect != 201:
        return deployment.problem("POST", "/api/matrices", expect, params=query, content=data, headers=BINARY)
    answer = deployment.client.post("/api/matrices", params=query, content=data, headers=BINARY)
    assert answer.status_code == 201, answer.text
    return answer.json()


def files_of(deployment: Deployment) -> list[str]:
    return [path.name for path in (deployment.settings.data_dir / "artifacts" / "matrices").glob("*")]


def test_a_matrix_comes_and_goes(deployment: Deployment) -> None:
    made = bring(deployment, RATINGS)
    told = {key: made[key] for key in ("name", "rows", "columns", "observed", "layout", "note")}
    assert told == {
        "name": "ratings",
        "rows": 3,
        "columns": 3,
        "observed": 4,
        "layout": "entries",
        "note": "Read as lines of row, column and value.",
    }
    assert deployment.get("/api/matrices")["items"] == [made]
    path = f"/api/matrices/{made['id']}"
    assert deployment.get(path) == made
    (file,) = files_of(deployment)
    assert file.startswith(made["id"])
    assert deployment.client.delete(path).status_code == 204
    assert files_of(deployment) == []
    deployment.problem("GET", path, 404)
    deployment.problem("DELETE", path, 404)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_equal_matrix_is_found_again_under_its_first_name(deployment: Deployment) -> None:
    made = bring(deployment, RATINGS)
    grid = np.array([[5, 3, np.nan], [4, np.nan, np.nan], [np.nan, np.nan, 1]])
    again = bring(deployment, npz(matrix=grid), name="the same")
    assert again == made
    assert len(files_of(deployment)) == 1
    other = bring(deployment, RATINGS.replace(b"1,10,5", b"1,10,2"), name="other")
    assert other["id"] != made["id"]
    assert [row["name"] for row in deployment.get("/api/matrices")["items"]] == ["other", "ratings"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_cannot_be_taken_is_refused_and_leaves_nothing(deployment: Deployment) -> None:
    problem = bring(deployment, b"1,2,foo\n3,,4\n5,6,7\n", expect=422)
    assert problem["errors"] == [{"pointer": "/file", "detail": "Line 1, column 3: 'foo' is no number."}]
    bring(deployment, b"", expect=422)
    assert (
        bring(deployment, RATINGS, expect=422, layout="sideways")["errors"][0]["pointer"] == "/query/layout"
    )
    assert bring(deployment, RATINGS, expect=422, name="")["errors"][0]["pointer"] == "/query/name"
    assert deployment.get("/api/matrices")["items"] == []
    assert files_of(deployment) == []
    deployment.problem("GET", "/api/matrices/no-such-matrix", 422)
