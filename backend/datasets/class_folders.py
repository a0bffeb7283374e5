"""Uploads that are images in folders, one folder for each class."""

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from backend.datasets.archive import MAX_UNPACKED, read_file, refused
from backend.datasets.splits import check_names, check_split, stratified

MAX_IMAGE_FILE = 64 * 2**20  # bytes
MAX_RATIO = 200  # of an image's bytes unpacked to packed; real images barely shrink
SMALL_FILE = 2**20  # below, a ratio means nothing
MAX_SIDE = 1024  # pixels
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM")
GRAY_MODES = frozenset({"1", "L", "LA", "La"})

_HIDDEN = re.compile(r"(^|/)(__MACOSX/|\.(?!/)|Thumbs\.db$|desktop\.ini$)")
_NUMBER = re.compile(r"([0-9]+)")


@dataclass(frozen=True)
class Listed:
    """The files of an archive of class folders, training images first: paths and labels (n,).

    archived: n places of the files in the archive's own order.
    """

    paths: tuple[str, ...]
    names: tuple[str, ...]
    labels: npt.NDArray[np.int64]
    classes: tuple[str, ...]
    n_train: int
    shape: tuple[int, ...]  # of all images, if the others are like the first
    archived: tuple[int, ...]


def list_folders(
    archive: zipfile.ZipFile, infos: Sequence[zipfile.ZipInfo], test_fraction: float, seed: int
) -> Listed:
    """Return what the folders hold; InvalidError names the first file that has no place there."""
    files = [info for info in infos if not _HIDDEN.search(info.filename)]
    for info in files:
        _check_size(info)
    paths = [info.filename for info in files]
    parts, split = _placed(paths)
    order = sorted(range(len(parts)), key=lambda i: (parts[i][0] != "train", _natural("/".join(parts[i]))))
    classes = tuple(sorted({part[-2] for part in parts}, key=_natural))
    check_names(classes)
    index = {name: position for position, name in enumerate(classes)}
    labels = np.array([index[parts[i][-2]] for i in order], np.int64)
    if split:
        test = np.array([parts[i][0] == "test" for i in order])
    else:
        test = stratified(labels, test_fraction, seed)
    check_split(labels, test, classes)
    train_first = np.argsort(test, kind="stable")
    order = [order[i] for i in train_first]
    first = open_image(archive, paths[order[0]])
    size = (len(order), *first.size[::-1])
    check_pixels(size)
    return Listed(
        paths=tuple(paths[i] for i in order),
        names=tuple("/".join(parts[i]) for i in order),
        labels=labels[train_first],
        classes=classes,
        n_train=int((~test).sum()),
        shape=size if first.mode in GRAY_MODES else (*size, 3),
        archived=tuple(order),
    )


def _check_size(info: zipfile.ZipInfo) -> None:
    large = info.file_size > SMALL_FILE and info.file_size > MAX_RATIO * max(info.compress_size, 1)
    if large or info.file_size > MAX_IMAGE_FILE:
        raise refused(f"{info.filename!r} unpacks to {info.file_size:,} bytes, which no image here needs.")


def _placed(paths: Sequence[str]) -> tuple[list[tuple[str, ...]], bool]:
    """Return each file's [part,] class and name, and whether the archive tells training from test images."""
    parts = [PurePosixPath(path).parts for path in paths]
    while parts and len({part[0] for part in parts}) == 1 and all(len(part) > 2 for part in parts):
        parts = [part[1:] for part in parts]  # one folder around everything
    split = {"train", "test"} <= {part[0] for part in parts}
    for path, part in zip(paths, parts, strict=True):
        if len(part) != (3 if split else 2) or (split and part[0] not in {"train", "test"}):
            raise refused(
                f"{path!r} does not lie in a class folder; folders are train/<class>/ and test/<class>/, or"
                " <class>/ alone."
            )
    return parts, split


def _natural(name: str) -> list[tuple[int, str]]:
    """Sort key that puts 10 behind 9."""
    return [
        (len(part.lstrip("0")), part.lstrip("0")) if part[:1].isdecimal() and part.isascii() else (-1, part)
        for part in _NUMBER.split(name)
    ]


def check_pixels(shape: Sequence[int]) -> None:
    """Refuse images that would fill a disk once they are decoded."""
    size = int(np.prod((*shape[:3], 3), dtype=object))
    if size > MAX_UNPACKED:
        raise refused(
            f"{shape[0]:,} images of {shape[2]} x {shape[1]} pixels take {size / 2**30:,.0f} GiB; at most"
            f" {MAX_UNPACKED >> 30} can be taken. Scale them down."
        )


def open_image(archive: zipfile.ZipFile, path: str) -> Image.Image:
    """Open one image without decoding it; InvalidError if it is none, too large or of an unfit kind.

    Pixels count as they are stored: a camera's orientation mark does not turn them.
    """
    data = read_file(archive, path)
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
        animated = getattr(image, "is_animated", False)
    except UnidentifiedImageError:
        raise refused(f"{path!r} is not an image; images are {', '.join(FORMATS)}.") from None
    except Exception as error:  # whatever a reader of hostile bytes stumbles over
        raise refused(f"{path!r} cannot be read: {error}.") from None
    if max(image.size) > MAX_SIDE:
        width, height = image.size
        raise refused(f"{path!r} is {width} x {height} pixels, at most {MAX_SIDE} a side can be used.")
    if animated:
        raise refused(f"{path!r} is animated; save one picture of it.")
    if image.mode[:1] in {"I", "F"}:
        raise refused(f"{path!r} has more than 8 bits per pixel and color; save it with 8.")
    return image
