"""SGD's choice among all solutions: the one of smallest norm, or what the starting weights say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits

from backend.theory.minimum_norm import minimum_norm, sgd


def ignore(_fraction: float) -> None:
    pass


def digits(n: int):
    data = load_digits()
    chosen = np.random.default_rng(0).permutation(len(data.data))[:n]
    return data.data[chosen] / 16, np.eye(10)[data.target[chosen]]


@given(st.integers(1, 12), st.integers(0, 20), st.integers(1, 3), st.integers(0, 2**32))
@settings(deadline=None)
def test_minimum_norm_is_the_least_squares_solution_of_smallest_norm(n, more, k, seed):
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((n, n + more + 5)), rng.standard_normal((n, k))
    found = minimum_norm(x, y)
    np.testing.assert_allclose(found, np.linalg.lstsq(x, y)[0], atol=1e-8)
    np.testing.assert_allclose(x @ found, y, atol=1e-8)


def test_sgd_from_zero_finds_the_minimum_norm_solution_of_real_images():
    x, y = digits(24)
    path = sgd(x, y, np.zeros((64, 10)), np.random.default_rng(1), ignore)
    expected = np.linalg.lstsq(x, y)[0]
    assert np.linalg.norm(path.weights - expected) < 1e-8 * np.linalg.norm(expected)
    assert path.to_minimum_norm[-1] < 1e-8
    np.testing.assert_allclose(path.limit, expected, atol=1e-10)


def test_sgd_from_elsewhere_keeps_what_the_start_has_outside_the_span():
    x, y = digits(16)
    start = np.random.default_rng(2).standard_normal((64, 10))
    path = sgd(x, y, start, np.random.default_rng(1), ignore)
    projection = np.linalg.pinv(x) @ x
    smallest = np.linalg.lstsq(x, y)[0]
    outside = start - projection @ start
    np.testing.assert_allclose(path.limit, smallest + outside, atol=1e-9)
    np.testing.assert_allclose(path.weights, path.limit, atol=1e-7)
    assert path.residual[-1] < 1e-8  # it solves the same equations,
    assert path.to_minimum_norm[-1] > 0.5  # and is another solution, of larger norm
    assert path.norm[-1] == pytest.approx(np.hypot(np.linalg.norm(smallest), np.linalg.norm(outside)))


def test_path_starts_at_the_start_and_tells_of_the_weights():
    x, y = digits(10)
    start = np.ones((64, 10))
    path = sgd(x, y, start, np.random.default_rng(1), ignore, epochs=30)
    assert path.epochs[:4].tolist() == [0, 1, 2, 3]
    assert path.epochs[-1] == 30
    assert (np.diff(path.epochs) > 0).all()
    unit = np.linalg.norm(path.limit)
    smallest = minimum_norm(x, y)
    assert path.norm[0] == np.linalg.norm(start)
    assert path.to_minimum_norm[0] == pytest.approx(np.linalg.norm(start - smallest) / unit)
    assert path.to_limit[-1] == pytest.approx(np.linalg.norm(path.weights - path.limit) / unit)
    assert path.residual[-1] == pytest.approx(np.linalg.norm(x @ path.weights - y) / np.linalg.norm(y))


def test_a_step_is_one_of_gradient_descent_on_one_example():
    x, y = digits(10)
    path = sgd(x[:1], y[:1], np.ones((64, 10)), np.random.default_rng(1), ignore, epochs=1)
    gradient = np.outer(x[0], x[0] @ np.ones((64, 10)) - y[0])
    np.testing.assert_allclose(path.weights, 1 - gradient / (x[0] @ x[0]), atol=1e-12)


def test_start_is_left_as_it_was_and_equal_generators_give_equal_paths():
    x, y = digits(10)
    start = np.asfortranarray(np.ones((64, 10)))
    a, b = (sgd(x, y, start, np.random.default_rng(5), ignore, epochs=20) for _ in range(2))
    np.testing.assert_array_equal(start, 1)
    np.testing.assert_array_equal(a.weights, b.weights)


def test_dependent_examples_are_refused():
    x, y = digits(10)
    with pytest.raises(ValueError, match="dependent"):
        minimum_norm(x[[0, 1, 0]], y[:3])
    with pytest.raises(ValueError, match="dependent"):
        minimum_norm(x[:, 18:22], y)
    for other in x[2:]:  # what rounding leaves of the third may be positive
        with pytest.raises(ValueError, match="dependent"):
            minimum_norm(np.stack([x[0], other, 0.3 * x[0] + 0.7 * other]), y[:3])


def test_progress_grows_to_one_and_can_stop_it():
    x, y = digits(12)
    seen: list[float] = []
    sgd(x, y, np.zeros((64, 10)), np.random.default_rng(1), seen.append)
    assert seen == sorted(seen)
    assert 0 <= seen[0] < 0.5 < seen[-2] <= seen[-1] == 1

    def stop(_fraction: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        sgd(x, y, np.zeros((64, 10)), np.random.default_rng(1), stop)
