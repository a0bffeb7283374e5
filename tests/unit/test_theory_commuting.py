"""Sensing with commuting matrices: limits of gradient flow against an integrated flow and other solvers."""

import itertools

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import minimize

from backend.theory.commuting import flow_limits, least_nuclear, least_quasi_norm


def problem(seed, n=6, m=3):
    rng = np.random.default_rng(seed)
    truth = np.full(n, 0.02)
    truth[rng.choice(n, 2, replace=False)] = rng.uniform(0.5, 2, 2)
    return rng.uniform(0.05, 1, size=(m, n)), truth


@pytest.mark.parametrize("depth", [2, 3, 4])
@pytest.mark.parametrize("alpha", [1.0, 0.3, 0.1])
def test_the_limit_is_where_the_integrated_flow_of_the_factors_ends(depth, alpha):
    rows, truth = problem(1)

    def flow(_time, w):  # each factor is diag(w), so s = w^N; the loss is |rows s - measured|^2 / 2
        return -(rows.T @ (rows @ w**depth - rows @ truth)) * w ** (depth - 1)

    path = solve_ivp(flow, (0, 1e7), np.full(6, alpha), method="LSODA", rtol=1e-11, atol=1e-14)
    assert rows @ path.y[:, -1] ** depth == pytest.approx(rows @ truth, rel=1e-5)
    found = flow_limits(rows, truth, [a for a in (1.0, 0.3, 0.1) if a >= alpha], depth)[-1]
    assert found == pytest.approx(path.y[:, -1] ** depth, rel=1e-3, abs=1e-6)


def test_limits_are_found_at_every_start_and_measure_what_was_measured():
    for seed in range(60):
        n = 3 + seed % 8
        rows, truth = problem(seed, n, 1 + seed % min(n - 1, 4))
        for depth in (2, 3, 4):
            limits = flow_limits(rows, truth, np.geomspace(1, 1e-4, 9), depth)
            assert limits.shape == (9, n)
            assert (limits > 0).all()
            for s in limits:
                assert rows @ s == pytest.approx(rows @ truth, rel=1e-5)


# Gunasekar et al. 2017 and Arora et al. 2019, Theorems 1 and 2.
def test_the_smaller_the_start_the_nearer_to_the_least_nuclear_norm_at_every_depth():
    rows, truth = problem(3)
    least = least_nuclear(rows, rows @ truth).sum()
    for depth, most in ((2, 0.02), (3, 1e-3), (4, 1e-3)):
        excess = flow_limits(rows, truth, np.geomspace(1, 1e-3, 7), depth).sum(axis=1) / least - 1
        assert all(later < earlier for earlier, later in itertools.pairwise(excess))
        assert -1e-6 < excess[-1] < most


def test_least_norms_are_those_of_a_general_solver():
    for seed in range(5):
        rows, truth = problem(seed, 5, 3)
        measured = rows @ truth
        found = least_nuclear(rows, measured)
        assert rows @ found == pytest.approx(measured)
        assert (found >= 0).all()
        assert least_quasi_norm(rows, measured, 1.0).sum() == pytest.approx(found.sum())
        for power in (2 / 3, 0.5):
            ours = least_quasi_norm(rows, measured, power)
            assert rows @ ours == pytest.approx(measured)
            assert (ours >= 0).all()
            for start in np.random.default_rng(0).uniform(0.01, 2, (10, 5)):
                other = minimize(
                    lambda s, power=power: (np.maximum(s, 1e-12) ** power).sum(),
                    start,
                    method="SLSQP",
                    bounds=[(0, None)] * 5,
                    constraints={
                        "type": "eq",
                        "fun": lambda s, rows=rows, measured=measured: rows @ s - measured,
                    },
                )
                if other.success and np.abs(rows @ other.x - measured).max() < 1e-8:
                    assert (ours**power).sum() <= (np.maximum(other.x, 0) ** power).sum() + 1e-6


# Arora et al. 2019, Proposition 1: depth N is not a preference for the Schatten-2/N quasi-norm.
def test_flow_goes_to_the_least_nuclear_norm_also_where_a_quasi_norm_is_least_elsewhere():
    rows, truth = problem(3, 10, 4)
    nuclear = least_nuclear(rows, rows @ truth)
    for depth in (3, 4):
        power = 2 / depth
        quasi = least_quasi_norm(rows, rows @ truth, power)
        flow = flow_limits(rows, truth, np.geomspace(1, 1e-3, 7), depth)[-1]
        assert (quasi**power).sum() < 0.95 * (nuclear**power).sum()
        assert flow == pytest.approx(nuclear, abs=1e-3)
        assert np.abs(flow - quasi).max() > 0.1
