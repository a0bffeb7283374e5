"""Targets and looks: peeking does not spoil intervals, and projections say what more models bring."""

import numpy as np
import pytest

from backend.statistics.intervals import newcombe
from backend.statistics.precision import FIRST_LOOK, confidence, looks, precision, projected


@pytest.mark.parametrize(
    ("models", "expected"),
    [(20, (20,)), (50, (50,)), (51, (50, 51)), (400, (50, 100, 200, 400)), (450, (50, 100, 200, 400, 450))],
)
def test_looks_double_up_to_the_budget(models, expected):
    assert looks(models) == expected


@pytest.mark.parametrize("truth", [(1.0, 0.97), (0.95, 0.7), (0.7, 0.5)])
def test_an_interval_still_covers_where_training_stops_because_of_it(truth):
    """Each example is left at the first look at which its own interval is narrow: the worst peeking."""
    rng = np.random.default_rng(0)
    n, at = 20_000, looks(1600)
    k_in, k_out, before = np.zeros(n), np.zeros(n), 0
    covered, stopped = np.zeros(n, bool), np.zeros(n, bool)
    for look in at:
        more = look - before
        n_in, n_out = 0.7 * look, 0.3 * look
        k_in += rng.binomial(round(0.7 * more), truth[0], n)
        k_out += rng.binomial(round(0.3 * more), truth[1], n)
        before = look
        low, high = newcombe(k_in, n_in, k_out, n_out, confidence(len(at)))
        ends = ~stopped & (((high - low) / 2 <= 0.1) | (look == at[-1]))
        covered[ends] = ((low <= truth[0] - truth[1]) & (truth[0] - truth[1] <= high))[ends]
        stopped |= ends
    assert covered.mean() >= 0.95


def test_precision_counts_what_is_known_and_what_is_settled():
    low = np.array([[0.0, 0.1, 0.3, np.nan], [0.2, 0.0, 0.26, 0.9]])
    high = np.array([[0.1, 0.4, 0.5, np.nan], [0.3, 0.1, 0.9, 1.0]])
    found = precision(low, high)
    assert found.known == pytest.approx([0.5, 0.75])  # half-widths of .05, .1 and .05, .05, .05
    assert found.settled == pytest.approx([0.5, 0.75])


def test_projections_say_what_more_models_bring():
    rng = np.random.default_rng(1)
    p_in, p_out = rng.beta(8, 1, (2, 3000)), rng.beta(2, 2, (2, 3000))

    def counts(models):
        n_in, n_out = np.full((2, 3000), round(0.7 * models)), np.full((2, 3000), round(0.3 * models))
        return n_in, rng.binomial(n_in, p_in), n_out, rng.binomial(n_out, p_out)

    few = counts(FIRST_LOOK * 2)
    for factor in (1, 4, 16):
        n_in, k_in, n_out, k_out = counts(FIRST_LOOK * 2 * factor)
        truth = precision(*newcombe(k_in, n_in, k_out, n_out))
        (expected,) = projected(few, [factor])
        assert expected.known == pytest.approx(truth.known, abs=0.06)
        assert expected.settled == pytest.approx(truth.settled, abs=0.06)
