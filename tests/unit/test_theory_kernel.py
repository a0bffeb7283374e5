"""Kernel interpolation: zero training error on any labels, the smallest norm, and what noise costs."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.datasets import load_digits

from backend.theory import kernel
from backend.theory.kernel import gaussian, interpolate

GAMMA = 0.3  # for digits of 8 x 8 pixels
NOISE = (0.0, 0.2, 0.5, 1.0)


def ignore(_fraction: float) -> None:
    pass


@pytest.fixture(scope="module")
def digits():
    data = load_digits()
    order = np.random.default_rng(0).permutation(len(data.data))
    x, y = data.data[order] / 16, data.target[order]
    return x[:700], y[:700], x[1200:], y[1200:]


def noisy(y, rng):
    """Return (L, n, 10) one-hot targets, one label set per level of noise, the same draws in all."""
    threshold, random = rng.random(len(y)), rng.integers(0, 10, len(y))
    return np.eye(10)[[np.where(threshold < p, random, y) for p in NOISE]]


def test_gaussian_kernel_is_its_formula(digits):
    x = digits[0]
    a, b = x[:7], x[3:20]
    expected = np.exp(-0.02 * ((a[:, None] - b) ** 2).sum(2))
    np.testing.assert_allclose(gaussian(a, b, 0.02), expected, rtol=1e-12)
    assert (gaussian(a, a, 5.0) <= 1).all()


def test_any_labels_are_interpolated_and_the_norm_grows_with_their_noise(digits):
    x, y, x_test, y_test = digits
    found = interpolate(x, noisy(y, np.random.default_rng(1)), x_test, GAMMA, ignore)
    assert found.train_error.tolist() == [0, 0, 0, 0]
    assert (found.residual < 1e-9).all()
    errors = (found.predicted != y_test).mean(axis=1)
    assert errors[0] < 0.04
    assert abs(errors[-1] - 0.9) < 0.06
    assert (np.diff(errors) > 0).all()
    assert (np.diff(found.norm) > 0).all()
    assert found.norm[-1] > 2 * found.norm[0]
    assert found.repeats == 0


def test_equals_a_direct_solution_of_every_label_set(digits):
    x, y, x_test, _ = digits
    targets = noisy(y, np.random.default_rng(1))
    found = interpolate(x, targets, x_test, GAMMA, ignore)
    k = np.exp(-GAMMA * cdist(x, x, "sqeuclidean"))
    k_test = np.exp(-GAMMA * cdist(x_test, x, "sqeuclidean"))
    for level, wanted in enumerate(targets):
        alpha = np.linalg.solve(k, wanted)
        np.testing.assert_allclose(found.norms[level], np.sqrt(np.diag(alpha.T @ k @ alpha)), rtol=1e-8)
        assert found.norm[level] == pytest.approx(np.sqrt(np.trace(alpha.T @ k @ alpha)))
        np.testing.assert_array_equal(found.predicted[level], (k_test @ alpha).argmax(axis=1))


def test_ridge_trades_fit_for_norm(digits):
    x, y, x_test, _ = digits
    x, targets = x[:400], noisy(y[:400], np.random.default_rng(1))
    found = interpolate(x, targets, x_test, GAMMA, ignore, ridge=1.0)
    k = gaussian(x, x, GAMMA)
    alpha = np.linalg.solve(k + np.eye(400), targets[-1])
    assert found.residual[-1] == pytest.approx(np.abs(alpha).max())
    assert found.norm[-1] == pytest.approx(np.sqrt(np.trace(alpha.T @ k @ alpha)))
    assert found.train_error[-1] == ((k @ alpha).argmax(axis=1) != targets[-1].argmax(axis=1)).mean() > 0
    assert (found.norm < interpolate(x, targets, x_test, GAMMA, ignore).norm).all()


def test_equal_examples_are_fitted_once_and_their_contradictions_counted(digits):
    x, y, x_test, _ = digits
    twice = np.concatenate([x[:300], x[[7, 1, 2, 3]]])
    labels = np.concatenate([y[:300], y[[7, 1]], (y[2:4] + 1) % 10])
    found = interpolate(twice, np.eye(10)[labels][None], x_test, GAMMA, ignore)
    once = interpolate(x[:300], np.eye(10)[y[:300]][None], x_test, GAMMA, ignore)
    assert found.repeats == 4
    assert found.train_error[0] == pytest.approx(2 / 304)
    np.testing.assert_array_equal(found.predicted, once.predicted)
    np.testing.assert_array_equal(found.norms, once.norms)


def test_a_kernel_that_sees_no_differences_is_refused(digits):
    x, y, x_test, _ = digits
    x = x.copy()
    with pytest.raises(ValueError, match="singular"):
        interpolate(x, np.eye(10)[y][None], x_test, 1e-12, ignore)
    x, targets = x[:30], np.eye(10)[y[:30]][None]
    for example in range(29):  # what rounding leaves of the last one may be positive
        x[29] = x[example] + 1e-10
        with pytest.raises(ValueError, match="singular"):
            interpolate(x, targets, x_test, GAMMA, ignore)


def test_blocks_do_not_show(digits, monkeypatch):
    x, y, x_test, _ = digits
    targets = np.eye(10)[y][None]
    whole = interpolate(x, targets, x_test, GAMMA, ignore)
    monkeypatch.setattr(kernel, "BLOCK", 77)
    parts = interpolate(x, targets, x_test, GAMMA, ignore)
    np.testing.assert_allclose(parts.norms, whole.norms, rtol=1e-10)
    np.testing.assert_array_equal(parts.predicted, whole.predicted)


def test_progress_grows_to_one_and_can_stop_it(digits):
    x, y, x_test, _ = digits
    targets = np.eye(10)[y][None]
    seen: list[float] = []
    interpolate(x, targets, x_test, GAMMA, seen.append)
    assert seen == sorted(seen)
    assert len(seen) >= 6
    assert 0 < seen[0] < 0.5 < seen[-1] == pytest.approx(1)

    def stop(_fraction: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        interpolate(x, targets, x_test, GAMMA, stop)
