"""Optimizers against plain loops written out here, and gradient descent beyond the steps it takes."""

import numpy as np
import pytest
import torch

from backend.theory.descent import (
    ONE_BY_ONE,
    adam,
    gradient_descent,
    largest_step,
    log_steps,
    normalized_gradient_descent,
    stochastic_gradient_descent,
)
from backend.theory.margin_gaps import direction_error, directions, training_loss
from backend.theory.margin_loss import Loss, pairs
from backend.theory.max_margin import max_margin, minimizer
from backend.theory.separable_flow import gradient_flow, loss_constant, offset

ASYMMETRIC = np.array([[1, 0.2], [0.2, 2]])
MANY = np.vstack(
    [
        [[0.5, 1.5], [1.5, 0.5], [0.5, 1.5], [1.5, 0.5]],
        np.random.default_rng(0).exponential(1.0, (12, 2)) + 1.2,
    ]
)
APART = np.array([[1.0, 5.0], [1.0, -4.0]])  # far along the margin: smooth only late
OVERLAPPING = np.array([[1, 0], [-1, 0.5], [-1, -0.5], [0.3, 2]])


def inverse_square(x):
    return 1 / np.linalg.norm(x, 2) ** 2


def plain(x, step, steps, momentum=0.0, loss=Loss.LOGISTIC, start=(0.0, 0.0)):
    """The loop that a textbook has."""
    w, velocity, kept = np.array(start), np.zeros(2), []
    for t in range(1, steps[-1] + 1):
        m = x @ w
        weight = np.exp(-m) if loss is Loss.EXPONENTIAL else 1 / (1 + np.exp(m))
        velocity = momentum * velocity + step * weight @ x
        w = w + velocity
        if t in steps:
            kept.append(w)
    return np.array(kept)


def test_steps_are_whole_ascending_and_end_where_asked():
    steps = log_steps(10**6)
    assert (steps[0], steps[-1]) == (1, 10**6)
    assert (np.diff(steps) > 0).all()
    assert np.diff(np.log10(steps[steps > 100])).max() < 0.06
    assert log_steps(1).tolist() == [1]


def test_the_bound_of_the_step_size():
    assert largest_step(np.array([[3.0, 4.0]])) == pytest.approx(8 / 25)


