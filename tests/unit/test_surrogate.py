"""The surrogate, and what it brings to scores from margins."""

import numpy as np
import pytest
from scipy.special import ndtr

from backend.statistics.margins import MARGIN_UNIT, Control, Moments, shares
from backend.statistics.surrogate import GAMMA, RIDGE, SURROGATE_UNIT, Surrogate

MODELS, EXAMPLES = 60, 1500


def test_leaving_examples_out_is_fitting_without_them():
    rng = np.random.default_rng(0)
    x, labels = rng.normal(size=(40, 6)), rng.integers(3, size=40)
    surrogate = Surrogate.of(x, labels, 3)
    for held_out in (1, 12, 20):
        mask = np.ones(40, bool)
        mask[rng.permutation(40)[:held_out]] = False
        distance = ((x[:, None] - x[None]) ** 2).sum(axis=2)
        kernel = np.exp(-GAMMA / 6 * distance)
        targets = np.eye(3)[labels] - 1 / 3
        alpha = np.linalg.solve(kernel[np.ix_(mask, mask)] + RIDGE * np.eye(mask.sum()), targets[mask])
        outputs = kernel[:, mask] @ alpha
        own = outputs[np.arange(40), labels]
        outputs[np.arange(40), labels] = -np.inf
        expected = (own - outputs.max(axis=1)) / SURROGATE_UNIT
        assert np.abs(surrogate.margins(mask) - expected).max() <= 0.5 + 1e-6


def simulated(seed: int, goes_along: float) -> tuple[Moments, Control, np.ndarray]:
    """Make up margins that go along with a surrogate's so far; the true shares of right answers beside."""
    rng = np.random.default_rng(seed)
    true = rng.normal(1, 1, EXAMPLES)
    common = rng.normal(size=(MODELS, EXAMPLES))
    noise = rng.normal(size=(MODELS, EXAMPLES))
    margins = true + goes_along * common + np.sqrt(1 - goes_along**2) * noise
    centers, spreads = rng.normal(0, 0.3, EXAMPLES), rng.uniform(0.05, 0.2, EXAMPLES)
    asked = np.rint((centers + spreads * common) / SURROGATE_UNIT).astype(np.int64)
    units = np.rint(margins / MARGIN_UNIT).astype(np.int64)

    def halves(values: np.ndarray) -> np.ndarray:
        return np.stack([values[half::2].sum(axis=0) for half in (0, 1)])

    moments = Moments(
        n=np.full((2, EXAMPLES), MODELS // 2),
        k=halves(margins > 0),
        total=halves(units),
        squares=halves(units**2),
    )
    control = Control(
        total=halves(asked),
        products=halves(asked * units),
        models=np.full(EXAMPLES, 1000),
        mean=centers / SURROGATE_UNIT,
        variance=(spreads / SURROGATE_UNIT) ** 2,
    )
    return moments, control, ndtr(true)


def test_a_surrogate_that_errs_alike_makes_estimates_more_exact():
    gains, inside, bias = [], [], []
    for seed in range(5):
        moments, control, truth = simulated(seed, 0.6)
        plain, steered = shares(moments), shares(moments, control=control)
        assert plain is not None
        assert steered is not None
        gains.append(np.mean((plain.share - truth) ** 2) / np.mean((steered.share - truth) ** 2))
        inside.append(np.mean((steered.low <= truth) & (truth <= steered.high)))
        bias.append(np.mean(steered.share - truth))
        assert steered.worth.mean() > 1.15 * plain.worth.mean()
    # Of the mean's variance 1 - .6^2 is left; that of the deviation, and of answers counted, stays.
    assert 1.2 < np.mean(gains) < 1.56
    assert 0.93 < np.mean(inside) < 0.985
    assert abs(np.mean(bias)) < 0.004


def test_a_surrogate_that_errs_by_itself_changes_next_to_nothing():
    moments, control, truth = simulated(9, 0.0)
    plain, steered = shares(moments), shares(moments, control=control)
    assert plain is not None
    assert steered is not None
    ratio = np.mean((plain.share - truth) ** 2) / np.mean((steered.share - truth) ** 2)
    assert ratio == pytest.approx(1, abs=0.01)


def test_the_error_of_the_surrogates_own_mean_counts():
    moments, control, _ = simulated(3, 0.6)
    few = Control(**(vars(control) | {"models": np.full(EXAMPLES, 30)}))
    many, little = shares(moments, control=control), shares(moments, control=few)
    assert many is not None
    assert little is not None
    assert little.worth.mean() < 0.95 * many.worth.mean()
