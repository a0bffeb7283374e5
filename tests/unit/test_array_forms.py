"""Arrays as people have them: under the names and in the shapes, orders and values of their tools."""

import io
import zipfile

import numpy as np
import pytest

from backend.core.errors import ChoiceError, InvalidError
from backend.datasets.door import brought
from backend.datasets.treatment import Choices
from backend.datasets.upload import examine
from tests.uploads import npz, tarred, written, zipped
from workers.datasets import decode

RNG = np.random.default_rng(1)
IMAGES = RNG.integers(0, 256, (12, 6, 5, 3), np.uint8)
IMAGES[0, 0, 0] = (0, 1, 255)
GRAY = IMAGES[..., 0].copy()
GRAY[0, 0, :2] = (0, 255)
LABELS = np.arange(12) % 3
TEST, TEST_LABELS = IMAGES[:6] // 2 * 2, LABELS[:6]


def npy(array) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def taken(tmp_path, data: bytes, filename: str = "", **choices):
    """Return the data set of an upload and the notes about it."""
    wishes = Choices(**choices)
    with brought(written(tmp_path, data), filename, wishes) as found:
        contents = examine(found.path, 0.25, 0, wishes)
        # As the worker does: nothing is decided again.
        again = examine(found.path, 0.25, 0, wishes, contents.treatment)
        dataset = decode.decode(found.path, again, "pets", tmp_path, lambda fraction: None)
        return dataset, (*found.notes, *contents.notes)


def refusal(tmp_path, data: bytes, filename: str = "", **choices) -> str:
    with pytest.raises(InvalidError) as caught:
        taken(tmp_path, data, filename, **choices)
    return caught.value.detail


def asked(tmp_path, data: bytes, **choices):
    with pytest.raises(ChoiceError) as caught:
        taken(tmp_path, data, **choices)
    return caught.value.choice


def in_file_order(dataset):
    """Return pictures and labels in the order of the arrays, training ones first."""
    order = np.argsort([int(name.rpartition("/")[2]) for name in dataset.names[: dataset.n_train]])
    return dataset.images[: dataset.n_train][order], dataset.labels[: dataset.n_train][order]


PARTS = {"train": (IMAGES, LABELS), "test": (TEST, TEST_LABELS)}


@pytest.mark.parametrize(
    "keys",
    [
        ("x_train", "y_train", "x_test", "y_test"),  # Keras
        ("X_train", "Y_train", "X_test", "Y_test"),
        ("train_images", "train_labels", "test_images", "test_labels"),  # MedMNIST
        ("images", "labels", "test_images", "test_labels"),  # ours
        ("trainX", "trainY", "testX", "testY"),
        ("Xtr", "Ytr", "Xte", "Yte"),
        ("train/data", "train/targets", "test/data", "test/targets"),
        ("xtrain", "ytrain", "xtest", "ytest"),
        ("training_data", "training_classes", "testing_data", "testing_classes"),
        ("arr_0", "arr_1", "arr_2", "arr_3"),
        ("a", "b", "c", "d"),
    ],
)
def test_the_names_of_many_tools_are_known(tmp_path, keys):
    given = dict(zip(keys, (IMAGES, LABELS[:, None], TEST, TEST_LABELS[:, None]), strict=True))
    dataset, _ = taken(tmp_path, npz(**given))
    assert dataset.n_train == 12
    assert (dataset.images == np.concatenate([IMAGES, TEST])).all()
    assert dataset.labels.tolist() == [*LABELS, *TEST_LABELS]


@pytest.mark.parametrize(
    "keys", [("X", "y"), ("images", "labels"), ("data", "targets"), ("features", "target"), ("img", "lbl")]
)
def test_one_part_is_split(tmp_path, keys):
    dataset, _ = taken(tmp_path, npz(**dict(zip(keys, (IMAGES, LABELS), strict=True))))
    rows = [int(name.removeprefix("images/")) for name in dataset.names]
    assert (dataset.images == IMAGES[rows]).all()
    assert (dataset.labels == LABELS[rows]).all()
    assert dataset.n_train == 9


def test_arrays_without_names_are_told_by_their_shapes_in_either_order(tmp_path):
    dataset, notes = taken(tmp_path, npz(arr_0=IMAGES, arr_1=TEST, arr_2=LABELS, arr_3=TEST_LABELS))
    assert (dataset.images[12:] == TEST).all()
    assert dataset.labels.tolist() == [*LABELS, *TEST_LABELS]
    assert "arr_0 and arr_1 for training, then for testing" in " ".join(notes)
    three = npz(a=IMAGES, b=TEST, c=TEST, d=LABELS, e=TEST_LABELS, f=TEST_LABELS)
    assert "Nothing says which arrays are for training" in refusal(tmp_path, three)


