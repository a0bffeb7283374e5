"""Consistency profiles: what models see at each ratio, what is counted, and what is said of it."""

import numpy as np
import pytest
from pydantic import ValidationError

from backend.core.errors import InvalidError
from backend.datasets.base import Shape
from backend.studies import get_study
from backend.studies.kit.results import Results
from backend.studies.memorization.facts import MemorizationFacts
from backend.studies.memorization.params import MemorizationParams
from backend.studies.memorization.plan import RATIOS
from tests.deployment import Deployment
from tests.studies.test_memorization_claims import drawn
from workers.studies.memorization.profile import (
    consistency,
    counted,
    first_model,
    masks_at,
    profile_arrays,
    with_ratio,
)

STUDY = get_study("memorization")
FINDINGS = {finding.key: finding for finding in STUDY.findings}
FIGURE = next(figure for figure in STUDY.figures if figure.name == "consistency_profile")
DIGITS = Shape(n_train=1437, n_test=360, classes=10, height=8, width=8, channels=1)
PARAMS = MemorizationParams(profile=20, sizes=(2, 8), models=200)
N = 200


@pytest.mark.parametrize("ratio", RATIOS)
def test_models_see_that_share_and_every_example_equally_often(ratio):
    masks = masks_at({"profile": ratio, "count": 20}, 0, N)
    assert (masks.sum(axis=1) == ratio * N).all()
    assert (masks.sum(axis=0) == ratio * 20).all()
    assert (masks == masks_at({"profile": ratio, "count": 30}, 0, N)[:20]).all(), "whatever their number"
    assert (masks != masks_at({"profile": ratio, "count": 20}, 1, N)).any()


def test_no_two_models_begin_with_the_same_weights():
    taken = [set(range(first_model({"profile": r}), first_model({"profile": r}) + 500)) for r in RATIOS]
    assert len(set.union(*taken)) == 500 * len(RATIOS)
    assert min(set.union(*taken)) > 1_000_000 + 200


def test_only_models_without_an_example_are_counted():
    answers = np.array([[1, 2, 0], [1, 0, 0], [1, 2, 2]])
    masks = np.array([[True, False, False], [True, False, True], [False, False, False]])
    assert counted(answers, np.array([1, 2, 0]), masks).tolist() == [[1, 3, 2], [1, 2, 1]]


def kept(accuracy):
    """What is kept of accuracies (R, N) of 1,000 held-out models."""
    found = None
    for place in reversed(range(len(RATIOS))):
        counts = np.stack([np.full(N, 1000), np.rint(1000 * accuracy[place])]).astype(np.uint16)
        found = with_ratio(found, {"profile": RATIOS[place]}, {"profile": counts})
    return found


def truth():
    """Scores at the largest size from 0 to 1, and accuracies that rise with the ratio."""
    memorization = np.linspace(0, 1, N)
    known = 1 - memorization
    return memorization, np.stack([known * share for share in (0.5, 0.7, 0.8, 1.0)])


def found(memorization, accuracy, params=PARAMS):
    scored = drawn(np.stack([np.zeros(N), memorization]), 200, fit=1.0, flipped=np.zeros(N, np.bool_))
    scores, parts = scored.results.scores, kept(accuracy)
    results = Results(
        scores=scores,
        facts=MemorizationFacts(),
        columns=consistency(parts, scores),
        arrays=profile_arrays(parts),
    )
    return STUDY.found(params, results)


def test_ratios_come_back_in_order_and_the_score_is_their_mean():
    _, accuracy = truth()
    parts = kept(accuracy)
    arrays = profile_arrays(parts)
    assert arrays["profile_ratios"].tolist() == list(RATIOS)
    np.testing.assert_allclose(arrays["profile_counts"][:, 1] / 1000, accuracy, atol=5e-4)
    scores = drawn(np.zeros((2, N)), 50, fit=1.0, flipped=np.zeros(N, np.bool_)).results.scores
    column = consistency(parts, scores)["consistency"]
    assert np.isnan(column[0]).all(), "only the largest size is trained"
    np.testing.assert_allclose(column[1], accuracy.mean(axis=0), atol=5e-4)
    parts.pop("0")
    assert consistency(parts, scores) == {}, "not before all ratios are there"
    assert profile_arrays(None) == {}


