"""Small problems in which many solutions have no training loss, and which one a method picks.

Least squares with one equation for two weights (Zhang et al. 2017, section 5), a matrix of two by two with
one entry missing (Arora et al. 2019), and functions that interpolate labels, true or random. Each is small
enough to be solved while somebody looks on.
"""

import math
from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

MOMENTUM = 0.9
ADAM_BETAS = 0.9, 0.999
ADAM_EPSILON = 1e-8


class Method(StrEnum):
    """How weights are moved."""

    GRADIENT_DESCENT = "gradient descent"
    MOMENTUM = "momentum"
    ADAM = "Adam"


def mover(method: Method, rate: float, shape: tuple[int, ...]) -> Callable[[Floats], Floats]:
    """Return a function from a gradient to the change of weights, which remembers earlier gradients."""
    mean, square = np.zeros(shape), np.zeros(shape)
    taken = 0

    def change(gradient: Floats) -> Floats:
        nonlocal taken
        taken += 1
        if method is Method.GRADIENT_DESCENT:
            return -rate * gradient
        if method is Method.MOMENTUM:
            mean[...] = MOMENTUM * mean - rate * gradient
            return mean
        first, second = ADAM_BETAS
        mean[...] = first * mean + (1 - first) * gradient
        square[...] = second * square + (1 - second) * gradient**2
        unbiased = np.sqrt(square / (1 - second**taken)) + ADAM_EPSILON
        return np.asarray(-rate / (1 - first**taken) * mean / unbiased)

    return change


def least_squares_path(
    equation: Floats, target: float, start: Floats, method: Method, rate: float, steps: int
) -> Floats:
    """Return the weights (steps + 1, 2) under (equation @ w - target)^2 / 2, from the start on."""
    change, w = mover(method, rate, start.shape), start.astype(np.float64)
    path = [w]
    for _ in range(steps):
        w = w + change((equation @ w - target) * equation)
        path.append(w)
    return np.array(path)


class Completed(NamedTuple):
    """Deep linear networks that fit three of four entries, one for each initial scale.

    `entry` (scales,) is the missing one, `loss` (scales,) what is left of the loss.
    """

    entry: Floats
    loss: Floats


def complete_two_by_two(
    known: Floats, depth: int, scales: Floats, method: Method, rate: float, steps: int
) -> Completed:
    """Fit a matrix (2, 2) whose lower right entry is missing by a product of matrices (2, 2).

    Every factor starts at scale^(1/depth) times the identity, so that the product starts at the scale.
    """
    weight = np.array([[1.0, 1.0], [1.0, 0.0]])  # of the squared errors
    factors = np.tile(np.eye(2), (depth, len(scales), 1, 1)) * (scales ** (1 / depth))[:, None, None]
    change = mover(method, rate, factors.shape)
    gradient = np.empty_like(factors)
    for _ in range(steps):
        before = [np.broadcast_to(np.eye(2), factors[0].shape)]
        for factor in factors:
            before.append(factor @ before[-1])
        after = weight * (before[-1] - known)
        for j in range(depth - 1, -1, -1):
            gradient[j] = after @ before[j].swapaxes(1, 2)
            after = factors[j].swapaxes(1, 2) @ after
        factors = factors + change(gradient)
    whole = np.broadcast_to(np.eye(2), factors[0].shape)
    for factor in factors:
        whole = factor @ whole
    return Completed(whole[:, 1, 1], (weight * (whole - known) ** 2).sum(axis=(1, 2)) / 2)


def relu_kernel(a: Floats, b: Floats, depth: int) -> Floats:
    """Return (n, m) the covariance of random ReLU networks with so many hidden layers, on a (n, d), b (m, d).

    Inputs get a constant coordinate; weights have the variance 2 / fan-in (Cho & Saul 2009, degree 1).
    Whoever trains only the last layer of a very wide such network, from 0, finds its smallest interpolation.
    """
    one, other = (np.column_stack([x, np.ones(len(x))]) for x in (a, b))
    lengths = np.sqrt((one**2).sum(axis=1)), np.sqrt((other**2).sum(axis=1))
    scale = np.outer(*lengths)
    cosine = np.clip(one @ other.T / scale, -1, 1)
    for _ in range(depth):
        angle = np.arccos(cosine)
        cosine = np.clip((np.sin(angle) + (math.pi - angle) * cosine) / math.pi, -1, 1)
    return np.asarray(scale * cosine)


class Interpolated(NamedTuple):
    """Functions through L label sets: `values` (L, m) where asked, and `norms` (L,) in the kernel's space."""

    values: Floats
    norms: Floats


def through(x: Floats, labels: Floats, at: Floats, depth: int) -> Interpolated:
    """Return the smallest functions through labels (L, n) at x (n, d), evaluated at (m, d)."""
    alpha = np.linalg.solve(relu_kernel(x, x, depth), labels.T)
    return Interpolated((relu_kernel(at, x, depth) @ alpha).T, np.sqrt((labels.T * alpha).sum(axis=0)))
