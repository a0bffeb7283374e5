"""Labels in an array, in whatever form: numbers, texts, bytes, true and false, a column, or one-hot."""

import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.datasets.archive import refused
from backend.datasets.npy import ArrayFile
from backend.datasets.splits import MAX_NAME

Values = npt.NDArray[np.int64] | npt.NDArray[np.str_]

_BYTES = 4  # of a character
_TWO = 2


@dataclass(frozen=True)
class Labels:
    """(n,) whole numbers or texts, and what was done to get them."""

    values: Values
    notes: tuple[str, ...] = ()


def read_labels(archive: zipfile.ZipFile, array: ArrayFile, count: int, what: str = "image") -> Labels:
    """Return the labels of so many pictures; InvalidError names the array and the row that is none.

    `what` is that of which there is one label for each.
    """
    name, shape = array.name, array.shape
    if len(shape) == _TWO and shape[0] == 1 and count > 1 and shape[1] == count:
        flat = ArrayFile(array.path, name, type(array.header)((count,), False, array.dtype))
        labels = read_labels(archive, flat, count, what)
        return Labels(
            labels.values, (f"{name}: one row of {count:,} was read as one for each.", *labels.notes)
        )
    if len(shape) not in (1, _TWO) or shape[0] != count or 0 in shape[1:]:
        raise refused(f"{name}: must be ({count},), one for each {what}, not {shape}.")
    if array.dtype.kind not in "iufbUS":
        raise refused(f"{name}: must be whole numbers or text, not {array.dtype}.")
    if len(shape) == _TWO and shape[1] > 1:
        return Labels(
            set_positions(array.parts(archive), name, shape[1]),
            (f"{name}: one of {shape[1]} was set in each row, which is its class.",),
        )
    if array.dtype.kind in "US" and array.dtype.itemsize > _BYTES * MAX_NAME:
        length = array.dtype.itemsize // (_BYTES if array.dtype.kind == "U" else 1)
        raise refused(f"{name}: texts have at most {MAX_NAME} characters, not {length}.")
    if array.dtype.itemsize == 0:
        raise refused(f"{name}: holds empty texts only.")
    parts = [part.reshape(len(part)) for part in array.parts(archive)]
    values = np.concatenate(parts) if parts else np.zeros(0, array.dtype)
    return plain_labels(values, name)


def plain_labels(values: npt.NDArray[np.generic], name: str) -> Labels:
    """Return (n,) labels of any type as whole numbers or texts."""
    kind = values.dtype.kind
    if kind == "U":
        return Labels(_texts(values, name))
    if kind == "S":
        return Labels(_texts(values, name), (f"{name}: bytes were read as text.",))
    if kind == "b":
        return Labels(np.where(values, "true", "false"), (f"{name}: true and false are the classes.",))
    if kind == "f":
        wrong = np.flatnonzero(~np.isfinite(values) | (values != np.rint(values)))
        if len(wrong):
            row = int(wrong[0])
            raise refused(
                f"{name}: row {row} is {values[row]}, and a class is a whole number or a text. Leave pictures"
                " without a class out."
                if not np.isfinite(values[row])
                else f"{name}: row {row} is {values[row]}, and a class is a whole number or a text, not a"
                " measured value."
            )
        if len(values) and np.abs(values).max() >= 2.0**53:
            raise refused(f"{name}: {np.abs(values).max()} is too large for a label.")
        return Labels(
            values.astype(np.int64), (f"{name}: {values.dtype} of whole values were read as whole numbers.",)
        )
    if kind == "u" and len(values) and values.max() > np.iinfo(np.int64).max:
        raise refused(f"{name}: {values.max()} is too large for a label.")
    return Labels(values.astype(np.int64))


def _texts(values: npt.NDArray[np.generic], name: str) -> npt.NDArray[np.str_]:
    try:
        listed = values.tolist()
        texts = [value.decode() for value in listed] if values.dtype.kind == "S" else listed
        return np.array(texts, np.str_).reshape(len(values))
    except (ValueError, SystemError) as error:  # numbers that are no characters, bytes that are no UTF-8
        raise refused(f"{name}: is not text ({error}).") from None


def set_positions(parts: Iterable[npt.NDArray[Any]], name: str, width: int) -> npt.NDArray[np.int64]:
    """Return which of so many columns is set in each row; InvalidError names the first without just one."""
    found, start = [], 0
    for part in parts:
        if part.dtype.kind not in "iufb":
            raise refused(
                f"{name}: has {width} texts in each row, and a picture has one class; save one column of it,"
                f" such as {name.rpartition('/')[2]}[:, 0]."
            )
        strange = ~np.isin(part, (0, 1)).all(axis=1)
        counts = np.where(strange, -1, (part == 1).sum(axis=1))
        wrong = np.flatnonzero(counts != 1)
        if len(wrong):
            row = part[wrong[0]]
            raise refused(_not_one(name, width, start + int(wrong[0]), row, int(counts[wrong[0]])))
        found.append(part.argmax(axis=1))
        start += len(part)
    return np.concatenate(found).astype(np.int64)


def _not_one(name: str, width: int, place: int, row: npt.NDArray[np.generic], count: int) -> str:
    short = name.rpartition("/")[2]
    if count > 1:
        return (
            f"{name}: row {place} has {count} of {width} classes at once, and a picture can have one here."
            " Save"
            f" one question of it, such as {short}[:, 0]."
        )
    if count == 0:
        return f"{name}: row {place} has none of {width} classes; leave such pictures out."
    shown = ", ".join(f"{value:.4g}" for value in row[:4].tolist()) + (", …" if width > 4 else "")
    return (
        f"{name}: has {width} values in each row, which are not one 1 among zeros: row {place} is"
        f" [{shown}]. Save"
        f" one label for each picture: {short}.argmax(axis=1) where they are probabilities, or a column"
        " such as"
        f" {short}[:, 0]."
    )
