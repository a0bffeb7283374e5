"""The least nuclear norm against a solver of semidefinite programs, and its proof."""

import clarabel
import numpy as np
import pytest
from scipy import sparse

from backend.theory.nuclear_norm import (
    effective_rank,
    least_nuclear_norm,
    nuclear_norm,
    onto_entries,
    onto_measurements,
)


def by_interior_point(measurements, values):
    """Return min (tr P + tr Q) / 2 over [[P, X], [X', Q]] >= 0 with <A_i, X> = y_i."""
    k, n, m = measurements.shape
    size = n + m
    places = [(row, column) for column in range(size) for row in range(column + 1)]
    number = {place: at for at, place in enumerate(places)}
    cost = np.array([0.5 if row == column else 0.0 for row, column in places])
    equalities = np.zeros((k, len(places)))
    for row in range(n):
        for column in range(m):
            equalities[:, number[row, n + column]] = measurements[:, row, column]
    triangle = np.diag([-1.0 if row == column else -np.sqrt(2) for row, column in places])
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    solved = clarabel.DefaultSolver(
        sparse.csc_matrix((len(places), len(places))),
        cost,
        sparse.csc_matrix(np.vstack([equalities, triangle])),
        np.concatenate([values, np.zeros(len(places))]),
        [clarabel.ZeroConeT(k), clarabel.PSDTriangleConeT(size)],
        settings,
    ).solve()
    return float(cost @ solved.x)


def entries(mask):
    rows, columns = np.nonzero(mask)
    measured = np.zeros((len(rows), *mask.shape))
    measured[np.arange(len(rows)), rows, columns] = 1
    return measured


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def low_rank(rng, n, m, rank=2):
    return rng.normal(size=(n, rank)) @ rng.normal(size=(rank, m))


@pytest.mark.parametrize(("n", "m"), [(6, 6), (5, 8), (8, 5)])
def test_completion_agrees_with_a_solver_of_semidefinite_programs(rng, n, m):
    truth, mask = low_rank(rng, n, m), rng.random((n, m)) < 0.5
    least = least_nuclear_norm(onto_entries(mask, truth), (n, m), tolerance=1e-7)
    assert least.norm == pytest.approx(by_interior_point(entries(mask), truth[mask]), rel=1e-6)
    assert least.norm == pytest.approx(np.linalg.norm(least.matrix, "nuc"))
    np.testing.assert_array_equal(least.matrix[mask], truth[mask])


def test_sensing_agrees_with_a_solver_of_semidefinite_programs(rng):
    truth, measured = low_rank(rng, 5, 6), rng.normal(size=(17, 5, 6))
    values = np.tensordot(measured, truth)
    least = least_nuclear_norm(onto_measurements(measured, values), (5, 6), tolerance=1e-7)
    assert least.norm == pytest.approx(by_interior_point(measured, values), rel=1e-6)
    np.testing.assert_allclose(np.tensordot(measured, least.matrix), values, atol=1e-9)


def test_entries_are_measurements_of_a_kind(rng):
    truth, mask = low_rank(rng, 6, 6), rng.random((6, 6)) < 0.6
    one = least_nuclear_norm(onto_entries(mask, truth), (6, 6))
    other = least_nuclear_norm(onto_measurements(entries(mask), truth[mask]), (6, 6))
    assert (one.norm, one.iterations) == (pytest.approx(other.norm), other.iterations)


@pytest.mark.parametrize("most", [10, 40, 5000])
def test_the_bound_is_proven_however_early_one_stops(rng, most):
    """A* lam has no entry that was not observed and no singular value above 1: weak duality does the rest."""
    truth, mask = low_rank(rng, 12, 9), rng.random((12, 9)) < 0.4
    least = least_nuclear_norm(onto_entries(mask, truth), (12, 9), most=most)
    assert np.abs(least.certificate[~mask]).max() < 1e-12
    assert np.linalg.norm(least.certificate, 2) <= 1 + 1e-12
    assert least.bound == pytest.approx(np.sum(least.certificate[mask] * truth[mask]))
    assert least.bound <= by_interior_point(entries(mask), truth[mask]) + 1e-6
    assert least.norm >= least.bound
    assert (least.gap <= 1e-5) == (most == 5000)
    assert least.gap == pytest.approx(1 - least.bound / least.norm)


def test_it_recovers_a_matrix_of_low_rank_from_enough_entries(rng):
    truth, mask = low_rank(rng, 30, 30), rng.random((30, 30)) < 0.7
    least = least_nuclear_norm(onto_entries(mask, truth), (30, 30))
    assert np.mean((least.matrix - truth) ** 2) < 1e-8


def test_nothing_known_but_zeros_has_norm_0():
    least = least_nuclear_norm(onto_entries(np.eye(3, dtype=bool), np.zeros((3, 3))), (3, 3))
    assert (least.norm, least.bound, least.gap) == (0, 0, 0)


def test_progress_never_leaves_its_bounds(rng):
    truth, mask, told = low_rank(rng, 9, 9), rng.random((9, 9)) < 0.4, []
    least_nuclear_norm(onto_entries(mask, truth), (9, 9), progress=told.append)
    assert told
    assert 0 <= min(told) <= max(told) <= 1


def test_dependent_measurements_are_refused():
    measured = np.ones((2, 3, 3))
    with pytest.raises(ValueError, match="dependent"):
        onto_measurements(measured, np.ones(2))


def test_norm_and_effective_rank_of_singular_values():
    sigma = np.array([[2.0, 2, 2, 0], [5, 0, 0, 0], [0, 0, 0, 0], [3, 1, 0, 0]])
    np.testing.assert_allclose(nuclear_norm(sigma), [6, 5, 0, 4])
    of_two = np.exp(-0.75 * np.log(0.75) - 0.25 * np.log(0.25))
    np.testing.assert_allclose(effective_rank(sigma), [3, 1, 0, of_two])
