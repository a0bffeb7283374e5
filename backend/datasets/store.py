"""The artifact store: data sets and columns by content, under one fsspec URL that all machines reach.

A data set is a folder of two arrays and a header, which comes last: without it the folder is not a data set.
A column is a file of one number per training image: labels to train on, or published scores. A matrix that
somebody brought is a file of its known entries.
What is still being written lies in `partial/`, named after the data set and whoever writes it. Arrays are
memory-mapped, from the store itself where it is a local folder, else from a copy of this machine.
"""

import json
import shutil
import uuid
from collections import Counter
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import numpy.typing as npt

from backend.core.settings import Settings
from backend.datasets.base import Dataset
from backend.datasets.mapped import slices

_IMAGES = "images.npy"
_LABELS = "labels.npy"
_HEADER = "header.json"


class Column(StrEnum):
    """Kinds of columns, each with a folder of its own."""

    LABELS = "labels"
    PUBLISHED = "published"
    MATRICES = "matrices"


def save(dataset: Dataset, settings: Settings, writer: str) -> None:
    """Write a data set under its fingerprint, unless it is there; images are read a part at a time.

    `writer` tells apart those that write the same data set at the same time.
    """
    filesystem, base = fsspec.core.url_to_fs(settings.artifacts)
    folder = f"{base}/datasets/{dataset.fingerprint}"
    if filesystem.exists(f"{folder}/{_HEADER}"):
        return
    header = {
        "id": dataset.id,
        "classes": dataset.classes,
        "names": dataset.names,
        "n_train": dataset.n_train,
        "archived": dataset.archived,
    }
    partial = f"{base}/partial/{dataset.id}.{writer}"
    filesystem.makedirs(partial, exist_ok=True)
    try:
        _write_array(filesystem, f"{partial}/{_IMAGES}", dataset.images)
        _write_array(filesystem, f"{partial}/{_LABELS}", dataset.labels)
        filesystem.pipe_file(f"{partial}/{_HEADER}", json.dumps(header).encode())
        filesystem.makedirs(folder, exist_ok=True)
        for name in (_IMAGES, _LABELS, _HEADER):
            filesystem.mv(f"{partial}/{name}", f"{folder}/{name}")
    finally:
        if filesystem.exists(partial):
            filesystem.rm(partial, recursive=True)


def exists(fingerprint: str, settings: Settings) -> bool:
    """Return whether the store has the data set of that content."""
    filesystem, base = fsspec.core.url_to_fs(settings.artifacts)
    return bool(filesystem.exists(f"{base}/datasets/{fingerprint}/{_HEADER}"))


def load(fingerprint: str, settings: Settings) -> Dataset:
    """Read the data set of that content; FileNotFoundError if the store does not have it."""
    return _load(fingerprint, settings.artifacts, settings.cache)


@lru_cache(maxsize=8)
def _load(fingerprint: str, root: str, cache: Path) -> Dataset:
    folder = _local(f"datasets/{fingerprint}", (_IMAGES, _LABELS, _HEADER), root, cache)
    header = json.loads((folder / _HEADER).read_bytes())
    images = np.load(folder / _IMAGES, mmap_mode="r")
    return Dataset(
        id=header["id"],
        images=images,
        labels=np.load(folder / _LABELS),
        classes=tuple(header["classes"]),
        names=tuple(header["names"]),
        n_train=header["n_train"],
        archived=None if header.get("archived") is None else tuple(header["archived"]),
    )


def sizes(settings: Settings) -> dict[str, int]:
    """Return the bytes of each data set, by `datasets/` and its fingerprint, and of each other file."""
    filesystem, base = fsspec.core.url_to_fs(settings.artifacts)
    found: Counter[str] = Counter()
    for path, info in filesystem.find(base, detail=True).items():
        place = path.removeprefix(base).strip("/")
        found["/".join(place.split("/")[:2])] += int(info["size"] or 0)
    return found


def drop(fingerprint: str, settings: Settings) -> None:
    """Delete a data set; who has it open keeps it."""
    filesystem, base = fsspec.core.url_to_fs(settings.artifacts)
    folder = f"{base}/datasets/{fingerprint}"
    if filesystem.exists(f"{folder}/{_HEADER}"):
        filesystem.rm_file(f"{folder}/{_HEADER}")
    if filesystem.exists(folder):
        filesystem.rm(folder, recursive=True)
    shutil.rmtree(settings.cache / "datasets" / fingerprint, ignore_errors=True)


