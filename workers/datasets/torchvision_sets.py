"""Data sets that torchvision reads, and downloads where they are not found."""

import gzip
import hashlib
import shutil
import socket
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from backend.core.errors import Cancelled
from backend.core.settings import Settings
from backend.datasets.base import Dataset
from backend.datasets.catalog import CATALOG, Known
from backend.datasets.lying import Lying, look
from workers.datasets import vision

POLL_S = 0.5
SILENCE_S = 60.0  # a server that sends nothing for that long has been lost

Report = Callable[[float], None]


class UnavailableError(Exception):
    """A data set can neither be found nor downloaded; the text says what to do."""


def read(dataset_id: str, settings: Settings, report: Report) -> Dataset:
    """Return a data set of the catalog, found on this machine or downloaded.

    Files of the folder MEMOSCOPE_DATASETS_DIR are used as they are, packed ones too. `report` gets the
    downloaded fraction and may raise to stop.
    """
    known = CATALOG[dataset_id]
    folder = settings.downloads / dataset_id
    for root in (settings.datasets_dir, folder):
        if root is not None and (lying := look(known, root)) is not None:
            return _read_lying(dataset_id, known, root, lying, settings.scratch)
    try:
        with _impatient():
            _download(known, folder, report)
    except Cancelled:
        raise
    except Exception as error:  # sockets, archives and torchvision have one each
        raise UnavailableError(
            f"{known.title} could not be downloaded ({_line(error)}). Without a network: put the files that"
            f" torchvision wants ({', '.join(known.files)}) into a folder of the worker's machine, name it in"
            " MEMOSCOPE_DATASETS_DIR and try again; or upload the images as a zip or npz."
        ) from error
    return _read(dataset_id, known, folder)


def _read_lying(dataset_id: str, known: Known, root: Path, lying: Lying, scratch: Path) -> Dataset:
    if lying.missing:
        raise UnavailableError(
            f"{known.title}: of its files in {root}, {', '.join(lying.missing)} are missing. Add them, or"
            " take the others away to have all of them downloaded."
        )
    if not lying.packed and lying.archive is None:
        return _read(dataset_id, known, root)
    scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=scratch) as folder:  # the given one may not be written to
        try:
            if lying.archive is not None:
                _unpack_all(known, root / lying.archive, Path(folder))
            else:
                for name in known.files:
                    _unpack(root / name, Path(folder) / name)
        except (OSError, EOFError, KeyError, zlib.error, tarfile.TarError) as error:
            raise UnavailableError(
                f"{known.title}: a packed file in {root} is broken ({_line(error)})."
            ) from error
        return _read(dataset_id, known, Path(folder))


def _unpack(file: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if file.is_file():
        target.symlink_to(file.absolute())
        return
    with gzip.open(f"{file}.gz") as packed, target.open("wb") as plain:
        shutil.copyfileobj(packed, plain)


def _unpack_all(known: Known, archive: Path, folder: Path) -> None:
    """Unpack what is read of a published archive, which is the one that torchvision knows by its MD5.

    The files in it are pickles, which run any code of whoever wrote them.
    """
    digest = getattr(vision.datasets(), known.reader).tgz_md5
    with archive.open("rb") as file:
        if hashlib.file_digest(file, "md5").hexdigest() != digest:
            raise UnavailableError(
                f"{known.title}: {archive} is not the file that is published (its MD5 is not {digest})."
                " Download it again, or take it away to have it downloaded."
            )
    with tarfile.open(archive) as packed:
        for name in known.files:
            packed.extract(name, folder, filter="data")


def _read(dataset_id: str, known: Known, root: Path) -> Dataset:
    try:
        parts = [_open(known, root, train=train, download=False) for train in (True, False)]
    except Exception as error:  # readers of broken files raise whatever they stumble over
        raise UnavailableError(
            f"{known.title}: its files in {root} are broken ({_line(error)})."
            " Replace them, or take them away to have them downloaded."
        ) from error
    images = np.concatenate([_images(part) for part in parts])
    labels = np.concatenate([np.asarray(_labels(part), np.int64) for part in parts])
    n_train = len(_labels(parts[0]))
    names = tuple(
        f"{dataset_id}/{part}/{index:05d}"
        for part, count in (("train", n_train), ("test", len(labels) - n_train))
        for index in range(count)
    )
    return Dataset(dataset_id, images, labels, known.classes, names, n_train)


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _open(known: Known, root: Path, *, train: bool, download: bool) -> Any:
    part = {"split": "train" if train else "test"} if known.reader == "SVHN" else {"train": train}
    return getattr(vision.datasets(), known.reader)(root, download=download, **part)


def _labels(part: Any) -> Any:
    return part.labels if hasattr(part, "labels") else part.targets


def _images(part: Any) -> np.ndarray[Any, np.dtype[np.uint8]]:
    pixels = np.asarray(part.data)
    channels_first = pixels.ndim == 4 and pixels.shape[1] == 3  # SVHN
    return np.ascontiguousarray(pixels.transpose(0, 2, 3, 1)) if channels_first else pixels


def _download(known: Known, folder: Path, report: Report) -> None:
    """Download into a folder that takes its name when all is there; progress is what has reached the disk."""
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        with ThreadPoolExecutor(1) as pool:
            both = pool.submit(_fetch, known, partial)
            report(0.0)  # however quick the download is, whoever withdraws it is heard
            while not wait([both], timeout=POLL_S).done:
                report(min(_size(partial) / known.download_bytes, 0.99))
            both.result()
        shutil.rmtree(folder, ignore_errors=True)
        partial.replace(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _size(folder: Path) -> int:
    """Return the bytes in a folder whose files come and go."""
    size = 0
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            size += path.stat().st_size
    return size


def _fetch(known: Known, folder: Path) -> None:
    for train in (True, False):
        _open(known, folder, train=train, download=True)


@contextmanager
def _impatient() -> Iterator[None]:
    """Let connections fail that fall silent; torchvision has no setting for that."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(SILENCE_S)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
