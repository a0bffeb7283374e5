"""What holds for all data options: each counts in the fingerprint, noise is exact, subsets are nested."""

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.datasets.base import Dataset, Shape
from backend.datasets.examples import take
from backend.datasets.label_noise import corrupt_labels
from backend.datasets.options import (
    DataOptions,
    NoiseKind,
    PixelMode,
    check_classes,
    data_fingerprint,
    expected_shape,
)
from backend.datasets.ranks import rank_in_class

CLASSES = ("ant", "bee", "cat", "dog")
N_TRAIN, N_TEST = 80, 20

options = st.fixed_dictionaries(
    {},
    optional={
        "classes": st.permutations(CLASSES).flatmap(lambda p: st.sampled_from([p[:2], p[:3], p])),
        "per_class": st.integers(2, 40),
        "image_size": st.integers(4, 12),
        "grayscale": st.booleans(),
        "pixels": st.sampled_from(list(PixelMode)),
        "label_noise": st.floats(0, 1),
        "noise": st.sampled_from(list(NoiseKind)),
        "data_seed": st.integers(0, 2**32 - 1),
    },
)
quickly = settings(max_examples=40, deadline=None)


def make() -> Dataset:
    rng = np.random.default_rng(0)
    labels = np.concatenate([np.arange(N_TRAIN) % 4, np.arange(N_TEST) % 4])
    images = rng.integers(0, 256, (N_TRAIN + N_TEST, 5, 6, 3), np.uint8)
    return Dataset("pets", images, labels, CLASSES, tuple(map(str, range(N_TRAIN + N_TEST))), N_TRAIN)


DATASET = make()


def found(**chosen: Any):
    return take(DATASET, DataOptions(**chosen))


@quickly
@given(options, options)
def test_fingerprints_are_equal_exactly_where_options_are(one: dict[str, Any], two: dict[str, Any]) -> None:
    first, second = DataOptions(**one), DataOptions(**two)
    same = data_fingerprint(first, "a", None) == data_fingerprint(second, "a", None)
    assert same == (first == second)
    assert data_fingerprint(first, "a", None) != data_fingerprint(first, "b", None)
    assert data_fingerprint(first, "a", None) != data_fingerprint(first, "a", "c")


@quickly
@given(options)
def test_equal_options_give_equal_examples_and_the_expected_form(chosen: dict[str, Any]) -> None:
    one, two = found(**chosen), found(**chosen)
    assert (one.source == two.source).all()
    assert (one.given == two.given).all()
    assert one.shape == expected_shape(DATASET.shape, DataOptions(**chosen))
    assert one.images.shape[:3] == (len(one.source), one.shape.height, one.shape.width)
    assert (one.labels >= 0).all()
    assert (one.given < len(one.classes)).all()


@quickly
@given(options)
def test_noise_changes_the_asked_number_exactly_or_redraws(chosen: dict[str, Any]) -> None:
    examples = found(**chosen)
    if chosen.get("noise") is NoiseKind.UNIFORM:
        true = examples.labels[: examples.n_train]
        draw = (len(examples.classes), chosen.get("label_noise", 0), chosen.get("data_seed", 0))
        assert (examples.given == corrupt_labels(true, *draw)[0]).all()
        return
    assert examples.flipped.sum() == round(chosen.get("label_noise", 0) * examples.n_train)
    if chosen.get("noise") is NoiseKind.CLASS_DEPENDENT:
        true, given_labels = examples.labels[: examples.n_train][examples.flipped], examples.given
        assert (given_labels[examples.flipped] == (true + 1) % len(examples.classes)).all()


@quickly
@given(
    st.lists(st.sampled_from(CLASSES), min_size=2, max_size=2, unique=True),
    st.floats(0, 1),
    st.integers(0, 1000),
)
def test_confusions_change_their_own_classes_only(pair: list[str], share: float, seed: int) -> None:
    noisy = {"noise": "class-dependent", "confusions": (">".join(pair),)}
    examples = found(**noisy, label_noise=share, data_seed=seed)
    source, target = (CLASSES.index(name) for name in pair)
    assert set(examples.labels[:N_TRAIN][examples.flipped]) <= {source}
    assert set(examples.given[examples.flipped]) <= {target}
    assert examples.flipped.sum() == round(share * N_TRAIN / 4)


@quickly
@given(st.integers(2, 20), st.integers(0, 20), st.integers(0, 1000))
def test_subsets_of_one_seed_are_nested_and_of_the_asked_size(size: int, more: int, seed: int) -> None:
    small, large = (found(per_class=k, data_seed=seed) for k in (size, min(size + more, 20)))
    assert set(small.source.tolist()) <= set(large.source.tolist())
    assert np.bincount(small.labels[: small.n_train]).tolist() == [size] * 4
    assert small.n_test == N_TEST


def test_a_class_named_twice_counts_once() -> None:
    chosen = DataOptions(classes=("ant", "bee", "ant"))
    assert check_classes(CLASSES, chosen) == [0, 1]
    assert expected_shape(DATASET.shape, chosen) == Shape(40, 10, 2, 5, 6, 3) == take(DATASET, chosen).shape


@quickly
@given(st.lists(st.integers(0, 5), min_size=1, max_size=30))
def test_a_rank_counts_those_of_the_class_that_come_before(labels: list[int]) -> None:
    expected = [labels[:i].count(label) for i, label in enumerate(labels)]
    assert rank_in_class(np.array(labels)).tolist() == expected