def discard_partial(dataset_id: str, settings: Settings) -> None:
    """Delete what broken preparations of a data set have left."""
    filesystem, base = fsspec.core.url_to_fs(settings.artifacts)
    for folder in filesystem.glob(f"{base}/partial/{dataset_id}.*"):
        filesystem.rm(folder, recursive=True)


def save_column(kind: Column, fingerprint: str, values: npt.NDArray[Any], settings: Settings) -> None:
    """Write a column (n_train,), or entries (observed, 3), under the fingerprint of its content."""
    filesystem, base = fsspec.core.url_to_fs(settings.artifacts)
    path = f"{base}/{kind}/{fingerprint}.npy"
    if filesystem.exists(path):
        return
    filesystem.makedirs(f"{base}/{kind}", exist_ok=True)
    partial = f"{path}.{uuid.uuid4().hex}.partial"  # renamed when whole, so no reader sees half a file
    _write_array(filesystem, partial, values)
    filesystem.mv(partial, path)


@lru_cache(maxsize=8)
def load_column(kind: Column, fingerprint: str, settings: Settings) -> npt.NDArray[Any]:
    """Read a column, of the shape and type it was written in."""
    filesystem, base = fsspec.core.url_to_fs(settings.artifacts)
    with filesystem.open(f"{base}/{kind}/{fingerprint}.npy", "rb") as file:
        values: npt.NDArray[Any] = np.load(file)
    return values


def drop_column(kind: Column, fingerprint: str, settings: Settings) -> None:
    """Delete a column."""
    filesystem, base = fsspec.core.url_to_fs(settings.artifacts)
    if filesystem.exists(f"{base}/{kind}/{fingerprint}.npy"):
        filesystem.rm_file(f"{base}/{kind}/{fingerprint}.npy")


def take_upload(path: Path, dataset_id: str, settings: Settings) -> None:
    """Move a checked upload from this machine into the store, where a worker finds it."""
    filesystem, base = fsspec.core.url_to_fs(settings.artifacts)
    filesystem.makedirs(f"{base}/uploads", exist_ok=True)
    if _is_local(filesystem):
        shutil.move(path, f"{base}/uploads/{dataset_id}")
    else:
        filesystem.put_file(str(path), f"{base}/uploads/{dataset_id}")
        path.unlink()


def fetch_upload(dataset_id: str, settings: Settings, folder: Path) -> Path:
    """Return an upload as a file of this machine, copied into `folder` if the store is elsewhere."""
    filesystem, base = fsspec.core.url_to_fs(settings.artifacts)
    if _is_local(filesystem):
        return Path(f"{base}/uploads/{dataset_id}")
    target = folder / "upload"
    filesystem.get_file(f"{base}/uploads/{dataset_id}", str(target))
    return target


def drop_upload(dataset_id: str, settings: Settings) -> None:
    """Delete an upload that is no longer needed."""
    filesystem, base = fsspec.core.url_to_fs(settings.artifacts)
    if filesystem.exists(f"{base}/uploads/{dataset_id}"):
        filesystem.rm_file(f"{base}/uploads/{dataset_id}")


def _is_local(filesystem: fsspec.AbstractFileSystem) -> bool:
    return "file" in filesystem.protocol


def _local(path: str, names: tuple[str, ...], root: str, cache: Path) -> Path:
    """Return a folder of the store on this machine, its files copied into the cache if it is elsewhere."""
    filesystem, base = fsspec.core.url_to_fs(root)
    if _is_local(filesystem):
        return Path(f"{base}/{path}")
    target = cache / path
    if target.exists():
        return target
    partial = target.with_name(f"{target.name}.{uuid.uuid4().hex}.partial")
    partial.mkdir(parents=True)
    try:
        for name in names:
            filesystem.get_file(f"{base}/{path}/{name}", str(partial / name))
        partial.replace(target)
    except OSError:
        if not target.exists():  # else another thread or process was quicker
            raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return target


def _write_array(filesystem: fsspec.AbstractFileSystem, path: str, array: npt.NDArray[Any]) -> None:
    array = np.ascontiguousarray(array)
    with filesystem.open(path, "wb") as file:
        np.lib.format.write_array_header_1_0(file, np.lib.format.header_data_from_array_1_0(array))
        for part in slices(array):
            file.write(part.tobytes())
