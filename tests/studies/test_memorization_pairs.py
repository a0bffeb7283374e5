"""Pairs of memorized and helped examples: planted ones are found, noise makes none."""

from types import SimpleNamespace

import numpy as np
import pytest

from backend.scores.answers import Answers
from backend.scores.scores import Scores
from backend.statistics.influence import most_helped
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
    partners, k_in, k_out = most_helped(masks, right, 5)
    influence = Influence(partners[None] + N, k_in[None], k_out[None])
    return counted(scores, influence, SimpleNamespace(labels=labels, n_test=M))


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
    influence = Influence(first.reshape(1, 2, 1) - N + 2, *(np.full((1, 2, 1), k) for k in (270, 30)))
    (got,) = counted(scores, influence, SimpleNamespace(labels=np.zeros(3, np.int64), n_test=1))
    assert (sum(got.influence), got.tests, got.single) == (2, 1, 0)


@pytest.mark.parametrize("seed", range(5))
def test_noise_makes_no_pairs(seed):
    """Without the limit of the interval the best of 40 test examples would often reach 0.15."""
    assert sum(bank({}, list(range(N)), seed)[0].influence) == 0


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
