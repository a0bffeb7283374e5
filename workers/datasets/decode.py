"""From a checked upload to pixels in a memory-mapped file, so that memory does not grow with the data set."""

import os
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from threading import Lock

import numpy as np
import numpy.typing as npt

from backend.core.errors import InvalidError
from backend.datasets.archive import opened, refused
from backend.datasets.arrays import Stored, image_rows
from backend.datasets.base import Dataset
from backend.datasets.class_folders import Listed
from backend.datasets.faults import Faults
from backend.datasets.mapped import let_go
from backend.datasets.pictures import open_picture, pixels

CHUNK = 256  # images between two reports
LARGE = 2_000_000  # pixels of a picture that is decoded while no other large one is

Report = Callable[[float], None]
Pixels = npt.NDArray[np.uint8]


def decode(
    archive: Path, contents: Listed | Stored, dataset_id: str, folder: Path, report: Report
) -> Dataset:
    """Return the data set of an upload, its images mapped from a file in `folder`.

    InvalidError names all files that are broken. `report` gets the finished fraction and may raise to stop.
    """
    target = folder / "images.npy"
    with opened(archive) as files:
        if isinstance(contents, Stored):
            images = _copy(files, contents, target, report)
        else:
            images = _decode_all(files, contents, target, report)
    archived = contents.archived if isinstance(contents, Listed) else None
    return Dataset(
        dataset_id, images, contents.labels, contents.classes, contents.names, contents.n_train, archived
    )


def _mapped(target: Path, shape: tuple[int, ...]) -> Pixels:
    """Return zeros in a file; OSError where the disk has no room for them."""
    images = np.lib.format.open_memmap(target, mode="w+", dtype=np.uint8, shape=shape)
    if hasattr(os, "posix_fallocate"):  # else a full disk kills the process at some later write
        with target.open("r+b") as file:
            os.posix_fallocate(file.fileno(), 0, target.stat().st_size)
    return images


def _decode_all(archive: zipfile.ZipFile, contents: Listed, target: Path, report: Report) -> Pixels:
    """Decode every picture as was decided; InvalidError names those that are broken."""
    count = len(contents.paths)
    images = _mapped(target, contents.shape)
    large = Lock()

    def one(position: int) -> InvalidError | None:
        name = contents.names[position]
        try:
            image, header = open_picture(archive, contents.paths[position], name)
            alone = header.size[0] * header.size[1] > LARGE
            with large if alone else nullcontext():
                images[position] = pixels(image, header, contents.treatment)
        except InvalidError as error:
            return error
        except Exception as error:  # whatever a decoder of hostile bytes stumbles over
            return refused(f"{name!r} is broken: {error}.")
        return None

    faults = Faults()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for start in range(0, count, CHUNK):
            part = range(start, min(start + CHUNK, count))
            for position, error in zip(part, pool.map(one, part), strict=True):
                if error is not None:
                    faults.take(error, contents.names[position])
            let_go(images)
            report(part.stop / count)
    faults.check()
    return images


def _copy(archive: zipfile.ZipFile, contents: Stored, target: Path, report: Report) -> Pixels:
    """Bring arrays of numbers into one of pixels, training images first."""
    images = _mapped(target, contents.shape)
    copied = 0
    for places, rows in image_rows(archive, contents):
        images[places] = rows
        copied += len(places)
        let_go(images)
        report(copied / len(images))
    return images
