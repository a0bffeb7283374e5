"""Pictures in plain bytes without a header: the binary versions of CIFAR-10, CIFAR-100 and STL-10.

CIFAR's records are one label (of CIFAR-100 a coarse and a fine one) and 32 x 32 pixels, channel after
channel. STL-10 has pictures of 96 x 96 pixels, channel after channel, columns first, and labels from 1 in
files of their own. Their names, sizes and labels tell them; they become npy files.
"""

import re
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from posixpath import basename
from typing import IO

import numpy as np
import numpy.typing as npt

from backend.datasets.archive import MAX_FILES, refused
from backend.datasets.class_folders import natural
from backend.datasets.npy import new_array, read_exactly, write_array
from backend.datasets.sources import Source

_SIDE, _STL_SIDE, _CHANNELS = 32, 96, 3
_CIFAR_PIXELS = _CHANNELS * _SIDE * _SIDE
_STL_PIXELS = _CHANNELS * _STL_SIDE * _STL_SIDE
_RECORDS = 1024  # read at a time
_STL = re.compile(r"(train|test|unlabeled)_([Xy])\.bin$")
_BATCH = re.compile(r"(data|test)_batch(_[0-9]+)?\.bin$")
_HUNDRED = re.compile(r"(train|test)\.bin$")
_TEXTS = {
    "batches.meta.txt": "label_names",
    "fine_label_names.txt": "fine_label_names",
    "coarse_label_names.txt": "coarse_label_names",
    "class_names.txt": "class_names",
}
_MAX_TEXT = 2**16  # bytes
_LABELS = {10: (("labels", 10),), 100: (("coarse_labels", 20), ("fine_labels", 100))}


def is_binary(name: str) -> bool:
    """Return whether a file is one of these data sets', by its name."""
    file = basename(name)
    return any(pattern.match(file) for pattern in (_STL, _BATCH, _HUNDRED))


def repack_binary(sources: Sequence[Source], others: Sequence[Source], archive: zipfile.ZipFile) -> list[str]:
    """Write such files as arrays of an archive, and say what was done; InvalidError if they are others.

    `others` may be lists of the classes' names.
    """
    sources = sorted(sources, key=lambda source: natural(source.name))
    kinds = {_kind(source) for source in sources}
    if len(kinds) > 1:
        raise refused(
            "There are binary files of several data sets: "
            f"{', '.join(repr(source.name) for source in sources[:6])}. Bring one of them."
        )
    kind = kinds.pop()
    if kind == "STL-10":
        notes = _repack_stl(sources, archive)
    else:
        notes = _repack_cifar(sources, 10 if kind == "CIFAR-10" else 100, archive)
    for source in others:
        name = _TEXTS.get(basename(source.name))
        if name is not None:
            texts = [line.strip() for line in source.head(_MAX_TEXT).decode("utf-8", "replace").splitlines()]
            write_array(archive, name, np.array([text for text in texts if text]))
    return [
        f"Read from {kind}'s binary files: {', '.join(basename(source.name) for source in sources)}.",
        *notes,
    ]


def _kind(source: Source) -> str:
    file = basename(source.name)
    if _STL.match(file):
        return "STL-10"
    return "CIFAR-10" if _BATCH.match(file) else "CIFAR-100"


def _repack_cifar(sources: Sequence[Source], classes: int, archive: zipfile.ZipFile) -> list[str]:
    parts: dict[str, list[Source]] = defaultdict(list)
    for source in sources:
        parts["test" if basename(source.name).startswith("test") else "train"].append(source)
    record = len(_LABELS[classes]) + _CIFAR_PIXELS
    for part, files in parts.items():
        for source in files:
            if source.size == 0 or source.size % record:
                raise refused(
                    f"{source.name!r} has {source.size:,} bytes, and records of CIFAR-{classes} have"
                    f" {record:,} each:"
                    " it is cut off, or something else."
                )
        count = sum(source.size for source in files) // record
        labels = []
        with new_array(archive, f"{part}_images", (count, _CHANNELS, _SIDE, _SIDE), np.uint8) as target:
            for source in files:
                with source.open() as file:
                    for rows in _records(file, source, record):
                        labels.append(rows[:, :-_CIFAR_PIXELS].copy())
                        target.write(rows[:, -_CIFAR_PIXELS:].tobytes())
        columns = np.concatenate(labels)
        for place, (name, most) in enumerate(_LABELS[classes]):
            wrong = np.flatnonzero(columns[:, place] >= most)
            if len(wrong):
                raise refused(
                    f"{files[0].name!r}: picture {wrong[0]} of the {part} part has the label"
                    f" {columns[wrong[0], place]}, and CIFAR-{classes} has {most} classes: these are not"
                    " its files."
                )
            write_array(archive, f"{part}_{name}", columns[:, place])
    return []


def _records(file: IO[bytes], source: Source, size: int) -> Iterable[npt.NDArray[np.uint8]]:
    left = source.size // size
    while left:
        count = min(left, _RECORDS)
        data = read_exactly(file, repr(source.name), count * size)
        yield np.frombuffer(data, np.uint8).reshape(count, size)
        left -= count


def _repack_stl(sources: Sequence[Source], archive: zipfile.ZipFile) -> list[str]:
    notes = []
    for source in sources:
        found = _STL.match(basename(source.name))
        part, what = found.groups() if found else ("", "")
        if part == "unlabeled":
            notes.append(f"{basename(source.name)} has no labels and was left aside.")
        elif what == "y":
            if source.size > MAX_FILES:
                raise refused(
                    f"{source.name!r} has {source.size:,} labels; at most {MAX_FILES:,} can be taken."
                )
            with source.open() as file:
                data = read_exactly(file, repr(source.name), source.size)
            write_array(archive, f"{part}_labels", np.frombuffer(data, np.uint8))
        else:
            if source.size % _STL_PIXELS:
                raise refused(
                    f"{source.name!r} has {source.size:,} bytes, and pictures of STL-10 have"
                    f" {_STL_PIXELS:,} each:"
                    " it is cut off, or something else."
                )
            shape = (source.size // _STL_PIXELS, _CHANNELS, _STL_SIDE, _STL_SIDE)
            with new_array(archive, f"{part}_images", shape, np.uint8) as target, source.open() as file:
                for rows in _records(file, source, _STL_PIXELS):
                    upright = rows.reshape(-1, *shape[1:]).transpose(0, 1, 3, 2)
                    target.write(upright.tobytes())
    return notes
