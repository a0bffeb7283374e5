"""IDX files, and the binary files of CIFAR and STL-10: taken as they are."""

import gzip
import io
import struct

import numpy as np
import pytest

from tests.unit.test_array_forms import asked, npy, refusal, taken
from tests.uploads import tarred, zipped

RNG = np.random.default_rng(2)
DIGITS = RNG.integers(0, 256, (12, 6, 5), np.uint8)
LABELS = np.arange(12, dtype=np.uint8) % 3
COLORS = RNG.integers(0, 256, (12, 32, 32, 3), np.uint8)


def idx(array, code: int = 8) -> bytes:
    array = np.asarray(array)
    head = struct.pack(f">HBB{array.ndim}I", 0, code, array.ndim, *array.shape)
    return head + array.astype(array.dtype.newbyteorder(">")).tobytes()


MNIST = {
    "train-images-idx3-ubyte": idx(DIGITS),
    "train-labels-idx1-ubyte": idx(LABELS),
    "t10k-images-idx3-ubyte": idx(DIGITS[:4]),
    "t10k-labels-idx1-ubyte": idx(LABELS[:4]),
}


@pytest.mark.parametrize(
    "files",
    [
        MNIST,
        {f"{name}.gz": gzip.compress(data) for name, data in MNIST.items()},
        {f"MNIST/raw/{name}": data for name, data in MNIST.items()}
        | {f"MNIST/raw/{name}.gz": gzip.compress(data) for name, data in MNIST.items()},
        {name.replace("-idx", ".idx"): data for name, data in MNIST.items()},
        {f"emnist-letters-{name}".replace("t10k", "test"): data for name, data in MNIST.items()},
    ],
)
@pytest.mark.parametrize("pack", [zipped, tarred])
def test_mnist_is_taken_as_it_is(tmp_path, files, pack):
    dataset, notes = taken(tmp_path, pack(files))
    assert (dataset.images == np.concatenate([DIGITS, DIGITS[:4]])).all()
    assert dataset.labels.tolist() == [*LABELS, *LABELS[:4]]
    assert dataset.n_train == 12
    assert notes[0].startswith("Read from 4 IDX files")
    assert ("EMNIST" in " ".join(notes)) == any("emnist" in name for name in files)


@pytest.mark.parametrize(
    ("code", "dtype"), [(0x0B, np.int16), (0x0C, np.int32), (0x0D, np.float32), (0x0E, np.float64)]
)
def test_idx_of_wider_numbers_is_big_endian(tmp_path, code, dtype):
    files = {"images.idx": idx(DIGITS.astype(dtype), code), "labels.idx": idx(LABELS.astype(np.int32), 0x0C)}
    dataset, _ = taken(tmp_path, zipped(files))
    assert (dataset.images == DIGITS[[int(name.removeprefix("images/")) for name in dataset.names]]).all()


def test_a_packed_file_is_known_behind_a_long_name_and_a_long_code(tmp_path):
    smooth = np.minimum(RNG.exponential(30, (12, 28, 28)), 255).astype(np.uint8)  # takes a code of its own
    files = {}
    for name, array in (("images", smooth), ("labels", LABELS)):
        buffer = io.BytesIO()
        with gzip.GzipFile("x" * 200 + name, "wb", 9, buffer) as file:
            file.write(idx(array))
        files[f"train-{name}.gz"] = buffer.getvalue()
    assert taken(tmp_path, zipped(files))[0].images.shape == (12, 28, 28)


def test_one_idx_file_is_told_what_it_lacks(tmp_path):
    for data in (MNIST["train-images-idx3-ubyte"], gzip.compress(MNIST["train-images-idx3-ubyte"])):
        assert "labels: is missing" in refusal(tmp_path, data, "train-images-idx3-ubyte.gz")


def test_a_broken_idx_file_is_named(tmp_path):
    short = MNIST | {"train-images-idx3-ubyte": MNIST["train-images-idx3-ubyte"][:-9]}
    assert "train-images-idx3-ubyte: announces 360 bytes and holds 351" in refusal(tmp_path, zipped(short))
    long = MNIST | {"t10k-labels-idx1-ubyte": MNIST["t10k-labels-idx1-ubyte"] + b"\0"}
    assert "'t10k-labels-idx1-ubyte' goes on behind" in refusal(tmp_path, zipped(long))
    cut = {f"{name}.gz": gzip.compress(data)[:-20] for name, data in MNIST.items()}
    assert "train-images-idx3-ubyte.gz: cannot be unpacked" in refusal(tmp_path, zipped(cut))
    vast = MNIST | {"train-images-idx3-ubyte.gz": gzip.compress(struct.pack(">HBB3I", 0, 8, 3, *[2**31] * 3))}
    del vast["train-images-idx3-ubyte"]
    assert "more than can be taken" in refusal(tmp_path, zipped(vast))


