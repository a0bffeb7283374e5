"""Label files: what is read, and what is wrong with the others."""

import io

import numpy as np
import pyarrow as pa
import pytest

from backend.api.exports import csv_bytes
from backend.core.contracts import Alignment, RowOrder
from backend.core.errors import ChoiceError, InvalidError
from backend.datasets.base import Dataset
from backend.datasets.label_files import Wishes, read_labels
from tests.unit.test_parquet_files import parquet
from tests.uploads import npz, written, zipped

CLASSES = ("cat", "dog", "ewe")
OWN = np.array([0, 2, 0, 0, 1, 2])
NOISY = [0, 2, 1, 0]  # one of four is another
FILES = (
    *("train/cat/a.png", "train/cow/b.png", "train/dog/c.png", "train/dog/d.png"),
    *("test/dog/e.png", "test/dog/f.png"),
)


def dataset(classes=CLASSES, labels=OWN, names=FILES, n_train=4, archived=None) -> Dataset:
    """Four training images, then two test images."""
    images = np.zeros((len(labels), 2, 2), np.uint8)
    return Dataset("pets", images, np.asarray(labels), tuple(classes), tuple(names), n_train, archived)


def npy(array) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def read(tmp_path, data, found=None, **wishes):
    return read_labels(written(tmp_path, data), found or dataset(), Wishes(**wishes))


def asked(tmp_path, data, found=None, **wishes):
    with pytest.raises(ChoiceError) as caught:
        read(tmp_path, data, found, **wishes)
    assert [field.pointer for field in caught.value.fields] == ["/file"]
    return caught.value


@pytest.mark.parametrize(
    "data",
    [
        npy(np.array([0, 2, 1, 0])),
        npy(np.array([0, 2, 1, 0], np.uint64)),
        npy(np.array([[0], [2], [1], [0]], np.int8)),
        npz(y_train=[0, 2, 1, 0], x_train=np.zeros((4, 2, 2, 3))),
        b",label,\n,cat,\n,ewe,\n,dog,\n,cat,\n",
        b"size,example,name,label,label_name\n8,0,a,0,cat\n8,1,b,2,ewe\n8,2,c,1,dog\n8,3,d,0,cat\n16,0,a,0,cat\n",
        npy(np.array([0, 2, 1, 0, 1, 2])),
        npy(np.array(["cat", "ewe", "dog", "cat"])),
        npy(np.array([b"cat", b"ewe", b"dog", b"cat"])),
        npy(np.array([0.0, 2, 1, 0], ">f4")),
        npy(np.array([0, 2, 1, 0, np.nan, np.nan])),
        npy(np.eye(3)[[0, 2, 1, 0]]),
        npy(np.asfortranarray(np.eye(3, dtype=bool)[[0, 2, 1, 0]])),
        parquet({"label": [0, 2, 1, 0]}),
        parquet({"name": ["d.png", "c.png", "b.png", "a.png"], "label": ["cat", "dog", "ewe", "cat"]}),
        parquet({"label": [b"cat", b"ewe", b"dog", b"cat"]}),
        parquet({"label": [1, 2, 0, 1]}, ["dog", "cat", "ewe"]),
        parquet({"index": [3, 2, 1, 0], "label": [0.0, 1, 2, 0], "more": [[1]] * 4}),
        npy(np.array(["0", "2", "1", "0"])),
        npz(labels=[0, 2, 1, 0], other=[1]),
        npz(noisy_labels=[0, 2, 1, 0], images=np.zeros((4, 2, 2))),
        npz(labels=[2, 1, 0, 2], names=["dog", "ewe", "cat"]),
        npz(labels=[1, 2, 0, 0], filenames=["c.png", "b.png", "a.png", "d.png"]),
        npz(labels=[0, 1, 2, 0], index=[3, 2, 1, 0]),
        b"label\ncat\newe\ndog\ncat\n",
        b"\xef\xbb\xbfindex,label\r\n0,0\r\n1, 2 \r\n2,1\r\n3,0\r\n",
        b"index,label\r2,1\r0,0\r3,0\r1,2\r",
        b"Name;Label\nc.png;dog\nb.png;ewe\na.png;cat\nd.png;cat\n",
        b"sep=;\r\nName;Label\r\nc.png;dog\r\nb.png;ewe\r\na.png;cat\r\nd.png;cat\r\n;\r\n",
        b"Image Path\tTarget\nC:\\data\\train\\dog\\c.png\tdog\ncow/b\tewe\na\tcat\n./train/dog/d.png\tcat\n",
        "name,label\nc.png,dog\nb.png,ewe\na.png,cat\nd.png,cat\n".encode("utf-16"),
        b",name,label\n2,c,dog\n1,b,ewe\n0,a,cat\n3,d,cat\n",
        b",label\nc.png,dog\nb.png,ewe\na.png,cat\nd.png,cat\n",
        b",label\n2,dog\n1,ewe\n0,cat\n3,cat\n",
        b'"","label"\n"3","dog"\n"2","ewe"\n"1","cat"\n"4","cat"\n',
        b"Unnamed: 0,index,label,\n9,2,1.0,\n8,1,2.0,\n7,0,0.0,\n6,3,0.0,\n",
        b"index,name,split,label,given\n0,train/cat/a.png,train,cat,x\n1,b.png,train,ewe,x\n2,c.png,train,dog,\n"
        b"3,d.png,train,cat,\n4,e.png,test,dog,\n",
    ],
)
def test_labels_are_read_from_all_kinds_of_files(tmp_path, data):
    assert read(tmp_path, data).values.tolist() == NOISY


