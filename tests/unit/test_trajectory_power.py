"""How many models a type takes: what the page says is true of the rule, and sensible in its limits."""

import numpy as np
import pytest

from backend.statistics.trajectories import CAP, CONSTANT, DECREASING, INCREASING, U, classify
from backend.statistics.trajectory_power import MODELS, clear_case, power


@pytest.mark.parametrize(("sizes", "models"), [(2, 70), (8, 50), (8, 200)])
def test_shares_are_those_of_the_rule(sizes, models):
    found = power(sizes, 0.3, 0.2)
    rng = np.random.default_rng(7)
    n_out = np.full((sizes, 2000), round(0.3 * models), np.int32)
    for place, kind in enumerate(found.kinds):
        k_out = rng.binomial(n_out, 1 - clear_case(kind, sizes, 0.4)[:, None]).astype(np.int32)
        types = classify(models - n_out, models - n_out, n_out, k_out)
        assert found.recognized[MODELS.index(models), place] == pytest.approx(
            (types == kind).mean(), abs=0.08
        )


def test_needed_is_the_first_number_that_recognizes_four_of_five():
    found = power(8, 0.3, 0.2)
    for place, kind in enumerate(found.kinds):
        at = MODELS.index(found.needed(kind))
        assert found.recognized[at, place] >= 0.8 > found.recognized[at - 1, place]
    assert found.needed(CONSTANT) > found.needed(DECREASING)
    assert power(8, 0.3, 0.05).needed(CONSTANT) is None  # more than there can be


def test_two_sizes_cannot_bend_and_a_score_cannot_change_by_more_than_one():
    assert power(2, 0.3, 0.2).kinds == (CONSTANT, INCREASING, DECREASING)
    assert power(3, 0.3, 0.2).kinds == (CONSTANT, INCREASING, DECREASING, CAP, U)
    assert power(8, 0.3, 0.9).change == 1
    assert power(8, 0.3, 0.2).change == pytest.approx(0.4)


def test_clear_cases_have_their_shape():
    assert clear_case(DECREASING, 3, 0.4) == pytest.approx([0.7, 0.5, 0.3])
    assert clear_case(CAP, 4, 0.4) == pytest.approx([0.3, 0.7, 0.5, 0.3])
    assert clear_case(U, 5, 0.4) == pytest.approx([0.7, 0.5, 0.3, 0.5, 0.7])
    assert clear_case(CONSTANT, 2, 0.4) == pytest.approx([0.5, 0.5])
