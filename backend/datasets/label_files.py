"""Files of labels to train on instead of a data set's own, such as noisy labels from people."""

import csv
import hashlib
import io
import zipfile
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from backend.datasets.archive import refused


def read_labels(data: bytes, classes: Sequence[str], count: int) -> npt.NDArray[np.int64]:
    """Return (count,) indices of classes from an npy, an npz with `labels`, or a csv with a column `label`.

    Labels are indices or names of classes, in the order of the training set. InvalidError says what is wrong.
    """
    values = _values(data)
    if values.shape != (count,):
        raise refused(
            f"There are labels of shape {values.shape}, needed are ({count},), one per training image."
        )
    if values.dtype.kind in "iu":
        return _indices(values.astype(np.int64), classes)
    if values.dtype.kind != "U":
        raise refused(f"Labels must be whole numbers or names of classes, not {values.dtype}.")
    if set(values.tolist()) <= set(classes):
        index = {name: position for position, name in enumerate(classes)}
        return np.array([index[name] for name in values.tolist()], np.int64)
    try:
        return _indices(values.astype(np.int64), classes)
    except ValueError:
        unknown = next(name for name in values.tolist() if name not in classes)
        raise refused(f"{unknown[:100]!r} is neither a class nor an index of one.") from None


def label_fingerprint(labels: npt.NDArray[np.int64]) -> str:
    """Return the SHA-256 of a label file's content."""
    return hashlib.sha256(np.ascontiguousarray(labels, np.int64).tobytes()).hexdigest()


def _indices(values: npt.NDArray[np.int64], classes: Sequence[str]) -> npt.NDArray[np.int64]:
    outside = values[(values < 0) | (values >= len(classes))]
    if len(outside):
        raise refused(f"{outside[0]} is no index of the {len(classes)} classes.")
    return values


def _values(data: bytes) -> npt.NDArray[np.generic]:
    try:
        if data.startswith(b"\x93NUMPY"):
            loaded: npt.NDArray[np.generic] = np.load(io.BytesIO(data), allow_pickle=False)
            return loaded
        if data.startswith(b"PK"):
            with np.load(io.BytesIO(data), allow_pickle=False) as npz:
                if "labels" not in npz.files:
                    raise refused(f"The npz has no array `labels`, but {', '.join(npz.files) or 'nothing'}.")
                found: npt.NDArray[np.generic] = npz["labels"]
            return found
        rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    except (ValueError, EOFError, OSError, zipfile.BadZipFile, csv.Error) as error:
        raise refused(f"The file is no npy, npz or csv that can be read: {error}.") from None
    if not rows or "label" not in rows[0]:
        raise refused("The csv needs a header with a column `label`, and a row for each training image.")
    return np.array([(row["label"] or "").strip() for row in rows], np.str_)
