"""Files of other programs: refused by name, with the line of Python that makes an npz of that very file."""

import gzip
import io
import pickle
import re
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest
import scipy.io

from tests.unit.test_array_forms import npy, refusal, taken
from tests.uploads import folders, tarred, zipped

IMAGES = np.random.default_rng(3).integers(0, 256, (12, 6, 5, 3), np.uint8)
LABELS = np.arange(12) % 3
COLORS = np.random.default_rng(4).integers(0, 256, (12, 3072), np.uint8)


def obey(folder, says: str) -> None:
    """Run the line of Python that a refusal gives."""
    (line,) = re.findall(r"`(import .*)`", says)
    subprocess.run([sys.executable, "-c", line], cwd=folder, check=True)


def matlab(**arrays) -> bytes:
    buffer = io.BytesIO()
    scipy.io.savemat(buffer, arrays)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "what"),
    [
        ("pets.pkl", pickle.dumps({"images": IMAGES, "labels": LABELS}), "a pickle"),
        ("pets.pickle", pickle.dumps((IMAGES, LABELS), 2), "a pickle"),
        ("pets.pkl.gz", gzip.compress(pickle.dumps({"x": IMAGES, "y": LABELS})), "a pickle"),
        ("pets", pickle.dumps({"data": IMAGES, "labels": LABELS.tolist()}), "a pickle"),
        ("pets.mat", matlab(images=IMAGES, labels=LABELS), "a MATLAB file"),
        ("train_32x32.mat", matlab(X=np.moveaxis(IMAGES, 0, -1), y=LABELS[:, None]), "a MATLAB file"),
    ],
)
def test_the_line_makes_an_npz_that_is_taken(tmp_path, name, data, what):
    for upload in (data, zipped({f"some/{name}": data, "some/readme.txt": b"pets"})):
        says = refusal(tmp_path, upload, name)
        assert f"{name}' is {what}" in says
        assert says.count("`") == 2
    (tmp_path / name).write_bytes(data)
    obey(tmp_path, says)
    dataset, _ = taken(tmp_path, (tmp_path / f"{name.split('.')[0]}.npz").read_bytes())
    rows = [int(own.removeprefix("images/")) for own in dataset.names]
    assert (dataset.images == IMAGES[rows]).all()
    assert (dataset.labels == LABELS[rows]).all()


@pytest.mark.parametrize("form", ["dict", "tuple"])
def test_files_of_pytorch(tmp_path, form):
    torch = pytest.importorskip("torch")
    tensors = torch.from_numpy(IMAGES), torch.from_numpy(LABELS)
    torch.save(tensors if form == "tuple" else dict(zip("xy", tensors, strict=True)), tmp_path / "pets.pt")
    says = refusal(tmp_path, (tmp_path / "pets.pt").read_bytes(), "pets.pt")
    assert "'pets.pt' is a file of PyTorch, which is a pickle" in says
    assert "The file is a file of PyTorch" in refusal(
        tmp_path, (tmp_path / "pets.pt").read_bytes()
    )  # also where nothing names it
    obey(tmp_path, says)
    assert len(taken(tmp_path, (tmp_path / "pets.npz").read_bytes())[0].labels) == 12


def test_cifar_for_python(tmp_path):
    def batch(**labels) -> bytes:
        return pickle.dumps({"data": COLORS, **{name: LABELS.tolist() for name in labels}})

    for files, stem in (
        (
            {"data_batch_1": batch(labels=1), "data_batch_2": batch(labels=1), "test_batch": batch(labels=1)},
            "cifar10",
        ),
        (
            {"train": batch(fine_labels=1, coarse_labels=1), "test": batch(fine_labels=1, coarse_labels=1)},
            "cifar100",
        ),
    ):
        says = refusal(tmp_path, tarred({f"cifar-python/{name}": data for name, data in files.items()}))
        assert "binary version" in says
        for name, data in files.items():
            (tmp_path / name).write_bytes(data)
        obey(tmp_path, says)
        dataset, _ = taken(tmp_path, (tmp_path / f"{stem}.npz").read_bytes())
        assert (dataset.n_train, dataset.n_test) == (24 if stem == "cifar10" else 12, 12)
        assert (dataset.images[:12] == COLORS.reshape(12, 3, 32, 32).transpose(0, 2, 3, 1)).all()
        assert dataset.labels[:12].tolist() == LABELS.tolist()


