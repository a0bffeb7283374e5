"""The order of suspects, and how many wrong labels are said to be left."""

from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import pytest

from backend.core.contracts import Mark
from backend.core.models import MarkChange
from backend.review.corrected import correct
from backend.review.estimate import EDGES, WINDOW, WORTH, estimate
from backend.review.ranking import BY_EXPECTATION, BY_VOTES, most_frequent_other, suspects
from backend.scores.answers import Answers
from backend.scores.scores import Scores
from backend.scores.table import ScoreTable
from backend.statistics.intervals import jeffreys


def table(answers: list[list[int]], labels: list[int]) -> ScoreTable:
    """Return scores at one size of examples whose held-out models gave these answers, by class."""
    counts, given = np.array(answers), np.array(labels)
    n_out = counts.sum(axis=1)[None].astype(np.int32)
    k_out = counts[np.arange(len(given)), given][None].astype(np.int32)
    n_in = np.full_like(n_out, 10)
    flipped = np.zeros(len(given), np.bool_)
    found = Answers.of_counts([counts])
    return ScoreTable(Scores.of_counts((4,), given, flipped, [n_in, n_in, n_out, k_out], found))


def test_the_most_frequent_other_class_is_not_the_label() -> None:
    found = Answers.of_counts([np.array([[9, 1, 0]]), np.array([[2, 5, 3]]), np.array([[0, 4, 0]])])
    for row, label, expected in ((0, 0, (1, 1)), (1, 1, (3, 2)), (1, 0, (5, 1)), (2, 1, (0, 1))):
        count, other = most_frequent_other(found, row, np.array([label]))
        assert (count[0], other[0]) == expected


def test_suspects_are_those_whose_models_prefer_another_class_most_clearly_first() -> None:
    made = table([[1, 9, 0], [6, 4, 0], [0, 2, 8], [5, 5, 0], [0, 0, 0], [3, 4, 3]], [0, 0, 0, 0, 0, 0])
    found = suspects(made, 0)
    assert found.order.tolist() == [0, 2, 5], "neither a tie nor an example without models is suspect"
    assert found.margin == pytest.approx([0.8, 0.8, 0.1])
    assert found.suggested.tolist() == [1, 2, 1]


def test_margins_of_probabilities_come_first_where_results_have_them() -> None:
    answers, labels = [[1, 9, 0], [6, 4, 0], [10, 0, 0], [5, 5, 0]], [0, 0, 0, 0]
    kept = {"suspicion": np.array([[0.2, -0.1, 0.6, np.nan]], np.float32)}
    found = suspects(ScoreTable(table(answers, labels).scores, kept), 0, "suspicion")
    assert found.order.tolist() == [2, 0]
    assert found.margin == pytest.approx([0.6, 0.2])
    assert found.suggested.tolist() == [0, 1], "nobody answers another class than the label of the first"
    assert found.ranking == BY_EXPECTATION
    without = suspects(table(answers, labels), 0, "suspicion")
    assert (without.order.tolist(), without.ranking) == ([0], BY_VOTES)


def test_nothing_is_said_before_anything_was_looked_at() -> None:
    margin = np.array([0.9, 0.5, 0.1])
    nobody = np.zeros(3, np.bool_)
    now = estimate(margin, nobody, nobody)
    assert now.left is None
    assert (now.left_low, now.left_high, now.recent, now.stop) == (0, 3, 0, False)
    assert [each.suspects for each in now.bins] == [1, 0, 1, 0, 1]
    assert all(each.share is None for each in now.bins)


def test_margins_at_an_edge_belong_to_the_bin_below() -> None:
    margin = np.array([1.0, 0.8, 0.6, 0.6 - 1e-9, 0.2, 1e-9])
    nobody = np.zeros(len(margin), np.bool_)
    now = estimate(margin, nobody, nobody)
    assert [each.suspects for each in now.bins] == [1, 1, 2, 0, 2]
    assert [(each.high, each.low) for each in now.bins] == list(pairwise(EDGES))


def test_a_look_at_some_of_every_kind_bounds_the_rest_from_both_sides() -> None:
    margin, place = np.full(100, 0.9), np.arange(100)
    reviewed = (place % 5 == 1) | (place % 5 == 3)  # around the others
    wrong = reviewed & (np.cumsum(reviewed) % 4 != 0)
    now = estimate(margin, reviewed, wrong)
    assert now.left == pytest.approx(60 * 30.5 / 41)
    low, high = jeffreys(30, 40)
    assert (now.left_low, now.left_high) == pytest.approx((60 * low, 60 * high))


