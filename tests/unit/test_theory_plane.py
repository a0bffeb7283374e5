"""The bottleneck, the binned unit and the linear student against what is known of them."""

import numpy as np
import pytest

from backend.theory.binned_units import (
    binned_information,
    edges_in_activity,
    entropy,
    net_inputs,
    noisy_information,
    shares,
)
from backend.theory.bottleneck import bottleneck
from backend.theory.linear_student import learned, lesson, weights_over_time
from backend.theory.small_networks import Activation
from backend.theory.sphere_patterns import softened

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("sharpness", [0.1, 1, 8])
def test_the_bound_is_concave_and_ends_at_everything(sharpness):
    chances = softened(sharpness)
    bound = bottleneck(chances)
    slopes = np.diff(bound.of_label) / np.diff(bound.of_input)
    assert (np.diff(slopes) <= 1e-9).all()
    assert (slopes >= 0).all()
    assert (slopes <= 1 + 1e-9).all()  # no bit about the input tells more than a bit

    def h(p):
        p = np.clip(p, 1e-15, 1 - 1e-15)
        return -(p * np.log2(p) + (1 - p) * np.log2(1 - p))

    assert bound.of_label[-1] == pytest.approx(float(h(chances.mean()) - h(chances).mean()), abs=1e-9)
    assert (bound.of_label[0], bound.of_input[0]) == pytest.approx((0, 0), abs=1e-12)


def test_no_way_of_forgetting_gets_above_the_bound():
    chances = softened(0.5)
    bound = bottleneck(chances)
    distinct, counts = np.unique(np.round(chances, 9), return_counts=True)
    p = counts / counts.sum()
    for _ in range(300):
        kept = RNG.dirichlet(np.full(4, RNG.choice([0.1, 1.0])), size=len(p))
        joint = p[:, None] * kept
        t = joint.sum(axis=0)
        of_input = (joint * np.log2(np.maximum(kept, 1e-300) / t)).sum()
        ones = (joint * distinct[:, None]).sum(axis=0) / t
        both = np.stack([t * ones, t * (1 - ones)])
        y = both.sum(axis=1, keepdims=True)
        of_label = (both * np.log2(np.maximum(both, 1e-300) / (y * t))).sum()
        assert of_label <= bound.bound(of_input) + 1e-6


def test_the_exchange_rate_rises_along_the_bound():
    bound = bottleneck(softened(0.5))
    rates = [bound.beta(x) for x in np.linspace(0.05, 0.95, 15) * bound.of_input[-1]]
    assert rates == sorted(rates)
    assert bound.beta(12) == np.inf


@pytest.mark.parametrize("activation", list(Activation))
def test_bits_of_a_unit_are_those_of_its_histogram(activation):
    bins, scale, mean = 20, 1.7, 0.3
    edges = edges_in_activity(activation, bins, 8 * scale + mean + 2 / bins)
    expected = shares(net_inputs(activation, edges), scale, mean)
    h = activation.of(mean + scale * RNG.standard_normal(400_000))
    measured = np.histogram(h, edges)[0] / len(h)
    np.testing.assert_allclose(measured, expected, atol=4e-3)
    bits = binned_information(activation, np.array([scale]), bins, mean)[0]
    assert bits == pytest.approx(entropy(expected), abs=1e-6)


def test_the_minimal_model_has_the_numbers_of_30_bins():
    weights = np.linspace(0.5, 1.5, 201)
    tanh = binned_information(Activation.TANH, weights, 30)
    assert tanh.max() == pytest.approx(4.90, abs=0.005)
    assert weights[tanh.argmax()] == pytest.approx(0.873, abs=0.006)
    ends = binned_information(Activation.TANH, np.array([10, 50]), 30)
    np.testing.assert_allclose(ends, [2.04, 1.27], atol=0.006)
    relu = binned_information(Activation.RELU, np.linspace(0.01, 10, 60), 30)
    assert (np.diff(relu) > 0).all()


def test_noise_adds_up_to_what_it_hides():
    linear = noisy_information(Activation.LINEAR, np.array([1.0, 2.0, 4.0]), 1e-2)
    assert (np.diff(linear) > 0.9).all()  # each doubling of the spread is nearly a bit
    assert noisy_information(Activation.TANH, np.array([1e-4]), 1e-2)[0] == pytest.approx(0, abs=1e-3)


def test_a_scalar_student_has_the_information_of_a_gaussian_channel():
    given = lesson(np.random.default_rng(0), 1, 5, 1, 0.5)
    known = learned(given, np.array([[0.0], [3.0]]), 1)
    np.testing.assert_allclose(known.of_input, [0, np.log2(10) / 2])  # 1/2 log2(1 + signal / noise)
    # Against the covariance of what it puts out, x and y, without the formulas of the student.
    w, v = 3.0, given.teacher[0]
    covariance = np.array([[w * w + 1, w * v], [w * v, v * v + 0.5]])
    gaussian = np.log2(covariance[0, 0] * covariance[1, 1] / np.linalg.det(covariance)) / 2
    assert known.of_answer[1] == pytest.approx(gaussian)
    assert known.of_relevant[1] == pytest.approx(known.of_input[1])
    assert known.of_irrelevant[1] == pytest.approx(0)


def test_two_kinds_of_inputs_share_what_the_student_tells():
    given = lesson(np.random.default_rng(0), 6, 5, 2, 0.5)
    w = RNG.standard_normal((1, 6))
    known = learned(given, w, 2)
    covariance = np.eye(7) / 6  # of six inputs, and the student's output last
    covariance[6, :6] = covariance[:6, 6] = w[0] / 6
    covariance[6, 6] = 1 + (w[0] ** 2).sum() / 6

    def about(which):
        both = [*which, 6]
        parts = np.linalg.det(covariance[np.ix_(which, which)]) * covariance[6, 6]
        return np.log2(parts / np.linalg.det(covariance[np.ix_(both, both)])) / 2

    assert known.of_relevant[0] == pytest.approx(about([0, 1]))
    assert known.of_irrelevant[0] == pytest.approx(about([2, 3, 4, 5]))
    assert known.of_input[0] == pytest.approx(about([0, 1, 2, 3, 4, 5]))


def test_the_flow_is_what_small_steps_do():
    given = lesson(np.random.default_rng(1), 5, 8, 5, 0.3)
    start = RNG.standard_normal(5)
    step, w = 1e-3, start.copy()
    for _ in range(2000):
        w += step * given.inputs.T @ (given.answers - given.inputs @ w)
    found = weights_over_time(given, np.array([0.0, 2.0]), start)
    np.testing.assert_allclose(found[0], start, atol=1e-12)
    np.testing.assert_allclose(found[1], w, atol=2e-3)
    fit = weights_over_time(given, np.array([1e6]), start)[0]
    np.testing.assert_allclose(fit, np.linalg.lstsq(given.inputs, given.answers, rcond=None)[0], atol=1e-6)
    short = lesson(np.random.default_rng(1), 8, 5, 8, 0.3)
    known = learned(short, weights_over_time(short, np.array([1e6]), np.zeros(8)), 8)
    assert known.train_error[0] == pytest.approx(0, abs=1e-9)
