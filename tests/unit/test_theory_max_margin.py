"""The maximum margin against another solver, and what there is without one."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog, minimize

from backend.theory.margin_loss import Loss, Pull, losses, margins, pairs
from backend.theory.max_margin import NotSeparableError, has_minimizer, max_margin, minimizer

PAPER = np.array([[0.5, 1.5], [1.5, 0.5], [0.5, 1.5], [1.5, 0.5]])  # labels absorbed: two are doubled
ASYMMETRIC = np.array([[1, 0.2], [0.2, 2]])


def by_slsqp(rows):
    start = linprog(np.zeros(rows.shape[1]), A_ub=-rows, b_ub=-np.ones(len(rows)), bounds=(None, None)).x
    found = minimize(
        lambda w: w @ w / 2,
        start,
        jac=lambda w: w,
        method="SLSQP",
        constraints={"type": "ineq", "fun": lambda w: rows @ w - 1, "jac": lambda w: rows},
        options={"maxiter": 500, "ftol": 1e-14},
    )
    assume(found.success)  # it gives up now and then
    return found.x


def separable(seed, n, d):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, d))
    along = rng.standard_normal(d)
    x *= np.sign(x @ along)[:, None]
    return x + 0.05 * along / np.linalg.norm(along)


def test_the_papers_separators():
    found = max_margin(PAPER)
    np.testing.assert_allclose(found.weights, [0.5, 0.5], atol=1e-15)
    assert found.margin == pytest.approx(np.sqrt(2))
    np.testing.assert_allclose(found.alphas, [0.125] * 4)  # equal points share equally
    found = max_margin(ASYMMETRIC)
    np.testing.assert_allclose(found.weights, [0.91837, 0.40816], atol=5e-6)
    np.testing.assert_allclose(found.alphas, [0.8955, 0.1145], atol=5e-5)
    assert found.support.all()


@given(st.integers(0, 2**32), st.integers(1, 40), st.integers(1, 5), st.sampled_from([1e-3, 1, 50]))
@settings(deadline=None, max_examples=40)
def test_it_is_what_another_solver_finds(seed, n, d, scale):
    x = separable(seed, n, d) * scale
    found = max_margin(x)
    np.testing.assert_allclose(found.weights, by_slsqp(x / scale) / scale, rtol=1e-5, atol=1e-6 / scale)
    assert found.residual < 1e-8
    assert (x @ found.weights).min() == pytest.approx(1, abs=1e-8)
    np.testing.assert_allclose(found.alphas @ x, found.weights, rtol=1e-8, atol=1e-10 / scale)
    assert (found.alphas >= 0).all()
    assert not found.alphas[~found.support].any()


@given(st.integers(0, 2**32))
@settings(deadline=None, max_examples=25)
def test_many_classes_have_the_margins_of_pairs(seed):
    rng = np.random.default_rng(seed)
    y = np.arange(12) % 3
    x = np.array([[3, 0], [-2, 3], [-2, -3.0]])[y] + 0.5 * rng.standard_normal((12, 2))
    rows = pairs(x, y, 3)
    weights = rng.standard_normal(6)
    scores = x @ weights.reshape(3, 2).T
    expected = [[scores[i, y[i]] - scores[i, k] for k in range(3) if k != y[i]] for i in range(12)]
    np.testing.assert_allclose(margins(rows, weights), expected)
    cross_entropy = np.log(np.exp(scores).sum(axis=1)) - scores[np.arange(12), y]
    np.testing.assert_allclose(losses(margins(rows, weights), Loss.LOGISTIC), cross_entropy)
    found = max_margin(rows)
    np.testing.assert_allclose(found.weights, by_slsqp(rows.reshape(-1, 6)), atol=1e-5)
    np.testing.assert_allclose(found.weights.reshape(3, 2).sum(axis=0), 0, atol=1e-12)


@pytest.mark.parametrize("loss", Loss)
@pytest.mark.parametrize("several", [False, True])
def test_pull_and_its_jacobian_are_derivatives(loss, several):
    rng = np.random.default_rng(1)
    x = rng.standard_normal((7, 2, 3)) if several else rng.standard_normal((7, 3))
    w, h = rng.standard_normal(3), 1e-6
    pull = Pull(x, loss)

    def total(at):
        return losses(margins(x, at), loss).sum()

    numeric = [(total(w - h * e) - total(w + h * e)) / (2 * h) for e in np.eye(3)]
    np.testing.assert_allclose(pull(w), numeric, rtol=1e-6)
    np.testing.assert_allclose(pull.scaled(0.3)(w), 0.3 * pull(w))
    np.testing.assert_allclose(pull(w, 2.0), np.exp(2) * pull(w))
    np.testing.assert_allclose(pull.direction(w), pull(w) / np.linalg.norm(pull(w)))
    numeric = [(pull(w + h * e, 2.0) - pull(w - h * e, 2.0)) / (2 * h) for e in np.eye(3)]
    np.testing.assert_allclose(pull.jacobian(w, 2.0), np.transpose(numeric), rtol=1e-5, atol=1e-8)


def test_small_pulls_are_neither_lost_nor_is_their_direction():
    pull = Pull(ASYMMETRIC, Loss.LOGISTIC)
    far = np.array([1000.0, 400.0])  # margins of 1,080 and 1,000
    assert not pull(far).any()
    np.testing.assert_allclose(pull(far, 1000.0), [0.2, 2], rtol=1e-12)
    np.testing.assert_allclose(pull.direction(far), np.array([0.2, 2]) / np.hypot(0.2, 2), rtol=1e-12)


@pytest.mark.parametrize(
    ("points", "finite"),
    [
        ([[1, 0], [-1, 0.5], [-1, -0.5]], True),  # in all directions
        ([[1, 1], [-1, -1]], True),  # along a line, both ways
        ([[1, 0], [-1, 0], [0, 1]], False),  # no separator, yet a direction that lowers the loss for ever
        ([[1, 1], [0, 0]], False),  # the origin is on no side
        ([[0, 0]], True),
    ],
)
def test_without_a_separator_there_may_be_a_minimizer(points, finite):
    x = np.array(points, float)
    with pytest.raises(NotSeparableError, match="no line"):
        max_margin(x)
    assert has_minimizer(x) is finite
    found = minimizer(x)
    assert (found is not None) is finite
    if found is not None:
        np.testing.assert_allclose(Pull(x, Loss.LOGISTIC)(found), 0, atol=1e-14)


@given(st.integers(0, 2**32), st.integers(3, 40))
@settings(deadline=None, max_examples=40)
def test_either_a_separator_or_a_minimizer(seed, n):
    """Points in general position: one excludes the other."""
    x = np.round(np.random.default_rng(seed).standard_normal((n, 2)), 2)
    assume((np.abs(x).sum(axis=1) > 0.1).all())
    found = minimizer(x)
    feasible = linprog(np.zeros(2), A_ub=-x, b_ub=-np.ones(n), bounds=(None, None)).success
    if feasible:
        assert found is None
        assert max_margin(x).residual < 1e-8
    else:
        with pytest.raises(NotSeparableError):
            max_margin(x)
        assert found is None or np.abs(Pull(x, Loss.LOGISTIC)(found)).max() < 1e-12


def test_a_hair_of_a_margin_is_one():
    x = np.array([[1, 0.001], [-1, 0.001], [0, 5]])
    np.testing.assert_allclose(max_margin(x).weights, [0, 1000], atol=1e-9)
    assert not max_margin(x).support[2]
