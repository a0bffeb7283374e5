"""Parquet files of pictures, as Hugging Face and pandas write them."""

import io
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from backend.datasets import parquet_files
from tests.unit.test_array_forms import asked, refusal, taken
from tests.unit.test_foreign_files import obey
from tests.uploads import picture, tarred, zipped


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """Read in this process, which is quicker; tests/unit/test_confined.py reads as the server does."""
    monkeypatch.setattr(parquet_files, "confined", lambda reader, *given, files, what: reader(*given))


PICTURES = [picture(seed) for seed in range(12)]
LABELS = [i % 3 for i in range(12)]
NAMES = ["cat", "dog", "cow"]


def pixels(data: bytes):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def parquet(columns, names=None, **options) -> bytes:
    """Return a Parquet file; `names` are those of the classes of `label` in Hugging Face's metadata."""
    table = pa.table(columns)
    if names is not None:
        features = {"image": {"_type": "Image"}, "label": {"names": names, "_type": "ClassLabel"}}
        table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    buffer = io.BytesIO()
    pq.write_table(table, buffer, **options)
    return buffer.getvalue()


def structs(pictures, paths=None):
    paths = paths or [None] * len(pictures)
    return [{"bytes": data, "path": path} for data, path in zip(pictures, paths, strict=True)]


def check(dataset, pictures, labels, classes=NAMES):
    """Check pictures and labels, which stand in the order of the rows."""
    assert dataset.classes == tuple(sorted(set(classes)))
    assert [dataset.classes[label] for label in dataset.labels] == [classes[label] for label in labels]
    assert all((image == pixels(data)).all() for image, data in zip(dataset.images, pictures, strict=True))


@pytest.mark.parametrize("pack", [zipped, tarred])
@pytest.mark.parametrize(
    "names",
    [
        (
            "data/train-00000-of-00002.parquet",
            "data/train-00001-of-00002.parquet",
            "data/test-00000-of-00001.parquet",
        ),
        ("plain_text/train/0000.parquet", "plain_text/train/0001.parquet", "plain_text/test/0000.parquet"),
        ("pets-train-1.parquet", "pets-train-2.parquet", "pets-test.parquet"),
    ],
)
def test_shards_and_parts_of_hugging_face(tmp_path, names, pack):
    rows = ((0, 5), (5, 9), (0, 12))
    files = {
        name: parquet({"image": structs(PICTURES[a:b]), "label": LABELS[a:b]}, NAMES, row_group_size=3)
        for name, (a, b) in zip(names, rows, strict=True)
    }
    dataset, notes = taken(tmp_path, pack(files | {"README.md": b"pets"}))
    assert dataset.n_train == 9
    check(dataset, PICTURES[:9] + PICTURES, LABELS[:9] + LABELS)
    assert notes[0] == (
        "Read from 3 Parquet files: pictures of the column 'image', labels of 'label', whose names are in its"
        " metadata."
    )
    assert "1 other file was skipped: README.md." in notes
    assert not any("missing" in note for note in notes)


def test_a_shard_that_is_not_there_is_said(tmp_path):
    part = parquet({"image": structs(PICTURES[:9]), "label": LABELS[:9]}, NAMES)
    files = {f"data/train-0000{number}-of-00004.parquet": part for number in (0, 3)}
    files |= {
        "data/test-00000-of-00001.parquet": parquet({"image": structs(PICTURES), "label": LABELS}, NAMES)
    }
    _, notes = taken(tmp_path, zipped(files))
    (said,) = [note for note in notes if "missing" in note]
    assert said.startswith("2 of the 4 files train* are missing, such as that of number 00001")


@pytest.mark.parametrize(
    "label",
    [
        [NAMES[i] for i in LABELS],
        pa.array([NAMES[i] for i in LABELS]).dictionary_encode(),
        [NAMES[i].encode() for i in LABELS],
        [[NAMES[i]] for i in LABELS],
    ],
)
def test_one_file_with_bytes_and_labels_in_words(tmp_path, label):
    if isinstance(label, list) and isinstance(label[0], bytes):
        data = parquet({"img": PICTURES, "label": label})
        dataset, _ = taken(tmp_path, data, "pets.parquet", images="img")
    else:
        dataset, _ = taken(tmp_path, parquet({"img": PICTURES, "label": label}), "pets.parquet")
    assert (dataset.n_train, dataset.classes) == (9, ("cat", "cow", "dog"))
    for name, image, found in zip(dataset.names, dataset.images, dataset.labels, strict=True):
        row = int(name.removesuffix(".png"))
        assert (image == pixels(PICTURES[row])).all()
        assert dataset.classes[found] == NAMES[LABELS[row]]


@pytest.mark.parametrize(
    ("label", "classes"),
    [
        (LABELS, ("0", "1", "2")),
        ([float(i) for i in LABELS], ("0", "1", "2")),
        ([i > 0 for i in LABELS], ("false", "true")),
        ([str(9 + i) for i in LABELS], ("9", "10", "11")),
    ],
)
def test_labels_without_names(tmp_path, label, classes):
    assert taken(tmp_path, parquet({"image": PICTURES, "label": label}))[0].classes == classes


def test_a_column_tells_parts(tmp_path):
    split = ["train"] * 9 + ["test"] * 3
    dataset, _ = taken(
        tmp_path, parquet({"image": structs(PICTURES), "label": LABELS, "split": split}, NAMES)
    )
    assert dataset.n_train == 9
    check(dataset, PICTURES, LABELS)


