"""Checks of an uploaded archive before anything in it is decoded: what it holds, and that it does no harm."""

import io
import re
import stat
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from backend.core.errors import FieldError, InvalidError
from backend.statistics.seeds import Purpose, generator

MAX_FILES = 2_000_000
MAX_UNPACKED = 32 * 2**30  # bytes
MAX_IMAGE_FILE = 64 * 2**20  # bytes
MAX_RATIO = 200  # of an image's bytes unpacked to packed; real images barely shrink
SMALL_FILE = 2**20  # below, a ratio means nothing
MAX_SIDE = 1024  # pixels
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM")
GRAY_MODES = frozenset({"1", "L", "LA", "La", "I", "I;16", "F"})
MIN_CLASS = 2  # training examples

_HIDDEN = re.compile(r"(^|/)(__MACOSX/|\.|Thumbs\.db$|desktop\.ini$)")
_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True)
class Listed:
    """The files of an archive of class folders, training images first: paths and labels (n,)."""

    paths: tuple[str, ...]
    names: tuple[str, ...]
    labels: npt.NDArray[np.int64]
    classes: tuple[str, ...]
    n_train: int
    shape: tuple[int, ...]  # of all images, if the others are like the first


@dataclass(frozen=True)
class Stored:
    """The arrays of an npz: labels (n,) and, for each row of `images` and `test_images`, its place of n."""

    shape: tuple[int, ...]
    places: tuple[npt.NDArray[np.int64], ...]
    labels: npt.NDArray[np.int64]
    classes: tuple[str, ...]
    n_train: int


def refused(detail: str) -> InvalidError:
    """Return the error that refuses an upload."""
    return InvalidError(detail, (FieldError("/file", detail),))


def examine(path: Path, test_fraction: float, seed: int) -> Listed | Stored:
    """Return what an uploaded zip or npz holds; InvalidError names the first thing that is wrong with it.

    Where there is no test part, that fraction of each class becomes one, drawn by the seed.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
            _check(infos)
            if {"images.npy", "labels.npy"} <= {info.filename for info in infos}:
                return _arrays(archive, test_fraction, seed)
            return _folders(archive, infos, test_fraction, seed)
    except (zipfile.BadZipFile, EOFError) as error:
        raise refused(f"The file is not a readable zip or npz archive: {error}.") from None


def _check(infos: Sequence[zipfile.ZipInfo]) -> None:
    if len(infos) > MAX_FILES:
        raise refused(f"The archive holds {len(infos):,} files, at most {MAX_FILES:,} can be taken.")
    unpacked = sum(info.file_size for info in infos)
    if unpacked > MAX_UNPACKED:
        raise refused(
            f"The archive unpacks to {unpacked / 2**30:,.1f} GiB, at most {MAX_UNPACKED >> 30} can be taken."
        )
    seen: set[str] = set()
    for info in infos:
        name = info.filename
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\\" in name or re.match(r"[A-Za-z]:", name):
            raise refused(f"{name!r} points out of the archive.")
        if stat.S_ISLNK(info.external_attr >> 16):
            raise refused(f"{name!r} is a link; put the file itself into the archive.")
        if info.flag_bits & 1:
            raise refused(f"{name!r} is encrypted; make the archive without a password.")
        if name in seen:
            raise refused(f"{name!r} is in the archive twice.")
        seen.add(name)


def _folders(
    archive: zipfile.ZipFile, infos: Sequence[zipfile.ZipInfo], test_fraction: float, seed: int
) -> Listed:
    files = [info for info in infos if not _HIDDEN.search(info.filename)]
    for info in files:
        large = info.file_size > SMALL_FILE and info.file_size > MAX_RATIO * max(info.compress_size, 1)
        if large or info.file_size > MAX_IMAGE_FILE:
            raise refused(
                f"{info.filename!r} unpacks to {info.file_size:,} bytes, which no image here needs."
            )
    paths = [info.filename for info in files]
    parts = [PurePosixPath(path).parts for path in paths]
    while parts and len({part[0] for part in parts}) == 1 and all(len(part) > 2 for part in parts):
        parts = [part[1:] for part in parts]  # one folder around everything
    split = {part[0] for part in parts} == {"train", "test"}
    depth = 3 if split or {part[0] for part in parts} == {"train"} else 2
    for path, part in zip(paths, parts, strict=True):
        if len(part) != depth:
            raise refused(
                f"{path!r} does not lie in a class folder; folders are train/<class>/ and test/<class>/, or"
                " <class>/ alone."
            )
    order = sorted(range(len(parts)), key=lambda i: (parts[i][0] != "train", _natural("/".join(parts[i]))))
    classes = tuple(sorted({part[-2] for part in parts}, key=_natural))
    index = {name: position for position, name in enumerate(classes)}
    labels = np.array([index[parts[i][-2]] for i in order], np.int64)
    if split:
        test = np.array([parts[i][0] == "test" for i in order])
    else:
        test = stratified(labels, test_fraction, seed)
    _check_classes(labels, test, classes)
    order = [order[i] for i in np.argsort(test, kind="stable")]
    first = open_image(archive, paths[order[0]])
    size = (len(order), *first.size[::-1])
    return Listed(
        paths=tuple(paths[i] for i in order),
        names=tuple("/".join(parts[i]) for i in order),
        labels=labels[np.argsort(test, kind="stable")],
        classes=classes,
        n_train=int((~test).sum()),
        shape=size if first.mode in GRAY_MODES else (*size, 3),
    )


def _natural(name: str) -> list[tuple[int, str]]:
    """Sort key that puts 10 behind 9."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in _DIGITS.split(name)]