@pytest.mark.parametrize(
    ("data", "alignment", "verified"),
    [
        (npy(np.array([0, 2, 1, 0])), Alignment.POSITION, False),
        (b",label\n2,dog\n1,ewe\n0,cat\n3,cat\n", Alignment.POSITION, False),
        (b"index,label\n0,0\n1,2\n2,1\n3,0\n", Alignment.POSITION, True),
        (b",label\nc.png,dog\nb.png,ewe\na.png,cat\nd.png,cat\n", Alignment.NAME, True),
        (npz(labels=[1, 2, 0, 0], filenames=["c.png", "b.png", "a.png", "d.png"]), Alignment.NAME, True),
    ],
)
def test_only_names_and_an_index_make_an_order_sure(tmp_path, data, alignment, verified):
    found = read(tmp_path, data)
    assert (found.alignment, found.verified, found.values.tolist()) == (alignment, verified, NOISY)


def test_one_long_cell_does_not_fill_the_memory(tmp_path):
    found = dataset(("a", "b"), np.zeros(2000, int), [f"x/{i}" for i in range(2000)], 1500)
    rows = "a,y\n" * 1499 + "a," + "y" * 100_000
    with pytest.raises(InvalidError, match="too long: together they take more than 512 MiB"):
        read(tmp_path, f"label,name\n{rows}\n".encode(), found)


def test_names_win_over_numbers(tmp_path):
    found = dataset(("1", "0"), [0, 1, 0], ("a/x", "a/y", "a/z"), 2)
    assert read(tmp_path, b"label\n1\n0\n", found).values.tolist() == [0, 1]
    assert read(tmp_path, npy(np.array([1, 0])), found).values.tolist() == [0, 1]