def test_what_comes_first_bounds_what_follows_from_above_alone() -> None:
    margin, place = np.full(100, 0.9), np.arange(100)
    _, high = jeffreys(30, 40)
    now = estimate(margin, place < 40, place < 30)
    assert (now.left_low, now.left_high) == pytest.approx((0, 60 * high))
    low, _ = jeffreys(30, 40)
    now = estimate(margin, place >= 60, place >= 70)
    assert (now.left_low, now.left_high) == pytest.approx((60 * low, 60))


def test_a_bin_is_bounded_by_its_neighbors_and_no_more() -> None:
    margin = np.repeat([0.9, 0.5, 0.1], 50)
    reviewed = margin == 0.9
    wrong = reviewed & (np.arange(150) < 10)  # one in five of the most suspect
    now = estimate(margin, reviewed, wrong)
    assert now.left is None, "nobody has looked at the others"
    assert (now.left_low, now.left_high) == pytest.approx((0, 100 * jeffreys(10, 50)[1]))
    reviewed, wrong = margin == 0.1, (margin == 0.1) & (np.arange(150) % 2 == 0)
    now = estimate(margin, reviewed, wrong)
    assert (now.left_low, now.left_high) == pytest.approx((100 * jeffreys(25, 50)[0], 100))


@pytest.mark.parametrize("going", ["from the top", "here and there"])
def test_intervals_cover_what_is_left(going: str) -> None:
    generator = np.random.default_rng(1)
    margin = np.sort(generator.beta(1, 3, 400))[::-1]
    covered = 0
    for _ in range(200):
        truth = generator.random(400) < 0.95 / (1 + np.exp(-8 * (margin - 0.45)))
        reviewed = generator.random(400) < 0.4
        if going == "from the top":
            reviewed = np.arange(400) < generator.integers(20, 400)
        now = estimate(margin, reviewed, truth & reviewed)
        covered += now.left_low <= (truth & ~reviewed).sum() <= now.left_high
    assert covered >= 190


def test_who_stops_where_it_says_so_leaves_few_wrong_ones_in_a_row() -> None:
    """Somebody goes from the top and looks at the advice after every fifth: the share falls all the way."""
    generator = np.random.default_rng(2)
    margin, share = np.linspace(1, 0, 300), np.maximum(np.linspace(0.9, -0.3, 300), 0)
    stopped: list[int] = []
    for _ in range(40):
        truth, place = generator.random(300) < share, np.arange(300)
        looks = ((at, place < at) for at in range(WINDOW, 300, 5))
        stops = (at for at, seen in looks if estimate(margin, seen, truth & seen).stop)
        stopped.append(next(stops))
    worth = int(np.argmax(share < WORTH))
    assert np.quantile(stopped, 0.05) + WINDOW / 2 > worth, "the next ones are not worth it"
    assert max(stopped) <= worth + 3 * WINDOW, "and nobody goes on for long behind that"


def test_jeffreys_limits_are_those_of_the_paper() -> None:
    low, high = jeffreys([0, 1, 5, 10], [10, 10, 10, 10])
    assert low == pytest.approx([0, 0.0110, 0.2235, 0.7827], abs=2e-4)
    assert high == pytest.approx([0.2173, 0.3813, 0.7765, 1], abs=2e-4)
    assert [limit.tolist() for limit in jeffreys(0, 0)] == [0, 1]


def change(picture: int, mark: Mark | None, label: int, suggested: int | None, by: str = "") -> MarkChange:
    at = datetime(2026, 1, 2, 3, picture, tzinfo=UTC)
    return MarkChange(
        picture=picture, mark=mark, label=label, suggested_label=suggested, note="", by=by, created_at=at
    )


def test_only_marks_about_the_label_that_is_there_correct_it() -> None:
    labels = np.array([0, 1, 2, 3, 4])
    found = correct(
        labels,
        [
            change(0, Mark.WRONG_LABEL, 0, 7, "Ann"),
            change(1, Mark.WRONG_LABEL, 5, 1),  # another label was judged
            change(2, Mark.WRONG_LABEL, 2, None),  # nobody knows the right one
            change(3, Mark.AMBIGUOUS, 3, None),
            change(4, Mark.WRONG_LABEL, 4, 0, "Bob"),
            change(5, Mark.WRONG_LABEL, 4, 0),  # a test picture
        ],
    )
    assert found.labels.tolist() == [7, 1, 2, 3, 0]
    assert labels.tolist() == [0, 1, 2, 3, 4]
    assert found.note == "2 corrected by marks until 2026-01-02 03:04 UTC, by Ann, Bob."