@pytest.mark.parametrize(
    ("change", "verdict"),
    [(lambda known, _: known, "holds"), (lambda known, _: 1 - known, "differs"),
     (lambda _, rng: rng.permutation(np.linspace(0, 1, N)), "differs"),
     (lambda known, rng: known + 0.52 * rng.standard_normal(N), "undecided"),
     (lambda known, _: 0.5 + 0 * known, "not run")],
)  # fmt: skip
def test_memorization_is_judged_by_networks_of_other_ratios(change, verdict):
    memorization, accuracy = truth()
    rng = np.random.default_rng(0)
    other = np.clip(change(accuracy[-1], rng), 0, 1)
    claim = FINDINGS["consistency_tells"].claim(found(memorization, np.tile(other, (len(RATIOS), 1))), "")
    assert claim.verdict == verdict, claim


def test_without_profiles_nothing_is_asked_and_nothing_drawn():
    plain = MemorizationParams()
    for key in ("consistency_tells", "speed_tells_consistency"):
        assert not FINDINGS[key].of(plain)
        claim = FINDINGS[key].claim(STUDY.found(PARAMS, Results(facts=MemorizationFacts())), "")
        assert claim.verdict == "not run"
    nothing = FIGURE.drawn(STUDY.found(PARAMS, Results(facts=MemorizationFacts())))
    assert nothing.layout.title.text.startswith("Profiles were not asked for")


def test_the_figure_draws_groups_by_score():
    figure = FIGURE.drawn(found(*truth()))
    assert [trace.name.split(" (")[0] for trace in figure.data] == [
        "all", "scores below 0.25", "scores from 0.25 to 0.75", "scores from 0.75 on",
    ]  # fmt: skip
    assert all(list(trace.x) == list(RATIOS) for trace in figure.data)
    memorization, accuracy = truth()
    low = figure.data[1]
    assert low.y[0] == pytest.approx(accuracy[0][memorization < 0.25].mean(), abs=0.02)
    assert low.y[0] > figure.data[3].y[0]


def test_what_cannot_be_trained_is_refused_by_name():
    with pytest.raises(ValidationError, match="must be 0 or at least 10"):
        MemorizationParams(profile=9)
    with pytest.raises(InvalidError, match="batch_size: must be at most 144"):
        STUDY.plan.units(MemorizationParams(profile=10, batch_size=145), DIGITS)
    units = STUDY.plan.units(MemorizationParams(profile=10, batch_size=144), DIGITS)
    priced = {unit.payload["profile"]: unit.seconds for unit in units if "profile" in unit.payload}
    assert list(priced) == list(RATIOS)
    assert priced[0.9] > priced[0.1]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_experiment_has_profiles_and_a_column_of_them(deployment: Deployment) -> None:
    params = {"sizes": [8], "models": 20, "epochs": 3, "batch_size": 64, "profile": 20}
    experiment = deployment.submit(params=params)["id"]
    deployment.work(experiment)
    figure = deployment.get(f"/api/experiments/{experiment}/figures/consistency_profile")
    assert "20 models a share" in figure["layout"]["title"]["text"]
    everything = next(trace for trace in figure["data"] if trace["name"].startswith("all"))
    assert everything["y"][0] + 0.05 < everything["y"][-1], "more training data tell more"
    page = deployment.get(f"/api/experiments/{experiment}/examples?sort=column:consistency&limit=5")
    values = [example["columns"]["consistency"] for example in page["items"]]
    assert values == sorted(values)
    claims = {c["key"]: c for c in deployment.get(f"/api/experiments/{experiment}/claims")["items"]}
    assert claims["speed_tells_consistency"]["verdict"] != "not run"
