"""Pairs of memorized and helped examples: planted ones are found, noise makes none."""

from types import SimpleNamespace

import numpy as np
import pytest

from backend.datasets.lookalikes import Lookalikes
from backend.scores.answers import Answers
from backend.scores.scores import Scores
from backend.statistics.influence import Partners, strongest
from backend.studies import get_study
from backend.studies.kit.results import Influence, Results
from backend.studies.memorization.facts import MemorizationFacts, Pairs
from backend.studies.memorization.pairs import RELEASED
from backend.studies.memorization.params import MemorizationParams
from workers.studies.memorization.pairs import pairs as counted

STUDY = get_study("memorization")
ONE_HELPS = next(finding for finding in STUDY.findings if finding.key == "one_helps")
FIGURE = next(figure for figure in STUDY.figures if figure.name == "influence_pairs")
N, M, MODELS = 60, 40, 400
CLASSES = 4


def bank(helps, memorized, seed=0):
    """Counts of models of one size: `helps` {train: tests} are right just with it, other tests by chance."""
    rng = np.random.default_rng(seed)
    masks = rng.random((MODELS, N)) < 0.7
    right = rng.random((MODELS, M)) < 0.7
    for train, tests in helps.items():
        for test in tests:
            right[:, test] = np.where(masks[:, train], rng.random(MODELS) < 0.95, rng.random(MODELS) < 0.2)
    without = np.where(np.isin(range(N), memorized), 0.1, 0.95)
    correct = masks | (rng.random((MODELS, N)) < without)
    labels = np.concatenate([np.arange(N) % CLASSES, np.arange(M) % CLASSES])
    counts = [
        np.array([part.sum(axis=0)], np.int32) for part in (masks, masks & correct, ~masks, ~masks & correct)
    ]
    named = Answers.of_counts(np.zeros((1, N, CLASSES), np.uint16))
    scores = Scores.of_counts((8,), labels[:N], np.zeros(N, np.bool_), tuple(counts), named)
    bits = (np.packbits(each.T, axis=1) for each in (masks, right))
    helps, _ = strongest(next(bits), None, next(bits), MODELS, 5)
    helps = Partners(helps.indices + N, *(getattr(helps, name) for name in Partners.names()[1:]))
    examples = SimpleNamespace(labels=labels, n_train=N, n_test=M)
    return counted(scores, Influence(Partners.stacked([helps])), None, examples)


def found(pairs):
    return STUDY.found(MemorizationParams(), Results(facts=MemorizationFacts(pairs=pairs)))


def test_planted_pairs_are_found_and_others_are_not():
    helps = {
        0: [0, 4],  # of its class
        1: [1],
        5: [9],
        2: [3],  # of another class
        3: [7],  # not memorized
    }
    (got,) = bank(helps, [0, 1, 5, 2])
    assert sum(got.influence) == 4
    assert (got.tests, got.single, got.trains, got.n_test) == (4, 4, 3, M)
    assert sum(got.influence[10:14]) == 4, "their influence is about 0.75"


def test_a_test_example_that_two_help_is_not_helped_by_one():
    first = np.array([[[N]], [[N]]])  # two training examples, one partner each, the same
    scores = Scores.of_counts(
        (8,), np.zeros(2, np.int64), np.zeros(2, np.bool_),
        tuple(np.full((1, 2), value, np.int32) for value in (280, 280, 120, 12)),
        Answers.of_counts(np.zeros((1, 2, 2), np.uint16)),
    )  # fmt: skip
    helps = Partners(first.reshape(1, 2, 1) - N + 2, *(np.full((1, 2, 1), k) for k in (270, 280, 30, 120)))
    examples = SimpleNamespace(labels=np.zeros(3, np.int64), n_train=2, n_test=1)
    (got,) = counted(scores, Influence(helps), None, examples)
    assert (sum(got.influence), got.tests, got.single) == (2, 1, 0)


@pytest.mark.parametrize("seed", range(5))
def test_noise_makes_no_pairs(seed):
    """Without the limit of the interval the best of 40 test examples would often reach 0.15."""
    assert sum(bank({}, list(range(N)), seed)[0].influence) == 0


def claim(key, **facts):
    """The verdict on pairs at one size; half of them near-duplicates unless told otherwise."""
    finding = next(finding for finding in STUDY.findings if finding.key == key)
    pairs = Pairs(**{"size": 8, "tests": 0, "single": 0, "trains": 1, "n_test": 10_000, "least": 0.1} | facts)
    return finding.claim(found((pairs,)), "").verdict