@pytest.mark.parametrize(
    ("x", "step", "momentum", "loss", "start"),
    [
        (ASYMMETRIC, 0.2, 0.0, Loss.LOGISTIC, (0.0, 0.0)),
        (ASYMMETRIC, 0.2, 0.9, Loss.LOGISTIC, (0.0, 0.0)),
        (ASYMMETRIC, 0.2, 0.5, Loss.EXPONENTIAL, (0.5, -1.0)),
        (MANY, inverse_square(MANY), 0.0, Loss.EXPONENTIAL, (0.0, 0.0)),
        (MANY, inverse_square(MANY), 0.9, Loss.LOGISTIC, (-0.5, 1.0)),
        (MANY, inverse_square(MANY) ** 0.5, 0.9, Loss.LOGISTIC, (0.0, 0.0)),  # overshoots and stalls
        (MANY, 7.9 * inverse_square(MANY), 0.0, Loss.LOGISTIC, (0.0, 0.0)),  # just below its bound
        (MANY * [1, 20], inverse_square(MANY * [1, 20]), 0.0, Loss.LOGISTIC, (0.0, 0.0)),
        (APART, inverse_square(APART), 0.0, Loss.LOGISTIC, (0.0, 0.0)),
    ],
)
def test_many_steps_at_once_are_the_plain_loops(x, step, momentum, loss, start):
    steps = log_steps(30_000)
    found = gradient_descent(x, step, steps, momentum=momentum, loss=loss, start=np.array(start))
    expected = plain(x, step, steps.tolist(), momentum, loss, start)
    assert found.taken < 10_000  # so the last ones were not taken
    error = np.linalg.norm(found.weights - expected, axis=1) / np.linalg.norm(expected, axis=1)
    assert error.max() < 1e-5
    exact = found.steps <= found.taken
    np.testing.assert_allclose(found.weights[exact], expected[exact], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("momentum", [0.0, 0.5])
def test_a_trillion_steps_end_at_the_theorems_limits(momentum):
    steps = log_steps(10**12)
    found = gradient_descent(ASYMMETRIC, 0.2, steps, momentum=momentum)
    separator = max_margin(ASYMMETRIC)
    effective = 0.2 / (1 - momentum)
    rho = found.weights[-1] - np.log(1e12) * separator.weights
    np.testing.assert_allclose(rho, offset(ASYMMETRIC, separator, effective), atol=1e-4)
    scaled = 1e12 * training_loss(ASYMMETRIC, found.weights)[-1]
    assert scaled == pytest.approx(loss_constant(separator, effective), rel=1e-4)


def test_descent_of_small_steps_is_the_flow():
    found = gradient_descent(ASYMMETRIC, 1e-4, log_steps(10**8))
    flow = gradient_flow(ASYMMETRIC, 1e-4 * found.steps)
    np.testing.assert_allclose(found.weights, flow, atol=2e-4)


def test_it_ends_where_steps_are_not_smooth_unless_it_has_come_to_rest():
    found = gradient_descent(np.array([[1.0, 40.0], [1.0, -40.0]]), 1e-3, log_steps(10**12), momentum=0.9)
    assert found.steps[-1] == found.taken <= ONE_BY_ONE
    found = gradient_descent(OVERLAPPING, 0.5, log_steps(10**12))
    assert found.steps[-1] == 10**12
    np.testing.assert_allclose(found.weights[-1], minimizer(OVERLAPPING), atol=1e-12)


def test_a_constant_slope_far_on_the_wrong_side_is_not_taken_for_smoothness():
    """Large steps from there jump over the bend that the differential equation would follow."""
    x = np.array([[3.0, 1.0], [2.0, -1.5], [0.5, 2.0]])
    start = np.array([-400.0, -300.0])
    steps = log_steps(3_000)
    found = gradient_descent(x, 2.0, steps, start=start)
    expected = plain(x, 2.0, steps.tolist(), start=start)
    error = np.linalg.norm(found.weights - expected[: len(found.steps)], axis=1)
    assert (error / np.linalg.norm(expected[: len(found.steps)], axis=1)).max() < 1e-5
    assert found.taken > 50  # the way from the wrong side
    tiny = gradient_descent(OVERLAPPING, 1e-5, log_steps(10**12))  # smooth everywhere
    assert tiny.steps[-1] == 10**12
    np.testing.assert_allclose(tiny.weights[-1], minimizer(OVERLAPPING), atol=1e-9)


def test_too_large_a_step_diverges_and_says_so():
    x = np.array([[1.0, 0], [-1, 0.5], [-1, -0.5]])
    found = gradient_descent(x, 100.0, log_steps(10**6), loss=Loss.EXPONENTIAL)
    assert len(found.steps) < 20
    assert np.isfinite(found.weights).all()


def test_many_classes_run_on_their_pairs():
    y = np.arange(9) % 3
    x = np.array([[3, 0], [-2, 3], [-2, -3.0]])[y] + 0.3 * np.random.default_rng(0).standard_normal((9, 2))
    found = gradient_descent(pairs(x, y, 3), 0.01, log_steps(200))
    w = np.zeros((3, 2))
    for _ in range(200):
        scores = np.exp(x @ w.T)
        w -= 0.01 * (scores / scores.sum(axis=1, keepdims=True) - np.eye(3)[y]).T @ x
    np.testing.assert_allclose(found.weights[-1].reshape(3, 2), w, atol=1e-5)


def test_sgd_takes_every_point_once_an_epoch():
    found = stochastic_gradient_descent(MANY, 0.01, log_steps(30), np.random.default_rng(3), batch=5)
    rng, w = np.random.default_rng(3), np.zeros(2)
    for _ in range(30):
        order = rng.permutation(16)
        for batch in (order[:5], order[5:10], order[10:15], order[15:]):
            w = w + 0.01 * sum(MANY[i] / (1 + np.exp(MANY[i] @ w)) for i in batch)
    np.testing.assert_allclose(found.weights[-1], w, rtol=1e-10)
    assert found.steps[-1] == found.taken == 30


@pytest.mark.parametrize("epsilon", [1e-8, 1e-3])
def test_adam_is_pytorchs(epsilon):
    found = adam(ASYMMETRIC, 0.05, log_steps(300), epsilon=epsilon)
    w = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([w], lr=0.05, eps=epsilon)
    x = torch.tensor(ASYMMETRIC)
    for _ in range(300):
        optimizer.zero_grad()
        torch.nn.functional.softplus(-x @ w).sum().backward()
        optimizer.step()
    np.testing.assert_allclose(found.weights[-1], w.detach().numpy(), rtol=1e-8)


@pytest.mark.parametrize("rate", [1e-3, 1e-1])
@pytest.mark.parametrize("epsilon", [1e-8, 1e-4])
@pytest.mark.parametrize("x", [ASYMMETRIC, MANY * [1, 20], np.array([[1.0, 0.0]])], ids=str)
def test_adam_beyond_its_steps_is_near_the_plain_loop(x, rate, epsilon):
    steps = log_steps(20_000)
    found = adam(x, rate, steps, epsilon=epsilon, one_by_one=5_000)
    expected = adam(x, rate, steps, epsilon=epsilon).weights
    assert found.taken < 5_000
    assert found.steps[-1] == 20_000
    error = np.linalg.norm(found.weights - expected, axis=1) / np.linalg.norm(expected, axis=1)
    turned = np.linalg.norm(directions(found.weights) - directions(expected), axis=1)
    assert error.max() < 0.01
    assert np.degrees(turned.max()) < 0.2


@pytest.mark.filterwarnings(
    "ignore::scipy.integrate.ODEintWarning"
)  # the module's own filter, which pytest lifts
def test_adam_ends_where_its_steps_are_not_smooth():
    found = adam(OVERLAPPING, 0.1, log_steps(10**6), one_by_one=5_000)
    assert found.steps[-1] == found.taken <= 5_000
    found = adam(APART, 1.0, log_steps(10**12), one_by_one=5_000)
    assert found.taken < found.steps[-1] < 10**12


def test_normalized_descent_goes_on_where_the_loss_is_no_number_any_more():
    found = normalized_gradient_descent(ASYMMETRIC, 1.0, log_steps(2000))
    w = np.zeros(2)
    for t in range(2000):
        m = ASYMMETRIC @ w
        logs = -np.logaddexp(0, m)
        pull = np.exp(logs - logs.max()) @ ASYMMETRIC
        w = w + 1 / np.sqrt(t + 1) * pull / np.linalg.norm(pull)
    np.testing.assert_allclose(found.weights[-1], w, rtol=1e-9)
    long = normalized_gradient_descent(ASYMMETRIC, 10.0, log_steps(2000))
    assert training_loss(ASYMMETRIC, long.weights)[-1] == 0
    steps = np.linalg.norm(np.diff(long.weights[-2:], axis=0))
    assert steps > 1
    assert direction_error(long.weights, max_margin(ASYMMETRIC))[-1] < 0.01


@pytest.mark.parametrize("run", [adam, normalized_gradient_descent])
def test_long_runs_tell_how_far_they_are(run):
    told = []
    run(ASYMMETRIC, 0.1, log_steps(100), progress=told.append)
    assert told[-1] == 1
    assert (np.diff(told) > 0).all()