def open_image(archive: zipfile.ZipFile, path: str) -> Image.Image:
    """Open one image without decoding it; InvalidError if it is none or too large."""
    try:
        image = Image.open(io.BytesIO(archive.read(path)), formats=FORMATS)
    except UnidentifiedImageError:
        raise refused(f"{path!r} is not an image; images are {', '.join(FORMATS)}.") from None
    except (OSError, ValueError, SyntaxError, zipfile.BadZipFile, Image.DecompressionBombError) as error:
        raise refused(f"{path!r} cannot be read: {error}.") from None
    if max(image.size) > MAX_SIDE:
        width, height = image.size
        raise refused(f"{path!r} is {width} x {height} pixels, at most {MAX_SIDE} a side can be used.")
    return image


def stratified(labels: npt.NDArray[np.int64], fraction: float, seed: int) -> npt.NDArray[np.bool_]:
    """Return (n,) which examples become the test part: that fraction of each class, at least one."""
    test = np.zeros(len(labels), np.bool_)
    order = generator(seed, Purpose.SPLIT).permutation(len(labels))
    for label in np.unique(labels):
        of_class = order[labels[order] == label]
        test[of_class[: max(round(fraction * len(of_class)), 1)]] = True
    return test


def _check_classes(
    labels: npt.NDArray[np.int64], test: npt.NDArray[np.bool_], classes: Sequence[str]
) -> None:
    if len(classes) < 2:
        raise (
            refused(f"There is one class, {classes[0]!r}, only; a classifier needs two.")
            if classes
            else refused("The archive holds no images.")
        )
    counts = np.bincount(labels[~test], minlength=len(classes))
    if counts.min() < MIN_CLASS:
        name = classes[int(counts.argmin())]
        raise refused(f"Class {name!r} has {counts.min()} training images, it needs {MIN_CLASS} at least.")


def read_header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[np.generic]]:
    """Return (shape, whether in Fortran order, type) of an npy file and leave it at its first number."""
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = read(file)
    return shape, fortran, dtype