def test_names_of_classes_are_compared_composed(tmp_path):
    classes = ("Cafe\u0301", "Tee")
    found = dataset(classes, [0, 1, 0], ("a/x", "a/y", "a/z"), 2)
    assert read(tmp_path, "label\nCaf\u00e9\nTee\n".encode(), found).values.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no column of labels; its columns are none"),
        (b"hello", "no column of labels; its columns are 'hello'"),
        (b"name,guess\na,cat\n", "its columns are 'name', 'guess'"),
        (b"\xff\xfe\x00", "can be read"),
        (b"label\nK\xe4fer\n", "Save it as CSV in UTF-8"),
        (b"label\ncat\n", "has 1 rows, needed are 4"),
        (b"label\n" + b"cat\n" * 9, "more rows than the data set has pictures, 6"),
        (b"label\ncat\newe\ndog\nhorse\n", "'horse' is neither a class nor an index"),
        (b"label\ncat\newe\ndog\n1\n", "'1' is neither"),
        (b"label\n0\n0\n1\nhorse\n", "'horse' is neither"),
        (b"label\n0\n1\n2\n" + b"9" * 40 + b"\n", "is neither"),
        (b"label\n0\n1\n2\n-1\n", "'-1' is neither"),
        (b"label\n0\n1\n2\n3\n", "3 is no index of the 3 classes"),
        (b"label\n0\n1\n2\n\xc2\xb2\n", "'²' is neither"),
        (b"label\n0\n1\n2\n0.5\n", "'0.5' is neither"),
        (b"label,x\n0\n2\n0\n,1\n", "labels of 3 of 4 training pictures; 1 are missing"),
        (b'label\n"' + b"x" * 200_000, "can be read"),
        (b",label\n7,cat\n5,ewe\n9,cat\n2,cat\n", "numbered by the first column"),
        (b"name,label\nc.png,dog\nz.png,ewe\n", "Row 2: name 'z.png' names no picture"),
        (b"name,label\na.png,cat\ntrain/cat/c.png,dog\n", "Row 2: name 'train/cat/c.png' names no picture"),
        (b"name,path,label\na.png,cow/b.png,cat\n", "Row 1: name 'a.png' and path 'cow/b.png' are different"),
        (b"name,split,label\na.png,test,cat\n", "Row 1: split is 'test', but the picture 'train/cat/a.png'"),
        (b"name,label\ne.png,dog\n", "no label of any training picture"),
        (b"index,label\n1,cat\n2,ewe\n3,cat\n4,cat\n", "The column 'index' counts from 1"),
        (b"index,label\n1.5,cat\n", "Row 1: index '1.5' is no position"),
        (npy(np.arange(3)), "has 3 rows, needed are 4"),
        (npy(np.zeros((4, 2), int)), "labels: row 0 has none of 2 classes"),
        (zipped({"x/data.pkl": b"", "x/data/0": b""}), "a file of PyTorch, which is a pickle"),
        (zipped({"labels.csv": b"label\n"}), "The zip holds no arrays"),
        (npy(np.zeros(4) + 0.5), "labels: row 0 is 0.5, and a class is a whole number or a text"),
        (npy(np.array([None] * 4)), "Python objects"),
        (npy(np.array([0, 1, 2, -1])), "-1 is no index"),
        (npy(np.array([0, 1, 2, 2**64 - 1], np.uint64)), "too large"),
        (npy(np.arange(4))[:-5], "announces 32 bytes and holds 27"),
        (npy(np.zeros(7, int)), "labels: has 7 values; the data set has 6 pictures"),
        (npz(other=[1]), "no array of labels; its arrays are 'other'"),
        (npz(labels=[0, 2, 0, 0], names=["a", "b"]), "neither one for each row nor this data set's classes"),
        (npz(labels=[0, 2, 0, 0], filenames=["a.png"]), "filenames: has 1 values and the labels 4"),
        (b"PK nonsense", "not a readable zip"),
        (b"\x93NUMPY nonsense", "not a readable array"),
        (b"\x80\x04\x95", "a pickle, which is not opened"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, data, says):
    with pytest.raises(InvalidError) as caught:
        read(tmp_path, data)
    assert says in caught.value.detail


def test_a_file_about_some_pictures_is_a_choice(tmp_path):
    data = b"name,label\nc.png,dog\nb.png,\n"
    problem = asked(tmp_path, data)
    assert problem.choice.parameter == "partial"
    assert [option.value for option in problem.choice.options] == ["keep"]
    assert "1 of 4 training pictures; 3 are missing" in problem.detail
    assert asked(tmp_path, data, partial=True).choice.parameter == "confirm", "its only label differs"
    found = read(tmp_path, data, partial=True, confirmed=True)
    assert found.values.tolist() == [0, 2, 1, 0]
    assert "3 training pictures keep their own label" in found.note


def test_several_columns_that_fit_are_a_choice(tmp_path):
    rows = ("0,cat,cat,x,felid", "1,ewe,ewe,x,ovid", "2,cat,dog,x,felid", "3,cat,cat,x,felid")
    data = "\n".join(("index,label,noisy_label,superclass,class", *rows)).encode()
    problem = asked(tmp_path, data)
    assert "label and noisy_label" in problem.detail
    assert problem.choice.parameter == "column"
    assert [option.value for option in problem.choice.options] == ["label", "noisy_label"]
    assert read(tmp_path, data, column="noisy_label").values.tolist() == NOISY
    assert read(tmp_path, data, column="label").values.tolist() == OWN[:4].tolist()
    with pytest.raises(InvalidError, match="no column 'labels'; columns are 'index', 'label'"):
        read(tmp_path, data, column="labels")
    same = b"index,label,label_name\n0,0,cat\n1,2,ewe\n2,1,dog\n3,0,cat\n"
    assert read(tmp_path, same).values.tolist() == NOISY


