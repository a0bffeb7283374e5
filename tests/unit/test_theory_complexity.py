"""How well linear functions fit random signs: formula against draws, and pixels that say nothing."""

import numpy as np
import pytest
from scipy.special import erf
from sklearn.datasets import load_digits

from backend.theory.complexity import least_squares


def ignore(_fraction: float) -> None:
    pass


def mean_and_error(values):
    return values.mean(), values.std() / np.sqrt(len(values))


@pytest.mark.parametrize(("n", "d"), [(2000, 20), (1000, 100), (400, 200), (400, 360)])
def test_signs_agree_as_often_as_the_formula_says(n, d):
    rng = np.random.default_rng(0)
    found = least_squares(rng.standard_normal((n, d)), 300, rng, ignore)
    mean, error = mean_and_error(found.signs)
    assert abs(mean - erf(np.sqrt(d / (2 * (n - d))))) < 4 * error + 0.003
    assert abs(mean - found.expected) < 4 * error
    assert found.leverages.sum() == pytest.approx(d)


def test_few_columns_follow_the_square_root_law():
    rng = np.random.default_rng(0)
    found = least_squares(rng.standard_normal((10_000, 10)), 200, rng, ignore)
    assert found.signs.mean() == pytest.approx(np.sqrt(2 * 10 / (np.pi * 10_000)), rel=0.05)


def test_as_many_columns_as_examples_fit_every_sign():
    rng = np.random.default_rng(0)
    found = least_squares(rng.standard_normal((50, 70)), 20, rng, ignore)
    assert found.signs.tolist() == [1.0] * 20
    np.testing.assert_allclose(found.bounded, 1)
    assert found.expected == pytest.approx(1)


def test_pixels_that_say_nothing_new_add_nothing():
    x = load_digits().data  # three of 64 pixels are always black
    x = np.concatenate([x, x[:, :30] + x[:, 30:60]], axis=1)
    found = least_squares(x, 200, np.random.default_rng(0), ignore)
    assert found.leverages.sum() == pytest.approx(61)
    plain = least_squares(load_digits().data, 200, np.random.default_rng(0), ignore)
    np.testing.assert_allclose(found.bounded, plain.bounded)
    mean, error = mean_and_error(found.signs)
    assert abs(mean - found.expected) < 4 * error


def test_values_are_those_of_separate_fits():
    rng = np.random.default_rng(3)
    x = rng.standard_normal((90, 150))[:, :100] @ rng.standard_normal((100, 150))
    x[:, 140:] = 0
    x = x[:, 80:]  # 60 columns that count, and 10 of zeros
    found = least_squares(x, 5, np.random.default_rng(7), ignore)
    sigma = np.random.default_rng(7).choice([-1.0, 1.0], (90, 5))
    fits = x @ np.linalg.lstsq(x, sigma)[0]
    np.testing.assert_allclose(found.signs, (sigma * np.sign(fits)).mean(axis=0))
    np.testing.assert_allclose(found.bounded, np.linalg.norm(fits, axis=0) / np.sqrt(90))
    np.testing.assert_allclose(found.leverages, np.diag(x @ np.linalg.pinv(x)), atol=1e-10)


def test_no_function_of_mean_square_one_does_better_than_the_bound():
    rng = np.random.default_rng(4)
    x = rng.standard_normal((60, 8))
    found = least_squares(x, 1, np.random.default_rng(7), ignore)
    sigma = np.random.default_rng(7).choice([-1.0, 1.0], (60, 1))[:, 0]
    values = x @ rng.standard_normal((8, 20_000))
    values /= np.sqrt((values**2).mean(axis=0))
    best = (sigma @ values / 60).max()
    assert 0.8 * found.bounded[0] < best <= found.bounded[0]


def test_progress_grows_to_one():
    seen: list[float] = []
    least_squares(load_digits().data, 150, np.random.default_rng(0), seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1
