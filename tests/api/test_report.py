"""The report of all claims: filters, comparison, other versions' rows, an empty database."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from backend.core.models import Experiment
from backend.core.session import transaction
from backend.studies import STUDIES
from tests.deployment import Deployment
from tests.fake_study import registered
from tests.services import RedisServer


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, redis_server: RedisServer) -> Iterator[Deployment]:
    folder = tmp_path_factory.mktemp("report")
    with registered():
        deployment = Deployment.create(folder, f"sqlite:///{folder / 'memoscope.db'}", redis_server.url)
        yield deployment
        deployment.close()


def of(report: dict[str, Any], study: str) -> dict[str, Any]:
    return next(one for one in report["studies"] if one["name"] == study)


def test_an_empty_database_lists_every_claim_and_how_it_is_run(tmp_path: Path) -> None:
    empty = Deployment.create(tmp_path, f"sqlite:///{tmp_path / 'memoscope.db'}", "redis://127.0.0.1:1")
    report = empty.get("/api/report")
    assert [one["name"] for one in report["studies"]] == list(STUDIES)
    findings = [finding for study in STUDIES.values() for finding in study.findings]
    assert report["words"] == (
        f"None of {sum(not finding.arithmetic for finding in findings)} claims has been measured yet."
    )
    assert report["datasets"] == []
    assert empty.client.get("/report").status_code == 200
    claims = {(one["name"], claim["key"]): claim for one in report["studies"] for claim in one["claims"]}
    assert len(claims) == len(findings)
    assert {claim["verdict"] for claim in claims.values()} == {"not run"}
    quick, more = (claims["memorization", key]["run"] for key in ("bimodal", "proxies_correlate"))
    assert (quick["preset"], quick["params"]) == ("quick", {})
    assert 0 < quick["seconds"] < more["seconds"]
    of_preset = STUDIES["memorization"].params.model_validate(more["params"])
    finding = next(one for one in STUDIES["memorization"].findings if one.key == "proxies_correlate")
    assert finding.of(of_preset)
    empty.close()


def test_the_newest_finished_experiment_speaks_unless_others_are_named(made: Deployment) -> None:
    old = made.finished(study="sketches", params={})["id"]
    new = made.finished(study="sketches", params={"repeats": 2})["id"]
    made.submit(study="sketches", params={"repeats": 3})  # not finished
    report = of(made.get("/api/report"), "sketches")
    assert [one["id"] for one in report["experiments"]] == [new]
    assert [one["id"] for one in report["others"]] == [old]
    assert report["counts"] == {"holds": 2, "differs": 1, "undecided": 0, "not_run": 1}
    assert {claim["experiment_id"] for claim in report["claims"]} == {new}
    assert report["experiments"][0]["scope"] == ["Lakes are not run"]
    assert (report["experiments"][0]["setting"], report["experiments"][0]["figure"]["name"]) == (
        "ours, paper settings",
        "summary",
    )
    both = of(made.get(f"/api/report?study=sketches&experiments={old},{new}"), "sketches")
    assert [one["id"] for one in both["experiments"]] == [old, new]
    assert [[item["experiment_id"] for item in row["items"]] for row in both["compared"]] == [[old, new]] * 4
    assert made.get("/api/report?study=sketches")["words"].startswith(
        "Of 4 claims 2 hold, 1 differs, 0 are undecided, and 1 has not been run."
    )


def test_filters_leave_claims_but_not_counts(made: Deployment) -> None:
    made.finished(study="dice", params={})
    report = made.get("/api/report?verdict=differs&study=sketches")
    (study,) = report["studies"]
    assert [claim["key"] for claim in study["claims"]] == ["claim-2"]
    assert study["counts"]["holds"] == report["counts"]["holds"] == 2
    on_digits = made.get("/api/report?dataset=digits")
    assert [one["name"] for one in on_digits["studies"]] == ["sketches"]
    assert [one["id"] for one in on_digits["datasets"]] == ["digits"]


def test_what_another_version_made_is_told_too(made: Deployment) -> None:
    strange = made.finished(study="sketches", params={"repeats": 4})["id"]
    with transaction(made.settings.database) as session:
        session.execute(update(Experiment).where(Experiment.id == strange).values(study="phrenology"))
    report = of(made.get("/api/report"), "phrenology")
    assert report["paper"] is None
    assert "no study 'phrenology'" in report["unknown"]
    assert report["experiments"][0]["unreadable"]
    assert report["counts"]["holds"] == 2


@pytest.mark.parametrize(
    ("query", "field", "says"),
    [
        ("study=nothing", "study", "studies are: "),
        ("dataset=nothing", "dataset", "known are: "),
        ("verdict=maybe", "verdict/0", "'holds'"),
        ("experiments=0123456789ab", "experiments", "name it as study"),
        ("study=dice&experiments=0123456789ab", "experiments", "no experiment 0123456789ab"),
        ("study=dice&experiments=x", "experiments", "12 hexadecimal digits"),
        ("mood=bad", "mood", ""),
    ],
)
def test_what_cannot_be_told_is_refused_by_name(made: Deployment, query: str, field: str, says: str) -> None:
    problem = made.problem("GET", f"/api/report?{query}", 422)
    assert [error["pointer"] for error in problem["errors"]] == [f"/query/{field}"]
    assert says in problem["errors"][0]["detail"]


def test_experiments_of_another_study_are_not_compared(made: Deployment) -> None:
    dice = made.finished(study="dice", params={"throws": 4})["id"]
    problem = made.problem("GET", f"/api/report?study=sketches&experiments={dice}", 422)
    assert "no finished experiment of the study sketches" in problem["detail"]
