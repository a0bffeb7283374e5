"""The distribution of true scores behind noisy ones: shares of it, and whether their intervals cover."""

import numpy as np
import pytest

from backend.statistics.true_scores import GRID, TrueScores

LOW, HIGH = (GRID < 0.1).astype(float), (GRID > 0.9).astype(float)


def drawn(truth, models, seed=0, accuracy=0.99):
    rng = np.random.default_rng(seed)
    n_out = np.full(len(truth), round(0.3 * models))
    n_in = models - n_out
    k_out = rng.binomial(n_out, np.clip(accuracy - np.asarray(truth), 0, 1))
    return TrueScores(*(c.astype(np.int32) for c in (n_in, rng.binomial(n_in, accuracy), n_out, k_out)))


@pytest.mark.parametrize("models", [20, 50, 200, 4000])
def test_noise_is_taken_out(models):
    """Half at 0.15 and half at 0.85: with 50 models a third of them are seen in the tenths at the ends."""
    found = drawn(np.tile([0.15, 0.85], 1000), models)
    for end in (LOW, HIGH):
        estimate = found.estimate(end)
        assert estimate.low < 0.01
        assert estimate.low <= estimate.value <= estimate.high
        assert estimate.high < (0.35 if models == 20 else 0.2 if models == 50 else 0.03)
    assert found.shares.sum() == pytest.approx(1)


@pytest.mark.parametrize("models", [10, 50, 400])
@pytest.mark.parametrize("share", [0.3, 0.8])
def test_intervals_cover_the_true_share(models, share):
    covered = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        truth = np.where(rng.random(500) < share, 0.02, rng.uniform(0.2, 1, 500))
        estimate = drawn(truth, models, seed).estimate(LOW)
        covered += estimate.low <= share <= estimate.high
    assert covered >= 17


def test_more_examples_and_more_models_narrow_the_interval():
    def width(n, models):
        estimate = drawn(np.resize([0.02, 0.3, 0.6, 0.97], n), models).estimate(LOW)
        return estimate.high - estimate.low

    assert width(2000, 100) < 0.7 * width(500, 100)
    assert width(500, 200) < 0.6 * width(500, 10)


def test_scores_of_exactly_one_kind():
    found = drawn(np.zeros(200), 1000, accuracy=1.0)
    assert found.estimate(LOW).value == pytest.approx(1)
    assert found.estimate(LOW).low > 0.97
    assert found.estimate(HIGH).high < 0.03
