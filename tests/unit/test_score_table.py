"""Scores as columns: orders, filters, pages, bins on the lattice, and answers kept sparsely."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.contracts import Verdict
from backend.scores.answers import Answers
from backend.scores.binning import equal_bins, lattice_bins
from backend.scores.filters import Filters, Order
from backend.scores.scores import Scores
from backend.scores.table import ScoreTable
from backend.studies.kit.facts import Facts
from backend.studies.kit.results import Results

MODELS = 30


def scores_of(k_in, k_out, n_in=21, n_out=9, labels=None) -> Scores:
    """Scores from (S, n) counts."""
    k_in, k_out = np.atleast_2d(k_in).astype(np.int32), np.atleast_2d(k_out).astype(np.int32)
    n_in, n_out = (np.broadcast_to(n, k_in.shape).astype(np.int32) for n in (n_in, n_out))
    n = k_in.shape[1]
    labels = np.arange(n) % 3 if labels is None else np.asarray(labels)
    named = np.zeros((len(k_in), n, 3), np.uint16)
    named[:, np.arange(n), labels] = k_out
    named[:, np.arange(n), (labels + 1) % 3] = n_out - k_out
    flipped = np.arange(n) % 5 == 0
    sizes = tuple(2**i for i in range(len(k_in)))
    return Scores.of_counts(sizes, labels, flipped, (n_in, k_in, n_out, k_out), Answers.of_counts(named))


def random_table(seed: int = 0, n: int = 300, sizes: int = 2) -> ScoreTable:
    rng = np.random.default_rng(seed)
    shape = (sizes, n)
    n_out = np.where(rng.random(shape) < 0.1, 0, 9)  # some examples are in every model: no score
    k_out = np.minimum(rng.integers(0, 10, shape), n_out)
    return ScoreTable(scores_of(rng.integers(15, 22, shape), k_out, 21, n_out))


def brute(table: ScoreTable, row: int, order: Order, keep) -> list[int]:
    values = table.column(row, order.key)
    kept = [i for i in range(len(values)) if keep is None or keep[i]]
    sign = -1 if order.descending else 1
    return sorted(kept, key=lambda i: (np.isnan(values[i]), sign * np.nan_to_num(values[i]), sign * i))


KEYS = ("memorization", "heldout_accuracy", "in_accuracy", "width", "change", "label", "index")
FILTERS = (
    Filters(),
    Filters(memorization_gte=0.2),
    Filters(label=(1,), flipped=False),
    Filters(verdict=(Verdict.MEMORIZED,), width_lte=0.5),
    Filters(index=(7, 3, 299, 300)),
)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("filters", FILTERS)
def test_pages_follow_each_other_and_neighbors_agree(key, descending, filters):
    table, order = random_table(), Order(key, descending)
    keep = table.matching(1, filters)
    expected = brute(table, 1, order, keep)
    found, after = [], None
    while page := table.page(1, order, keep, limit=7, after=after):
        found += page
        after = (table.value(1, order, page[-1]), page[-1])
    assert found == expected
    for place in {0, len(expected) // 2, len(expected) - 1}:
        before, behind = table.neighbors(1, order, keep, expected[place])
        assert before == (expected[place - 1] if place else None)
        assert behind == (expected[place + 1] if place + 1 < len(expected) else None)
        assert table.position(1, order, keep, expected[place]) == place + 1
    for example in set(range(table.scores.n)) - set(expected):
        assert table.position(1, order, keep, example) is None


def test_a_cursor_goes_on_where_its_score_would_stand_after_new_models_came_in():
    table, order = random_table(), Order("memorization", True)
    walk = brute(table, 0, order, None)
    between = (table.column(0, "memorization")[walk[9]] + table.column(0, "memorization")[walk[120]]) / 2
    page = table.page(0, order, None, limit=400, after=(float(between), 5))
    values = table.column(0, "memorization")
    assert page == [i for i in walk if np.isnan(values[i]) or values[i] < between]


def test_filters_keep_what_they_say():
    table = random_table()
    scores, values = table.scores, table.column(0, "memorization")
    keep = table.matching(0, Filters(memorization_gte=0.2, memorization_lte=0.6, label=(0, 2)))
    assert keep.tolist() == ((values >= 0.2) & (values <= 0.6) & (scores.labels != 1)).tolist()
    assert table.matching(0, Filters()) is None
    assert table.matching(0, Filters(label=(7,))).sum() == 0


@given(st.integers(1, 400), st.integers(2, 40), st.randoms())
def test_bins_hold_equally_many_points_of_the_lattice(points, target, random):
    k_out = np.arange(points + 1)
    values = np.round(1 - k_out / points, 12)
    bins = lattice_bins(values, np.full(points + 1, points, np.int32), target)
    assert len(bins.edges) - 1 <= target + 2
    assert bins.step == 1 / points
    counts = np.bincount(bins.codes(values), minlength=bins.kinds)
    whole = bins.with_ends(counts)
    each = -(-points // target)
    assert whole.sum() == points + 1
    assert set(whole[:-1].tolist()) <= {each}
    assert whole[-1] <= each
    # No score that can occur stands on an edge.
    assert np.abs(bins.edges[:, None] - values).min() > 0.2 / points


def test_ends_are_told_apart_and_still_counted():
    table = ScoreTable(scores_of([21] * 8, [9, 9, 9, 0, 0, 5, 8, 1]))
    found = table.histogram(0, None, None)
    assert (found.zero, found.one, found.n, found.undefined) == (3, 2, 8, 0)
    assert sum(found.counts) == 8
    assert found.step == 1 / 9
    inner = table.counts(0, None, None)[0]
    assert inner.tolist()[-3:] == [3, 2, 0]
    assert (found.below_01, found.above_09) == (3 / 8, 2 / 8)
    assert table.histogram(0, None, np.arange(8) < 3).counts[0] == 3


def test_equal_bins_have_zero_as_an_edge_and_negative_scores_inside():
    bins = equal_bins(np.array([-0.12, 0, 0.5, 1, np.nan]), 20)
    assert bins.edges[:4].tolist() == [-0.15, -0.1, -0.05, 0]
    assert (
        bins.with_ends(np.bincount(bins.codes(np.array([-0.12, 0, 0.5, 1])), minlength=bins.kinds)).sum() == 4
    )


def test_stacked_counts_add_up_to_the_whole():
    table = random_table()
    keep = table.matching(0, Filters(flipped=False))
    by_label = table.counts(0, None, keep, table.scores.labels.astype(np.int8), 3)
    assert by_label.sum(axis=0).tolist() == table.counts(0, None, keep)[0].tolist()
    assert by_label.sum(axis=1).tolist() == np.bincount(table.scores.labels[keep], minlength=3).tolist()


def test_noise_is_what_shuffling_who_was_held_out_gives():
    rng = np.random.default_rng(3)
    right = rng.random((60, MODELS)) < rng.random((60, 1))
    table = ScoreTable(scores_of(right[:, :21].sum(axis=1), right[:, 21:].sum(axis=1)))
    bins = table.bins(0, None)
    expected = np.zeros(bins.kinds)
    repeats = 400
    for _ in range(repeats):
        mixed = rng.permuted(right, axis=1)
        scores = np.round(mixed[:, :21].mean(axis=1) - mixed[:, 21:].mean(axis=1), 12)
        expected += np.bincount(bins.codes(scores), minlength=bins.kinds) / repeats
    noise = table.noise(0, None, None)
    assert noise.sum() == pytest.approx(60)
    # Five standard errors of a count of 60 examples over the repeats.
    assert np.abs(noise - expected).max() < 5 * np.sqrt(15 / repeats)
    assert table.noise(0, None, np.arange(60) < 7).sum() == pytest.approx(7)


def test_answers_come_most_frequent_first_and_survive_packing():
    dense = np.array([[[0, 3, 0, 7], [0, 0, 0, 0]], [[2, 2, 0, 1], [0, 0, 9, 0]]])
    answers = Answers.of_counts(dense)
    assert [part.tolist() for part in answers.of(0)] == [[3, 1], [7, 3]]
    assert [part.tolist() for part in answers.of(1)] == [[], []]
    assert [part.tolist() for part in answers.of(2)] == [[0, 1, 3], [2, 2, 1]]
    assert answers.count_of(0, np.array([1, 0])).tolist() == [3, 0]
    assert answers.count_of(1, np.array([0, 2])).tolist() == [2, 9]
    results = Results(scores=random_table().scores)
    stored = Results.from_bytes(results.to_bytes(), Facts).scores
    assert stored.sizes == results.scores.sizes
    assert stored.answers.labels.tolist() == results.scores.answers.labels.tolist()
    assert stored.answers.of(5)[1].tolist() == results.scores.answers.of(5)[1].tolist()
    assert np.array_equal(stored.memorization, results.scores.memorization, equal_nan=True)


def test_results_of_earlier_versions_stay_readable():
    """They counted the answers of every class."""
    scores = scores_of([20, 21], [4, 0])
    named = np.zeros((1, 2, 3), np.uint16)
    named[0, 0, :2], named[0, 1, 2] = (4, 5), 9
    with np.load(io.BytesIO(Results(scores=scores).to_bytes())) as packed:
        old = {name: packed[name] for name in packed.files if not name.startswith("answers")}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, answers=named, **old)
    found = Results.from_bytes(buffer.getvalue(), Facts).scores
    assert [part.tolist() for part in found.answers.of(0)] == [[1, 0], [5, 4]]
    assert [part.tolist() for part in found.answers.of(1)] == [[2], [9]]
    assert found.k_in.tolist() == scores.k_in.tolist()
