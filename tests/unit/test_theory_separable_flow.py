"""The flow in logarithmic time against closed forms and the theorems' limits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from backend.theory.margin_gaps import (
    angle_gap,
    direction_error,
    directions,
    margin_gap,
    remainder,
    training_error,
    training_loss,
)
from backend.theory.margin_loss import Loss, pairs
from backend.theory.max_margin import max_margin, minimizer
from backend.theory.separable_flow import gradient_flow, loss_constant, offset, residual_rate

ASYMMETRIC = np.array([[1, 0.2], [0.2, 2]])
SYMMETRIC = np.array([[0.5, 1.5], [1.5, 0.5], [0.5, 1.5], [1.5, 0.5], [3, 2], [2, 5]])
TIMES = np.logspace(0, 12, 121)
STEP = 0.2


def test_one_point_under_the_exponential_loss_has_the_papers_closed_form():
    start = np.array([0.3, -0.7])
    found = gradient_flow(np.array([[1.0, 0.0]]), TIMES, Loss.EXPONENTIAL, start)
    np.testing.assert_allclose(found[:, 0], np.log(TIMES + np.exp(0.3)), rtol=1e-8)
    np.testing.assert_array_equal(found[:, 1], -0.7)


@pytest.mark.parametrize("loss", Loss)
@pytest.mark.parametrize("x", [ASYMMETRIC, SYMMETRIC, ASYMMETRIC * [1, 20]])
def test_it_solves_the_equation_in_plain_time(x, loss):
    def slope(_t, w):
        m = x @ w
        return (np.exp(-m) if loss is Loss.EXPONENTIAL else 1 / (1 + np.exp(m))) @ x

    start, times = np.array([0.1, -0.2]), np.array([0.01, 1.0, 100.0])
    plain = solve_ivp(slope, (0, 100), start, "DOP853", times, rtol=1e-10, atol=1e-12).y.T
    np.testing.assert_allclose(gradient_flow(x, times, loss, start), plain, rtol=1e-7)


@pytest.mark.parametrize("loss", Loss)
@pytest.mark.parametrize("x", [ASYMMETRIC, SYMMETRIC])
def test_the_remainder_tends_to_its_formula(x, loss):
    separator = max_margin(x)
    limit = offset(x, separator, STEP)
    assert limit is not None
    w = gradient_flow(x, STEP * TIMES, loss)
    away = np.linalg.norm(remainder(w, TIMES, separator) - limit, axis=1)
    assert away[-1] < 1e-4
    slope = np.log10(away[70] / away[60])  # of the decade from 1e6
    assert slope == pytest.approx(-residual_rate(x, separator), rel=0.05)


def test_the_asymmetric_sets_limit_is_the_replications():
    separator = max_margin(ASYMMETRIC)
    limit = offset(ASYMMETRIC, separator, STEP)
    np.testing.assert_allclose(limit, [-1.5865, 0.4374], atol=5e-5)
    np.testing.assert_allclose(STEP * np.exp(-ASYMMETRIC @ limit), separator.alphas)
    assert loss_constant(separator, STEP) == pytest.approx(5.05, abs=5e-4)
    w = gradient_flow(ASYMMETRIC, STEP * TIMES)
    assert TIMES[-1] * training_loss(ASYMMETRIC, w)[-1] == pytest.approx(5.05, abs=5e-4)


def test_the_papers_set_is_special():
    """By symmetry w~ lies along w^, so that the direction errs by a power of t and not by 1 / log t."""
    separator = max_margin(SYMMETRIC)
    limit = offset(SYMMETRIC, separator, 1.0)
    assert limit[0] == pytest.approx(limit[1], abs=1e-12)
    assert residual_rate(SYMMETRIC, separator) == pytest.approx(0.25)
    near = np.vstack([SYMMETRIC, [1.1, 1.1]])  # w^T x = 1.1, so that another point limits the rate
    assert residual_rate(near, max_margin(near)) == pytest.approx(0.1)


def test_a_start_stays_where_no_point_reaches():
    x = np.array([[1.0, 0.0, 0.2], [0.2, 0.0, 2.0]])
    start = np.array([0.5, 3.0, -0.5])
    limit = offset(x, max_margin(x), STEP, start)
    w = gradient_flow(x, STEP * TIMES, start=start)
    assert (w[:, 1] == 3).all()
    np.testing.assert_allclose(remainder(w, TIMES, max_margin(x))[-1], limit, atol=1e-4)


@pytest.mark.parametrize(
    "x",
    [
        [[1, 0], [3, 1]],  # one support vector, a plane of points
        [[1, 0], [1, 1]],  # the second is on the margin and pulls in vain
    ],
)
def test_no_formula_where_support_vectors_do_not_span_or_do_not_all_pull(x):
    x = np.array(x, float)
    assert offset(x, max_margin(x), STEP) is None


def test_three_classes_go_to_their_machine():
    y = np.arange(6) % 3
    x = np.array([[3, 0], [-2, 3], [-2, -3.0]])[y] + 0.3 * np.random.default_rng(0).standard_normal((6, 2))
    rows = pairs(x, y, 3)
    separator = max_margin(rows)
    error = direction_error(gradient_flow(rows, TIMES), separator)
    assert error[-1] < 0.05
    assert (np.diff(error[40::10]) < 0).all()


def test_without_a_separator_it_rests_at_the_minimizer():
    x = np.array([[1, 0], [-1, 0.5], [-1, -0.5], [0.3, 2]])
    np.testing.assert_allclose(gradient_flow(x, TIMES)[-1], minimizer(x), atol=1e-7)


def test_gaps_are_what_their_names_say():
    separator = max_margin(ASYMMETRIC)
    w = np.array([[0.0, 0.0], [1.0, 1.0], [2.0, -1.0], [3e8 * w for w in separator.weights]])
    cosine = w[1] @ separator.weights / np.linalg.norm(w[1]) / separator.norm
    assert angle_gap(w, separator)[1] == pytest.approx(1 - cosine)
    assert direction_error(w, separator)[1] == pytest.approx(np.sqrt(2 * (1 - cosine)))
    assert margin_gap(ASYMMETRIC, w, separator)[1] == pytest.approx(separator.margin - 1.2 / np.sqrt(2))
    assert training_error(ASYMMETRIC, w).tolist() == [1, 0, 0.5, 0]
    across = np.array([[0.1, 0.7]]) * (7 / 3)
    on = np.array([[-0.7, 0.1], [-0.7, 0.1 + 1e-12], [-0.7, 0.1 + 1e-6]]) / 3
    assert training_error(across, on).tolist() == [1, 1, 0]  # on it but for rounding, and not
    for gap in (angle_gap(w, separator), margin_gap(ASYMMETRIC, w, separator)):
        assert abs(gap[3]) < 1e-15
    assert directions(w)[0].tolist() == [0, 0]
    assert training_loss(ASYMMETRIC, w)[0] == pytest.approx(2 * np.log(2))


@given(
    st.lists(st.tuples(st.floats(-6, 6), st.floats(0.1, 6)), min_size=1, max_size=40), st.sampled_from(Loss)
)
@settings(deadline=None, max_examples=60)
def test_it_can_be_followed_on_any_points(points, loss):
    x = np.round(np.array(points), 2)
    w = gradient_flow(x, TIMES, loss)
    assert np.isfinite(w).all()
    assert (np.diff(training_loss(x, w, loss)) < 1e-9).all()
