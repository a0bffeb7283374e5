"""Sampling noise alone: the permutation distribution of a score."""

from itertools import combinations

import numpy as np
import pytest

from backend.statistics.noise import shuffled_scores


def test_every_choice_of_held_out_models_is_as_likely_as_any_other():
    answers = np.array([1, 1, 1, 0, 1, 0, 1])
    found: dict[float, int] = {}
    for held in combinations(range(7), 3):
        out = np.isin(np.arange(7), held)
        score = round(answers[~out].mean() - answers[out].mean(), 12)
        found[score] = found.get(score, 0) + 1
    values, chances = shuffled_scores(4, 3, 5)
    assert dict(zip(values.tolist(), (chances * 35).round(9).tolist(), strict=True)) == found


def test_noise_has_mean_zero_and_is_certain_where_all_agree():
    values, chances = shuffled_scores(2800, 1200, 3100)
    assert chances.sum() == pytest.approx(1)
    assert values @ chances == pytest.approx(0, abs=1e-9)
    assert [part.tolist() for part in shuffled_scores(7, 3, 10)] == [[0.0], [1.0]]
    assert [part.tolist() for part in shuffled_scores(7, 3, 0)] == [[0.0], [1.0]]


@pytest.mark.parametrize("counts", [(0, 3, 1), (3, 0, 1), (3, 3, 7), (3, 3, -1)])
def test_impossible_counts_are_refused(counts):
    with pytest.raises(ValueError, match="both sides"):
        shuffled_scores(*counts)
