"""The examples of an experiment: which are taken, under which labels, and what is refused."""

import numpy as np
import pytest
from pydantic import ValidationError

from backend.core.errors import InvalidError
from backend.datasets.base import Dataset, Shape
from backend.datasets.examples import take
from backend.datasets.options import DataOptions, data_fingerprint

CLASSES = ("bird", "cat", "dog")


@pytest.fixture(scope="module")
def dataset():
    rng = np.random.default_rng(0)
    labels = np.concatenate([np.arange(90) % 3, np.arange(30) % 3])
    names = tuple(f"pets/{i}" for i in range(120))
    return Dataset("pets", rng.integers(0, 256, (120, 6, 8, 3), np.uint8), labels, CLASSES, names, 90)


def test_without_options_everything_is_as_in_the_data_set(dataset):
    found = take(dataset, DataOptions())
    assert found.shape == dataset.shape == Shape(90, 30, 3, 6, 8, 3)
    assert (found.images == dataset.images).all()
    assert (found.given == dataset.labels[:90]).all()
    assert not found.flipped.any()
    assert found.name(100) == "pets/100"


def test_classes_are_renumbered_and_examples_keep_their_place(dataset):
    found = take(dataset, DataOptions(classes=("dog", "bird")))
    assert found.classes == ("bird", "dog")  # in the order of the data set
    assert (found.n_train, found.n_test) == (60, 20)
    assert set(dataset.labels[found.source]) == {0, 2}
    assert (np.array([0, -1, 1])[dataset.labels[found.source]] == found.labels).all()
    assert (np.diff(found.source) > 0).all()


def test_examples_per_class_are_drawn_by_the_data_seed_and_grow_with_the_number(dataset):
    few, more = (set(take(dataset, DataOptions(per_class=k)).source[: 3 * k].tolist()) for k in (4, 9))
    assert np.bincount(dataset.labels[list(few)]).tolist() == [4, 4, 4]
    assert few < more  # asking for more keeps those already drawn
    other = take(dataset, DataOptions(per_class=4, data_seed=1))
    assert set(other.source[:12].tolist()) != few
    assert other.n_test == 30
    assert take(dataset, DataOptions(per_class=1000)).n_train == 90


def test_symmetric_noise_changes_the_exact_share_to_other_classes(dataset):
    found = take(dataset, DataOptions(label_noise=0.3))
    assert found.flipped.sum() == 27
    assert len(set(found.given[found.flipped] - found.labels[:90][found.flipped])) > 2
    assert (found.labels == dataset.labels).all()  # the truth and the test labels stay


def test_class_dependent_noise_follows_the_confusions(dataset):
    noisy = DataOptions(label_noise=0.5, noise="class-dependent")
    following = take(dataset, noisy)
    changed = following.flipped
    assert changed.sum() == 45
    assert (following.given[changed] == (following.labels[:90][changed] + 1) % 3).all()
    pairs = take(dataset, noisy.model_copy(update={"confusions": ("cat>dog",)}))
    assert pairs.flipped.sum() == 15  # half of the cats
    assert set(pairs.labels[:90][pairs.flipped]) == {1}
    assert set(pairs.given[pairs.flipped]) == {2}


def test_uniform_noise_redraws_the_labels_that_are_trained_on(dataset):
    half, whole = (take(dataset, DataOptions(label_noise=p, noise="uniform")) for p in (0.5, 1.0))
    assert set(np.flatnonzero(half.flipped)) < set(np.flatnonzero(whole.flipped))
    assert 20 <= half.flipped.sum() <= 40  # 30 are expected, with a spread of 4.5
    assert (half.labels == dataset.labels).all()
    for each in (half, whole):
        assert (each.flipped == (each.given != dataset.labels[:90])).all()
    assert not take(dataset, DataOptions(noise="uniform")).flipped.any()


def test_a_label_file_replaces_the_training_labels(dataset):
    labels = dataset.labels[:90].copy()
    labels[[0, 5]] = (labels[[0, 5]] + 1) % 3
    found = take(dataset, DataOptions(), labels)
    assert np.flatnonzero(found.flipped).tolist() == [0, 5]
    without_cats = take(dataset, DataOptions(classes=("bird", "dog")), labels)
    # A bird that the file calls a cat has no place among birds and dogs; a dog that it calls a bird stays.
    assert 0 not in without_cats.source
    assert without_cats.flipped.sum() == 1


def test_images_are_scaled_and_gray_as_asked(dataset):
    found = take(dataset, DataOptions(image_size=4, grayscale=True))
    assert found.images.shape == (120, 4, 4)
    assert found.shape == Shape(90, 30, 3, 4, 4, 1)
    weights = np.array([0.299, 0.587, 0.114])  # ITU-R 601, what Pillow documents for "L"
    gray = (dataset.images @ weights).mean(axis=(1, 2))
    assert abs(found.images.mean(axis=(1, 2)) - gray).max() < 25
    assert take(dataset, DataOptions(image_size=4)).images.shape == (120, 4, 4, 3)


NOISY = {"noise": "class-dependent", "label_noise": 0.1}


@pytest.mark.parametrize(
    ("options", "field", "says"),
    [
        ({"classes": ("cat", "cow")}, "classes", "bird, cat, dog"),
        ({"classes": ("cat",)}, "classes", "at least two"),
        (
            {"noise": "class-dependent", "label_noise": 0.1, "confusions": ("cat:dog",)},
            "confusions",
            "bird>cat",
        ),
        (
            {"noise": "class-dependent", "label_noise": 0.1, "confusions": ("cat>cow",)},
            "confusions",
            "bird>cat",
        ),
        ({"confusions": ("cat>dog",)}, "confusions", "class-dependent"),
        ({"confusions": ("cat>dog",), "noise": "uniform"}, "confusions", "class-dependent"),
    ],
)
def test_options_that_do_not_fit_the_data_set_are_refused_by_name(dataset, options, field, says):
    with pytest.raises(InvalidError, match=says) as caught:
        take(dataset, DataOptions(**options))
    assert [error.pointer for error in caught.value.fields] == [f"/params/{field}"]


@pytest.mark.parametrize(
    "options",
    [{"per_class": 0}, {"image_size": 1000}, {"label_noise": 1.5}, {"noise": "some"}, {"colour": True}],
)
def test_options_out_of_range_or_unknown_are_refused(options):
    with pytest.raises(ValidationError):
        DataOptions(**options)


def test_the_fingerprint_covers_data_labels_and_every_option():
    base = data_fingerprint(DataOptions(), "a", None)
    changed = {
        "classes": ("0", "1"), "per_class": 5, "image_size": 16, "grayscale": True, "label_noise": 0.1,
        "noise": "class-dependent", "confusions": ("0>1",), "data_seed": 1, "pixels": "random",
    }  # fmt: skip
    others = [data_fingerprint(DataOptions(**{name: value}), "a", None) for name, value in changed.items()]
    others += [data_fingerprint(DataOptions(), "b", None), data_fingerprint(DataOptions(), "a", "labels")]
    assert len({base, *others}) == 1 + len(changed) + 2
    assert set(changed) == set(DataOptions.model_fields) - {"dataset", "labels"}
    # Names do not count, content does.
    assert data_fingerprint(DataOptions(dataset="copy", labels="mine"), "a", None) == base
