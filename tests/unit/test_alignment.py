"""Which picture a row is about: names as people and tools write them, an index, orders."""

import unicodedata

import numpy as np
import pyarrow as pa
import pytest

from backend.core.contracts import Alignment, PublishedMeaning, RowOrder
from backend.core.errors import ChoiceError, InvalidError
from backend.datasets.alignment import PictureNames, orders, original_order
from backend.datasets.base import Dataset
from backend.datasets.label_files import Wishes
from backend.datasets.published_files import read_published
from backend.datasets.spreadsheets import as_texts, from_text
from tests.uploads import npz, written

NFD = unicodedata.normalize("NFD", "Käfer")
PATHS = (
    *("train/cat/001.png", "train/cat/002.png", "train/dog/001.png", f"train/{NFD}/x.tar.png"),
    *("test/cat/001.png", "test/dog/9.JPG"),
)


def dataset(names=PATHS, n_train=4, archived=None, labels=None) -> Dataset:
    own = np.zeros(len(names), int) if labels is None else np.asarray(labels)
    classes = tuple(f"c{label}" for label in range(int(own.max()) + 2))
    return Dataset(
        "pets", np.zeros((len(names), 1, 1), np.uint8), own, classes, tuple(names), n_train, archived
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("train/cat/001.png", [0]),
        ("train/cat/001", [0]),
        ("./train/cat/001.png", [0]),
        ("/home/me/data/train/cat/001.png", [0]),
        (r"C:\data\train\cat\001.png", [0]),
        (r"train\\cat\\001.png", [0]),
        ("data/training/cat/001.png", [0]),
        ("Test/cat/001.png", [4]),
        ("cat/002.png", [1]),
        ("pets/cat/002", [1]),
        ("002.png", [1]),
        ("2", [1]),
        ("2.0", [1]),
        (" 002.png ", [1]),
        ("train/Käfer/x.tar.png", [3]),
        (f"{NFD}/x.tar", [3]),
        ("cat/001.png", [0, 4]),
        ("001.png", [0, 2, 4]),
        ("1", [0, 2, 4]),
        ("9.JPG", [5]),
        ("9.jpg", [5]),  # by another ending, where one picture only is called so
        ("train/dog/9.JPG", []),
        ("Cat/002.png", []),
        ("dog/002.png", []),
        ("x", []),
        ("02.png", []),
        ("", []),
        ("/", []),
        ("images/002.png", [1]),  # a folder that says nothing, and a file name of one picture alone
        ("/data/train/Images/002", [1]),
        ("images/001.png", []),  # three have that file name
        ("test/images/002.png", []),  # not of that part
        ("cat/images/002.png", []),  # a folder of the data set, but not where the picture has it
        ("wolf/002.png", []),  # perhaps a class of a larger data set, and then another picture
        ("images/wolf/002.png", []),
    ],
)
def test_what_names_a_picture(text, found):
    assert PictureNames(dataset()).find(text) == found


def test_a_class_called_images_is_a_class():
    names = PictureNames(dataset(("train/images/a.png", "train/dog/b.png"), n_train=2))
    assert names.find("images/a.png") == [0]
    assert names.find("images/b.png") == []
    assert names.find("photos/b.png") == [1]


@pytest.mark.parametrize(
    "text", ["=1+1", "+x", "-1", "@a", "'=x", "''-x", "\t=x", "'", "plain", "'plain", ""]
)
def test_texts_come_back_as_they_were(text):
    (cell,) = as_texts(pa.chunked_array([[text]])).to_pylist()
    assert from_text(cell) == text
    assert cell[:1] not in {"=", "+", "-", "@", "\t"}


def test_a_name_with_an_apostrophe_of_its_own_is_found_either_way():
    names = PictureNames(dataset(("=a/1.png", "'=a/1.png", "'=b/2.png"), 3))
    assert names.find("'=a/1.png") == [0]
    assert names.find("''=a/1.png") == [1]
    assert names.find("'=b/2.png") == [2], "as a file that is no export of ours has it"


