"""Uploads that are an npz: arrays of images and labels, checked by their headers before they are read."""

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO

import numpy as np
import numpy.typing as npt

from backend.datasets.archive import MAX_FILES, opened_file, refused
from backend.datasets.class_folders import check_pixels
from backend.datasets.inspection import MAX_SIDE
from backend.datasets.splits import MAX_CLASSES, MAX_NAME, check_names, check_split, stratified


@dataclass(frozen=True)
class Stored:
    """The arrays of an npz: labels (n,) and, for each row of `images` and `test_images`, its place of n."""

    shape: tuple[int, ...]
    places: tuple[npt.NDArray[np.int64], ...]
    labels: npt.NDArray[np.int64]
    classes: tuple[str, ...]
    n_train: int


@dataclass(frozen=True)
class Header:
    """What an npy file announces."""

    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype[np.generic]


def read_header(file: IO[bytes], name: str) -> Header:
    """Return the header of an npy file and leave it at its first number; InvalidError if it has none."""
    try:
        version = np.lib.format.read_magic(file)
        first = version == (1, 0)
        read = np.lib.format.read_array_header_1_0 if first else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = read(file)
    except Exception as error:  # it is parsed as Python, with whatever that may raise
        raise refused(f"{name}: is not a readable array ({error}).") from None
    if dtype.hasobject:
        raise refused(f"{name}: holds Python objects, which are not loaded; save a plain array.")
    if any(type(length) is not int or length < 0 for length in shape):
        raise refused(f"{name}: has the shape {shape}, which no array has.")
    return Header(shape, fortran, dtype)


def read_vector(file: IO[bytes], name: str, count: int) -> npt.NDArray[np.int64] | npt.NDArray[np.str_]:
    """Return the (count,) whole numbers or texts of an npy file; InvalidError if it holds anything else."""
    header = _vector_header(file, name, count)
    if header.dtype.kind not in "iuU":
        raise refused(f"{name}: must be whole numbers or text, not {header.dtype}.")
    if header.dtype.itemsize > 4 * MAX_NAME:
        raise refused(f"{name}: texts have at most {MAX_NAME} characters, not {header.dtype.itemsize // 4}.")
    data = read_exactly(file, name, count * header.dtype.itemsize)
    try:
        values = np.frombuffer(data, header.dtype)
        if header.dtype.kind == "U":
            return np.array(values.tolist(), np.str_).reshape(count)
    except (ValueError, SystemError) as error:  # numbers that are no characters
        raise refused(f"{name}: is not text ({error}).") from None
    if header.dtype.kind == "u" and count and values.max() > np.iinfo(np.int64).max:
        raise refused(f"{name}: {values.max()} is too large for a label.")
    return values.astype(np.int64)


def read_numbers(file: IO[bytes], name: str, count: int) -> npt.NDArray[np.float64]:
    """Return the (count,) numbers, NaN included, of an npy file; InvalidError if it holds anything else."""
    header = _vector_header(file, name, count)
    if header.dtype.kind not in "iuf":
        raise refused(f"{name}: must be numbers, not {header.dtype}.")
    data = read_exactly(file, name, count * header.dtype.itemsize)
    return np.frombuffer(data, header.dtype).astype(np.float64)


def _vector_header(file: IO[bytes], name: str, count: int) -> Header:
    header = read_header(file, name)
    if header.shape != (count,):
        raise refused(f"{name}: must be ({count},), one for each image, not {header.shape}.")
    return header


def find_array(names: Sequence[str], *alternatives: str) -> str:
    """Return the first of the alternatives that an npz of these files has; InvalidError if it has none."""
    found = next((name for name in alternatives if f"{name}.npy" in names), None)
    if found is None:
        listed = ", ".join(name.removesuffix(".npy")[:40] for name in names[:10]) or "nothing"
        raise refused(f"{alternatives[0]}: is missing; the npz has {listed}.")
    return found


def read_exactly(file: IO[bytes], name: str, size: int) -> bytes:
    """Return so many bytes of a file; InvalidError if it has fewer or cannot be unpacked."""
    try:
        data = file.read(size)
    except Exception as error:  # zlib, zipfile and the file system have one each
        raise refused(f"{name}: cannot be unpacked ({error}).") from None
    if len(data) < size:
        raise refused(f"{name}: announces {size:,} bytes and holds {len(data):,}.")
    return data


