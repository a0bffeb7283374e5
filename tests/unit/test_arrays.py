"""Uploads of arrays, and every way in which one may lie about what it holds."""

import io
import struct
import zipfile

import numpy as np
import pytest

from backend.datasets import class_folders, splits
from tests.uploads import arrays, look, npz, refusal, zipped


def test_arrays_with_a_test_part_and_names(tmp_path):
    train, test = arrays(), arrays(6)
    found = look(
        tmp_path,
        npz(**train, test_images=test["images"], test_labels=test["labels"], names=["cat", "dog", "cow"]),
    )
    assert found.classes == ("cat", "dog", "cow")
    assert (found.n_train, found.shape) == (12, (18, 6, 5, 3))
    assert found.labels.tolist() == [0, 1, 2] * 6
    assert [places.tolist() for places in found.places] == [list(range(12)), list(range(12, 18))]


def test_arrays_without_a_test_part_are_split(tmp_path):
    found = look(tmp_path, npz(**arrays(shape=(6, 5, 1))))
    assert (found.n_train, found.shape) == (9, (12, 6, 5))
    assert np.bincount(found.labels[9:]).tolist() == [1, 1, 1]
    assert sorted(found.places[0].tolist()) == list(range(12))
    assert (found.labels[found.places[0]] == np.arange(12) % 3).all()


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.uint64, ">i4"])
def test_labels_of_any_whole_type_may_be_any_numbers(tmp_path, kind):
    given = arrays()
    given["labels"] = (given["labels"] * 7 + 3).astype(kind)
    test = {"test_images": given["images"], "test_labels": given["labels"].astype(np.int32)}
    assert look(tmp_path, npz(**given, **test)).classes == ("3", "10", "17")


def test_labels_may_be_text(tmp_path):
    found = look(tmp_path, npz(**arrays() | {"labels": ["dog", "cat"] * 6}))
    assert found.classes == ("cat", "dog")
    assert found.labels.sum() == 6


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"images": None}, "images: is missing; arrays of pictures are called `images`"),
        ({"labels": None}, "labels: is missing"),
        ({"images": np.zeros((12, 4, 6, 5), np.uint8)}, "must be (n, height, width)"),
        ({"images": np.zeros((12, 6, 5, 4), np.uint8)}, "drop it: images[..., :3]"),
        ({"images": np.zeros((6, 5, 3, 12), np.uint8)}, "numpy.moveaxis(images, -1, 0)"),
        ({"images": np.zeros((12, 8, 8, 8), np.uint8)}, "one slice of each, such as images[:, 4]"),
        ({"images": np.zeros((12, 6), np.uint8)}, "6 numbers are no square"),
        ({"images": np.zeros((12, 6, 5, 3), complex)}, "images: must be numbers, not complex128"),
        ({"images": np.full((12, 6, 5), np.nan)}, "images: picture 0 has pixels that are not finite"),
        ({"images": np.zeros((0, 6, 5), np.uint8)}, "is empty"),
        ({"images": np.zeros((12, 0, 5), np.uint8)}, "is empty"),
        ({"images": np.zeros((12, 1025, 1), np.uint8)}, "larger than 1024"),
        ({"images": np.array([None] * 12)}, "images: holds Python objects"),
        ({"labels": np.arange(11)}, "labels: must be (12,), one for each image, not (11,)"),
        ({"labels": np.zeros((12, 3), int)}, "labels: row 0 has none of 3 classes"),
        ({"labels": np.ones((12, 3), int)}, "labels: row 0 has 3 of 3 classes at once"),
        ({"labels": np.full((12, 3), 1 / 3)}, "labels.argmax(axis=1)"),
        ({"labels": np.zeros((12, 3), "U1")}, "labels: has 3 texts in each row"),
        ({"labels": np.zeros((12, 3, 2), int)}, "labels: must be (12,)"),
        ({"labels": np.zeros(12) + 0.5}, "labels: row 0 is 0.5, and a class is a whole number"),
        ({"labels": np.array([0, 1, np.nan] * 4)}, "labels: row 2 is nan"),
        ({"labels": np.arange(12) % 3 - 1}, "labels: row 0 is -1, which mostly marks a picture without"),
        ({"labels": np.zeros(12, complex)}, "whole numbers or text, not complex128"),
        ({"labels": np.array([None] * 12)}, "labels: holds Python objects"),
        ({"labels": np.array(["x" * 101] * 12)}, "at most 100 characters, not 101"),
        ({"labels": np.array(["a\nb", "c"] * 6)}, "cannot name a class"),
        ({"labels": np.array(["\ud800", "c"] * 6)}, "cannot name a class"),
        ({"labels": np.zeros(12, int)}, "one class, '0'"),
        ({"labels": np.array([0] * 11 + [1])}, "Class '1' needs at least 2 training images"),
        ({"labels": np.full(12, 2**64 - 1, np.uint64)}, "18446744073709551615 is too large"),
        ({"names": ["a", "b"]}, "labels: 2 is no index into the 2 names"),
        ({"names": ["a", "b", "a"]}, "names: must be distinct"),
        ({"names": np.arange(3)}, "names: must be at most 1,000 class names as text"),
        ({"names": np.array([str(i) for i in range(1001)])}, "names: must be at most 1,000"),
        ({"names": ["a", "b", "\x00c\x01"]}, "cannot name a class"),
        ({"names": ["a", "b", ""]}, "cannot name a class"),
        ({"labels": np.array([0, 1, -1] * 4), "names": ["a", "b"]}, "labels: row 2 is -1"),
        ({"test_images": np.zeros((3, 6, 5, 3), np.uint8)}, "go together"),
        ({"test_labels": np.zeros(3, int)}, "go together"),
        (
            {"test_images": np.zeros((3, 6, 6, 3), np.uint8), "test_labels": np.zeros(3, int)},
            "test_images: are (6, 6, 3) each, images are (6, 5, 3)",
        ),
        (
            {"test_images": np.zeros((3, 6, 5, 3), np.uint8), "test_labels": ["0", "1", "2"]},
            "test_labels: must be numbers like labels",
        ),
        (
            {"test_images": np.zeros((3, 6, 5, 3), np.uint8), "test_labels": np.zeros(4, int)},
            "test_labels: must be (3,)",
        ),
    ],
)
def test_arrays_that_do_not_fit_are_named(tmp_path, change, says):
    given = {name: array for name, array in (arrays() | change).items() if array is not None}
    assert says in refusal(tmp_path, npz(**given))


