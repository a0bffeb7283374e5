"""Theorem 1's network: fits of any labels, its triangular matrix, and what thresholds do to precision."""

import tracemalloc
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from backend.theory.finite_sample import build, conditioning, fit_error, forward_pass, outputs, triangular
from backend.theory.repeats import first_equal


def drawn(n: int, d: int = 50, seed: int = 0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)), rng.choice([-1.0, 1.0], n), rng.standard_normal(d)


def error_of(network) -> float:
    return fit_error(network.z, network.y, network.thresholds, network.weights)


def exact_error(network, i: int) -> float:
    """Return what is missing at the i-th example in rational arithmetic."""
    z = Fraction(network.z[i])
    before = zip(network.weights[: i + 1].tolist(), network.thresholds[: i + 1].tolist(), strict=True)
    value = sum(Fraction(weight) * (z - Fraction(threshold)) for weight, threshold in before)
    return abs(float(value - Fraction(network.y[i])))


@st.composite
def samples(draw):
    n, d = draw(st.integers(2, 40)), draw(st.integers(1, 6))
    x = np.random.default_rng(draw(st.integers(0, 2**32))).integers(0, 256, (n, d)) / 255.0
    y = np.array(draw(st.lists(st.integers(-9, 9), min_size=n, max_size=n)), np.float64)
    return x, y, draw(st.floats(0.05, 0.5))


@given(samples())
@settings(deadline=None)
def test_any_labels_of_different_examples_are_fit(case):
    x, y, position = case
    x = x[np.unique(first_equal(x))]
    assume(len(x) >= 2)
    y = y[: len(x)]
    direction = np.sqrt(np.arange(2.0, 2.0 + x.shape[1]))
    network = build(x, y, direction, position)
    # Rounding leaves errors of the size of the terms that cancel.
    terms = np.abs(network.weights).max() * np.ptp(network.z) * len(x)
    tolerance = 1e-9 + 10 * np.finfo(float).eps * terms
    assert np.abs(network(x) - y).max() <= tolerance
    assert error_of(network) <= tolerance
    assert network.parameters == 2 * len(x) + x.shape[1]


def test_weights_solve_the_triangular_system_of_the_proof():
    x, y, direction = drawn(60)
    network = build(x, y, direction, 0.3)
    matrix = triangular(network, 60)
    np.testing.assert_array_equal(network.y, y[network.fitted])
    np.testing.assert_allclose(network.z, np.sort(x @ direction))
    np.testing.assert_allclose(network.weights, np.linalg.solve(matrix, network.y), rtol=1e-7)


def test_thresholds_lie_at_the_position_asked_for_between_examples():
    x, y, direction = drawn(50)
    network = build(x, y, direction, 0.3)
    share = (network.thresholds[1:] - network.z[:-1]) / np.diff(network.z)
    np.testing.assert_allclose(share, 0.3, rtol=1e-9)
    assert network.thresholds[0] < network.z[0]


def test_smallest_eigenvalue_is_the_smallest_diagonal_element():
    x, y, direction = drawn(80)
    network = build(x, y, direction, 0.1)
    matrix = triangular(network, 80)
    np.testing.assert_array_equal(np.triu(matrix, 1), 0)
    np.testing.assert_allclose(np.diag(matrix), network.diagonal)
    eigenvalues = np.linalg.eigvals(matrix)
    assert eigenvalues.min() == pytest.approx(network.diagonal.min(), rel=1e-12)
    assert network.diagonal.min() > 0


def test_matrix_for_a_picture_is_a_part_of_the_whole():
    x, y, direction = drawn(80)
    network = build(x, y, direction, 0.1)
    part = triangular(network, 5)
    at = [0, 20, 40, 59, 79]
    np.testing.assert_array_equal(part, triangular(network, 80)[np.ix_(at, at)])


def test_both_evaluations_are_the_sum_of_units():
    x, y, direction = drawn(300, d=3)
    network = build(x, y, direction, 0.1)
    z = np.random.default_rng(1).uniform(network.z[0] - 1, network.z[-1] + 1, 700)
    units = np.maximum(z[:, None] - network.thresholds, 0)
    expected = [sum(row * network.weights) for row in units]
    scale = np.abs(network.weights).max()
    for evaluate in (outputs, forward_pass):
        np.testing.assert_allclose(
            evaluate(z, network.thresholds, network.weights), expected, atol=1e-11 * scale
        )
    assert outputs(network.thresholds[:1], network.thresholds, network.weights) == [0]


def test_midpoints_lose_the_precision_that_thresholds_near_the_last_example_keep():
    x, y, direction = drawn(5000)
    near, middle = build(x, y, direction, 0.1), build(x, y, direction, 0.5)
    assert near.parameters == 10_050
    assert error_of(near) < 1e-6
    assert error_of(middle) > 1e-5
    # The weights are not to blame: their exact sum is precise, the network's terms are what cancels.
    assert exact_error(middle, 4999) < 1e-8
    assert np.abs(middle(x) - y).max() < 1e-5


def test_beyond_midpoints_weights_grow_exponentially():
    network = build(*drawn(1000), 0.1)
    found = conditioning(network.z, network.y, np.array([0.1, 0.5, 0.52, 0.7]), lambda _: None)
    assert found.fit_error[0] < 1e-7 < found.fit_error[1] < 1 < found.fit_error[2]
    assert found.largest_weight[1] < 1e8 < 1e20 < found.largest_weight[2]
    assert found.fit_error[3] == found.largest_weight[3] == np.inf
    assert found.condition[0] * 10 < found.condition[1] < found.condition[2]
    np.testing.assert_allclose(
        found.smallest_diagonal, np.diff(network.z).min() * (1 - found.positions), rtol=1e-6
    )
    assert found.fit_error[0] == error_of(network)


def test_weights_that_overflow_are_refused():
    with pytest.raises(ValueError, match="overflow"):
        build(*drawn(2000), 0.7)


def test_fifty_thousand_examples_need_no_matrix():
    x, y, direction = drawn(50_000, d=4)
    tracemalloc.start()
    network = build(x, y, direction, 0.1)
    values = network(x)
    error_of(network)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5e7  # bytes, of 20 GB
    assert network.parameters == 100_004
    assert np.abs(values - y).max() < 1e-3


def test_equal_examples_are_fitted_once_and_counted():
    x, y, direction = drawn(30)
    y = np.arange(30.0)
    x[7], y[7] = x[3], y[3]
    x[9] = x[3]  # with another label
    network = build(x, y, direction, 0.1)
    assert (network.repeats, network.contradictions) == (2, 1)
    assert len(network.fitted) == 28
    assert not {7, 9} & set(network.fitted.tolist())
    missed = np.abs(network(x) - y)
    assert missed[9] == pytest.approx(6)
    assert np.delete(missed, 9).max() < 1e-9


def test_examples_that_a_direction_does_not_tell_apart_are_refused():
    x, y, _ = drawn(20)
    with pytest.raises(ValueError, match="direction"):
        build(x, y, np.zeros(50), 0.1)
    with pytest.raises(ValueError, match="two different"):
        build(x[[0, 0]], y[:2], np.ones(50), 0.1)


def test_first_equal_names_earlier_rows():
    x = np.array([[1.0, 2], [2, 1], [1, 2], [3, 3], [2, 1], [1, 2]])
    assert first_equal(x).tolist() == [0, 1, 0, 3, 1, 0]
    assert first_equal(x[:, ::-1]).tolist() == [0, 1, 0, 3, 1, 0]
