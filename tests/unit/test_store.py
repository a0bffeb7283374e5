"""The artifact store, in a folder and on a file system that is no folder of this machine."""

from pathlib import Path

import fsspec
import numpy as np
import pytest

from backend.core.settings import Settings
from backend.datasets import store
from backend.datasets.base import Dataset


@pytest.fixture(params=["folder", "memory"])
def settings(request, tmp_path):
    url = None if request.param == "folder" else f"memory://{tmp_path.name}"
    yield Settings(_env_file=None, data_dir=tmp_path, artifacts_url=url)
    fsspec.filesystem("memory").store.clear()


def make(seed=0, n=20):
    images = np.random.default_rng(seed).integers(0, 256, (n, 4, 5, 3), np.uint8)
    names = tuple(f"pet {i}" for i in range(n))
    return Dataset("pets", images, np.arange(n) % 2, ("cat", "dog"), names, n - 4)


def everything(settings):
    filesystem, base = fsspec.core.url_to_fs(settings.artifacts)
    return [path.removeprefix(f"{base}/") for path in filesystem.find(base)]


def test_what_is_saved_is_loaded_and_mapped_rather_than_read(settings):
    dataset = make()
    assert not store.exists(dataset.fingerprint, settings)
    with pytest.raises(FileNotFoundError):
        store.load(dataset.fingerprint, settings)
    store.save(dataset, settings, "w1")
    assert store.exists(dataset.fingerprint, settings)
    found = store.load(dataset.fingerprint, settings)
    assert (found.images == dataset.images).all()
    assert (found.labels == dataset.labels).all()
    assert (found.names, found.classes, found.n_train) == (dataset.names, dataset.classes, 16)
    assert isinstance(found.images, np.memmap)
    assert found.fingerprint == dataset.fingerprint
    assert len(everything(settings)) == 3, "nothing partial is left"
    assert not list(settings.data_dir.rglob("*.partial"))


def test_a_distant_store_is_copied_once(settings, monkeypatch):
    dataset = make(1)
    store.save(dataset, settings, "w1")
    store.load(dataset.fingerprint, settings)
    store._load.cache_clear()
    filesystem, _ = fsspec.core.url_to_fs(settings.artifacts)
    monkeypatch.setattr(type(filesystem), "get_file", None)
    assert (store.load(dataset.fingerprint, settings).images == dataset.images).all()


@pytest.mark.parametrize("failing", ["images.npy", "labels.npy", "header.json"])
def test_half_a_data_set_is_never_visible_and_a_failure_leaves_nothing(settings, monkeypatch, failing):
    dataset = make(2)
    filesystem, _ = fsspec.core.url_to_fs(settings.artifacts)
    move = type(filesystem).mv

    def full(self, path, target, **kwargs):
        if path.endswith(failing):
            raise OSError("no space left")
        move(self, path, target, **kwargs)

    monkeypatch.setattr(type(filesystem), "mv", full)
    with pytest.raises(OSError, match="no space left"):
        store.save(dataset, settings, "w1")
    assert not store.exists(dataset.fingerprint, settings)
    assert not [path for path in everything(settings) if path.startswith("partial")]
    monkeypatch.undo()
    store.save(dataset, settings, "w2")
    assert (store.load(dataset.fingerprint, settings).images == dataset.images).all()


def test_what_a_killed_writer_left_is_discarded_by_data_set(settings):
    filesystem, base = fsspec.core.url_to_fs(settings.artifacts)
    for folder in ("pets.dead", "pets-2.alive"):
        filesystem.makedirs(f"{base}/partial/{folder}", exist_ok=True)
        filesystem.pipe_file(f"{base}/partial/{folder}/images.npy", b"half")
    store.discard_partial("pets", settings)
    assert everything(settings) == ["partial/pets-2.alive/images.npy"]
    store.discard_partial("nothing", settings)


def test_a_dropped_data_set_is_gone_but_stays_with_those_who_have_it(settings):
    dataset = make(3)
    store.save(dataset, settings, "w1")
    mapped = store.load(dataset.fingerprint, settings)
    store.drop(dataset.fingerprint, settings)
    store.drop(dataset.fingerprint, settings)
    assert everything(settings) == []
    assert (mapped.images == dataset.images).all()
    store._load.cache_clear()
    with pytest.raises(FileNotFoundError):
        store.load(dataset.fingerprint, settings)


def test_an_upload_travels_to_another_machine(settings, tmp_path):
    path = tmp_path / "body.partial"
    path.write_bytes(b"an archive")
    store.take_upload(path, "pets", settings)
    assert not path.exists()
    (tmp_path / "other").mkdir()
    assert store.fetch_upload("pets", settings, tmp_path / "other").read_bytes() == b"an archive"
    store.drop_upload("pets", settings)
    store.drop_upload("pets", settings)
    assert everything(settings) == []
    with pytest.raises(FileNotFoundError):
        Path.read_bytes(store.fetch_upload("pets", settings, tmp_path / "other" / "none"))


def test_labels_are_kept_by_their_content(settings):
    labels = np.arange(5)
    for _ in "ab":
        store.save_column(store.Column.LABELS, "f" * 64, labels, settings)
    assert store.load_column(store.Column.LABELS, "f" * 64, settings).tolist() == labels.tolist()
    assert everything(settings) == [f"labels/{'f' * 64}.npy"]
