"""Label files: what is read, and what is wrong with the others."""

import io

import numpy as np
import pytest

from backend.core.errors import InvalidError
from backend.datasets.label_files import read_labels
from tests.uploads import npz, written

CLASSES = ("cat", "dog", "cow")


def npy(array) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        npy(np.array([0, 2, 1, 0])),
        npy(np.array([0, 2, 1, 0], np.uint64)),
        npy(np.array(["cat", "cow", "dog", "cat"])),
        npy(np.array(["0", "2", "1", "0"])),
        npz(labels=[0, 2, 1, 0], other=[1]),
        b"label\ncat\ncow\ndog\ncat\n",
        b"\xef\xbb\xbfindex,label\r\n0,0\r\n1, 2 \r\n2,1\r\n3,0\r\n",
    ],
)
def test_labels_are_read_from_all_kinds_of_files(tmp_path, data):
    assert read_labels(written(tmp_path, data), CLASSES, 4).tolist() == [0, 2, 1, 0]


def test_names_win_over_numbers(tmp_path):
    assert read_labels(written(tmp_path, b"label\n1\n0\n"), ("1", "0"), 2).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no csv with a column `label`"),
        (b"hello", "no csv with a column `label`"),
        (b"\xff\xfe\x00", "can be read"),
        (b"label\ncat\n", "has 1 rows, needed are 4"),
        (b"label\n" + b"cat\n" * 9, "has more than 4 rows, needed are 4"),
        (b"label\ncat\ncow\ndog\nhorse\n", "'horse' is neither a class nor an index"),
        (b"label\ncat\ncow\ndog\n1\n", "'1' is neither"),
        (b"label\n0\n0\n1\nhorse\n", "'horse' is neither"),
        (b"label\n0\n1\n2\n" + b"9" * 40 + b"\n", "is neither"),
        (b"label\n0\n1\n2\n-1\n", "'-1' is neither"),
        (b"label\n0\n1\n2\n3\n", "3 is no index of the 3 classes"),
        (b"label\n0\n1\n2\n\xc2\xb2\n", "'²' is neither"),
        (b"label,x\n0\n1\n2\n,1\n", "'' is neither"),
        (b'label\n"' + b"x" * 200_000, "can be read"),
        (npy(np.arange(3)), "must be (4,)"),
        (npy(np.zeros((4, 1), int)), "must be (4,)"),
        (npy(np.zeros(4)), "whole numbers or text"),
        (npy(np.array([None] * 4)), "Python objects"),
        (npy(np.array([0, 1, 2, -1])), "-1 is no index"),
        (npy(np.array([0, 1, 2, 2**64 - 1], np.uint64)), "too large"),
        (npy(np.arange(4))[:-5], "announces 32 bytes and holds 27"),
        (npz(other=[1]), "labels: is missing; the npz has other"),
        (b"PK nonsense", "not a readable zip"),
        (b"\x93NUMPY nonsense", "not a readable array"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, data, says):
    with pytest.raises(InvalidError) as caught:
        read_labels(written(tmp_path, data), CLASSES, 4)
    assert says in caught.value.detail