def test_a_validation_part_is_treated_as_in_folders(tmp_path):
    val = {"val_images": TEST, "val_labels": TEST_LABELS}
    train = {"train_images": IMAGES, "train_labels": LABELS}
    dataset, notes = taken(tmp_path, npz(**train, **val))
    assert (dataset.n_train, dataset.names[12]) == (12, "val_images/0")
    assert "validation are the test part" in " ".join(notes)
    dataset, notes = taken(tmp_path, npz(**val, **train, test_images=TEST, test_labels=TEST_LABELS))
    assert (dataset.n_train, dataset.names[12], dataset.names[18]) == (18, "val_images/0", "test_images/0")
    assert "joined the training part" in " ".join(notes)
    assert (dataset.images[:18] == np.concatenate([IMAGES, TEST])).all()


@pytest.mark.parametrize(
    ("labels", "classes", "says"),
    [
        (LABELS[:, None].astype(np.uint8), ("0", "1", "2"), None),
        (LABELS[None], ("0", "1", "2"), "one row of 12"),
        (np.eye(3)[LABELS], ("0", "1", "2"), "one of 3 was set"),
        (np.eye(3, dtype=bool)[LABELS], ("0", "1", "2"), "one of 3 was set"),
        (np.asfortranarray(np.eye(3, dtype=np.uint8)[LABELS]), ("0", "1", "2"), "one of 3 was set"),
        (LABELS.astype(np.float32), ("0", "1", "2"), "float32 of whole values"),
        (LABELS.astype(">f8")[:, None], ("0", "1", "2"), "of whole values"),
        (np.array([b"cat", b"dog", b"\xc3\xa4"])[LABELS], ("cat", "dog", "ä"), "bytes were read as text"),
        (np.array(["10", "9", "8"])[LABELS][:, None], ("8", "9", "10"), None),
        (LABELS * 2, ("0", "2", "4"), "no picture has 1, 3, so there are 3 classes"),
        (np.array([-1, 1, 1])[LABELS], ("-1", "1"), None),
        (LABELS > 0, ("false", "true"), "true and false are the classes"),
    ],
)
def test_labels_in_any_form_are_classes(tmp_path, labels, classes, says):
    dataset, notes = taken(tmp_path, npz(images=IMAGES, labels=labels))
    assert dataset.classes == classes
    _, found = in_file_order(dataset)
    rows = sorted(int(name.removeprefix("images/")) for name in dataset.names[: dataset.n_train])
    given = np.reshape(labels, -1) if np.size(labels) == 12 else np.asarray(labels).argmax(axis=1)
    ranks = {value: rank for rank, value in enumerate(dict.fromkeys(given.tolist()))}
    order = dict(zip(dict.fromkeys(found.tolist()), range(3), strict=False))
    assert [order[label] for label in found.tolist()] == [ranks[given[row]] for row in rows]
    assert says is None or says in " ".join(notes)


def test_names_of_classes_come_as_text_or_bytes_and_are_counted_from_0_or_1(tmp_path):
    names = np.array([b"cow", b"ape", b"bee"])
    assert taken(tmp_path, npz(images=IMAGES, labels=LABELS, class_names=names))[0].classes == (
        "cow",
        "ape",
        "bee",
    )
    dataset, notes = taken(tmp_path, npz(x=IMAGES, y=LABELS + 1, names=["cow", "ape", "bee"]))
    assert (dataset.classes, "from 1" in " ".join(notes)) == (("cow", "ape", "bee"), True)
    assert dataset.labels.max() == 2
    texts = np.array(["cow", "ape", "bee"])
    dataset, _ = taken(tmp_path, npz(images=IMAGES, labels=texts[LABELS], classes=texts))
    assert dataset.classes == ("ape", "bee", "cow")
    strange = npz(images=IMAGES, labels=texts[LABELS], classes=["cow", "ape", "elk"])
    assert "classes: does not have 'bee'" in refusal(tmp_path, strange)


