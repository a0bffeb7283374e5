"""Downloadable data sets: tiny ones in torchvision's own formats, and machines without a network."""

import gzip
import hashlib
import pickle
import shutil
import struct
import tarfile
from pathlib import Path

import numpy as np
import pytest
import scipy.io

from backend.core.errors import Cancelled
from backend.core.settings import Settings
from backend.datasets.catalog import CATALOG
from backend.datasets.lying import Lying, look_for
from workers.datasets import torchvision_sets, vision
from workers.datasets.torchvision_sets import UnavailableError


def read(folder: Path, name: str, report=lambda fraction: None, **settings):
    chosen = Settings(_env_file=None, data_dir=folder / "data", **settings)
    return torchvision_sets.read(name, chosen, report)


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*_, **__):
        raise OSError("Name or service not known")

    monkeypatch.setattr("socket.getaddrinfo", refuse)


def images(n: int, *shape: int, seed: int = 0):
    return np.random.default_rng(seed).integers(0, 256, (n, *shape), np.uint8)


def write_mnist(raw: Path) -> None:
    raw.mkdir(parents=True)
    for part, n in (("train", 8), ("t10k", 4)):
        header = struct.pack(">IIII", 0x803, n, 28, 28)
        (raw / f"{part}-images-idx3-ubyte").write_bytes(header + images(n, 28, 28).tobytes())
        labels = struct.pack(">II", 0x801, n) + bytes(i % 10 for i in range(n))
        (raw / f"{part}-labels-idx1-ubyte").write_bytes(labels)


@pytest.mark.parametrize(
    ("name", "folder"), [("mnist", "MNIST"), ("fashion_mnist", "FashionMNIST"), ("kmnist", "KMNIST")]
)
def test_files_in_a_given_folder_need_no_network(tmp_path, no_network, name, folder):
    write_mnist(tmp_path / folder / "raw")
    before = sorted(tmp_path.rglob("*"))
    found = read(tmp_path, name, datasets_dir=tmp_path)
    assert found.images.shape == (12, 28, 28)
    assert (found.images == np.concatenate([images(8, 28, 28), images(4, 28, 28)])).all()
    assert found.labels.tolist() == [*range(8), *range(4)]
    assert (found.n_train, found.names[8], found.classes) == (
        8,
        f"{name}/test/00000",
        CATALOG[name].classes,
    )
    assert sorted(tmp_path.rglob("*")) == before, "the given folder is left as it is"


def write_cifar10(root: Path) -> Path:
    folder = root / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    for i, name in enumerate([*(f"data_batch_{k}" for k in range(1, 6)), "test_batch"]):
        batch = {"data": images(2, 3072, seed=i), "labels": [i, i + 1]}
        (folder / name).write_bytes(pickle.dumps(batch))
    (folder / "batches.meta").write_bytes(pickle.dumps({"label_names": list(CATALOG["cifar10"].classes)}))
    return folder


@pytest.mark.parametrize("packed", [False, True])
def test_cifar_batches_are_read_also_from_the_published_archive(tmp_path, no_network, monkeypatch, packed):
    folder = write_cifar10(tmp_path)
    module = vision.datasets()
    monkeypatch.setattr(f"{module.__name__}.cifar.check_integrity", lambda *_: True)
    if packed:
        archive = tmp_path / "cifar-10-python.tar.gz"
        with tarfile.open(archive, "w:gz") as target:
            target.add(folder, folder.name)
        shutil.rmtree(folder)
        monkeypatch.setattr(module.CIFAR10, "tgz_md5", hashlib.md5(archive.read_bytes()).hexdigest())
        assert look_for("cifar10", tmp_path) == Lying((), (), archive.name)
    found = read(tmp_path, "cifar10", datasets_dir=tmp_path)
    assert found.images.shape == (12, 32, 32, 3)
    assert found.n_train == 10
    assert found.labels.tolist() == [0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6]
    assert (found.images[2] == images(2, 3072, seed=1)[0].reshape(3, 32, 32).transpose(1, 2, 0)).all()


def test_an_archive_that_is_not_the_published_one_is_not_opened(tmp_path, no_network):
    (tmp_path / "cifar-10-python.tar.gz").write_bytes(b"pickles of a stranger")
    with pytest.raises(UnavailableError, match="is not the file that is published"):
        read(tmp_path, "cifar10", datasets_dir=tmp_path)


def test_house_numbers_are_read_and_10_means_0(tmp_path, no_network, monkeypatch):
    for part, n in (("train", 5), ("test", 3)):
        given = {"X": images(n, 32, 32, 3).transpose(1, 2, 3, 0), "y": np.array([[10]] + [[1]] * (n - 1))}
        scipy.io.savemat(tmp_path / f"{part}_32x32.mat", given)
    monkeypatch.setattr(f"{vision.datasets().__name__}.svhn.check_integrity", lambda *_: True)
    found = read(tmp_path, "svhn", datasets_dir=tmp_path)
    assert found.labels.tolist() == [0, 1, 1, 1, 1, 0, 1, 1]
    assert (found.images[:5] == images(5, 32, 32, 3)).all()