def records(images, *labels) -> bytes:
    planes = images.transpose(0, 3, 1, 2).reshape(len(images), -1)
    return np.concatenate([*(label[:, None] for label in labels), planes], axis=1).astype(np.uint8).tobytes()


def test_binary_cifar_10_is_taken_as_it_is(tmp_path):
    files = {
        f"cifar-10-batches-bin/data_batch_{i + 1}.bin": records(COLORS[i::5], LABELS[i::5]) for i in range(5)
    }
    names = ["airplane", "automobile", "bird"]
    files |= {
        "cifar-10-batches-bin/test_batch.bin": records(COLORS[::-1], LABELS[::-1]),
        "cifar-10-batches-bin/batches.meta.txt": "\n".join(names).encode() + b"\n\n",
        "cifar-10-batches-bin/readme.html": b"<html>",
    }
    order = np.concatenate([np.arange(12)[i::5] for i in range(5)])
    for data in (zipped(files), tarred(files)):
        dataset, notes = taken(tmp_path, data)
        assert (dataset.images == np.concatenate([COLORS[order], COLORS[::-1]])).all()
        assert dataset.labels.tolist() == [*LABELS[order], *LABELS[::-1]]
        assert dataset.classes == tuple(names)
        assert "Read from CIFAR-10's binary files: data_batch_1.bin" in notes[0]
    other = files | {"cifar-10-batches-bin/data_batch_2.bin": records(COLORS, LABELS)[:-1]}
    assert "'cifar-10-batches-bin/data_batch_2.bin' has 36,875 bytes" in refusal(tmp_path, zipped(other))
    other = files | {"cifar-10-batches-bin/data_batch_2.bin": records(COLORS, LABELS + 200)}
    assert "has the label 200" in refusal(tmp_path, zipped(other))


def test_binary_cifar_100_asks_which_labels(tmp_path):
    files = {
        "train.bin": records(COLORS, LABELS // 2, LABELS),
        "test.bin": records(COLORS[:6], LABELS[:6] // 2, LABELS[:6]),
        "fine_label_names.txt": b"apple\nbear\ncup\n",
        "coarse_label_names.txt": b"fruit\nthings\n",
    }
    choice = asked(tmp_path, zipped(files))
    assert choice.parameter == "column"
    found = {
        option.value: taken(tmp_path, zipped(files), column=option.value)[0] for option in choice.options
    }
    assert sorted(dataset.classes for dataset in found.values()) == [
        ("apple", "bear", "cup"),
        ("fruit", "things"),
    ]
    fine = next(dataset for dataset in found.values() if len(dataset.classes) == 3)
    assert (fine.images == np.concatenate([COLORS, COLORS[:6]])).all()
    assert fine.labels.tolist() == [*LABELS, *LABELS[:6]]


def test_binary_stl_10_is_turned_upright(tmp_path):
    images = RNG.integers(0, 256, (6, 96, 96, 3), np.uint8)
    columns_first = images.transpose(0, 3, 2, 1).tobytes()
    labels = np.array([1, 2, 1, 2, 1, 2], np.uint8).tobytes()
    files = {
        "stl10_binary/train_X.bin": columns_first,
        "stl10_binary/train_y.bin": labels,
        "stl10_binary/test_X.bin": columns_first,
        "stl10_binary/test_y.bin": labels,
        "stl10_binary/unlabeled_X.bin": columns_first,
        "stl10_binary/class_names.txt": b"plane\nbird\n",
    }
    dataset, notes = taken(tmp_path, zipped(files))
    assert (dataset.images == np.concatenate([images, images])).all()
    assert (dataset.classes, dataset.labels.tolist()) == (("plane", "bird"), [0, 1] * 6)
    assert "unlabeled_X.bin has no labels" in " ".join(notes)


def test_files_that_only_begin_alike_are_not_taken_for_others(tmp_path):
    assert "holds no images" in refusal(
        tmp_path, zipped({"a/x": b"\0\0\x08\x01\0\0\xff\xff", "b/y": b"\0" * 99})
    )
    assert "no pictures to train on" in refusal(tmp_path, zipped({"t10k-images.npy": npy(DIGITS)}))