@pytest.mark.parametrize(("given", "taken"), [([2, 0, 0, 0], True), ([2, 0, 1, 0], False)])
def test_labels_most_of_which_differ_are_confirmed_first(tmp_path, given, taken):
    data = npy(np.array(given))
    if taken:  # half of them differ: not more
        assert read(tmp_path, data).values.tolist() == given
        return
    problem = asked(tmp_path, data)
    assert problem.choice.parameter == "confirm"
    seen = problem.choice.options[0].pictures
    assert [(each.index, each.own, each.given) for each in seen] == [
        (0, "cat", "ewe"), (1, "ewe", "cat"), (2, "cat", "dog"),
    ]  # fmt: skip
    assert "75.0% of the labels (3 of 4)" in problem.detail
    assert read(tmp_path, data, confirmed=True).values.tolist() == given


@pytest.mark.parametrize(("differ", "taken"), [(50, True), (51, False)])
def test_half_of_the_labels_may_differ_and_no_more(tmp_path, differ, taken):
    found = dataset(labels=np.zeros(120, int), names=[f"x/{i}" for i in range(120)], n_train=100)
    data = npy((np.arange(100) < differ).astype(int))
    if taken:
        assert read(tmp_path, data, found).values.sum() == differ
    else:
        assert asked(tmp_path, data, found).choice.parameter == "confirm"


def test_names_that_both_parts_have_mean_training_pictures_where_each_has_its_row(tmp_path):
    names = ("train/a/1.png", "train/b/2.png", "train/b/3.png", "test/a/1.png", "test/b/2.png")
    found = dataset(("a", "b"), [0, 1, 1, 0, 1], names, 3)
    assert read(tmp_path, b"name,label\n3.png,b\n1.png,b\n2.png,b\n", found).values.tolist() == [1, 1, 1]
    with pytest.raises(InvalidError, match=r"Row 1: name '1\.png' names 2 pictures"):
        read(tmp_path, b"name,label\n1.png,b\n2.png,b\n", found, partial=True)
    part = b"name,split,label\n1.png,train,a\n2.png,train,a\n"
    assert read(tmp_path, part, found, partial=True).values.tolist() == [0, 0, 1]


def test_ten_pictures_show_what_differs(tmp_path):
    names = tuple(f"x/{i}" for i in range(100))
    found = dataset(labels=np.zeros(100, int), names=names, n_train=80)
    seen = asked(tmp_path, npy(np.ones(80, int)), found).choice.options[0].pictures
    assert len(seen) == 10
    assert (seen[0].index, seen[-1].index) == (0, 79), "spread over all of them"


def test_test_pictures_that_differ_show_a_wrong_order_too(tmp_path):
    assert asked(tmp_path, npy(np.array([0, 2, 1, 0, 0, 0]))).choice.parameter == "confirm"


# --- orders ---

FOLDERS = [f"train/{c}/{i}.png" for c in range(1, 13) for i in range(3)]
TWELVE = {
    "classes": [str(c) for c in range(1, 13)],
    "labels": np.append(np.repeat(np.arange(12), 3), 0),
    "names": (*FOLDERS, "test/1/0.png"),
    "n_train": 36,
}


def test_classes_one_to_twelve_stand_in_several_orders(tmp_path):
    found = dataset(**TWELVE)
    text = sorted(range(36), key=lambda i: FOLDERS[i].split("/"))
    labels = [FOLDERS[i].split("/")[1] for i in text]
    problem = asked(tmp_path, npy(np.array(labels)), found)
    assert problem.choice.parameter == "order"
    options = {option.value: [seen.name for seen in option.pictures] for option in problem.choice.options}
    assert list(options) == ["ours", "text"]
    assert options["ours"][3] == "train/2/0.png"
    assert options["text"][3] == "train/10/0.png"
    assert "row 4 is 'train/2/0.png' in ours, 'train/10/0.png' in text" in problem.detail
    taken = read(tmp_path, npy(np.array(labels)), found, order=RowOrder.TEXT)
    assert taken.values.tolist() == found.labels[:36].tolist()
    assert (taken.order, taken.verified) == (RowOrder.TEXT, False)
    # What ImageFolder calls them: indices of classes sorted as text.
    targets = np.array([sorted(TWELVE["classes"]).index(label) for label in labels])
    assert asked(tmp_path, npy(targets), found).choice.parameter == "order", "which says the classes' too"
    assert read(tmp_path, npy(targets), found, order=RowOrder.TEXT).values.tolist() == taken.values.tolist()