@pytest.mark.parametrize("name", CATALOG)
def test_without_a_network_it_says_what_to_do(tmp_path, no_network, name):
    with pytest.raises(UnavailableError) as caught:
        read(tmp_path, name, datasets_dir=tmp_path)
    text = str(caught.value)
    assert CATALOG[name].title in text
    assert "Name or service not known" in text
    assert all(file in text for file in CATALOG[name].files)
    assert "MEMOSCOPE_DATASETS_DIR" in text
    assert "upload" in text
    assert "\n" not in text
    assert not list((tmp_path / "data" / "downloads").iterdir()), "nothing that looks like a download"


@pytest.mark.parametrize("damage", ["missing", "short", "nonsense"])
def test_incomplete_files_are_not_taken_for_the_data_set(tmp_path, no_network, damage):
    raw = tmp_path / "MNIST" / "raw"
    write_mnist(raw)
    file = raw / "t10k-images-idx3-ubyte"
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:-100] if damage == "short" else b"nonsense")
    said = "t10k-images-idx3-ubyte are missing" if damage == "missing" else "are broken"
    with pytest.raises(UnavailableError, match=said):
        read(tmp_path, "mnist", datasets_dir=tmp_path)


@pytest.mark.parametrize("all_of_them", [True, False])
def test_packed_files_are_read_where_they_lie_and_the_folder_stays_as_it_is(
    tmp_path, no_network, all_of_them
):
    raw = tmp_path / "MNIST" / "raw"
    write_mnist(raw)
    plain = read(tmp_path, "mnist", datasets_dir=tmp_path)
    for file in sorted(raw.iterdir())[: 4 if all_of_them else 2]:
        Path(f"{file}.gz").write_bytes(gzip.compress(file.read_bytes()))
        file.unlink()
    before = sorted(raw.iterdir())
    found = read(tmp_path, "mnist", datasets_dir=tmp_path)
    assert found.fingerprint == plain.fingerprint
    assert sorted(raw.iterdir()) == before
    assert list((tmp_path / "data" / "scratch").iterdir()) == []
    before[0].write_bytes(b"no gzip")
    with pytest.raises(UnavailableError, match=r"a packed file in .* is broken"):
        read(tmp_path, "mnist", datasets_dir=tmp_path)


def test_what_lies_in_a_folder_is_seen_without_reading_it(tmp_path):
    assert look_for("mnist", None) is look_for("digits", tmp_path) is look_for("mnist", tmp_path) is None
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    first, second, third, fourth = CATALOG["mnist"].files
    assert look_for("mnist", tmp_path) is None  # a folder alone is nothing
    (tmp_path / first).write_bytes(b"x")
    (tmp_path / f"{second}.gz").write_bytes(b"x")
    (tmp_path / third).touch()  # empty: a copy that was broken off
    assert look_for("mnist", tmp_path) == Lying((second,), (third, fourth))
    for name in (third, fourth):
        (tmp_path / name).write_bytes(b"x")
    assert look_for("mnist", tmp_path) == Lying((second,), ())
    assert look_for("kmnist", tmp_path) is None


def serve(monkeypatch, raw: Path):
    """Let torchvision download from a folder; returns the addresses that it asks for."""
    asked: list[str] = []

    def download(url: str, filename: str, **_) -> None:
        asked.append(url)
        data = (raw / Path(url).stem).read_bytes()
        Path(filename).write_bytes(gzip.compress(data))

    monkeypatch.setattr("torchvision.datasets.utils._get_redirect_url", lambda url, **_: url)
    monkeypatch.setattr("torchvision.datasets.utils._urlretrieve", download)
    monkeypatch.setattr("torchvision.datasets.utils.check_integrity", lambda path, *_: Path(path).exists())
    return asked


def test_a_download_reports_progress_and_is_kept(tmp_path, no_network, monkeypatch):
    vision.datasets()
    write_mnist(tmp_path / "server")
    asked = serve(monkeypatch, tmp_path / "server")
    monkeypatch.setattr(torchvision_sets, "POLL_S", 0)
    seen: list[float] = []
    found = read(tmp_path, "mnist", seen.append)
    assert found.images.shape == (12, 28, 28)
    assert len(asked) == 4
    assert seen == sorted(seen)
    assert all(0 <= fraction < 1 for fraction in seen)
    downloads = tmp_path / "data" / "downloads"
    assert [path.name for path in downloads.iterdir()] == ["mnist"]
    asked.clear()
    read(tmp_path, "mnist")
    assert not asked, "the second time needs no network"


def test_a_download_that_is_no_longer_wanted_stops(tmp_path, no_network, monkeypatch):
    vision.datasets()
    write_mnist(tmp_path / "server")
    serve(monkeypatch, tmp_path / "server")
    monkeypatch.setattr(torchvision_sets, "POLL_S", 0)

    def withdrawn(_: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        read(tmp_path, "mnist", withdrawn)


@pytest.mark.parametrize("name", ["fashion_mnist", "kmnist"])
def test_class_names_are_torchvisions(name):
    known = CATALOG[name]
    assert list(known.classes) == getattr(vision.datasets(), known.reader).classes


def test_the_catalog_is_consistent():
    for known in CATALOG.values():
        assert len(set(known.classes)) == len(known.classes) == known.shape.classes
        assert hasattr(vision.datasets(), known.reader)
