"""Models asked one after the other, and the examples that tell what a score is."""

import numpy as np

from backend.datasets.base import Shape
from backend.scores.polls import dealt, poll
from backend.scores.scores import Scores
from backend.scores.stories import stories
from backend.scores.table import ScoreTable
from backend.statistics.intervals import newcombe
from backend.studies.memorization.params import MemorizationParams
from backend.studies.memorization.plan import plan
from backend.studies.memorization.single import SINGLE
from tests.unit.test_score_table import scores_of


def test_each_model_asked_adds_to_the_score_and_its_interval() -> None:
    had = np.array([True, False, True, True, False])
    right = np.array([True, True, False, True, False])
    asked = poll(had, right, 0.95)
    assert np.isnan(asked.low[0]), "without a model that never saw it there is no score"
    for at, counts in enumerate([(1, 1, 1, 1), (1, 2, 1, 1), (2, 3, 1, 1), (2, 3, 1, 2)], start=1):
        low, high = newcombe(*counts)
        assert (asked.low[at], asked.high[at]) == (low, high)


def test_dealt_models_have_the_counts_in_an_order_that_is_always_the_same() -> None:
    had, right = dealt(21, 20, 9, 2, seed=5)
    counts = (had.sum(), (had & right).sum(), (~had).sum(), (~had & right).sum())
    assert counts == (21, 20, 9, 2)
    assert not had[:21].all(), "mixed"
    for mine, again in zip((had, right), dealt(21, 20, 9, 2, seed=5), strict=True):
        assert (mine == again).all()


def told(scores: Scores) -> list[tuple[str, int, int]]:
    return [(story.kind, story.row, story.example) for story in stories(ScoreTable(scores))]


def test_every_kind_of_story_is_chosen_by_its_counts() -> None:
    # Examples 0 and 5 have flipped labels; only small models miss 4, which had it.
    k_in = [[21, 21, 21, 21, 2, 21, 21], [21, 21, 21, 21, 21, 21, 21]]
    k_out = [[9, 9, 9, 9, 0, 9, 9], [2, 9, 0, 4, 3, 0, 9]]
    assert told(scores_of(k_in, k_out)) == [
        ("ordinary", 1, 1),
        ("memorized", 1, 2),
        ("mislabeled", 1, 5),
        ("between", 1, 3),
        ("missed", 0, 4),
    ]


def test_what_there_is_no_example_of_is_not_told() -> None:
    assert told(scores_of([[21, 21, 21]], [[9, 9, 9]])) == [
        ("ordinary", 0, 1),
        ("memorized", 0, 2),
        ("mislabeled", 0, 0),
    ]


def test_units_that_do_something_else_are_not_asked() -> None:
    more = {"surrogate": True, "removal": 20, "distillation": True, "prediction_depth": 20, "profile": 40}
    params = MemorizationParams.model_validate({"sizes": [2, 8], "models": 40} | more)
    trained = {2: 0, 8: 0}
    units = plan(params, Shape(1437, 360, 10, 8, 8, 1))
    for unit in units:
        size = SINGLE.size(unit.payload)
        if size is not None:
            trained[size] += unit.payload["count"]
    assert trained == {2: 40, 8: 40}
    assert {name for unit in units for name in unit.payload} >= {"surrogate", "removal", "profile"}
