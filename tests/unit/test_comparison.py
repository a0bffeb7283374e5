"""Two rows of scores side by side: which examples pair up and which moved, in which order, how drawn."""

import numpy as np
import pytest

from backend.core.errors import InvalidError
from backend.datasets.base import Dataset
from backend.datasets.examples import Examples
from backend.datasets.options import DataOptions
from backend.figures import comparison as drawing
from backend.figures.comparison import Compared, compared_scores
from backend.figures.style import COLORS
from backend.scores.comparison import Comparison, Range, Side
from backend.scores.scores import Scores
from backend.scores.table import ScoreTable
from backend.statistics.differences import Bounded, difference, q_values
from tests.unit.test_score_table import scores_of

N_OUT = 9


def side(k_out, source=None, row=0, classes=("cat", "dog", "owl"), labels=None, fingerprint="x") -> Side:
    """A side whose models are always right about what they trained on; `source` says which pictures it is."""
    scores: Scores = scores_of(np.full(np.shape(k_out), 21), k_out, labels=labels)
    n = scores.n
    source = np.arange(n) if source is None else np.asarray(source)
    dataset = Dataset("pets", np.zeros((0, 1, 1), np.uint8), np.zeros(0, np.int64), classes, (), 0)
    examples = Examples(dataset, DataOptions(), source, scores.labels, scores.labels, classes)
    return Side(ScoreTable(scores), row, examples, fingerprint)


def random_comparison(n=300, seed=0) -> Comparison:
    rng = np.random.default_rng(seed)
    return Comparison(side(rng.integers(0, N_OUT + 1, (1, n))), side(rng.integers(0, N_OUT + 1, (1, n))))


def test_two_sizes_of_an_experiment_pair_up_example_by_example():
    k_out = np.array([[9, 9, 0, 5], [0, 9, 9, 5]])
    a = side(k_out)
    b = Side(a.table, 1, a.examples, a.fingerprint)
    found = Comparison(a, b)
    assert found.in_a.tolist() == found.in_b.tolist() == [0, 1, 2, 3]
    assert found.differences.value.tolist() == [1, 0, -1, 0]
    scores = a.table.scores
    one, other = (Bounded(scores.memorization[i], scores.low[i], scores.high[i]) for i in (0, 1))
    np.testing.assert_array_equal(found.differences.low, difference(one, other).low)
    np.testing.assert_array_equal(found.q, q_values(found.p))
    assert found.moved(0.05, "up").tolist() == [True, False, False, False]
    assert found.moved(0.05, "down").tolist() == [False, False, True, False]
    assert found.moved(0.05).tolist() == [True, False, True, False]
    assert not found.moved(1e-9).any()
    assert found.mean.value == 0
    assert found.a.models == 30
    assert not found.relabeled.any()


def test_other_subsets_pair_up_by_picture():
    a = side([[0, 3, 6, 9]], source=[10, 20, 30, 40])
    b = side([[6, 6, 6]], source=[20, 25, 40])
    found = Comparison(a, b)
    assert (found.in_a.tolist(), found.in_b.tolist()) == ([1, 3], [0, 2])
    assert found.differences.value == pytest.approx([3 / 9 - 6 / 9, 9 / 9 - 6 / 9])


def test_examples_without_a_score_on_either_side_are_left_out():
    scores = scores_of([[21] * 4], [[0, 1, 2, 3]], n_out=[[9, 0, 9, 9]])
    template = side([[0, 0, 0, 0]])
    a = Side(ScoreTable(scores), 0, template.examples, template.fingerprint)
    assert Comparison(a, template).in_a.tolist() == [0, 2, 3]


def test_labels_are_compared_by_name():
    a = side([[1, 2, 3]], classes=("cat", "dog", "owl"), labels=[0, 1, 2])
    b = side([[1, 2, 3]], classes=("dog", "owl"), labels=[0, 0, 1])
    assert Comparison(a, b).relabeled.tolist() == [True, False, False]


def test_what_cannot_be_compared_is_refused_with_the_reason():
    a = side([[1, 2, 3]])
    with pytest.raises(InvalidError, match="images differ") as refused:
        Comparison(a, side([[1, 2, 3]], fingerprint="y"))
    assert refused.value.fields[0].pointer == "/query/b"
    with pytest.raises(InvalidError, match="scores of 1 training examples"):
        Comparison(a, side([[1, 2, 3]], source=[2, 7, 8]))


def test_a_rectangle_keeps_both_its_edges():
    found = random_comparison()
    third = found.scores_a[found.scores_a > 0.3].min()
    keep = found.within(Range(a_gte=third, a_lte=third, b_gte=0.5), labels=[1])
    expected = (found.scores_a == third) & (found.scores_b >= 0.5) & (found.a.table.scores.labels == 1)
    assert expected.any()
    assert np.array_equal(keep, expected)
    assert found.within(Range()).all()


@pytest.mark.parametrize("key", ["difference", "magnitude"])
@pytest.mark.parametrize("descending", [True, False])
def test_pages_visit_every_example_kept_once_in_order(key, descending):
    found = random_comparison()
    keep = found.within(Range(b_lte=0.8))
    places, after = [], None
    while len(page := found.page(key, keep, descending=descending, limit=17, after=after)):
        places += page.tolist()
        after = float(found.values(key)[page[-1]]), int(found.in_a[page[-1]])
    keys = [(found.values(key)[place], found.in_a[place]) for place in places]
    assert keys == sorted(keys, reverse=descending)
    assert sorted(places) == np.flatnonzero(keep).tolist()


def drawn(found: Comparison):
    edges = found.a.table.bins(0, None).edges
    up, down = found.moved(0.05, "up"), found.moved(0.05, "down")
    compared = Compared(found.scores_a, found.scores_b, up, down, edges, edges)
    return compared_scores(compared, title="Both", names=("A (width 1)", "B (width 2)"), facts="Much.")


def test_points_stand_for_all_examples_and_show_which_side_is_higher():
    found = random_comparison()
    unmoved, down, up, diagonal = drawn(found).data
    for trace, kept in ((down, found.moved(0.05, "down")), (up, found.moved(0.05, "up"))):
        assert kept.any()
        assert sum(trace.customdata) == kept.sum()
        assert set(zip(trace.x, trace.y, strict=True)) == set(
            zip(found.scores_a[kept], found.scores_b[kept], strict=True)
        )
    assert sum(unmoved.customdata) == found.n - found.moved(0.05).sum()
    assert (down.marker.line.color, up.marker.line.color) == (COLORS["compared_a"], COLORS["compared_b"])
    assert list(diagonal.x) == list(diagonal.y)
    assert drawn(found).layout.meta["summary"].endswith("Much.")


def test_many_points_are_counted_in_cells(monkeypatch):
    found = random_comparison(n=3000)
    monkeypatch.setattr(drawing, "MOST_POINTS", 50)
    *cells, _ = drawn(found).data
    assert {trace.type for trace in cells} == {"heatmap"}
    assert sum(np.nansum(trace.z) for trace in cells) == found.n
    assert (np.isfinite([trace.z for trace in cells]).sum(axis=0) <= 1).all(), "a cell has one color"
    row, column = (int(np.argmin(np.abs(axis - 1 / 3))) for axis in (cells[0].y, cells[0].x))
    here = np.isclose(found.scores_a, 1 / 3) & np.isclose(found.scores_b, 1 / 3)
    assert cells[0].z[row][column] == here.sum() > 0
