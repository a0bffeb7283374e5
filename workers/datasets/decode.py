"""From a checked upload to pixels in a memory-mapped file, so that memory does not grow with the data set."""

import os
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt

from backend.datasets.archive import opened, refused
from backend.datasets.arrays import Stored, image_rows
from backend.datasets.base import Dataset
from backend.datasets.class_folders import GRAY_MODES, Listed, open_image

CHUNK = 256  # images between two reports
CHUNK_BYTES = 2**24  # of an npz read at a time

Report = Callable[[float], None]
Pixels = npt.NDArray[np.uint8]


class _ColorError(Exception):
    """An image is in color although the first one is gray."""


def decode(
    archive: Path, contents: Listed | Stored, dataset_id: str, folder: Path, report: Report
) -> Dataset:
    """Return the data set of an upload, its images mapped from a file in `folder`.

    InvalidError names the file that is no image or has another size than the first one. `report` gets the
    finished fraction and may raise to stop.
    """
    target = folder / "images.npy"
    with opened(archive) as files:
        if isinstance(contents, Stored):
            images = _copy(files, contents, target, report)
        else:
            try:
                images = _decode_all(files, contents, target, report, color=len(contents.shape) == 4)
            except _ColorError:
                images = _decode_all(files, contents, target, report, color=True)
    if isinstance(contents, Listed):
        names, archived = contents.names, contents.archived
    else:
        names, archived = _row_names(contents), None
    return Dataset(dataset_id, images, contents.labels, contents.classes, names, contents.n_train, archived)


def _row_names(contents: Stored) -> tuple[str, ...]:
    """Name each image of an npz by the array and the row it comes from."""
    names = [""] * len(contents.labels)
    for array, places in zip(("images", "test_images"), contents.places, strict=False):
        for row, place in enumerate(places.tolist()):
            names[place] = f"{array}/{row}"
    return tuple(names)


def _mapped(target: Path, shape: tuple[int, ...]) -> Pixels:
    """Return zeros in a file; OSError where the disk has no room for them."""
    images = np.lib.format.open_memmap(target, mode="w+", dtype=np.uint8, shape=shape)
    if hasattr(os, "posix_fallocate"):  # else a full disk kills the process at some later write
        with target.open("r+b") as file:
            os.posix_fallocate(file.fileno(), 0, target.stat().st_size)
    return images


def _decode_all(
    archive: zipfile.ZipFile, contents: Listed, target: Path, report: Report, *, color: bool
) -> Pixels:
    """Decode every image; _ColorError if one has colors that would be lost."""
    count, height, width = contents.shape[:3]
    size = (width, height)
    shape = (count, height, width, 3) if color else (count, height, width)
    images = _mapped(target, shape)

    def one(position: int) -> None:
        path = contents.paths[position]
        image = open_image(archive, path)
        if image.size != size:
            raise refused(
                f"{path!r} is {image.size[0]} x {image.size[1]} pixels, the first image is"
                f" {size[0]} x {size[1]}; scale all images to one size."
            )
        if not color and image.mode not in GRAY_MODES:
            raise _ColorError
        try:
            images[position] = np.asarray(image.convert("RGB" if color else "L"))
        except Exception as error:  # whatever a decoder of hostile bytes stumbles over
            raise refused(f"{path!r} is broken: {error}.") from None

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for start in range(0, count, CHUNK):
            list(pool.map(one, range(start, min(start + CHUNK, count))))
            report(min(start + CHUNK, count) / count)
    return images


def _copy(archive: zipfile.ZipFile, contents: Stored, target: Path, report: Report) -> Pixels:
    """Copy the arrays of an npz into one, training images first."""
    images = _mapped(target, contents.shape)
    row = int(np.prod(contents.shape[1:]))
    copied = 0
    for places, pixels in image_rows(archive, contents, max(CHUNK_BYTES // row, 1)):
        images[places] = pixels
        copied += len(places)
        report(copied / len(images))
    return images