def by_influence(weak, strong):
    """Counts with so many pairs just below 0.4 and so many just above."""
    return (0, 0, 0, 0, weak, strong, *[0] * 11)


@pytest.mark.parametrize(
    ("tests", "least", "verdict"),
    [
        (300, 0.1, "holds"),
        (2000, 0.1, "differs"),
        (2, 0.1, "differs"),
        (2, 0.3, "undecided"),  # weak pairs may be missed
        (0, 0.3, "not run"),
        (0, np.inf, "not run"),
        (0, 0.15, "differs"),
        (2000, 0.3, "differs"),  # too many are too many, whatever is missed
        (35, 0.1, "undecided"),
        (888, 0.1, "undecided"),
    ],
)
def test_a_small_share_of_test_examples_is_helped(tests, least, verdict):
    assert claim("few_helped", influence=by_influence(tests, 0), tests=tests, least=least) == verdict


@pytest.mark.parametrize(
    ("weak", "strong", "least", "verdict"),
    [
        (90, 10, 0.15, "holds"),
        (10, 90, 0.15, "differs"),
        (50, 50, 0.15, "undecided"),
        (9, 0, 0.15, "not run"),
        (90, 10, 0.16, "not run"),
        (90, 10, np.inf, "not run"),
    ],
)
def test_most_pairs_have_little_influence(weak, strong, least, verdict):
    assert claim("little_influence", influence=by_influence(weak, strong), least=least) == verdict


@pytest.mark.parametrize(
    ("alike", "verdict"),
    [
        (by_influence(5, 40), "holds"),
        (by_influence(40, 5), "differs"),
        (by_influence(20, 20), "undecided"),
        (by_influence(0, 0), "undecided"),
        (None, "not run"),
    ],
)
def test_strong_pairs_look_alike_more_often(alike, verdict):
    assert claim("strong_look_alike", influence=by_influence(50, 50), alike=alike) == verdict


def test_a_few_strong_pairs_do_not_decide_how_alike_they_look():
    alike = by_influence(0, 9)
    assert claim("strong_look_alike", influence=by_influence(50, 9), alike=alike) == "not run"
    assert claim("strong_look_alike", influence=by_influence(50, 10), alike=by_influence(0, 10)) == "holds"


def test_pairs_of_near_duplicates_are_counted_and_told():
    labels = np.zeros(3, np.int64)
    near = Lookalikes(2, np.array([[1], [0], [0]]), np.array([[9.0], [9.0], [2.0]]))
    scores = Scores.of_counts(
        (8,), labels[:2], np.zeros(2, np.bool_),
        tuple(np.full((1, 2), value, np.int32) for value in (280, 280, 120, 12)),
        Answers.of_counts(np.zeros((1, 2, 2), np.uint16)),
    )  # fmt: skip
    helps = Partners(np.full((1, 2, 1), 2), *(np.full((1, 2, 1), k) for k in (270, 280, 30, 120)))
    (got,) = counted(scores, Influence(helps), near, SimpleNamespace(labels=labels, n_train=2, n_test=1))
    assert (sum(got.influence), sum(got.alike)) == (2, 1), "the second one is not among the nearest"
    assert "1 of the 2 pairs are near-duplicates" in FIGURE.drawn(found((got,))).layout.meta["summary"]


@pytest.mark.parametrize(
    ("single", "tests", "verdict"),
    [(90, 100, "holds"), (10, 100, "differs"), (10, 18, "undecided"), (5, 9, "not run")],
)
def test_one_helps_where_most_have_one(single, tests, verdict):
    pairs = (Pairs(8, (tests, *[0] * 16), tests, single, tests, 1000),)
    assert ONE_HELPS.claim(found(pairs), "").verdict == verdict


def test_the_figure_has_ours_beside_the_released_ones():
    assert [sum(counts) for counts in RELEASED.values()] == [1015, 35]
    drawn = FIGURE.drawn(found(bank({0: [0], 1: [1]}, [0, 1])))
    assert [trace.name for trace in drawn.data] == ["here", *(f"{name}, released" for name in RELEASED)]
    assert sum(drawn.data[0].y) == pytest.approx(1)
    assert "2 pairs of 2 training and 2 test examples, which are 5.0% of all" in drawn.layout.meta["summary"]
    assert FIGURE.drawn(found(())).layout.title.text.startswith("Pairs need")