@pytest.mark.parametrize(
    ("names", "n_train", "total", "expected"),
    [
        (["a/1.png", "b/0.png", "a/2.png"], 2, False, [1, 0]),  # counted over both parts, drawn apart here
        (["a/1.png", "b/0.png", "a/2.png"], 2, True, [1, 0, 2]),
        (["train/a/1.png", "train/b/0.png", "test/a/0.png"], 2, True, [1, 0, 2]),
        (["train/a/2.png", "train/b/1.png", "test/a/1.png"], 2, True, [1, 0, 2]),  # counted from 1
        (["a/7.png", "b/0.png", "a/2.png"], 3, True, None),
    ],
)
def test_the_order_of_numbers(names, n_train, total, expected):
    found = orders(dataset(names, n_train), total=total).get(RowOrder.NUMBERS)
    assert (None if found is None else found.tolist()) == expected


def test_orders_of_both_parts_have_training_pictures_first():
    names = ("train/10/b.png", "train/9/a.png", "test/10/a.png", "test/9/b.png")
    swapped = (names[1], names[0], names[3], names[2])
    found = orders(dataset(swapped, 2, archived=(3, 2, 1, 0)), total=True)
    assert found[RowOrder.TEXT].tolist() == [1, 0, 3, 2]
    assert found[RowOrder.ARCHIVE].tolist() == [1, 0, 3, 2]
    assert orders(dataset(swapped, 2, archived=(3, 2, 1, 0)), total=False)[RowOrder.TEXT].tolist() == [1, 0]


def test_without_parts_all_pictures_are_ordered_together():
    names = ("a/1.png", "b/1.png", "a/0.png", "b/0.png")  # the last two were drawn for the test
    assert orders(dataset(names, 2), total=True)[RowOrder.TEXT].tolist() == [2, 0, 3, 1]


def test_data_sets_of_arrays_have_one_order():
    assert list(orders(dataset(("images/0", "images/10", "images/2"), 3), total=False)) == [RowOrder.OURS]
    assert original_order(("images/0", "images/1")).tolist() == [0, 1]


# --- scores ---

LABELS = [0, 1, 0, 1, 0, 0]
FOLDERS = (
    "train/c0/1.png",
    "train/c1/2.png",
    "train/c0/3.png",
    "train/c1/4.png",
    "test/c0/5.png",
    "test/c0/6.png",
)
SCORES = [0.9, 0.1, 0.5, 0.25]


def read(tmp_path, data, names=FOLDERS, meaning=PublishedMeaning.CONSISTENCY, size=None, **wishes):
    found = dataset(names, 4, labels=LABELS)
    return read_published(written(tmp_path, data), found, meaning, Wishes(**wishes), size)


@pytest.mark.parametrize(
    "data",
    [
        npz(scores=SCORES[::-1], filenames=["4.png", "3.png", "2.png", "1.png"]),
        npz(tr_mem=SCORES, tr_filenames=np.array([b"train/c0/1.png", b"2", b"3", b"4"])),
        npz(cscore=np.array(SCORES, np.float16), paths=[f"D:\\{name}" for name in FOLDERS[:4]]),
        npz(scores=[*SCORES, 0, 1], names=list(FOLDERS), labels=LABELS),
        b"Score;File Name\n0,9;1.png\n0,1;2.png\n,5;3.png\n2,5e-1;4.png\n",
        b"id,score\n4,0.25\n1,0.9\n3,0.5\n2,0.1\n",
        b"filename\tc-score\tclass\n1.png\t0.9\tc0\n2.png\t0.1\tc1\n3.png\t0.5\tc0\n4.png\t0.25\tc1\n",
    ],
)  # fmt: skip
def test_scores_find_their_pictures_by_name(tmp_path, data):
    found = read(tmp_path, data)
    np.testing.assert_allclose(found.values, SCORES, atol=1e-3)
    assert (found.alignment, found.order, found.verified) == (Alignment.NAME, None, True)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (npz(scores=SCORES, filenames=["1.png", "2.png", "3.png"]), "filenames: must be (4,)"),
        (
            npz(scores=SCORES, filenames=["1.png", "2.png", "2.png", "3.png"]),
            "Row 3: filenames '2.png' is in the file twice",
        ),
        (
            npz(scores=SCORES, labels=[0, 1, 1, 0], filenames=list(FOLDERS[:4])),
            "50.0% of the labels (2 of 4)",
        ),
        (b"name,score\n5.png,1\n6.png,0\n", "no score of a training image"),
        (
            b"name,path,score\n1.png,c1/2.png,0\n",
            "Row 1: name '1.png' and path 'c1/2.png' are different pictures",
        ),
        (b"id,score\nabc,0.5\n", "Row 1: id 'abc' names no picture of this data set; names are such as"),
        (b"name,score\n=x,0.5\n", "Row 1: name '=x' names no picture"),
    ],
)
def test_what_is_wrong_names_the_row(tmp_path, data, says):
    with pytest.raises(InvalidError) as caught:
        read(tmp_path, data)
    assert says in caught.value.detail


