"""Small problems with many solutions: what is found against closed forms and other libraries."""

import numpy as np
import pytest
import torch
from scipy.integrate import quad

from backend.theory.minimum_norm import minimum_norm
from backend.theory.solutions import (
    Method,
    complete_two_by_two,
    least_squares_path,
    mover,
    relu_kernel,
    through,
)

EQUATION, TARGET = np.array([2.0, 1.0]), 2.0


@pytest.mark.parametrize(
    ("method", "options"),
    [
        (Method.GRADIENT_DESCENT, (torch.optim.SGD, {"lr": 0.03})),
        (Method.MOMENTUM, (torch.optim.SGD, {"lr": 0.03, "momentum": 0.9})),
        (Method.ADAM, (torch.optim.Adam, {"lr": 0.03})),
    ],
)
def test_weights_move_as_those_of_pytorch(method, options):
    kind, settings = options
    theirs = torch.nn.Parameter(torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64))
    optimizer = kind([theirs], **settings)
    ours, change = theirs.detach().numpy().copy(), mover(method, 0.03, (3,))
    for step in range(30):
        optimizer.zero_grad()
        (theirs**4).sum().add(theirs.sum() * np.cos(step)).backward()
        ours = ours + change(theirs.grad.numpy().copy())
        optimizer.step()
        assert ours == pytest.approx(theirs.detach().numpy(), rel=1e-9)


@pytest.mark.parametrize("method", [Method.GRADIENT_DESCENT, Method.MOMENTUM])
def test_gradient_descent_finds_the_solution_nearest_to_the_start(method):
    for start in (np.zeros(2), np.array([-0.6, 1.2])):
        path = least_squares_path(EQUATION, TARGET, start, method, 0.02, 800)
        assert path.shape == (801, 2)
        assert path[0] == pytest.approx(start)
        assert path[-1] @ EQUATION == pytest.approx(TARGET)
        smallest = minimum_norm(EQUATION[None], np.array([[TARGET]]))[:, 0]
        across = start - EQUATION * (EQUATION @ start) / (EQUATION @ EQUATION)
        assert path[-1] == pytest.approx(smallest + across)


def test_adam_finds_another_one():
    end = least_squares_path(EQUATION, TARGET, np.zeros(2), Method.ADAM, 0.02, 800)[-1]
    assert end @ EQUATION == pytest.approx(TARGET)
    assert end[0] == pytest.approx(end[1], rel=1e-3)  # both weights move alike
    assert np.linalg.norm(end - [0.8, 0.4]) > 0.25


def test_one_matrix_leaves_the_missing_entry_and_a_product_completes_it_from_small_starts():
    known, scales = np.array([[1, 0.5], [0.5, 0]]), np.array([1e-3, 1e-1])
    for method, rate in ((Method.GRADIENT_DESCENT, 0.2), (Method.MOMENTUM, 0.04), (Method.ADAM, 0.01)):
        single = complete_two_by_two(known, 1, scales, method, rate, 800)
        assert single.entry == pytest.approx(scales)
        for depth in (2, 3, 4):
            found = complete_two_by_two(known, depth, scales, method, rate, 800)
            assert found.loss.max() < 1e-6
            assert found.entry[0] == pytest.approx(0.25, rel=0.01)
            assert found.entry[1] - 0.25 > 0.01


def test_the_product_of_two_factors_moves_as_its_gradient_says():
    # One step of gradient descent at depth 2 from scale s: W = (1 - rate * g_sym) ^2 * s, in two by two.
    known, s, rate = np.array([[1.0, 0.5], [0.5, 0.0]]), 0.3, 0.1
    off = np.array([[1.0, 1], [1, 0]]) * (s * np.eye(2) - known)
    factor = np.sqrt(s) * (np.eye(2) - rate * off)
    found = complete_two_by_two(known, 2, np.array([s]), Method.GRADIENT_DESCENT, rate, 1)
    assert found.entry[0] == pytest.approx((factor @ factor)[1, 1])


def test_the_kernel_is_the_covariance_of_wide_random_networks():
    a, b = np.array([[0.3], [-0.8]]), np.array([[0.9], [0.1], [-0.4]])
    kernel = relu_kernel(a, b, 1)
    for i, x in enumerate(a):
        for j, z in enumerate(b):
            u, v = np.append(x, 1), np.append(z, 1)
            # E over directions of 2 relu(w u) relu(w v), w normal: an integral over the angle, E |w|^2 = 2.
            value, _ = quad(
                lambda t, u=u, v=v: (
                    2
                    * max(0, u @ [np.cos(t), np.sin(t)])
                    * max(0, v @ [np.cos(t), np.sin(t)])
                    * 2
                    / (2 * np.pi)
                ),
                0,
                2 * np.pi,
                limit=400,
            )
            assert kernel[i, j] == pytest.approx(value, rel=1e-6)
    rng = np.random.default_rng(0)
    inputs = np.column_stack([np.vstack([a, b]), np.ones(5)]).T
    first = np.maximum(rng.normal(size=(20_000, 2)) @ inputs, 0)
    second = np.maximum(rng.normal(size=(1000, 20_000)) * np.sqrt(2 / 20_000) @ first, 0)
    measured = 2 * second.T @ second / len(second)
    assert measured[:2, 2:] == pytest.approx(relu_kernel(a, b, 2), rel=0.15)


def test_functions_go_through_their_labels_and_none_is_smaller():
    x, at = np.linspace(-1, 1, 8)[:, None], np.linspace(-1, 1, 31)[:, None]
    labels = np.random.default_rng(1).choice([-1.0, 1.0], size=(3, 8))
    for depth in (1, 3):
        found = through(x, labels, at, depth)
        assert through(x, labels, x, depth).values == pytest.approx(labels, abs=1e-6)
        assert found.values.shape == (3, 31)
        # The same function is asked to go through its own values at more inputs: its norm stays.
        more = through(
            np.vstack([x, [[0.05]]]),
            np.column_stack([labels, through(x, labels, [[0.05]], depth).values]),
            at,
            depth,
        )
        assert more.norms == pytest.approx(found.norms, rel=1e-4)
        bent = np.column_stack([labels, through(x, labels, [[0.05]], depth).values + 0.5])
        assert (through(np.vstack([x, [[0.05]]]), bent, at, depth).norms > found.norms).all()
