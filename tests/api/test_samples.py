"""The finished experiments that come with Memoscope fit the code that shows them."""

from collections.abc import Iterator
from typing import Any

import pytest

import memoscope
from backend.datasets import builtin
from backend.portable.manifest import SUFFIX
from backend.portable.samples import AGAIN, FOLDER, files
from backend.studies import STUDIES
from tests.deployment import Deployment
from tests.make_samples import MOST_BYTES

pytestmark = pytest.mark.parametrize("study", STUDIES)

Shown = tuple[Deployment, dict[str, dict[str, Any]]]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """A Memoscope without a broker or a worker, which was asked for its samples, and these by their study."""
    folder = tmp_path_factory.mktemp("samples")
    made = Deployment.create(folder, f"sqlite:///{folder / 'memoscope.db'}", "redis://127.0.0.1:1/0")
    answer = made.client.post("/api/samples")
    assert answer.status_code == 201, f"{answer.text}: make them anew with `{AGAIN}`"
    again = made.client.post("/api/samples").json()["items"]
    assert [item["id"] for item in again] == [item["id"] for item in answer.json()["items"]]
    yield made, {item["study"]: item for item in answer.json()["items"]}
    made.close()


def test_it_is_here_with_claims_and_figures(shown: Shown, study: str) -> None:
    deployment, samples = shown
    assert set(samples) == set(STUDIES), f"one of each study: `{AGAIN}`"
    experiment = samples[study]
    assert experiment["unreadable"] is None, f"`{AGAIN}`"
    assert experiment["dataset_id"] in {None, *builtin.BUILTIN}, "on data that everybody has"
    own = f"/api/experiments/{experiment['id']}"
    verdicts = [claim["verdict"] for claim in deployment.get(f"{own}/claims")["items"]]
    assert {"holds", "differs"} & set(verdicts), verdicts
    figures = deployment.get(f"{own}/figures")["items"]
    drawn = [deployment.get(f"{own}/figures/{figure['name']}") for figure in figures[:4]]  # some take seconds
    assert any(figure["data"] for figure in drawn)
    if STUDIES[study].scores is not None:
        first = deployment.get(f"{own}/examples?limit=1")["items"][0]
        assert deployment.client.get(first["image"]).headers["content-type"] == "image/png"


def test_a_notebook_reads_it_without_a_server(shown: Shown, study: str) -> None:
    deployment, samples = shown
    own = f"/api/experiments/{samples[study]['id']}"
    filed = memoscope.open(FOLDER / f"{study}{SUFFIX}")
    assert (filed.study, filed.title) == (study, samples[study]["title"])
    claims = deployment.get(f"{own}/claims")["items"]
    assert list(filed.claims()["verdict"]) == [claim["verdict"] for claim in claims]
    served = {item["name"]: item["title"] for item in deployment.get(f"{own}/figures")["items"]}
    assert filed.figures == served
    name = next(iter(served))
    assert filed.figure(name).to_plotly_json()["data"]
    with pytest.raises(memoscope.NotebookError, match="no control"):
        filed.figure(name, wings=2)
    arrays = deployment.client.get(f"{own}/arrays.npz")
    assert bool(filed.arrays()) is (arrays.status_code == 200)
    if STUDIES[study].scores is None:
        with pytest.raises(memoscope.NotebookError, match="scores"):
            filed.scores()
    else:
        header = deployment.client.get(f"{own}/scores.csv").text.partition("\n")[0]
        assert list(filed.scores().columns) == [name.strip('"') for name in header.split(",")]


def test_all_together_are_small(study: str) -> None:
    assert sum(file.stat().st_size for file in files()) < MOST_BYTES
    assert (FOLDER / f"{study}{SUFFIX}").exists()
