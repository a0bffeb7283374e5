"""npy files that no array of labels goes with: pictures in class folders, and a file for each class."""

import tracemalloc

import numpy as np
import pytest

from tests.unit.test_array_forms import npy, refusal, taken
from tests.uploads import picture, tarred, zipped

RNG = np.random.default_rng(3)
GRAY = RNG.integers(0, 256, (12, 6, 5), np.uint8)
COLOR = RNG.integers(0, 256, (12, 6, 5, 3), np.uint8)
CLASSES = ("ant", "bee", "x", "y")


def known(dataset, images) -> list[int]:
    """Return which of `images` each picture is."""
    places = {image.tobytes(): i for i, image in enumerate(images)}
    return [places[np.ascontiguousarray(image).tobytes()] for image in dataset.images]


@pytest.mark.parametrize("pack", [zipped, tarred])
@pytest.mark.parametrize(
    ("stored", "images"),
    [
        (GRAY, GRAY),
        (GRAY[..., None], GRAY),
        (GRAY[:, None], GRAY),
        (COLOR, COLOR),
        (COLOR.transpose(0, 3, 1, 2), COLOR),
        ((GRAY / 255).astype(">f8"), GRAY),
    ],
)
@pytest.mark.parametrize("order", ["C", "F"])
def test_a_picture_for_each_file_lies_in_the_folder_of_its_class(tmp_path, pack, stored, images, order):
    files = {
        f"pets/{CLASSES[i % 4]}/{i}.npy": npy(np.asarray(image, order=order))
        for i, image in enumerate(stored)
    }
    dataset, notes = taken(tmp_path, pack({**files, "pets/readme.md": b"pets"}))
    assert dataset.classes == CLASSES
    found = known(dataset, images)
    assert sorted(found) == list(range(12))
    assert dataset.labels.tolist() == [i % 4 for i in found]
    assert dataset.names == tuple(f"{CLASSES[i % 4]}/{i}.npy" for i in found)
    assert "12 npy files, one picture each" in notes[0]
    assert "pets/readme.md" in " ".join(notes)


def test_parts_are_told_by_folders(tmp_path):
    parts = ["train", "train", "val", "test"]
    files = {f"{parts[i // 3]}/{CLASSES[i % 3]}/{i:03}.npy": npy(image) for i, image in enumerate(COLOR)}
    dataset, notes = taken(tmp_path, zipped(files))
    assert dataset.n_train == 9
    assert dataset.names[9:] == ("test/ant/009.npy", "test/bee/010.npy", "test/x/011.npy")
    assert "3 pictures for validation joined" in " ".join(notes)
    found = known(dataset, COLOR)
    assert found[9:] == [9, 10, 11]
    assert dataset.labels.tolist() == [i % 3 for i in found]


@pytest.mark.parametrize(
    "form", ["{}.npy", "bitmaps/full_numpy_bitmap_{}.npy", "{}/drawings.npy", "class_{}.npy"]
)
@pytest.mark.parametrize("shape", [(6, 5), (6, 5, 3), (1, 6, 5), (256,), (768,)])
def test_a_file_of_many_pictures_is_of_one_class(tmp_path, form, shape):
    stored = RNG.integers(0, 256, (16, *shape), np.uint8)
    files = {form.format(name): npy(stored[i::4]) for i, name in enumerate(CLASSES)}
    choices = {"channels": "last"} if shape == (768,) else {}
    dataset, notes = taken(tmp_path, zipped(files), **choices)
    prefix = "class_" if "class" in form else ""
    assert dataset.classes == tuple(f"{prefix}{name}" for name in CLASSES)
    found = known(dataset, stored)
    assert sorted(found) == list(range(16))
    assert dataset.labels.tolist() == [i % 4 for i in found]
    folder = "/drawings" if form.endswith("drawings.npy") else ""
    assert dataset.names == tuple(f"{prefix}{CLASSES[i % 4]}{folder}/{i // 4}" for i in found)
    assert "4 npy files, many pictures each" in notes[0]


def test_several_files_of_a_class_hold_as_many_pictures_as_they_do(tmp_path):
    cuts = {"train/ant/1": slice(0, 3), "train/ant/2": slice(3, 5), "train/bee/1": slice(5, 8)}
    cuts |= {"test/ant/1": slice(8, 9), "test/bee/1": slice(9, 12)}
    dataset, _ = taken(tmp_path, zipped({f"{name}.npy": npy(GRAY[cut]) for name, cut in cuts.items()}))
    assert known(dataset, GRAY) == list(range(12))
    assert dataset.labels.tolist() == [0] * 5 + [1] * 3 + [0] + [1] * 3
    assert dataset.n_train == 8