def _arrays(archive: zipfile.ZipFile, test_fraction: float, seed: int) -> Stored:
    shape = _image_shape(archive, "images")
    labels = _labels(archive, "labels", shape[0])
    given = "test_images.npy" in archive.namelist()
    if given != ("test_labels.npy" in archive.namelist()):
        raise refused("test_images and test_labels go together; one of them is missing.")
    test_shape = (0, *shape[1:])
    if given:
        test_shape = _image_shape(archive, "test_images")
        if test_shape[1:] != shape[1:]:
            raise refused(f"test_images are {test_shape[1:]} each, images are {shape[1:]}.")
        labels = np.concatenate([labels, _labels(archive, "test_labels", test_shape[0])])
    classes, indices = _named(archive, labels)
    test = np.arange(len(labels)) >= shape[0] if given else stratified(indices, test_fraction, seed)
    _check_classes(indices, test, classes)
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


def _member(archive: zipfile.ZipFile, name: str) -> tuple[tuple[int, ...], np.dtype[np.generic]]:
    try:
        with archive.open(f"{name}.npy") as file:
            shape, fortran, dtype = read_header(file)
    except ValueError as error:
        raise refused(f"{name}: is not a readable array ({error}).") from None
    if dtype.hasobject:
        raise refused(f"{name}: holds Python objects, which are not loaded; save a plain array.")
    if fortran and len(shape) > 1:
        raise refused(f"{name}: is in Fortran order; save np.ascontiguousarray({name}).")
    return shape, dtype


def _image_shape(archive: zipfile.ZipFile, name: str) -> tuple[int, ...]:
    shape, dtype = _member(archive, name)
    if dtype != np.uint8:
        raise refused(f"{name}: must be uint8, from 0 to 255, not {dtype}.")
    if len(shape) not in (3, 4) or (len(shape) == 4 and shape[3] not in (1, 3)):
        raise refused(f"{name}: must be (n, height, width) or (n, height, width, 3), not {shape}.")
    if shape[0] == 0 or min(shape[1:3]) == 0 or max(shape[1:3]) > MAX_SIDE:
        raise refused(f"{name}: {shape} is empty or larger than {MAX_SIDE} pixels a side.")
    expected = int(np.prod(shape, dtype=object))
    if archive.getinfo(f"{name}.npy").file_size < expected:
        raise refused(f"{name}: announces {expected:,} bytes and holds fewer.")
    return shape[:3] if shape[3:] == (1,) else shape


def _labels(archive: zipfile.ZipFile, name: str, count: int) -> npt.NDArray[np.generic]:
    shape, dtype = _member(archive, name)
    if shape != (count,):
        raise refused(f"{name}: must be ({count},), one for each image, not {shape}.")
    if dtype.kind not in "iuU":
        raise refused(f"{name}: must be whole numbers or text, not {dtype}.")
    with archive.open(f"{name}.npy") as file:
        labels: npt.NDArray[np.generic] = np.lib.format.read_array(file, allow_pickle=False)
    return labels


def _named(
    archive: zipfile.ZipFile, labels: npt.NDArray[np.generic]
) -> tuple[tuple[str, ...], npt.NDArray[np.int64]]:
    """Return names of the classes, and labels as their indices."""
    if "names.npy" not in archive.namelist():
        values, indices = np.unique(labels, return_inverse=True)
        return tuple(str(value) for value in values), indices.astype(np.int64)
    shape, dtype = _member(archive, "names")
    if len(shape) != 1 or dtype.kind != "U" or shape[0] > MAX_FILES:
        raise refused(f"names: must be a list of class names, not {dtype} {shape}.")
    with archive.open("names.npy") as file:
        names = tuple(np.lib.format.read_array(file, allow_pickle=False).tolist())
    if labels.dtype.kind == "U" or len(set(names)) < len(names):
        raise refused("names: must be distinct, and labels their indices.")
    outside = labels[(labels.astype(np.int64) < 0) | (labels.astype(np.int64) >= len(names))]
    if len(outside):
        raise refused(f"labels: {outside[0]} is no index into the {len(names)} names.")
    return names, labels.astype(np.int64)


def image_members(stored: Stored) -> Iterator[tuple[str, npt.NDArray[np.int64]]]:
    """Yield the member and the places of its rows, for each array of images."""
    yield from zip(("images.npy", "test_images.npy"), stored.places, strict=False)
