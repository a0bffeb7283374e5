"""Types of trajectories: known shapes are recognized, noise is not mistaken for one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.contracts import TrajectoryType
from backend.statistics.trajectories import (
    CAP,
    CONSTANT,
    INCREASING,
    TAUS,
    TRAJECTORY_NAMES,
    UNRESOLVED,
    classify,
    placebo,
    types_by_threshold,
)

# In-accuracy is 1, so memorization at each size is 1 minus these held-out accuracies.
SHAPES = {
    "constant": (0.97, 0.97, 0.98, 0.98, 0.97, 0.98, 0.98),
    "increasing": (0.95, 0.9, 0.8, 0.6, 0.4, 0.2, 0.1),
    "decreasing": (0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95),
    "cap-shaped": (0.95, 0.7, 0.3, 0.2, 0.3, 0.7, 0.95),
    "u-shaped": (0.1, 0.4, 0.8, 0.9, 0.8, 0.4, 0.1),
}


def draw(heldout_accuracy, models, examples=500, in_accuracy=1.0, seed=0):
    """Draw counts (S, n) for examples that all have these held-out accuracies."""
    rng = np.random.default_rng(seed)
    p = np.array(heldout_accuracy)[:, None]
    n_out = np.full((len(p), examples), round(0.3 * models), np.int32)
    n_in = models - n_out
    k_in, k_out = rng.binomial(n_in, in_accuracy), rng.binomial(n_out, np.broadcast_to(p, n_out.shape))
    return n_in, k_in.astype(np.int32), n_out, k_out.astype(np.int32)


def shares(types):
    return {name: float((types == code).mean()) for code, name in enumerate(TRAJECTORY_NAMES)}


@pytest.mark.parametrize("shape", SHAPES)
def test_known_shapes_are_recognized(shape):
    assert shares(classify(*draw(SHAPES[shape], models=400)))[shape] > 0.97


@pytest.mark.parametrize("models", [20, 50, 100, 200, 400])
@pytest.mark.parametrize("level", [0.02, 0.1, 0.3, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("in_accuracy", [1.0, 0.6])
def test_noise_around_a_constant_is_hardly_ever_called_a_change(models, level, in_accuracy):
    found = shares(classify(*draw([level] * 8, models, examples=4000, in_accuracy=in_accuracy)))
    assert found["constant"] + found["unresolved"] > 0.95
    pair = shares(classify(*draw([level] * 2, models, examples=4000, in_accuracy=in_accuracy), tau=0.05))
    assert pair["constant"] + pair["unresolved"] > 0.935


def test_constant_is_claimed_only_where_models_suffice():
    few, many = (shares(classify(*draw([0.5] * 8, models))) for models in (50, 1000))
    assert few["constant"] == 0
    assert many["constant"] > 0.95


def test_a_zigzag_is_unresolved():
    types = classify(*draw((0.9, 0.1, 0.9, 0.1, 0.9, 0.1), models=400))
    assert shares(types)["unresolved"] == 0  # first high, last low: increasing, and its dips do not return
    both = classify(*draw((0.5, 0.02, 0.98, 0.5), models=1000))
    assert shares(both)["unresolved"] == 1  # as much cap as u


def test_the_threshold_decides_which_changes_count():
    counts = draw((0.9, 0.8, 0.6), models=2000)
    assert shares(classify(*counts, tau=0.2))["increasing"] > 0.95
    assert shares(classify(*counts, tau=0.4))["constant"] > 0.95


def test_sizes_without_models_are_left_out():
    counts = draw((0.9, 0.5, 0.1), models=400)
    for count in counts:
        count[1] = 0
    assert shares(classify(*counts))["increasing"] == 1
    for count in counts:
        count[2] = 0
    assert shares(classify(*counts))["unresolved"] == 1


@given(st.integers(0, 2**31), st.integers(1, 6), st.integers(1, 40))
def test_reversing_the_sizes_mirrors_the_type(seed, sizes, models):
    rng = np.random.default_rng(seed)
    n_in, n_out = rng.integers(0, models + 1, (2, sizes, 5)).astype(np.int32)
    k_in, k_out = rng.binomial(n_in, 0.8).astype(np.int32), rng.binomial(n_out, rng.random(n_out.shape))
    counts = (n_in, k_in, n_out, k_out.astype(np.int32))
    mirror = np.array([0, 2, 1, 3, 4, 5])
    assert (classify(*(c[::-1] for c in counts)) == mirror[classify(*counts)]).all()


@given(st.integers(0, 2**31), st.integers(1, 5), st.sampled_from([10, 40, 400]))
def test_counts_over_thresholds_are_those_of_each_threshold(seed, sizes, models):
    rng = np.random.default_rng(seed)
    counts = draw(rng.random(sizes), models, examples=40, in_accuracy=0.9, seed=seed)
    typed = types_by_threshold(*counts)
    taus = (0.05, 0.2, 0.25, 0.5, 0.9)
    each = [np.bincount(classify(*counts, tau=tau), minlength=len(TRAJECTORY_NAMES)) for tau in taus]
    assert typed.counts(taus).tolist() == np.array(each).tolist()
    assert (np.diff(typed.steps, axis=0) >= 0).all()


def test_equal_differences_count_alike_whatever_they_come_from():
    """0.9 - 0.7 is a little more than 0.2 in binary, and 0.3 - 0.1 a little less."""
    n = np.full((2, 2), 1000, np.int32)
    k_out = 1000 - np.array([[700, 100], [900, 300]], np.int32)
    assert classify(n, n, n, k_out).tolist() == [INCREASING, INCREASING]
    assert INCREASING not in classify(n, n, n, k_out, tau=0.2001)


def test_the_clearest_examples_of_a_type_come_first():
    tops = [(0.3, 0.9, 0.3), (0.1, 0.9, 0.1), (0.2, 0.9, 0.2), (0.5, 0.5, 0.5)]
    n = np.full((3, 4), 1000, np.int32)
    k_out = 1000 - np.rint(1000 * np.array(tops).T).astype(np.int32)
    typed = types_by_threshold(n, n, n, k_out)
    types = typed.at(0.2)
    assert types.tolist() == [CAP, CAP, CAP, CONSTANT]
    assert typed.clearest(types, CAP, 2) == [1, 2]
    assert typed.clearest(types, CONSTANT, 2) == [3]
    assert typed.clearest(types, UNRESOLVED, 2) == []


def test_more_models_can_tell_smaller_changes():
    few, many = (types_by_threshold(*draw([0.5] * 8, models)).margin for models in (60, 1000))
    assert np.median(few) > 0.5  # with 60 models, hardly anything can be resolved
    assert np.median(many) < 0.15
    assert np.isnan(types_by_threshold(*draw([0.5], 60)).margin).all()


@pytest.mark.parametrize("level", [0.02, 0.3, 0.7, 0.95])
@pytest.mark.parametrize(("sizes", "bound"), [(2, 0.05), (8, 0.05 / 28)])
def test_the_placebo_finds_hardly_any_change(level, sizes, bound):
    halves = [np.stack([c[0] for c in draw([level], 100, examples=20_000, seed=s)]) for s in (1, 2)]
    shares = placebo(*halves, sizes)
    assert shares.shape == (len(TAUS), len(TRAJECTORY_NAMES))
    assert shares.sum(axis=1) == pytest.approx(1)
    changes = shares[:, 1:3].sum(axis=1)
    assert changes.max() < 1.25 * bound + 0.001
    assert (np.diff(changes) <= 0).all()
    assert (shares[:, 3:5] == 0).all()  # two points cannot bend


def test_a_placebo_of_different_halves_would_show():
    halves = [np.stack([c[0] for c in draw([level], 400)]) for level in (0.2, 0.8)]
    assert placebo(*halves, 8)[TAUS.index(0.2), 1:3].sum() == 1


def test_no_placebo_without_models_in_both_halves():
    half = np.stack([c[0] for c in draw([0.5], 40)])
    assert placebo(half, np.zeros_like(half), 2) is None


def test_names_are_those_of_the_contract():
    assert tuple(TrajectoryType) == TRAJECTORY_NAMES
