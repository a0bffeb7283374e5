"""Influence is the difference of two mean accuracies, found for the right pairs."""

import numpy as np
import pytest

from backend.statistics import influence
from backend.statistics.top import Top

MODELS = 41  # fills no byte


def packed(by_model: np.ndarray) -> np.ndarray:
    """Bits by example of (K, n) booleans that come in two parts."""
    parts = [np.packbits(part, axis=1) for part in (by_model[:10], by_model[10:])]
    return influence.by_example(parts, by_model.shape[1])


def direct(masks: np.ndarray, counted: np.ndarray, right: np.ndarray, i: int, j: int) -> tuple[int, ...]:
    """The counts of one pair, by masks of models."""
    with_it, without = counted[:, j] & masks[:, i], counted[:, j] & ~masks[:, i]
    return tuple(int(x.sum()) for x in (right[with_it, j], with_it, right[without, j], without))


@pytest.fixture
def bank() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Who had which of 20 training examples, and who was right about these and about 9 test examples."""
    rng = np.random.default_rng(0)
    return rng.random((MODELS, 20)) < 0.7, rng.random((MODELS, 20)) < 0.5, rng.random((MODELS, 9)) < 0.5


@pytest.mark.parametrize("chunk", [8, 2048])
@pytest.mark.parametrize("on", ["train", "test"])
def test_partners_are_those_of_a_direct_masked_average(bank, monkeypatch, chunk: int, on: str) -> None:
    monkeypatch.setattr(influence, "CHUNK", chunk)
    masks, train, test = bank
    right, counted = (train & ~masks, ~masks) if on == "train" else (test, np.ones_like(test))
    bits = packed(masks), packed(counted) if on == "train" else None, packed(right)
    helped, helpers = influence.strongest(*bits, MODELS, 4)
    expected = np.zeros((20, right.shape[1]))
    for i, j in np.ndindex(expected.shape):
        k_in, n_in, k_out, n_out = direct(masks, counted, right, i, j)
        expected[i, j] = k_in / n_in - k_out / n_out if n_in and n_out else 0
    for found, values in ((helped, expected), (helpers, expected.T)):
        np.testing.assert_allclose(found.influence, np.sort(values)[:, ::-1][:, :4])
        for row, partner in np.ndindex(found.indices.shape):
            other = int(found.indices[row, partner])
            pair = (row, other) if found is helped else (other, row)
            got = tuple(
                int(getattr(found, name)[row, partner]) for name in ("k_in", "n_in", "k_out", "n_out")
            )
            assert got == direct(masks, counted, right, *pair)


def test_models_that_had_the_example_itself_do_not_count(bank) -> None:
    """Example 3 is right just where a model had it: that is memorization, and nobody's influence."""
    masks, train, _ = bank
    train[:, 3] = masks[:, 3]
    _, helpers = influence.strongest(packed(masks), packed(~masks), packed(train & ~masks), MODELS, 3)
    assert (np.nan_to_num(helpers.influence[3]) == 0).all()
    assert (helpers.n_in[3] + helpers.n_out[3] == (~masks)[:, 3].sum()).all()


def test_a_planted_helper_is_found_and_told_from_chance() -> None:
    rng = np.random.default_rng(1)
    masks, train = rng.random((200, 20)) < 0.7, rng.random((200, 20)) < 0.9
    train[:, 17] = masks[:, 4]
    packs = (np.packbits(x.T, axis=1) for x in (masks, ~masks, train & ~masks))
    helped, helpers = influence.strongest(*packs, 200, 3)
    low, _ = helpers.interval(20 * 19)
    assert (helpers.indices[17, 0], helpers.influence[17, 0], helped.indices[4, 0]) == (4, 1, 17)
    assert low[17, 0] > 0
    assert (np.delete(low, 17, axis=0) <= 0).all()


def test_what_is_told_from_chance_takes_more_where_models_are_few_or_pairs_many() -> None:
    least = [influence.told_from_chance(0.7 * k, 0.3 * k, 10_000) for k in (100, 400, 4000)]
    assert least == sorted(least, reverse=True)
    assert 0.05 < least[2] < 0.15 < least[0]
    assert influence.told_from_chance(280, 120, 10**9) > least[1]
    assert influence.told_from_chance(7, 0, 10) == np.inf


def test_of_equal_values_the_first_offered_stays() -> None:
    top = Top(2, 2)
    top.offer(0, 0, np.array([[1, 3], [2, 2]], np.float32))
    top.offer(0, 2, np.array([[3, 2], [2, 5]], np.float32))
    assert top.values.tolist() == [[3, 3], [5, 2]]
    assert top.indices.tolist() == [[1, 2], [3, 0]]
