"""Growth of singular values in deep linear networks: closed forms against numbers and integrated flows."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from backend.theory.deep_linear import LEARNED, grown, growth_rate, learned, push_to, race

DEPTHS = (1, 2, 3, 4, 5)


def integrated(start, depth, drive, end):
    """Follow ds/dt = N s^(2 - 2/N) drive(s) step by step, without any closed form."""
    path = solve_ivp(
        lambda _, s: depth * s ** (2 - 2 / depth) * drive(s), (0, end), [start], rtol=1e-10, atol=1e-14
    )
    return float(path.y[0, -1])


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_singular_values_of_a_product_of_balanced_factors_grow_by_the_law(depth):
    rng = np.random.default_rng(depth)
    u, v = (np.linalg.qr(rng.normal(size=(4, 4)))[0] for _ in range(2))
    sigma = np.array([2.0, 1.1, 0.6, 0.2])
    root = np.diag(sigma ** (1 / depth))
    # W = W_N ... W_1 with W_N = U root, W_1 = root V^T and root between: balanced.
    factors = [root.copy() for _ in range(depth)]
    factors[-1] = u @ factors[-1]
    factors[0] = factors[0] @ v.T
    gradient = rng.normal(size=(4, 4))  # of the loss by W

    def product(parts):
        whole = np.eye(4)
        for part in parts:
            whole = part @ whole
        return whole

    def stepped(dt):
        moved = []
        for j, part in enumerate(factors):
            after, before = product(factors[j + 1 :]), product(factors[:j])
            moved.append(part - dt * after.T @ gradient @ before.T)
        return np.linalg.svd(product(moved), compute_uv=False)

    dt = 1e-5
    measured = (stepped(dt) - stepped(-dt)) / (2 * dt)
    drive = -np.einsum("ir,ij,jr->r", u, gradient, v)
    assert measured == pytest.approx(growth_rate(sigma, drive, depth), rel=1e-4)


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("start", [1e-4, 0.3])
def test_growth_under_constant_drive_is_the_integrated_one_and_can_be_undone(depth, start):
    push = float(push_to(start, 0.9, depth))
    assert integrated(start, depth, lambda _: 0.5, push / 0.5) == pytest.approx(0.9, rel=1e-5)
    assert float(grown(start, push, depth)) == pytest.approx(0.9, rel=1e-9)


@pytest.mark.parametrize(("depth", "finite"), [(1, True), (2, True), (3, False), (4, False), (5, False)])
def test_from_depth_three_on_a_value_leaves_every_bound_in_finite_time(depth, finite):
    assert np.isfinite(float(grown(1.0, 1.01, depth))) == (finite or (depth - 2) * 1.01 < 1)
    assert np.isfinite(float(grown(1.0, 0.99, depth))) == (finite or (depth - 2) * 0.99 < 1)


# Arora et al. 2019, section 3.2, with c2 / c1 = 0.8: how far the second value is when the first is 1.
@pytest.mark.parametrize(
    ("start", "second"),
    [(1e-4, (0.80, 0.158, 0.0075, 0.0023)), (1e-2, (0.802, 0.398, 0.194, 0.128))],
)
def test_the_deeper_the_farther_the_second_value_stays_behind(start, second):
    found = [float(race(start, 0.8, depth, 1.0)) for depth in (1, 2, 3, 4)]
    assert found == pytest.approx(second, rel=0.01)


@pytest.mark.parametrize("depth", DEPTHS)
def test_a_value_pulled_to_its_target_follows_the_integrated_flow(depth):
    target, start = 2.0, 1e-3
    path = learned(start, target, depth)
    assert path.values[0] == pytest.approx(start)
    assert path.values[-1] == pytest.approx(LEARNED * target)
    assert (np.diff(path.times) > 0).all()
    for share in (0.1, 0.5, 0.9):
        end = path.reached(share * target)
        there = integrated(start, depth, lambda s: target - s, end)
        assert there == pytest.approx(share * target, rel=2e-3)
        assert float(path.at(end)) == pytest.approx(share * target, rel=1e-9)
