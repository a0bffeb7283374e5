"""Files of labels to train on instead of a data set's own, such as noisy labels from people."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from backend.datasets import archive, csv_files
from backend.datasets.archive import refused
from backend.datasets.arrays import find_array, read_vector
from backend.datasets.csv_files import cell

_INTEGER_DIGITS = 18  # more than any index has, and few enough for int64


def read_labels(path: Path, classes: Sequence[str], count: int) -> npt.NDArray[np.int64]:
    """Return (count,) indices of classes from an npy, an npz with `labels`, or a csv with a column `label`.

    Labels are indices or names of classes, in the order of the training set. InvalidError says what is wrong.
    """
    return class_indices(_values(path, count), classes)


def class_indices(
    values: npt.NDArray[np.int64] | npt.NDArray[np.str_], classes: Sequence[str]
) -> npt.NDArray[np.int64]:
    """Return (n,) indices of classes from indices or names; InvalidError says which is neither."""
    if values.dtype.kind == "U":
        return _indices_of(values.tolist(), classes)
    return _checked(values.astype(np.int64), classes)


def _indices_of(values: Sequence[str], classes: Sequence[str]) -> npt.NDArray[np.int64]:
    """Names win over numbers, so that classes called 1 and 0 mean what they say."""
    index = {name: position for position, name in enumerate(classes)}
    found = set(values)
    if found <= index.keys():
        return np.array([index[value] for value in values], np.int64)
    strange = [value for value in found - index.keys() if not is_index(value)]
    if strange or found & index.keys():
        candidates = set(strange) or found - index.keys()
        unknown = next(value for value in values if value in candidates)
        raise refused(f"{unknown[:100]!r} is neither a class nor an index of one.")
    return _checked(np.array([int(value) for value in values], np.int64), classes)


def is_index(value: str) -> bool:
    """Return whether a text is a plain whole number that is not too large to be an index."""
    return value.isascii() and value.isdecimal() and len(value) <= _INTEGER_DIGITS


def _checked(values: npt.NDArray[np.int64], classes: Sequence[str]) -> npt.NDArray[np.int64]:
    outside = values[(values < 0) | (values >= len(classes))]
    if len(outside):
        raise refused(f"{outside[0]} is no index of the {len(classes)} classes.")
    return values


def _values(path: Path, count: int) -> npt.NDArray[np.int64] | npt.NDArray[np.str_]:
    with path.open("rb") as file:
        start = file.read(6)
        file.seek(0)
        if start.startswith(b"\x93NUMPY"):
            return read_vector(file, "labels", count)
    if start.startswith(b"PK"):
        with archive.opened(path) as opened:
            name = find_array([info.filename for info in archive.files(opened)], "labels")
            with archive.opened_file(opened, f"{name}.npy") as member:
                return read_vector(member, name, count)
    return _column(path, count)


def _column(path: Path, count: int) -> npt.NDArray[np.str_]:
    with csv_files.opened(path) as reader:
        if "label" not in (reader.fieldnames or ()):
            raise refused("The file is no npy, no npz, and no csv with a column `label` in its header.")
        # One more than needed says that there are too many, however many there are.
        labels = [cell(row, "label") for row in islice(reader, count + 1)]
    if len(labels) != count:
        number = f"{len(labels):,}" if len(labels) < count else f"more than {count:,}"
        raise refused(f"The column `label` has {number} rows, needed are {count:,}, one per training image.")
    return np.array(labels, np.str_)