def test_an_order_that_changes_no_label_is_not_asked_for(tmp_path):
    names = [f"train/{c}/{i}.png" for c in "ab" for i in range(12)]
    found = dataset(("a", "b"), [0] * 12 + [1] * 12 + [0], (*names, "test/a/0.png"), 24)
    first = npy(np.array(["b"] + ["a"] * 11 + ["b"] * 12))  # 0.png is the first one in every order
    taken = read(tmp_path, first, found)
    assert (taken.values.tolist(), taken.verified) == ([1] + [0] * 11 + [1] * 12, False)
    third = npy(np.array(["a", "a", "b"] + ["a"] * 9 + ["b"] * 12))  # 2.png, or 10.png
    assert asked(tmp_path, third, found).choice.parameter == "order"
    assert read(tmp_path, third, found, order=RowOrder.TEXT).values.tolist()[10] == 1


def test_indices_of_classes_in_another_order_are_asked_about(tmp_path):
    found = dataset(**TWELVE)
    ids = sorted(TWELVE["classes"])
    rows = "".join(f"{name},{ids.index(name.split('/')[1])}\n" for name in FOLDERS)
    problem = asked(tmp_path, f"name,label\n{rows}".encode(), found)
    assert problem.choice.parameter == "class_order"
    assert [option.value for option in problem.choice.options] == ["ours", "text"]
    taken = read(tmp_path, f"name,label\n{rows}".encode(), found, class_order=RowOrder.TEXT)
    assert taken.values.tolist() == found.labels[:36].tolist()


def test_the_order_in_the_archive_counts_where_it_is_known(tmp_path):
    names = ("a/1.png", "a/2.png", "b/1.png", "b/2.png", "b/3.png")
    labels = [0, 0, 1, 1, 1]
    agree = dataset(("a", "b"), labels, names, 4, archived=(0, 1, 2, 3, 4))
    assert read(tmp_path, npy(np.array([0, 0, 1, 0])), agree).order is RowOrder.OURS
    other = dataset(("a", "b"), labels, names, 4, archived=(4, 1, 0, 3, 2))
    data = npy(np.array([1, 0, 1, 0]))
    options = asked(tmp_path, data, other).choice.options
    assert [option.value for option in options] == ["ours", "text", "archive"]
    assert read(tmp_path, data, other, order=RowOrder.ARCHIVE).values.tolist() == [0, 0, 1, 1]
    with pytest.raises(InvalidError, match="no order 'numbers'; it has: ours, text, archive"):
        read(tmp_path, data, other, order=RowOrder.NUMBERS)


def test_numbers_of_files_are_positions_in_the_original_order(tmp_path):
    names = (
        "train/cat/02.png",
        "train/cat/03.png",
        "train/dog/00.png",
        "train/dog/01.png",
        "test/cat/00.png",
    )
    found = dataset(("cat", "dog"), [0, 0, 1, 1, 0], names, 4)
    for data in (npy(np.array(["dog", "dog", "cat", "dog"])), b"index,label\n0,dog\n1,dog\n2,cat\n3,dog\n"):
        taken = read(tmp_path, data, found)
        assert taken.values.tolist() == [0, 1, 1, 1]
        assert taken.alignment is Alignment.FILE_NUMBER
    ours = read(tmp_path, b"index,label\n0,cat\n1,dog\n2,dog\n3,dog\n", found, order=RowOrder.OURS)
    assert ours.values.tolist() == [0, 1, 1, 1]


def test_an_index_of_an_npz_that_was_split_here_is_asked_about(tmp_path):
    names = ("images/0", "images/2", "images/3", "images/1")
    found = dataset(("cat", "dog"), [0, 1, 1, 0], names, 3)
    problem = asked(tmp_path, b"index,label\n0,0\n1,0\n2,1\n3,1\n", found)
    assert [option.value for option in problem.choice.options] == ["ours", "numbers"]
    everything = read(tmp_path, npy(np.array([0, 0, 1, 1])), found)
    assert everything.values.tolist() == [0, 1, 1], "rows of all pictures are those of the npz"
    assert read(tmp_path, npy(np.array([0, 1, 1])), found).values.tolist() == [0, 1, 1]


