"""An experiment's scores beside published ones: what is compared, in which order, and how it is drawn."""

import numpy as np
import pytest

from backend.core.contracts import PublishedMeaning
from backend.figures.published import MOST_POINTS, published_scores
from backend.scores.overlay import Overlay

HIGH_IS_HARD, HIGH_IS_EASY = PublishedMeaning
EDGES = (np.arange(8) - 0.5) / 6  # around the scores that six held-out models can make


def drawn(n: int):
    rng = np.random.default_rng(0)
    ours, published = rng.binomial(6, 0.3, n) / 6, rng.random(n)
    overlay = Overlay.of(ours, published, HIGH_IS_EASY, np.ones(n, bool))
    figure = published_scores(
        overlay.hardness,
        overlay.ours,
        overlay.examples,
        edges=EDGES,
        published_name="C-scores",
        axis="1 - C-score",
        size=8,
        size_name="width",
        agreement="Agreed.",
    )
    return overlay, figure


def test_only_kept_examples_with_both_scores_are_compared():
    ours = np.array([0.1, np.nan, 0.3, 0.4, 0.5])
    published = np.array([0.9, 0.8, np.nan, 0.6, 0.2])
    overlay = Overlay.of(ours, published, HIGH_IS_EASY, np.array([1, 1, 1, 1, 0], bool))
    assert overlay.examples.tolist() == [0, 3]
    assert overlay.published.tolist() == [0.9, 0.6]
    assert overlay.hardness == pytest.approx([0.1, 0.4])
    assert overlay.agreement is None, "two examples have no correlation"


def test_a_c_score_agrees_where_it_is_low_for_what_is_memorized():
    ours = np.arange(10) / 10
    for meaning, published in ((HIGH_IS_HARD, ours), (HIGH_IS_EASY, 1 - ours)):
        overlay = Overlay.of(ours, published, meaning, np.ones(10, bool))
        assert overlay.agreement is not None
        assert overlay.agreement.value == 1
        assert overlay.rank_differences.tolist() == [0] * 10


@pytest.mark.parametrize("descending", [True, False])
def test_pages_visit_every_example_once_by_rank_difference(descending):
    overlay, _ = drawn(97)
    places, after = [], None
    while len(page := overlay.page(descending=descending, limit=10, after=after)):
        places += page.tolist()
        after = float(overlay.rank_differences[page[-1]]), int(overlay.examples[page[-1]])
    keys = [(overlay.rank_differences[place], overlay.examples[place]) for place in places]
    assert keys == sorted(keys, reverse=descending)
    assert sorted(places) == list(range(97))
    np.testing.assert_allclose(overlay.rank_differences, overlay.ranks - overlay.published_ranks, atol=1e-9)


def test_few_examples_are_points_and_many_are_counted_in_cells():
    overlay, figure = drawn(MOST_POINTS)
    (points,) = figure.data
    assert (points.type, len(points.x)) == ("scatter", MOST_POINTS)
    assert np.array_equal(points.customdata, overlay.examples)
    overlay, figure = drawn(MOST_POINTS + 1)
    (cells,) = figure.data
    assert cells.type == "heatmap"
    assert np.nansum(cells.z) == MOST_POINTS + 1
    np.testing.assert_allclose(cells.y, np.arange(7) / 6, atol=1e-12)
    assert np.nansum(cells.z[1]) == np.isclose(overlay.ours, 1 / 6).sum()
    assert "Agreed." in figure.layout.meta["summary"]


def test_nothing_to_compare_is_said():
    _, figure = drawn(0)
    assert figure.layout.meta["summary"] == "No example has both scores."
