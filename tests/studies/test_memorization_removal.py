"""Training without memorized examples: which are left out, what is kept of it, and what is said of it."""

import numpy as np
import pytest
from pydantic import ValidationError

from backend.core.contracts import UnitStatus
from backend.datasets.base import Shape
from backend.studies import get_study
from backend.studies.kit.results import Results
from backend.studies.memorization.facts import MemorizationFacts, Removed
from backend.studies.memorization.params import MemorizationParams
from backend.studies.memorization.plan import REMOVED_FROM
from tests.deployment import Deployment
from tests.studies.test_memorization_claims import drawn
from workers.studies.memorization.removal import masks_without, removals, with_removal

STUDY = get_study("memorization")
COSTS = next(finding for finding in STUDY.findings if finding.key == "removal_costs")
FIGURE = next(figure for figure in STUDY.figures if figure.name == "removal")
DIGITS = Shape(n_train=1437, n_test=360, classes=10, height=8, width=8, channels=1)
PARAMS = MemorizationParams(removal=3, sizes=(2, 8), models=20)
N = 40


def scored():
    """Scores of which a quarter is 1 at the largest size, and none at the smallest."""
    truth = np.stack([np.zeros(N), np.arange(N) < N // 4])
    return drawn(truth, 200, fit=1.0, flipped=np.zeros(N, np.bool_)).results.scores


def masks(arm, threshold, count=5):
    payload = {"removal": arm, "threshold": threshold, "size": 8, "count": count}
    return masks_without(payload, PARAMS, N, scored)


def test_what_is_memorized_at_the_largest_size_is_left_out():
    kept = masks("memorized", 0.5)
    assert (kept == (np.arange(N) >= N // 4)).all()
    assert masks("all", None).all()


def test_as_many_others_are_left_out_at_random_and_each_model_has_others():
    kept = masks("random", 0.5)
    assert (kept.sum(axis=1) == N - N // 4).all()
    assert len({mask.tobytes() for mask in kept}) == 5
    assert (kept == masks("random", 0.5)).all(), "by the seed"
    assert (kept[:3] == masks("random", 0.5, 3)).all(), "whatever the number of models"
    assert (kept != masks("random", 0.6)).any()


def test_units_wait_for_all_scores():
    units = STUDY.plan.units(PARAMS, DIGITS)
    waiting = [unit for unit in units if "removal" in unit.payload]
    assert len(waiting) == 1 + 2 * len(REMOVED_FROM)
    assert {unit.look for unit in waiting} == {1}
    assert {unit.look for unit in units if "removal" not in unit.payload} == {0}
    more = STUDY.plan.units(PARAMS.model_copy(update={"models": 40}), DIGITS)
    assert not {u.key for u in waiting} & {u.key for u in more}, "other scores remove other examples"
    with pytest.raises(ValidationError, match="must be none"):
        MemorizationParams(removal=3, target="known")


def test_arms_come_back_in_order_whatever_order_they_came_in():
    kept = None
    for arm, threshold, n in (("all", None, 40), ("random", 0.9, 38), ("memorized", 0.2, 20)):
        arrays = {"kept": np.array([n]), "accuracy": np.array([0.5, 0.75])}
        kept = with_removal(kept, {"removal": arm, "threshold": threshold}, arrays)
    assert removals(kept) == (
        Removed("memorized", 0.2, 20, (0.5, 0.75)),
        Removed("random", 0.9, 38, (0.5, 0.75)),
        Removed("all", None, 40, (0.5, 0.75)),
    )
    assert removals(None) == ()


def found(memorized, others, params=PARAMS):
    rng = np.random.default_rng(0)
    start = 0.9 + 0.02 * rng.standard_normal(20)

    def arm(name, threshold, mean):
        noise = 0.002 * rng.standard_normal(20)
        return Removed(name, threshold, 1000, tuple((start + mean + noise).tolist()))

    facts = MemorizationFacts(
        removed=(
            *(arm("memorized", 0.1, -0.1), arm("random", 0.1, -0.1)),
            *(arm("memorized", 0.3, memorized), arm("random", 0.3, others), arm("all", None, 0)),
        )
    )
    return STUDY.found(params, Results(facts=facts))


@pytest.mark.parametrize(
    ("memorized", "others", "verdict"),
    [(-0.03, -0.01, "holds"), (-0.01, -0.03, "differs"), (-0.02, -0.02, "undecided")],
)
def test_removal_is_judged_by_models_that_begin_alike(memorized, others, verdict):
    """Unpaired, weights of other beginnings would hide two points of accuracy."""
    claim = COSTS.claim(found(memorized, others), "")
    assert claim.verdict == verdict, claim
    if verdict != "undecided":
        assert claim.high - claim.low < 0.01


def test_experiments_without_removal_are_not_asked():
    plain = MemorizationParams()
    assert not COSTS.of(plain)
    assert not FIGURE.of(plain)
    assert COSTS.of(PARAMS)
    assert COSTS.claim(STUDY.found(PARAMS, Results(facts=MemorizationFacts())), "").verdict == "not run"
    few = MemorizationFacts(removed=(Removed("memorized", 0.3, 10, ()), Removed("random", 0.3, 10, ())))
    assert COSTS.claim(STUDY.found(PARAMS, Results(facts=few)), "").verdict == "not run"


def test_the_figure_shows_changes_beside_the_papers():
    figure = FIGURE.drawn(found(-0.03, -0.01))
    ours = [trace for trace in figure.data if "paper" not in trace.name]
    assert [trace.name for trace in ours] == ["memorized ones removed", "as many at random", "share kept"]
    assert ours[0].y[1] == pytest.approx(-0.03, abs=0.002)
    assert "-3.0% (memorized ones removed)" in figure.layout.meta["summary"]
    nothing = FIGURE.drawn(STUDY.found(PARAMS, Results(facts=MemorizationFacts())))
    assert nothing.layout.title.text.startswith("Removal was not asked for")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_experiment_scores_first_and_removes_then(deployment: Deployment) -> None:
    params = {"sizes": [8], "models": 20, "epochs": 2, "removal": 2}
    experiment = deployment.submit(params=params)["id"]
    deployment.work(experiment)
    held = deployment.units(experiment, UnitStatus.QUEUED)
    assert {unit.payload["removal"] for unit in held} == {"all", "memorized", "random"}, (
        "let go by the scores"
    )
    deployment.work(experiment)
    done = deployment.get(f"/api/experiments/{experiment}")
    assert done["status"] == "done"
    figure = deployment.get(f"/api/experiments/{experiment}/figures/removal")
    assert "2 models an arm" in figure["layout"]["title"]["text"]
    claim = next(
        claim
        for claim in deployment.get(f"/api/experiments/{experiment}/claims")["items"]
        if claim["key"] == "removal_costs"
    )
    assert claim["verdict"] != "not run"