@pytest.mark.parametrize(
    "names",
    [
        ("train/images", "train/labels", "test/images", "test/labels"),
        ("images/train", "labels/train", "images/test", "labels/test"),
        ("deep/er/X_train", "deep/er/y_train", "deep/er/X_test", "deep/er/y_test"),
        ("train/x", "train/y", "test/x", "test/y"),
    ],
)
@pytest.mark.parametrize(
    "labels", [np.arange(12) % 3, (np.arange(12) % 3)[:, None], np.eye(3)[np.arange(12) % 3]]
)
def test_pictures_beside_labels_are_no_classes(tmp_path, names, labels):
    arrays = (GRAY[:9], labels[:9], GRAY[9:], labels[9:])
    dataset, _ = taken(
        tmp_path, zipped({f"{name}.npy": npy(a) for name, a in zip(names, arrays, strict=True)})
    )
    assert known(dataset, GRAY) == list(range(12))
    assert dataset.labels.tolist() == [i % 3 for i in range(12)]
    assert dataset.n_train == 9


def in_folders(images):
    return {f"{CLASSES[i % 2]}/{i}.npy": npy(image) for i, image in enumerate(images)}


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"arr_0.npy": npy(GRAY), "arr_1.npy": npy(GRAY)}, "'arr_0.npy' and others are numbered"),
        ({"0.npy": npy(GRAY), "1.npy": npy(GRAY)}, "'0.npy' and others are numbered"),
        ({"ant.npy": npy(GRAY[0]), "bee.npy": npy(GRAY[1])}, "'ant.npy' and all others are (6, 5), which"),
        ({"ant.npy": npy(COLOR[0]), "bee.npy": npy(COLOR[1])}, "which may be one picture each"),
        ({"ant.npy": npy(GRAY), "bee.npy": npy(GRAY), "who.csv": b"a,b"}, "'who.csv' may say what 'ant.npy'"),
        ({"ant.npy": npy(GRAY), "bee.npy": npy(GRAY[:, :5])}, "'bee.npy': pictures are (5, 5), most"),
        ({"train.npy": npy(GRAY), "test.npy": npy(GRAY)}, "labels: is missing"),
        ({"images.npy": npy(GRAY), "masks.npy": npy(GRAY)}, "labels: is missing"),
        (in_folders(COLOR) | {"bee/x.npy": npy(COLOR[0, :4])}, "'bee/x.npy': pictures are (4, 5, 3), most"),
        (in_folders(COLOR) | {"bee/x.npy": npy(COLOR[0] / 255)}, "'bee/x.npy': numbers are float64"),
        (in_folders(COLOR) | {"bee/x.npy": b"no"}, "bee/x.npy: is not a readable array"),
        (in_folders(RNG.random((12, 9, 9, 9))), "may be 9 pictures or one thing of 3 axes"),
        (in_folders(RNG.random((4, 300, 784))), "may be 300 pictures or one thing of 2 axes"),
        (in_folders([*GRAY[:3] / 1, np.full((6, 5), np.nan)]), "'bee/3.npy': has pixels that are not finite"),
        (in_folders(COLOR) | {"cover.npy": npy(COLOR[0])}, "cover"),
        ({f"{folder}/{i}.npy": npy(GRAY[i]) for folder in ("images", "masks") for i in range(9)},
         "several arrays of pictures"),
    ],
)  # fmt: skip
def test_what_may_be_two_things_or_is_not_as_the_others_is_named(tmp_path, files, says):
    assert says in refusal(tmp_path, zipped(files))


def test_arrays_beside_pictures_are_skipped_by_name(tmp_path):
    files = {f"{CLASSES[i % 2]}/{i}.png": picture(i) for i in range(8)}
    _, notes = taken(tmp_path, zipped({**files, "ant/mean.npy": npy(GRAY[0])}))
    assert "ant/mean.npy" in " ".join(notes)


def test_memory_does_not_grow_with_the_files(tmp_path):
    data = zipped(
        {f"{name}.npy": npy(np.full((300, 256, 256), i, np.uint8)) for i, name in enumerate("abcd")}
    )
    tracemalloc.start()
    dataset, _ = taken(tmp_path, data)
    assert tracemalloc.get_traced_memory()[1] < 60e6
    tracemalloc.stop()
    assert dataset.images.shape == (1200, 256, 256)
