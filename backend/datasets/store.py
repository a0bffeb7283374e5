"""The artifact store: data sets and label files by content, under one fsspec URL that all machines reach.

A data set is a folder of two arrays and a header, written last: without it the folder is not a data set. The
arrays are memory-mapped, from the store itself where it is a local folder, else from a copy of this machine.
"""

import json
import shutil
import uuid
from functools import lru_cache
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import numpy.typing as npt

from backend.core.settings import Settings
from backend.datasets.base import Dataset

_IMAGES = "images.npy"
_LABELS = "labels.npy"
_HEADER = "header.json"


def save(dataset: Dataset, settings: Settings) -> None:
    """Write a data set under its fingerprint, unless it is there; images are read a part at a time."""
    filesystem, base = fsspec.core.url_to_fs(settings.artifacts)
    folder = f"{base}/datasets/{dataset.fingerprint}"
    if filesystem.exists(f"{folder}/{_HEADER}"):
        return
    filesystem.makedirs(folder, exist_ok=True)
    _write_array(filesystem, f"{folder}/{_IMAGES}", dataset.images)
    _write_array(filesystem, f"{folder}/{_LABELS}", dataset.labels)
    header = {
        "id": dataset.id,
        "classes": dataset.classes,
        "names": dataset.names,
        "n_train": dataset.n_train,
    }
    _replace(filesystem, f"{folder}/{_HEADER}", json.dumps(header).encode())


def exists(fingerprint: str, settings: Settings) -> bool:
    """Return whether the store has the data set of that content."""
    filesystem, base = fsspec.core.url_to_fs(settings.artifacts)
    return bool(filesystem.exists(f"{base}/datasets/{fingerprint}/{_HEADER}"))


def load(fingerprint: str, settings: Settings) -> Dataset:
    """Read the data set of that content; FileNotFoundError if the store does not have it."""
    return _load(fingerprint, settings.artifacts, settings.cache)


@lru_cache(maxsize=8)
def _load(fingerprint: str, root: str, cache: Path) -> Dataset:
    folder = _local(f"datasets/{fingerprint}", root, cache)
    header = json.loads((folder / _HEADER).read_bytes())
    images = np.load(folder / _IMAGES, mmap_mode="r")
    return Dataset(
        id=header["id"],
        images=images,
        labels=np.load(folder / _LABELS),
        classes=tuple(header["classes"]),
        names=tuple(header["names"]),
        n_train=header["n_train"],
    )


def save_labels(fingerprint: str, labels: npt.NDArray[np.int64], settings: Settings) -> None:
    """Write a label file under the fingerprint of its content."""
    filesystem, base = fsspec.core.url_to_fs(settings.artifacts)
    filesystem.makedirs(f"{base}/labels", exist_ok=True)
    _write_array(filesystem, f"{base}/labels/{fingerprint}.npy", labels)


@lru_cache(maxsize=8)
def load_labels(fingerprint: str, settings: Settings) -> npt.NDArray[np.int64]:
    """Read a label file, (n_train,) indices of classes."""
    filesystem, base = fsspec.core.url_to_fs(settings.artifacts)
    with filesystem.open(f"{base}/labels/{fingerprint}.npy", "rb") as file:
        labels: npt.NDArray[np.int64] = np.load(file)
    return labels


def take_upload(path: Path, name: str, settings: Settings) -> None:
    """Move a checked upload from this machine into the store, where a worker finds it."""
    filesystem, base = fsspec.core.url_to_fs(settings.artifacts)
    filesystem.makedirs(f"{base}/uploads", exist_ok=True)
    if _is_local(filesystem):
        shutil.move(path, f"{base}/uploads/{name}")
    else:
        filesystem.put_file(str(path), f"{base}/uploads/{name}")
        path.unlink()


def fetch_upload(name: str, settings: Settings) -> Path:
    """Return an upload as a file of this machine; FileNotFoundError if it is gone."""
    return _local(f"uploads/{name}", settings.artifacts, settings.cache)


def drop_upload(name: str, settings: Settings) -> None:
    """Delete an upload that is no longer needed."""
    filesystem, base = fsspec.core.url_to_fs(settings.artifacts)
    if filesystem.exists(f"{base}/uploads/{name}"):
        filesystem.rm_file(f"{base}/uploads/{name}")
    (settings.cache / "uploads" / name).unlink(missing_ok=True)


def drop(fingerprint: str, settings: Settings) -> None:
    """Delete a data set."""
    filesystem, base = fsspec.core.url_to_fs(settings.artifacts)
    if filesystem.exists(f"{base}/datasets/{fingerprint}"):
        filesystem.rm(f"{base}/datasets/{fingerprint}", recursive=True)


def _is_local(filesystem: fsspec.AbstractFileSystem) -> bool:
    return "file" in filesystem.protocol


def _local(path: str, root: str, cache: Path) -> Path:
    """Return a file or folder of the store on this machine, copied into the cache if it is elsewhere."""
    filesystem, base = fsspec.core.url_to_fs(root)
    if _is_local(filesystem):
        return Path(f"{base}/{path}")
    target = cache / path
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f"{target.name}.{uuid.uuid4().hex}.partial")
        filesystem.get(f"{base}/{path}", str(partial), recursive=filesystem.isdir(f"{base}/{path}"))
        partial.replace(target)
    return target


def _write_array(filesystem: fsspec.AbstractFileSystem, path: str, array: npt.NDArray[Any]) -> None:
    partial = f"{path}.{uuid.uuid4().hex}.partial"
    with filesystem.open(partial, "wb") as file:
        np.lib.format.write_array(file, array, allow_pickle=False)
    filesystem.mv(partial, path)


def _replace(filesystem: fsspec.AbstractFileSystem, path: str, data: bytes) -> None:
    partial = f"{path}.{uuid.uuid4().hex}.partial"  # renamed when whole, so no reader sees half a file
    filesystem.pipe_file(partial, data)
    filesystem.mv(partial, path)