def test_labels_that_agree_prove_no_order(tmp_path):
    data = npz(scores=SCORES, labels=LABELS[:4])
    with pytest.raises(ChoiceError) as caught:  # by folder, the third picture comes second
        read(tmp_path, data)
    assert caught.value.choice.parameter == "order"
    assert "row 2 is 'train/c1/2.png' in ours, 'train/c0/3.png' in text" in caught.value.detail
    found = read(tmp_path, data, order=RowOrder.OURS)
    assert (found.values.tolist(), found.verified, found.labels_checked) == (SCORES, False, True)


HEADER = "size,example,name,label,flipped,n_in,k_in,heldout_accuracy,memorization,verdict"
EXPORT = f"""{HEADER},label_name
8,0,train/c0/1.png,0,false,9,8,0.1,0.9,memorized,c0
8,1,train/c1/2.png,1,true,9,8,0.2,0.8,memorized,c0
16,0,train/c0/1.png,0,false,9,8,0.3,0.7,memorized,c0
16,1,train/c1/2.png,1,true,9,8,0.4,,undecided,c0
"""


def test_an_export_of_ours_is_taken_by_its_size(tmp_path):
    with pytest.raises(ChoiceError) as caught:
        read(tmp_path, EXPORT.encode(), meaning=PublishedMeaning.MEMORIZATION)
    assert "several sizes: 8, 16" in caught.value.detail
    found = read(tmp_path, EXPORT.encode(), meaning=PublishedMeaning.MEMORIZATION, size=8)
    np.testing.assert_array_equal(found.values, [0.9, 0.8, np.nan, np.nan])
    assert found.labels_checked, "but for the flipped one"
    easy = read(tmp_path, EXPORT.encode(), meaning=PublishedMeaning.CONSISTENCY, size=16)
    np.testing.assert_array_equal(easy.values, [0.3, 0.4, np.nan, np.nan])
    with pytest.raises(ChoiceError, match="several sizes"):
        read(tmp_path, EXPORT.encode(), meaning=PublishedMeaning.MEMORIZATION, size=32)
    wrong = EXPORT.replace("0,false,9,8,0.1,0.9,memorized,c0", "0,false,9,8,0.1,0.9,memorized,c1")
    with pytest.raises(InvalidError, match=r"50\.0% of the labels|100\.0% of the labels"):
        read(tmp_path, wrong.encode(), meaning=PublishedMeaning.MEMORIZATION, size=8)


def test_an_earlier_export_counts_classes_of_its_own_which_are_not_checked(tmp_path):
    old = "\n".join(line.rpartition(",")[0] for line in EXPORT.splitlines()[:3])
    found = read(tmp_path, old.encode(), meaning=PublishedMeaning.MEMORIZATION)
    assert (found.labels_checked, found.n) == (False, 2)
