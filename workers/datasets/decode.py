"""From a checked upload to pixels in a memory-mapped file, so that memory does not grow with the data set."""

import os
import zipfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt

from backend.datasets.archive import (
    GRAY_MODES,
    Listed,
    Stored,
    image_members,
    open_image,
    read_header,
    refused,
)
from backend.datasets.base import Dataset

CHUNK = 256  # images between two reports

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
    with zipfile.ZipFile(archive) as opened:
        if isinstance(contents, Stored):
            images = _copy(opened, contents, target, report)
        else:
            try:
                images = _decode_all(opened, contents, target, report, color=len(contents.shape) == 4)
            except _ColorError:
                images = _decode_all(opened, contents, target, report, color=True)
    if isinstance(contents, Listed):
        names = contents.names
    else:
        names = tuple(f"{dataset_id}/{index}" for index in range(len(contents.labels)))
    return Dataset(dataset_id, images, contents.labels, contents.classes, names, contents.n_train)


def _decode_all(
    archive: zipfile.ZipFile, contents: Listed, target: Path, report: Report, *, color: bool
) -> Pixels:
    """Decode every image; _ColorError if one has colors that would be lost."""
    count, height, width = contents.shape[:3]
    size = (width, height)
    shape = (count, height, width, 3) if color else (count, height, width)
    images = np.lib.format.open_memmap(target, mode="w+", dtype=np.uint8, shape=shape)

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
        except (OSError, ValueError, SyntaxError) as error:
            raise refused(f"{path!r} is broken: {error}.") from None

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for start in range(0, count, CHUNK):
            list(pool.map(one, range(start, min(start + CHUNK, count))))
            report(min(start + CHUNK, count) / count)
    return images


def _copy(archive: zipfile.ZipFile, contents: Stored, target: Path, report: Report) -> Pixels:
    """Copy the arrays of an npz into one, training images first."""
    images = np.lib.format.open_memmap(target, mode="w+", dtype=np.uint8, shape=contents.shape)
    row = int(np.prod(contents.shape[1:]))
    copied = 0
    for member, places in image_members(contents):
        with archive.open(member) as file:
            read_header(file)
            for start in range(0, len(places), CHUNK):
                part: Sequence[int] | npt.NDArray[np.int64] = places[start : start + CHUNK]
                data = file.read(row * len(part))
                images[part] = np.frombuffer(data, np.uint8).reshape(len(part), *contents.shape[1:])
                copied += len(part)
                report(copied / len(images))
    return images
