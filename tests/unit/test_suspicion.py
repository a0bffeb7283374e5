"""Which labels are suspect by what models expect."""

import numpy as np
import pytest

from backend.statistics.suspicion import suspicion


def test_it_is_the_strongest_other_class_against_the_label_as_a_share_of_both():
    expected = np.array([[6, 3, 1], [3, 6, 1], [1, 1, 8], [0, 0, 4], [0, 4, 0], [2, 2, 4]])
    found = suspicion(expected, np.array([0, 0, 2, 2, 2, 0]))
    assert found == pytest.approx([-3 / 9, 3 / 9, -7 / 9, -1, 1, 2 / 6])
    assert suspicion(expected / 7, np.array([0, 0, 2, 2, 2, 0])) == pytest.approx(found)


def test_a_label_nobody_expects_is_more_suspect_than_one_that_is_as_far_behind():
    """Both are 0.2 behind the strongest class; of the first, models know only what it is not."""
    expected = np.array([[0.02, 0.22, 0.2, 0.2, 0.18, 0.18], [0.4, 0.6, 0, 0, 0, 0]])
    found = suspicion(expected, np.zeros(2, int))
    assert found[0] > found[1]


def test_models_that_broke_down_expect_nothing():
    assert np.isnan(suspicion(np.zeros((1, 3), int), np.zeros(1, int))).all()