def test_names_that_a_file_gives_are_kept(tmp_path):
    names = [f"pet-{i}.png" for i in range(12)]
    given = {"image": structs(PICTURES, [f"/home/me/{name}" for name in names]), "label": LABELS}
    dataset, _ = taken(tmp_path, parquet(given))
    assert sorted(dataset.names) == sorted(names)
    twice = {"image": structs(PICTURES, ["a.png"] * 12), "label": LABELS}
    assert sorted(taken(tmp_path, parquet(twice))[0].names)[0] == "000000.png"


def test_what_may_be_meant_is_asked(tmp_path):
    given = {"image": PICTURES, "fine_label": LABELS, "coarse_label": [i // 2 for i in LABELS]}
    choice = asked(tmp_path, parquet(given))
    assert [option.value for option in choice.options] == ["fine_label", "coarse_label"]
    assert taken(tmp_path, parquet(given), column="coarse_label")[0].classes == ("0", "1")
    choice = asked(tmp_path, parquet({"image": PICTURES, "mask": PICTURES[::-1], "label": LABELS}))
    assert (choice.parameter, [option.value for option in choice.options]) == ("images", ["image", "mask"])
    odd = {"image": PICTURES, "height": [5] * 12, "kind": LABELS}
    assert [option.value for option in asked(tmp_path, parquet(odd)).options] == ["height", "kind"]
    assert "no such column 'other'; columns are image (binary)" in refusal(
        tmp_path, parquet(odd), column="other"
    )


def test_a_part_without_labels_is_left_out_and_said(tmp_path):
    files = {
        "train.parquet": parquet({"image": PICTURES, "label": LABELS}, NAMES),
        "test.parquet": parquet({"image": PICTURES, "label": [-1] * 12}, NAMES),
    }
    dataset, notes = taken(tmp_path, zipped(files))
    assert len(dataset.labels) == 12
    assert "The 12 pictures of the part 'test' have no labels and were left out." in notes


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"image": PICTURES}, "has no column of labels; its columns are image (binary)"),
        ({"label": LABELS}, "has no column of pictures"),
        ({"image": [f"{i}.png" for i in LABELS], "label": LABELS}, "column 'image' names files; put them"),
        ({"image": [[1, 2, 3, 4]] * 12, "label": LABELS}, "holds lists of numbers"),
        ({"image": [*PICTURES[1:], None], "label": LABELS}, "row 11: has no picture in 'image'"),
        ({"image": PICTURES, "label": [*LABELS[1:], None]}, "1 rows have no label, first row 11"),
        ({"image": PICTURES, "label": [*LABELS[1:], -1]}, "1 rows have no label, first row 11"),
        ({"image": PICTURES, "label": [*LABELS[1:], -7]}, "row 11 is -7, which is no class"),
        ({"image": PICTURES, "label": [i + 0.5 for i in LABELS]}, "row 0 is 0.5"),
        ({"image": PICTURES, "label": [[1, 2]] * 12}, "row 0 has 2 labels"),
        ({"image": [*PICTURES[1:], b"no picture"], "label": LABELS}, "'000011.png' "),
    ],
)
def test_what_is_wrong_is_named(tmp_path, columns, says):
    assert says in refusal(tmp_path, parquet(columns), "pets.parquet")


@pytest.mark.parametrize("form", [(12, 25), (12, 6, 5), (12, 6, 5, 3)])
def test_lists_of_numbers_become_an_npz_by_the_line(tmp_path, form):
    images = np.random.default_rng(0).integers(0, 256, form)
    data = parquet({"image": images.tolist(), "label": LABELS})
    (tmp_path / "pets.parquet").write_bytes(data)
    obey(tmp_path, refusal(tmp_path, data, "pets.parquet"))
    dataset, _ = taken(tmp_path, (tmp_path / "pets.npz").read_bytes())
    rows = [int(name.removeprefix("images/")) for name in dataset.names]
    assert (dataset.images.reshape(12, -1) == images[rows].reshape(12, -1)).all()


def test_labels_that_are_no_class_and_files_that_differ_are_named(tmp_path):
    assert "row 2 is 2, which is no class of the 2 names" in refusal(
        tmp_path, parquet({"image": PICTURES, "label": LABELS}, ["a", "b"])
    )
    files = {
        "train.parquet": parquet({"image": PICTURES, "label": LABELS}),
        "test.parquet": parquet({"image": PICTURES, "kind": LABELS}),
    }
    assert "'train.parquet' has no column 'kind', as 'test.parquet' has" in refusal(tmp_path, zipped(files))
    files = {
        "train.parquet": parquet({"image": PICTURES, "label": LABELS}),
        "more.parquet": parquet({"image": PICTURES, "label": LABELS}),
    }
    assert "'more.parquet' does not say which part it is" in refusal(tmp_path, zipped(files))
    assert "'x.parquet' is no Parquet file that can be read" in refusal(
        tmp_path, b"PAR1" + b"\0" * 99, "x.parquet"
    )


def test_few_bytes_that_stand_for_many_pictures_are_refused(tmp_path):
    bomb = bytes(3_000_000)
    data = parquet({"image": [bomb] * 60, "label": [i % 3 for i in range(60)]})
    before = pa.default_memory_pool().max_memory()
    assert "The pictures take more than 64 MiB" in refusal(tmp_path, data)
    assert max(pa.default_memory_pool().max_memory() - before, 0) < 200 * 2**20