def test_of_several_labels_one_is_chosen(tmp_path):
    given = {"x_train": IMAGES, "fine_labels": LABELS, "coarse_labels": LABELS // 2}
    names = {"fine_label_names": ["a", "b", "c"], "coarse_label_names": ["A", "B"]}
    choice = asked(tmp_path, npz(**given, **names))
    assert (choice.parameter, [option.value for option in choice.options]) == (
        "column",
        ["fine_labels", "coarse_labels"],
    )
    assert taken(tmp_path, npz(**given, **names), column="fine_labels")[0].classes == ("a", "b", "c")
    dataset, notes = taken(tmp_path, npz(**given, **names), column="coarse_labels")
    assert dataset.classes == ("A", "B")
    assert "Labels are those of coarse_labels" in " ".join(notes)
    assert "There is no array of labels 'other'" in refusal(tmp_path, npz(**given), column="other")
    two = {"x_test": TEST, "test_fine_labels": TEST_LABELS, "test_coarse_labels": TEST_LABELS // 2}
    assert taken(tmp_path, npz(**given, **two), column="fine_labels")[0].n_test == 6


@pytest.mark.parametrize(
    ("images", "black", "white"),
    [
        (IMAGES / 255, 0, 1),
        ((IMAGES / 255).astype(np.float16), 0, 1),
        (IMAGES / 127.5 - 1, -1, 1),
        (IMAGES.astype(">f4"), 0, 255),
        (IMAGES.astype(np.int64), 0, 255),
        (IMAGES.astype(">u2") * 257, 0, "65,535"),
        (np.rint(IMAGES * (1023 / 255)).astype(np.int32), 0, "1,023"),
        (np.asfortranarray(IMAGES / 255), 0, 1),
        ((IMAGES / 255).transpose(0, 3, 1, 2), 0, 1),
    ],
)
def test_numbers_of_any_usual_range_become_bytes_and_it_is_said(tmp_path, images, black, white):
    dataset, notes = taken(tmp_path, npz(x_train=images, y_train=LABELS, x_test=images, y_test=LABELS))
    off = np.abs(dataset.images.astype(int) - np.concatenate([IMAGES, IMAGES])).max()
    assert off <= (images.dtype == np.float16)
    assert f"{black} became black, {white} white" in " ".join(notes)


def test_bytes_stay_as_they_are_and_two_values_are_black_and_white(tmp_path):
    dataset, notes = taken(tmp_path, npz(images=IMAGES, labels=LABELS))
    rows = [int(name.removeprefix("images/")) for name in dataset.names]
    assert (dataset.images == IMAGES[rows]).all()
    assert notes == ()
    for drawn in (GRAY > 99, (GRAY > 99).astype(np.uint8), (GRAY > 99).astype(np.float32)):
        dataset, notes = taken(tmp_path, npz(images=drawn, labels=LABELS))
        assert set(np.unique(dataset.images)) == {0, 255}
        assert "black" in " ".join(notes)
    _, notes = taken(tmp_path, npz(images=GRAY // 16, labels=LABELS))
    assert "no pixel is brighter than 15 of 255" in " ".join(notes)


@pytest.mark.parametrize(
    ("images", "options", "scale", "expected"),
    [
        (GRAY / 255 - 0.4, ["signed", "spread"], "spread", GRAY),
        (GRAY / 255 - 0.4, ["signed", "spread"], "signed", (GRAY / 255 + 0.6) * 127.5),
        (GRAY / 50 - 2.1, ["spread"], "spread", GRAY),  # standardized
        (GRAY / 255 * 16, ["bytes", "spread"], "spread", GRAY),  # scikit-learn's digits
        (GRAY / 255 * 16, ["bytes", "spread"], "bytes", GRAY / 255 * 16),
        (GRAY / 255 / 255, ["unit", "signed", "bytes", "spread"], "unit", GRAY / 255),
        (GRAY.astype(np.int16) - 128, ["spread"], "spread", GRAY),
    ],
)
def test_other_ranges_are_asked_about(tmp_path, images, options, scale, expected):
    data = npz(images=images, labels=LABELS)
    choice = asked(tmp_path, data)
    assert (choice.parameter, [option.value for option in choice.options]) == ("scale", options)
    dataset, notes = taken(tmp_path, data, scale=scale)
    rows = [int(name.removeprefix("images/")) for name in dataset.names]
    assert np.abs(dataset.images - np.rint(np.asarray(expected)[rows])).max() <= 1
    assert "As chosen" in " ".join(notes)


def test_parts_must_have_one_scale(tmp_path):
    mixed = npz(x_train=IMAGES, y_train=LABELS, x_test=TEST / 255, y_test=TEST_LABELS)
    assert "x_train is uint8 from 0 to 255 and x_test float64" in refusal(tmp_path, mixed)
    mixed = npz(x_train=IMAGES.astype(np.float32), y_train=LABELS, x_test=IMAGES / 255, y_test=LABELS)
    assert "bring both to the same values" in refusal(tmp_path, mixed)
    assert "cannot be read as 0 to 1" in refusal(tmp_path, npz(x=IMAGES, y=LABELS), scale="unit")


@pytest.mark.parametrize(
    ("images", "channels", "shape"),
    [
        (GRAY[:, None], None, (6, 5)),
        (GRAY[..., None], None, (6, 5)),
        (IMAGES.transpose(0, 3, 1, 2), None, (6, 5, 3)),
        (np.asfortranarray(IMAGES.transpose(0, 3, 1, 2)), None, (6, 5, 3)),
        (GRAY[:, :5].reshape(12, 25), None, (5, 5)),
        (IMAGES[:, :5].transpose(0, 3, 1, 2).reshape(12, 75), "first", (5, 5, 3)),
        (IMAGES[:, :5].reshape(12, 75), "last", (5, 5, 3)),
        (IMAGES[:, :3], "last", (3, 5, 3)),
        (IMAGES[:, :, :3, :].transpose(0, 3, 1, 2), "first", (6, 3, 3)),
    ],
)
def test_channels_lie_where_they_lie(tmp_path, images, channels, shape):
    data = npz(images=images, labels=LABELS)
    if channels is not None:
        assert [option.value for option in asked(tmp_path, data).options] == ["first", "last"]
    dataset, _ = taken(tmp_path, data, **({} if channels is None else {"channels": channels}))
    rows = [int(name.removeprefix("images/")) for name in dataset.names]
    own = (IMAGES if len(shape) == 3 else GRAY)[rows]
    assert dataset.images.shape == (12, *shape)
    assert (dataset.images == own[:, : shape[0], : shape[1]]).all()


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_npy_files_in_folders_are_arrays(tmp_path, pack):
    files = {
        "pets/train/images.npy": npy(IMAGES),
        "pets/train/labels.npy": npy(LABELS),
        "pets/test/images.npy": npy(TEST),
        "pets/test/labels.npy": npy(TEST_LABELS),
        "pets/readme.txt": b"pets",
    }
    dataset, notes = taken(tmp_path, pack(files))
    assert (dataset.images == np.concatenate([IMAGES, TEST])).all()
    assert "1 file that is no array was skipped: pets/readme.txt" in " ".join(notes)


def test_one_npy_is_told_what_it_lacks(tmp_path):
    assert "labels: is missing" in refusal(tmp_path, npy(IMAGES), "images.npy")
    assert "images: is missing" in refusal(tmp_path, npy(LABELS), "../labels.npy")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"x_val": IMAGES}, "x_val has no labels"),
        ({"y_val": LABELS}, "y_val: there are no pictures for validation"),
        ({"train_images": IMAGES}, "several arrays of pictures for train"),
        ({"images": IMAGES}, "Both images and x_train may be the pictures"),
        ({"y_train": np.eye(3)[LABELS] + np.eye(3)[0]}, "y_train: has 3 values"),
        ({"y_train": LABELS[:-1]}, "y_train: must be (12,)"),
        ({"y_train": np.array(list("abc"), object)[LABELS]}, "y_train: holds Python objects"),
    ],
)
def test_what_does_not_go_together_is_named(tmp_path, change, says):
    assert says in refusal(tmp_path, npz(**({"x_train": IMAGES, "y_train": LABELS} | change)))


def test_arrays_keep_their_size(tmp_path):
    assert "size: arrays are taken in the size they have" in refusal(
        tmp_path, npz(x=IMAGES, y=LABELS), size="8"
    )


def test_what_is_no_label_and_no_picture_is_left_aside_and_said(tmp_path):
    more = {"filenames": [f"{i}.png" for i in range(12)], "weights": np.ones(7), "index": np.arange(12)}
    dataset, notes = taken(tmp_path, npz(images=IMAGES, labels=LABELS, **more))
    assert dataset.classes == ("0", "1", "2")
    assert "Left aside: filenames, weights, index." in notes


def test_an_archive_beyond_4_gib_in_its_own_words_is_read(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, array in (("images", IMAGES), ("labels", LABELS)):
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                np.save(file, array)
    assert len(taken(tmp_path, buffer.getvalue())[0].labels) == 12