@pytest.mark.parametrize("kind", ["file", "stream"])
def test_arrow_becomes_parquet(tmp_path, kind):
    table = pa.table({"image": [b"x"], "label": [1]})
    make = pa.ipc.new_file if kind == "file" else pa.ipc.new_stream
    with make(tmp_path / "pets.arrow", table.schema) as target:
        target.write_table(table)
    says = refusal(tmp_path, (tmp_path / "pets.arrow").read_bytes(), "pets.arrow")
    obey(tmp_path, says)
    assert pa.parquet.read_table(tmp_path / "pets.parquet").equals(table)


@pytest.mark.parametrize(
    ("name", "head", "what"),
    [
        ("pets.h5", b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
        ("pets.mat", b"MATLAB 7.3 MAT-file", "version 7.3, which is HDF5"),
        ("pets.tfrecord", b"\x10\0\0\0\0\0\0\0", "TFRecord"),
        ("pets.safetensors", b"\x10\0\0\0\0\0\0\0{", "safetensors"),
        ("pets.pth", b"PK\x03\x04", "PyTorch"),
        ("pets.joblib", b"\x80\x04", "a pickle"),
        ("pets.rar", b"Rar!\x1a", "a RAR archive"),
    ],
)
def test_others_are_named_with_a_way_out(tmp_path, name, head, what):
    says = refusal(tmp_path, head + bytes(600), name)
    assert repr(name) in says
    assert what in says
    assert "`import" in says or "zip" in says
    assert what in refusal(tmp_path, zipped({f"pets/{name}": head + bytes(600)}))


def test_a_table_of_pixels_becomes_an_npz(tmp_path):
    pixels = IMAGES[:, :5, :, 0].reshape(12, 25)
    rows = [
        ["label", *(f"pixel{i}" for i in range(25))],
        *([y, *x] for y, x in zip(LABELS, pixels, strict=True)),
    ]
    table = "\n".join(",".join(map(str, row)) for row in rows)
    says = refusal(tmp_path, table.encode(), "train.csv")
    assert "'train.csv' is a table of text; put it into one zip with the pictures" in says
    (tmp_path / "train.csv").write_text(table)
    obey(tmp_path, says)
    assert taken(tmp_path, (tmp_path / "train.npz").read_bytes())[0].images.shape == (12, 5, 5)


def test_all_foreign_files_of_an_archive_are_named(tmp_path):
    says = refusal(tmp_path, zipped({"a.pkl": pickle.dumps([1]), "b.h5": b"\x89HDF\r\n\x1a\n"}))
    assert "'a.pkl' is a pickle" in says
    assert "'b.h5' is an HDF5 file" in says


def test_beside_pictures_or_arrays_they_are_passed_by(tmp_path):
    other = {"model.pt": b"PK\x03\x04", "notes.pkl": pickle.dumps(1)}
    assert taken(tmp_path, zipped(folders() | other))[0].classes == ("cat", "dog")
    arrays = {"images.npy": npy(IMAGES), "labels.npy": npy(LABELS)}
    assert taken(tmp_path, zipped(arrays | other))[0].classes == ("0", "1", "2")


def test_objects_within_an_npz_become_plain_by_the_line(tmp_path):
    labels = np.array(["a", "b", "c"], object)[LABELS]
    np.savez(tmp_path / "your.npz", images=IMAGES, labels=labels)
    says = refusal(tmp_path, (tmp_path / "your.npz").read_bytes())
    assert "labels: holds Python objects" in says
    obey(tmp_path, says)
    assert taken(tmp_path, (tmp_path / "plain.npz").read_bytes())[0].classes == ("a", "b", "c")
