"""Files of published scores: how they are aligned, and what is wrong with the others."""

import io

import numpy as np
import pytest

from backend.core.contracts import Alignment, PublishedMeaning
from backend.core.errors import InvalidError
from backend.datasets.alignment import original_order
from backend.datasets.base import Dataset
from backend.datasets.published_files import read_published
from tests.uploads import npz, written

HIGH_IS_HARD, HIGH_IS_EASY = PublishedMeaning
LABELS = np.array([0, 1, 0, 2, 0, 1])
SCORES = [0.9, 0.1, 0.5, 0.25]


def dataset(names=("train/a", "train/b", "train/c", "train/d", "test/a", "test/b")) -> Dataset:
    """Four training images of three classes, then two test images."""
    return Dataset("pets", np.zeros((6, 2, 2), np.uint8), LABELS, ("cat", "dog", "cow"), names, n_train=4)


def read(tmp_path, data, meaning=HIGH_IS_EASY, **kwargs):
    return read_published(written(tmp_path, data), dataset(**kwargs), meaning)


def refusal(tmp_path, data, meaning=HIGH_IS_EASY, **kwargs) -> str:
    with pytest.raises(InvalidError) as caught:
        read(tmp_path, data, meaning, **kwargs)
    assert [field.pointer for field in caught.value.fields] == ["/file"]
    return caught.value.detail


def npy() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(4))
    return buffer.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        npz(labels=LABELS[:4], scores=SCORES),
        npz(labels=["cat", "dog", "cat", "cow"], mem=np.array(SCORES, np.float32)),
        npz(labels=LABELS[:4].astype(np.uint8), memorization=SCORES, more=np.zeros((2, 2))),
        npz(tr_labels=LABELS[:4], tr_mem=SCORES, tt_labels=[0, 1]),
        b"index,score,label\n3,0.25,cow\n0,0.9,cat\n1,0.1,dog\n2,0.5,cat\n",
        b"\xef\xbb\xbfname,cscore\r\ntrain/d, 0.25\r\ntrain/a,0.9\r\ntrain/b,1e-1\r\ntrain/c,.5\r\n",
    ],
)
def test_scores_are_read_from_all_kinds_of_files(tmp_path, data):
    found = read(tmp_path, data)
    np.testing.assert_allclose(found.values, SCORES, atol=1e-7)
    assert found.n == 4
    assert found.alignment is (Alignment.NAME if b"name" in data else Alignment.POSITION)
    assert found.labels_checked is (b"name" not in data)


def test_a_part_of_the_images_is_enough(tmp_path):
    found = read(tmp_path, b"index,mem\n2,-0.5\n0,\n", HIGH_IS_HARD)
    assert found.n == 1
    assert found.values[2] == -0.5
    assert np.isnan(found.values[[0, 1, 3]]).all()


def test_numbers_of_class_folders_restore_the_original_order(tmp_path):
    # In the published order: dog, cow, cat, cat.
    names = ("train/cat/002.png", "train/dog/000.png", "train/cat/003.png", "train/cow/001.png", "x/7", "y/8")
    for data in (
        npz(labels=["dog", "cow", "cat", "cat"], scores=[0.1, 0.25, 0.9, 0.5]),
        b"index,score\n0,0.1\n2,0.9\n1,0.25\n3,0.5\n",
    ):
        found = read(tmp_path, data, names=names)
        assert found.alignment is Alignment.FILE_NUMBER
        np.testing.assert_allclose(found.values, SCORES)
    assert "the number i" in refusal(tmp_path, npz(labels=LABELS[:4], scores=SCORES), names=names)


@pytest.mark.parametrize(
    ("names", "order"),
    [
        (["train/cat/cifar10_00001.png", "train/dog/cifar10_00000.png"], [1, 0]),
        (["a/1 (copy).png", "b/0.jpeg"], [1, 0]),
        (["a/0.png", "b/0.png"], None),  # numbered class by class
        (["a/1.png", "b/2.png"], None),
        (["a/0.png", "b/one.png"], None),
        (["images/0", "images/1"], [0, 1]),  # rows of an npz stand in their order already
        (["a/" + "9" * 5000 + ".png", "b/0.png"], None),
    ],
)
def test_which_names_carry_the_original_order(names, order):
    found = original_order(names)
    assert (None if found is None else found.tolist()) == order