def test_as_many_labels_as_images_are_too_many_classes(tmp_path):
    given = {"images": np.zeros((3000, 1, 1), np.uint8), "labels": np.arange(3000)}
    assert "classes, at most 1,000" in refusal(tmp_path, npz(**given))


def npy(header: str, data: bytes = b"", version: bytes = b"\x01\x00") -> bytes:
    text = header.encode()
    return b"\x93NUMPY" + version + struct.pack("<H", len(text)) + text + data


HOSTILE = [
    b"",
    b"\x93NUMPY",
    b"\x93NUMPY\x09\x00" + b"\0" * 50,
    npy("{"),
    npy("{'descr': '|u1', 'fortran_order': False, 'shape': (12, 6, 5"),
    npy("'''"),
    npy("(" * 3000),
    npy("[]"),
    npy("{'descr': '|u1', 'fortran_order': False, 'shape': (-12, -6, -5), }"),
    npy("{'descr': '|u1', 'fortran_order': False, 'shape': (True, 6, 5), }"),
    npy("{'descr': '|u1', 'fortran_order': False, 'shape': (12, 6, 5, 3), }", b"few"),
    npy("{'descr': '|u1', 'fortran_order': False, 'shape': (9999999999999, 1000, 1000), }"),
    npy("{'descr': [('a', '|u1')], 'fortran_order': False, 'shape': (12, 6, 5), }"),
    npy("{'descr': 'nonsense', 'fortran_order': False, 'shape': (12, 6, 5), }"),
    npy("{'descr': '|O', 'fortran_order': False, 'shape': (12, 6, 5), }"),
]


@pytest.mark.parametrize("header", HOSTILE)
@pytest.mark.parametrize("member", ["images.npy", "labels.npy", "names.npy"])
def test_a_hostile_header_is_a_refusal_that_names_the_array(tmp_path, header, member):
    with zipfile.ZipFile(io.BytesIO(npz(**arrays()))) as good:
        files = {name: good.read(name) for name in good.namelist()}
    assert member.removesuffix(".npy") in refusal(tmp_path, zipped(files | {member: header}))


@pytest.mark.parametrize("code", [0x110000, 0x7FFFFFFF, 0xFFFFFFFF])
@pytest.mark.parametrize("member", ["labels", "names"])
def test_numbers_that_are_no_characters_are_refused(tmp_path, code, member):
    text = np.full((12 if member == "labels" else 3,), code, np.uint32).view("<U1")
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, text)
    with zipfile.ZipFile(io.BytesIO(npz(**arrays()))) as good:
        files = {name: good.read(name) for name in good.namelist()}
    says = refusal(tmp_path, zipped(files | {f"{member}.npy": buffer.getvalue()}))
    assert says.startswith(f"{member}: is not text")


def test_too_many_pixels_of_arrays_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(class_folders, "MAX_UNPACKED", 12 * 90 - 1)
    assert "12 images of 5 x 6 pixels" in refusal(tmp_path, npz(**arrays()))


def test_each_class_gives_its_share_and_at_least_one():
    labels = np.array([0] * 100 + [1] * 3)
    test = splits.stratified(labels, 0.2, seed=0)
    assert [int(test[labels == label].sum()) for label in (0, 1)] == [20, 1]