def list_arrays(archive: zipfile.ZipFile, test_fraction: float, seed: int) -> Stored:
    """Return what the arrays hold; InvalidError names the first that does not fit."""
    names = set(archive.namelist())
    for needed in ("images", "labels"):
        if f"{needed}.npy" not in names:
            raise refused(f"{needed}: is missing; an npz has `images` and `labels`, not {_listed(names)}.")
    given = "test_images.npy" in names
    if given != ("test_labels.npy" in names):
        raise refused("test_images and test_labels go together; one of them is missing.")
    shape = _image_shape(archive, "images")
    labels = _vector(archive, "labels", shape[0])
    if given:
        test_shape = _image_shape(archive, "test_images")
        if test_shape[1:] != shape[1:]:
            raise refused(f"test_images: are {test_shape[1:]} each, images are {shape[1:]}.")
        test_labels = _vector(archive, "test_labels", test_shape[0])
        if test_labels.dtype.kind != labels.dtype.kind:
            raise refused("test_labels: must be numbers like labels, or text like them.")
        labels = np.concatenate([labels, test_labels])
    check_pixels((len(labels), *shape[1:]))
    classes, indices = _named(archive, labels)
    test = np.arange(len(labels)) >= shape[0] if given else stratified(indices, test_fraction, seed)
    check_split(indices, test, classes)
    order = np.argsort(test, kind="stable")
    places = np.empty(len(order), np.int64)
    places[order] = np.arange(len(order))
    return Stored(
        shape=(len(labels), *shape[1:]),
        places=(places[: shape[0]], places[shape[0] :])[: 2 if given else 1],
        labels=indices[order],
        classes=classes,
        n_train=int((~test).sum()),
    )


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(name.removesuffix(".npy")[:40] for name in names)[:10])


def _image_shape(archive: zipfile.ZipFile, name: str) -> tuple[int, ...]:
    with opened_file(archive, f"{name}.npy") as file:
        header = read_header(file, name)
    shape = header.shape
    if header.dtype != np.uint8:
        raise refused(f"{name}: must be uint8, from 0 to 255, not {header.dtype}.")
    if len(shape) not in (3, 4) or (len(shape) == 4 and shape[3] not in (1, 3)):
        raise refused(f"{name}: must be (n, height, width) or (n, height, width, 3), not {shape}.")
    if header.fortran:
        raise refused(f"{name}: is in Fortran order; save np.ascontiguousarray({name}).")
    if min(shape) == 0 or max(shape[1:3]) > MAX_SIDE:
        raise refused(f"{name}: {shape} is empty or larger than {MAX_SIDE} pixels a side.")
    if shape[0] > MAX_FILES:
        raise refused(f"{name}: holds {shape[0]:,} images; at most {MAX_FILES:,} can be taken.")
    expected = int(np.prod(shape, dtype=object))
    if archive.getinfo(f"{name}.npy").file_size < expected:
        raise refused(f"{name}: announces {expected:,} bytes and holds fewer.")
    return shape[:3] if shape[3:] == (1,) else shape


def _vector(archive: zipfile.ZipFile, name: str, count: int) -> npt.NDArray[np.int64] | npt.NDArray[np.str_]:
    with opened_file(archive, f"{name}.npy") as file:
        return read_vector(file, name, count)


def _named(
    archive: zipfile.ZipFile, labels: npt.NDArray[np.int64] | npt.NDArray[np.str_]
) -> tuple[tuple[str, ...], npt.NDArray[np.int64]]:
    """Return names of the classes, and labels as their indices."""
    if "names.npy" not in archive.namelist():
        values, indices = np.unique(labels, return_inverse=True)
        classes = tuple(str(value) for value in values[: MAX_CLASSES + 1])
        check_names(classes)
        return classes, indices.astype(np.int64)
    with opened_file(archive, "names.npy") as file:
        header = read_header(file, "names")
    if len(header.shape) != 1 or header.dtype.kind != "U" or header.shape[0] > MAX_CLASSES:
        raise refused(
            f"names: must be at most {MAX_CLASSES:,} class names as text, not {header.dtype} {header.shape}."
        )
    names = tuple(str(name) for name in _vector(archive, "names", header.shape[0]))
    if labels.dtype.kind == "U" or len(set(names)) < len(names):
        raise refused("names: must be distinct, and labels their indices.")
    check_names(names)
    found = labels.astype(np.int64)
    outside = found[(found < 0) | (found >= len(names))]
    if len(outside):
        raise refused(f"labels: {outside[0]} is no index into the {len(names)} names.")
    return names, found


def image_rows(
    archive: zipfile.ZipFile, stored: Stored, most: int
) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]]:
    """Yield up to `most` images at a time, and their places; InvalidError if some are missing."""
    row = int(np.prod(stored.shape[1:]))
    for name, places in zip(("images", "test_images"), stored.places, strict=False):
        with opened_file(archive, f"{name}.npy") as file:
            read_header(file, name)
            for start in range(0, len(places), most):
                part = places[start : start + most]
                data = read_exactly(file, name, row * len(part))
                yield part, np.frombuffer(data, np.uint8).reshape(len(part), *stored.shape[1:])
