"""AUROC and its interval."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.metrics import average_precision_score, roc_auc_score

from backend.statistics.ranking import Estimate, auroc, average_precision


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=4, max_size=80))
def test_auroc_equals_scikit_learn_with_ties(rows):
    scores = np.array([score for score, _ in rows], float)
    positive = np.array([flag for _, flag in rows])
    if min(positive.sum(), (~positive).sum()) < 2:
        with pytest.raises(ValueError, match="two examples"):
            auroc(scores, positive)
        return
    estimate = auroc(scores, positive)
    assert estimate.value == pytest.approx(roc_auc_score(positive, scores))
    assert 0 <= estimate.low <= estimate.value + 1e-12
    assert estimate.value - 1e-12 <= estimate.high <= 1


@pytest.mark.parametrize("shift", [0.0, 1.0, 2.5])
def test_the_interval_covers_the_true_auroc(shift):
    rng = np.random.default_rng(0)
    positive = np.arange(600) < 120
    covered = 0
    for _ in range(1000):
        estimate = auroc(rng.standard_normal(600) + shift * positive, positive)
        covered += estimate.low <= norm.cdf(shift / np.sqrt(2)) <= estimate.high
    assert 0.93 <= covered / 1000 <= 0.97


def test_separated_groups_and_undefined_scores():
    assert auroc(np.arange(6.0), np.arange(6) >= 3) == Estimate(1, 1, 1)
    with pytest.raises(ValueError, match="finite"):
        auroc(np.array([0, np.nan, 1, 1]), np.array([True, True, False, False]))


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=80))
def test_average_precision_equals_scikit_learn_with_ties(rows):
    scores = np.array([score for score, _ in rows], float)
    positive = np.array([flag for _, flag in rows])
    if not positive.any():
        with pytest.raises(ValueError, match="one positive"):
            average_precision(scores, positive)
        return
    assert average_precision(scores, positive) == pytest.approx(average_precision_score(positive, scores))
    with pytest.raises(ValueError, match="finite"):
        average_precision(np.full(2, np.inf), np.array([True, False]))
