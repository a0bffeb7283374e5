"""Isoperimetry, parameter counts and networks in closed form against what the papers and sampling say."""

import numpy as np
import pytest

from backend.theory.robustness import (
    CAP_SLOPE,
    caps,
    coordinate_tail,
    isoperimetry,
    linear,
    literal_bound,
    maximum_tail,
    norm_tail,
    parameters,
    points_and_labels,
    quadratic,
    rate,
    slope_of_logs,
)
from backend.theory.two_layers import TwoLayers


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def network(rng, d=6, k=9):
    return TwoLayers(
        rng.standard_normal((d, k)),
        rng.standard_normal(k),
        rng.standard_normal(k),
        float(rng.standard_normal()),
    )


def test_gradients_agree_with_differences_and_stay_below_the_bound(rng):
    net, x = network(rng), rng.standard_normal((50, 6))
    step = 1e-6
    differences = np.stack(
        [(net.values(x + step * e) - net.values(x - step * e)) / (2 * step) for e in np.eye(6)], axis=1
    )
    assert np.allclose(net.gradients(x), differences, atol=1e-4)
    assert (net.slopes(x) <= net.upper_bound).all()
    assert net.slopes(x) == pytest.approx(np.linalg.norm(differences, axis=1), abs=1e-4)


def test_the_bound_is_reached_where_all_units_point_the_same_way():
    weights = np.outer([3.0, 4.0], [1.0, 2.0])
    net = TwoLayers(weights, np.ones(2), np.array([1.0, 2.0]))
    assert net.upper_bound == pytest.approx(5 * 5)
    assert net.slopes(np.array([[1.0, 1.0]])) == pytest.approx(25)


@pytest.mark.parametrize(
    ("tail", "at"), [(coordinate_tail, 0.0455), (norm_tail, 0.0046), (maximum_tail, 0.00033)]
)
def test_tails_in_100_dimensions(tail, at):
    # The digest's values at t = 2 / sqrt(d).
    assert float(tail(0.2, 100)) == pytest.approx(at, rel=0.02)


@pytest.mark.parametrize(
    ("tail", "of"),
    [
        (coordinate_tail, lambda x: x[:, 0]),
        (norm_tail, lambda x: np.linalg.norm(x, axis=1)),
        (maximum_tail, lambda x: x.max(axis=1)),
    ],
)
@pytest.mark.parametrize("d", [2, 10])
def test_tails_are_those_of_samples_and_below_the_bound(rng, tail, of, d):
    values = of(rng.standard_normal((200_000, d)) / np.sqrt(d))
    t = np.array([0.3, 1.0, 1.8]) / np.sqrt(d)
    shares = (np.abs(values - values.mean())[:, None] >= t).mean(axis=0)
    assert np.allclose(tail(t, d), shares, atol=0.006)
    assert (tail(t, d) <= isoperimetry(t, d)).all()


def test_isoperimetry_as_it_is_defined():
    assert isoperimetry(0.2, 100) == pytest.approx(2 * np.exp(-2))
    assert isoperimetry(0.2, 100, c=2) == pytest.approx(2 * np.exp(-1))


def test_parameters_count_batch_norm():
    assert parameters(10, 4) == 10 * 6 + 1 + 20


def test_the_law_and_its_literal_bound():
    assert rate(400, 100, 10_000) == pytest.approx(2)
    epsilon, size = 0.1, 1e6
    expected = epsilon / 512 * np.sqrt(400 * 100 / (10_000 * np.log(6e8) + np.log(400)))
    assert literal_bound(400, 100, 10_000, epsilon=epsilon, size=size) == pytest.approx(expected)
    # A millionth of a percent would do: the bound says nothing at this size.
    assert expected < 1e-4 * rate(400, 100, 10_000)


def test_linear_fits_are_as_steep_as_their_formula(rng):
    for n in (50, 100):
        built = [linear(*points_and_labels(rng, n, 200)) for _ in range(40)]
        assert max(one.residual for one in built) < 1e-9
        assert np.mean([one.lipschitz / one.expected for one in built]) == pytest.approx(1, abs=0.03)
    few = [linear(*points_and_labels(rng, 66, 200)).lipschitz for _ in range(20)]
    assert max(few) <= np.sqrt(2 * 66)
    with pytest.raises(ValueError, match="n <= d - 2"):
        linear(*points_and_labels(rng, 199, 200))


def test_caps_fit_with_gradients_of_ten_unless_they_meet(rng):
    fresh = rng.standard_normal((500, 100))
    built = caps(*points_and_labels(rng, 300, 100), fresh / np.linalg.norm(fresh, axis=1, keepdims=True))
    assert built.disjoint
    assert built.lipschitz == pytest.approx(CAP_SLOPE)
    assert built.residual < 1e-12
    crowded = caps(*points_and_labels(rng, 300, 3), fresh[:, :3])
    assert not crowded.disjoint
    assert crowded.lipschitz > CAP_SLOPE
    assert crowded.residual > 0.1


def test_the_quadratic_network_is_a_square_root_of_n(rng):
    counts = (1000, 2000, 4000)
    means = []
    for n in counts:
        built = [quadratic(*points_and_labels(rng, n, 100)) for _ in range(12)]
        means.append(np.mean([one.lipschitz for one in built]))
        assert means[-1] / built[0].expected == pytest.approx(1, abs=0.08)
    assert slope_of_logs(counts, means) == pytest.approx(0.5, abs=0.05)