def test_other_labels_are_refused_with_their_share(tmp_path):
    swapped = refusal(tmp_path, npz(labels=[1, 0, 0, 2], scores=SCORES))
    assert "50.0% of the labels (2 of 4)" in swapped
    assert "first for 'train/a': 'cat' here, 'dog' in the file" in swapped
    assert "the order differs" in swapped
    other = refusal(tmp_path, b"index,label,score\n0,dog,0.1\n1,dog,0.2\n3,cow,0.3\n")
    assert "33.3% of the labels (1 of 3)" in other
    assert "scores of other images" in other


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (npy(), "neither names of the pictures nor an index, and no labels"),
        (npz(scores=SCORES), "neither names of the pictures nor an index, and no labels"),
        (npz(labels=LABELS[:4]), "no array of scores; its arrays are 'labels'"),
        (
            npz(labels=LABELS[:4], scores=SCORES[:3]),
            "labels: must be (3,), one value for each of scores, not (4,)",
        ),
        (
            npz(labels=LABELS[:3], scores=SCORES[:3]),
            "has 3 rows, needed are 4, one per training picture, or 6",
        ),
        (npz(labels=LABELS[:4], scores=["a"] * 4), "scores: must be numbers"),
        (npz(labels=LABELS[:4], scores=[1 + 1j] * 4), "scores: must be numbers"),
        (npz(labels=[0, 1, 0, 3], scores=SCORES), "3 is no index of the 3 classes"),
        (npz(labels=[0.5, 1, 0, 2], scores=SCORES), "labels: row 0 is 0.5, and a class is a whole number"),
        (npz(labels=LABELS[:4], scores=[np.nan] * 4), "has no score"),
        (npz(labels=LABELS[:4], scores=[0, 1, 0, np.inf]), "'train/d' is inf"),
        (npz(labels=LABELS[:4], scores=[0, 1, 0, -0.1]), "scores that mean consistency lie between 0 and 1"),
        (b"PK nonsense", "not a readable zip"),
        (b"\xff\xfe\x00", "can be read"),
        (b"hello", "no column of scores; its columns are 'hello'"),
        (b"score\n1\n0\n1\n0\n", "neither names of the pictures nor an index, and no labels"),
        (b"index,value\n0,1\n", "no column of scores; its columns are 'index', 'value'"),
        (b"index,score,mem\n0,1,1\n", "several columns of scores: score and mem"),
        (b"index,score,Score\n0,1,1\n", "several columns of scores: score and Score"),
        (b"index,score,score\n0,1,1\n", "column 'score' twice"),
        (b"index,score\n" + b"0,1\n" * 7, "more rows than the data set has pictures, 6"),
        (b"index,score\n0,1\n1,high\n", "Row 2: 'high' is no number"),
        (b"index,score\n0,1\n1,0,2\n", "Row 2 has 3 cells, the header 2"),
        (b"index,score\n0,1\n6,1\n", "Row 2: index '6' is no position from 0 to 5; it counts from 0"),
        (b"index,score\n0,1\n-1,1\n", "Row 2: index '-1'"),
        (b"index,score\n0,1\n1,0\n0,0\n", "Row 3: index '0' is in the file twice"),
        (b"index,score\n4,1\n5,1\n", "no score of a training image"),
        (b"name,score\ntrain/a,1\ntest/c,1\n", "Row 2: name 'test/c' names no picture"),
        (b"name,score\ntrain/a,1\ntrain/a,1\n", "Row 2: name 'train/a' is in the file twice"),
        (b"name,score\na,1\nb,1\n", "Row 1: name 'a' names 2 pictures, such as 'train/a' and 'test/a'"),
        (b"name,index,score\ntrain/a,0,1\ntrain/b,2,1\n", "Row 2: index '2' is the picture 'train/c'"),
        (b"index,score,label\n0,1,horse\n", "'horse' is neither a class nor an index"),
        (b"index,score\n", "has no score"),
        (b"\x80\x05pickled", "a pickle"),
        (b'index,score\n"' + b"x" * 200_000, "can be read"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, data, says):
    assert says in refusal(tmp_path, data)
