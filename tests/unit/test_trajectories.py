"""Types of trajectories: known shapes are recognized, noise is not mistaken for one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri

from backend.core.contracts import TrajectoryType
from backend.statistics.trajectories import (
    CAP,
    CONSTANT,
    DEFAULT_TAU,
    INCREASING,
    TAUS,
    TRAJECTORY_NAMES,
    UNRESOLVED,
    classify,
    placebo,
    placebo_parts,
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
CHANGES = TRAJECTORY_NAMES[1:5]


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


@pytest.mark.parametrize("models", [10, 20, 50, 200, 1000])
@pytest.mark.parametrize("level", [0, 0.05, 0.3, 0.5, 0.8, 1])
@pytest.mark.parametrize("in_accuracy", [1.0, 0.6])
def test_noise_around_a_constant_is_hardly_ever_called_a_change(models, level, in_accuracy):
    for sizes in (2, 3, 8, 12):
        typed = types_by_threshold(*draw([level] * sizes, models, examples=2000, in_accuracy=in_accuracy))
        for tau in (0.05, DEFAULT_TAU):
            found = shares(typed.at(tau))
            assert max(found[kind] for kind in CHANGES) < 0.04
            assert sum(found[kind] for kind in CHANGES) < 0.07


@pytest.mark.parametrize("level", [0.1, 0.5, 0.9])
def test_noise_that_sizes_share_is_hardly_ever_called_a_change(level):
    """Models of larger sizes err more alike, as they do where sizes share their subsets."""
    shared = np.linspace(0.1, 0.9, 8)[:, None]
    rng = np.random.default_rng(0)
    luck = shared * rng.standard_normal((30, 1, 2000))
    luck += np.sqrt(1 - shared**2) * rng.standard_normal((30, 8, 2000))
    k_out = (luck < ndtri(level)).sum(axis=0).astype(np.int32)
    n = np.full(k_out.shape, 30, np.int32)
    assert np.corrcoef(k_out[-2:])[0, 1] > 0.35
    for tau in (0.05, DEFAULT_TAU):
        assert max(shares(classify(2 * n, 2 * n, n, k_out, tau=tau))[kind] for kind in CHANGES) < 0.04


@pytest.mark.parametrize("models", [(1000, 1000, 20, 20, 20), (20, 20, 20, 1000, 1000), (200, 20, 200, 20)])
@pytest.mark.parametrize("level", [0.05, 0.5, 0.9])
def test_sizes_with_many_models_beside_sizes_with_few_find_no_change_either(models, level):
    drawn = [draw([level], number, examples=4000, seed=seed) for seed, number in enumerate(models)]
    typed = types_by_threshold(*(np.concatenate(counts) for counts in zip(*drawn, strict=True)))
    for tau in (0.05, DEFAULT_TAU):
        assert max(shares(typed.at(tau))[kind] for kind in CHANGES) < 0.04


def test_a_difference_of_two_well_known_sizes_is_not_drawn_out_over_all():
    """0.1 in one step, exactly known, would be 0.5 in five; nothing is known of the other four sizes."""
    counts = [np.concatenate(c) for c in zip(draw((0.6, 0.5), 10_000), draw((0.5,) * 4, 20), strict=True)]
    assert shares(classify(*counts))["increasing"] < 0.05


@pytest.mark.parametrize(("models", "least"), [(50, 0.3), (100, 0.65), (200, 0.88), (400, 0.96)])
@pytest.mark.parametrize(("mirrored", "kind"), [(False, "decreasing"), (True, "increasing")])
def test_a_slow_change_over_many_sizes_is_seen(models, least, mirrored, kind):
    heldout = np.linspace(0.4, 0.7, 8)[:: -1 if mirrored else 1]
    found = shares(classify(*draw(heldout, models, examples=2000)))
    assert found[kind] > least
    assert found[kind] + found["constant"] + found["unresolved"] > 0.98


@pytest.mark.parametrize("models", [20, 50, 100, 200, 1000])
@pytest.mark.parametrize(
    "scores", [np.interp(range(8), [0, 3, 7], [0.05, 0.8, 0.5]), (0.05, 0.8, 0.5), (0.05, 0.8, 0.65, 0.5)]
)
def test_what_rises_and_falls_is_not_called_increasing_nor_its_mirror_images_decreasing(models, scores):
    scores = np.array(scores)
    for shape, right, wrong in ((scores, "cap", "increasing"), (0.85 - scores, "u-s", "decreasing")):
        for ordered, other in (
            (shape, wrong),
            (shape[::-1], {"i": "decreasing", "d": "increasing"}[wrong[0]]),
        ):
            found = shares(classify(*draw(1 - ordered, models, examples=2000)))
            opposite = [name for name in CHANGES if not name.startswith(right) and name != other]
            assert found[other] < 0.08
            assert sum(found[name] for name in opposite) < 0.01
            if models == 1000:
                assert max(found, key=found.get).startswith(right)


@pytest.mark.parametrize("models", [30, 100, 400])
@pytest.mark.parametrize("sizes", [3, 8, 12])
@pytest.mark.parametrize("step", [1, 0.5])
def test_what_rises_and_stays_does_not_fall(models, sizes, step):
    """A step after the first size, or half-way."""
    scores = np.where(np.arange(sizes) < step * 1 + (1 - step) * sizes, 0.1, 0.6)
    for tau in (0.05, DEFAULT_TAU):
        up = shares(classify(*draw(1 - scores, models, examples=2000), tau=tau))
        down = shares(classify(*draw(scores, models, examples=2000), tau=tau))
        assert max(up["cap-shaped"], up["u-shaped"], down["cap-shaped"], down["u-shaped"]) < 0.055
        assert up["decreasing"] + down["increasing"] == 0


@pytest.mark.parametrize("sizes", [2, 8])
@pytest.mark.parametrize("models", [20, 50, 100, 200, 400])
def test_nothing_that_changes_by_twice_the_threshold_is_called_constant(sizes, models):
    """5 % of those that differ by just that are, at most, also where so few models see no difference."""
    for heldout in (np.linspace(0.7, 0.3, sizes), np.linspace(1, 0.6, sizes), np.linspace(0.4, 0, sizes)):
        found = shares(classify(*draw(heldout, models, examples=2000)))
        assert found["constant"] < 0.055


def test_constant_is_claimed_only_where_models_suffice():
    few, some, many = (shares(classify(*draw([0.5] * 8, models))) for models in (50, 200, 1000))
    assert few["constant"] < 0.01
    assert some["constant"] > 0.5
    assert many["constant"] > 0.95


def test_a_zigzag_is_unresolved():
    types = classify(*draw((0.9, 0.1, 0.9, 0.1, 0.9, 0.1), models=400))
    assert shares(types)["unresolved"] > 0.99  # its line rises, and it falls each time
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
    assert np.median(few) > 0.25  # with 60 models, little can be resolved
    assert np.median(many) < 0.07
    assert np.isnan(types_by_threshold(*draw([0.5], 60)).margin).all()


@pytest.mark.parametrize("level", [0.02, 0.3, 0.7, 0.95])
@pytest.mark.parametrize("parts", [2, 8])
def test_the_placebo_finds_hardly_any_change(level, parts):
    found = placebo(np.stack(draw([level] * parts, 100, examples=10_000), axis=1))
    assert found.shape == (len(TAUS), len(TRAJECTORY_NAMES))
    assert np.nansum(found, axis=1) == pytest.approx(1)
    assert np.nansum(found[:, 1:5], axis=1).max() < 0.06
    assert np.isnan(found[:, 3:5]).all() == (parts == 2)  # two points cannot bend


def test_a_placebo_of_different_parts_would_show():
    first, last = (np.stack(draw([level] * 2, 400), axis=1) for level in (0.2, 0.8))
    assert placebo(np.stack([first[0], last[0]]))[TAUS.index(0.2), 1:3].sum() == 1
    bent = placebo(np.stack([first[0], last[0], last[1], first[1]]))
    assert bent[TAUS.index(0.2), 3:5].tolist() == [0, 1]


def test_no_placebo_without_models_in_every_part():
    part = np.stack(draw([0.5], 40), axis=1)[0]
    assert placebo(np.stack([part, np.zeros_like(part)])) is None


def test_a_placebo_has_as_many_parts_as_models_allow():
    numbers = [(1, 400), (8, 10), (8, 59), (8, 60), (8, 200), (3, 200)]
    assert [placebo_parts(*each) for each in numbers] == [2, 2, 2, 3, 8, 3]


def test_names_are_those_of_the_contract():
    assert tuple(TrajectoryType) == TRAJECTORY_NAMES
