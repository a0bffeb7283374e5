"""Data sets in the artifact store: written once under their fingerprint, read by web and workers."""

import io
import json
import uuid
from functools import lru_cache

import fsspec
import numpy as np

from backend.datasets.base import Dataset


def save(dataset: Dataset, root: str) -> None:
    """Write a data set below the fsspec URL `root`, unless one of the same content is there."""
    filesystem, base = fsspec.core.url_to_fs(root)
    folder = f"{base}/datasets"
    path = f"{folder}/{dataset.fingerprint}.npz"
    if filesystem.exists(path):
        return
    header = {
        "id": dataset.id,
        "classes": dataset.classes,
        "names": dataset.names,
        "n_train": dataset.n_train,
    }
    buffer = io.BytesIO()
    np.savez(
        buffer,
        header=np.frombuffer(json.dumps(header).encode(), np.uint8),
        images=dataset.images,
        labels=dataset.labels,
    )
    filesystem.makedirs(folder, exist_ok=True)
    partial = f"{path}.{uuid.uuid4().hex}.partial"  # renamed when whole, so no reader sees half a file
    filesystem.pipe_file(partial, buffer.getvalue())
    filesystem.mv(partial, path)


@lru_cache(maxsize=4)
def load(fingerprint: str, root: str) -> Dataset:
    """Read the data set of that content; FileNotFoundError if the store does not have it."""
    filesystem, base = fsspec.core.url_to_fs(root)
    with np.load(io.BytesIO(filesystem.cat_file(f"{base}/datasets/{fingerprint}.npz"))) as npz:
        header = json.loads(npz["header"].tobytes())
        return Dataset(
            id=header["id"],
            images=npz["images"],
            labels=npz["labels"],
            classes=tuple(header["classes"]),
            names=tuple(header["names"]),
            n_train=header["n_train"],
        )