STRANGE = ("=1+1", "'=x", "+a", "@b", "-1", "<b>x</b>", "قطة", "🐈‍⬛, b", 'say "x"', "Long" * 25)


def test_an_export_comes_back_as_it_was_however_classes_and_files_are_called(tmp_path):
    files = tuple(f"train/{index}/{name.replace('/', '')}.png" for index, name in enumerate(STRANGE))
    own = np.arange(len(STRANGE))
    found = dataset(STRANGE, own, files, len(STRANGE))
    changed = np.roll(own, 1)
    shuffled = np.random.default_rng(0).permutation(len(STRANGE))
    table = pa.table({"name": np.array(files)[shuffled], "label": np.array(STRANGE)[changed][shuffled]})
    exported = csv_bytes(table)
    assert not any(line.startswith(("=", "+", "@", "-")) for line in exported.decode().splitlines())
    labels = read(tmp_path, exported, found, confirmed=True)
    assert labels.values.tolist() == changed.tolist()
    assert labels.verified


def as_rows(*lines: str) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode()


@pytest.mark.parametrize("between", [",", ";", "\t", " ", "   "])
@pytest.mark.parametrize("root", ["", "/home/me/", "C:\\data\\"])
def test_a_list_without_a_header_names_its_pictures(tmp_path, between, root):
    found = dataset()
    labels = [found.classes[-1 - label] for label in found.labels[: found.n_train]]
    pairs = list(zip(found.names, labels, strict=False))[::-1]
    lines = [f"{root}{name}{between}{label}" for name, label in pairs]
    told = read(tmp_path, as_rows(*lines, ""), found, confirmed=True)
    assert [found.classes[label] for label in told.values] == labels
    assert told.verified
    assert "The file has no header" in told.note
    turned = [f"{label}{between}{root}{name}" for name, label in pairs]
    assert (read(tmp_path, as_rows(*turned), found, confirmed=True).values == told.values).all()


@pytest.mark.parametrize("prefix", ["", "is_"])
def test_a_column_for_each_class_is_read(tmp_path, prefix):
    found = dataset()
    labels = found.labels[: found.n_train]
    header = ",".join(["image", *(prefix + name for name in found.classes)])
    sets = [["1.0" if at == label else "0.0" for at in range(len(found.classes))] for label in labels]
    lines = [",".join([name, *row]) for name, row in zip(found.names, sets, strict=False)]
    told = read(tmp_path, as_rows(header, *lines[::-1]), found)
    assert told.values.tolist() == labels.tolist()
    assert "one for each class" in told.note
    sets[1] = ["1"] * len(found.classes)
    lines[1] = ",".join([found.names[1], *sets[1]])
    with pytest.raises(InvalidError, match="Row 2 has 3 of the columns"):
        read(tmp_path, as_rows(header, *lines), found)


@pytest.mark.parametrize("ending", [".png", ".JPG", ""])
@pytest.mark.parametrize("header", ["Blatt;Klasse", "Fichier;étiquette", "x;label"])
def test_names_of_pictures_count_whatever_their_column_is_called(tmp_path, header, ending):
    lines = [
        header,
        *(f"{own}{ending};{label}" for own, label in zip("dbca", ["cat", "ewe", "dog", "cat"], strict=True)),
    ]
    found = read(tmp_path, "\n".join(lines).encode(), confirmed=True)
    assert found.values.tolist() == [0, 2, 1, 0]
    assert (found.alignment, found.verified) == (Alignment.NAME, True)
    assert f"by the column {header.split(';')[0]!r}" in found.note


def test_a_column_that_numbers_rows_in_another_order_is_not_passed_by(tmp_path):
    with pytest.raises(InvalidError, match="column 'nr' numbers the rows, which stand in another order"):
        read(tmp_path, b"nr,label\n2,cat\n1,ewe\n4,cat\n3,dog\n")
    taken = read(tmp_path, b"nr,label,annotator\n1,cat,3\n2,ewe,3\n3,cat,1\n4,dog,3\n", confirmed=True)
    assert taken.values.tolist() == [0, 2, 0, 1]
